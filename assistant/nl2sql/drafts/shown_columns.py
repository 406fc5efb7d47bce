"""Which columns of a question are shown, and which conditions belong together. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant.nl2sql.drafts.key_graph import JoinPair, connect
from assistant.nl2sql.drafts.naming import display_column
from assistant.nl2sql.drafts.said import Mention
from assistant.nl2sql.drafts.schema_names import name_words
from assistant.nl2sql.drafts.shape import Shape
from assistant.nl2sql.drafts.sketch import Condition, Ref

_RELATIVE = frozenset({"that", "who", "whose", "which", "whom", "where", "with", "having"})
_NO_CLAUSE = frozenset({"and", "along", ",", "in", "from"})
_OWN = frozenset({"their", "its", "his", "her", "the"})


def free_columns(shape: Shape, gone: range) -> list[Mention]:
    """Columns that no step claimed; where a later sentence says what to list, only those of that sentence."""
    free = [
        one
        for one in shape.said.mentions
        if one.kind == "column" and one.start not in shape.used and one.start not in gone and not _is_verb(shape, one)
    ]
    asks = [at for at in shape.places("ask") if shape.said.words[at].sentence > 0]
    if not asks:
        return _before_the_clause(shape, free)
    last = shape.said.words[asks[-1]].sentence
    listed = [one for one in shape.said.mentions if shape.said.words[one.start].sentence == last]
    columns = [
        one for one in listed if (one.kind == "column" and one in free) or one.start in _asked_again(shape, last)
    ]
    return columns or free


def _is_verb(shape: Shape, one: Mention) -> bool:
    """are sent: what is done, and not the date on which it is."""
    parts = name_words(one.column)
    said = shape.said.words[one.start : one.end]
    when = len(parts) > 1 and set(parts) & {"date", "year", "time"} and one.strength < 0.95 and not said[0].cues
    return bool(when) and not any(word.stems & {"date", "year", "time"} for word in said)


def _before_the_clause(shape: Shape, free: list[Mention]) -> list[Mention]:
    """In English what is shown stands before the clause that says of which: the content of the channel with a name."""
    if shape.chinese or not free:
        return free
    words = shape.said.words
    for place in range(free[0].end, len(words)):
        begins = words[place].text.lower() in _RELATIVE and words[place - 1].text.lower() not in _NO_CLAUSE
        owned = place + 1 < len(words) and words[place + 1].text.lower() in _OWN
        if begins and not owned and words[place].sentence == words[free[0].start].sentence:
            return [one for one in free if one.start < place]
    return free


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


def coordinated(shape: Shape, shown: Sequence[Mention], gone: range) -> list[Mention]:
    """the name of each farm and the company that owns it: the company is shown by its name."""
    if shape.chinese or shape.counted or shape.outputs or not shown:
        return []
    found = []
    heads = [one for one in shape.said.mentions if one.kind == "table" and one.start not in gone and shape.free(one)]
    for one in heads:
        before = _listed_before(shape, one)
        table = shape.context.table(one.table)
        column = display_column(table) if table is not None else None
        if before is None or column is None or before.table == one.table:
            continue
        if before in shown or any(other.end <= before.start and other.table == before.table for other in shown):
            found.append(replace(one, kind="column", column=column.name))
    return found


def _listed_before(shape: Shape, one: Mention) -> Mention | None:
    """What stands before `and the` in the first sentence."""
    place = one.start - 1
    while place > 0 and shape.said.words[place].text.lower() in ("the", "its", "their", "his", "her"):
        place -= 1
    listed = shape.said.words[place].text.lower() == "and" and not shape.said.words[one.start].sentence
    return shape.said.at(place - 1) if listed else None


def apart(conditions: Sequence[Condition]) -> bool:
    """before 2006 and after 2015: no one value meets both, so they are met by different rows."""
    low: dict[Ref, float] = {}
    high: dict[Ref, float] = {}
    for one in conditions:
        bound = one.values[0] if len(one.values) == 1 and not one.of else None
        if isinstance(bound, float) and one.op in (">", ">="):
            low[one.ref] = max(bound, low.get(one.ref, bound))
        elif isinstance(bound, float) and one.op in ("<", "<="):
            high[one.ref] = min(bound, high.get(one.ref, bound))
    return any(low[ref] >= high[ref] for ref in low.keys() & high.keys())


def settled(one: Mention, shape: Shape, spoken: Sequence[Mention]) -> Mention:
    """Of namesakes in tables that nobody named, the one that needs the fewest joins. `spoken`: the tables named."""
    if len(one.others) < 2 or one.of_table or one.table in {table.table for table in spoken}:
        return one
    fixed = [condition.ref.table for _, condition in shape.conditions] + [table.table for table in spoken]
    if shape.extreme and shape.extreme[1] is not None:
        fixed.append(shape.extreme[1].table)

    def rank(place: tuple[str, str]) -> tuple[bool, int, bool]:
        ref = Ref(table=place[0], column=place[1])
        refers = shape.is_number(ref) and _reference(ref, shape) is not None
        return refers, len(connect([ref.table, *fixed], shape.context.joins)), place != (one.table, one.column)

    best = min(one.others, key=rank)
    return replace(one, table=best[0], column=best[1])


def owned(one: Mention, shape: Shape, gone: range) -> Mention:
    """ids of students without friends: the student's own key, not the one that the missing rows refer by."""
    inside = {other.table for other in shape.said.mentions if other.start in gone and other.kind == "table"}
    pair = _reference(shape.ref(one), shape) if one.table in inside else None
    return replace(one, table=pair.right_table, column=pair.right_column) if pair is not None else one


def _reference(ref: Ref, shape: Shape) -> JoinPair | None:
    """The join by which this column refers to another table."""
    pairs = shape.context.joins
    return next((pair for pair in pairs if (pair.left_table, pair.left_column) == (ref.table, ref.column)), None)
