"""The released cells of one ledger key in memory: sketches that rule most comparisons out, sets for the rest.

A sketch is the `SKETCH` units of a cell with the smallest hashes. It is an exact sample: every unit of the cell up to
its highest hash is in it. So sketch units missing from the other set are a lower bound of the difference, and a
comparison is skipped only where that bound proves it harmless.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from assistant.policies.differencing import MAX_SYSTEM, differ_by_few, isolates_few, remainder
from assistant.policies.unit_sets import Units, united

SKETCH = 64
MAX_CONTAINERS = 8  # released totals whose remainder is looked at in one review
MAX_SUMS = 16  # rows of one result whose overlaps are examined as systems of sums
MAX_PARTS = 400  # released cells that are fitted into one total
_LAST = np.uint64(2**64 - 1)

Array = Any  # a numpy array
Load = Callable[[Sequence[int]], dict[int, Units]]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCell:
    """A cell under review: `units` as dense numbers, `hashes` sorted, `row` of its result."""

    row: int
    min_units: int
    units: Units
    hashes: Array


@dataclass(slots=True, kw_only=True)
class Compared:
    """How the released cells lie to one new cell, by position: exact relations of those that could matter."""

    crossing: Array  # released cells that share some of their units with it (by sketch)
    inside: list[int] = field(default_factory=list)  # released cells that are part of it
    around: list[int] = field(default_factory=list)  # released cells that it is part of
    unsafe: bool = False


class ReleasedIndex:
    """Released cells of one key. `load(ids)` fetches sets that are not in memory (at most `budget` bytes are)."""

    def __init__(self, load: Load, *, budget: int = 128 * 1024 * 1024) -> None:
        self._load = load
        self._budget = budget
        self._sets: OrderedDict[int, tuple[Units, int]] = OrderedDict()
        self._held = 0
        self.ids: list[int] = []
        self._known: set[bytes] = set()
        self._sizes = np.zeros(0, dtype=np.int64)
        self._k = np.zeros(0, dtype=np.int64)
        self._sketches = np.zeros((0, SKETCH), dtype=np.int64)  # dense numbers; -1 beyond a small cell's end
        self._lengths = np.zeros(0, dtype=np.int64)
        self._highest = np.zeros(0, dtype=np.uint64)
        self._everyone = united(())

    def __len__(self) -> int:
        return len(self.ids)

    def holds(self, digest: bytes) -> bool:
        """True when exactly this set was released before."""
        return digest in self._known

    def add(self, entries: Iterable[tuple[int, bytes, int, Units, Array, Array]]) -> None:
        """Entries of (id, digest, k, set, dense numbers in the order of their hashes, sorted hashes)."""
        sketches, lengths, highest, sizes, least = [], [], [], [], []
        for number, digest, k, units, ordered, hashes in entries:
            if digest in self._known:
                continue
            self._known.add(digest)
            self.ids.append(number)
            self._keep(number, units)
            self._everyone |= units
            head = np.full(SKETCH, -1, dtype=np.int64)
            length = min(SKETCH, len(ordered))
            head[:length] = ordered[:length]
            sketches.append(head)
            lengths.append(length)
            highest.append(hashes[length - 1] if len(hashes) > SKETCH else _LAST)
            sizes.append(len(units))
            least.append(k)
        if sketches:
            self._sketches = np.concatenate([self._sketches, np.stack(sketches)])
            self._lengths = np.concatenate([self._lengths, np.array(lengths, dtype=np.int64)])
            self._highest = np.concatenate([self._highest, np.array(highest, dtype=np.uint64)])
            self._sizes = np.concatenate([self._sizes, np.array(sizes, dtype=np.int64)])
            self._k = np.concatenate([self._k, np.array(least, dtype=np.int64)])

    def unsafe_rows(self, cells: Sequence[NewCell]) -> frozenset[int]:
        """Rows of a new result that, with what was released, would tell of fewer than k units."""
        if not self.ids:
            return frozenset()
        found: set[int] = set()
        compared = {i: self._compare(cell) for i, cell in enumerate(cells)}
        found.update(cells[i].row for i, relation in compared.items() if relation.unsafe)
        found |= self._completed_totals(cells, compared, found)
        for i in sorted(compared, key=lambda i: len(cells[i].units))[:MAX_SUMS]:
            cell, relation = cells[i], compared[i]
            if cell.row not in found and self._isolates(cell, relation):
                found.add(cell.row)
        return frozenset(found)

    def _compare(self, cell: NewCell) -> Compared:
        """Exact relations to the released cells that the sketches cannot rule out."""
        shared = self._shared_with(cell.units)
        size, sizes, k = len(cell.units), self._sizes, np.maximum(self._k, cell.min_units)
        upto = np.searchsorted(cell.hashes, self._highest, side="right")  # units of the cell within each sketch's reach
        close = (upto - shared < k) & (size - sizes < k)
        holds_all = self._everyone.issubset(cell.units)  # every released cell is part of it
        if not holds_all:
            close |= (self._lengths - shared < k) & (sizes - size < k)
        relation = Compared(crossing=np.flatnonzero((shared > 0) & (shared < self._lengths)))
        places = np.flatnonzero(close)
        for place, both in zip(places.tolist(), self._exactly_shared(cell, places, shared), strict=True):
            if differ_by_few(int(sizes[place]), size, both, int(k[place])):
                relation.unsafe = True
                return relation
            if both == sizes[place]:
                relation.inside.append(place)
            if both == size:
                relation.around.append(place)
        if holds_all:
            relation.inside = list(range(len(self.ids)))
        relation.unsafe = self._covers_nearly(cell, relation.inside)
        return relation

    def _shared_with(self, units: Units) -> Array:
        """Per released cell, how many units of its sketch are in `units`."""
        width = max(int(self._sketches.max(initial=0)), int(units.max()) if len(units) else 0) + 2
        member = np.zeros(width, dtype=np.int8)
        member[np.asarray(units.to_array(), dtype=np.int64)] = 1
        return member[self._sketches].sum(axis=1, dtype=np.int64)  # -1 reads the last place, which is never set

    def _exactly_shared(self, cell: NewCell, places: Array, shared: Array) -> Iterator[int]:
        """Units in both, exactly; the sketch of a small cell is the cell."""
        large = iter(self._sets_at([int(p) for p in places if self._sizes[p] > SKETCH]))
        for place in places:
            if self._sizes[place] <= SKETCH:
                yield int(shared[place])
            else:
                yield next(large).intersection_cardinality(cell.units)

    def _covers_nearly(self, cell: NewCell, inside: Sequence[int]) -> bool:
        """The new cell less released parts of it leaves few units (tracker by a total)."""
        chosen = self._largest(inside)
        if int(self._sizes[chosen].sum()) <= len(cell.units) - cell.min_units:
            return False
        return 0 < len(remainder(cell.units, self._sets_at(chosen), cell.min_units)) < cell.min_units

    def _completed_totals(
        self, cells: Sequence[NewCell], compared: dict[int, Compared], unsafe: set[int]
    ) -> frozenset[int]:
        """Rows that, with released parts, nearly fill a released total (tracker by the last part)."""
        around: dict[int, list[int]] = {}
        for i, relation in compared.items():
            if cells[i].row not in unsafe:
                for place in relation.around:
                    around.setdefault(place, []).append(i)
        found: set[int] = set()
        for place in sorted(around, key=lambda p: (int(self._sizes[p]), p))[:MAX_CONTAINERS]:
            members = [i for i in around[place] if cells[i].row not in found]
            while members and self._nearly_fills(place, [cells[i] for i in members]):
                least = min(members, key=lambda i: (len(cells[i].units), cells[i].row))
                found.add(cells[least].row)
                members = [i for i in members if cells[i].row not in found]
        return frozenset(found)

    def _nearly_fills(self, place: int, members: Sequence[NewCell]) -> bool:
        (whole,) = self._sets_at([place])
        k = max(cell.min_units for cell in members)
        rest = remainder(whole, [cell.units for cell in members], k)
        if len(rest) < k:
            return len(rest) > 0
        shared = self._shared_with(rest)
        fitting = self._largest(np.flatnonzero((shared == self._lengths) & (self._sizes <= len(rest))).tolist())
        if int(self._sizes[fitting].sum()) <= len(rest) - k:
            return False
        return 0 < len(remainder(rest, self._sets_at(fitting), k)) < k

    def _isolates(self, cell: NewCell, relation: Compared) -> bool:
        """A system of sums over the new cell, what crosses it and what crosses that, singles out few units."""
        if not len(relation.crossing) and len(relation.inside) < 2:
            return False
        third = MAX_SYSTEM // 3
        parts = third // 2 if len(relation.crossing) else 2 * third  # a total may be the sum of parts that overlap
        chosen = list(dict.fromkeys([*self._smallest(relation.crossing)[:third], *relation.around[:third]]))
        chosen = list(dict.fromkeys([*chosen, *self._largest(relation.inside)[:parts]]))[: MAX_SYSTEM - 1]
        near = self._sets_at(chosen)
        reach = self._shared_with(united([cell.units, *near]))
        reach[chosen] = 0
        further = self._smallest(np.flatnonzero(reach))[: MAX_SYSTEM - 1 - len(chosen)]
        return isolates_few([cell.units, *near, *self._sets_at(further)], cell.min_units)

    def _smallest(self, places: Array) -> list[int]:
        found: list[int] = places[np.argsort(self._sizes[places], kind="stable")].tolist()
        return found

    def _largest(self, places: Sequence[int]) -> list[int]:
        return sorted(places, key=lambda p: (-int(self._sizes[p]), p))[:MAX_PARTS]

    def _sets_at(self, places: Sequence[int]) -> list[Units]:
        numbers = [self.ids[place] for place in places]
        missing = [number for number in numbers if number not in self._sets]
        fetched = self._load(missing) if missing else {}
        found = [self._sets[n][0] if n in self._sets else fetched.get(n, united(())) for n in numbers]
        for number, units in fetched.items():
            self._keep(number, units)
        return found

    def _keep(self, number: int, units: Units) -> None:
        size = len(units.serialize())
        self._sets[number] = (units, size)
        self._held += size
        while self._held > self._budget and len(self._sets) > 1:
            _, (_, freed) = self._sets.popitem(last=False)
            self._held -= freed
