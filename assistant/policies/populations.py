"""Figures with their populations: answers that together leave no doubt of somebody.

Whoever knows the population of a figure knows the sum of a secret, 0 or 1 a unit, over that population. A combination
of such sums is as large as it can be where it counts up only those who have it and down only those who have it not:
then all units in it are certain, whether few or many (class disclosure; a zero is one too). By the duality of linear
programming, if the bounds leave no doubt of anybody, there is such a combination. Sums about few units without their
bounds are the system of sums (differencing.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from assistant.policies.differencing import MAX_SYSTEM, atoms_of
from assistant.policies.feasibility import raised_columns
from assistant.policies.unit_sets import Units

MAX_FIGURES = 512  # released figures that are looked through for those of one secret


class Pair(NamedTuple):
    """A released figure: the digests of the cells that it counts and that it leaves out of its population."""

    number: int
    members: bytes
    others: bytes


class Figure(NamedTuple):
    """Who is counted (`members`) and who of the population is not (`others`); `row` of a new result, -1 released."""

    row: int
    members: Units
    others: Units


def most_in_common(pairs: Sequence[tuple[int, int]], shared: Any, sizes: Any) -> list[tuple[int, int]]:
    """The pairs of cells that share most with a new result, smaller ones first among equals.

    Those that share nothing come last: they may take away what another one has too much. `shared`, `sizes`: (cells,).
    """
    places = np.array(pairs)
    order = np.lexsort((sizes[places].sum(axis=1), -shared[places].sum(axis=1)))
    return [pairs[place] for place in order[:MAX_FIGURES]]


def certain_rows(new: Sequence[Figure], released: Sequence[Figure]) -> frozenset[int]:
    """Rows of a new result that, with released figures, would make somebody's secret certain; larger ones go first."""
    found: set[int] = set()
    left = sorted(new, key=lambda one: (-len(one.members) - len(one.others), one.row))
    while left:
        own, known = _of_one_secret(left, released)
        chosen = {id(one) for one, _ in own}
        left = [one for one in left if id(one) not in chosen]
        found |= _refused([figure for _, figure in own], known)
    return frozenset(found)


def _refused(new: Sequence[Figure], known: list[Figure]) -> set[int]:
    """Rows of the new figures that leave no doubt of somebody; the others join `known`, the first ones first."""
    if not _tells(known, new):
        known.extend(new)
        return set()
    if len(new) == 1:
        return {new[0].row}
    half = len(new) // 2
    return _refused(new[:half], known) | _refused(new[half:], known)


def _of_one_secret(
    new: Sequence[Figure], released: Sequence[Figure]
) -> tuple[list[tuple[Figure, Figure]], list[Figure]]:
    """(new figures of one secret, each as it is and turned round where it counts the opposite; released ones of it).

    Figures about two secrets contradict each other about somebody; those that share nobody say nothing together. The
    more of its population one shares with the first, the surer it is to be of its secret, so it is heard before others.
    """
    first = new[0]
    population = first.members | first.others
    members, others = first.members.copy(), first.others.copy()
    own: list[tuple[Figure, Figure]] = [(first, first)]
    known: list[Figure] = []
    waiting = sorted([*new[1:], *released], key=lambda one: -_common(one, population))
    before = -1
    while len(waiting) != before:
        before, later = len(waiting), []
        for one in waiting:
            if one.row < 0 and len(known) == MAX_SYSTEM:
                continue
            turned = _turned(one, members, others)
            if turned is None:
                later.append(one)
                continue
            members |= turned.members
            others |= turned.others
            if one.row < 0:
                known.append(turned)
            else:
                own.append((one, turned))
        waiting = later
    return own, known


def _common(one: Figure, population: Units) -> int:
    found: int = one.members.intersection_cardinality(population) + one.others.intersection_cardinality(population)
    return found


def _turned(one: Figure, members: Units, others: Units) -> Figure | None:
    """The figure as it fits those who have and have not the secret: as it is, turned round, or not at all."""
    same = one.members.intersect(members) or one.others.intersect(others)
    opposite = one.members.intersect(others) or one.others.intersect(members)
    if same == opposite:
        return None
    return one if same else Figure(one.row, one.others, one.members)


def _tells(known: Sequence[Figure], new: Sequence[Figure]) -> bool:
    """True when the figures leave no doubt of somebody who was in doubt before the new ones; or when unknown."""
    figures = [*known, *new]
    _, matrix = atoms_of([*(one.members for one in figures), *(one.others for one in figures)])
    signs = matrix[: len(figures)] - matrix[len(figures) :]  # per atom, who counts it up and who down
    open_ones = np.flatnonzero(~_known_by_meaning(figures, signs))
    while len(open_ones):  # who is certain already says nothing new and may be counted either way
        sure = raised_columns(signs[: len(known), open_ones]) if known else None
        if sure is None or not sure.any():
            break
        open_ones = open_ones[~sure]
    told = raised_columns(signs[:, open_ones])
    return told is None or bool(told.any())


def _known_by_meaning(figures: Sequence[Figure], signs: Any) -> Any:
    """(atoms,) bool: whom a row's wider population adds to its narrower one, for the same figure.

    Whoever never visited was not found ill on a visit: the figure, given once, does not tell that.
    """
    rows: dict[int, list[int]] = {}
    for place, one in enumerate(figures):
        if one.row >= 0:
            rows.setdefault(one.row, []).append(place)
    known = np.zeros(signs.shape[1], dtype=np.bool_)
    for places in rows.values():
        raised = raised_columns(signs[places]) if len(places) > 1 else None
        if raised is not None:
            known |= raised
    return known
