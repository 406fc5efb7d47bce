"""Databases that are only read: what their adapters tell, that nothing can be written, and how failures sound."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from assistant.errors import UserError, WarehouseError
from assistant.warehouse.sources import Reference, Source, declared_kind, open_source
from tests.harvest.databases import duckdb_file, postgres_database, sqlite_file
from tests.policies import postgres_cluster

MAKERS = {"sqlite": sqlite_file, "duckdb": duckdb_file}


@pytest.fixture(scope="module", params=[*MAKERS, "postgres"])
def source(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Source]:
    if request.param == "postgres":
        if postgres_cluster.missing():
            pytest.skip(postgres_cluster.missing())
        with postgres_cluster.cluster() as url, closing(open_source(postgres_database(url))) as opened:
            yield opened
        return
    file = MAKERS[request.param](tmp_path_factory.mktemp("source") / f"office.{request.param}")
    with closing(open_source(str(file))) as opened:
        yield opened


def test_tables_columns_keys_and_references(source: Source) -> None:
    district, resident, case = source.tables()
    assert [table.name for table in (district, resident, case)] == ["dim_district", "resident", "service_case"]
    assert [(one.name, one.key) for one in district.columns] == [("district_code", 1), ("district_name", 0)]
    assert case.references == (Reference(column="resident_id", parent="resident", parent_column="resident_id"),)
    assert resident.references == ()
    assert resident.columns[1].comment == "姓名，身份证上的"


def test_kinds(source: Source) -> None:
    table = source.tables()[2]
    kinds = {column.name: source.kind_of(table.name, column) for column in table.columns}
    assert kinds == {
        "case_id": "integer",
        "resident_id": "integer",
        "district_code": "string",
        "status": "string",
        "handler": "string",
        "fee": "number",
        "accepted_date": "date",
    }


def test_rows_come_in_batches_and_whole(source: Source) -> None:
    rows = [row for batch in source.batches("service_case", ["case_id", "status"]) for row in batch]
    assert len(rows) == 600
    assert rows[0] == (1, "办理中")


@pytest.mark.parametrize(
    "statement",
    ["delete from resident", "create table x(a int)", "update resident set phone = ''", "drop table resident"],
)
def test_nothing_can_be_written(source: Source, statement: str) -> None:
    with pytest.raises(WarehouseError):
        source.rows(statement)
    assert source.rows("select count(*) from resident") == [(300,)]


def test_an_engine_error_quotes_nothing(source: Source) -> None:
    with pytest.raises(WarehouseError) as raised:
        source.rows("select no_such_column_13812340001 from resident")
    assert "13812340001" not in raised.value.text.zh + raised.value.text.en


def test_the_stamp_changes_with_the_file(tmp_path: Path) -> None:
    file = sqlite_file(tmp_path / "a.sqlite")
    first = open_source(str(file)).stamp()
    assert open_source(str(file)).stamp() == first
    sqlite_file(tmp_path / "b.sqlite").replace(file)
    assert open_source(str(file)).stamp() != first


@pytest.mark.parametrize("form", ["{path}", "sqlite:///{path}"])
def test_a_file_may_be_written_as_a_path_or_as_an_address(tmp_path: Path, form: str) -> None:
    file = sqlite_file(tmp_path / "office.db")
    assert len(open_source(form.format(path=file)).tables()) == 3


def test_wrong_addresses_are_one_sentence(tmp_path: Path) -> None:
    file = sqlite_file(tmp_path / "office.sqlite")
    (tmp_path / "text.db").write_text("not a database", encoding="utf-8")
    (tmp_path / "torn.db").write_bytes(b"SQLite format 3\0" + b"x" * 200)
    wrong = {
        "": "没有文件",
        str(tmp_path / "none.db"): "没有文件",
        str(tmp_path): "没有文件",
        str(tmp_path / "text.db"): "既不是 DuckDB 库，也不是 SQLite 库",
        str(tmp_path / "torn.db"): "无法作为 SQLite 库打开",
        f"duckdb:///{file}": "不是 duckdb 库",
        "mysql://host/db": "不支持 mysql://",
    }
    for url, said in wrong.items():
        with pytest.raises(UserError, match=said) as raised:
            open_source(url)
        assert "\n" not in raised.value.text.zh


@pytest.mark.skipif(importlib.util.find_spec("psycopg") is None, reason="the postgres extra is not installed")
def test_an_unreachable_server_is_told_without_its_password() -> None:
    with pytest.raises(UserError) as raised:
        open_source("postgresql://reader:s3cret@127.0.0.1:1/office?password=s3cret&application_name=x")
    assert "s3cret" not in raised.value.text.zh + raised.value.text.en
    assert "reader@127.0.0.1:1/office?application_name=x" in raised.value.text.en


@pytest.mark.parametrize(
    ("declared", "kind"),
    [
        ("BIGINT", "integer"),
        ("DECIMAL(10,2)", "number"),
        ("double precision", "number"),
        ("timestamp without time zone", "datetime"),
        ("DATE", "date"),
        ("BOOLEAN", "boolean"),
        ("INTEGER[]", "string"),
        ("INTERVAL", "string"),
        ("character varying(20)", "string"),
    ],
)
def test_declared_types(declared: str, kind: str) -> None:
    assert declared_kind(declared) == kind
