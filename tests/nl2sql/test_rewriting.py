"""Obligations in the query that runs: filters and masks at every scan, and a probe that counts units right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.domain import (
    AuthorizedQuery,
    Finding,
    Mask,
    Obligation,
    PrivacyUnit,
    ResultTable,
    RowCap,
    RowFilter,
    SqlDraft,
    UnitThreshold,
    ValidatedQuery,
)
from assistant.nl2sql import rewriting, validation
from assistant.warehouse.duckdb import DuckDbWarehouse
from evals.worlds.laundering import launder

Schema = dict[str, dict[str, str]]
UNITS = {
    "pop_resident": "person_id",
    "health_visit": "person_id",
    "mca_lowincome": "person_id",
    "hr_civil_servant": "emp_id",
    "stat_survey": "respondent_code",
    "tax_return": "uscc",
    "estate_unit": "owner_person_id",
    "hotline_ticket": "caller_phone",
}


@pytest.fixture(scope="module")
def warehouse(fixture_file: Path) -> Iterator[DuckDbWarehouse]:
    opened = DuckDbWarehouse(fixture_file, threads=1, memory_limit="500MB")
    yield opened
    opened.close()


def threshold(table: str, *protected: str) -> UnitThreshold:
    return UnitThreshold(
        table=table, unit_column=UNITS[table], unit=PrivacyUnit.PERSON, min_units=10, protected_columns=protected
    )


def rewrite(sql: str, schema: Schema, *obligations: Obligation, **more: Any) -> AuthorizedQuery | tuple[Finding, ...]:
    query = validation.validate(SqlDraft(text=sql, drafter="given"), schema=schema)
    assert isinstance(query, ValidatedQuery), query
    return rewriting.apply(query, obligations, schema=schema, **more)


def authorized(sql: str, schema: Schema, *obligations: Obligation, **more: Any) -> AuthorizedQuery:
    query = rewrite(sql, schema, *obligations, **more)
    assert isinstance(query, AuthorizedQuery), query
    return query


def probed(sql: str, schema: Schema, warehouse: DuckDbWarehouse, *protected: str) -> ResultTable:
    """The result with cells, and the assertion that the probe shows the rows of the query itself."""
    query = validation.validate(SqlDraft(text=sql, drafter="given"), schema=schema)
    assert isinstance(query, ValidatedQuery), query
    tables = [table for table in query.facts.tables if table in UNITS]
    rules = [threshold(table, *protected) for table in tables]
    both = authorized(sql, schema, *rules, unique=warehouse.unique)
    plain = authorized(sql, schema)
    result, expected = warehouse.run(both), warehouse.run(plain)
    assert bag(result) == bag(expected)
    if plain.columns and query.facts.order_outputs:
        assert result.rows == expected.rows or len(set(result.rows)) == len(result.rows)
    assert all(len(cells) == len(tables) for cells in result.cells)
    return result


def bag(table: ResultTable) -> Counter[tuple[str, ...]]:
    return Counter(tuple(f"{v:.9g}" if isinstance(v, float) else str(v) for v in row) for row in table.rows)


def units(table: ResultTable, key: str | None = None) -> list[int]:
    return [cells[0].units for row, cells in zip(table.rows, table.cells, strict=True) if key in (None, row[0])]


def test_a_filter_stands_inside_every_scan(schema: Schema, warehouse: DuckDbWarehouse) -> None:
    own = RowFilter(table="mca_lowincome", column="district_code", values=("D03",))
    sql = (
        "select (select count(*) from mca_lowincome) a, count(*) b from mca_lowincome x join "
        "mca_lowincome y using (case_id) where 1=1 or x.district_code='D01'"
    )
    query = authorized(sql, schema, own)
    assert query.sql.count("'D03'") == 3
    inside = authorized("select count(*) n from mca_lowincome where district_code = 'D03'", schema)
    expected = warehouse.run(inside).rows[0][0]
    assert warehouse.run(query).rows == ((expected, expected),)


def test_a_filter_with_no_values_lets_nothing_through(schema: Schema, warehouse: DuckDbWarehouse) -> None:
    nothing = RowFilter(table="mca_lowincome", column="district_code", values=())
    assert warehouse.run(authorized("select count(*) n from mca_lowincome", schema, nothing)).rows == ((0,),)


def test_a_quote_in_a_filter_value_stays_a_value(schema: Schema, warehouse: DuckDbWarehouse) -> None:
    odd = RowFilter(table="mca_lowincome", column="district_code", values=("x') or 1=1 --",))
    assert warehouse.run(authorized("select count(*) n from mca_lowincome", schema, odd)).rows == ((0,),)


@pytest.mark.parametrize("kind", ["full", "name", "id18", "phone", "address", "email", "plate"])
def test_predicates_see_the_mask(kind: str, schema: Schema, warehouse: DuckDbWarehouse) -> None:
    mask = Mask(table="pop_resident", column="id_card_no", kind=kind)
    shown = warehouse.run(authorized("select distinct id_card_no from pop_resident", schema, mask))
    assert len(shown.rows) == 1
    assert set(str(shown.rows[0][0])) <= set("*@")
    probe = authorized("select count(*) n from pop_resident where id_card_no like '99%'", schema, mask)
    assert warehouse.run(probe).rows == ((0,),)
    everything = authorized("select count(*) n, max(length(r.id_card_no)) l from pop_resident r", schema, mask)
    assert warehouse.run(everything).rows[0][0] == 3000


def test_a_masked_date_is_null(schema: Schema, warehouse: DuckDbWarehouse) -> None:
    mask = Mask(table="pop_resident", column="birth_date", kind="full")
    shown = warehouse.run(authorized("select count(birth_date) n, max(birth_date) d from pop_resident", schema, mask))
    assert shown.rows == ((0, None),)


def test_free_text_is_left_to_the_release(schema: Schema) -> None:
    mask = Mask(table="hotline_ticket", column="content", kind="free_text")
    assert "*" not in authorized("select content from hotline_ticket", schema, mask).sql


def test_a_mask_covers_the_whole_row(schema: Schema, warehouse: DuckDbWarehouse) -> None:
    mask = Mask(table="pop_resident", column="id_card_no", kind="id18")
    shown = warehouse.run(authorized("select to_json(r) j from pop_resident r", schema, mask, row_limit=5))
    assert all("*" * 18 in str(row[0]) for row in shown.rows)


@pytest.mark.parametrize(
    ("obligation", "code"),
    [
        (Mask(table="pop_resident", column="nosuch", kind="full"), "unknown_obligation"),
        (Mask(table="nosuch", column="name", kind="full"), "unknown_obligation"),
        (Mask(table="pop_resident", column="name", kind="rot13"), "unknown_mask"),
        (RowFilter(table="pop_resident", column="nosuch", values=("x",)), "unknown_obligation"),
    ],
)
def test_an_obligation_that_fits_nothing_stops_the_query(obligation: Obligation, code: str, schema: Schema) -> None:
    found = rewrite("select count(*) n from pop_resident", schema, obligation)
    assert isinstance(found, tuple)
    assert found[0].code == code


def test_the_limit_is_one_more_than_the_row_limit(schema: Schema, warehouse: DuckDbWarehouse) -> None:
    cut = warehouse.run(authorized("select person_id from pop_resident", schema, row_limit=7))
    assert (len(cut.rows), cut.truncated, cut.cells) == (7, True, ())
    exact = warehouse.run(authorized("select person_id from pop_resident limit 7", schema, row_limit=7))
    assert (len(exact.rows), exact.truncated) == (7, False)
    lower = warehouse.run(authorized("select person_id from pop_resident limit 900000", schema, row_limit=7))
    assert (len(lower.rows), lower.truncated) == (7, True)


def test_a_row_cap_needs_no_rewriting(schema: Schema) -> None:
    assert (
        authorized("select person_id from pop_resident", schema, RowCap(table="pop_resident", rows=5)).probe_sql is None
    )


def test_units_are_distinct_whatever_the_join_multiplies(schema: Schema, warehouse: DuckDbWarehouse) -> None:
    sql = (
        "select r.district_code, count(*) n from health_visit v join pop_resident r using (person_id) "
        "where v.icd10 = 'B24' group by 1"
    )
    table = probed(sql, schema, warehouse, "health_visit.icd10")
    people = {row[0]: cells[0].units for row, cells in zip(table.rows, table.cells, strict=True)}
    assert people == {"D01": 12, "D02": 2}
    assert all(cells[0].base_units is not None and cells[0].base_units > 300 for cells in table.cells)
    assert all(cells[0] == cells[1] for cells in table.cells)


def test_a_hidden_numerator_is_counted(schema: Schema, warehouse: DuckDbWarehouse) -> None:
    sql = "select avg(case when religion = 'R2' then 1.0 else 0 end) as r from pop_resident where district_code = 'D04'"
    cell = probed(sql, schema, warehouse).cells[0][0]
    assert (cell.units, cell.magnitudes[0].contributors, cell.magnitudes[0].output) == (560, 3, "r")
    assert cell.magnitudes[0].unit_set


def test_dominance_is_visible(schema: Schema, warehouse: DuckDbWarehouse) -> None:
    sql = (
        "select district_code, sum(output_value) s from stat_survey where industry_code = 'C39' and "
        "period = '2025Q1' group by rollup (district_code)"
    )
    table = probed(sql, schema, warehouse)
    by_key = {row[0]: cells[0] for row, cells in zip(table.rows, table.cells, strict=True)}
    magnitude = by_key["D01"].magnitudes[0]
    assert (by_key["D01"].units, magnitude.largest) == (4, 120000.0)
    assert magnitude.total - magnitude.largest - magnitude.second < 0.1 * magnitude.largest
    assert by_key[None].units == sum(cell.units for key, cell in by_key.items() if key is not None)


def test_an_empty_result_row_has_no_units(schema: Schema, warehouse: DuckDbWarehouse) -> None:
    table = probed(
        "select count(*) n from pop_resident where religion = 'R9'", schema, warehouse, "pop_resident.religion"
    )
    assert (table.rows, table.cells[0][0].units, table.cells[0][0].base_units) == (((0,),), 0, 3000)


def test_two_totals_in_one_row_keep_both_sets(schema: Schema, warehouse: DuckDbWarehouse) -> None:
    sql = (
        "select (select count(*) from pop_resident where district_code = 'D04') a, (select count(*) "
        "from pop_resident where district_code = 'D04' and religion <> 'R2') b"
    )
    cell = probed(sql, schema, warehouse).cells[0][0]
    assert (cell.units, len(cell.also)) == (557, 1)


def test_groups_of_groups(schema: Schema, warehouse: DuckDbWarehouse) -> None:
    inner = "(select street_code, count(*) n from pop_resident group by 1) t"
    assert units(probed(f"select sum(n) s from {inner}", schema, warehouse)) == [3000]
    assert units(probed(f"select max(n) s from {inner}", schema, warehouse)) == [1]
    assert units(probed(f"select avg(n) s from {inner} where n > 50", schema, warehouse))[0] > 50


@pytest.mark.parametrize(
    "sql",
    [
        "select name from pop_resident",
        "select count(*) n from pop_resident where person_id in (select person_id from health_visit)",
        "select exists (select 1 from pop_resident where religion = 'R2') e",
        "select count(*) n from (select * from pop_resident limit 10) t",
        "select person_id from pop_resident except select person_id from health_visit",
        "select x.n, r.gender from (select district_code, count(*) n from pop_resident group by 1) x "
        "join pop_resident r using (district_code)",
    ],
)
def test_what_cannot_be_counted_is_refused(sql: str, schema: Schema) -> None:
    tables = [table for table in UNITS if table in sql]
    found = rewrite(sql, schema, *(threshold(table) for table in tables))
    assert isinstance(found, tuple)
    assert found[0].code == "uncountable_shape"


def test_a_semi_join_to_a_dimension_can_be_counted(schema: Schema, warehouse: DuckDbWarehouse) -> None:
    sql = (
        "select count(*) n from pop_resident where district_code in (select district_code from "
        "dim_district where district_name like '%1区')"
    )
    assert units(probed(sql, schema, warehouse)) == [560]


BENIGN = yaml.safe_load((Path(__file__).parents[1] / "cases" / "benign_aggregates.yaml").read_text(encoding="utf-8"))
SAME_ROWS = ("whole_row", "hex")  # these change what is shown


@pytest.mark.parametrize("case", BENIGN, ids=lambda case: case["id"])
def test_benign_rewrites_are_counted_alike(case: dict[str, str], schema: Schema, warehouse: DuckDbWarehouse) -> None:
    """The issue's 95 %: nearly every rewrite stays allowed, shows the same rows and stands on the same units."""
    sql = case["sql"]
    plain = probed(sql, schema, warehouse)
    expected = sorted(cells[0].units for cells in plain.cells)
    allowed, tried = 0, 0
    for name, rewritten in launder(sql, schema):
        if name in ("intersect", "scalar_subquery", "lateral"):
            continue  # memberships and correlated reads are refused by rule
        tried += 1
        query = validation.validate(SqlDraft(text=rewritten, drafter="given"), schema=schema)
        if not isinstance(query, ValidatedQuery) or not query.facts.countable:
            continue
        table = probed(rewritten, schema, warehouse)
        allowed += 1
        assert sorted(cells[0].units for cells in table.cells) == expected, (name, rewritten)
        if name not in (*SAME_ROWS, "reverse", "concat", "cast", "try_cast", "split", "json"):
            assert bag(table) == bag(plain), (name, rewritten)
    assert allowed >= 0.95 * tried, (allowed, tried)


KEYS = ["district_code", "gender", "marital_status", "year(birth_date)", "upper(district_code)"]
VALUES = [
    "count(*)",
    "count(distinct street_code)",
    "sum(case when gender = '女' then 1 else 0 end)",
    "max(birth_date)",
]
WHERES = [
    "1 = 1",
    "gender = '女'",
    "birth_date >= date '1980-01-01'",
    "district_code in ('D01', 'D02')",
    "ethnicity <> '汉族'",
]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    keys=st.lists(st.sampled_from(KEYS), max_size=2, unique=True),
    values=st.lists(st.sampled_from(VALUES), min_size=1, max_size=3, unique=True),
    wheres=st.lists(st.sampled_from(WHERES), min_size=1, max_size=2),
    margin=st.sampled_from(["{}", "rollup ({})", "cube ({})"]),
    wrap=st.booleans(),
)
def test_random_aggregates_are_counted_right(
    keys: list[str],
    values: list[str],
    wheres: list[str],
    margin: str,
    wrap: bool,
    schema: Schema,
    warehouse: DuckDbWarehouse,
) -> None:
    """Units from the probe equal COUNT(DISTINCT unit) asked for in the query itself; wrapped scans change no row."""
    named = [f"{key} as k{i}" for i, key in enumerate(keys)] + [f"{value} as v{i}" for i, value in enumerate(values)]
    group = f" group by {margin.format(', '.join(keys))}" if keys else ""
    shown = ", ".join([*named, "count(distinct person_id) as units"])
    text = f"select {shown} from pop_resident where {' and '.join(wheres)}{group}"
    if wrap:
        text = f"with q as ({text}) select * from q where 1 = 1"
    table = probed(text, schema, warehouse)
    assert [cells[0].units for cells in table.cells] == [row[-1] for row in table.rows]
    untouched = warehouse._fetch(text, timeout_s=10.0)
    assert Counter(tuple(map(str, row)) for row in untouched) == bag(table)


def test_what_runs_is_what_was_checked(schema: Schema) -> None:
    query = authorized(
        "select district_code, count(*) n from pop_resident group by 1", schema, threshold("pop_resident")
    )
    again = validation.validate(SqlDraft(text=query.sql, drafter="given"), schema=schema)
    assert isinstance(again, ValidatedQuery)
    assert again.facts.tables == ("pop_resident",)
    assert query.key_columns == (0,)


def test_a_query_nobody_remembers_is_checked_anew(schema: Schema) -> None:
    query = validation.validate(SqlDraft(text="select count(*) n from pop_resident", drafter="given"), schema=schema)
    assert isinstance(query, ValidatedQuery)
    other = {table: dict(columns) for table, columns in schema.items()}
    assert isinstance(rewriting.apply(query, (), schema=other), AuthorizedQuery)
    del other["pop_resident"]
    found = rewriting.apply(query, (), schema=other)
    assert isinstance(found, tuple)
    assert found[0].code == "unknown_table"
