"""The policy fixture with the parts that the gates and the release need, over any copy of its warehouse."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, cast

from assistant.catalog import load_catalog
from assistant.domain import AuthorizedQuery, Purpose, ResultTable, User
from assistant.parts import Parts
from assistant.policies.ledger import SqliteLedger
from assistant.policies.rules import load_policies
from assistant.ports import Warehouse
from assistant.settings import Settings
from assistant.warehouse.building import build_warehouse, warehouse_path
from assistant.warehouse.duckdb import DuckDbWarehouse
from assistant.workspace import load_workspace

ROOT = Path(__file__).resolve().parents[2]
WORKSPACE = ROOT / "tests" / "workspaces" / "policy_fixture"


@cache
def key_in_files(table: str, columns: frozenset[str], workspace: Path = WORKSPACE) -> bool:
    """True when `columns` are a key of a table as the workspace's CSV files have it."""
    import duckdb

    file = workspace / "warehouse" / f"{table}.csv"
    if not columns or not file.is_file():
        return False
    names = ", ".join(f'"{name}"' for name in sorted(columns))
    found = duckdb.sql(f"SELECT COUNT(*) = COUNT(DISTINCT ({names})) FROM read_csv('{file}', all_varchar = true)")
    return bool((found.fetchone() or (False,))[0])


class SealedWarehouse:
    """Stands for a world nobody may look at: the gates must decide from the schema, without a single row."""

    dialect = "duckdb"
    version = ""

    def __init__(self, schema: Mapping[str, Mapping[str, str]]) -> None:
        self._schema = schema

    def schema(self) -> Mapping[str, Mapping[str, str]]:
        return self._schema

    def unique(self, table: str, columns: frozenset[str]) -> bool:
        return key_in_files(table, columns)

    def run(self, query: AuthorizedQuery) -> ResultTable:
        raise AssertionError("a gate ran a query")


class WatchedWarehouse:
    """A warehouse that remembers the last raw result, for the referee only. Without a version: everything is run."""

    version = ""

    def __init__(self, inner: DuckDbWarehouse) -> None:
        self._inner = inner
        self.last: ResultTable | None = None

    @property
    def dialect(self) -> str:
        return self._inner.dialect

    def schema(self) -> Any:
        return self._inner.schema()

    def unique(self, table: str, columns: frozenset[str]) -> bool:
        return self._inner.unique(table, columns)

    def run(self, query: AuthorizedQuery) -> ResultTable:
        self.last = None
        self.last = self._inner.run(query)
        return self.last

    def close(self) -> None:
        self._inner.close()


def base_file(state: Path, workspace: Path = WORKSPACE) -> Path:
    """The fixture's warehouse, built from its CSV files."""
    target = warehouse_path(state)
    build_warehouse(workspace, "csv", target)
    return target


def fixture_parts(state: Path, warehouse: Warehouse, workspace: Path = WORKSPACE) -> Parts:
    """Everything `govern` and `run_and_release` touch; what they must not touch is None."""
    catalog = load_catalog(workspace)
    unused = cast(Any, None)
    return Parts(
        settings=Settings(workspace=workspace, state=state, models=state),
        workspace=load_workspace(workspace),
        catalog=catalog,
        policies=load_policies(workspace, catalog),
        model=unused,
        values=unused,
        warehouse=warehouse,
        retriever=unused,
        ledger=fresh_ledger(),
        audit=unused,
        conversations=unused,
        grants=unused,
        chat=lambda: None,
        clock=lambda: date(2025, 12, 31),
    )


def fresh_ledger() -> SqliteLedger:
    return SqliteLedger(":memory:")


def opened(file: Path) -> WatchedWarehouse:
    return WatchedWarehouse(DuckDbWarehouse(file, threads=1))


def who(parts: Parts, user_id: str, purpose_code: str | None = None) -> tuple[User, Purpose]:
    user = parts.policies.user(user_id)
    assert user is not None
    purpose = parts.policies.purpose(user, purpose_code)
    assert purpose is not None
    return user, purpose
