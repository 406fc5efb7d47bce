"""Secondary suppression: further cells that must go so that the unsafe ones cannot be worked out from sums.

Two conditions, checked until both hold (POLICY_SPEC 2.3; Eurostat SDC handbook, chapter on linked tables):
 1. line rule: on every line either nothing is suppressed, or at least two cells are whose sum is itself safe;
 2. audit: the feasible interval of every unsafe cell is wide enough on both sides (feasibility.py).
Cells are added cheapest first and taken back where they turn out not to be needed. Deterministic.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from assistant.policies.feasibility import Equation, too_narrow
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
    return frozenset(_Search(problem, start).run())


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
        needs = {cell: protection(known[cell], problem.p_percent) for cell in targets}
        found |= too_narrow(needs, equations, known, signed=signed)
    return tuple(sorted(found))


def protection(value: float, percent: float) -> tuple[float, float]:
    """The interval must reach `percent` of the value, and at least one, beyond it on both sides (zero: above)."""
    reach = max(abs(value) * percent / 100, 1.0 if float(value).is_integer() else 0.0)
    return (value - reach if value < 0 else max(0.0, value - reach), value + reach)


def _equations(lines: Sequence[Line], hidden: Collection[int]) -> Iterator[Equation]:
    for line in lines:
        plus = tuple(cell for cell in line.cells if cell in hidden)
        minus = (line.total,) if line.total in hidden else ()
        if plus or minus:
            yield Equation(plus=plus, minus=minus)


class _Search:
    """Grows a set of hidden cells until both conditions hold."""

    def __init__(self, problem: Problem, start: frozenset[int]) -> None:
        self._problem = problem
        self._start = start
        self._hidden = set(start)
        self._through: dict[int, list[Line]] = {}
        for line in problem.lines:
            for cell in (*line.cells, line.total):
                self._through.setdefault(cell, []).append(line)

    def run(self) -> set[int]:
        self._close(self._problem.lines)
        for _ in range(MAX_ROUNDS):
            narrow = exposed(self._problem, self._hidden)
            line = next((line for cell in narrow for line in self._with_room(cell)), None)
            if line is None:
                break
            self._hide(self._cheapest(line))
        self._prune()
        return self._hidden

    def _holds(self, line: Line, hidden: Collection[int]) -> bool:
        """Nothing hidden, or two cells and more whose sum is safe; any cell, where the total is hidden."""
        inside = [cell for cell in line.cells if cell in hidden]
        if line.total in hidden:
            return bool(inside)
        return not inside or (len(inside) > 1 and self._problem.sum_is_safe(inside))

    def _close(self, lines: Sequence[Line]) -> None:
        """Make the line rule hold on `lines` and on all that are touched thereby."""
        waiting = deque(lines)
        while waiting:
            line = waiting.popleft()
            while not self._holds(line, self._hidden):
                room = any(cell not in self._hidden for cell in line.cells)
                cell = self._cheapest(line) if room else line.total
                if cell in self._hidden:
                    break
                self._hidden.add(cell)
                waiting.extend(self._through[cell])

    def _hide(self, cell: int) -> None:
        self._hidden.add(cell)
        self._close(self._through[cell])

    def _cheapest(self, line: Line) -> int:
        candidates = [cell for cell in line.cells if cell not in self._hidden]
        return min(candidates, key=lambda cell: (self._newly_broken(cell), self._problem.cost[cell], cell))

    def _newly_broken(self, cell: int) -> int:
        """Lines through the cell that nothing hidden touches so far: each would need one more."""
        return sum(1 for line in self._through[cell] if not any(c in self._hidden for c in line.cells))

    def _with_room(self, cell: int) -> Iterator[Line]:
        """Lines where one more suppressed cell can help `cell`: its own, then those of its hidden neighbours."""
        own = self._through[cell]
        near = sorted({c for line in own for c in (*line.cells, line.total) if c in self._hidden})
        for line in (*own, *(line for c in near for line in self._through[c])):
            if any(c not in self._hidden for c in line.cells):
                yield line

    def _prune(self) -> None:
        """Bring back what is not needed, most expensive first; only where it is quickly checked."""
        cost = self._problem.cost
        added = sorted(self._hidden - self._start, key=lambda c: (-cost[c], -c))
        if not 1 < len(added) <= MAX_PRUNED:
            return
        narrow = set(exposed(self._problem, self._hidden))
        for cell in added:
            rest = self._hidden - {cell}
            held = all(self._holds(line, rest) for line in self._through[cell])
            if held and set(exposed(self._problem, rest)) <= narrow:
                self._hidden = rest
