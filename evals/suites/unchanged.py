"""no_false_change: for somebody who may see everything, the real rewriter changes no result of TPC-H and TPC-DS."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assistant.domain import AuthorizedQuery, SqlDraft, ValidatedQuery
from assistant.nl2sql import rewriting, validation
from evals.reading import json_lines
from evals.result_tables import same_rows
from evals.task import Case, Observed

_GENERATORS = {"tpch": "call dbgen(sf = 0.01)", "tpcds": "call dsdgen(sf = 0.01)"}
_MOST_ROWS = 1_000_000


def unchanged_cases(data: Path | None) -> tuple[Case, ...]:
    """The queries of policy_identity_*.jsonl whose generator is installed (the duckdb-extension-* wheels)."""
    found = []
    for name in _GENERATORS:
        file = data / f"policy_identity_{name}.jsonl" if data else None
        if file is None or not file.is_file() or _extension(name) is None:
            continue
        for _, row in json_lines(file):
            body = {"kind": "no_false_change", "benchmark": name, "sql": row["sql"], "rows": row["expected"]["rows"]}
            found.append(Case(id=row["id"], text=row["id"], strata=(("kind", "no_false_change"),), body=body))
    return tuple(found)


def _extension(name: str) -> Path | None:
    package = importlib.util.find_spec(f"duckdb_extension_{name}")
    if package is None or package.origin is None:
        return None
    return next(Path(package.origin).parent.rglob("*.duckdb_extension"), None)


class Unchanged:
    """Generates a benchmark in memory at its first query and keeps it for the rest."""

    def __init__(self) -> None:
        self._made: dict[str, tuple[Any, Mapping[str, Mapping[str, str]]]] = {}

    def compare(self, case: Case) -> Observed:
        """{"same", "why", "ratio" of execution times rewritten / plain, "outcomes"}."""
        connection, schema = self._opened(case.body["benchmark"])
        sql = case.body["sql"]
        query = validation.validate(SqlDraft(text=sql, drafter="given"), schema=schema)
        if not isinstance(query, ValidatedQuery):
            return {"same": False, "why": query[0].code, "ratio": None, "outcomes": ["not validated"]}
        permit = rewriting.apply(query, (), schema=schema, row_limit=_MOST_ROWS)
        if not isinstance(permit, AuthorizedQuery):
            return {"same": False, "why": permit[0].code, "ratio": None, "outcomes": ["not rewritten"]}
        plain, plain_s = _timed(connection, sql)
        rewritten, rewritten_s = _timed(connection, permit.sql)
        same = len(plain) == case.body["rows"] and same_rows(plain, rewritten, ordered=False, strict=True)
        why = "" if same else f"{len(rewritten)} rows; plain {len(plain)}, expected {case.body['rows']}"
        return {"same": same, "why": why, "ratio": round(rewritten_s / plain_s, 3), "outcomes": ["executed"]}

    def _opened(self, name: str) -> tuple[Any, Mapping[str, Mapping[str, str]]]:
        if name not in self._made:
            import duckdb

            connection = duckdb.connect(config={"threads": "1"})
            connection.load_extension(str(_extension(name)))
            connection.execute(_GENERATORS[name])
            self._made[name] = (connection, _tables(connection))
        return self._made[name]

    def close(self) -> None:
        for connection, _ in self._made.values():
            connection.close()
        self._made.clear()


def _tables(connection: Any) -> dict[str, dict[str, str]]:
    listed = "select table_name, column_name, data_type from information_schema.columns order by ordinal_position"
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in connection.execute(listed).fetchall():
        found.setdefault(table, {})[column] = kind
    return found


def _timed(connection: Any, sql: str) -> tuple[list[tuple[Any, ...]], float]:
    start = time.perf_counter()
    rows = connection.execute(sql).fetchall()
    return rows, max(time.perf_counter() - start, 1e-6)
