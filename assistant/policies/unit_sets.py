"""The units behind the cells of one result, as sets: decoded once, compared often. The home of pyroaring."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from pyroaring import BitMap

from assistant.domain import CellFacts

Hashes: TypeAlias = "np.ndarray[Any, np.dtype[np.uint64]]"  # sorted, distinct
Units: TypeAlias = Any  # a pyroaring.BitMap of small dense numbers that stand for units


def unpacked(packed: bytes) -> Hashes:
    """The numbers that a warehouse packed, 64 bits each, little-endian. Raises ValueError for another length."""
    if len(packed) % 8:
        raise ValueError("unit hashes are packed in 8 bytes each")
    return np.frombuffer(packed, dtype="<u8").astype(np.uint64)


def hashes_of(packed: bytes) -> Hashes:
    """The unit hashes that a warehouse packed: sorted, distinct, 64 bits each, little-endian; none for b"".

    Raises ValueError where the bytes are anything else.
    """
    found = unpacked(packed)
    if len(found) > 1 and not bool((found[1:] > found[:-1]).all()):
        raise ValueError("unit hashes are packed in ascending order")
    return found


def distinct(arrays: Iterable[Any], dtype: Any = np.uint64) -> Any:
    """All values of several arrays, ascending and once each (numpy's own unique hashes 64-bit numbers: slow here)."""
    every = np.concatenate([np.zeros(0, dtype=dtype), *arrays])
    every.sort()
    return every[np.append(True, every[1:] != every[:-1])] if len(every) else every


def joined(packed: Sequence[bytes]) -> bytes:
    """All units of several packed sets, packed."""
    return bytes(distinct(hashes_of(one) for one in packed).astype("<u8").tobytes())


def less(packed: bytes, other: bytes) -> bytes:
    """The packed units of one set that are not in another."""
    own, away = hashes_of(packed), hashes_of(other)
    if not len(own) or not len(away):
        return packed
    place = np.minimum(np.searchsorted(away, own), len(away) - 1)
    return bytes(own[away[place] != own].astype("<u8").tobytes())


def disjoint(packed: bytes, other: bytes) -> bool:
    """True when two packed sets share nobody."""
    return len(less(packed, other)) == len(packed)


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
