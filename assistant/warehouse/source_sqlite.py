"""A SQLite file as a source, read-only. SQLite enforces no type, so the stored values say what a column is."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from assistant.domain import Text
from assistant.errors import UserError, WarehouseError
from assistant.warehouse.sources import BATCH, Reference, SourceColumn, SourceTable, failed
from assistant.warehouse.sources import quoted_name as quoted

_DAY = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]"


def open_sqlite(file: Path, *, frozen: bool = True) -> sqlite3.Connection:
    """Read-only; text that is not UTF-8 is read as far as it can be. `frozen`: nobody writes to it meanwhile."""
    mode = "mode=ro&immutable=1" if frozen else "mode=ro"
    connection = sqlite3.connect(f"{file.resolve().as_uri()}?{mode}", uri=True)
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    return connection


class SqliteSource:
    """`sources.Source` over a SQLite file.

    `dates`: text columns declared as dates that hold nothing but dates are dates. `frozen`: as open_sqlite.
    Raises UserError where the file is no database.
    """

    def __init__(self, file: Path, *, dates: bool = False, frozen: bool = False) -> None:
        self._file, self._dates = file, dates
        try:
            self._connection = open_sqlite(file, frozen=frozen)
            self._connection.execute("select count(*) from sqlite_master").fetchone()
        except sqlite3.Error:
            raise UserError(
                Text(
                    zh=f"{file} 无法作为 SQLite 库打开：可能已损坏，或被其他程序独占。请核对。",
                    en=f"{file} cannot be opened as a SQLite database: damaged, or held by another program. Check it.",
                )
            ) from None

    @property
    def address(self) -> str:
        return f"sqlite:///{self._file}"

    def stamp(self) -> str:
        told = self._file.stat()
        return f"{told.st_size}-{told.st_mtime_ns}"

    def tables(self) -> tuple[SourceTable, ...]:
        listed = self.rows("select name, sql from sqlite_master where type = 'table' and name not like 'sqlite_%'")
        return tuple(self._table(str(name), str(sql or "")) for name, sql in listed)

    def _table(self, name: str, script: str) -> SourceTable:
        columns = tuple(
            SourceColumn(
                name=str(row[1]), declared=str(row[2] or ""), key=int(row[5]), comment=_comment(script, str(row[1]))
            )
            for row in self.rows(f"pragma table_info({quoted(name)})")
        )
        references = tuple(
            Reference(column=str(row[3]), parent=str(row[2]), parent_column=str(row[4] or ""))
            for row in self.rows(f"pragma foreign_key_list({quoted(name)})")
        )
        return SourceTable(name=name, columns=columns, references=references)

    def kind_of(self, table: str, column: SourceColumn) -> str:
        name, of = quoted(column.name), quoted(table)
        stored = {str(row[0]) for row in self.rows(f"select distinct typeof({name}) from {of}")} - {"null"}
        kind = _kind(stored, column.declared)
        if self._dates and kind == "string" and "date" in column.declared.lower() and stored:
            odd = f"select 1 from {of} where {name} is not null and {name} not glob '{_DAY}' limit 1"
            return "string" if self.rows(odd) else "date"
        return kind

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(sql).fetchall()
        except sqlite3.Error:
            raise WarehouseError(failed(self.address)) from None

    def batches(self, table: str, columns: Sequence[str]) -> Iterator[list[tuple[Any, ...]]]:
        listed = ", ".join(quoted(column) for column in columns)
        try:
            cursor = self._connection.execute(f"select {listed} from {quoted(table)}")
            while rows := cursor.fetchmany(BATCH):
                yield rows
        except sqlite3.Error:
            raise WarehouseError(failed(self.address)) from None

    def close(self) -> None:
        self._connection.close()


def _kind(stored: set[str], declared: str) -> str:
    if stored:
        return "integer" if stored == {"integer"} else "number" if stored <= {"integer", "real"} else "string"
    low = declared.lower()
    return (
        "integer" if "int" in low else "number" if any(t in low for t in ("real", "num", "floa", "doub")) else "string"
    )


def _comment(script: str, column: str) -> str:
    """What the author of the table wrote behind the column (`-- 姓名`); SQLite itself keeps no comments."""
    name = rf"(?:{re.escape(column)}|[\"`\[]{re.escape(column)}[\"`\]])"
    found = re.search(rf"(?:^|[(,\n])\s*{name}\s[^\n]*?--\s*([^\n]+)", script)
    return found[1].strip() if found else ""
