"""What a harvest finds in a database: structure, names, joins nobody declared, and which values it lets through."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.harvest.code_values import MIN_ROWS, careful_codes, may_be_written
from assistant.harvest.inferred_joins import inferred_joins
from assistant.harvest.names import in_chinese, proposed_name
from assistant.harvest.structure import MOST_CODES, Harvested, read_structure
from assistant.warehouse.source_sqlite import SqliteSource
from assistant.warehouse.sources import Source, open_source
from tests.harvest.databases import STATES, duckdb_file, sqlite_file

MAKERS = {"sqlite": sqlite_file, "duckdb": duckdb_file}


@pytest.fixture(scope="module", params=MAKERS)
def source(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Source:
    file = MAKERS[request.param](tmp_path_factory.mktemp("harvest") / f"office.{request.param}")
    return open_source(str(file))


def scripted(folder: Path, script: str) -> SqliteSource:
    file = folder / "made.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(script)
    return SqliteSource(file)


def joins_of(source: Source) -> tuple[tuple[str, str], ...]:
    return inferred_joins(source, read_structure(source, values=careful_codes))


def test_structure(source: Source) -> None:
    steps: list[tuple[str, int, int]] = []
    found = read_structure(source, values=careful_codes, progress=lambda *step: steps.append(step))
    assert [table.name for table in found.tables] == ["dim_district", "resident", "service_case"]
    assert found.joins == (("service_case.resident_id", "resident.resident_id"),)
    assert [step[1:] for step in steps] == [(1, 3), (2, 3), (3, 3)]
    assert found.tables[2].key == "case_id"


def test_only_codes_are_taken_along(source: Source) -> None:
    found = read_structure(source, values=careful_codes)
    taken = {f"{t.name}.{c.name}": c.values for t in found.tables for c in t.columns if c.values}
    assert taken.pop("service_case.status") == tuple(sorted(STATES))
    assert set(taken) == {"resident.district_code", "service_case.district_code"}


def test_names_that_differ_in_case_only_stay_two(tmp_path: Path) -> None:
    class Twins(SqliteSource):
        def tables(self):  # type: ignore[no-untyped-def]
            (table,) = super().tables()
            return (table, table)

    scripted(tmp_path, "create table T(a int)").close()
    found = read_structure(Twins(tmp_path / "made.sqlite"))
    assert [table.name for table in found.tables] == ["t", "t_2"]


def test_joins_are_inferred_where_name_and_values_agree(source: Source) -> None:
    assert joins_of(source) == (
        ("resident.district_code", "dim_district.district_code"),
        ("service_case.district_code", "dim_district.district_code"),
    )


PARENT = "create table dept(id int, name text); insert into dept values (1,'a'),(2,'b'),(3,'c');"


@pytest.mark.parametrize(
    ("child", "joined"),
    [
        ("create table staff(n int, dept_id int); insert into staff values (7,1),(8,2),(9,null);", True),
        ("create table staff(n int, dept_id int); insert into staff values (7,1),(8,4);", False),  # 4 is nowhere
        ("create table staff(n int, dept_id int); insert into staff values (7,1),(8,1);", False),  # one value only
        ("create table staff(n int, room_id int); insert into staff values (7,1),(8,2);", False),  # another thing's id
        ("create table staff(n int, dept_id text); insert into staff values (7,'1'),(8,'2');", False),  # another kind
    ],
)
def test_both_name_and_containment_are_needed(tmp_path: Path, child: str, joined: bool) -> None:
    expected = (("staff.dept_id", "dept.id"),) if joined else ()
    assert joins_of(scripted(tmp_path, PARENT + child)) == expected


def test_a_key_that_repeats_is_no_parent(tmp_path: Path) -> None:
    repeats = PARENT + "insert into dept values (1, 'again');"
    child = "create table staff(n int, dept_id int); insert into staff values (7,1),(8,2);"
    assert joins_of(scripted(tmp_path, repeats + child)) == ()


def test_the_first_column_of_a_key_of_two_may_refer_to_another_table(tmp_path: Path) -> None:
    child = "create table budget(dept_id int, year int, primary key (dept_id, year)); insert into budget values"
    assert joins_of(scripted(tmp_path, f"{PARENT}{child} (1,2024),(1,2025),(2,2025);")) == (
        ("budget.dept_id", "dept.id"),
    )


def test_chinese_names_join_too(tmp_path: Path) -> None:
    script = """create table 区划(区县代码 text, 名称 text); insert into 区划 values ('1','东'),('2','西');
    create table 工单(编号 int, 户籍区县代码 text); insert into 工单 values (7,'1'),(8,'2');"""
    assert joins_of(scripted(tmp_path, script)) == (("工单.户籍区县代码", "区划.区县代码"),)


def test_names() -> None:
    assert proposed_name("dim_district", "dim district").name == "district"
    commented = proposed_name("full_name", "full name", "姓名，身份证上的")
    assert (commented.name, commented.name_en, commented.description) == ("姓名", "full name", "姓名，身份证上的")
    assert commented.aliases == ()
    assert proposed_name("birth_date", "birth date").aliases == ("出生日期",)
    assert proposed_name("登记日期", "登记日期").name_en == ""
    assert in_chinese("frobnicated date") == ""


@pytest.mark.parametrize(
    ("values", "hint"),
    [
        ({"张伟": 50, "李娜": 40}, "handler"),  # two clerks
        ({"John": 50, "Mary": 40}, "clerk"),
        ({"13812340001": 50, "13912340002": 9}, "code"),
        ({"已办结": 50, "办理中": MIN_ROWS - 1}, "status"),  # says something of four rows
        ({"11010519491231002X": 60}, "kind"),
        ({"someone@example.org": 60}, "channel"),
        ({"北京市朝阳区幸福路8号院3号楼201室": 60}, "type"),
        ({"佛教": 60, "道教": 50}, "kind"),
        ({"I10": 60, "E11": 50}, "icd type 诊断"),
        ({"A": 60}, "patient_name"),
        ({"京A12345": 30, "沪B67890": 30}, "type"),
        ({}, "status"),
    ],
)
def test_what_may_be_a_persons_is_not_written(values: dict[str, int], hint: str) -> None:
    assert not may_be_written(values, hint)


@pytest.mark.parametrize(
    ("values", "hint"),
    [
        ({"已办结": 900, "办理中": 80}, "status"),
        ({"A": 50, "B": 50, "C": 7}, "grade"),
        ({"990101": 50, "990102": 50}, "district_code"),
        ({"网站": 50, "电话": 40, "窗口": 30}, "受理渠道"),
    ],
)
def test_plain_codes_are_written(values: dict[str, int], hint: str) -> None:
    assert may_be_written(values, hint)


@given(
    st.dictionaries(st.from_regex(r"1[3-9]\d{9}", fullmatch=True), st.integers(MIN_ROWS, 99), min_size=1, max_size=9)
)
def test_no_mobile_number_is_ever_written(values: dict[str, int]) -> None:
    assert not may_be_written(values, "status")


def test_a_column_with_many_values_is_no_list(tmp_path: Path) -> None:
    rows = ",".join(f"('k{at % (MOST_CODES + 1)}')" for at in range(400))
    source = scripted(tmp_path, f"create table t(status text); insert into t values {rows};")
    assert read_structure(source, values=careful_codes).tables[0].columns[0].values == ()


def test_without_tables_there_is_nothing(tmp_path: Path) -> None:
    assert read_structure(scripted(tmp_path, "")) == Harvested(tables=(), joins=())
