"""The policy fixture as a schema and as a DuckDB file, for the tests of the SQL gate."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlglot

WAREHOUSE = Path(__file__).parents[1] / "workspaces" / "policy_fixture" / "warehouse"


@pytest.fixture(scope="session")
def schema() -> dict[str, dict[str, str]]:
    statements = sqlglot.parse((WAREHOUSE / "schema.sql").read_text(encoding="utf-8"), dialect="duckdb")
    return {
        statement.this.this.name: {column.name: column.kind.sql("duckdb") for column in statement.this.expressions}
        for statement in statements
        if statement is not None
    }


@pytest.fixture(scope="session")
def fixture_file(tmp_path_factory: pytest.TempPathFactory, schema: dict[str, dict[str, str]]) -> Path:
    import duckdb

    path = tmp_path_factory.mktemp("gate") / "fixture.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute((WAREHOUSE / "schema.sql").read_text(encoding="utf-8"))
        for table in schema:
            connection.execute(
                f"insert into {table} select * from read_csv('{WAREHOUSE / table}.csv', all_varchar=true)"
            )
    return path
