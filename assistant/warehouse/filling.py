"""Rows of a workspace's own database -> the embedded warehouse: only the columns that a steward has classified.

What nobody has classified is not served, so it is not copied either; the column is there and empty. Levels that may
never be served or ingested (core data, work and state secrets) are left out the same way.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.catalog import Catalog, read_catalog
from assistant.catalog_checks import NOT_SERVED
from assistant.domain import Text
from assistant.errors import ConfigurationError
from assistant.warehouse.sources import Source
from assistant.yaml_source import build, read_yaml

SOURCE_FILE = "warehouse/source.yaml"
COLUMN_TYPES = {
    "string": "varchar",
    "integer": "bigint",
    "number": "double",
    "date": "date",
    "datetime": "timestamp",
    "boolean": "boolean",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedTable:
    """What a table of the workspace is called in its database; columns: (in the workspace, in the database)."""

    table: str
    source: str
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceNames:
    tables: tuple[NamedTable, ...] = ()


def source_names(folder: Path) -> SourceNames:
    """`<folder>/warehouse/source.yaml`. Raises ConfigurationError naming file, line and key."""
    return build(SourceNames, read_yaml(folder / SOURCE_FILE, ConfigurationError), ConfigurationError)


def served_columns(catalog: Catalog) -> Mapping[str, tuple[str, ...]]:
    """{table: the columns that a person has classified and that may be served}."""
    return {
        resource.table: tuple(
            element.column
            for element in resource.elements
            if element.column and element.label is not None and element.label.level not in NOT_SERVED
        )
        for resource in catalog.resources
        if resource.table and resource.level not in NOT_SERVED
    }


def labels_fingerprint(folder: Path) -> str:
    """16 hex digits over what decides which columns are copied, from where: it changes when a steward classifies."""
    served = sorted(served_columns(read_catalog(folder)[0]).items())
    names = (folder / SOURCE_FILE).read_bytes() if (folder / SOURCE_FILE).is_file() else b""
    return hashlib.sha256(repr(served).encode() + b"\0" + names).hexdigest()[:16]


def fill(
    connection: Any, source: Source, folder: Path, kinds: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[str, int]]:
    """Copy the served columns; (table, rows) as each is done. `kinds`: {table: {column: type in the warehouse}}.

    Raises ConfigurationError where a table of source.yaml is not in schema.sql or its values do not fit their types,
    WarehouseError where the source cannot be read.
    """
    served = served_columns(read_catalog(folder)[0])
    for named in source_names(folder).tables:
        own = kinds.get(named.table, {})
        pairs = [pair for pair in named.columns if pair[0] in served.get(named.table, ())]
        odd = [column for column, _ in pairs if column not in own]
        if odd:
            zh, en = f"schema.sql 中没有 {named.table}.{odd[0]}。", f"schema.sql does not have {named.table}.{odd[0]}."
            raise ConfigurationError(Text(zh=zh, en=en), file=folder / SOURCE_FILE, key=named.table)
        yield named.table, _copy(connection, source, named, pairs, own) if pairs else 0


def _copy(
    connection: Any, source: Source, named: NamedTable, pairs: Sequence[tuple[str, str]], kinds: Mapping[str, str]
) -> int:
    import duckdb
    import numpy

    columns = [column for column, _ in pairs]
    chosen = ", ".join(f'CAST("{at}" AS {kinds[column]})' for at, column in enumerate(columns))
    into = ", ".join('"' + column.replace('"', '""') + '"' for column in columns)
    count = 0
    for rows in source.batches(named.source, [written for _, written in pairs]):
        arrays = {}
        for at in range(len(columns)):
            arrays[str(at)] = numpy.array([_as_text(row[at]) for row in rows] + [None], dtype=object)[:-1]
        connection.register("incoming", arrays)
        try:
            connection.execute(f'INSERT INTO "{named.table}" ({into}) SELECT {chosen} FROM incoming')
        except duckdb.DataError:
            raise _unfit(named) from None
        finally:
            connection.unregister("incoming")
        count += len(rows)
    return count


def _as_text(value: Any) -> str | None:
    """A value as the engine casts it back; empty text is nothing, as it is in a CSV file."""
    if value is None or value == "":
        return None
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)


def _unfit(named: NamedTable) -> ConfigurationError:
    """Without the engine's words: they quote the value."""
    return ConfigurationError(
        Text(
            zh=f"表 {named.source} 里有与 schema.sql 所写类型不符的值。请在 schema.sql 和编目中改用 varchar / string。",
            en=f"The table {named.source} holds values that do not fit their types in schema.sql. Use varchar / string "
            "there and in the catalog.",
        ),
        file=SOURCE_FILE,
        key=named.table,
    )
