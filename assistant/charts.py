"""ReleasedTable -> a small neutral chart spec, by rule from the result's shape; the web app draws it.

Time is a line, up to 20 categories are bars sorted by value (never a pie), a single number is no chart. Bars start at
zero. A suppressed cell is drawn as suppressed ("c"), not as zero and not as a gap that looks like no data.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from assistant.domain import Lang, QueryPlan, ReleasedTable, Scalar
from assistant.numbers import is_number, is_ratio, unit_word
from assistant.table_shape import TableShape, shape_of, time_order

MOST_BARS = 20
MOST_SERIES = 8
_RATIO_KINDS = frozenset({"rate", "share"})


def chart_for(
    released: ReleasedTable,
    *,
    plan: QueryPlan | None = None,
    title: str = "",
    source: str = "",
    lang: Lang = "zh",
) -> dict[str, Any] | None:
    """The chart of a result, or None where a table or a sentence says it better.

    Keys: type ("line" | "bar"), title, x {label, values}, y {label, unit, zero_based}, series [{name, values}] with
    null where suppressed or absent, suppressed [[series, point]], source, alt. Ratios stay 0-1 with unit "%".
    `plan.chart`: "none", "line" or "bar" when the asker chose; a choice that the shape cannot carry is not followed.
    """
    asked = (plan.chart or "") if plan else ""
    shape = shape_of(released)
    value = _value_column(released, shape, plan)
    if asked == "none" or value is None or len(released.rows) < 2 or not 1 <= len(shape.keys) <= 2:
        return None
    if shape.time is not None:
        return _drawn(released, shape, value, x=shape.time, kind=asked or "line", title=title, source=source, lang=lang)
    x = max(shape.keys, key=lambda index: len({row[index] for row in released.rows}))
    if len({row[x] for row in released.rows}) > MOST_BARS:
        return None
    return _drawn(released, shape, value, x=x, kind="bar", title=title, source=source, lang=lang)


def _value_column(table: ReleasedTable, shape: TableShape, plan: QueryPlan | None) -> int | None:
    """What is drawn: the share where it was asked for, else the first metric."""
    if plan is not None and "share" in plan.derived:
        for measure in shape.measures:
            if measure.derived == "share" and _has_number(table, measure.column):
                return measure.column
    for column in (*shape.plain, *(measure.column for measure in shape.measures)):
        if _has_number(table, column):
            return column
    return None


def _has_number(table: ReleasedTable, column: int) -> bool:
    return any(is_number(row[column]) for row in table.rows)


def _drawn(
    table: ReleasedTable, shape: TableShape, value: int, *, x: int, kind: str, title: str, source: str, lang: Lang
) -> dict[str, Any] | None:
    other = next((index for index in shape.keys if index != x), None)
    points = _points(table, x, value, by_time=x == shape.time, single=other is None)
    names = _series_names(table, other) if other is not None else [_label(table, value)]
    if len(names) > MOST_SERIES:
        return None
    at = {(name, point): row for row, name, point in _addresses(table, x, other, names)}
    if len(at) != len(table.rows):
        return None  # two rows for one point: the keys do not carry the chart
    withheld = {(cell.row, cell.column) for cell in table.suppressions}
    series, marks = [], []
    for number, name in enumerate(names):
        rows = [at.get((name, point)) for point in points]
        series.append(
            {"name": name, "values": [None if row is None else _plain(table.rows[row][value]) for row in rows]}
        )
        marks += [[number, place] for place, row in enumerate(rows) if row is not None and (row, value) in withheld]
    measure = next((one for one in shape.measures if one.column == value), None)
    ratio = (measure is not None and measure.derived in _RATIO_KINDS) or is_ratio(table.columns[value].unit)
    return {
        "type": kind if kind in ("line", "bar") else "bar",
        "title": title or _label(table, value),
        "x": {"label": _label(table, x), "values": points},
        "y": {
            "label": _label(table, value),
            "unit": "%" if ratio else unit_word(table.columns[value].unit, lang),
            "zero_based": kind != "line",
        },
        "series": series,
        "suppressed": marks,
        "source": source,
        "alt": _alt(title or _label(table, value), _label(table, x), bool(marks), lang),
    }


def _points(table: ReleasedTable, x: int, value: int, *, by_time: bool, single: bool) -> list[str]:
    """The x axis: time in order, one series of bars by size (suppressed last), else the table's order."""
    rows = list(range(len(table.rows)))
    if by_time:
        rows.sort(key=lambda row: time_order(table.rows[row][x]))
    elif single:
        rows.sort(key=lambda row: -float(_plain(table.rows[row][value]) or 0) if _shown(table, row, value) else 1e300)
    return list(dict.fromkeys(_text(table.rows[row][x]) for row in rows))


def _shown(table: ReleasedTable, row: int, column: int) -> bool:
    return is_number(table.rows[row][column])


def _series_names(table: ReleasedTable, column: int) -> list[str]:
    return list(dict.fromkeys(_text(row[column]) for row in table.rows))


def _addresses(table: ReleasedTable, x: int, other: int | None, names: list[str]) -> list[tuple[int, str, str]]:
    return [
        (number, names[0] if other is None else _text(row[other]), _text(row[x]))
        for number, row in enumerate(table.rows)
    ]


def _label(table: ReleasedTable, column: int) -> str:
    return table.columns[column].label or table.columns[column].name


def _text(value: Scalar) -> str:
    if value is None:
        return "—"
    return value.isoformat()[:10] if isinstance(value, date) else str(value)


def _plain(value: object) -> float | int | None:
    if not is_number(value):
        return None
    return float(value) if isinstance(value, Decimal) else value  # type: ignore[return-value]


def _alt(title: str, x: str, withheld: bool, lang: Lang) -> str:
    """What a screen reader says; the numbers are in the table beside it."""
    if lang == "en":
        return f"{title} by {x}{'; figures marked c are withheld' if withheld else ''}; the table has the same data."
    return f"按{x}的{title}{'，标“c”处不予公布' if withheld else ''}；数据同表。"
