"""A DuckDB file as a source: opened read-only and sealed off like the warehouse itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from assistant.domain import Text
from assistant.errors import UserError, WarehouseError
from assistant.warehouse.sources import BATCH, Reference, SourceColumn, SourceTable, declared_kind, failed
from assistant.warehouse.sources import quoted_name as quoted

_OWN = "database_name = current_database() and schema_name = current_schema()"


class DuckDbSource:
    """`sources.Source` over a DuckDB file. Raises UserError where it cannot be opened."""

    def __init__(self, file: Path) -> None:
        import duckdb

        self._file = file
        try:
            self._connection: Any = duckdb.connect(str(file), read_only=True, config=dict(_SEALED))
            self._connection.execute("SET enable_external_access = false")
            self._connection.execute("SET lock_configuration = true")
        except duckdb.Error:
            raise UserError(
                Text(
                    zh=f"{file} 无法作为 DuckDB 库只读打开：可能正被其他程序写入，或版本不同。请核对。",
                    en=f"{file} cannot be opened read-only as a DuckDB database: another program may be writing to "
                    "it, or its version differs. Check it.",
                )
            ) from None
        self._failures: type[Exception] = duckdb.Error

    @property
    def address(self) -> str:
        return f"duckdb:///{self._file}"

    def stamp(self) -> str:
        told = self._file.stat()
        return f"{told.st_size}-{told.st_mtime_ns}"

    def tables(self) -> tuple[SourceTable, ...]:
        listed = self.rows(f"select table_name, comment from duckdb_tables() where {_OWN} order by table_oid")
        keys = self._constraints("PRIMARY KEY")
        references = self._constraints("FOREIGN KEY")
        return tuple(
            SourceTable(
                name=name,
                comment=comment or "",
                columns=self._columns(name, keys),
                references=tuple(
                    Reference(column=columns[0], parent=parent, parent_column=parents[0] if parents else "")
                    for table, columns, parent, parents in references
                    if table == name and len(columns) == 1 and parent
                ),
            )
            for name, comment in listed
        )

    def _columns(self, table: str, keys: Sequence[tuple[Any, ...]]) -> tuple[SourceColumn, ...]:
        own = next((list(columns) for name, columns, *_ in keys if name == table), [])
        listed = self.rows(
            f"select column_name, data_type, comment from duckdb_columns() where {_OWN} and not internal "
            f"and table_name = {_text(table)} order by column_index"
        )
        return tuple(
            SourceColumn(name=name, declared=kind, comment=comment or "", key=own.index(name) + 1 if name in own else 0)
            for name, kind, comment in listed
        )

    def _constraints(self, kind: str) -> list[tuple[Any, ...]]:
        return self.rows(
            "select table_name, constraint_column_names, referenced_table, referenced_column_names "
            f"from duckdb_constraints() where {_OWN} and constraint_type = '{kind}' order by table_oid"
        )

    def kind_of(self, table: str, column: SourceColumn) -> str:
        return declared_kind(column.declared)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        try:
            found: list[tuple[Any, ...]] = self._connection.cursor().execute(sql).fetchall()
        except self._failures:
            raise WarehouseError(failed(self.address)) from None
        return found

    def batches(self, table: str, columns: Sequence[str]) -> Iterator[list[tuple[Any, ...]]]:
        listed = ", ".join(quoted(column) for column in columns)
        try:
            cursor = self._connection.cursor().execute(f"select {listed} from {quoted(table)}")
            while rows := cursor.fetchmany(BATCH):
                yield rows
        except self._failures:
            raise WarehouseError(failed(self.address)) from None

    def close(self) -> None:
        self._connection.close()


_SEALED: tuple[tuple[str, str], ...] = (
    ("temp_directory", ""),
    ("allow_unsigned_extensions", "false"),
    ("allow_community_extensions", "false"),
    ("autoinstall_known_extensions", "false"),
    ("autoload_known_extensions", "false"),
)


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
