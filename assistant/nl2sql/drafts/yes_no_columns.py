"""Columns that say yes or no, as conditions: 免费公园, hazards that have not been rectified. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.nl2sql.drafts.said import Mention
from assistant.nl2sql.drafts.shape import Shape
from assistant.nl2sql.drafts.sketch import Condition

_YES = ("yes", "y", "true", "t", "1", "是", "有")
NO = ("no", "n", "false", "f", "0", "否", "无")
_WHETHER = ("是否", "whether")


def yes_no_condition(shape: Shape, one: Mention, free: Sequence[Mention]) -> Condition | None:
    """The condition that a yes-or-no column is, with no where the words deny it; None where the column is shown.

    `free`: the columns of the question that no step claimed.
    """
    table = shape.context.table(one.table)
    column = table.column(one.column) if table else None
    codes = {code.lower(): code for code, _ in column.codes} if column else {}
    wanted = NO if _is_denied(shape, one) else _YES
    value = next((codes[word] for word in wanted if word in codes), None)
    if value is None or not set(codes) <= {*_YES, *NO} or not set(codes) & set(_YES) or _is_asked(shape, one, free):
        return None
    return Condition(ref=shape.ref(one), op="=", values=(value,))


def _is_denied(shape: Shape, one: Mention) -> bool:
    """尚未整改, have not been rectified."""
    place = one.start - 1
    while place > 0 and shape.said.words[place].filler and not shape.cue(place, "absent"):
        place -= 1
    return shape.cue(place, "absent")


def _is_asked(shape: Shape, one: Mention, free: Sequence[Mention]) -> bool:
    """True where the column itself is wanted: it is the only thing named, or stands where what is shown does."""
    if any(shape.said.words[at].text in _WHETHER for at in range(max(0, one.start - 1), one.end)):
        return True
    others = [other for other in free if other != one]
    if others:
        return (one.start < others[0].start) != shape.chinese
    rows = (other for other in shape.said.mentions if other.kind == "table")
    return not (shape.counted or any(other.start > one.start or not shape.chinese for other in rows))
