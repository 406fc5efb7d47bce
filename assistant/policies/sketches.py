"""Samples of released cells, and which of them share units with a new one: the first pass over ten thousand cells.

A sketch is the `SKETCH` units of a cell with the smallest keyed hashes. It is an exact sample: every unit of the cell
up to its highest hash is in it; the sketch of a small cell is the cell.
"""

from __future__ import annotations

from typing import Any

import numpy as np

SKETCH = 64
_TAIL = 2_048  # cells that are looked through one by one before they too are sorted by unit
_LAST = np.uint64(2**64 - 1)

Array = Any  # a numpy array


class Sketches:
    """Sketches by the position of their cells. `lengths`: units in a sketch; `highest`: the last hash it reaches."""

    def __init__(self) -> None:
        self.units = np.zeros((0, SKETCH), dtype=np.int64)  # dense numbers; -1 beyond a small cell's end
        self.lengths = np.zeros(0, dtype=np.int64)
        self.highest = np.zeros(0, dtype=np.uint64)
        self._sorted = 0  # cells in the postings
        self._starts = np.zeros(1, dtype=np.int64)  # per unit: where its postings begin
        self._cells = np.zeros(0, dtype=np.int64)

    def __len__(self) -> int:
        return len(self.lengths)

    def add(self, ordered: list[Array], hashes: list[Array]) -> None:
        """Further cells: dense numbers in the order of their sorted hashes, and those hashes."""
        heads = np.full((len(ordered), SKETCH), -1, dtype=np.int64)
        for head, numbers in zip(heads, ordered, strict=True):
            head[: len(numbers)] = numbers[:SKETCH]
        reach = [own[SKETCH - 1] if len(own) > SKETCH else _LAST for own in hashes]
        self.units = np.concatenate([self.units, heads])
        self.lengths = np.concatenate([self.lengths, (heads >= 0).sum(axis=1)])
        self.highest = np.concatenate([self.highest, np.array(reach, dtype=np.uint64)])
        if len(self) - self._sorted > _TAIL:
            self._sort()

    def shared_with(self, numbers: Array) -> Array:
        """Per cell, how many units of its sketch are among the dense `numbers` (distinct)."""
        found = np.zeros(len(self), dtype=np.int64)
        known = numbers[numbers < len(self._starts) - 1]
        first, size = self._starts[known], self._starts[known + 1] - self._starts[known]
        total = int(size.sum())
        if total:
            places = np.arange(total) + np.repeat(first - np.append(0, np.cumsum(size)[:-1]), size)
            found[: self._sorted] = np.bincount(self._cells[places], minlength=self._sorted)
        if self._sorted < len(self):
            found[self._sorted :] = self._looked_through(numbers, self.units[self._sorted :])
        return found

    def _looked_through(self, numbers: Array, sketches: Array) -> Array:
        width = max(int(sketches.max(initial=0)), int(numbers.max(initial=0))) + 2
        member = np.zeros(width, dtype=np.int8)
        member[numbers] = 1
        return member[sketches].sum(axis=1, dtype=np.int64)  # -1 reads the last place, which is never set

    def _sort(self) -> None:
        cells, places = np.nonzero(self.units >= 0)
        units = self.units[cells, places]
        order = np.argsort(units, kind="stable")
        self._cells = cells[order]
        self._starts = np.append(0, np.cumsum(np.bincount(units)))
        self._sorted = len(self)
