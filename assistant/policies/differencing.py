"""What several released figures tell together: differences of two sets, covers of one, and systems of sums. Pure.

Sets of units are pyroaring bitmaps over dense numbers. Sources: Denning's tracker (1979); Audit Expert (a combination
of answered sums that leaves a single record); difference checks as in POLICY_SPEC 2.4.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Any

import numpy as np

from assistant.policies.unit_sets import Units, bitmap_of

_ORDER = 10  # sets whose sizes differ by more than this factor are no variants of each other
MAX_SYSTEM = 128  # released sets in one system of sums
PRIME = 67_108_859  # ranks over this field equal ranks over the rationals unless fate is against us; products of
# two numbers, summed over a system, stay below 2**63


def differ_by_few(first: int, second: int, shared: int, k: int, *, variants: bool = True) -> bool:
    """True when two released sets of these sizes, `shared` units in both, tell of 1 to k-1 units by which they differ.

    One inside the other: their difference is a figure of its own. Neither inside the other: the figures give only the
    balance of both differences. Such a pair is refused too while the sets are of one order of size; beyond that the
    larger difference swamps the few (a street's age group beside a district's ethnic group), and what a third answer
    could still add is found by the system of sums (docs/decisions/0004-what-counts-as-a-variant.md).

    `variants` is False where one of the sets is nobody's figure but the rest of a population. Such sets are nearly as
    large as their populations, so being of one order says nothing: they have to differ by few on both sides together.
    """
    only_first, only_second = first - shared, second - shared
    if only_first and only_second:
        if not variants:
            return only_first + only_second < k
        if max(first, second) > _ORDER * min(first, second):
            return False
    return 0 < only_first < k or 0 < only_second < k


def remainder(whole: Units, parts: Sequence[Units], k: int) -> Units:
    """What is left of `whole` after disjoint `parts` of it, largest first, are taken away; stops at fewer than k."""
    rest = whole.copy()
    for part in sorted(parts, key=len, reverse=True):
        if len(part) and part.issubset(rest):
            rest -= part
            if len(rest) < k:
                break
    return rest


def isolates_few(sets: Sequence[Units], k: int) -> bool:
    """True when sums over these sets combine into a figure about 1 to k-1 units."""
    system = SumSystem(sets, k)
    return any(system.tells(place) for place in range(len(sets)))


class Echelon:
    """Rows in reduced row echelon form over the field of PRIME elements; pivots are among the first `width` columns."""

    def __init__(self, width: int, columns: int) -> None:
        self._width = width
        self.rows = np.zeros((0, columns), dtype=np.int64)
        self.pivots: tuple[int, ...] = ()

    def reduced(self, row: Any) -> Any:
        """What the rows cannot explain of another one."""
        return (row - row[list(self.pivots)] @ self.rows) % PRIME

    def add(self, row: Any) -> Any:
        """Take a row in, unless the rows explain it; what they could not explain."""
        row = self.reduced(row)
        leading = np.flatnonzero(row[: self._width])
        if not len(leading):
            return row  # a combination of what is known
        column = int(leading[0])
        row = row * pow(int(row[column]), -1, PRIME) % PRIME
        users = np.flatnonzero(self.rows[:, column])
        if len(users):
            self.rows = self.rows.copy()
            self.rows[users] = (self.rows[users] - np.outer(self.rows[users, column], row)) % PRIME
        self.rows = np.concatenate([self.rows, row[None, :]])
        self.pivots = (*self.pivots, column)
        return row


class SumSystem:
    """Sums over sets of units, added one after the other; says which of them would complete a figure about few units.

    The sets cut their units into atoms; each set is a 0/1 row over atoms. Elimination over the atoms of at least `k`
    units first leaves the combinations that only small atoms enter; one that touches fewer than k units tells of them.
    """

    def __init__(self, sets: Sequence[Units], k: int) -> None:
        sizes, matrix = atoms_of(sets)
        order = np.argsort(sizes < k, kind="stable")
        self._k = k
        self._sizes = sizes[order]
        self._large = int((sizes >= k).sum())
        self._rows = matrix[:, order]
        self._known = Echelon(len(sizes), len(sizes))

    @property
    def atoms(self) -> int:
        return len(self._sizes)

    def assume(self, place: int) -> None:
        """The sum over this set is known."""
        self._known.add(self._rows[place].astype(np.int64))

    def tells(self, place: int) -> bool:
        """True when the sum over this set, with those known, tells of fewer than k units; else it is known from now."""
        if self._large == len(self._sizes):
            return False
        before, told = copy(self._known), self._few()
        self.assume(place)
        if self._few() <= told:
            return False
        self._known = before
        return True

    def _few(self) -> set[bytes]:
        """Combinations about 1 to k-1 units."""
        small = [place for place, column in enumerate(self._known.pivots) if column >= self._large]
        touched = self._known.rows[small] != 0
        units = touched @ self._sizes
        return {touched[i].tobytes() for i in np.flatnonzero(units < self._k)}


def atoms_of(sets: Sequence[Units]) -> tuple[Any, Any]:
    """(units of each atom, one 0/1 row per set over the atoms). Atoms are told apart by 64 random bits a set."""
    width = max((int(one.max()) for one in sets if len(one)), default=-1) + 1
    signatures = np.zeros(width, dtype=np.uint64)
    marks = np.random.default_rng(20_250_917).integers(1, 2**63, len(sets)).astype(np.uint64) << np.uint64(1)
    for one, mark in zip(sets, marks, strict=True):
        signatures[np.asarray(one.to_array(), dtype=np.int64)] ^= mark
    units = np.flatnonzero(signatures)
    order = units[np.argsort(signatures[units], kind="stable")]
    ordered = signatures[order]
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])) if len(order) else order
    sizes = np.diff(np.append(starts, len(order)))
    examples = order[starts]
    ranks = np.argsort(examples)
    chosen = bitmap_of(examples)
    matrix = np.zeros((len(sets), len(examples)), dtype=np.int8)
    for row, one in zip(matrix, sets, strict=True):
        row[ranks[np.searchsorted(examples, (one & chosen).to_array(), sorter=ranks)]] = 1
    return sizes, matrix
