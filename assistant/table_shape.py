"""What a released table is: which columns are keys, which is time, how each value came about. Pure.

Narration and charts choose their form by this and by nothing else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from assistant.domain import Column, Lang, ReleasedTable
from assistant.numbers import is_number

_SUFFIX = re.compile(r"_(?:(yoy|mom)_)?(base|change|rate|share|rank|cumulative)$")
_TIME_VALUE = re.compile(r"^(19|20)\d\d(年|[-./]?(Q[1-4]|\d{1,2}|H[12])|$)", re.IGNORECASE)
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_TIME_NAME = re.compile(r"(^|_)(year|quarter|month|day|week|date|period)$|^(年份?|季度|月份?|日期|时期|统计期)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One value column. `derived` as in `Column.derived`; `of`: the plain value column it belongs to."""

    column: int
    derived: str
    comparison: str  # "yoy" | "mom" | ""
    of: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableShape:
    """Positions of columns. `time` is also in `keys`."""

    keys: tuple[int, ...]
    time: int | None
    measures: tuple[Measure, ...]

    @property
    def plain(self) -> tuple[int, ...]:
        """The value columns that are metrics themselves."""
        return tuple(measure.column for measure in self.measures if not measure.derived)

    def derived(self, of: int, kind: str) -> tuple[Measure, ...]:
        return tuple(measure for measure in self.measures if measure.of == of and measure.derived == kind)


def shape_of(table: ReleasedTable) -> TableShape:
    """Read the roles that the pipeline gave the columns; where it gave none, the values and names decide."""
    keys = tuple(index for index, column in enumerate(table.columns) if _is_key(table, index, column))
    time = next((index for index in keys if _is_time(table, index)), None)
    measures: list[Measure] = []
    last_plain: int | None = None
    for index, column in enumerate(table.columns):
        if index in keys or column.role == "unit_row":
            continue
        derived, comparison = _derivation(column)
        if not derived:
            last_plain = index
        measures.append(
            Measure(column=index, derived=derived, comparison=comparison, of=last_plain if derived else None)
        )
    return TableShape(keys=keys, time=time, measures=tuple(measures))


def time_order(value: object) -> tuple[tuple[int, str], ...]:
    """A sort key that puts 2024年9月 before 2024年10月."""
    parts = re.split(r"(\d+)", value.isoformat() if isinstance(value, date) else str(value))
    return tuple((int(part), "") if part.isdigit() else (0, part) for part in parts if part)


def time_words(value: object, lang: Lang) -> str:
    """A time key as people say it: 2024 -> 2024年, 2024Q1 -> 2024年第一季度, 2024-03 -> 2024年3月."""
    text = value.isoformat()[:10] if isinstance(value, date) else str(value)
    match = re.fullmatch(r"(\d{4})(?:-?Q([1-4])|-(\d{2}))?", text)
    if match is None:
        return text
    year, quarter, month = match.groups()
    if lang == "en":
        return f"Q{quarter} {year}" if quarter else f"{_MONTHS[int(month) - 1]} {year}" if month else year
    if quarter:
        return f"{year}年第{'一二三四'[int(quarter) - 1]}季度"
    return f"{year}年{int(month)}月" if month else f"{year}年"


def _derivation(column: Column) -> tuple[str, str]:
    match = _SUFFIX.search(column.name)
    comparison = (match[1] or "") if match else ""
    if column.derived:
        return column.derived, comparison
    if match and (comparison or match[2] in ("share", "rank", "cumulative")):
        return match[2], comparison
    return "", ""


def _is_key(table: ReleasedTable, index: int, column: Column) -> bool:
    if column.role != "value":
        return column.role == "key"
    values = [row[index] for row in table.rows if row[index] is not None]
    return bool(values) and not any(is_number(value) for value in values)


def _is_time(table: ReleasedTable, index: int) -> bool:
    values = [row[index] for row in table.rows if row[index] is not None]
    if not values:
        return False
    if all(isinstance(value, date) for value in values):
        return True
    named = bool(_TIME_NAME.search(table.columns[index].name) or _TIME_NAME.search(table.columns[index].label))
    if named and all(is_number(value) for value in values):
        return True
    return all(isinstance(value, str) and _TIME_VALUE.match(value) for value in values)
