"""Percentiles in round numbers: the value, every spelling, and what runs unrounded is stopped."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal

import duckdb
import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain import AuthorizedQuery, Rounding, SqlDraft, ValidatedQuery
from assistant.nl2sql import rewriting, validation
from assistant.nl2sql.rounding import is_percentile, is_rounded, round_percentiles

SCHEMA = {"pay": {"person": "varchar", "salary": "integer", "grade": "varchar"}}
ROUNDING = Rounding(table="pay", digits=3)
PERCENTILES = [
    "median(salary)",
    "quantile_cont(salary, 0.25)",
    "quantile_disc(salary, 0.25)",
    "percentile_cont(0.25) within group (order by salary)",
    "median(salary) filter (where grade = 'a')",
    "approx_quantile(salary, 0.5)",
    "mad(salary)",
]


def _rounded(sql: str) -> str:
    return round_percentiles(sqlglot.parse_one(sql, dialect="duckdb"), 3).sql(dialect="duckdb")


@given(st.floats(min_value=-1e12, max_value=1e12).filter(lambda value: value == 0 or abs(value) > 1e-6))
def test_three_significant_digits(value: float) -> None:
    (found,) = duckdb.execute(_rounded(f"select median(x) from (values ({value!r}::double)) t(x)")).fetchone() or ()
    size = 10.0 ** math.floor(math.log10(abs(value))) if value else 1.0
    assert abs(found - value) <= size / 200 * (1 + 1e-9)  # half a unit of the third digit
    assert abs(found / size * 100 - round(found / size * 100)) < 1e-6


def test_no_value_stays_none() -> None:
    assert duckdb.execute(_rounded("select median(x) from (select 1 as x where false) t")).fetchone() == (None,)


@pytest.mark.parametrize("percentile", PERCENTILES)
def test_every_spelling_is_rounded_where_it_stands(percentile: str) -> None:
    sql = f"select {percentile} - 7515 as d from pay"
    assert not all(
        is_rounded(node, 3, "duckdb") for node in sqlglot.parse_one(sql, dialect="duckdb").walk() if is_percentile(node)
    )
    tree = sqlglot.parse_one(_rounded(sql), dialect="duckdb")
    assert all(is_rounded(node, 3, "duckdb") for node in tree.walk() if is_percentile(node))
    with duckdb.connect() as database:
        database.execute(
            "create table pay as select i::varchar person, 5000 + 37 * i salary, 'a' grade from range(51) t(i)"
        )
        (exact,) = database.execute(f"select {percentile} from pay").fetchone() or ()
        (found,) = database.execute(_rounded(sql)).fetchone() or ()
    assert found + 7515 == pytest.approx(_by_hand(exact))


def _by_hand(value: float) -> float:
    number = Decimal(str(value))
    return float(number.quantize(Decimal(1).scaleb(number.adjusted() - 2), ROUND_HALF_UP))


def test_a_list_is_rounded_one_by_one() -> None:
    found = duckdb.execute(_rounded("select quantile_disc(i * 1117, [0.25, 0.5]) from range(101) t(i)")).fetchone()
    assert found == ([27900.0, 55900.0],)


@pytest.mark.parametrize("percentile", PERCENTILES)
def test_the_rewritten_statement_rounds(percentile: str) -> None:
    ready = _apply(f"select {percentile} as m from pay")
    assert isinstance(ready, AuthorizedQuery)
    assert ready.rounded
    assert "ROUND(" in ready.sql


def test_a_rewriting_that_forgets_to_round_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rewriting, "round_percentiles", lambda tree, digits: tree)
    found = _apply("select median(salary) as m from pay")
    assert isinstance(found, tuple)
    assert [one.code for one in found] == ["not_enforced"]


def _apply(sql: str) -> object:
    query = validation.validate(SqlDraft(text=sql, drafter="given"), schema=SCHEMA)
    assert isinstance(query, ValidatedQuery), query
    return rewriting.apply(query, (ROUNDING,), schema=SCHEMA)
