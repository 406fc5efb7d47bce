"""What a reader can work out about suppressed cells: the range that published sums leave open. The home of scipy.

The audit of the Eurostat SDC handbook: with non-negative cells and known sums, each suppressed cell lies in an interval
[low, high] that linear programming finds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Equation:
    """Known: the sum of the suppressed `plus` cells less the suppressed `minus` cells (a hidden total)."""

    plus: tuple[int, ...]
    minus: tuple[int, ...] = ()

    @property
    def cells(self) -> tuple[int, ...]:
        return (*self.plus, *self.minus)


def intervals(
    targets: Iterable[int], equations: Sequence[Equation], values: Mapping[int, float], *, signed: bool
) -> dict[int, tuple[float, float]]:
    """{cell: (low, high)} for the `targets`; `values` are the true values of all cells in the equations.

    `signed`: cells may be negative, so that only equations bind them.
    """
    found: dict[int, tuple[float, float]] = {}
    wanted = sorted(set(targets))
    for group in _components(wanted, equations):
        members = [equation for equation in equations if group & set(equation.cells)]
        inside = [cell for cell in wanted if cell in group]
        if not members:
            found.update((cell, (float("-inf") if signed else 0.0, float("inf"))) for cell in inside)
        elif len(members) == 1 and not members[0].minus:
            found.update(_of_one_sum(inside, members[0], values, signed=signed))
        else:
            found.update(_by_programming(inside, sorted(group), members, values, signed=signed))
    return found


def _components(targets: Iterable[int], equations: Sequence[Equation]) -> Iterator[set[int]]:
    """Sets of cells that equations tie together, each holding at least one target."""
    left = set(targets)
    while left:
        group: set[int] = set()
        frontier = {min(left)}
        while frontier:
            group |= frontier
            touching = {cell for equation in equations if frontier & set(equation.cells) for cell in equation.cells}
            frontier = touching - group
        left -= group
        yield group


def _of_one_sum(
    targets: Iterable[int], equation: Equation, values: Mapping[int, float], *, signed: bool
) -> Iterator[tuple[int, tuple[float, float]]]:
    total = sum(values[cell] for cell in equation.plus)
    for cell in targets:
        if len(equation.plus) == 1:
            yield cell, (values[cell], values[cell])
        elif signed:
            yield cell, (float("-inf"), float("inf"))
        else:
            yield cell, (0.0, total)


def _by_programming(
    targets: Iterable[int],
    cells: Sequence[int],
    equations: Sequence[Equation],
    values: Mapping[int, float],
    *,
    signed: bool,
) -> Iterator[tuple[int, tuple[float, float]]]:
    from scipy.optimize import linprog
    from scipy.sparse import lil_matrix

    place = {cell: i for i, cell in enumerate(cells)}
    scale = max((abs(values[cell]) for cell in cells), default=1.0) or 1.0
    matrix = lil_matrix((len(equations), len(cells)))
    known = []
    for i, equation in enumerate(equations):
        for cell in equation.plus:
            matrix[i, place[cell]] = 1.0
        for cell in equation.minus:
            matrix[i, place[cell]] = -1.0
        known.append((sum(values[c] for c in equation.plus) - sum(values[c] for c in equation.minus)) / scale)
    bounds = [(None, None) if signed else (0.0, None)] * len(cells)
    for cell in targets:
        ends = []
        for direction in (1.0, -1.0):
            goal = [0.0] * len(cells)
            goal[place[cell]] = direction
            solved = linprog(goal, A_eq=matrix.tocsr(), b_eq=known, bounds=bounds, method="highs")
            if solved.status == 3:  # unbounded
                ends.append(direction * float("-inf"))
            elif solved.status == 0:
                ends.append(float(solved.x[place[cell]]) * scale)
            else:
                ends.append(values[cell])  # not solved: counts as found out
        yield cell, (ends[0], ends[1])
