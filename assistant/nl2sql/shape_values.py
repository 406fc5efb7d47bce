"""Conditions of a question that name a value: stored ones, and quoted words that are stored nowhere. Pure."""

from __future__ import annotations

from assistant.nl2sql.naming import display_column
from assistant.nl2sql.said import Mention
from assistant.nl2sql.shape import Shape
from assistant.nl2sql.shape_conditions import take
from assistant.nl2sql.sketch import Condition, Ref


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
                text = f"%{word.text}%" if _contains(shape, place) else word.text
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


def _piece(shape: Shape, place: int) -> str:
    """The word that a text must contain: behind `the substring`, `the letter`; "" where nobody says so."""
    said = any(shape.cue(at, "contains") for at in range(max(0, place - 2), place))
    word = shape.said.words[place]
    return word.text if said and word.text.isascii() and not word.filler and not word.cues else ""


def _value(shape: Shape, mention: Mention) -> None:
    label = _label(shape, mention)
    ref = _place_of(shape, mention, label)
    if label is not None:
        shape.use(label)
    op = "!=" if _negated(shape, mention.start) else "="
    shape.use(mention)
    shape.conditions.append((mention.start, Condition(ref=ref, op=op, values=(mention.value,))))


def _label(shape: Shape, mention: Mention) -> Mention | None:
    """A column beside a value that the value can be stored in: language English, named X, 导演 X."""
    for near in (shape.before(mention.start, 1, "column"), shape.after(mention.end - 1, 1, "column")):
        if near is None:
            continue
        stored = {one[1].lower() for one in mention.others}
        if {(near.table, near.column), *near.others} & set(mention.others) or near.column.lower() in stored:
            return near
    return None


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


def _negated(shape: Shape, place: int) -> bool:
    """不是 X, not X, other than X: the word before the value, whatever stands between it and the column's name."""
    for at in range(place - 1, max(-1, place - 5), -1):
        if shape.cue(at, "absent", "other"):
            return True
        mention = shape.said.at(at)
        if mention is not None and mention.kind == "table":
            return False
        if shape.said.words[at].apart and at != place - 1:
            return False
    return False


def _contains(shape: Shape, place: int) -> bool:
    return any(shape.cue(at, "contains") for at in range(max(0, place - 4), min(len(shape.said.words), place + 4)))
