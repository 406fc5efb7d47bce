"""Known traps of writing one dialect's SQL in another (STACK section 6), each with what keeps us out of it."""

from __future__ import annotations

from datetime import date

import pytest
import sqlglot
from city_words import city_model
from sqlglot import exp

from assistant.domain import QueryPlan, SqlDraft, ValidatedQuery
from assistant.nl2sql import validation
from assistant.nl2sql.parsing import fold_punctuation
from assistant.nl2sql.plans.calendars import period_of
from assistant.nl2sql.plans.compiling import compile_plan

DIALECTS = ("duckdb", "postgres", "mysql", "spark", "trino", "clickhouse", "starrocks", "oracle", "tsql", "sqlite")
YEAR = period_of(date(2024, 1, 1), date(2025, 1, 1))
TOP = QueryPlan(
    metrics=("tickets",),
    dimensions=("district",),
    period=YEAR,
    derived=("rank",),
    order_by=("tickets", "desc"),
    limit=3,
)
RATE = QueryPlan(metrics=("closed_ratio",), dimensions=("district",), period=YEAR, comparisons=("yoy",))
SERIES = QueryPlan(metrics=("tickets",), grain="month", period=YEAR, derived=("cumulative",))
SCHEMA = {
    "人口": {"年份": "INTEGER", "2023年": "INTEGER", "人口数(万人)": "DOUBLE", "gdp总量": "DOUBLE", "区": "VARCHAR"}
}


def check(text: str) -> object:
    return validation.validate(SqlDraft(text=text, drafter="given"), schema=SCHEMA)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_order_and_limit_stay_outside_of_what_is_ranked(dialect: str) -> None:
    """QUALIFY with LIMIT moves the limit below the window filter in six dialects: we write neither."""
    text = compile_plan(TOP, city_model(), dialect=dialect).text
    tree = sqlglot.parse_one(text, read=dialect)
    assert tree.find(exp.Qualify) is None
    limits = [*tree.find_all(exp.Limit), *tree.find_all(exp.Fetch)]
    assert len(limits) == 1
    assert limits[0].parent is tree or limits[0].parent_select is tree
    assert isinstance(tree, exp.Select)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("plan", [RATE, SERIES], ids=["comparison", "series"])
def test_no_filter_clause_inside_an_aggregate(dialect: str, plan: QueryPlan) -> None:
    """COUNT(*) FILTER passes through to engines that do not know it: CASE inside the aggregate instead."""
    text = compile_plan(plan, city_model(), dialect=dialect).text
    assert sqlglot.parse_one(text, read=dialect).find(exp.Filter) is None


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_name_is_quoted(dialect: str) -> None:
    """2023年人口 unquoted is the number 2023 named 年人口, and 人口数(万人) a function call."""
    for plan in (TOP, RATE, SERIES):
        tree = sqlglot.parse_one(compile_plan(plan, city_model(), dialect=dialect).text, read=dialect)
        assert all(one.args.get("quoted") for one in tree.find_all(exp.Identifier))


def test_a_name_that_begins_with_a_digit_is_not_read_as_a_number() -> None:
    quoted = check('select "2023年" from "人口"')
    assert isinstance(quoted, ValidatedQuery)
    bare = check("select 人口.2023年 from 人口")
    if isinstance(bare, ValidatedQuery):  # never silently the number
        assert "2023年" in bare.sql
        assert not any(literal.name == "2023" for literal in sqlglot.parse_one(bare.sql).find_all(exp.Literal))


def test_a_name_with_brackets_is_not_read_as_a_function() -> None:
    assert not isinstance(check("select 人口数(万人) from 人口"), ValidatedQuery)
    assert isinstance(check('select "人口数(万人)" from "人口"'), ValidatedQuery)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("select 区，年份 from 人口", "select 区,年份 from 人口"),
        ("select 区 from 人口 where 年份＝２０２３", "select 区 from 人口 where 年份=2023"),
        ("select count（1） from 人口；", "select count(1) from 人口;"),
        ("select 区 from 人口 where 区＝‘临江区’", "select 区 from 人口 where 区='临江区'"),
    ],
)
def test_full_width_punctuation_is_folded_before_parsing(text: str, folded: str) -> None:
    assert fold_punctuation(text) == folded
    assert isinstance(check(text), ValidatedQuery)


def test_the_latin_part_of_a_name_is_not_folded_into_another_column() -> None:
    """DuckDB folds GDP总量 even where it is quoted: however it is written, it is that one column."""
    for name in ("gdp总量", '"GDP总量"', "GDP总量"):
        folded = check(f"select {name} from 人口")
        assert isinstance(folded, ValidatedQuery)
        assert '"gdp总量"' in folded.sql


@pytest.mark.parametrize("text", ["select 没有 from 人口", "select 1 from 没有", 'select * from "a.csv"'])
def test_unknown_names_are_findings(text: str) -> None:
    assert not isinstance(check(text), ValidatedQuery)
