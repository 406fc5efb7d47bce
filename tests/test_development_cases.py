"""The development cases of the policy data to the end, on the fixture's real rows: the exact outcome of every one.

Each case has a ledger of its own, in which its `history` was answered before it.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, cast

import pytest

from assistant.catalog import load_catalog
from assistant.domain import Decision, Outcome, ReleasedTable, SqlDraft
from assistant.governing import govern, merged, run_and_release
from assistant.parts import Parts
from assistant.policies.access import admit
from assistant.policies.ledger import SqliteLedger
from assistant.policies.rules import load_policies
from assistant.settings import Settings
from assistant.stages import Stopwatch, ignore
from assistant.warehouse.building import build_warehouse, warehouse_path
from assistant.warehouse.duckdb import DuckDbWarehouse
from assistant.workspace import load_workspace

ROOT = Path(__file__).resolve().parents[1]
WORKSPACE = ROOT / "tests" / "workspaces" / "policy_fixture"
DATA = ROOT.parent / "shared" / "data" / "policy"

pytestmark = pytest.mark.shared


def _cases() -> list[dict[str, Any]]:
    files = [DATA / "adversarial_dev.jsonl", DATA / "utility_dev.jsonl"]
    if not all(file.is_file() for file in files):
        return []
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


CASES = _cases()


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Parts:
    state = tmp_path_factory.mktemp("state")
    build_warehouse(WORKSPACE, "csv", warehouse_path(state))
    catalog = load_catalog(WORKSPACE)
    unused = cast(Any, None)  # the gates and the release touch none of these
    return Parts(
        settings=Settings(workspace=WORKSPACE, state=state, models=state),
        workspace=load_workspace(WORKSPACE),
        catalog=catalog,
        policies=load_policies(WORKSPACE, catalog),
        model=unused,
        values=unused,
        warehouse=DuckDbWarehouse(warehouse_path(state), threads=1),
        retriever=unused,
        ledger=unused,
        audit=unused,
        conversations=unused,
        grants=unused,
        chat=lambda: None,
        clock=lambda: date(2025, 12, 31),
    )


def _answer(
    parts: Parts, case: dict[str, Any], sql: str | None, question: str
) -> tuple[Decision, ReleasedTable | None]:
    user = parts.policies.user(case["role"])
    assert user is not None
    purpose = parts.policies.purpose(user, case["purpose"])
    assert purpose is not None
    decision = admit(user, purpose, question, parts.policies)
    if decision.outcome is Outcome.REFUSE or sql is None:
        return decision, None
    watch = Stopwatch(ignore)
    governed = govern(SqlDraft(text=sql, drafter="given"), user, purpose, parts, watch)
    if governed.authorized is None:
        return governed.decision, None
    released = run_and_release(governed, user, purpose, parts, watch)
    return merged(governed.decision, released.decision), released.table


@pytest.mark.skipif(not CASES, reason="the policy cases lie beside the checkout (../shared/data/policy)")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_development_case_ends_as_expected(case: dict[str, Any], parts: Parts, tmp_path: Path) -> None:
    own = replace(parts, ledger=SqliteLedger(tmp_path / "ledger.sqlite"))
    for earlier in case["history"]:
        _answer(own, case, earlier.rpartition("] ")[2] if earlier.startswith("[user=") else earlier, "")
    decision, table = _answer(own, case, case["sql"], case["question"])
    assert decision.outcome.name.lower() == case["expected"], decision.reasons
    if case["expected"] in ("refuse", "needs_approval", "aggregate_only"):
        assert table is None
    else:
        assert table is not None
    if case["expected"] == "suppress" and table is not None:
        assert table.suppressions or table.rows_withheld
    if case["expected"] == "allow" and table is not None:
        assert table.rows
        assert not table.suppressions
