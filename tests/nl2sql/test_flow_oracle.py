"""No column reaches a result unseen: two worlds that differ only in what the facts do not name give the same result.

The engine is the oracle. Every statement of the case files that the gate accepts is run over small random tables, and
again after every value of every column (and every row of every table) outside its facts was replaced. A result that
moves was read from a column that the analyser missed.
"""

from __future__ import annotations

import datetime as dt
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.domain import QueryFacts, SqlDraft, ValidatedQuery
from assistant.nl2sql import facts as fact_reading
from assistant.nl2sql import validation

CASES = Path(__file__).parents[1] / "cases"
ROWS = 9
Schema = dict[str, dict[str, str]]
World = dict[str, list[dict[str, Any]]]


def statements() -> Iterator[str]:
    for name in ("facts", "attacks", "smuggled"):
        for case in yaml.safe_load((CASES / f"{name}.yaml").read_text(encoding="utf-8")):
            yield case["sql"]


def random_value(kind: str, chance: random.Random) -> Any:
    """Few values each, so that groups, joins and comparisons meet."""
    kind = kind.lower()
    if kind == "date":
        return dt.date(2025, 1, 1) + dt.timedelta(days=chance.randrange(9))
    if kind == "timestamp":
        return dt.datetime(2025, 1, 1) + dt.timedelta(hours=chance.randrange(9))
    if kind == "boolean":
        return chance.random() < 0.5
    if kind.startswith("int"):
        return chance.randrange(5)
    return chance.randrange(5) / 2 if kind == "double" else chance.choice(["a", "b", "c", "R2", "D01", "x", "1"])


def random_world(schema: Schema, seed: int) -> World:
    chance = random.Random(seed)
    return {
        table: [{name: random_value(kind, chance) for name, kind in columns.items()} for _ in range(ROWS)]
        for table, columns in schema.items()
    }


def elsewhere(world: World, other: World, facts: QueryFacts) -> World:
    """`world` with everything that the facts do not name taken from `other`; unnamed tables lose rows too."""
    used = {(use.table, use.column) for use in facts.uses}
    mixed = {
        table: [
            {name: (row if (table, name) in used else row2)[name] for name in row}
            for row, row2 in zip(rows, other[table], strict=True)
        ]
        for table, rows in world.items()
    }
    return {table: rows if table in facts.tables else rows[: ROWS // 2] for table, rows in mixed.items()}


class Engine:
    def __init__(self, schema: Schema) -> None:
        import duckdb

        self.schema = schema
        self._error = duckdb.Error
        self._connection = duckdb.connect()
        self._connection.execute("set threads = 1")

    def result(self, sql: str, world: World) -> list[str]:
        for table in self.schema:
            if re.search(rf"\b{table}\b", sql):
                self._fill(table, world[table])
        try:
            return sorted(map(repr, self._connection.execute(sql).fetchall()))
        except self._error as error:  # any failure is an observation too
            return [type(error).__name__]

    def _fill(self, table: str, rows: list[dict[str, Any]]) -> None:
        columns = ", ".join(f'"{name}" {kind}' for name, kind in self.schema[table].items())
        self._connection.execute(f"create or replace table {table} ({columns})")
        marks = ", ".join("?" * len(self.schema[table]))
        self._connection.executemany(f"insert into {table} values ({marks})", [list(row.values()) for row in rows])


@pytest.fixture(scope="module")
def engine(schema: Schema) -> Engine:
    return Engine(schema)


def missed(sql: str, engine: Engine) -> bool | None:
    """True where the result moves with something outside the facts; None where the gate refuses the statement."""
    query = validation.validate(SqlDraft(text=sql, drafter="given"), schema=engine.schema)
    if not isinstance(query, ValidatedQuery):
        return None
    for seed in range(2):
        world, other = random_world(engine.schema, seed), random_world(engine.schema, seed + 50)
        if engine.result(query.sql, world) != engine.result(query.sql, elsewhere(world, other, query.facts)):
            return True
    return False


def test_no_column_reaches_a_result_unseen(engine: Engine) -> None:
    verdicts = {sql: missed(sql, engine) for sql in statements()}
    assert [sql for sql, found in verdicts.items() if found] == []
    assert sum(found is False for found in verdicts.values()) >= 60


SMUGGLED = "select x from (values ((select max(name) from pop_resident))) as t(x)"


def test_the_oracle_sees_what_a_blind_reader_misses(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    assert missed(SMUGGLED, engine) is None
    monkeypatch.setattr(fact_reading, "unread", lambda tree, seen: ())
    assert missed(SMUGGLED, engine) is True
