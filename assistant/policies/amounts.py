"""Who adds how much to released totals, so that a refresh that changes the amounts of a few is noticed.

POLICY_SPEC 2.4: compare the same figure across refreshes of the data. Two totals over the same units, before and after,
give the change; where it is that of fewer than k units, it is theirs. Amounts are far too many to be kept: each total
keeps `PLACES` sums. A unit's number falls into the place that its first bits name, so c changed units change at most c
places, and totals that differ in 1 to k-1 places are refused. Nobody is missed; k or a little more units are taken for
fewer now and then, where two of them share a place.

The sums are linear: those of a whole less those of a part are those of the rest. So totals of one measure are also put
together as their sets of units go together (the men after the refresh beside everybody and the women before it), and
what is left must not be that of a few.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from assistant.domain import AMOUNT_PLACES_BITS, AuthorizedQuery, ResultTable
from assistant.policies.differencing import PRIME, Echelon, atoms_of
from assistant.policies.unit_sets import Units, united, unpacked

PLACES = 2**AMOUNT_PLACES_BITS
MAX_COMBINED = 256  # released totals of a measure that are put together with new ones
_SHIFT = np.uint64(64 - AMOUNT_PLACES_BITS)
_ADDED_UP = frozenset(("sum", "avg"))

Array = Any  # a numpy array
Seal = Callable[[Array], Array]  # uint64 numbers to those that only the ledger's key yields (unit_keys.sealed)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerAmounts:
    """A total in one row. `amounts`: Magnitude.amounts; `unit_set`: over whom, one of the row's cells."""

    row: int
    unit_set: bytes
    amounts: bytes
    measure: str  # what is added up: totals of different measures are only compared one by one
    min_units: int
    data_version: str  # "": unknown, so possibly another one than any other


class ReleasedAmounts(NamedTuple):
    """What a released total keeps: the digest of its cell, that of its measure, and `PLACES` sums modulo PRIME."""

    number: int
    cell: bytes
    measure: bytes
    sums: Array
    min_units: int
    data_version: str


class NewAmounts(NamedTuple):
    """A total under review."""

    row: int
    units: Units
    measure: bytes
    sums: Array
    min_units: int
    data_version: str


def amounts_of(
    result: ResultTable, query: AuthorizedQuery, rows: Sequence[int]
) -> dict[str, tuple[LedgerAmounts, ...]]:
    """{dataset: totals} of the given rows."""
    measures = {fact.name: (*sorted(fact.sources), fact.aggregate in _ADDED_UP) for fact in query.columns}
    found: dict[str, dict[LedgerAmounts, None]] = {}
    for place, threshold in enumerate(query.thresholds):
        own = found.setdefault(threshold.table, {})
        for row in rows:
            cell = result.cells[row][place]
            for number, part in enumerate(cell.magnitudes):
                if part.amounts:
                    same = [one for one in cell.magnitudes[:number] if one.output == part.output]
                    total = LedgerAmounts(
                        row=row,
                        unit_set=part.unit_set or cell.unit_set,
                        amounts=part.amounts,
                        measure=repr((measures.get(part.output), len(same))),
                        min_units=threshold.min_units,
                        data_version=result.data_version,
                    )
                    own[total] = None
    return {dataset: tuple(own) for dataset, own in found.items()}


def sums_of(amounts: bytes, sealed: Seal) -> Array:
    """`PLACES` sums, modulo PRIME, of sealed numbers, each in the place that its first bits named before."""
    numbers = unpacked(amounts)
    places = (numbers >> _SHIFT).astype(np.int64)
    residues = (sealed(numbers) % np.uint64(PRIME)).astype(np.float64)  # sums stay exact below 2**53
    return np.bincount(places, weights=residues, minlength=PLACES).astype(np.int64) % PRIME


class AmountIndex:
    """The released totals of one ledger key in memory."""

    def __init__(self) -> None:
        self.newest = 0  # id of the last total that was added
        self._sums = np.zeros((0, PLACES), dtype=np.int64)
        self._k = np.zeros(0, dtype=np.int64)
        self._versions = np.zeros(0, dtype=object)
        self._measures: dict[bytes, list[int]] = {}  # positions
        self._cells: list[bytes] = []

    def add(self, released: Iterable[ReleasedAmounts]) -> None:
        """Released totals in the order of their ids."""
        fresh = list(released)
        if not fresh:
            return
        for one in fresh:
            self._measures.setdefault(one.measure, []).append(len(self._cells))
            self._cells.append(one.cell)
        self.newest = fresh[-1].number
        self._sums = np.concatenate([self._sums, np.stack([one.sums for one in fresh])])
        self._k = np.concatenate([self._k, np.array([one.min_units for one in fresh], dtype=np.int64)])
        versions = np.array([one.data_version for one in fresh], dtype=object)
        self._versions = np.concatenate([self._versions, versions])

    def unsafe_rows(
        self, totals: Sequence[NewAmounts], sets: Callable[[Sequence[bytes]], Sequence[Units]]
    ) -> frozenset[int]:
        """Rows whose total, beside those of other states of the data, tells how the amounts of a few changed.

        `sets`: the units of released cells by their digests; an empty set where a cell is forgotten.
        """
        found = {one.row for one in totals if self._changed_by_few(one)}
        for measure in dict.fromkeys(one.measure for one in totals):
            new = [one for one in totals if one.measure == measure and one.row not in found]
            found |= self._told_together(measure, new, sets)
        return frozenset(found)

    def _changed_by_few(self, total: NewAmounts) -> bool:
        """One total beside each of those of another state."""
        others = self._of_other_states(total, np.arange(len(self._k)))
        if not len(others):
            return False
        changed = (self._sums[others] != total.sums).sum(axis=1)
        return bool(((changed > 0) & (changed < np.maximum(self._k[others], total.min_units))).any())

    def _of_other_states(self, total: NewAmounts, places: Array) -> Array:
        return places[self._versions[places] != total.data_version] if total.data_version else places

    def _told_together(
        self, measure: bytes, totals: Sequence[NewAmounts], sets: Callable[[Sequence[bytes]], Sequence[Units]]
    ) -> set[int]:
        """Combinations of totals of one measure, as their sets of units combine."""
        places = np.array(self._measures.get(measure, ()), dtype=np.int64)
        if not any(len(self._of_other_states(one, places)) for one in totals):
            return set()
        reach = united([one.units for one in totals])
        places = np.array(list({(self._cells[i], self._sums[i].tobytes()): i for i in places.tolist()}.values()))
        near = _chosen(list(zip(places.tolist(), sets([self._cells[i] for i in places]), strict=True)), reach)
        ranked = sorted(totals, key=lambda one: (-len(one.units), one.row))
        k = max([one.min_units for one in totals] + [int(self._k[place]) for place, _ in near])
        together = [units for _, units in near] + [one.units for one in ranked]
        found: set[int] = set()
        for least in (1, k):
            system = ChangeSystem(together, k, least)
            for number, (place, _) in enumerate(near):
                system.assume(number, self._sums[place])
            for number, one in enumerate(ranked, len(near)):
                if one.row not in found and system.tells(number, one.sums):
                    found.add(one.row)
        return found


def _chosen(known: list[tuple[int, Units]], reach: Units) -> list[tuple[int, Units]]:
    """At most MAX_COMBINED totals: those about some of the same units (the smallest and the largest of them), then
    others, since whoever is not in the new ones may be in the rest of a whole."""
    ranked = sorted(known, key=lambda one: (-len(one[1]), one[0]))
    touching: list[tuple[int, Units]] = []
    apart: list[tuple[int, Units]] = []
    for one in ranked:
        (touching if one[1].intersect(reach) else apart).append(one)
    if len(touching) > MAX_COMBINED:
        return [*touching[: MAX_COMBINED // 2], *touching[-MAX_COMBINED // 2 :]]
    return [*touching, *apart[: MAX_COMBINED - len(touching)]]


class ChangeSystem:
    """Totals over sets of units with their sums: which of them, put together, leave the amounts of a few units.

    Sets are 0/1 rows over their atoms of at least `least` units (differencing.SumSystem), followed by the sums. Where
    the atoms cancel out, whoever knows the totals knows what is left of the amounts, and so many units are in it at
    least as places are left in the sums. Over all atoms (1) the sets have to match; over the large ones (k) few may be
    in one and not in another.
    """

    def __init__(self, sets: Sequence[Units], k: int, least: int) -> None:
        sizes, matrix = atoms_of(sets)
        self._atoms = matrix[:, sizes >= least].astype(np.int64)
        self._k = k
        width = self._atoms.shape[1]
        self._known = Echelon(width, width + PLACES)
        self._changes = Echelon(PLACES, PLACES)  # what combinations of known totals leave

    def assume(self, place: int, sums: Array) -> None:
        """The total over this set is known."""
        left = self._left(place, sums)
        if left is not None:
            self._changes.add(left)

    def tells(self, place: int, sums: Array) -> bool:
        """True when this total, with those known, leaves the amounts of fewer than k units; else it is known now."""
        left = self._left(place, sums)
        if left is None:
            return False
        if any(0 < np.count_nonzero(one) < self._k for one in (left, self._changes.reduced(left))):
            return True
        self._changes.add(left)
        return False

    def _left(self, place: int, sums: Array) -> Array | None:
        """What is left of the sums where the sets known explain this one; None where they do not: it is known now."""
        row = self._known.add(np.concatenate([self._atoms[place], sums]))
        width = self._atoms.shape[1]
        return None if row[:width].any() else row[width:]
