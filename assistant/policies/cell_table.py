"""A result read as a table of cells under one threshold: its lines, its units, and which sums of cells are safe."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from itertools import pairwise

from assistant.domain import AuthorizedQuery, Magnitude, ResultTable, UnitThreshold
from assistant.policies.margins import Structure, structure_of
from assistant.policies.secondary import Problem, SumIsSafe, complete
from assistant.policies.suppression import counts, is_concentrated
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
    def _structure(self) -> Structure:
        keys = [tuple(row[i] for i in self._query.key_columns) for row in self._result.rows]
        sizes = [cell.units for cell in self._cells]
        return structure_of(keys, sizes, self._units.contains, fill=self._threshold.zero_is_disclosive)

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
        if not self._concerned(unsafe | hidden):
            return frozenset()
        sizes = self._with_totals([float(cell.units) for cell in self._cells])
        values = [found for column in columns if (found := self._figures(column)) is not None]
        return self._complete(unsafe, hidden, sizes, values or [sizes], self._enough_units)

    def complete_output(self, column: int, unsafe: frozenset[int], hidden: frozenset[int]) -> frozenset[int]:
        """Rows of which this one output is to be hidden."""
        if not self._concerned(unsafe | hidden):
            return frozenset()
        values = self._figures(column) or self._with_totals([float(cell.units) for cell in self._cells])
        return self._complete(unsafe, hidden, [abs(value) for value in values], [values], self._safe_sums(column))

    def _concerned(self, hidden: Collection[int]) -> bool:
        """Something is hidden, or a combination of keys may be missing that counts as hidden."""
        crossed = len(self._query.key_columns) > 1
        return bool(hidden) or (crossed and self._threshold.zero_is_disclosive)

    def _complete(
        self,
        unsafe: frozenset[int],
        hidden: frozenset[int],
        cost: Sequence[float],
        values: Sequence[Sequence[float]],
        sum_is_safe: SumIsSafe,
    ) -> frozenset[int]:
        structure = self._structure
        if not (unsafe or hidden or structure.absent) or not structure.lines:
            return unsafe | hidden
        problem = Problem(
            lines=structure.lines,
            primaries=unsafe | {total for total in structure.totals if not sum_is_safe((total,))},
            fixed=hidden | set(structure.absent),
            cost=cost,
            values=tuple(values),
            sum_is_safe=sum_is_safe,
            p_percent=self._threshold.p_percent,
        )
        return frozenset(cell for cell in complete(problem) if cell < len(self._cells))

    def _rows_of(self, cells: Collection[int]) -> list[int]:
        """The rows behind cells; a total that has no row stands on the rows it sums up, an absent cell on none."""
        totals = self._structure.totals
        rows = (row for cell in cells for row in totals.get(cell, (cell,)))
        return [row for row in dict.fromkeys(rows) if row < len(self._cells)]

    def _enough_units(self, cells: Collection[int]) -> bool:
        return self._units.together(self._rows_of(cells)) >= self._threshold.min_units

    def _safe_sums(self, column: int) -> SumIsSafe:
        name = self._query.columns[column].name
        secret = self.sums_secrets(column)

        def safe(cells: Collection[int]) -> bool:
            parts = [part for row in self._rows_of(cells) if (part := self._magnitude(row, name)) is not None]
            if secret:
                return not is_concentrated(parts, self._threshold)
            return not parts or sum(part.contributors for part in parts) >= self._threshold.min_units

        return safe

    def _magnitude(self, row: int, name: str) -> Magnitude | None:
        return next((part for part in self._cells[row].magnitudes if part.output == name), None)

    def _figures(self, column: int) -> list[float] | None:
        """The numbers of one column, totals included; None where it holds something else."""
        found = []
        counted = counts(self._query.columns[column])
        for row, cell in zip(self._result.rows, self._cells, strict=True):
            value = row[column]
            if isinstance(value, bool) or not isinstance(value, int | float | None):
                return None
            unknown = float(cell.units) if counted else 0.0  # a count hidden before, or a sum over nothing
            found.append(unknown if value is None else float(value))
        return self._with_totals(found)

    def _with_totals(self, values: Sequence[float]) -> list[float]:
        """Figures of the rows, zeros for absent cells, and the sums of totals that have no row."""
        structure = self._structure
        found = [*values, *([0.0] * len(structure.absent))]
        found += [sum(found[cell] for cell in structure.totals[total]) for total in sorted(structure.totals)]
        return found
