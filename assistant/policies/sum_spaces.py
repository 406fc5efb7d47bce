"""Is a new sum within few units of what many released sums span? Pure.

The released sets are 0/1 vectors over units; whoever holds their sums knows every combination of them. A new sum tells
of few units where its vector differs from some combination in 1 to k-1 units: nearest-codeword decoding. Atoms of k or
more units cannot be among them, so first the new vector has to be a combination there, exactly. What is left open are
the combinations that vanish on all large atoms. Information-set decoding (Prange 1962, here over the reals) looks at as
few small atoms as tell those apart: if none of them is among the ones told of, the combination found there says the
rest. Several random choices make a miss unlikely (MISSED). It bears more sets than elimination over all units
(differencing.SumSystem), which finds combinations that no single new sum is near to.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from assistant.policies.differencing import atoms_of
from assistant.policies.unit_sets import Units

MISSED = 0.001  # how often few units may go unseen by all samples, if they lie anywhere
MAX_SAMPLES = 32
_SPARE = 16  # atoms beyond one a combination: where all of them fit, it is none by chance
_ROUNDS = 8
_TINY = 1e-6

Array = Any  # a numpy array


class SumSpace:
    """The span of known sums; says which of the further ones would complete a figure about few units.

    `known`, then `new`, are sets of units; `tells(place)` is asked of the new ones in their order.
    """

    def __init__(self, known: Sequence[Units], new: Sequence[Units], k: int) -> None:
        self._k = k
        sizes, matrix = atoms_of([*known, *new])
        large = sizes >= k
        self._sizes = sizes[~large]
        self._large, self._small = matrix[:, large].astype(np.float64), matrix[:, ~large]
        held, small = self._large[: len(known)], self._small[: len(known)].astype(np.float64)
        weights, open_ones = _split(held)
        self._basis = held.T @ weights  # (large atoms, rank)
        self._follow = weights.T @ small  # (rank, small atoms): the same combinations there
        self._free = _independent(open_ones.T @ small)  # combinations that vanish on the large atoms
        self._samples: list[_Sample] | None = None  # drawn when first needed: most new sums are no combination at all

    def tells(self, place: int) -> bool:
        """True when the sum over this set, with those known, tells of fewer than k units; else it is known from now."""
        row = self._large[place]
        parts = self._basis.T @ row
        rest = row - self._basis @ parts
        ahead = self._small[place] - parts @ self._follow
        norm = math.sqrt(float(rest @ rest))
        if norm > _TINY:
            self._basis = np.concatenate([self._basis, (rest / norm)[:, None]], axis=1)
            self._follow = np.concatenate([self._follow, (ahead / norm)[None, :]])
            return False
        units = self._units_told(ahead)
        if units >= self._k:
            self._free = np.concatenate([self._free, ahead[None, :]])
            for sample in self._drawn():
                sample.add(ahead)
        return 0 < units < self._k

    def _units_told(self, ahead: Array) -> int:
        """By how few units a known combination was found to miss this set; k or more where none is near."""
        least = int(self._sizes[np.abs(ahead) > _TINY].sum())
        for sample in self._drawn() if least else ():
            if sample.explains(ahead) and sample.completed(self._free).explains(ahead):
                rest = ahead - sample.weights(self._free, ahead) @ self._free
                least = min(least, int(self._sizes[np.abs(rest) > _TINY].sum()))
        return least

    def _drawn(self) -> list[_Sample]:
        if self._samples is None:
            self._samples = [_Sample(places, self._free) for places in self._choices()]
        return self._samples

    def _choices(self) -> list[Array]:
        """Small atoms to look at, at random: enough that the combinations can differ there, so few that those told of
        are likely not among them; and all of them, where what is known of old is exactly known."""
        draw = np.random.default_rng(len(self._sizes))
        open_ones, there = self._free.shape
        if not open_ones:
            return []
        looked_at = open_ones + min(_SPARE, (there - open_ones) // 4)
        everything = [np.arange(there)]
        if looked_at >= there:
            return everything
        unseen = (1 - looked_at / there) ** (self._k - 1)
        tries = MAX_SAMPLES if unseen < MISSED else math.ceil(math.log(MISSED) / math.log(1 - unseen))
        few = [draw.permutation(there)[:looked_at] for _ in range(min(tries, MAX_SAMPLES))]
        return [*few, *everything] if looked_at + _SPARE >= there else few


class _Sample:
    """Known combinations at some of the atoms: an orthonormal basis of them."""

    def __init__(self, places: Array, free: Array) -> None:
        self._places = places
        self._basis: Array = None
        self._open = False  # combinations may differ elsewhere and not here
        self._look(free)

    def explains(self, ahead: Array) -> bool:
        """True when known combinations make this up, as far as the sample shows."""
        rest = self._unexplained(ahead[self._places])
        return bool(rest @ rest < _TINY)

    def completed(self, free: Array) -> _Sample:
        """The same, at one atom more for every combination that it leaves open."""
        for _ in range(_ROUNDS):
            if not self._open:
                break
            _, open_ones = _split(free[:, self._places])
            reach = np.abs(open_ones.T @ free)
            self._places = np.union1d(self._places, reach.argmax(axis=1))
            self._look(free)
        return self

    def weights(self, free: Array, ahead: Array) -> Array:
        """The combination that explains it here."""
        found, *_ = np.linalg.lstsq(free[:, self._places].T, ahead[self._places], rcond=None)
        return found

    def add(self, ahead: Array) -> None:
        """One more known combination."""
        rest = self._unexplained(ahead[self._places])
        norm = math.sqrt(float(rest @ rest))
        self._open = self._open or norm <= _TINY
        if norm > _TINY:
            self._basis = np.concatenate([self._basis, (rest / norm)[:, None]], axis=1)

    def _look(self, free: Array) -> None:
        seen = free[:, self._places]  # dependent ones leave some direction more in the basis: `completed` looks again
        self._basis, triangle = np.linalg.qr(seen.T)
        self._open = len(seen) > seen.shape[1] or float(np.abs(np.diag(triangle)).min()) < _TINY

    def _unexplained(self, row: Array) -> Array:
        for _ in range(2):  # twice is enough (Kahan and Parlett)
            row = row - self._basis @ (self._basis.T @ row)
        return row


def _split(rows: Array) -> tuple[Array, Array]:
    """(weights whose combinations of the rows are orthonormal, weights whose combinations are nothing), by column."""
    values, vectors = np.linalg.eigh(rows @ rows.T)
    kept = values > _TINY * max(float(values.max(initial=0.0)), 1.0)
    return vectors[:, kept] / np.sqrt(values[kept]), vectors[:, ~kept]


def _independent(rows: Array) -> Array:
    """An orthonormal basis of the rows."""
    weights, _ = _split(rows)
    return weights.T @ rows
