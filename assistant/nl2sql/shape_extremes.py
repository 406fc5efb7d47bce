"""Which rows come first: the superlatives of a question and what they compare. Pure."""

from __future__ import annotations

from assistant.nl2sql.implied_columns import size_column
from assistant.nl2sql.said import Mention
from assistant.nl2sql.shape import FUNCTIONS, Shape
from assistant.nl2sql.shape_steps import argument, in_name, spoken_for

_BY_SIZE = frozenset({"largest", "biggest", "smallest", "greatest", "highest", "lowest", "maximum", "minimum", "最大",
                      "最小", "最高", "最低"})  # fmt: skip
_ADDED_UP = ("total", "average")


def read_extremes(shape: Shape) -> None:
    """the youngest pet, 最多宠物的学生: one extreme a question; a plain maximum may turn out to be an aggregate."""
    for place in shape.places("most", "least"):
        if spoken_for(shape, place) or shape.extreme is not None:
            continue
        _added_up(shape, place) or _extreme(shape, place, _attribute(shape, place), shape.cue(place, "most"))
    for place in shape.places("maximum", "minimum"):
        if spoken_for(shape, place) or in_name(shape, place) or shape.extreme is not None:
            continue
        if _added_up(shape, place) or argument(shape, place) is not None:
            continue
        sized = _sized(shape, place)
        if sized is not None:
            _extreme(shape, place, sized, shape.cue(place, "maximum"))


def _extreme(shape: Shape, place: int, attribute: Mention | None, descending: bool) -> None:
    shape.extreme = (place, attribute, descending)
    for at in range(max(0, place - 2), place + 3):
        if shape.cue(at, "count", "maximum", "minimum") and (at == place or shape.cue(at, "count")):
            shape.used.add(-1000 - at)
    if attribute is not None:
        shape.use(attribute)


def _attribute(shape: Shape, place: int) -> Mention | None:
    attribute = shape.said.at(place) or _beside(shape, place)
    if attribute is not None and attribute.kind == "column":
        return attribute
    return _named_behind(shape, place, attribute) or _sized(shape, place) or attribute


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
    if head is None or not (head.kind == "table" or head.names_table):
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
        at = next((near for near in range(place + 1, place + 3) if shape.cue(near, *_ADDED_UP)), None)
        return at, shape.after(at, 1, "column") if at is not None else None
    column = shape.before(place, 1, "column")
    if column is None or column.end < place - 2 or shape.cue(place - 1, "of"):
        return None, None
    near = (*range(column.end, place), *range(max(0, column.start - 2), column.start))
    return next((at for at in near if shape.cue(at, *_ADDED_UP)), None), column
