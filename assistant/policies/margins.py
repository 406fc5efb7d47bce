"""The structure of a grouped table: along which lines its cells add up, and which rows are totals of others.

A line is a set of rows that differ in one dimension only. Its total is taken to be obtainable elsewhere (published, or
asked for next), whether or not the table shows it. Key columns that another key determines (name beside code,
district above street) are no dimensions of their own; the coarser ones divide a line into shorter lines.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import TypeAlias

from assistant.domain import Scalar

Keys: TypeAlias = tuple[Scalar, ...]
Contains: TypeAlias = Callable[[int, Collection[int]], bool]

MAX_ABSENT = 2000  # combinations of a cross table that are filled in as zeros


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Cells (row numbers; from the number of rows upwards: absent combinations) and the row of their total, if any."""

    cells: tuple[int, ...]
    total: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    lines: tuple[Line, ...] = ()
    absent: int = 0  # combinations of keys without a row; their cells are numbered after the rows


def structure_of(keys: Sequence[Keys], sizes: Sequence[int], contains: Contains, *, fill: bool) -> Structure:
    """Read lines and totals from the keys of the rows; `sizes` are their numbers of units.

    `contains(row, others)`: all units of `others` stand behind `row`; tells a total (NULL key) from an unknown value.
    `fill`: combinations that have no row count as cells of zero (a sensitive table: absent means none).
    """
    if not keys or not keys[0]:
        return Structure()
    totals = _total_dimensions(keys, contains)
    levels: dict[frozenset[int], list[int]] = {}
    for row, level in enumerate(totals):
        levels.setdefault(level, []).append(row)
    lines: dict[frozenset[int], Line] = {}
    absent = 0
    for level, rows in sorted(levels.items(), key=lambda item: (len(item[0]), sorted(item[0]))):
        dimensions = [d for d in range(len(keys[0])) if d not in level]
        table = {row: keys[row] for row in rows}
        free, above = _independent(table, dimensions)
        if fill and len(free) > 1:
            missing = _missing(table, free, above, start=len(keys) + absent)
            absent += len(missing)
            table.update(missing)
        for cells, common in _lines(table, free, above):
            line = _named_total(cells, sizes, contains) or Line(cells=cells, total=_total_of(keys, common, cells))
            lines.setdefault(frozenset(line.cells), line)
    return Structure(lines=tuple(lines.values()), absent=absent)


def _total_dimensions(keys: Sequence[Keys], contains: Contains) -> list[frozenset[int]]:
    """Per row, the dimensions over which it is a total: NULL there, and standing on all units of its parts."""
    found = []
    for row, own in enumerate(keys):
        empty = [d for d, value in enumerate(own) if value is None]
        parts = [other for other, theirs in enumerate(keys) if _refines(own, theirs, empty)] if empty else []
        if parts and contains(row, parts):
            found.append(frozenset(d for d in empty if any(keys[part][d] is not None for part in parts)))
        else:
            found.append(frozenset())
    return found


def _refines(total: Keys, part: Keys, empty: Sequence[int]) -> bool:
    return any(part[d] is not None for d in empty) and all(
        part[d] == value for d, value in enumerate(total) if value is not None
    )


def _independent(table: dict[int, Keys], dimensions: Sequence[int]) -> tuple[list[int], dict[int, list[int]]]:
    """Dimensions that no other determines, and for each the coarser ones that it determines."""
    varied = [d for d in dimensions if len({keys[d] for keys in table.values()}) > 1]
    free: list[int] = []
    for d in varied:
        finer = [e for e in varied if e != d and _determines(table, e, d)]
        if not any(e in free or not _determines(table, d, e) for e in finer):
            free.append(d)
    above = {d: [e for e in varied if e not in free and _determines(table, d, e)] for d in free}
    return free, above


def _determines(table: dict[int, Keys], finer: int, coarser: int) -> bool:
    seen: dict[Scalar, Scalar] = {}
    return all(seen.setdefault(keys[finer], keys[coarser]) == keys[coarser] for keys in table.values())


def _missing(
    table: dict[int, Keys], free: Sequence[int], above: dict[int, list[int]], *, start: int
) -> dict[int, Keys]:
    """Combinations of the free dimensions' values that no row has, numbered from `start`."""
    rows = {d: {keys[d]: keys for keys in table.values()} for d in free}  # any row with that value
    if math.prod(len(values) for values in rows.values()) > MAX_ABSENT:
        return {}
    present = {tuple(keys[d] for d in free) for keys in table.values()}
    ordered = [sorted(rows[d], key=repr) for d in free]
    found: dict[int, Keys] = {}
    for combination in product(*ordered):
        if combination in present:
            continue
        filled = list(next(iter(table.values())))
        for d, value in zip(free, combination, strict=True):
            for e in (d, *above[d]):
                filled[e] = rows[d][value][e]
        found[start + len(found)] = tuple(filled)
    return found


def _lines(
    table: dict[int, Keys], free: Sequence[int], above: dict[int, list[int]]
) -> Iterator[tuple[tuple[int, ...], dict[int, Scalar]]]:
    """(cells, what their keys have in common), for every line of at least two cells."""
    for d in free:
        fixed = [e for e in free if e != d]
        for coarser in _subsets(above[d]):
            groups: dict[Keys, list[int]] = {}
            held = [*fixed, *coarser]
            for row, keys in table.items():
                groups.setdefault(tuple(keys[e] for e in held), []).append(row)
            for common, rows in groups.items():
                if len(rows) > 1:
                    yield tuple(sorted(rows)), dict(zip(held, common, strict=True))


def _subsets(items: Sequence[int]) -> Iterable[tuple[int, ...]]:
    """None, each one, and all of the coarser dimensions; a chain needs no more."""
    yield ()
    for size in {1, len(items)} - {0}:
        yield from combinations(items, size)


def _named_total(cells: tuple[int, ...], sizes: Sequence[int], contains: Contains) -> Line | None:
    """A line in which one row holds all the others is that row's parts, whatever its key is called (合计)."""
    real = [cell for cell in cells if cell < len(sizes)]
    if len(real) < 3:
        return None
    largest = max(real, key=lambda cell: sizes[cell])
    parts = tuple(cell for cell in cells if cell != largest)
    shown = [cell for cell in real if cell != largest]
    if sizes[largest] <= max(sizes[cell] for cell in shown) or not contains(largest, shown):
        return None
    return Line(cells=parts, total=largest)


def _total_of(keys: Sequence[Keys], common: dict[int, Scalar], cells: tuple[int, ...]) -> int | None:
    """The row that holds the line's total: the common keys, and NULL where the cells differ."""
    real = [keys[cell] for cell in cells if cell < len(keys)]
    open_dimensions = [d for d in range(len(keys[0])) if d not in common]
    differing = [d for d in open_dimensions if len({one[d] for one in real}) > 1]
    for row, own in enumerate(keys):
        if row in cells or any(own[d] is not None for d in differing) or not differing:
            continue
        if all(own[d] == value for d, value in common.items()):
            return row
    return None
