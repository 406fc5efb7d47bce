"""No false change: for a user cleared for everything, the real rewriter changes no result of TPC-H or TPC-DS.

The queries are those beside the checkout; the data are generated here (scale factor 0.01). Ratios of execution time
(better of two runs on each side) are printed with `-s`.
"""

from __future__ import annotations

import importlib.util
import json
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.domain import AuthorizedQuery, SqlDraft, ValidatedQuery
from assistant.nl2sql import rewriting, validation

QUERIES = Path(__file__).parents[3] / "shared" / "data" / "safety"
GENERATORS = {"tpch": "call dbgen(sf = 0.01)", "tpcds": "call dsdgen(sf = 0.01)"}
EXPECTED = {"tpch": 22, "tpcds": 99}

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module", params=sorted(GENERATORS))
def benchmark(request: pytest.FixtureRequest) -> Iterator[tuple[str, Any]]:
    import duckdb

    name = request.param
    package = importlib.util.find_spec(f"duckdb_extension_{name}")
    if package is None or package.origin is None:
        pytest.skip(f"duckdb-extension-{name} is not installed")
    if not (QUERIES / f"policy_identity_{name}.jsonl").is_file():
        pytest.skip("the benchmark queries are not beside the checkout")
    connection = duckdb.connect(config={"threads": "1"})
    connection.load_extension(str(next(Path(package.origin).parent.rglob("*.duckdb_extension"))))
    connection.execute(GENERATORS[name])
    yield name, connection
    connection.close()


def tables_of(connection: Any) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    listed = "select table_name, column_name, data_type from information_schema.columns order by ordinal_position"
    for table, column, kind in connection.execute(listed).fetchall():
        found.setdefault(table, {})[column] = kind
    return found


def bag(rows: list[tuple[Any, ...]]) -> Counter[tuple[str, ...]]:
    return Counter(tuple(f"{v:.8g}" if isinstance(v, float) else str(v) for v in row) for row in rows)


def timed(connection: Any, sql: str) -> tuple[list[tuple[Any, ...]], float]:
    taken = []
    for _ in range(2):
        start = time.perf_counter()
        rows = connection.execute(sql).fetchall()
        taken.append(time.perf_counter() - start)
    return rows, min(taken)


def test_every_result_is_identical(benchmark: tuple[str, Any]) -> None:
    name, connection = benchmark
    schema = tables_of(connection)
    ratios: list[float] = []
    changed: list[str] = []
    lines = (QUERIES / f"policy_identity_{name}.jsonl").read_text(encoding="utf-8").splitlines()
    for case in map(json.loads, lines):
        plain, plain_s = timed(connection, case["sql"])
        query = validation.validate(SqlDraft(text=case["sql"], drafter="given"), schema=schema)
        assert isinstance(query, ValidatedQuery), (case["id"], query)
        permit = rewriting.apply(query, (), schema=schema, row_limit=1_000_000)
        assert isinstance(permit, AuthorizedQuery), (case["id"], permit)
        rewritten, rewritten_s = timed(connection, permit.sql)
        ratios.append(rewritten_s / plain_s)
        if bag(plain) != bag(rewritten) or len(plain) != case["expected"]["rows"]:
            changed.append(case["id"])
    print(f"\n{name}: {len(lines)} queries, cost ratio median {statistics.median(ratios):.2f}, worst {max(ratios):.2f}")
    assert len(lines) == EXPECTED[name]
    assert changed == []
