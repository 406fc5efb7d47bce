"""The released cells of one ledger key in memory: sketches that rule most comparisons out, sets for the rest.

A sketch is an exact sample (sketches.py). So sketch units missing from the other set are a lower bound of the
difference, and a comparison is skipped only where that bound proves it harmless.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from assistant.policies.amounts import AmountIndex
from assistant.policies.compared_cells import Compared, Entry, NewCell
from assistant.policies.differencing import differ_by_few, remainder
from assistant.policies.isolating import isolating_rows
from assistant.policies.populations import Figure, Pair, certain_rows, most_in_common
from assistant.policies.sketches import SKETCH, Sketches
from assistant.policies.unit_sets import Units, united

MAX_CONTAINERS = 64  # released totals whose remainder is looked at in one review
MAX_PARTS = 400  # released cells that are fitted into one total

Array = Any  # a numpy array
Load = Callable[[Sequence[int]], dict[int, Units]]


class ReleasedIndex:
    """Released cells of one key. `load(ids)` fetches sets that are not in memory (at most `budget` bytes are)."""

    def __init__(self, load: Load, *, generation: int = 0, budget: int = 128 * 1024 * 1024) -> None:
        self.generation = generation  # of the rows that it was read from; newer cells are added, dropped ones are not
        self._load = load
        self._budget = budget
        self._sets: OrderedDict[int, tuple[Units, int]] = OrderedDict()
        self._held = 0
        self.ids: list[int] = []
        self.totals = AmountIndex()
        self.newest_figure = 0  # id of the last figure that was added
        self._known: dict[bytes, int] = {}  # position by digest
        self._figures: dict[tuple[int, int], None] = {}  # positions of members and others
        self.sizes = np.zeros(0, dtype=np.int64)
        self._k = np.zeros(0, dtype=np.int64)
        self._left_out = np.zeros(0, dtype=np.bool_)
        self._sketches = Sketches()
        self._everyone = united(())

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def newest(self) -> int:
        """Id of the last cell that was added, 0 for none."""
        return self.ids[-1] if self.ids else 0

    def holds(self, digest: bytes) -> bool:
        """True when exactly this set was released before."""
        return digest in self._known

    def sets_of(self, digests: Sequence[bytes]) -> list[Units]:
        """The units of released cells by their digests; nobody for one that is not known any more."""
        known = [digest for digest in digests if digest in self._known]
        found = dict(zip(known, self.sets_at([self._known[digest] for digest in known]), strict=True))
        return [found.get(digest, united(())) for digest in digests]

    def holds_figure(self, members: bytes, others: bytes) -> bool:
        """True when a figure about exactly these was released before."""
        return (self._known.get(members, -1), self._known.get(others, -1)) in self._figures

    def add_figures(self, pairs: Iterable[Pair]) -> None:
        """Released figures in the order of their ids, after their cells; those without their cells are forgotten."""
        for pair in pairs:
            self.newest_figure = pair.number
            if self.holds(pair.members) and self.holds(pair.others):
                self._figures[self._known[pair.members], self._known[pair.others]] = None

    def add(self, entries: Iterable[Entry]) -> None:
        """Released cells in the order of their ids."""
        fresh: list[Entry] = []
        for entry in entries:
            if entry.digest not in self._known:
                self._known[entry.digest] = len(self.ids)
                self.ids.append(entry.number)
                self._keep(entry.number, entry.units)
                fresh.append(entry)
        if fresh:
            self._everyone = united([self._everyone, *(entry.units for entry in fresh)])
            self._sketches.add([entry.ordered for entry in fresh], [entry.hashes for entry in fresh])
            sizes, least, outside = zip(*((len(e.units), e.min_units, e.left_out) for e in fresh), strict=True)
            self.sizes = np.concatenate([self.sizes, np.array(sizes, dtype=np.int64)])
            self._k = np.concatenate([self._k, np.array(least, dtype=np.int64)])
            self._left_out = np.concatenate([self._left_out, np.array(outside, dtype=np.bool_)])

    def unsafe_rows(self, cells: Sequence[NewCell], figures: Sequence[Figure] = ()) -> frozenset[int]:
        """Rows of a new result that, with what was released, would tell of fewer than k units."""
        found = {cell.row for cell in cells if cell.left_out and len(cell.units) < cell.min_units}  # not in the figure
        found |= certain_rows(figures, self._released_near(figures))
        if not self.ids:
            return frozenset(found)
        compared = {i: self._compare(cell) for i, cell in enumerate(cells)}
        found.update(cells[i].row for i, relation in compared.items() if relation.unsafe)
        found |= self._completed_totals(cells, compared, found)
        found |= isolating_rows(self, cells, compared, found)
        return frozenset(found)

    def _compare(self, cell: NewCell) -> Compared:
        """Exact relations to the released cells that the sketches cannot rule out."""
        every = self.shared_with(cell.units)
        # a small cell is its sketch: where that shares nothing, the two have nothing to do with each other
        near = np.flatnonzero((every > 0) | (self.sizes > SKETCH))
        shared, lengths = every[near], self._sketches.lengths[near]
        size, sizes, k = len(cell.units), self.sizes[near], np.maximum(self._k[near], cell.min_units)
        upto = np.searchsorted(cell.hashes, self._sketches.highest[near], side="right")  # units within a sketch's reach
        close = (upto - shared < k) & (size - sizes < k)
        holds_all = self._everyone.issubset(cell.units)  # every released cell is part of it
        if not holds_all:
            close |= (lengths - shared < k) & (sizes - size < k)
        relation = Compared(crossing=self._crossing(cell, near, shared))
        chosen = np.flatnonzero(close)
        places, few = near[chosen], k[chosen]
        for place, limit, both in zip(
            places.tolist(), few.tolist(), self._exactly_shared(cell, places, every), strict=True
        ):
            own = int(self.sizes[place])
            variants = not (cell.left_out or self._left_out[place])
            if differ_by_few(own, size, both, limit, variants=variants):
                relation.unsafe = True
                return relation
            if both == own:
                relation.inside.append(place)
            if both == size:
                relation.around.append(place)
        if holds_all:
            relation.inside = list(range(len(self.ids)))
        relation.unsafe = self._covers_nearly(cell, relation.inside)
        return relation

    def _crossing(self, cell: NewCell, near: Array, shared: Array) -> Array:
        """Released cells some of whose units are in the new one, and some not. Where all of a large cell's sample is in
        it, or none, the sample does not tell: there the sets are asked."""
        lengths, sizes = self._sketches.lengths[near], self.sizes[near]
        unsure = near[((shared == 0) | (shared == lengths)) & (sizes > SKETCH)].tolist()
        common = (own.intersection_cardinality(cell.units) for own in self.sets_at(unsure))
        meeting = [place for place, both in zip(unsure, common, strict=True) if 0 < both < self.sizes[place]]
        sure = near[(shared > 0) & (shared < lengths)]
        return np.unique(np.concatenate([sure, np.array(meeting, dtype=near.dtype)]))

    def shared_with(self, units: Units) -> Array:
        """Per released cell, how many units of its sketch are in `units`."""
        return self._sketches.shared_with(np.asarray(units.to_array(), dtype=np.int64))

    def most_alike(self, units: Units, most: int) -> list[int]:
        """The released cells of the largest cosine with a set, by their sketches."""
        cosines = self.shared_with(units) / np.maximum(self._sketches.lengths, 1) * np.sqrt(self.sizes)
        found: list[int] = np.argsort(-cosines, kind="stable")[:most].tolist()
        return found

    def _exactly_shared(self, cell: NewCell, places: Array, shared: Array) -> Iterator[int]:
        """Units in both, exactly; the sketch of a small cell is the cell."""
        large = iter(self.sets_at([int(p) for p in places if self.sizes[p] > SKETCH]))
        for place in places:
            if self.sizes[place] <= SKETCH:
                yield int(shared[place])
            else:
                yield next(large).intersection_cardinality(cell.units)

    def _covers_nearly(self, cell: NewCell, inside: Sequence[int]) -> bool:
        """The new cell less released parts of it leaves few units (tracker by a total)."""
        chosen = self.largest(inside)
        if int(self.sizes[chosen].sum()) <= len(cell.units) - cell.min_units:
            return False
        return 0 < len(remainder(cell.units, self.sets_at(chosen), cell.min_units)) < cell.min_units

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
        for place in sorted(around, key=lambda p: (int(self.sizes[p]), p))[:MAX_CONTAINERS]:
            members = [i for i in around[place] if cells[i].row not in found]
            while members and self._nearly_fills(place, [cells[i] for i in members]):
                least = min(members, key=lambda i: (len(cells[i].units), cells[i].row))
                found.add(cells[least].row)
                members = [i for i in members if cells[i].row not in found]
        return frozenset(found)

    def _nearly_fills(self, place: int, members: Sequence[NewCell]) -> bool:
        (whole,) = self.sets_at([place])
        k = max(cell.min_units for cell in members)
        rest = remainder(whole, [cell.units for cell in members], k)
        if len(rest) < k:
            return len(rest) > 0
        shared = self.shared_with(rest)
        fitting = self.largest(np.flatnonzero((shared == self._sketches.lengths) & (self.sizes <= len(rest))).tolist())
        if int(self.sizes[fitting].sum()) <= len(rest) - k:
            return False
        return 0 < len(remainder(rest, self.sets_at(fitting), k)) < k

    def _released_near(self, figures: Sequence[Figure]) -> list[Figure]:
        """Released figures about some of the same units: those with the most in common go first."""
        if not figures or not self._figures:
            return []
        reach = united([*(one.members for one in figures), *(one.others for one in figures)])
        sampled = self.shared_with(reach) / np.maximum(self._sketches.lengths, 1)
        chosen = most_in_common(list(self._figures), sampled * self.sizes, self.sizes)
        sets = self.sets_at([place for pair in chosen for place in pair])
        return [Figure(-1, sets[2 * i], sets[2 * i + 1]) for i in range(len(chosen))]

    def smallest(self, places: Array) -> list[int]:
        found: list[int] = places[np.argsort(self.sizes[places], kind="stable")].tolist()
        return found

    def largest(self, places: Sequence[int]) -> list[int]:
        return sorted(places, key=lambda p: (-int(self.sizes[p]), p))[:MAX_PARTS]

    def sets_at(self, places: Sequence[int]) -> list[Units]:
        numbers = [self.ids[place] for place in places]
        missing = [number for number in numbers if number not in self._sets]
        if not missing:
            return [self._sets[number][0] for number in numbers]
        fetched = self._load(missing)
        found = [self._sets[n][0] if n in self._sets else fetched.get(n, united(())) for n in numbers]
        for number, units in fetched.items():
            self._keep(number, units)
        return found

    def _keep(self, number: int, units: Units) -> None:
        self._sets[number] = (units, len(units.serialize()))
        self._held += self._sets[number][1]
        while self._held > self._budget and len(self._sets) > 1:
            _, (_, freed) = self._sets.popitem(last=False)
            self._held -= freed
