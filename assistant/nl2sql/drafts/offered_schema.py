"""The schema that a drafter is offered, as values and as the text of its prompt."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.nl2sql.drafts.key_graph import JoinPair

MOST_CODES = 6  # longer lists are left out: the values that the question names are given with the question
_IDENTIFIER = re.compile(r"^[A-Za-z_\u4e00-\u9fff][A-Za-z0-9_\u4e00-\u9fff]*$")
_RESERVED = frozenset(
    re.findall(
        r"\w+",
        """all and as asc between by case column cross desc distinct else end except exists from full group having in
        inner intersect is join key left like limit not null offset on or order outer right select set table then to
        union unique user using values when where with""",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextColumn:
    name: str
    type: str  # number | text | date | boolean
    label: str = ""  # the name people use, in the asker's language
    codes: tuple[tuple[str, str], ...] = ()
    primary: bool = False
    numeral: bool = False  # text that holds numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextTable:
    name: str
    label: str = ""
    columns: tuple[ContextColumn, ...] = ()

    def column(self, name: str) -> ContextColumn | None:
        """By name, whatever its case."""
        return next((column for column in self.columns if column.name.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueHit:
    """Words of the question that name a stored value: `span` -> `table.column = value`."""

    span: str
    table: str
    column: str
    value: str
    score: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaContext:
    """The part of a schema that one question needs; tables in the schema's own order, so prompts share a prefix."""

    tables: tuple[ContextTable, ...]
    joins: tuple[JoinPair, ...] = ()
    values: tuple[ValueHit, ...] = ()
    today: str = ""  # the data's as-of date, for questions with relative periods

    def table(self, name: str) -> ContextTable | None:
        """By name, whatever its case."""
        return next((table for table in self.tables if table.name.lower() == name.lower()), None)

    def prompt(self) -> str:
        """The static part of the prompt: one CREATE TABLE a table, keys and people's words as comments."""
        return "\n".join(_table_text(table, self.joins) for table in self.tables)


def quoted(name: str) -> str:
    """As the model must write it: bare where that parses everywhere, else in double quotes."""
    if _IDENTIFIER.match(name) and name.lower() not in _RESERVED:
        return name
    return '"' + name.replace('"', '""') + '"'


def _table_text(table: ContextTable, joins: Sequence[JoinPair]) -> str:
    lines = [_column_text(column) for column in table.columns]
    lines += [
        f"foreign key ({quoted(pair.left_column)}) references {quoted(pair.right_table)}({quoted(pair.right_column)})"
        for pair in joins
        if pair.left_table == table.name
    ]
    head = f" -- {table.label}" if table.label else ""
    return f"CREATE TABLE {quoted(table.name)} ({head}\n" + ",\n".join(lines) + ");"


def _column_text(column: ContextColumn) -> str:
    text = f"{quoted(column.name)} {column.type}" + (" primary key" if column.primary else "")
    notes = [column.label] if column.label else []
    if len(column.codes) <= MOST_CODES:
        notes += ["; ".join(f"{code}={name}" if code != name else name for code, name in column.codes)]
    note = " ".join(part for part in notes if part)
    return f"{text} /* {note} */" if note else text
