"""The structure of a grouped table: along which lines its cells add up, and to which totals.

Totals count whether or not the table shows them: a total that would itself be safe to publish is taken to be known.
So the table is completed to the lattice of its totals, and a total that would not be safe is a hidden cell among
others. Key columns that another key determines are no dimensions of their own: the name beside the code is the same
dimension, the district above the street is a step between the street and the whole.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count, product
from typing import TypeAlias

from assistant.domain import Scalar

Keys: TypeAlias = tuple[Scalar, ...]
Contains: TypeAlias = Callable[[int, Collection[int]], bool]
Place: TypeAlias = tuple[tuple[int, Scalar], ...]  # per dimension: (step of its chain, value there)

MAX_ABSENT = 2000  # combinations of a cross table that are filled in as zeros
MAX_CELLS = 20_000  # of a table with its totals; of larger ones only the nearest totals are formed


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Cells that add up to `total`. Numbers below the number of rows are rows, the others are not in the table."""

    cells: tuple[int, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    lines: tuple[Line, ...] = ()
    absent: tuple[int, ...] = ()  # combinations of keys without a row: cells of zero
    totals: Mapping[int, tuple[int, ...]] = field(default_factory=dict)  # totals without a row: their finest cells


def structure_of(keys: Sequence[Keys], sizes: Sequence[int], contains: Contains, *, fill: bool) -> Structure:
    """Read lines and totals from the keys of the rows; `sizes` are their numbers of units.

    `contains(row, others)`: all units of `others` stand behind `row`; tells a total (NULL key) from an unknown value.
    `fill`: combinations that have no row count as cells of zero (a sensitive table: absent means none).
    """
    if not keys or not keys[0]:
        return Structure()
    totals = _total_dimensions(keys, sizes, contains)
    finest = {row: own for row, own in enumerate(keys) if not totals[row]}
    chains = _chains(finest, len(keys[0]))
    places = {row: _place(own, chains, totals[row]) for row, own in enumerate(keys)}
    base = [row for row in places if row in finest]
    absent: tuple[int, ...] = ()
    if fill:
        missing = _missing(finest, chains, start=len(keys))
        places.update(missing)
        absent = tuple(missing)
        base += absent
    whole = len(base) * math.prod(len(chain) + 1 for chain in chains) <= MAX_CELLS
    return _lattice(places, base, absent, _Ladder(finest, chains), whole=whole)


def _lattice(
    places: Mapping[int, Place],
    base: Sequence[int],
    absent: tuple[int, ...],
    ladder: _Ladder,
    *,
    whole: bool,
) -> Structure:
    """All totals of the finest cells, shown or not, and the lines between neighbouring levels."""
    number: dict[Place, int] = {}
    lines: list[Line] = []
    for cell, place in places.items():
        if place in number:  # the same cell shown twice
            lines.append(Line(cells=(cell,), total=number[place]))
        number.setdefault(place, cell)
    following = count(max(places) + 1)
    members: dict[int, list[int]] = {}
    grouped: dict[tuple[Place, int], dict[int, None]] = {}
    for cell in base:
        for place in ladder.upwards(places[cell]) if whole else ladder.next_up(places[cell]):
            own = number[place] if place in number else number.setdefault(place, next(following))
            members.setdefault(own, []).append(cell)
            for i, upper in ladder.steps(place):
                grouped.setdefault((upper, i), {})[own] = None
    ordered = sorted(grouped, key=lambda way: -sum(step for step, _ in way[0]))  # the whole first, details last
    for upper, i in ordered:
        if upper in number:
            lines.append(Line(cells=tuple(sorted(grouped[upper, i])), total=number[upper]))
    totals = {cell: tuple(own) for cell, own in members.items() if cell not in places}
    return Structure(lines=tuple(lines), absent=absent, totals=totals)


class _Ladder:
    """The steps from a cell to its totals: along each chain of columns, and from its last column to the whole."""

    def __init__(self, finest: Mapping[int, Keys], chains: Sequence[Sequence[int]]) -> None:
        self._chains = chains
        self._above: dict[tuple[int, int, Scalar], Scalar] = {}  # (dimension, step, value) -> value one step up
        for own in finest.values():
            for i, chain in enumerate(chains):
                for step in range(len(chain) - 1):
                    self._above[i, step, own[chain[step]]] = own[chain[step + 1]]

    def steps(self, place: Place) -> Iterator[tuple[int, Place]]:
        """(dimension, total one step up along it)."""
        for i in range(len(self._chains)):
            upper = self._one_up(i, place[i])
            if upper is not None:
                yield i, (*place[:i], upper, *place[i + 1 :])

    def next_up(self, place: Place) -> Iterator[Place]:
        """The place itself and the nearest totals that it is part of."""
        yield place
        for _, upper in self.steps(place):
            yield upper

    def upwards(self, place: Place) -> Iterator[Place]:
        """The place itself and every total that it is part of."""
        ways = []
        for i, at in enumerate(place):
            way = [at]
            while (upper := self._one_up(i, way[-1])) is not None:
                way.append(upper)
            ways.append(way)
        yield from product(*ways)

    def _one_up(self, i: int, at: tuple[int, Scalar]) -> tuple[int, Scalar] | None:
        step, value = at
        if step == len(self._chains[i]):
            return None
        top = step + 1 == len(self._chains[i])
        return (step + 1, None if top else self._above[i, step, value])


def _place(own: Keys, chains: Sequence[Sequence[int]], totals: frozenset[int]) -> Place:
    """Where a row stands: per chain, its finest column that is not summed over."""
    found: list[tuple[int, Scalar]] = []
    for chain in chains:
        step = next((step for step, column in enumerate(chain) if column not in totals), len(chain))
        found.append((step, own[chain[step]] if step < len(chain) else None))
    return tuple(found)


def _chains(table: Mapping[int, Keys], width: int) -> list[list[int]]:
    """Per dimension its columns, finest first: one that no other column determines, then coarser and coarser ones."""
    varied = [d for d in range(width) if len({keys[d] for keys in table.values()}) > 1]
    free: list[int] = []
    for d in varied:
        finer = [e for e in varied if e != d and _determines(table, e, d)]
        if not any(e in free or not _determines(table, d, e) for e in finer):
            free.append(d)
    chains = []
    for d in free:
        chain = [d]
        coarser = [e for e in varied if e not in free and _determines(table, d, e)]
        for e in sorted(coarser, key=lambda e: (-len({keys[e] for keys in table.values()}), e)):
            if _determines(table, chain[-1], e) and not _determines(table, e, chain[-1]):
                chain.append(e)
        chains.append(chain)
    return chains


def _determines(table: Mapping[int, Keys], finer: int, coarser: int) -> bool:
    seen: dict[Scalar, Scalar] = {}
    return all(seen.setdefault(keys[finer], keys[coarser]) == keys[coarser] for keys in table.values())


def _missing(finest: Mapping[int, Keys], chains: Sequence[Sequence[int]], *, start: int) -> dict[int, Place]:
    """Combinations of the dimensions' finest values that no row has, numbered from `start`."""
    if len(chains) < 2:
        return {}
    values = [sorted({keys[chain[0]] for keys in finest.values()}, key=repr) for chain in chains]
    if math.prod(len(one) for one in values) > MAX_ABSENT:
        return {}
    present = {tuple(keys[chain[0]] for chain in chains) for keys in finest.values()}
    absent = (combination for combination in product(*values) if combination not in present)
    return {start + i: tuple((0, value) for value in combination) for i, combination in enumerate(absent)}


# --------------------------------------------------------------------------- which rows are totals of others


def _total_dimensions(keys: Sequence[Keys], sizes: Sequence[int], contains: Contains) -> list[frozenset[int]]:
    """Per row, the key columns over which it is a total."""
    found = [_summed_over(row, keys, contains) for row in range(len(keys))]
    for d in range(len(keys[0])):
        label = _label_of_totals(d, keys, sizes, contains, found)
        if label is not None:
            found = [own | {d} if keys[row][d] == label[0] else own for row, own in enumerate(found)]
    return found


def _summed_over(row: int, keys: Sequence[Keys], contains: Contains) -> frozenset[int]:
    """NULL there, and standing on all units of the rows that fill it in."""
    empty = [d for d, value in enumerate(keys[row]) if value is None]
    parts = [other for other, theirs in enumerate(keys) if _refines(keys[row], theirs, empty)] if empty else []
    if not parts or not contains(row, parts):
        return frozenset()
    return frozenset(d for d in empty if any(keys[part][d] is not None for part in parts))


def _refines(total: Keys, part: Keys, empty: Sequence[int]) -> bool:
    return any(part[d] is not None for d in empty) and all(
        part[d] == value for d, value in enumerate(total) if value is not None
    )


def _label_of_totals(
    d: int, keys: Sequence[Keys], sizes: Sequence[int], contains: Contains, totals: Sequence[frozenset[int]]
) -> tuple[Scalar] | None:
    """The value of column `d` that stands for "all" (合计): its rows hold all the others beside them."""
    groups: dict[Keys, list[int]] = {}
    for row, own in enumerate(keys):
        if not totals[row]:
            groups.setdefault((*own[:d], *own[d + 1 :]), []).append(row)
    label: tuple[Scalar] | None = None
    for rows in groups.values():
        if len(rows) < 3:
            continue
        largest = max(rows, key=lambda row: (sizes[row], -row))
        others = [row for row in rows if row != largest]
        if sizes[largest] <= max(sizes[row] for row in others) or not contains(largest, others):
            return None
        if label is not None and keys[largest][d] != label[0]:
            return None
        label = (keys[largest][d],)
    return label
