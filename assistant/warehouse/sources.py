"""A database that is looked at and never written: what a harvest reads, and what a warehouse may be filled from.

One adapter an engine (source_duckdb.py, source_sqlite.py, source_postgres.py) behind `Source`; each opens read-only by
the engine's own means, so that even a mistake of ours could change nothing. Engine messages can quote data or a
password: they stay in the adapters, and every failure is one of a few sentences.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from assistant.domain import Text
from assistant.errors import UserError

BATCH = 10_000  # rows that are fetched at once


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceColumn:
    """A column as the engine declares it; `key` is its place in the primary key from 1, 0 outside it."""

    name: str
    declared: str
    comment: str = ""
    key: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A declared foreign key of one column; `parent_column` is "" where the parent's key is meant."""

    column: str
    parent: str
    parent_column: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTable:
    name: str
    columns: tuple[SourceColumn, ...]
    comment: str = ""
    references: tuple[Reference, ...] = ()


class Source(Protocol):
    """An open database. Every method raises WarehouseError where the engine fails."""

    @property
    def address(self) -> str:
        """The URL it was opened by, without a password."""
        ...

    def stamp(self) -> str:
        """Another text whenever the rows may have changed."""
        ...

    def tables(self) -> tuple[SourceTable, ...]:
        """The base tables of the database's own schema, in its order."""
        ...

    def kind_of(self, table: str, column: SourceColumn) -> str:
        """string | integer | number | date | datetime | boolean."""
        ...

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows of one reading statement of ours."""
        ...

    def batches(self, table: str, columns: Sequence[str]) -> Iterator[list[tuple[Any, ...]]]:
        """The rows of a table, at most BATCH at once."""
        ...

    def close(self) -> None: ...


def open_source(url: str) -> Source:
    """Open `url` read-only: a file (DuckDB or SQLite, told by its content), duckdb:///, sqlite:/// or postgresql://.

    Raises UserError: no such file, no database, an engine we have no adapter for, a driver or server that is missing.
    """
    scheme = url.partition("://")[0].lower() if "://" in url else ""
    if scheme in ("postgresql", "postgres"):
        from assistant.warehouse.source_postgres import PostgresSource

        return PostgresSource(url)
    path = _path(url, scheme)
    kind = _file_kind(path)
    if scheme and kind != scheme:
        zh, en = f"{path} 不是 {scheme} 库。", f"{path} is no {scheme} database."
        raise UserError(Text(zh=f"{zh}请核对地址。", en=f"{en} Check the address."))
    if kind == "duckdb":
        from assistant.warehouse.source_duckdb import DuckDbSource

        return DuckDbSource(path)
    from assistant.warehouse.source_sqlite import SqliteSource

    return SqliteSource(path, dates=True)


def _path(url: str, scheme: str) -> Path:
    if scheme not in ("", "sqlite", "duckdb"):
        raise UserError(
            Text(
                zh=f"不支持 {scheme}:// 地址。可用：DuckDB 或 SQLite 文件、duckdb:///、sqlite:///、postgresql://。",
                en=f"{scheme}:// is not supported. Use a DuckDB or SQLite file, duckdb:///, sqlite:/// or "
                "postgresql://.",
            )
        )
    written = unquote(urlsplit(url).path).removeprefix("/") if scheme else url  # sqlite:////abs and sqlite:///relative
    path = Path(written).expanduser()
    if not path.is_file():
        raise UserError(
            Text(zh=f"没有文件 {path}。请核对路径。", en=f"There is no file {path}. Check the path."),
        )
    return path.resolve()


def _file_kind(path: Path) -> str:
    """sqlite or duckdb, by the file's first bytes."""
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as problem:
        reason = problem.strerror or type(problem).__name__
        raise UserError(
            Text(
                zh=f"无法读取 {path}：{reason}。请检查权限。", en=f"{path} cannot be read: {reason}. Check its rights."
            )
        ) from None
    if head.startswith(b"SQLite format 3\0"):
        return "sqlite"
    if head[8:12] == b"DUCK":
        return "duckdb"
    raise UserError(
        Text(
            zh=f"{path} 既不是 DuckDB 库，也不是 SQLite 库。请指定数据库文件。",
            en=f"{path} is neither a DuckDB nor a SQLite database. Name a database file.",
        )
    )


def failed(address: str) -> Text:
    """What is told where an engine fails while it is read; its own words may quote data."""
    return Text(
        zh=f"读取 {address} 失败。请确认库可读、没有被其他程序独占，然后重试。",
        en=f"{address} could not be read. Make sure that nobody else holds it exclusively, and try again.",
    )


def quoted_name(name: str) -> str:
    """A name in double quotes, as all engines here read it."""
    return '"' + name.replace('"', '""') + '"'


def declared_kind(declared: str) -> str:
    """The kind of a column of an engine that enforces its types.

    >>> declared_kind("NUMERIC(10,2)"), declared_kind("TIMESTAMP WITH TIME ZONE"), declared_kind("VARCHAR(20)")
    ('number', 'datetime', 'string')
    """
    low = declared.lower()
    if "[" in low or low.startswith(("struct", "map", "interval", "union")):
        return "string"
    for kind, words in _KINDS:
        if any(word in low for word in words):
            return kind
    return "string"


_KINDS = (
    ("boolean", ("bool",)),
    ("datetime", ("timestamp", "datetime")),
    ("date", ("date",)),
    ("integer", ("int", "serial")),
    ("number", ("dec", "num", "real", "doub", "float", "money")),
)
