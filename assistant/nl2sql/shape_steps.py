"""Groups, order, aggregates and counts of a question, and what its rows must not have. Pure."""

from __future__ import annotations

from dataclasses import replace

from assistant.nl2sql.naming import GENERIC
from assistant.nl2sql.said import Mention
from assistant.nl2sql.shape import FUNCTIONS, Shape
from assistant.nl2sql.sketch import Output, Ref
from assistant.nl2sql.word_overlap import split_words, stem

KINDS = frozenset({"type", "kind", "category", "class", "genre", "breed"})


def in_name(shape: Shape, place: int) -> bool:
    """maximum speed, where a column is called so: part of its name."""
    mention = shape.said.at(place)
    if mention is None or mention.kind != "column" or mention.hits < 2:
        return False
    parts = {stem(part) for part in split_words(mention.column)}
    return bool(parts & shape.said.words[place].stems)


def spoken_for(shape: Shape, place: int) -> bool:
    return -1000 - place in shape.used


def read_absence(shape: Shape) -> None:
    """do not have a cat, 没有宠物: what stands behind the negation up to the end of its clause, if it is about rows."""
    for place in shape.places("absent"):
        found = shape.after(place, 2)
        if found is None:
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


def _head_of(shape: Shape, found: Mention) -> Mention | None:
    """In Chinese, whose rows are asked for stands behind the negated clause: 没有宠物的[学生], of another table."""
    if not shape.chinese:
        return None
    for one in shape.said.mentions:
        behind = one.start >= found.end and one.kind != "value" and shape.cue(one.start - 1, "of")
        if behind and one.table != found.table:
            return one
    return None


def _earlier(shape: Shape, place: int) -> str | None:
    before = [one for one in shape.said.mentions if one.end <= place and one.kind != "value"]
    return before[-1].table if before else None


def _sentence_end(shape: Shape, place: int) -> int:
    words = shape.said.words
    return max(at for at in range(place, len(words)) if words[at].sentence == words[place].sentence) + 1


# --------------------------------------------------------------------------- order


def read_order(shape: Shape) -> None:
    """Columns named with an ordering word; their direction; `in alphabetical order` alone is by what is shown."""
    places = list(shape.places("ordered"))
    if not places:
        if not list(shape.places("ascending", "descending")):
            return
        places = list(shape.places("ascending", "descending"))[:1]
    place = places[0]
    descending = bool(list(shape.places("descending")))
    keys = _keys_before(shape, place) if shape.chinese else _keys_after(shape, place)
    for key in keys:
        shape.use(key)
        shape.order.append((key.start, Output(ref=shape.ref(key)), descending))
    if not keys:
        counts = [at for at in shape.places("count") if (at < place) == shape.chinese and abs(at - place) < 8]
        for at in counts[-1:] if shape.chinese else counts[:1]:
            shape.used.add(-1000 - at)
            thing = shape.before(at, 1) if shape.chinese else shape.after(at, 1)
            if thing is not None and thing.kind == "table":
                shape.use(thing)
        shape.order.append((place, None, descending))


def _keys_after(shape: Shape, place: int) -> list[Mention]:
    sentence = shape.said.words[place].sentence
    return [
        one
        for one in shape.said.mentions
        if one.start > place and one.kind == "column" and shape.said.words[one.start].sentence == sentence
    ][:3]


def _keys_before(shape: Shape, place: int) -> list[Mention]:
    start = max((at for at in shape.places("by") if at < place), default=None)
    if start is None:
        return [one for one in [shape.before(place, 2, "column")] if one is not None]
    return [one for one in shape.said.mentions if start < one.start < place and one.kind == "column"]


# --------------------------------------------------------------------------- groups, aggregates, counts


def read_groups(shape: Shape) -> None:
    """for each X, 每个X: a column or a table whose rows are told apart."""
    if not list(shape.places("count", "most", "least", *FUNCTIONS)) and shape.having is None:
        return  # every row: nothing is added up
    for place in shape.places("each"):
        found = shape.after(place, 2, "column", "table")
        if found is None or shape.said.at(place) is not None:
            continue  # miles per gallon is a name
        if found.kind == "column":
            shape.groups.append((found.start, shape.ref(found)))
        elif (kind := _kind_of(shape, place, found)) is not None:
            shape.groups.append((found.start, kind))
        else:
            shape.group_tables.append((found.start, found.table))
        shape.use(found)


def _kind_of(shape: Shape, place: int, table: Mention) -> Ref | None:
    """每种宠物: by the column that tells kinds apart."""
    known = shape.context.table(table.table)
    if known is None or not shape.said.words[place].text.endswith(("种", "类")):
        return None
    kinds = [column for column in known.columns if split_words(column.name)[-1].endswith(tuple(KINDS))]
    return Ref(table=table.table, column=kinds[0].name) if kinds else None


def read_aggregates(shape: Shape) -> None:
    """average X, X的平均值; several functions in a row share the column that follows."""
    waiting: list[tuple[int, str]] = []
    for place in shape.places(*FUNCTIONS):
        if spoken_for(shape, place) or in_name(shape, place):
            continue
        waiting.append((place, next(name for name in FUNCTIONS if shape.cue(place, name))))
        column = argument(shape, place)
        if column is None:
            continue
        for at, name in waiting:
            shape.outputs.append((at, Output(function=FUNCTIONS[name], ref=shape.ref(column))))
        shape.use(column)
        waiting = []


def argument(shape: Shape, place: int) -> Mention | None:
    words = shape.said.words
    if shape.chinese and words[place].text.endswith(("值", "数", "和")):
        before = shape.before(place, 1, "column")
        if before is not None and shape.is_number(shape.ref(before)):
            return before
    behind = shape.after(place, 1, "column")
    if behind is not None and shape.is_number(shape.ref(behind)):
        return behind
    before = shape.before(place, 1, "column") if shape.chinese else None
    if before is not None and before.end == place and shape.is_number(shape.ref(before)):
        return before
    return None


def read_counts(shape: Shape) -> None:
    """how many X, X的数量: a table or a column to count; without one the rows themselves."""
    for place in shape.places("count"):
        if spoken_for(shape, place) or shape.said.at(place) is not None or shape.cue(place + 1, "count"):
            continue  # 共有多少 is one count
        found = _counted(shape, place)
        if found is not None and found.kind == "column":
            several = any(shape.cue(at, "distinct") for at in range(place, found.start))
            if shape.is_number(shape.ref(found)) and not shape.is_key(shape.ref(found)) and not several:
                continue  # the number of tickets is a column by itself
            found = found if shape.free(found) else None
        shape.counted.append((place, found))
        if found is not None:
            shape.use(found)
            _count_next(shape, place, found)


def _count_next(shape: Shape, place: int, found: Mention) -> None:
    """the number of different names and contents: both are counted."""
    if found.kind != "column" or not any(shape.cue(at, "distinct") for at in range(max(0, place - 1), found.start)):
        return
    following = shape.after(found.end, 0, "column") if shape.cue(found.end, "and") else None
    if following is not None and shape.free(following):
        shape.counted.append((place, following))
        shape.use(following)


def as_rows(shape: Shape, column: Mention) -> Mention:
    """models counted by their list: the table that is called as the column is."""
    words = {stem(part) for part in split_words(column.column)}
    for table in shape.context.tables:
        own = {stem(part) for part in split_words(table.name)} - GENERIC
        if own == words and not shape.is_number(shape.ref(column)):
            return replace(column, kind="table", table=table.name, column="")
    return column


def _counted(shape: Shape, place: int) -> Mention | None:
    found = _beside_count(shape, place)
    return as_rows(shape, found) if found is not None and found.kind == "column" else found


def _beside_count(shape: Shape, place: int) -> Mention | None:
    behind = shape.after(place, 1, "table", "column")
    if not shape.chinese:
        return behind
    before = shape.before(place, 1, "table", "column")
    if shape.said.words[place].text.startswith(("多少", "几", "计算", "统计", "共", "一共")) and behind is not None:
        return behind
    return before or behind
