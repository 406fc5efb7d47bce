"""What a harvest knows of a database, and how it is read: tables, columns, kinds, keys, short closed domains.

No metric and no row. Names are written in lower case, as engines fold them; `source` keeps what the database says.
Which stored values a reader may take along is its caller's choice (`ValueRule`): a benchmark that is open takes every
closed domain, a draft for a steward only what code_values.py lets through.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from assistant.nl2sql.drafts.word_overlap import split_words
from assistant.warehouse.sources import Reference, Source, SourceColumn, SourceTable
from assistant.warehouse.sources import quoted_name as quoted

MOST_CODES = 12  # distinct values up to which a text column is a closed domain
_LONG = 40  # characters; longer values are prose, not codes

Progress = Callable[[str, int, int], None]  # what is being read, tables done, of how many


@dataclass(frozen=True, slots=True, kw_only=True)
class HarvestedColumn:
    name: str  # in the workspace
    source: str  # in the database
    words: str
    kind: str  # string | integer | number | date | datetime | boolean
    values: tuple[str, ...] = ()  # of a closed domain
    is_key: bool = False
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HarvestedTable:
    name: str
    source: str
    words: str
    columns: tuple[HarvestedColumn, ...]
    comment: str = ""
    key_columns: int = 0  # of the declared primary key

    @property
    def key(self) -> str:
        return next((column.name for column in self.columns if column.is_key), self.columns[0].name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvested:
    tables: tuple[HarvestedTable, ...]
    joins: tuple[tuple[str, str], ...]  # declared: ("child.column", "parent.column")


ValueRule = Callable[[Source, str, SourceColumn], tuple[str, ...]]  # the values of a text column that may be known


def read_structure(
    source: Source,
    names: Mapping[str, str] | None = None,
    *,
    values: ValueRule | None = None,
    progress: Progress | None = None,
) -> Harvested:
    """Read the structure of one database. `names`: {table or table.column: words}, where somebody wrote them down.

    `values` is `every_closed_domain` where left out. Raises WarehouseError where the engine fails.
    """
    known = {key.lower(): words for key, words in (names or {}).items()}
    listed = [table for table in source.tables() if table.columns]
    found: list[HarvestedTable] = []
    for place, table in enumerate(listed, start=1):
        found.append(_table(source, table, known, values or every_closed_domain, {one.name for one in found}))
        if progress is not None:
            progress(f"harvest: {table.name}", place, len(listed))
    by_source = {table.source.lower(): table for table in found}
    joins = [pair for table in listed for pair in _declared(table, by_source)]
    return Harvested(tables=tuple(found), joins=tuple(dict.fromkeys(joins)))


def every_closed_domain(source: Source, table: str, column: SourceColumn) -> tuple[str, ...]:
    """All values of a text column that holds few and short ones; () otherwise."""
    values = tuple(str(row[0]) for row in source.rows(_distinct(table, column.name)))
    closed = 0 < len(values) <= MOST_CODES and all(value.strip() and len(value) <= _LONG for value in values)
    return tuple(sorted(values)) if closed else ()


def _distinct(table: str, column: str) -> str:
    name = quoted(column)
    return f"select distinct {name} from {quoted(table)} where {name} is not null limit {MOST_CODES + 1}"


def _table(
    source: Source, table: SourceTable, known: Mapping[str, str], values: ValueRule, taken: set[str]
) -> HarvestedTable:
    names: set[str] = set()
    columns = []
    for column in table.columns:
        columns.append(_column(source, table.name, column, known, values, names))
        names.add(columns[-1].name)
    return HarvestedTable(
        name=_free(_folded(table.name), taken),
        source=table.name,
        words=known.get(table.name.lower(), _words(table.name)),
        columns=tuple(columns),
        comment=table.comment,
        key_columns=sum(column.key > 0 for column in table.columns),
    )


def _column(
    source: Source, table: str, column: SourceColumn, known: Mapping[str, str], values: ValueRule, taken: set[str]
) -> HarvestedColumn:
    kind = source.kind_of(table, column)
    return HarvestedColumn(
        name=_free(column.name.lower(), taken),
        source=column.name,
        words=known.get(f"{table}.{column.name}".lower(), _words(column.name)),
        kind=kind,
        values=values(source, table, column) if kind == "string" else (),
        is_key=column.key == 1,
        comment=column.comment,
    )


def _declared(table: SourceTable, tables: Mapping[str, HarvestedTable]) -> list[tuple[str, str]]:
    child = tables[table.name.lower()]
    return [pair for one in table.references if (pair := _pair(one, child, tables)) is not None]


def _pair(reference: Reference, child: HarvestedTable, tables: Mapping[str, HarvestedTable]) -> tuple[str, str] | None:
    parent = tables.get(reference.parent.lower())
    left = _named(child.columns, reference.column)
    if parent is None or left is None:
        return None
    right = _named(parent.columns, reference.parent_column or parent.key)
    return (f"{child.name}.{left.name}", f"{parent.name}.{right.name}") if right is not None else None


def _named(columns: Sequence[HarvestedColumn], name: str) -> HarvestedColumn | None:
    return next((column for column in columns if column.source.lower() == name.lower()), None)


def _folded(table: str) -> str:
    """A table's name in the workspace: lower case, fit to name a file and to stand before the point of an item."""
    return table.lower().replace("/", "_").replace("\\", "_").replace(".", "_")


def _free(name: str, taken: set[str]) -> str:
    """The name, numbered where two names of the database differ in nothing but their case."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free


def _words(name: str) -> str:
    return " ".join(split_words(name)) or name
