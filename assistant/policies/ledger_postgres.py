"""The ledger's rows in PostgreSQL, for several processes or machines. The home of psycopg.

Locks are advisory and end with their transaction: one for every data set and collusion group while an answer is
checked and recorded, one for every data set while its units get numbers. Everything lives in a schema of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from assistant.domain import Text
from assistant.policies.ledger_database import Row, statements

_SCHEMA = "govdata_ledger"
_KINDS = {
    "blob": "bytea",
    "integer": "bigint",
    "real": "double precision",
    "identity": "bigint generated always as identity primary key",
}
_PATIENCE_MS = 10_000  # for one statement or lock


class DriverMissing(Exception):
    """psycopg is not installed."""


class PostgresDatabase:
    """A connection to `url` (a libpq connection string), made on first use and again after a failure."""

    unavailable = Text(
        zh="披露台账数据库暂时无法连接，因此不能给出答案。请稍后重试，或请管理员检查台账数据库。",
        en="The disclosure ledger's database cannot be reached, so there is no answer. Try again or have it checked.",
    )

    def __init__(self, url: str, *, connect_timeout_s: int = 5) -> None:
        self._url = url
        self._connect_timeout_s = connect_timeout_s
        self._connection: Any = None

    @property
    def failures(self) -> tuple[type[Exception], ...]:
        try:
            import psycopg
        except ImportError:
            return (DriverMissing, OSError)
        return (psycopg.Error, OSError)

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        cursor = self._opened().execute(sql.replace("?", "%s"), parameters)
        return cursor.fetchall() if cursor.description is not None else []

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._opened().transaction():
            yield

    def lock(self, name: str) -> None:
        self.execute("select pg_advisory_xact_lock(hashtextextended(?, 0))", (f"{_SCHEMA} {name}",))

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _opened(self) -> Any:
        if self._connection is None or self._connection.closed:
            self._connection = None
            self._connection = self._connect()
        return self._connection

    def _connect(self) -> Any:
        try:
            import psycopg
        except ImportError:
            raise DriverMissing from None
        connection = psycopg.connect(
            self._url, autocommit=True, connect_timeout=self._connect_timeout_s, prepare_threshold=None
        )
        try:
            for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
                connection.execute(f"set {name} = {_PATIENCE_MS}")
            connection.execute(f"set search_path to {_SCHEMA}")
            if not _is_made(connection):  # a role that may not create tables can use those that are there
                _make(connection)
        except psycopg.Error:
            connection.close()
            raise
        return connection


def _is_made(connection: Any) -> bool:
    return bool(connection.execute(f"select to_regclass('{_SCHEMA}.figures') is not null").fetchone()[0])


def _make(connection: Any) -> None:
    """The schema and its tables; of two processes that start together, the second finds them made."""
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"{_SCHEMA} schema",))
        connection.execute(f"create schema if not exists {_SCHEMA}")
        for statement in statements(**_KINDS):
            connection.execute(statement)
