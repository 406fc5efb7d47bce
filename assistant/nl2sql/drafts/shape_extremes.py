"""Which rows come first: the superlatives of a question and what they compare. Pure."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from assistant.nl2sql.drafts.implied_columns import TIME, birth_column, is_birth, size_column
from assistant.nl2sql.drafts.said import Mention
from assistant.nl2sql.drafts.schema_names import name_words
from assistant.nl2sql.drafts.shape import FUNCTIONS, Shape
from assistant.nl2sql.drafts.shape_conditions import take_units
from assistant.nl2sql.drafts.shape_steps import argument, in_name, spoken_for
from assistant.nl2sql.drafts.sketch import Function, Output

_BY_SIZE = frozenset({"largest", "biggest", "smallest", "greatest", "highest", "lowest", "maximum", "minimum", "最大",
                      "最小", "最高", "最低"})  # fmt: skip
_ADDED_UP = ("total", "average")


def read_extremes(shape: Shape) -> None:
    """the youngest pet, 最多宠物的学生: one extreme a question; a plain maximum may turn out to be an aggregate."""
    _both_ends(shape)
    for place in shape.places("most", "least"):
        if spoken_for(shape, place) or shape.extreme is not None:
            continue
        birth = birth_column(shape, place)
        if birth is not None:
            _extreme(shape, place, birth, shape.cue(place, "least"))
        elif not _added_up(shape, place):
            attribute = _attribute(shape, place)
            if attribute is not None and attribute.end == place + 1 and is_birth(attribute.column):
                continue  # the first courier hired is not the oldest
            _extreme(shape, place, attribute, shape.cue(place, "most"))
            if attribute is not None and _of_several_rows(shape, place, attribute):
                shape.extreme_of = "sum"
    for place in shape.places("maximum", "minimum"):
        if spoken_for(shape, place) or in_name(shape, place) or shape.extreme is not None:
            continue
        if _added_up(shape, place) or argument(shape, place) is not None:
            continue
        sized = _sized(shape, place)
        if sized is not None:
            _extreme(shape, place, sized, shape.cue(place, "maximum"))


def _both_ends(shape: Shape) -> None:
    """the longest and the shortest duration, 最长和最短的任务天数: both values of one column."""
    ends = list(shape.places("most", "least"))
    for first, last in pairwise(ends):
        between = shape.said.words[first + 1 : last]
        joined = any("and" in word.cues for word in between)
        joined = joined and all(word.filler or word.cues & {"and", "of"} for word in between)
        if not joined or shape.cue(first, "most") == shape.cue(last, "most"):
            continue
        column = _measured_by(shape, first, last)
        if column is None:
            continue
        for at in (first, last):
            function: Function = "max" if shape.cue(at, "most") else "min"
            shape.outputs.append((at, Output(function=function, ref=shape.ref(column))))
            shape.used.add(-1000 - at)
            word = shape.said.at(at)
            if word is not None and word.end == word.start + 1:
                shape.use(word)  # longest names a length by itself
        take_units(shape, range(first, last + 1), shape.ref(column))
        shape.use(column)


def _measured_by(shape: Shape, first: int, last: int) -> Mention | None:
    later = [one for one in shape.said.mentions if one.kind == "column" and (one.start > last or one.end == first)]
    numbers = [one for one in later if shape.is_number(shape.ref(one)) and not shape.is_key(shape.ref(one))]
    near = [one for one in numbers if one.start - last < 6]
    return near[0] if near else None


def _extreme(shape: Shape, place: int, attribute: Mention | None, descending: bool) -> None:
    shape.extreme = (place, attribute, descending)
    for at in range(max(0, place - 2), place + 3):
        if shape.cue(at, "count", "maximum", "minimum") and (at == place or shape.cue(at, "count")):
            shape.used.add(-1000 - at)
    if attribute is not None:
        shape.use(attribute)


def _of_several_rows(shape: Shape, place: int, attribute: Mention) -> bool:
    """the employer with the most openings, where each of its booths has some: they are added up."""
    counting = shape.said.words[place].text.lower() in ("most", "fewest", "最多", "最少")
    ref = shape.ref(attribute)
    if not counting or attribute.kind != "column" or not shape.is_number(ref) or shape.is_key(ref):
        return False
    heads = {one.table for one in shape.said.mentions if one.kind != "value" and shape.names_rows(one)}
    parents = {pair.right_table for pair in shape.context.joins if pair.left_table == attribute.table}
    return attribute.table not in heads and bool(heads & parents)


def _attribute(shape: Shape, place: int) -> Mention | None:
    attribute = _time_of_head(shape, place) or shape.said.at(place) or _beside(shape, place)
    if attribute is not None and attribute.kind == "column":
        return attribute
    return _named_behind(shape, place, attribute) or _sized(shape, place) or attribute


def _time_of_head(shape: Shape, place: int) -> Mention | None:
    """the most recent parcel, 最新的包裹: by a time of those rows, and not of others."""
    own = shape.said.at(place)
    head = shape.after(place, 0)
    if own is None or own.kind != "column" or own.end != place + 1 or head is None or not shape.names_rows(head):
        return None
    if head.table == own.table or not set(name_words(own.column)) & set(TIME):
        return None
    table = shape.context.table(head.table)
    times = [column for column in table.columns if set(name_words(column.name)) & set(TIME)] if table else []
    return replace(own, table=head.table, column=times[0].name) if len(times) == 1 else None


def _beside(shape: Shape, place: int) -> Mention | None:
    """What is extreme: behind the word in English, in Chinese before it (年龄最大) unless 的 follows (最高的分数)."""
    words = shape.said.words
    if not shape.chinese:
        return shape.after(place, 1, "column", "table")
    before = shape.before(place, 1, "column", "table")
    touching = before is not None and before.end >= place - 1 and not shape.cue(place - 1, "of")
    if touching or shape.cue(place - 1, "count"):
        return before
    behind = shape.after(place, 1, "column", "table")
    if behind is not None and place + 1 < len(words):
        return behind
    return before


def _named_behind(shape: Shape, place: int, head: Mention | None) -> Mention | None:
    """the longest book by page count: what is compared is said behind the row."""
    at = head.end if head is not None else place + 1
    if shape.chinese or at >= len(shape.said.words) or shape.said.words[at].text.lower() not in ("by", "in"):
        return None
    column = shape.after(at, 1, "column")
    return column if column is not None and shape.is_number(shape.ref(column)) else None


def _sized(shape: Shape, place: int) -> Mention | None:
    """the largest stadium, 最大的体育场: by what such rows are measured by."""
    if shape.said.words[place].text.lower() not in _BY_SIZE or shape.cue(place - 1, "count"):
        return None
    head = shape.after(place, 0)
    if head is None or not shape.names_rows(head):
        return None
    return size_column(shape, head.table)


def _added_up(shape: Shape, place: int) -> bool:
    """the highest total fine, 平均工资最高: rows are ranked by a sum or an average of theirs."""
    at, column = _function_beside(shape, place)
    if at is None or column is None or not shape.is_number(shape.ref(column)):
        return False
    name = next(name for name in _ADDED_UP if shape.cue(at, name))
    shape.extreme_of = FUNCTIONS[name]
    shape.used |= {-1000 - at, -1000 - place}
    _extreme(shape, place, column, shape.cue(place, "most", "maximum"))
    return True


def _function_beside(shape: Shape, place: int) -> tuple[int | None, Mention | None]:
    if not shape.chinese:
        behind = range(place + 1, place + 3 if not shape.cue(place + 1, "and") else place + 1)
        at = next((at for at in behind if shape.cue(at, *_ADDED_UP)), None)
        return at, shape.after(at, 1, "column") if at is not None else None
    column = shape.before(place, 1, "column")
    between = range(column.end, place) if column is not None else ()
    if column is None or len(between) > 1 or any(shape.cue(at, "of", "and") for at in between):
        return None, None
    if shape.cue(place, "maximum", "minimum") and argument(shape, place) not in (None, column):
        return None, None  # the average and the highest [grade]
    near = range(max(0, column.start - 2), place)
    return next((at for at in near if shape.cue(at, *_ADDED_UP) and not in_name(shape, at)), None), column
