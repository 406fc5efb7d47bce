"""Secondary suppression: further cells that must go so that the unsafe ones cannot be worked out from sums.

Two conditions, checked until both hold (POLICY_SPEC 2.3; Eurostat SDC handbook, chapter on linked tables):
 1. line rule: on every line either nothing is suppressed, or at least two cells are whose sum is itself safe;
 2. audit: the feasible interval of every unsafe cell is wide enough on both sides (feasibility.py).
Cells are added cheapest first and taken back where they turn out not to be needed. Deterministic.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from assistant.policies.feasibility import Equation, intervals
from assistant.policies.margins import Line

SumIsSafe: TypeAlias = Callable[[Collection[int]], bool]

MAX_AUDITED = 400  # suppressed cells that linear programming looks at; larger tables rest on the line rule
MAX_ROUNDS = 60
MAX_PRUNED = 12  # added cells that are tried again one by one


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """`values`: one list per additive output, a figure for every cell; `cost`: what hiding a cell loses."""

    lines: tuple[Line, ...]
    primaries: frozenset[int]
    cost: Sequence[float]
    values: tuple[Sequence[float], ...]
    sum_is_safe: SumIsSafe
    fixed: frozenset[int] = frozenset()  # cells that are hidden anyway and may not be brought back
    p_percent: float = 10.0


def complete(problem: Problem) -> frozenset[int]:
    """All cells to suppress: the primaries and the fewest, cheapest others that this greedy search finds."""
    start = problem.primaries | problem.fixed
    if not start or not problem.lines:
        return start
    chosen = _audited(problem, _close(problem, set(start)))
    return frozenset(_pruned(problem, chosen, start))


def exposed(problem: Problem, hidden: Collection[int]) -> tuple[int, ...]:
    """Unsafe cells whose feasible interval is too narrow when `hidden` cells are suppressed."""
    if len(hidden) > MAX_AUDITED:
        return ()
    equations = tuple(_equations(problem.lines, hidden))
    tied = {cell for equation in equations for cell in equation.cells}
    targets = sorted(cell for cell in problem.primaries if cell in tied)
    found: set[int] = set()
    for values in problem.values:
        known = {cell: float(values[cell]) for cell in hidden}
        signed = any(value < 0 for value in known.values())
        ranges = intervals(targets, equations, known, signed=signed)
        found.update(cell for cell in targets if _is_narrow(known[cell], ranges[cell], problem.p_percent))
    return tuple(sorted(found))


def _is_narrow(value: float, interval: tuple[float, float], percent: float) -> bool:
    """The interval must reach `percent` of the value, and at least one, beyond it on both sides (zero: above)."""
    low, high = interval
    reach = max(abs(value) * percent / 100, 1.0 if float(value).is_integer() else 0.0)
    tolerance = 1e-6 * max(1.0, abs(value))
    below = value - reach if value < 0 else max(0.0, value - reach)
    return low > below + tolerance or high < value + reach - tolerance


def _equations(lines: Sequence[Line], hidden: Collection[int]) -> Iterator[Equation]:
    for line in lines:
        plus = tuple(cell for cell in line.cells if cell in hidden)
        minus = (line.total,) if line.total is not None and line.total in hidden else ()
        if plus or minus:
            yield Equation(plus=plus, minus=minus)


def _holds(problem: Problem, line: Line, hidden: Collection[int]) -> bool:
    inside = [cell for cell in line.cells if cell in hidden]
    if line.total is not None and line.total in hidden:
        return bool(inside)
    return not inside or (len(inside) > 1 and problem.sum_is_safe(inside))


def _close(problem: Problem, hidden: set[int]) -> set[int]:
    """Add cells until the line rule holds; a line that is hidden whole cannot be helped further."""
    real = len(problem.cost)
    while True:
        broken = [
            line
            for line in problem.lines
            if not _holds(problem, line, hidden) and any(c < real and c not in hidden for c in line.cells)
        ]
        if not broken:
            return hidden
        hidden.add(_cheapest(problem, broken[0], hidden))


def _cheapest(problem: Problem, line: Line, hidden: Collection[int]) -> int:
    real = len(problem.cost)
    candidates = [cell for cell in line.cells if cell < real and cell not in hidden]
    return min(candidates, key=lambda cell: (_newly_broken(problem, cell, hidden), problem.cost[cell], cell))


def _newly_broken(problem: Problem, cell: int, hidden: Collection[int]) -> int:
    """Lines through the cell that have been untouched so far: each would need one more."""
    return sum(1 for line in problem.lines if cell in line.cells and not any(c in hidden for c in line.cells))


def _audited(problem: Problem, hidden: set[int]) -> set[int]:
    """Widen the intervals that linear programming finds too narrow."""
    for _ in range(MAX_ROUNDS):
        narrow = exposed(problem, hidden)
        helped = False
        for cell in narrow:
            line = next(_with_room(problem, cell, hidden), None)
            if line is not None:
                hidden.add(_cheapest(problem, line, hidden))
                helped = True
                break
        if not helped:
            return hidden
        _close(problem, hidden)
    return hidden


def _with_room(problem: Problem, cell: int, hidden: Collection[int]) -> Iterator[Line]:
    """Lines where one more suppressed cell can help `cell`: its own, then those of its hidden neighbours."""
    real = len(problem.cost)
    own = [line for line in problem.lines if cell in line.cells]
    near = {c for line in own for c in line.cells if c in hidden}
    others = [line for line in problem.lines if line not in own and near & set(line.cells)]
    for line in (*own, *others):
        if any(c < real and c not in hidden for c in line.cells):
            yield line


def _pruned(problem: Problem, hidden: set[int], start: Collection[int]) -> set[int]:
    """Bring back what is not needed, most expensive first; only where it is quickly checked."""
    added = sorted((cell for cell in hidden if cell not in start), key=lambda c: (-problem.cost[c], -c))
    if not 1 < len(added) <= MAX_PRUNED:
        return hidden
    narrow = set(exposed(problem, hidden))
    for cell in added:
        rest = hidden - {cell}
        touched = [line for line in problem.lines if cell in line.cells or line.total == cell]
        if all(_holds(problem, line, rest) for line in touched) and set(exposed(problem, rest)) <= narrow:
            hidden = rest
    return hidden
