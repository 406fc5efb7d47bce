"""A benchmark database as a workspace: what a harvest finds, and that nothing is lost on the way."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from assistant.catalog import load_catalog
from assistant.nl2sql.plans.semantic_model import load_semantic_model
from assistant.policies.rules import load_policies
from assistant.warehouse.building import build_warehouse
from evals.gold import run_gold
from evals.open_workspace import USER, harvest, names_of, plain_schema, write_workspace
from evals.suites.zero_shot import statement

SCRIPT = """
create table "Singer" ("Singer_ID" int primary key, "Name" text, "Band" text, "Net Worth" real, "Mixed" int);
create table concert (id integer primary key, "Singer" int, year text,
  foreign key ("Singer") references "Singer"("Singer_ID"));
create table empty_one (a int, b varchar(10));
insert into "Singer" values (1, 'Ann', 'X', 1.5, 1), (2, 'Bo, "B"', 'Y', null, 'n/a'), (3, '', 'X', 2, 3);
insert into concert values (1, 2, '2014'), (2, 1, '2015');
"""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    file = tmp_path / "music.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(SCRIPT)
    return file


def test_a_harvest_finds_tables_types_keys_and_codes(database: Path) -> None:
    found = harvest(database, {"Singer": "artist", "Singer.Name": "full name"})
    singer, concert, empty = found.tables
    assert (singer.name, singer.source, singer.words, singer.key) == ("singer", "Singer", "artist", "singer_id")
    kinds = {column.name: column.kind for column in singer.columns}
    # one 'n/a' makes the whole column text: SQLite enforces no type, so the values decide
    assert kinds == {
        "singer_id": "integer",
        "name": "string",
        "band": "string",
        "net worth": "number",
        "mixed": "string",
    }
    assert singer.columns[1].words == "full name"
    assert singer.columns[2].values == ("X", "Y")
    assert singer.columns[1].values == ()  # an empty text is no code
    assert [column.kind for column in empty.columns] == ["integer", "string"]
    assert found.joins == (("concert.singer", "singer.singer_id"),)
    assert concert.key == "id"


def test_the_workspace_loads_and_holds_the_rows(database: Path, tmp_path: Path) -> None:
    import duckdb

    folder = tmp_path / "workspace"
    write_workspace(harvest(database), database, folder, "music")
    catalog = load_catalog(folder)
    policies = load_policies(folder, catalog, scheme="national")
    model = load_semantic_model(folder, catalog)
    assert set(catalog.by_table) == {"singer", "concert", "empty_one"}
    assert policies.user(USER) is not None
    assert model.metrics == ()
    assert {dimension.id for dimension in model.dimensions} >= {"singer.band"}
    built = build_warehouse(folder, "csv", folder / ".state" / "warehouse.duckdb")
    assert dict(built.rows) == {"singer": 3, "concert": 2, "empty_one": 0}
    with duckdb.connect(str(built.path), read_only=True) as connection:
        assert connection.execute('select name, "net worth" from singer order by singer_id').fetchall() == [
            ("Ann", 1.5),
            ('Bo, "B"', None),
            (None, 2.0),
        ]


def test_golds_run_read_only_and_in_time(database: Path) -> None:
    assert run_gold(database, "select count(*) from Singer") == [[3]]
    assert run_gold(database, "delete from Singer") is None
    assert run_gold(database, "select nonsense") is None
    endless = "with recursive t(n) as (select 1 union all select n + 1 from t) select count(*) from t"
    assert run_gold(database, endless, timeout_s=0.2) is None


def test_the_baseline_sees_the_plain_schema(database: Path) -> None:
    schema = plain_schema(database)
    assert 'CREATE TABLE Singer (Singer_ID int, Name text, Band text, "Net Worth" real, Mixed text);' in schema
    assert "foreign key (Singer) references Singer(Singer_ID)" in schema


def test_names_of_spider() -> None:
    tables = [
        {
            "db_id": "d",
            "table_names_original": ["T1"],
            "table_names": ["first table"],
            "column_names_original": [[-1, "*"], [0, "cName"]],
            "column_names": [[-1, "*"], [0, "name of c"]],
        }
    ]
    assert names_of(tables, "d") == {"T1": "first table", "T1.cName": "name of c"}
    assert names_of(tables, "other") == {}


@pytest.mark.parametrize(
    ("reply", "sql"),
    [("```sql\nselect 1;\n```", "select 1"), ("select 1; select 2", "select 1"), (" select 1 ", "select 1"), ("", "")],
)
def test_the_statement_of_a_reply(reply: str, sql: str) -> None:
    assert statement(reply) == sql
