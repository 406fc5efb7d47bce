"""The referee: what an asker who sees one of two worlds may learn about which one it is.

Nothing observable may differ except figures that stand on at least k units in both worlds: such a figure may differ, or
be withheld in one of the worlds. Two consequences are counted apart, and never silently: `crossing` = the changed unit
itself carries a figure over the threshold (k units here, k-1 there: a threshold must fall somewhere), `entitled` = the
asker's grant shows the changed column of unit rows. Everything else is a leak.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from assistant.domain import AuthorizedQuery, CellFacts, ReleasedTable, ResultTable
from assistant.governing import Governed
from assistant.policies.unit_sets import RowUnits
from evals.worlds.paired_worlds import Change, Observed


class Verdict(StrEnum):
    SAME = "same"
    LARGE = "large"  # figures on k units and more in both worlds
    CROSSING = "crossing"
    ENTITLED = "entitled"
    LEAK = "leak"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    verdict: Verdict
    why: str = ""


def compare(first: Observed, second: Observed, governed: Governed, change: Change) -> Compared:
    """What an asker who sees one of two worlds could learn about which one it is."""
    if _surface(first) == _surface(second):
        return Compared(verdict=Verdict.SAME)
    query = governed.authorized
    if query is None or first.table is None or second.table is None or first.bucket != second.bucket:
        return Compared(verdict=Verdict.LEAK, why=f"{first.outcome} / {second.outcome}: message, failure or timing")
    if not query.thresholds:
        return _entitled(first.table, second.table, query, change)
    if _marks(first.table) != _marks(second.table):
        return Compared(verdict=Verdict.LEAK, why="columns, truncation or the mark of rows that are not listed")
    found = [_cell(*pair, query) for pair in _pairs(first, second, query)]
    leaks = [one for one in found if one.verdict is Verdict.LEAK]
    if leaks:
        return leaks[0]
    verdict = _verdict_differs(first, second, query)
    if verdict is not None:
        found.append(verdict)
    for one in found:
        if one.verdict in (Verdict.LEAK, Verdict.CROSSING):
            return one
    if any(one.verdict is Verdict.LARGE for one in found):
        return Compared(verdict=Verdict.LARGE)
    return Compared(verdict=Verdict.LEAK, why="the figures are the same and something else is not: order, prose, marks")


def _marks(table: ReleasedTable) -> tuple[object, ...]:
    return (table.columns, table.truncated, table.rows_withheld)


def _verdict_differs(first: Observed, second: Observed, query: AuthorizedQuery) -> Compared | None:
    """Another outcome must be explained by other cells in sight, or by the threshold of the rows that are left out.

    Rows that are left out are told of only where they stand on at least k units together: one unit more or less
    crosses that threshold like that of a cell.
    """
    assert first.table is not None
    assert second.table is not None
    if first.outcome == second.outcome:
        return None
    if [_sight(row) for row in first.table.rows] != [_sight(row) for row in second.table.rows]:
        return None
    fewer, more = sorted(_left_out(one, query) for one in (first, second))
    if all(high - low <= 1 for low, high in zip(fewer, more, strict=True)):
        return Compared(verdict=Verdict.CROSSING, why=f"rows left out: {fewer} / {more} units from the threshold")
    return Compared(verdict=Verdict.LEAK, why=f"{first.outcome} / {second.outcome} over the same cells")


def _sight(row: Sequence[Any]) -> tuple[Any, ...]:
    """Which cells of a row are shown, and its texts: not the figures."""
    return tuple(value if isinstance(value, str) or value is None else True for value in row)


def _left_out(one: Observed, query: AuthorizedQuery) -> tuple[int, ...]:
    """Per threshold, units behind the rows that are not shown, counted from the threshold."""
    assert one.raw is not None
    assert one.table is not None
    shown = [_key(row, query) for row in one.table.rows]
    cells = [facts for row, facts in zip(one.raw.rows, one.raw.cells, strict=True) if _key(row, query) not in shown]
    return tuple(
        RowUnits([facts[place] for facts in cells]).together(range(len(cells))) - threshold.min_units
        for place, threshold in enumerate(query.thresholds)
    )


def _surface(one: Observed) -> tuple[object, ...]:
    return (one.outcome, one.reasons, one.text, one.prose, one.table, one.bucket)


def _entitled(first: ReleasedTable, second: ReleasedTable, query: AuthorizedQuery, change: Change) -> Compared:
    """Unit rows under a grant: only the changed column, or a choice of rows by it, may tell."""
    element = f"{change.table}.{change.column}"
    own = [i for i, fact in enumerate(query.columns) if element in fact.sources]
    rest = [i for i in range(len(query.columns)) if i not in own]
    same = [tuple(row[i] for i in rest) for row in first.rows] == [tuple(row[i] for i in rest) for row in second.rows]
    if own and same:
        return Compared(verdict=Verdict.ENTITLED)
    return Compared(verdict=Verdict.LEAK, why="unit rows differ beyond the changed column")


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One figure in one world: None where withheld, `units` = the fewest units that it stands on."""

    present: bool
    key_shown: bool
    value: Any
    units: int
    row_units: int  # what the key stands on: the units of the row, whatever an aggregate picks of them


def _pairs(first: Observed, second: Observed, query: AuthorizedQuery) -> Iterator[tuple[str, Side, Side]]:
    """The figures of both worlds matched by their keys."""
    assert first.raw is not None
    assert second.raw is not None
    assert first.table is not None
    assert second.table is not None
    left, right = _rows(first.raw, first.table, query), _rows(second.raw, second.table, query)
    values = [i for i in range(len(query.columns)) if i not in query.key_columns]
    for key in dict.fromkeys((*left, *right)):
        for column in values or [-1]:
            yield f"{key}/{column}", _side(left.get(key), column, query), _side(right.get(key), column, query)


_Row = tuple["tuple[Any, ...] | None", "Sequence[CellFacts]"]


def _rows(raw: ResultTable, table: ReleasedTable, query: AuthorizedQuery) -> dict[tuple[Any, ...], _Row]:
    """{key: (row as shown or None where it is withheld, facts of its units)}."""
    shown: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
    for row in table.rows:
        shown.setdefault(_key(row, query), []).append(row)
    found: dict[tuple[Any, ...], _Row] = {}
    for number, row in enumerate(raw.rows):
        key = _key(row, query)
        waiting = shown.get(key, [])
        name = key if key not in found else (*key, number)
        found[name] = (waiting.pop(0) if waiting else None, raw.cells[number] if number < len(raw.cells) else ())
    return found


def _key(row: Sequence[Any], query: AuthorizedQuery) -> tuple[Any, ...]:
    return tuple(row[i] for i in query.key_columns)


def _side(row: _Row | None, column: int, query: AuthorizedQuery) -> Side:
    if row is None:
        return Side(present=False, key_shown=False, value=None, units=0, row_units=0)
    shown, facts = row
    name = query.columns[column].name if column >= 0 else ""
    short = [_units(one, name) - threshold.min_units for one, threshold in zip(facts, query.thresholds, strict=False)]
    rows = [one.units - threshold.min_units for one, threshold in zip(facts, query.thresholds, strict=False)]
    value = None if shown is None or column < 0 else shown[column]
    return Side(
        present=True,
        key_shown=shown is not None,
        value=value,
        units=min(short, default=-1),
        row_units=min(rows, default=-1),
    )


def _units(facts: CellFacts, name: str) -> int:
    chosen = [part.contributors for part in facts.magnitudes if part.output == name and part.unit_set]
    return min([facts.units, *chosen])


def _cell(name: str, left: Side, right: Side, query: AuthorizedQuery) -> Compared:
    """`units` are counted from the threshold: 0 is just enough."""
    if (left.key_shown, left.value) == (right.key_shown, right.value):
        return Compared(verdict=Verdict.SAME)
    bare = left.value is None and right.value is None  # only the key tells
    on = [side.row_units if bare else side.units for side in (left, right)]
    if left.present and right.present and min(on) >= 0:
        return Compared(verdict=Verdict.LARGE)
    (fewer, least), (_, most) = sorted(zip((left, right), on, strict=True), key=lambda one: (one[0].present, one[1]))
    if left.present and right.present and (least, most) == (-1, 0) and fewer.value is None:
        return Compared(verdict=Verdict.CROSSING, why=name)
    what = "a key appears" if left.key_shown != right.key_shown else "a figure differs"
    return Compared(verdict=Verdict.LEAK, why=f"{what} on few units: {name} {left} / {right}")


def summary(counted: Mapping[Verdict, int]) -> str:
    return ", ".join(f"{verdict.value} {counted[verdict]}" for verdict in Verdict if verdict in counted)
