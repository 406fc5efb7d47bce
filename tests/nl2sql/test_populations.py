"""Whom the sensitive conditions of a query left out: read from the engine, compared with the clear data."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from assistant.domain import AuthorizedQuery, CellFacts, PrivacyUnit, SqlDraft, UnitThreshold, ValidatedQuery
from assistant.nl2sql import rewriting, validation
from assistant.policies.unit_sets import hashes_of
from assistant.warehouse.duckdb import DuckDbWarehouse

Schema = dict[str, dict[str, str]]
SENSITIVE = ("pop_resident.religion", "health_visit.icd10")
TABLES = ("pop_resident", "mca_lowincome", "health_visit")


@pytest.fixture(scope="module")
def warehouse(fixture_file: Path) -> Iterator[DuckDbWarehouse]:
    opened = DuckDbWarehouse(fixture_file, threads=1, memory_limit="500MB")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def clear(fixture_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy that anybody may read."""
    return Path(shutil.copyfile(fixture_file, tmp_path_factory.mktemp("clear") / "clear.duckdb"))


def rows(sql: str, schema: Schema, warehouse: DuckDbWarehouse) -> dict[str | None, CellFacts]:
    """{first key, or None without keys: the cell's facts}."""
    query = validation.validate(SqlDraft(text=sql, drafter="given"), schema=schema)
    assert isinstance(query, ValidatedQuery), query
    thresholds = tuple(
        UnitThreshold(
            table=table,
            unit_column="person_id",
            unit=PrivacyUnit.PERSON,
            min_units=10,
            protected_columns=SENSITIVE,
            sensitive_conditions=SENSITIVE,
        )
        for table in query.facts.tables
        if table in TABLES
    )
    ready = rewriting.apply(query, thresholds, schema=schema, unique=warehouse.unique)
    assert isinstance(ready, AuthorizedQuery), ready
    result = warehouse.run(ready)
    keyed = len(ready.key_columns) > 0
    return {str(row[0]) if keyed else None: cells[0] for row, cells in zip(result.rows, result.cells, strict=True)}


def people(file: Path, sql: str) -> list[int]:
    with duckdb.connect(str(file), read_only=True) as database:
        found = database.execute(f"select distinct hash(person_id) from ({sql}) order by 1").fetchall()
    return [row[0] for row in found]


def left(facts: CellFacts) -> list[list[int]]:
    return [hashes_of(one).tolist() for one in facts.left_out]


def test_a_sensitive_condition_leaves_the_rest_of_its_population_out(
    schema: Schema, warehouse: DuckDbWarehouse, clear: Path
) -> None:
    sql = "select district_code, count(*) n from pop_resident where religion = 'R1' and gender = '女' group by 1"
    found = rows(sql, schema, warehouse)
    rest = people(
        clear,
        "select person_id from pop_resident where gender = '女' and district_code = 'D02' and religion <> 'R1'",
    )
    assert left(found["D02"]) == [rest]
    assert found["D02"].units + len(rest) == found["D02"].base_units


@pytest.mark.parametrize(
    "source",
    [
        "pop_resident p join mca_lowincome m on p.person_id = m.person_id where p.gender = '男'",
        "mca_lowincome m, (select * from pop_resident where gender = '男') p where m.person_id = p.person_id",
        "(select person_id from mca_lowincome) m join pop_resident p using (person_id) where p.gender = '男'",
    ],
)
def test_being_listed_in_another_table_is_a_choice_too(
    source: str, schema: Schema, warehouse: DuckDbWarehouse, clear: Path
) -> None:
    facts = rows(f"select count(distinct p.person_id) n from {source}", schema, warehouse)[None]
    listed = "select person_id from mca_lowincome"
    men = "select person_id from pop_resident where gender = '男'"
    assert people(clear, f"{men} and person_id not in ({listed})") in left(facts)
    assert people(clear, f"{listed} where person_id not in ({men})") in left(facts)


def test_keys_and_dimensions_stay_with_their_table(schema: Schema, warehouse: DuckDbWarehouse, clear: Path) -> None:
    sql = (
        "select d.district_code, count(distinct h.person_id) n from health_visit h "
        "join pop_resident p on p.person_id = h.person_id join dim_district d on d.district_code = p.district_code "
        "where h.icd10 = 'E11' group by 1"
    )
    facts = rows(sql, schema, warehouse)["D03"]
    has = "select person_id from health_visit where icd10 = 'E11'"
    rest = f"select person_id from pop_resident where district_code = 'D03' and person_id not in ({has})"
    assert people(clear, rest) in left(facts)


@pytest.mark.parametrize(
    "hung",
    [
        "left join (values (date '1961-03-15')) v(d) on v.d = p.birth_date",
        "left join dim_district d on d.district_code = p.district_code",
        "left join dim_district d on d.district_code = p.district_code and d.district_name <> '示例3区'",
    ],
)
def test_what_hangs_on_the_left_changes_no_population(hung: str, schema: Schema, warehouse: DuckDbWarehouse) -> None:
    """Those of the condition who are in no register are left out, whatever a left join adds to their rows."""
    sql = (
        "select count(distinct p.person_id) n from pop_resident p"
        " join mca_lowincome m on p.person_id = m.person_id {} where p.gender = '女'"
    )
    plain, more = rows(sql.format(""), schema, warehouse), rows(sql.format(hung), schema, warehouse)
    assert plain[None].left_out
    assert left(more[None]) == left(plain[None])


def test_an_outer_join_of_people_is_not_counted(schema: Schema) -> None:
    sql = (
        "select count(distinct m.person_id) n from pop_resident p join health_visit h on h.person_id = p.person_id"
        " full join mca_lowincome m on p.person_id = m.person_id"
    )
    query = validation.validate(SqlDraft(text=sql, drafter="given"), schema=schema)
    assert isinstance(query, ValidatedQuery)
    rules = [
        UnitThreshold(table=table, unit_column="person_id", unit=PrivacyUnit.PERSON, min_units=10)
        for table in ("pop_resident", "health_visit", "mca_lowincome")
    ]
    found = rewriting.apply(query, tuple(rules), schema=schema, unique=lambda table, columns: True)
    assert isinstance(found, tuple)
    assert [one.code for one in found] == ["uncountable_shape"]


@pytest.mark.parametrize(
    "sql",
    [
        "select count(*) n from pop_resident where gender = '女'",
        "select count(*) n from pop_resident p left join mca_lowincome m on p.person_id = m.person_id",
        "select gender, count(*) n from pop_resident group by 1",
    ],
)
def test_where_nothing_chose_nobody_is_left_out(sql: str, schema: Schema, warehouse: DuckDbWarehouse) -> None:
    assert all(facts.left_out == () for facts in rows(sql, schema, warehouse).values())


def test_populations_travel_with_their_cells(schema: Schema, warehouse: DuckDbWarehouse) -> None:
    """Through branches, scalars and groups of groups."""
    one = "select count(*) n from pop_resident where religion = 'R1' and gender = '{}'"
    for sql in (
        f"{one.format('女')} union all {one.format('男')}",
        f"select ({one.format('女')}) a, ({one.format('男')}) b",
        "select sum(n) s from (select gender, count(*) n from pop_resident where religion = 'R1' group by 1) t",
    ):
        found = rows(sql, schema, warehouse)
        assert all(facts.left_out for facts in found.values()), sql
