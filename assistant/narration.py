"""ReleasedTable -> prose, by rule and not by a model: every number in it stands in the table.

Nothing is added up or subtracted here: a sum over shown cells could differ from the true total, and a difference
could reveal a suppressed one. Superlatives speak of published cells only, and the number of cells that are withheld
is never said.
"""

from __future__ import annotations

from datetime import date

from assistant.domain import Column, Lang, Period, ReleasedTable, Scalar, Text
from assistant.narration_sentences import (
    ALL_WITHHELD,
    AMONG_PUBLISHED,
    DETAILS,
    EMPTY,
    NONE_LISTED,
    ROUNDED,
    SUPPRESSED,
    TRUNCATED,
    WITHHELD,
)
from assistant.numbers import is_number, is_ratio, prose, quantities, signed, unit_word
from assistant.table_shape import Measure, TableShape, shape_of, time_order, time_words

_RATIO_KINDS = frozenset({"rate", "share"})
_BASE_WORDS = {
    "yoy": Text(zh="上年同期", en="the same period last year"),
    "mom": Text(zh="上一周期", en="the previous period"),
    "": Text(zh="基期", en="the base period"),
}


def narrate(
    released: ReleasedTable,
    *,
    lang: Lang,
    interpretation: str = "",
    period: Period | None = None,
) -> str:
    """The answer in words: headline first, then what is withheld, then the period and the unit.

    Column labels are taken as the pipeline set them (in the asker's language); Traditional is rendered from the
    Simplified text at the edge. Interpretation and period labels are repeated, never recomputed.
    """
    if not released.rows:
        return _say(NONE_LISTED if released.rows_withheld else EMPTY, lang)
    shape = shape_of(released)
    sentences = _headline(released, shape, lang, interpretation)
    if released.suppressions:
        sentences.append(_say(SUPPRESSED, lang))
    if released.rows_withheld:
        sentences.append(_say(WITHHELD, lang))
    if released.among_published:
        sentences.append(_say(AMONG_PUBLISHED, lang))
    if released.rounded:
        sentences.append(_say(ROUNDED, lang))
    if released.truncated:
        sentences.append(_say(TRUNCATED, lang))
    foot = _foot(released, shape, lang, period)
    return (" " if lang == "en" else "").join(sentences) + (f"\n{foot}" if foot else "")


def unsupported_numbers(text: str, released: ReleasedTable, *, given: str = "") -> tuple[float, ...]:
    """Numbers of `text` that are neither in the table nor in `given` (question, interpretation, period labels).

    A rounded figure (1.235万) is supported by a value that rounds to it. Used by the tests on every narration, and by
    the pipeline as a last check.
    """
    known = [float(value) for row in released.rows for value in row if is_number(value)]  # type: ignore[arg-type]
    texts = [str(value) for row in released.rows for value in row if not is_number(value) and value is not None]
    heads = [word for column in released.columns for word in (column.label, column.name, column.unit or "")]
    known += [value for value, _ in quantities(" ".join((given, *texts, *heads)))]
    missing = []
    for value, tolerance in quantities(text):
        slack = max(tolerance, 1e-9 * max(1.0, abs(value)))
        if not any(_close(value, abs(number), slack) for number in known):
            missing.append(value)
    return tuple(missing)


def _close(value: float, number: float, slack: float) -> bool:
    # a unit of 万元 is written out in 元, so its value is also looked for ten thousand times larger
    return any(abs(value - number * scale) <= slack for scale in (1, 1e4, 1e8))


def _say(text: Text, lang: Lang) -> str:
    return text.en if lang == "en" else text.zh


def _headline(table: ReleasedTable, shape: TableShape, lang: Lang, interpretation: str) -> list[str]:
    if not shape.measures:
        return [_say(DETAILS, lang)]
    primary = [measure.column for measure in shape.measures if not measure.derived] or [shape.measures[0].column]
    if not any(is_number(row[column]) for row in table.rows for column in primary):
        return [_say(ALL_WITHHELD if table.suppressions else DETAILS, lang)]
    if len(table.rows) == 1:
        return [_single(table, shape, column, lang) for column in primary]
    against = [text for column in primary for text in _against(table, shape, column, lang)]
    if shape.time is not None and len(shape.keys) == 1:
        return against or [_series(table, shape, column, shape.time, lang) for column in primary]
    sentences = against or [_extremes(table, shape, column, lang) for column in primary]
    sentences += [text for column in primary for text in _movers(table, shape, column, lang)]
    return sentences


def _against(table: ReleasedTable, shape: TableShape, column: int, lang: Lang) -> list[str]:
    """Two groups: how much the larger one has more, and how many times the other it is, as the table says."""
    gap, times = shape.derived(column, "gap"), shape.derived(column, "times")
    ranked = _ranked(table, column)
    if not gap or not times or len(ranked) != 2 or not is_number(table.rows[ranked[0]][gap[0].column]):
        return []
    more, less = (_key(table, shape, row, lang) for row in ranked)
    one, two = (_figure(table, row, column, lang) for row in ranked)
    apart, ratio = (table.rows[ranked[0]][found[0].column] for found in (gap, times))
    unit = table.columns[column].unit
    name, difference = _name(table.columns[column]), signed(apart, unit, lang, points=is_ratio(unit)).lstrip("▲+")
    factor = "" if is_ratio(unit) else prose(ratio, None, lang)  # 97.9% is not so many times 97.6%
    if lang == "en":
        tail = f", the ratio {factor}" if factor else ""
        return [f"{name}: {more} {one}, {less} {two}; the difference is {difference}{tail}."]
    tail = f"，前者为后者的{factor}倍" if factor else ""
    return [f"{name}：{more}为{one}，{less}为{two}，相差{difference}{tail}。"]


def _name(column: Column) -> str:
    return column.label or column.name


def _key(table: ReleasedTable, shape: TableShape, row: int, lang: Lang) -> str:
    values = ((index, table.rows[row][index]) for index in shape.keys)
    return " · ".join(time_words(value, lang) if index == shape.time else _key_text(value) for index, value in values)


def _key_text(value: Scalar) -> str:
    if value is None:
        return "—"
    return value.isoformat()[:10] if isinstance(value, date) else str(value)


def _figure(table: ReleasedTable, row: int, column: int, lang: Lang, *, kind: str = "") -> str:
    unit = "%" if kind in _RATIO_KINDS else table.columns[column].unit
    return prose(table.rows[row][column], unit, lang)


def _single(table: ReleasedTable, shape: TableShape, column: int, lang: Lang) -> str:
    key = _key(table, shape, 0, lang)
    name = _name(table.columns[column])
    value = _figure(table, 0, column, lang)
    tail = "".join(
        _comparison(table, 0, column, base, shape, lang) for base in (*shape.derived(column, "base"),)
    ) + _aside(table, shape, column, lang)
    if lang == "en":
        return f"{name}{f' ({key})' if key else ''}: {value}{tail}."
    return f"{f'{key}的' if key else ''}{name}为{value}{tail}。"


def _comparison(table: ReleasedTable, row: int, column: int, base: Measure, shape: TableShape, lang: Lang) -> str:
    """Both values, the change and the rate; no rate on a base of zero or below, with the reason."""
    word = _say(_BASE_WORDS[base.comparison], lang)
    value = table.rows[row][base.column]
    if not is_number(value):
        return f"; {word}: not available" if lang == "en" else f"，{word}数据未公布或不存在"
    text = _figure(table, row, base.column, lang)
    change = _of(shape, column, "change", base.comparison)
    rate = _of(shape, column, "rate", base.comparison)
    parts = [f"; {word}: {text}" if lang == "en" else f"，{word}为{text}"]
    points = is_ratio(table.columns[column].unit)
    if change is not None and is_number(table.rows[row][change]):
        moved = signed(table.rows[row][change], table.columns[column].unit, lang, points=points)
        parts.append(f"; change: {moved}" if lang == "en" else f"，增减{moved}")
    if rate is not None and not points:
        parts.append(_rate(table.rows[row][rate], float(value), lang))  # type: ignore[arg-type]
    return "".join(parts)


def _rate(value: Scalar, base: float, lang: Lang) -> str:
    if base <= 0:
        zh, en = ("基数为零", "the base is zero") if base == 0 else ("基数为负", "the base is negative")
        return f"; rate: — ({en})" if lang == "en" else f"，增速—（{zh}，不计算）"
    if not is_number(value):
        return ""
    moved = signed(value, "%", lang)
    return f"; rate: {moved}" if lang == "en" else f"，增速{moved}"


def _aside(table: ReleasedTable, shape: TableShape, column: int, lang: Lang) -> str:
    parts = []
    for measure in shape.derived(column, "share"):
        if is_number(table.rows[0][measure.column]):
            share = _figure(table, 0, measure.column, lang, kind="share")
            parts.append(f"; share: {share}" if lang == "en" else f"，占比{share}")
    return "".join(parts)


def _of(shape: TableShape, column: int, kind: str, comparison: str) -> int | None:
    found = [measure.column for measure in shape.derived(column, kind) if measure.comparison == comparison]
    return found[0] if found else None


def _ranked(table: ReleasedTable, column: int) -> list[int]:
    """Rows with a published number, largest first; ties in the table's order."""
    rows = [row for row in range(len(table.rows)) if is_number(table.rows[row][column])]
    return sorted(rows, key=lambda row: -float(table.rows[row][column]))  # type: ignore[arg-type]


def _extremes(table: ReleasedTable, shape: TableShape, column: int, lang: Lang) -> str:
    ranked = _ranked(table, column)
    name = _name(table.columns[column])
    if not ranked or not shape.keys:
        return f"{name}: see the table." if lang == "en" else f"{name}见下表。"
    among = bool(table.suppressions or table.rows_withheld or table.truncated)
    top, bottom = ranked[0], ranked[-1]
    high, low = _figure(table, top, column, lang), _figure(table, bottom, column, lang)
    if table.rows[top][column] == table.rows[bottom][column]:
        if lang == "en":
            return f"{name}: {high} for {'all published rows' if among else 'every row'}."
        return f"{'已公布的' if among else '各项'}{name}均为{high}。"
    best, worst = _key(table, shape, top, lang), _key(table, shape, bottom, lang)
    if lang == "en":
        lead = f"{name}{', of the figures shown' if among else ''}"
        return f"{lead}: highest {best} ({high}), lowest {worst} ({low})."
    lead = f"{'所列数据中，' if among else ''}{name}"
    return f"{lead}最高的是{best}（{high}），最低的是{worst}（{low}）。"


def _movers(table: ReleasedTable, shape: TableShape, column: int, lang: Lang) -> list[str]:
    """The largest rise and the largest fall, by rate where there is one, else by amount."""
    sentences = []
    points = is_ratio(table.columns[column].unit)
    for base in shape.derived(column, "base"):
        by_rate = None if points else _of(shape, column, "rate", base.comparison)
        by = by_rate if by_rate is not None else _of(shape, column, "change", base.comparison)
        ranked = _ranked(table, by) if by is not None else []
        if by is None or not ranked:
            continue
        unit = "%" if by_rate is not None else table.columns[column].unit
        moved = [(row, float(table.rows[row][by])) for row in (ranked[0], ranked[-1])]  # type: ignore[arg-type]
        chosen = [(row, value) for (row, value), up in zip(moved, (True, False), strict=True) if (value > 0) is up]
        named = [
            (value > 0, _key(table, shape, row, lang), signed(value, unit, lang, points=points))
            for row, value in chosen
            if value
        ]
        sentences += [_mover(_say(_BASE_WORDS[base.comparison], lang), *one, lang) for one in named]
    return sentences


def _mover(against: str, up: bool, key: str, moved: str, lang: Lang) -> str:
    if lang == "en":
        return f"Against {against}, the largest {'rise' if up else 'fall'} is in {key} ({moved})."
    return f"与{against}相比，{'增幅' if up else '降幅'}最大的是{key}（{moved}）。"


def _series(table: ReleasedTable, shape: TableShape, column: int, time: int, lang: Lang) -> str:
    shown = [row for row in range(len(table.rows)) if is_number(table.rows[row][column])]
    shown.sort(key=lambda row: time_order(table.rows[row][time]))
    if not shown:
        return (
            f"{_name(table.columns[column])}: see the table."
            if lang == "en"
            else f"{_name(table.columns[column])}见下表。"
        )
    first, last = shown[0], shown[-1]
    name = _name(table.columns[column])
    start, end = _key(table, shape, first, lang), _key(table, shape, last, lang)
    if lang == "en":
        text = (
            f"{name}: {_figure(table, first, column, lang)} in {start}, {_figure(table, last, column, lang)} in {end}"
        )
    else:
        text = f"{name}：{start}为{_figure(table, first, column, lang)}，{end}为{_figure(table, last, column, lang)}"
    ranked = _ranked(table, column)
    if len(shown) > 2 and ranked[0] not in (first, last):
        high = f"{_key(table, shape, ranked[0], lang)}", _figure(table, ranked[0], column, lang)
        text += f"; highest in {high[0]} ({high[1]})" if lang == "en" else f"，最高为{high[0]}的{high[1]}"
    return text + ("." if lang == "en" else "。")


def _foot(table: ReleasedTable, shape: TableShape, lang: Lang, period: Period | None) -> str:
    units = []
    for column in shape.plain:
        word = unit_word(table.columns[column].unit, lang)
        if word:
            units.append(f"{_name(table.columns[column])} {word}" if len(shape.plain) > 1 else word)
    parts = []
    if period is not None:
        parts.append(f"Period: {period.label.en}" if lang == "en" else f"统计期：{period.label.zh}")
    if units:
        parts.append(f"Unit: {', '.join(units)}" if lang == "en" else f"单位：{'、'.join(units)}")
    return "; ".join(parts) + "." if parts and lang == "en" else "；".join(parts) + ("。" if parts else "")
