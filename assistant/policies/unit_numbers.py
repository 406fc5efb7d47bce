"""Dense numbers for the hashed units of one dataset, so that sets of them compress and compare quickly."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from assistant.policies.unit_sets import distinct

Array = Any  # a numpy array


class UnitNumbers:
    """0, 1, 2 ... in the order in which units were first told of."""

    def __init__(self) -> None:
        self._by_number = np.zeros(0, dtype=np.uint64)
        self._sorted = np.zeros(0, dtype=np.uint64)
        self._number = np.zeros(0, dtype=np.int64)

    def __len__(self) -> int:
        return len(self._by_number)

    def append(self, hashes: Array) -> None:
        """The next units, in the order of their numbers."""
        self._by_number = np.concatenate([self._by_number, hashes.astype(np.uint64)])
        self._number = np.argsort(self._by_number, kind="stable")
        self._sorted = self._by_number[self._number]

    def lacks(self, sets: Sequence[Array]) -> bool:
        """True when some unit of `sets` has no number yet."""
        return any(bool((self._places(hashes) < 0).any()) for hashes in sets)

    def learn(self, sets: Sequence[Array], store: Callable[[int, bytes], None]) -> None:
        """Number the units of `sets` that have none; `store(first number, their hashes)` keeps them."""
        unknown = distinct(hashes[self._places(hashes) < 0] for hashes in sets)
        if len(unknown):
            store(len(self), unknown.astype("<u8").tobytes())
            self.append(unknown)

    def of(self, hashes: Array) -> Array:
        """Numbers of known units, in the order of `hashes`."""
        return self._number[np.searchsorted(self._sorted, hashes)]

    def preview(self, sets: Sequence[Array]) -> Iterator[Array]:
        """Numbers for each set; unknown units get numbers after the known ones, the same in all sets."""
        places = [self._places(hashes) for hashes in sets]
        unknown = distinct(hashes[place < 0] for hashes, place in zip(sets, places, strict=True))
        for hashes, place in zip(sets, places, strict=True):
            if len(unknown):
                place = np.where(place < 0, len(self) + np.searchsorted(unknown, hashes), place)
            yield place

    def by_hash(self, units: Any) -> tuple[Array, Array]:
        """A set's numbers in the order of their hashes, and those hashes."""
        dense = np.asarray(units.to_array(), dtype=np.int64)
        hashes = self._by_number[dense]
        order = np.argsort(hashes)
        return dense[order], hashes[order]

    def _places(self, hashes: Array) -> Array:
        """Numbers of the known units among `hashes`, -1 for the others."""
        if not len(self):
            return np.full(len(hashes), -1, dtype=np.int64)
        place = np.minimum(np.searchsorted(self._sorted, hashes), len(self) - 1)
        return np.where(self._sorted[place] == hashes, self._number[place], -1)
