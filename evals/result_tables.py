"""Execution accuracy: do two result tables say the same? Pure.

Headline (`same_rows`): some permutation of the columns makes the multisets of rows equal; row order counts only where
the gold statement orders its outermost query. Strict (`same_rows(strict=True)`): the columns stand in the gold's order.
The definition is that of the shared NL2SQL data (Spider's execution match: Yu et al. 2018; permutation of columns:
Zhong, Yu & Klein 2020, test-suite accuracy).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

Rows: TypeAlias = Sequence[Sequence[Any]]
Cell: TypeAlias = tuple[str, Any]

_DIGITS = 8  # significant digits two engines must agree on: their sums differ in the last bits
_MIDNIGHT = re.compile(r"[ T]00:00:00(\.0+)?$")
_NUMERAL = re.compile(r"^-?(0|[1-9]\d*)(\.\d+)?$")
_QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|--[^\n]*|/\*.*?\*/", re.DOTALL)
_ORDER_BY = re.compile(r"\border\s+by\b", re.IGNORECASE)


def cell(value: Any) -> Cell:
    """One value in the form in which values are compared.

    Numbers by value to 8 significant digits (3 = 3.0 = true for 1), numerals stored as text like the number they
    spell, dates as ISO text, midnight timestamps as their date, text exactly; NULL equals only NULL.
    """
    if value is None:
        return ("null", None)
    if isinstance(value, (bool, int, float, Decimal)):
        return _number(float(value))
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, (date, datetime)):
        value = value.isoformat(sep=" ") if isinstance(value, datetime) else value.isoformat()
    words = _MIDNIGHT.sub("", str(value).strip())
    return _number(float(words)) if len(words) <= 15 and _NUMERAL.match(words) else ("text", words)


def _number(value: float) -> Cell:
    if math.isnan(value) or math.isinf(value):
        return ("number", repr(value))
    return ("number", float(f"{value:.{_DIGITS - 1}e}") + 0.0)


def orders_rows(sql: str) -> bool:
    """Whether the outermost query has an ORDER BY; those in parentheses, quotes and comments do not count."""
    depth, outer = 0, []
    for character in _QUOTED.sub("''", sql):
        depth += (character == "(") - (character == ")")
        outer.append(character if depth == 0 else " ")
    return bool(_ORDER_BY.search("".join(outer)))


def same_rows(gold: Rows, got: Rows, *, ordered: bool, strict: bool = False) -> bool:
    """Whether `got` answers as `gold` does. Two empty results are the same whatever their width."""
    if len(gold) != len(got):
        return False
    if not gold:
        return True
    if len(gold[0]) != len(got[0]):
        return False
    left = [tuple(cell(value) for value in row) for row in gold]
    right = [tuple(cell(value) for value in row) for row in got]
    width = range(len(left[0]))
    places = (tuple(width),) if strict else _placements(left, right, tuple(width))
    return any(_equal(left, [tuple(row[at] for at in place) for row in right], ordered) for place in places)


def _equal(left: Sequence[tuple[Cell, ...]], right: Sequence[tuple[Cell, ...]], ordered: bool) -> bool:
    return list(left) == list(right) if ordered else Counter(left) == Counter(right)


def _placements(
    left: Sequence[tuple[Cell, ...]], right: Sequence[tuple[Cell, ...]], width: tuple[int, ...]
) -> Iterator[tuple[int, ...]]:
    """Ways to pick for every gold column a distinct column of `right` that holds the same values."""
    contents = [Counter(row[at] for row in right) for at in range(len(right[0]))]
    fits = [[at for at in range(len(right[0])) if contents[at] == Counter(row[to] for row in left)] for to in width]

    def place(to: int, used: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        if to == len(fits):
            yield used
            return
        for at in fits[to]:
            if at not in used:
                yield from place(to + 1, (*used, at))

    return place(0, ())


def holds_rows(
    gold: Rows, got: Rows, *, hidden: frozenset[tuple[int, int]] = frozenset(), withheld: bool = False
) -> bool:
    """Whether `got` shows every row of `gold`, one for one, perhaps beside columns that nobody asked to be absent.

    For answers of the product, which may add a base value, a change or a rate to what was asked. `hidden` are
    (row, column) of `got` that disclosure control suppressed: such a cell agrees with anything, but a row must show
    at least one cell of its gold row. `withheld`: the answer says that whole rows were left out.
    """
    if len(got) > len(gold) or (len(got) < len(gold) and not withheld):
        return False
    if not got:
        return True
    left = [tuple(cell(value) for value in row) for row in gold]
    right = [
        tuple(None if (y, x) in hidden else cell(value) for x, value in enumerate(row)) for y, row in enumerate(got)
    ]
    return any(_covers(left, [tuple(row[at] for at in place) for row in right]) for place in _injections(left, right))


def _injections(
    left: Sequence[tuple[Cell, ...]], right: Sequence[tuple[Cell | None, ...]]
) -> Iterator[tuple[int, ...]]:
    offered = range(len(right[0]))

    def fits(to: int, at: int) -> bool:
        shown = Counter(row[at] for row in right if row[at] is not None)
        return not shown - Counter(row[to] for row in left)  # what is shown is all in the gold, as often at most

    candidates = [[at for at in offered if fits(to, at)] for to in range(len(left[0]))]

    def place(to: int, used: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        if to == len(candidates):
            yield used
            return
        for at in candidates[to]:
            if at not in used:
                yield from place(to + 1, (*used, at))

    return place(0, ())


def _covers(left: Sequence[tuple[Cell, ...]], right: Sequence[tuple[Cell | None, ...]]) -> bool:
    """Whether every row of `right` has a row of `left` of its own, the fully shown ones first."""
    free = list(left)
    for row in sorted(right, key=lambda cells: sum(item is None for item in cells)):
        if all(item is None for item in row):
            return False
        twin = next((g for g in free if all(a is None or a == b for a, b in zip(row, g, strict=True))), None)
        if twin is None:
            return False
        free.remove(twin)
    return True
