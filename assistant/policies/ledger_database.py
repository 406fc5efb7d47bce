"""Where a ledger keeps its rows: what any database must offer, and the embedded one (SQLite in one file).

The statements are the same everywhere (`?` marks); only the schema, the locks and the errors differ.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from assistant.domain import Text

Row: TypeAlias = tuple[Any, ...]


class LedgerDatabase(Protocol):
    """One connection, used by one thread at a time, opened on first use and again after a failure."""

    @property
    def failures(self) -> tuple[type[Exception], ...]:
        """What the other methods raise."""
        ...

    @property
    def unavailable(self) -> Text:
        """Said when they do."""
        ...

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """The rows of one statement; none where it yields none."""
        ...

    def transaction(self) -> Any:
        """A context manager: all statements in it or none."""
        ...

    def lock(self, name: str) -> None:
        """Within a transaction: until it ends, nobody else holds the lock of this name."""
        ...

    def close(self) -> None: ...


TABLES = """
create table if not exists meta(name text primary key, value {blob});
create table if not exists units(dataset text, first {integer}, hashes {blob}, primary key (dataset, first));
create table if not exists cells(
  id {identity}, dataset text, grp text, digest {blob}, units {blob}, size {integer},
  min_units {integer}, predicate text, aggregate text, data_version text, given_at {real}, left_out {integer},
  unique (dataset, grp, digest));
create index if not exists cells_by_key on cells(dataset, grp, given_at);
create index if not exists cells_by_number on cells(dataset, grp, id);
create table if not exists figures(
  id {identity}, dataset text, grp text, members {blob}, others {blob}, unique (dataset, grp, members, others));
create table if not exists amounts(
  id {identity}, dataset text, grp text, digest {blob}, cell {blob}, measure {blob}, sums {blob},
  min_units {integer}, data_version text,
  given_at {real}, unique (dataset, grp, digest, data_version));
create index if not exists amounts_by_key on amounts(dataset, grp, given_at);
create index if not exists amounts_by_number on amounts(dataset, grp, id);
create table if not exists keys(
  dataset text, grp text, version {integer}, dropped {integer}, primary key (dataset, grp));
create table if not exists row_use(subject text, dataset text, rows {integer}, used_at {real});
create index if not exists row_use_by_subject on row_use(subject, dataset, used_at);
"""


def statements(**types: str) -> Iterator[str]:
    """The schema, statement by statement, in a database's own types."""
    yield from (one.strip() for one in TABLES.format(**types).split(";") if one.strip())


class SqliteDatabase:
    """One file, shared by the threads of a process and, through the file, by processes of one machine."""

    failures: tuple[type[Exception], ...] = (sqlite3.Error, OSError)
    unavailable = Text(
        zh="披露台账暂时无法读写，因此不能给出答案。请稍后重试，或请管理员检查台账文件。",
        en="The disclosure ledger cannot be read or written, so there is no answer. Try again or have it checked.",
    )

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        return self._opened().execute(sql, parameters).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        connection = self._opened()
        connection.execute("begin immediate")
        try:
            yield
            connection.execute("commit")
        finally:
            if connection.in_transaction:
                connection.execute("rollback")

    def lock(self, name: str) -> None:
        """Nothing to do: a transaction that writes is alone on the file."""

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = _connect(self._path)
        return self._connection


def _connect(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=10.0)
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = normal")
    connection.execute("begin immediate")
    _drop_unkeyed(connection)
    kinds = {"blob": "blob", "integer": "integer", "real": "real", "identity": "integer primary key autoincrement"}
    for statement in statements(**kinds):
        connection.execute(statement)
    connection.execute("commit")
    return connection


def _drop_unkeyed(connection: sqlite3.Connection) -> None:
    """Cells of a file from before units were keyed can be compared with nothing; row counters stay."""
    tables = {name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")}
    if "meta" not in tables:
        for table in ("units", "cells", "answers"):
            connection.execute(f"drop table if exists {table}")
