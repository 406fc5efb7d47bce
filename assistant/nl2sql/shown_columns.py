"""Which columns of a question are shown, and which conditions belong together. Pure."""

from __future__ import annotations

from dataclasses import replace

from assistant.nl2sql.said import Mention
from assistant.nl2sql.shape import Shape
from assistant.nl2sql.sketch import Condition


def free_columns(shape: Shape, gone: range) -> list[Mention]:
    """Columns that no step claimed; where a later sentence says what to list, only those of that sentence."""
    free = [
        one
        for one in shape.said.mentions
        if one.kind == "column" and one.start not in shape.used and one.start not in gone
    ]
    asks = [at for at in shape.places("ask") if shape.said.words[at].sentence > 0]
    if not asks:
        return free
    last = shape.said.words[asks[-1]].sentence
    listed = [one for one in shape.said.mentions if shape.said.words[one.start].sentence == last]
    columns = [
        one for one in listed if (one.kind == "column" and one in free) or one.start in _asked_again(shape, last)
    ]
    return columns or free


def _asked_again(shape: Shape, sentence: int) -> set[int]:
    """Columns of the listing sentence that an aggregate there did not take."""
    taken = {one.start for one in shape.said.mentions if _is_argument(shape, one)}
    here = (one for one in shape.said.mentions if one.kind == "column" and one.start not in taken)
    return {one.start for one in here if shape.said.words[one.start].sentence == sentence}


def _is_argument(shape: Shape, one: Mention) -> bool:
    return any(output.ref == shape.ref(one) and place >= one.start - 3 for place, output in shape.outputs)


def merged(conditions: list[Condition], any_of: bool) -> list[Condition]:
    """Alternatives for one column in one condition; the same condition once."""
    if not any_of:
        return list(dict.fromkeys(conditions))
    merged: list[Condition] = []
    for one in dict.fromkeys(conditions):
        same = next((other for other in merged if (other.ref, other.op) == (one.ref, one.op) and one.op == "="), None)
        if same is None:
            merged.append(one)
        else:
            merged[merged.index(same)] = replace(same, values=(*same.values, *one.values))
    return merged
