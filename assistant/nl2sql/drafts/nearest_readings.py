"""Readings of a question that names its data too loosely: which of the columns, or which of the tables, it is about.

For databases without a semantic model (declared figures close in meaning are in similar_figures.py). Each reading is
a plainer question; there is no SQL in it, so the choice is drafted like any other question. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from assistant.domain import Text
from assistant.nl2sql.drafts.offered_schema import ContextColumn, ContextTable
from assistant.nl2sql.drafts.question_signs import is_content
from assistant.nl2sql.drafts.readings import Asked, SchemaReading
from assistant.nl2sql.drafts.schema_words import called
from assistant.nl2sql.drafts.word_overlap import similarity

_MOST = 4


def nearest_readings(asked: Asked) -> tuple[SchemaReading, ...]:
    """Two to four, or none: columns that a word is part of, tables with a column that is named, else the nearest."""
    return _parts_of_names(asked) or _same_column(asked) or _nearest_tables(asked) or _nearest_columns(asked)


def _parts_of_names(asked: Asked) -> tuple[SchemaReading, ...]:
    """goals, where league goals and cup goals are kept."""
    covered = {at for m in asked.mentions if not m.part for at in range(m.first, m.last)}
    for at, word in enumerate(asked.words):
        if at in covered or not is_content(word):
            continue
        for table in asked.schema.schema.tables:
            columns = [c for c in table.columns if any(word.stem in name for name in asked.schema.names(table, c))]
            if len(columns) >= 2:
                return tuple(_means(asked, at, at + 1, table, column) for column in columns[:_MOST])
    return ()


def names_a_thing(asked: Asked) -> bool:
    """holders, where a table of policy holders keeps their ids and names: the thing itself, and no column of it."""
    covered = {at for m in asked.mentions if not m.part for at in range(m.first, m.last)}
    for at, word in enumerate(asked.words):
        if at in covered or not is_content(word):
            continue
        for table in asked.schema.schema.tables:
            if not any(word.stem in name for name in asked.schema.names(table)):
                continue
            said = [c for c in table.columns if any(word.stem in name for name in asked.schema.names(table, c))]
            shown = asked.schema.display(table)
            if len(said) > 1 and all(asked.schema.is_key_like(table, c) or c == shown for c in said):
                return True
    return False


def _same_column(asked: Asked) -> tuple[SchemaReading, ...]:
    """name, where several tables have one and none is named."""
    if any(m.kind == "table" and not m.part for m in asked.mentions):
        return ()
    places: dict[tuple[int, int], dict[str, str]] = {}
    for m in asked.mentions:
        if m.kind == "column":
            places.setdefault((m.first, m.last), {})[m.table] = m.column
    for (first, last), tables in places.items():
        found = [one for one in asked.schema.schema.tables if one.name in tables]
        if len(found) >= 2:
            return tuple(_of_table(asked, table, asked.said(first, last)) for table in found[:_MOST])
    return ()


def _nearest_tables(asked: Asked) -> tuple[SchemaReading, ...]:
    """The tables that share most words with the question."""
    tables = asked.schema.schema.tables
    if len(tables) < 2:
        return ()
    ranked = sorted(tables, key=lambda table: -similarity(asked.text, _words_of(table)))
    return tuple(_of_table(asked, table, "") for table in ranked[:_MOST])


def _nearest_columns(asked: Asked) -> tuple[SchemaReading, ...]:
    """The columns of the only table: those that are not named yet, texts and numbers before keys."""
    table = asked.schema.schema.tables[0] if asked.schema.schema.tables else None
    if table is None:
        return ()
    named = {m.column for m in asked.mentions if m.kind == "column"}
    free = [c for c in table.columns if c.name not in named and not asked.schema.is_key_like(table, c)]
    ranked = sorted(free, key=lambda column: -similarity(asked.text, f"{column.label} {column.name}"))[:_MOST]
    if len(ranked) < 2:
        return ()
    return tuple(_asks_for(asked, table, column) for column in ranked)


def _words_of(table: ContextTable) -> str:
    return " ".join([table.label, table.name, *(f"{column.label} {column.name}" for column in table.columns)])


def _means(asked: Asked, first: int, last: int, table: ContextTable, column: ContextColumn) -> SchemaReading:
    said, name = asked.said(first, last), called(column)
    start, end = asked.words[first].start, asked.words[last - 1].end
    return SchemaReading(
        kind="vague",
        phrase=Text(zh=f"“{said}”指“{name}”", en=f"“{said}” means {name}"),
        consequence=Text(zh=f"使用“{called(table)}”的“{name}”", en=f"uses {name} of {called(table)}"),
        question=asked.text[:start] + name + asked.text[end:],
    )


def _of_table(asked: Asked, table: ContextTable, said: str) -> SchemaReading:
    name = called(table)
    columns: Sequence[str] = [called(column) for column in table.columns][:_MOST]
    return SchemaReading(
        kind="vague",
        phrase=Text(
            zh=f"问的是“{name}”" + (f"的“{said}”" if said else ""), en=f"about {name}" + (f": {said}" if said else "")
        ),
        consequence=Text(
            zh=f"使用“{name}”的数据，例如{'、'.join(columns)}", en=f"uses {name}, such as {', '.join(columns)}"
        ),
        question=f"{asked.text} ({name})",
    )


def _asks_for(asked: Asked, table: ContextTable, column: ContextColumn) -> SchemaReading:
    name = called(column)
    return SchemaReading(
        kind="vague",
        phrase=Text(zh=f"要查的是“{name}”", en=f"asks for {name}"),
        consequence=Text(zh=f"列出“{called(table)}”的“{name}”", en=f"lists {name} of {called(table)}"),
        question=f"{asked.text} ({name})",
    )
