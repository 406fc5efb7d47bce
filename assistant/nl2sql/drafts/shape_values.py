"""Conditions of a question that name a value: stored ones, and quoted words that are stored nowhere. Pure."""

from __future__ import annotations

from assistant.nl2sql.drafts.naming import display_column
from assistant.nl2sql.drafts.said import Mention
from assistant.nl2sql.drafts.shape import Shape
from assistant.nl2sql.drafts.shape_dates import take
from assistant.nl2sql.drafts.sketch import Condition, Ref


def read_values(shape: Shape) -> None:
    """Every stored value, and every quoted name that is stored nowhere, as a condition on its column."""
    for mention in shape.said.mentions:
        if mention.kind == "value":
            _value(shape, mention)
    for place, word in enumerate(shape.said.words):
        if (word.quoted or _piece(shape, place)) and shape.said.at(place) is None:
            reach = 3 if _contains(shape, place) else 1
            label = shape.before(place, reach, "column") or shape.after(place, reach, "column")
            label = label or _name_of_row(shape, place)
            if label is not None:
                text = _piece_pattern(shape, place) if _contains(shape, place) else word.text
                op = "like" if _contains(shape, place) else "!=" if _negated(shape, place) else "="
                take(shape, place, label, Condition(ref=shape.ref(label), op=op, values=(text,)))


def _name_of_row(shape: Shape, place: int) -> Mention | None:
    """“工程”学院: a quoted name beside a table is that of one of its rows, stored or not."""
    beside = [one for one in (shape.after(place, 0, "table"), shape.before(place, 0, "table")) if one is not None]
    table = shape.context.table(beside[0].table) if beside and shape.said.words[place].quoted else None
    column = display_column(table) if table is not None else None
    if table is None or column is None:
        return None
    return Mention(start=-1, end=-1, kind="column", table=table.name, column=column.name)


def _piece_said(shape: Shape, place: int) -> bool:
    """True right behind `the letter`, 包含, 里有."""
    return any(shape.cue(at, "contains") for at in range(max(0, place - 2), place))


def _piece(shape: Shape, place: int) -> str:
    """The word that a text must contain: behind `the substring`, `the letter`; "" where nobody says so."""
    said = _piece_said(shape, place)
    word = shape.said.words[place]
    return word.text if said and word.text.isascii() and not word.filler and not word.cues else ""


def _value(shape: Shape, mention: Mention) -> None:
    label = _label(shape, mention)
    ref = _place_of(shape, mention, label)
    if label is not None:
        shape.use(label)
    op, value = "!=" if _negated(shape, mention.start) else "=", mention.value
    word = shape.said.words[mention.start]
    if word.quoted and len(word.text) == 1 and _piece_said(shape, mention.start):  # a letter, stored or not
        op, value = "like", _piece_pattern(shape, mention.start)
    shape.use(mention)
    shape.conditions.append((mention.start, Condition(ref=ref, op=op, values=(value,))))


def _label(shape: Shape, mention: Mention) -> Mention | None:
    """A column beside a value that the value can be stored in: language English, named X, 导演 X."""
    for near in (_negated_label(shape, mention), *_labels_beside(shape, mention)):
        if near is None:
            continue
        stored = {one[1].lower() for one in mention.others}
        if {(near.table, near.column), *near.others} & set(mention.others) or near.column.lower() in stored:
            return near
    return None


def _labels_beside(shape: Shape, mention: Mention) -> tuple[Mention | None, Mention | None]:
    return shape.before(mention.start, 1, "column"), shape.after(mention.end - 1, 1, "column")


def _negated_label(shape: Shape, mention: Mention) -> Mention | None:
    """风格既不是X: the column in front of the words that deny the value."""
    place = mention.start - 1
    while place > 0 and shape.cue(place, "absent", "both"):
        place -= 1
    near = shape.said.at(place)
    denied = 0 <= place < mention.start - 1 and near is not None and near.kind == "column"
    return near if denied else None


def _place_of(shape: Shape, mention: Mention, label: Mention | None) -> Ref:
    spoken = [one.table for one in shape.said.mentions]
    said = {(label.table, label.column), *label.others} if label is not None else set()

    own = (label.table, label.column) if label is not None else None

    def rank(place: tuple[str, str]) -> tuple[bool, bool, int, bool, bool]:
        named = next((gap for gap, one in _near_tables(shape, mention) if one == place[0]), 99)
        key = shape.is_key(Ref(table=place[0], column=place[1]))
        return (place in said, place[0] in spoken, -named, place == own, not key)

    table, column = max(mention.others, key=rank)
    return Ref(table=table, column=column)


def _near_tables(shape: Shape, mention: Mention) -> list[tuple[int, str]]:
    said = (one for one in shape.said.mentions if one.kind != "value" and one.strength > 0.9)
    return sorted((abs(one.start - mention.start), one.table) for one in said)


def contrasted(shape: Shape, place: int) -> bool:
    """A借过但B没有借过: the value at `place` stands between `but` and its negation."""
    but = any(shape.said.words[at].text in ("但", "但是", "而", "却") for at in range(max(0, place - 2), place))
    return but and shape.cue(place + 1, "absent")


def _negated(shape: Shape, place: int) -> bool:
    """不是 X, not X, other than X: the word before the value, whatever stands between it and the column's name."""
    if contrasted(shape, place):
        return True
    for at in range(place - 1, max(-1, place - 5), -1):
        if shape.cue(at, "absent", "other"):
            return True
        mention = shape.said.at(at)
        if mention is not None and mention.kind == "table":
            return False
        if shape.said.words[at].apart and at != place - 1:
            return False
    return False


def _piece_pattern(shape: Shape, place: int) -> str:
    """The text anywhere, or where it must begin or end the value."""
    near = range(max(0, place - 4), min(len(shape.said.words), place + 4))
    said = " ".join(shape.said.words[at].text.lower() for at in near if shape.cue(at, "contains"))
    text = shape.said.words[place].text
    if "start" in said or "begin" in said or "开头" in said or "开始" in said:
        return f"{text}%"
    return f"%{text}" if "end" in said or "结尾" in said or "结束" in said else f"%{text}%"


def _contains(shape: Shape, place: int) -> bool:
    return any(shape.cue(at, "contains") for at in range(max(0, place - 4), min(len(shape.said.words), place + 4)))
