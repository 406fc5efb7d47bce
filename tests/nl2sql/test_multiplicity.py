"""Every protected row counts once: real joins over the fixture, what they may and may not repeat."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlglot
import yaml
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify

from assistant.domain import AuthorizedQuery, PrivacyUnit, SqlDraft, UnitThreshold, ValidatedQuery
from assistant.nl2sql import rewriting, validation
from assistant.nl2sql.multiplicity import Multiplicity
from assistant.nl2sql.normal_form import normalise
from assistant.warehouse.duckdb import DuckDbWarehouse

CASES = yaml.safe_load((Path(__file__).parents[1] / "cases" / "multiplicity.yaml").read_text(encoding="utf-8"))
UNITS = {"pop_resident": "person_id", "health_visit": "person_id", "mca_lowincome": "person_id"}


@pytest.fixture(scope="module")
def warehouse(fixture_file: Path) -> DuckDbWarehouse:
    return DuckDbWarehouse(fixture_file, threads=1, memory_limit="500MB")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_row_counts_once_or_the_query_is_refused(case: dict[str, Any], warehouse: DuckDbWarehouse) -> None:
    schema = warehouse.schema()
    query = validation.validate(SqlDraft(text=case["sql"], drafter="given"), schema=schema)
    assert isinstance(query, ValidatedQuery), query
    rules = tuple(
        UnitThreshold(table=table, unit_column=UNITS[table], unit=PrivacyUnit.PERSON, min_units=10)
        for table in query.facts.tables
        if table in UNITS
    )
    ready = rewriting.apply(query, rules, schema=schema, unique=warehouse.unique)
    allowed = query.facts.countable and isinstance(ready, AuthorizedQuery)
    assert allowed is case["once"], case["why"]


def test_without_keys_nothing_is_single() -> None:
    sql = "select count(*) as n from pop_resident as r join dim_district as d on d.district_code = r.district_code"
    schema = {name: {"district_code": "text"} for name in ("pop_resident", "dim_district")}
    tree = normalise(annotate_types(qualify(sqlglot.parse_one(sql, dialect="duckdb"), schema=schema), schema=schema))
    once = [
        Multiplicity({"pop_resident": frozenset({"person_id"})}, unique).counts_once(tree)
        for unique in (lambda table, columns: False, lambda table, columns: "district_code" in columns)
    ]
    assert once == [False, True]


def test_a_key_of_the_engine_is_a_key(warehouse: DuckDbWarehouse) -> None:
    assert warehouse.unique("dim_district", frozenset({"district_code"}))
    assert warehouse.unique("pop_resident", frozenset({"person_id", "gender"}))
    assert not warehouse.unique("pop_resident", frozenset({"gender"}))
    assert not warehouse.unique("pop_resident", frozenset())
    assert not warehouse.unique("pop_resident", frozenset({"no_such_column"}))
    assert not warehouse.unique("no_such_table", frozenset({"person_id"}))
