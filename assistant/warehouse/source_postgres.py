"""A PostgreSQL database as a source: one session that the server itself holds read-only. Needs the `postgres` extra."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from assistant.domain import Text
from assistant.errors import UserError, WarehouseError
from assistant.warehouse.sources import BATCH, Reference, SourceColumn, SourceTable, declared_kind, failed
from assistant.warehouse.sources import quoted_name as quoted

_READ_ONLY = "-c default_transaction_read_only=on -c statement_timeout=600000"
_TABLES = """select c.relname, coalesce(obj_description(c.oid, 'pg_class'), '') from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where n.nspname = current_schema() and c.relkind in ('r', 'p') and not c.relispartition order by c.oid"""
_COLUMNS = """select c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
coalesce(col_description(c.oid, a.attnum), ''), coalesce(array_position(k.conkey::int2[], a.attnum), 0)
from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
left join pg_constraint k on k.conrelid = c.oid and k.contype = 'p'
where n.nspname = current_schema() and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
order by c.oid, a.attnum"""
_REFERENCES = """select c.relname, a.attname, p.relname, b.attname from pg_constraint k
join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
join pg_class p on p.oid = k.confrelid
join pg_attribute a on a.attrelid = c.oid and a.attnum = k.conkey[1]
join pg_attribute b on b.attrelid = p.oid and b.attnum = k.confkey[1]
where n.nspname = current_schema() and k.contype = 'f' and array_length(k.conkey, 1) = 1 order by k.oid"""


class PostgresSource:
    """`sources.Source` over the current schema of `url`. Raises UserError where it cannot be opened."""

    def __init__(self, url: str, *, connect_timeout_s: int = 10) -> None:
        try:
            import psycopg
        except ImportError:
            raise UserError(
                Text(
                    zh="没有安装 PostgreSQL 驱动。请运行 pip install '.[postgres]'。",
                    en="The PostgreSQL driver is not installed. Run pip install '.[postgres]'.",
                )
            ) from None
        self._url = url
        self._failures: tuple[type[Exception], ...] = (psycopg.Error, OSError)
        try:
            self._connection: Any = psycopg.connect(
                url, connect_timeout=connect_timeout_s, options=_READ_ONLY, autocommit=True
            )
        except self._failures:
            raise UserError(
                Text(
                    zh=f"无法连接 {self.address}。请核对地址、账号和网络（密码可用 PGPASSWORD 给出）。",
                    en=f"{self.address} cannot be reached. Check address, account and network (the password may come "
                    "from PGPASSWORD).",
                )
            ) from None

    @property
    def address(self) -> str:
        parts = urlsplit(self._url)
        user = f"{parts.username}@" if parts.username else ""
        said = urlencode([(key, value) for key, value in parse_qsl(parts.query) if "pass" not in key.lower()], safe="/")
        return urlunsplit(("postgresql", f"{user}{parts.netloc.rpartition('@')[2]}", parts.path, said, ""))

    def stamp(self) -> str:
        """A server does not tell when rows changed: every look may find others."""
        return f"{time.time_ns()}"

    def tables(self) -> tuple[SourceTable, ...]:
        columns, references = self.rows(_COLUMNS), self.rows(_REFERENCES)
        return tuple(
            SourceTable(
                name=name,
                comment=comment,
                columns=tuple(
                    SourceColumn(name=column, declared=kind, comment=said, key=key)
                    for table, column, kind, said, key in columns
                    if table == name
                ),
                references=tuple(
                    Reference(column=column, parent=parent, parent_column=key)
                    for table, column, parent, key in references
                    if table == name
                ),
            )
            for name, comment in self.rows(_TABLES)
        )

    def kind_of(self, table: str, column: SourceColumn) -> str:
        return declared_kind(column.declared)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        try:
            found: list[tuple[Any, ...]] = self._connection.execute(sql).fetchall()
        except self._failures:
            raise WarehouseError(failed(self.address)) from None
        return found

    def batches(self, table: str, columns: Sequence[str]) -> Iterator[list[tuple[Any, ...]]]:
        listed = ", ".join(quoted(column) for column in columns)
        try:
            with self._connection.transaction(), self._connection.cursor(name="govdata_rows") as cursor:
                cursor.execute(f"select {listed} from {quoted(table)}")
                while rows := cursor.fetchmany(BATCH):
                    yield rows
        except self._failures:
            raise WarehouseError(failed(self.address)) from None

    def close(self) -> None:
        self._connection.close()
