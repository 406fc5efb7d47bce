"""By what the rows of a question are told apart: for each X, 每个X, 各种X. Pure."""

from __future__ import annotations

from assistant.nl2sql.drafts.said import Mention
from assistant.nl2sql.drafts.schema_names import name_words
from assistant.nl2sql.drafts.shape import FUNCTIONS, Shape
from assistant.nl2sql.drafts.sketch import Ref

KINDS = frozenset({"type", "kind", "category", "class", "genre", "breed"})


def read_groups(shape: Shape) -> None:
    """for each X, 每个X: a column or a table whose rows are told apart."""
    if not list(shape.places("count", "most", "least", *FUNCTIONS)) and shape.having is None:
        return  # every row: nothing is added up
    for place in [*shape.places("each"), *_told_apart(shape)]:
        found = shape.after(place, 2, "column", "table")
        if found is None or shape.said.at(place) is not None:
            continue  # miles per gallon is a name
        counted = any(shape.cue(at, "count") for at in range(place, found.start))
        if counted and shape.said.words[place].text in ("分别", "各", "各自"):
            continue  # 分别有几个公园: parks are counted
        found = _behind_the_clause(shape, place, found) or found
        if found.kind == "column" and shape.chinese and shape.names_rows(found) and found.end - found.start > 2:
            shape.group_tables.append((found.start, found.table))
            continue  # 每个文档的id: told apart by document, and shown by id
        if found.kind == "column":
            shape.groups.append((found.start, shape.ref(found)))
        elif (kind := _kind_of(shape, place, found)) is not None:
            shape.groups.append((found.start, kind))
        else:
            shape.group_tables.append((found.start, found.table))
        shape.use(found)


def _told_apart(shape: Shape) -> list[int]:
    """不同气缸的车的最大加速度: what differs tells groups apart where something is added up."""
    if not shape.chinese or not list(shape.places(*FUNCTIONS)) or list(shape.places("each", "count", "most", "least")):
        return []
    return list(shape.places("distinct"))


def _behind_the_clause(shape: Shape, place: int, found: Mention) -> Mention | None:
    """每个[有宠物的]学生: students are told apart, and not what they have."""
    between = {word.text for word in shape.said.words[place + 1 : found.start]}
    if not shape.chinese or not between & {"有", "拥有", "具有", "养", "没有"}:
        return None
    heads = (one for one in shape.said.mentions if one.start > found.start and shape.names_rows(one))
    return next((one for one in heads if shape.cue(one.start - 1, "of") and one.table != found.table), None)


def _kind_of(shape: Shape, place: int, table: Mention) -> Ref | None:
    """每种宠物: by the column that tells kinds apart."""
    known = shape.context.table(table.table)
    if known is None or not shape.said.words[place].text.endswith(("种", "类")):
        return None
    kinds = [column for column in known.columns if name_words(column.name)[-1].endswith(tuple(KINDS))]
    return Ref(table=table.table, column=kinds[0].name) if kinds else None
