"""A result read as a table of cells under one threshold: its lines, its units, and which sums of cells are safe."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from itertools import pairwise

from assistant.domain import AuthorizedQuery, Magnitude, ResultTable, UnitThreshold
from assistant.policies.margins import Line, structure_of
from assistant.policies.secondary import Problem, SumIsSafe, complete
from assistant.policies.suppression import is_concentrated
from assistant.policies.unit_sets import RowUnits


class CellTable:
    """One threshold's view of a result. Rows are numbered as in the result; absent combinations come after them."""

    def __init__(self, result: ResultTable, query: AuthorizedQuery, place: int) -> None:
        self._result = result
        self._query = query
        self._threshold: UnitThreshold = query.thresholds[place]
        self._cells = [cells[place] for cells in result.cells]
        self._units = RowUnits(self._cells)

    @cached_property
    def _structure(self) -> tuple[tuple[Line, ...], int]:
        keys = [tuple(row[i] for i in self._query.key_columns) for row in self._result.rows]
        sizes = [cell.units for cell in self._cells]
        found = structure_of(keys, sizes, self._units.contains, fill=self._threshold.zero_is_disclosive)
        return found.lines, found.absent

    @property
    def lines(self) -> tuple[Line, ...]:
        return self._structure[0]

    @property
    def absent(self) -> frozenset[int]:
        """Numbers of the combinations that have no row but count as hidden zeros."""
        return frozenset(range(len(self._cells), len(self._cells) + self._structure[1]))

    def sums_secrets(self, column: int) -> bool:
        """p% and dominance apply to this output."""
        return self._query.columns[column].name in self._threshold.magnitudes

    def nested(self, hidden: Collection[int]) -> frozenset[int]:
        """Shown rows that differ from another shown row by fewer units than the threshold; the smaller of each pair.

        Only where one stands on all units of the other: then the difference of two figures is a small cell.
        """
        rows = [row for row in range(len(self._cells)) if row not in hidden and self._cells[row].units]
        if len(rows) < 2 or not self._units.known or not self._near(rows):
            return frozenset()
        if self._units.together(rows) == sum(self._units.count(row) for row in rows):
            return frozenset()
        return frozenset(small for small, _ in self._nested_pairs(rows))

    def _near(self, rows: Sequence[int]) -> bool:
        sizes = sorted(self._units.count(row) for row in rows)
        return any(0 < b - a < self._threshold.min_units for a, b in pairwise(sizes))

    def _nested_pairs(self, rows: Sequence[int]) -> Iterator[tuple[int, int]]:
        ordered = sorted(rows, key=lambda row: (self._units.count(row), row))
        for i, small in enumerate(ordered):
            for large in ordered[i + 1 :]:
                more = self._units.count(large) - self._units.count(small)
                if more >= self._threshold.min_units:
                    break
                if more and self._units.contains(large, (small,)):
                    yield small, large

    def complete_rows(self, unsafe: frozenset[int], hidden: frozenset[int], columns: Sequence[int]) -> frozenset[int]:
        """Rows to hide with all their additive figures; `columns` are the outputs whose sums a reader can form."""
        sizes = [float(cell.units) for cell in self._cells]
        values = [found for column in columns if (found := self._figures(column)) is not None]
        return self._complete(unsafe, hidden, sizes, values or [self._padded(sizes)], self._enough_units)

    def complete_output(self, column: int, unsafe: frozenset[int], hidden: frozenset[int]) -> frozenset[int]:
        """Rows of which this one output is to be hidden."""
        values = self._figures(column) or self._padded([float(cell.units) for cell in self._cells])
        cost = [abs(value) for value in values[: len(self._cells)]]
        return self._complete(unsafe, hidden, cost, [values], self._safe_sums(column))

    def _complete(
        self,
        unsafe: frozenset[int],
        hidden: frozenset[int],
        cost: Sequence[float],
        values: Sequence[Sequence[float]],
        sum_is_safe: SumIsSafe,
    ) -> frozenset[int]:
        if not unsafe | hidden and not self._threshold.zero_is_disclosive:
            return frozenset()
        problem = Problem(
            lines=self.lines,
            primaries=unsafe,
            fixed=hidden | self.absent,
            cost=cost,
            values=tuple(values),
            sum_is_safe=sum_is_safe,
            p_percent=self._threshold.p_percent,
        )
        return complete(problem) - self.absent

    def _enough_units(self, rows: Collection[int]) -> bool:
        return self._units.together(rows) >= self._threshold.min_units

    def _safe_sums(self, column: int) -> SumIsSafe:
        name = self._query.columns[column].name
        secret = self.sums_secrets(column)

        def safe(rows: Collection[int]) -> bool:
            parts = [part for row in rows if (part := self._magnitude(row, name)) is not None]
            if secret:
                return not is_concentrated(parts, self._threshold)
            return not parts or sum(part.contributors for part in parts) >= self._threshold.min_units

        return safe

    def _magnitude(self, row: int, name: str) -> Magnitude | None:
        if row >= len(self._cells):
            return None
        return next((part for part in self._cells[row].magnitudes if part.output == name), None)

    def _figures(self, column: int) -> list[float] | None:
        """The numbers of one column; None where it holds something else."""
        found = []
        for row in self._result.rows:
            value = row[column]
            if isinstance(value, bool) or not isinstance(value, int | float | None):
                return None
            found.append(float(value or 0))
        return self._padded(found)

    def _padded(self, values: Sequence[float]) -> list[float]:
        return [*values, *([0.0] * len(self.absent))]
