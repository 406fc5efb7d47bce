"""What the rows asked for must not have: do not own a pet, 没有宠物的, 在任何文档中都没被使用的. Pure."""

from __future__ import annotations

from assistant.nl2sql.drafts.said import Mention
from assistant.nl2sql.drafts.shape import Shape
from assistant.nl2sql.drafts.shape_values import contrasted


def read_absence(shape: Shape) -> None:
    """do not have a cat, 没有宠物: what stands behind the negation up to the end of its clause, if it is about rows."""
    for place in shape.places("absent"):
        if (clause := _nowhere(shape, place)) is not None:
            shape.absent = clause
            return
        found = shape.after(place, 2)
        value = shape.said.at(place - 1)
        if found is None or (value is not None and value.kind == "value" and contrasted(shape, value.start)):
            continue
        same = _earlier(shape, place) in (None, found.table)
        if found.kind == "column" and same and not shape.is_key(shape.ref(found)):
            continue
        head = _head_of(shape, found)
        earlier = _earlier(shape, place)
        if found.kind == "value" and head is None and (earlier is None or earlier == found.table):
            continue
        if any(shape.cue(at, "above", "at_least", "at_most", "below") for at in range(place, found.start)):
            continue
        end = head.start if head is not None else _sentence_end(shape, place)
        shape.absent = (place, end)
        return


def _nowhere(shape: Shape, place: int) -> tuple[int, int] | None:
    """[在任何文档中都没被使用的]模板: in Chinese the rows that are missing may stand before the negation."""
    before = shape.before(place, 1, "table")
    if not shape.chinese or before is None:
        return None
    led = any(
        shape.said.words[at].text in ("任何", "任意", "在") for at in range(max(0, before.start - 2), before.start)
    )
    heads = (one for one in shape.said.mentions if one.start > place and one.kind != "value")
    head = next((one for one in heads if one.table != before.table), None)
    linked = head is not None and any(shape.cue(at, "of") for at in range(place, head.start))
    return (before.start, head.start) if led and linked and head is not None else None


def _head_of(shape: Shape, found: Mention) -> Mention | None:
    """In Chinese, whose rows are asked for stands behind the negated clause: 没有宠物的[学生], of another table."""
    if not shape.chinese:
        return None
    for one in shape.said.mentions:
        behind = one.start >= found.end and one.kind != "value" and shape.cue(one.start - 1, "of")
        refers = one.kind == "column" and shape.is_key(shape.ref(one))  # 没有朋友的[学生的id], kept with the friends
        if behind and (one.table != found.table or refers):
            return one
    return None


def _earlier(shape: Shape, place: int) -> str | None:
    before = [one for one in shape.said.mentions if one.end <= place and one.kind != "value"]
    return before[-1].table if before else None


def _sentence_end(shape: Shape, place: int) -> int:
    words = shape.said.words
    return max(at for at in range(place, len(words)) if words[at].sentence == words[place].sentence) + 1
