"""Who adds how much to released totals, so that a refresh that changes the amounts of a few is noticed.

POLICY_SPEC 2.4: compare the same figure across refreshes of the data. Two totals over the same units, before and after,
give the change; where it is that of fewer than k units, it is theirs. Amounts are far too many to be kept: each total
keeps `PLACES` sums. A unit's number falls into the place that its first bits name, so c changed units change at most c
places, and totals that differ in 1 to k-1 places are refused. Nobody is missed; k or a little more units are taken for
fewer now and then, where two of them share a place. Answers from one state of the data are left to the sets of units.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from assistant.domain import CellFacts, ResultTable, UnitThreshold
from assistant.policies.unit_sets import unpacked

PLACES = 128  # as many as the first bits of a unit's number tell apart (nl2sql/contributions.unit_amount)
_SHIFT = np.uint64(64 - PLACES.bit_length() + 1)

Array = Any  # a numpy array
Seal = Callable[[Array], Array]  # uint64 numbers to those that only the ledger's key yields (unit_keys.sealed)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerAmounts:
    """A total in one row, or of several rows together. `amounts`: Magnitude.amounts, those of the rows in a line."""

    row: int  # of the result; the smallest where there are several
    amounts: bytes
    min_units: int
    data_version: str  # "": unknown, so possibly another one than any other


class ReleasedAmounts(NamedTuple):
    """What a released total keeps."""

    number: int
    sums: Array  # PLACES uint64
    min_units: int
    data_version: str


def amounts_of(
    result: ResultTable, thresholds: Sequence[UnitThreshold], rows: Sequence[int]
) -> dict[str, tuple[LedgerAmounts, ...]]:
    """{dataset: totals} of the given rows, and of all of them together (first the parts, later the whole)."""
    found: dict[str, list[LedgerAmounts]] = {}
    for place, threshold in enumerate(thresholds):
        own = found.setdefault(threshold.table, [])
        cells = {row: result.cells[row][place] for row in rows}
        columns: dict[str, dict[int, bytes]] = {}
        for row, cell in cells.items():
            for part in cell.magnitudes:
                if part.amounts:
                    columns.setdefault(part.output, {})[row] = part.amounts
        for column in columns.values():
            whole = {_smallest(column, cells): b"".join(column.values())} if len(column) > 1 else {}
            own += [
                LedgerAmounts(row=row, amounts=amounts, min_units=threshold.min_units, data_version=result.data_version)
                for row, amounts in (*column.items(), *whole.items())
            ]
    return {dataset: tuple(dict.fromkeys(own)) for dataset, own in found.items()}


def sums_of(amounts: bytes, sealed: Seal) -> Array:
    """`PLACES` sums, modulo 2**64, of sealed numbers, each in the place that its first bits named before."""
    numbers = unpacked(amounts)
    sums = np.zeros(PLACES, dtype=np.uint64)
    np.add.at(sums, (numbers >> _SHIFT).astype(np.int64), sealed(numbers))
    return sums


class AmountIndex:
    """The released totals of one ledger key in memory."""

    def __init__(self) -> None:
        self.newest = 0  # id of the last total that was added
        self._sums = np.zeros((0, PLACES), dtype=np.uint64)
        self._k = np.zeros(0, dtype=np.int64)
        self._versions = np.zeros(0, dtype=object)

    def add(self, released: Iterable[ReleasedAmounts]) -> None:
        """Released totals in the order of their ids."""
        fresh = list(released)
        if fresh:
            self.newest = fresh[-1].number
            self._sums = np.concatenate([self._sums, np.stack([one.sums for one in fresh])])
            self._k = np.concatenate([self._k, np.array([one.min_units for one in fresh], dtype=np.int64)])
            self._versions = np.concatenate(
                [self._versions, np.array([one.data_version for one in fresh], dtype=object)]
            )

    def unsafe_rows(self, totals: Iterable[LedgerAmounts], sealed: Seal) -> frozenset[int]:
        """Rows whose total, beside one of another state of the data, tells how the amounts of a few changed."""
        return frozenset(one.row for one in totals if self._tells(one, sealed))

    def _tells(self, total: LedgerAmounts, sealed: Seal) -> bool:
        version = total.data_version
        others = np.flatnonzero(self._versions != version) if version else np.arange(len(self._k))
        if not len(others):
            return False
        changed = (self._sums[others] != sums_of(total.amounts, sealed)).sum(axis=1)
        return bool(((changed > 0) & (changed < np.maximum(self._k[others], total.min_units))).any())


def _smallest(column: dict[int, bytes], cells: dict[int, CellFacts]) -> int:
    return min(column, key=lambda row: (cells[row].units, row))
