"""What a reader can work out about suppressed cells: the range that published sums leave open. The home of scipy.

The audit of the Eurostat SDC handbook: with non-negative cells and known sums, each suppressed cell lies in an interval
[low, high] that linear programming finds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_COLUMNS = 2000  # constraints that are added in one round
_ROUNDS = 50
_TINY = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Equation:
    """Known: the sum of the suppressed `plus` cells less the suppressed `minus` cells (a hidden total)."""

    plus: tuple[int, ...]
    minus: tuple[int, ...] = ()

    @property
    def cells(self) -> tuple[int, ...]:
        return (*self.plus, *self.minus)


def too_narrow(
    needs: Mapping[int, tuple[float, float]],
    equations: Sequence[Equation],
    values: Mapping[int, float],
    *,
    signed: bool,
) -> set[int]:
    """Cells whose feasible interval does not cover what they need, {cell: (low, high)}.

    `values`: the true values of all cells in the equations. `signed`: cells may be negative.
    """
    found: set[int] = set()
    for group in _components(needs, equations):
        members = [equation for equation in equations if group & set(equation.cells)]
        inside = {cell: needs[cell] for cell in sorted(group & needs.keys())}
        if not members:
            continue
        if len(members) == 1 and not members[0].minus:
            found |= _narrow_in_one_sum(inside, members[0], values, signed=signed)
        else:
            found |= _Polytope(sorted(group), members, values, signed=signed).narrow(inside)
    return found


def intervals(
    targets: Iterable[int], equations: Sequence[Equation], values: Mapping[int, float], *, signed: bool
) -> dict[int, tuple[float, float]]:
    """{cell: (low, high)}: the exact feasible interval of each target."""
    found: dict[int, tuple[float, float]] = {}
    for cell in targets:
        (group,) = _components((cell,), equations)
        members = [equation for equation in equations if group & set(equation.cells)]
        polytope = _Polytope(sorted(group), members, values, signed=signed)
        found[cell] = (polytope.extreme(cell, 1.0), polytope.extreme(cell, -1.0))
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


def _narrow_in_one_sum(
    needs: Mapping[int, tuple[float, float]], equation: Equation, values: Mapping[int, float], *, signed: bool
) -> set[int]:
    """Without programming: each of several cells can be anything from zero to their sum."""
    if len(equation.plus) == 1:
        return set(needs)
    if signed:
        return set()
    total = sum(values[cell] for cell in equation.plus)
    return {cell for cell, (_, high) in needs.items() if total < high - _tolerance(high)}


def _tolerance(value: float) -> float:
    return 1e-6 * max(1.0, abs(value))


class _Polytope:
    """All figures that hidden cells could have, given the equations."""

    def __init__(
        self, cells: Sequence[int], equations: Sequence[Equation], values: Mapping[int, float], *, signed: bool
    ) -> None:
        from scipy.sparse import csr_array

        self._place = {cell: i for i, cell in enumerate(cells)}
        self._true = [values[cell] for cell in cells]
        self._scale = max((abs(value) for value in self._true), default=1.0) or 1.0
        self._bounds = (None, None) if signed else (0.0, None)
        entries = [
            (sign, row, self._place[cell])
            for row, equation in enumerate(equations)
            for sign, own in ((1.0, equation.plus), (-1.0, equation.minus))
            for cell in own
        ]
        signs, rows, columns = zip(*entries, strict=True) if entries else ((), (), ())
        self._matrix = csr_array((signs, (rows, columns)), shape=(len(equations), len(cells)))
        self._known = [
            (sum(values[c] for c in equation.plus) - sum(values[c] for c in equation.minus)) / self._scale
            for equation in equations
        ]

    def narrow(self, needs: Mapping[int, tuple[float, float]]) -> set[int]:
        """Cells that cannot reach both ends. One solution shows it of many cells, so few have to be solved for."""
        found: set[int] = set()
        for direction in (1.0, -1.0):  # 1: downwards, -1: upwards
            ends = {cell: ends[0] if direction > 0 else ends[1] for cell, ends in needs.items()}
            waiting = {cell: end for cell, end in ends.items() if direction < 0 or end < self._true[self._place[cell]]}
            waiting = self._unreached(waiting, waiting, direction)
            while waiting:
                cell = min(waiting)
                rest = self._unreached(waiting, (cell,), direction)
                if cell in rest:
                    found.add(cell)
                    del rest[cell]
                waiting = rest
        return found

    def extreme(self, cell: int, direction: float) -> float:
        """The lowest (1) or highest (-1) value of one cell; the true value where it cannot be found."""
        solution = self._solve((cell,), direction)
        if solution is None:
            return self._true[self._place[cell]]
        return float(solution[self._place[cell]])

    def _unreached(self, waiting: Mapping[int, float], goal: Iterable[int], direction: float) -> dict[int, float]:
        """`waiting` without the cells that one solution, found by pushing `goal`, shows to reach their end."""
        solution = self._solve(tuple(goal), direction) if waiting else None
        if solution is None:
            return dict(waiting)
        return {
            cell: end
            for cell, end in waiting.items()
            if (solution[self._place[cell]] - end) * direction > _tolerance(end)
        }

    def _solve(self, goal: Collection[int], direction: float) -> Any:
        """Values of all cells that push `goal`; infinite where unbounded, None where unsolved."""
        import numpy as np
        from scipy.optimize import linprog

        cost = np.zeros(len(self._place))
        cost[[self._place[cell] for cell in goal]] = direction
        solved = linprog(cost, A_eq=self._matrix, b_eq=self._known, bounds=self._bounds, method="highs")
        if solved.status == 3 and len(goal) == 1:
            unbounded = np.array(self._true)
            unbounded[cost != 0] = -direction * np.inf
            return unbounded
        return solved.x * self._scale if solved.status == 0 else None


def raised_columns(rows: Any) -> Any:
    """(columns,) bool: positive in a combination of `rows` (figures, columns) that is negative in no column.

    All False where there is none; some may be missing where there are several. None where it cannot be found out.
    Of many columns only those are constraints that a solution has violated so far: without them it gains no less.
    """
    import numpy as np
    from scipy.optimize import linprog

    gains = rows.sum(axis=1, dtype=np.float64)
    columns = rows.T.astype(np.float32)
    bound = np.unique(np.linspace(0, len(columns) - 1, min(len(columns), _COLUMNS)).astype(np.int64))
    for _ in range(_ROUNDS):
        found = linprog(-gains, A_ub=-columns[bound], b_ub=np.zeros(len(bound)), bounds=(-1.0, 1.0), method="highs")
        if found.status != 0:
            return None
        sums = columns @ found.x
        violated = np.flatnonzero(sums < -_TINY)
        if -found.fun < _TINY:
            return np.zeros(len(columns), dtype=np.bool_)
        if not len(violated):
            return sums > _TINY
        worst = violated[np.argsort(sums[violated])[:_COLUMNS]]
        bound = np.union1d(bound, worst)
    return None
