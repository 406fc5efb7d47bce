"""The embedded governed store: DuckDB, read-only, sealed off, one cursor a query. It runs an AuthorizedQuery only.

Sealing (tried on 1.5.5): read-only file, no external access, no extensions loaded on demand, configuration locked,
nothing spilled to disk. The validation gate is the first fence; this is the second. Error text of the engine can
quote data, so it never leaves this module: every failure is one of a few constant sentences.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from assistant.domain import AuthorizedQuery, CellFacts, Column, OutputFact, OutputKind, ResultTable, Scalar, Text
from assistant.errors import QueryTimeout, QueryTooLarge, WarehouseError
from assistant.warehouse.probe_cells import cell_facts, flattened, unflattened

_MISSING = Text(
    zh="数据仓库文件不存在。请先运行 govdata index 建立仓库。",
    en="The warehouse file does not exist. Build it first with: govdata index.",
)
_LOCKED = Text(
    zh="数据仓库正被另一个程序写入。请等它结束后重试。",
    en="Another program is writing to the warehouse. Try again when it has finished.",
)
_UNREADABLE = Text(
    zh="数据仓库文件无法读取，可能已损坏。请运行 govdata index 重建。",
    en="The warehouse file cannot be read; it may be damaged. Rebuild it with: govdata index.",
)
_FAILED = Text(
    zh="这个查询未能完成。请换一种问法，或缩小范围后再试。",
    en="This query could not be completed. Ask in another way, or for less.",
)
_TOO_LONG = Text(zh="查询超过了时间上限。请缩小范围后再试。", en="The query took longer than allowed. Ask for less.")
_TOO_LARGE = Text(zh="查询需要的内存超过上限。请缩小范围后再试。", en="The query needs too much memory. Ask for less.")


class DuckDbWarehouse:
    """A governed DuckDB file behind the Warehouse protocol.

    `path`: the file; opened on first use. `threads`, `memory_limit`: what one process may take.
    """

    def __init__(self, path: Path, *, threads: int = 2, memory_limit: str = "2GB") -> None:
        self._path = Path(path)
        self._threads = threads
        self._memory_limit = memory_limit
        self._connection: Any = None
        self._schema: Mapping[str, Mapping[str, str]] | None = None
        self._unique: dict[tuple[str, frozenset[str]], bool] = {}
        self._version = ""  # of the file that is open
        self._opening = threading.Lock()

    @property
    def dialect(self) -> str:
        return "duckdb"

    @property
    def version(self) -> str:
        """Of the file that is open: when it was written. Raises WarehouseError."""
        self._open()
        return self._version

    def schema(self) -> Mapping[str, Mapping[str, str]]:
        """{table: {column: engine type}}, columns in their order. Raises WarehouseError."""
        if self._schema is None:
            rows = self._fetch(
                "SELECT table_name, column_name, data_type FROM information_schema.columns "
                "WHERE table_schema = 'main' ORDER BY table_name, ordinal_position",
                timeout_s=20.0,
            )
            tables: dict[str, dict[str, str]] = {}
            for table, column, kind in rows:
                tables.setdefault(table, {})[column] = kind
            self._schema = tables
        return self._schema

    def unique(self, table: str, columns: frozenset[str]) -> bool:
        """True when no two rows of `table` agree on `columns`, NULLs aside; counted once. Raises WarehouseError."""
        known = self.schema().get(table, {})
        if not columns or not columns <= known.keys():
            return False
        if (table, columns) not in self._unique:
            names = [f'"{name}"' for name in sorted(columns)]
            given = " AND ".join(f"{name} IS NOT NULL" for name in names)
            sql = f'SELECT COUNT(*) = COUNT(DISTINCT ({", ".join(names)})) FROM "{table}" WHERE {given}'
            ((single,),) = self._fetch(sql, timeout_s=20.0)
            self._unique[table, columns] = bool(single)
        return self._unique[table, columns]

    def run(self, query: AuthorizedQuery) -> ResultTable:
        """The rows of `query`, cut at its row limit, with the facts of each row's cells where it has thresholds.

        Raises WarehouseError, QueryTimeout, QueryTooLarge.
        """
        if not isinstance(query, AuthorizedQuery):
            raise TypeError("a warehouse runs an AuthorizedQuery and nothing else")
        start = time.perf_counter()
        width = len(query.columns)
        hidden: Sequence[Sequence[Mapping[str, Any] | None]] = ()
        fetched: Sequence[Sequence[Any]]
        if query.probe_sql is None:
            fetched = self._fetch(query.sql, timeout_s=query.timeout_s)
        else:
            flat = flattened(query.probe_sql, width, query.probe_cells)
            columns = self._execute(flat, lambda cursor: cursor.fetchnumpy(), timeout_s=query.timeout_s)
            pairs = unflattened(columns, width, query.probe_cells)
            fetched, hidden = [row for row, _ in pairs], [cells for _, cells in pairs]
        elapsed_ms = (time.perf_counter() - start) * 1000
        kept = fetched[: query.row_limit]
        facts = (cell_facts(one, query.probe_cells, len(query.thresholds)) for one in hidden[: query.row_limit])
        cells: tuple[tuple[CellFacts, ...], ...] = tuple(facts)
        return ResultTable(
            columns=tuple(_column(fact) for fact in query.columns),
            rows=tuple(tuple(_plain(value) for value in row) for row in kept),
            cells=cells,
            elapsed_ms=elapsed_ms,
            truncated=len(fetched) > query.row_limit,
            data_version=self._version,
        )

    def close(self) -> None:
        """Give the file back; a later query opens it again."""
        with self._opening:
            if self._connection is not None:
                self._connection.close()
            self._connection, self._schema = None, None
            self._unique.clear()

    def _fetch(self, sql: str, *, timeout_s: float) -> Sequence[Sequence[Any]]:
        rows: Sequence[Sequence[Any]] = self._execute(sql, lambda cursor: cursor.fetchall(), timeout_s=timeout_s)
        return rows

    def _execute(self, sql: str, fetch: Callable[[Any], Any], *, timeout_s: float) -> Any:
        import duckdb

        cursor = self._open().cursor()
        timer = threading.Timer(timeout_s, cursor.interrupt)
        timer.start()
        try:
            statements = cursor.extract_statements(sql)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise WarehouseError(_FAILED)
            return fetch(cursor.execute(statements[0]))
        except duckdb.InterruptException:
            raise QueryTimeout(_TOO_LONG) from None
        except duckdb.OutOfMemoryException:
            raise QueryTooLarge(_TOO_LARGE) from None
        except duckdb.Error:
            raise WarehouseError(_FAILED) from None
        finally:
            timer.cancel()
            cursor.close()

    def _open(self) -> Any:
        with self._opening:
            if self._connection is None:
                self._connection = _sealed(self._path, self._threads, self._memory_limit)
                written = self._path.stat()
                self._version = f"{written.st_mtime_ns}-{written.st_ino}"
            return self._connection


def _sealed(path: Path, threads: int, memory_limit: str) -> Any:
    import duckdb

    if not path.is_file():
        raise WarehouseError(_MISSING)
    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": str(threads),
        "memory_limit": memory_limit,
        "temp_directory": "",
        "allow_unsigned_extensions": "false",
        "allow_community_extensions": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    try:
        connection = duckdb.connect(str(path), read_only=True, config=config)
    except duckdb.IOException as error:
        raise WarehouseError(_LOCKED if "lock" in str(error).lower() else _UNREADABLE) from None
    except duckdb.ConnectionException:
        raise WarehouseError(_LOCKED) from None
    except duckdb.Error:
        raise WarehouseError(_UNREADABLE) from None
    # A second warehouse on the same file in this process shares the engine, which is sealed already.
    if not connection.execute("SELECT current_setting('lock_configuration')").fetchone()[0]:
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
    return connection


def _column(fact: OutputFact) -> Column:
    source = fact.sources[0] if len(fact.sources) == 1 and fact.kind in (OutputKind.RAW, OutputKind.KEY) else None
    role = {OutputKind.KEY: "key", OutputKind.RAW: "unit_row", OutputKind.DERIVED: "unit_row"}.get(fact.kind, "value")
    return Column(name=fact.name, element_id=source, role=role)


def _plain(value: Any) -> Scalar:
    """Engine value -> Scalar: whole decimals to int, no infinities, nested values as text."""
    if value is None or isinstance(value, str | bool | int | datetime | date):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, bytes):
        return value.hex()
    return str(value)
