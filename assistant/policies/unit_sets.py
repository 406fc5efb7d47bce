"""The units behind the cells of one result, as sets: decoded once, compared often. The home of pyroaring."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from pyroaring import BitMap, BitMap64

from assistant.domain import CellFacts
from assistant.policies.roaring_format import scattered

Hashes: TypeAlias = "np.ndarray[Any, np.dtype[np.uint64]]"  # sorted, distinct
Units: TypeAlias = Any  # a pyroaring.BitMap of small dense numbers that stand for units


def hashes_of(serialised: bytes) -> Hashes:
    """The sorted unit hashes in a serialised 64-bit roaring bitmap; none for b"".

    Raises ValueError where the bytes are no bitmap.
    """
    if not serialised:
        return np.empty(0, dtype=np.uint64)
    found = scattered(serialised)
    if found is None:
        found = BitMap64.deserialize(serialised).to_array()
    return np.asarray(found, dtype=np.uint64)


def distinct(arrays: Iterable[Any], dtype: Any = np.uint64) -> Any:
    """All values of several arrays, ascending and once each (numpy's own unique hashes 64-bit numbers: slow here)."""
    every = np.concatenate([np.zeros(0, dtype=dtype), *arrays])
    every.sort()
    return every[np.append(True, every[1:] != every[:-1])] if len(every) else every


def bitmap_of(numbers: Any) -> Units:
    """A bitmap of dense numbers (an integer array)."""
    return BitMap(np.ascontiguousarray(numbers, dtype=np.uint32))


def bitmap_from_bytes(serialised: bytes) -> Units:
    """The bitmap that `serialize` wrote."""
    return BitMap.deserialize(serialised)


def united(sets: Iterable[Units]) -> Units:
    """Their union; empty for none."""
    chosen = tuple(sets)
    return BitMap.union(*chosen) if chosen else BitMap()


class RowUnits:
    """The unit sets of a table's rows for one threshold. Where a set is missing, sizes alone decide."""

    def __init__(self, cells: Sequence[CellFacts]) -> None:
        self._cells = cells

    @cached_property
    def sets(self) -> tuple[Units, ...]:
        """One set a row, over numbers that are dense within this table."""
        arrays = [hashes_of(cell.unit_set) for cell in self._cells]
        everyone = distinct(arrays)
        return tuple(bitmap_of(np.searchsorted(everyone, array)) for array in arrays)

    @cached_property
    def known(self) -> bool:
        """Every row with units has its set."""
        return all(cell.unit_set or not cell.units for cell in self._cells)

    def __len__(self) -> int:
        return len(self._cells)

    def count(self, row: int) -> int:
        """Distinct units behind one row; none behind an absent one."""
        return self._cells[row].units if row < len(self._cells) else 0

    def together(self, rows: Iterable[int]) -> int:
        """Distinct units behind several rows; their sum where the sets are not known."""
        chosen = [row for row in rows if row < len(self._cells)]
        if len(chosen) < 2 or not self.known:
            return sum(self.count(row) for row in chosen)
        return len(united(self.sets[row] for row in chosen))

    def contains(self, row: int, others: Iterable[int]) -> bool:
        """True when every unit of `others` also stands behind `row`; without sets, when the sizes allow it."""
        chosen = [other for other in others if other < len(self._cells)]
        if any(self.count(other) > self.count(row) for other in chosen):
            return False
        return not self.known or all(self.sets[other].issubset(self.sets[row]) for other in chosen)
