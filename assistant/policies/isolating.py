"""Which rows of a new result would, with released cells, make sums about few units (differencing.py, sum_spaces.py).

There are more released cells than a system of sums can bear, so those that matter are chosen twice: totals, parts and
what crosses, the smallest first, for elimination; and the most alike, which a flood of small cells cannot crowd out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Protocol

import numpy as np

from assistant.policies.compared_cells import Compared, NewCell
from assistant.policies.differencing import MAX_SYSTEM, SumSystem
from assistant.policies.sketches import SKETCH
from assistant.policies.sum_spaces import SumSpace
from assistant.policies.unit_sets import Units, united

MAX_SUMS = 128  # cells of one result whose overlaps are examined: the smallest and the largest
MAX_UNITS = 8_000_000  # members of all sets in one system
MAX_ALIKE = 128  # released cells beyond those of the system that are heard for being alike
_WHOLE = 16  # of the most alike cells together are what a new one is taken to be a part of
MAX_SPANNING = 32_000_000  # members of all sets in one span

Array = Any  # a numpy array


class ReleasedCells(Protocol):
    """What is asked of the index of released cells; cells are named by their places."""

    sizes: Array

    def sets_at(self, places: Sequence[int]) -> list[Units]: ...

    def shared_with(self, units: Units) -> Array:
        """Per released cell, how many units of its sketch are in `units`."""
        ...

    def most_alike(self, units: Units, most: int) -> list[int]:
        """The released cells of the largest cosine with a set."""
        ...

    def smallest(self, places: Array) -> list[int]: ...

    def largest(self, places: Sequence[int]) -> list[int]: ...


def isolating_rows(
    released: ReleasedCells, cells: Sequence[NewCell], compared: Mapping[int, Compared], unsafe: set[int]
) -> frozenset[int]:
    """Rows whose sums complete a figure about few units; the larger rows are taken first."""
    ranked = sorted(
        (i for i in compared if cells[i].row not in unsafe and compared[i].touches_several),
        key=lambda i: (-len(cells[i].units), cells[i].row),
    )
    chosen = ranked if len(ranked) <= MAX_SUMS else [*ranked[: MAX_SUMS // 2], *ranked[-MAX_SUMS // 2 :]]
    if not chosen:
        return frozenset()
    relations = [compared[i] for i in chosen]
    near = _near(released, cells, relations)
    k = max(cells[i].min_units for i in chosen)
    found = _told(released.sets_at(near), [cells[i] for i in chosen], k)
    if len(released.sizes) > MAX_SYSTEM:
        left = [cells[i] for i in chosen if cells[i].row not in found]
        found |= _spanned(released.sets_at([*near, *_alike(released, left, near)]), left, k)
    return frozenset(found)


def _told(known: Sequence[Units], new: Sequence[NewCell], k: int) -> set[int]:
    system = SumSystem([*known, *(cell.units for cell in new)], k)
    for place in range(len(known)):
        system.assume(place)
    found: set[int] = set()
    for place, cell in enumerate(new, len(known)):
        if cell.row not in found and system.tells(place):
            found.add(cell.row)
    return found


def _spanned(known: Sequence[Units], new: Sequence[NewCell], k: int) -> set[int]:
    space = SumSpace(known, [cell.units for cell in new], k)
    found: set[int] = set()
    for place, cell in enumerate(new, len(known)):
        if cell.row not in found and space.tells(place):
            found.add(cell.row)
    return found


def _near(released: ReleasedCells, cells: Sequence[NewCell], compared: Sequence[Compared]) -> list[int]:
    """Released cells that make a system with these new ones: totals, parts, what crosses, and what crosses that."""
    sizes = released.sizes
    around = sorted({place for one in compared for place in one.around}, key=lambda p: (int(sizes[p]), p))
    inside = released.largest(list({place for one in compared for place in one.inside}))
    crossing = released.smallest(np.unique(np.concatenate([one.crossing for one in compared])))
    most = MAX_SYSTEM // 4
    first = dict.fromkeys([*around[:most], *inside[:most], *crossing[:most]])
    ranked = dict.fromkeys([*first, *crossing, *around, *inside])
    if len(ranked) < MAX_SYSTEM:
        reach = united([*(cell.units for cell in cells), *released.sets_at(list(first))])
        ranked |= dict.fromkeys(islice(_meeting(released, reach), MAX_SYSTEM))
    return _affordable(released, list(ranked)[:MAX_SYSTEM], MAX_UNITS - sum(len(cell.units) for cell in cells))


def _alike(released: ReleasedCells, cells: Sequence[NewCell], near: Sequence[int]) -> list[int]:
    """Beyond `near`: what is most alike to any of the new cells, and to what they leave of that, each in turn.

    The other half of a tracker shares next to nothing with the first one: it is alike to the rest of their whole.
    """
    lists = []
    for cell in cells:
        like = released.most_alike(cell.units, MAX_ALIKE)
        rest = united(released.sets_at(like[:_WHOLE])) - cell.units
        lists += [like, released.most_alike(rest, MAX_ALIKE)]
    more = dict.fromkeys(place for ranked in zip(*lists, strict=True) for place in ranked)
    for place in near:
        more.pop(place, None)
    return _affordable(released, list(more)[:MAX_ALIKE], MAX_SPANNING)


def _affordable(released: ReleasedCells, places: Sequence[int], units: int) -> list[int]:
    """The first places, as long as they have no more than so many units together."""
    within = np.cumsum(released.sizes[list(places)]) <= units
    return list(places[: int(within.sum())])


def _meeting(released: ReleasedCells, reach: Units) -> Iterator[int]:
    """Released cells some of whose units are in `reach`, the smallest first; sets are asked where samples are not
    in it."""
    shared = released.shared_with(reach)
    for place in released.smallest(np.flatnonzero((shared > 0) | (released.sizes > SKETCH))):
        if shared[place] or released.sets_at([place])[0].intersect(reach):
            yield place
