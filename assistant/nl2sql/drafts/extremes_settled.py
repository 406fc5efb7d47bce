"""Whether an extreme is what is asked for (the highest age) or what orders it (the name of the oldest). Pure."""

from __future__ import annotations

from assistant.nl2sql.drafts.said import Mention, Said
from assistant.nl2sql.drafts.shape import Shape
from assistant.nl2sql.drafts.sketch import Function, Output, Ref, Sketch


def settle_extremes(shape: Shape, shown: list[Mention], listed: Mention | None) -> None:
    """An extreme beside something else that is shown orders it; alone it is the value itself.

    `shown`: the columns shown, to which the extreme's own is added where it is; `listed`: the table whose rows are.
    """
    if shape.extreme_of:
        return
    grouped = bool(shape.groups or shape.group_tables)
    if shape.extreme is not None and not grouped and not shown and not shape.counted:
        _as_value(shape, listed)
    if shape.extreme is not None and _beside_others(shape, shown, *shape.extreme[:2]):
        shown.insert(0, shape.extreme[1])  # type: ignore[arg-type]
    bounds = [one for one in shape.outputs if one[1].function in ("max", "min")]
    if len(bounds) == 1 == len(shape.outputs) and not grouped and shape.extreme is None:
        _as_order(shape, shown, listed, bounds[0])


def ranks(sketched: Sketch, key: Ref, said: Said) -> bool:
    """True where something is compared with the rest: an order, a bound, the largest value.

    How often the rows of one table stand in it ranks nothing: each is there once (the most loyal customers).
    `key`: theirs.
    """
    by_count = any(one.function == "count" for one, _ in sketched.order) and sketched.groups == (key,)
    if by_count and len({one.table for one in said.mentions}) == 1:
        return False
    functions = {one.function for one in sketched.outputs} | {one.of for one in sketched.conditions}
    return bool(sketched.order or sketched.limit or sketched.having) or bool(functions & {"max", "min"})


def _as_value(shape: Shape, listed: Mention | None) -> None:
    """the highest age: a value of the column."""
    assert shape.extreme is not None
    place, attribute, descending = shape.extreme
    if attribute is None or attribute.kind != "column" or not _stands_first(shape, listed, place, attribute):
        return
    function: Function = "max" if descending else "min"
    if shape.is_number(shape.ref(attribute)):
        shape.outputs.append((place, Output(function=function, ref=shape.ref(attribute))))
        shape.extreme = None


def _as_order(shape: Shape, shown: list[Mention], listed: Mention | None, bound: tuple[int, Output]) -> None:
    """the name with the maximum age: rows in the order of the column."""
    place, output = bound
    mention = _mention_of(shape, output, place)
    if mention is None or not (shown or not _stands_first(shape, listed, place, mention)):
        return
    shape.outputs.clear()
    shape.extreme = (place, mention, output.function == "max")
    if shown and not shape.chinese and place < shown[0].start:
        shown.insert(0, mention)


def _beside_others(shape: Shape, shown: list[Mention], place: int, attribute: Mention | None) -> bool:
    """the smallest version number and its type code: the extreme value is shown, too."""
    if attribute is None or attribute.kind != "column" or not shown:
        return False
    first = shown[0].start
    between = range(attribute.end, first)
    listed = any(shape.cue(at, "and") for at in between)
    if shape.chinese:  # 最小版本号及其类型代码
        listed = listed and any(shape.said.words[at].text in ("其", "它", "它们") for at in between)
    return place < attribute.start < first and listed and attribute not in shown


def _mention_of(shape: Shape, output: Output, place: int) -> Mention | None:
    same = [one for one in shape.said.mentions if one.kind == "column" and shape.ref(one) == output.ref]
    return min(same, key=lambda one: abs(one.start - place), default=None)


def _stands_first(shape: Shape, listed: Mention | None, place: int, attribute: Mention) -> bool:
    """True where the extreme value itself is what is asked for."""
    if listed is None:
        return True
    if shape.chinese:
        return listed.start < place and not shape.cue(listed.start - 1, "which")
    return place < listed.start
