"""The development cases of the policy data, decided on the fixture before anything runs: none may come out weaker.

Whether an authorised query is finally `allow` or `suppress` is known only after disclosure control has seen the cells
(tests/test_development_cases.py runs them to the end); here it must be authorised at all.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from policy_worlds import ROOT, TODAY, World

from assistant.domain import Decision, Mask, Outcome, SqlDraft, UnitThreshold, ValidatedQuery
from assistant.nl2sql.validation import validate
from assistant.policies.access import admit, authorize, refuse_statement

pytestmark = pytest.mark.shared
DATA = ROOT.parent / "shared" / "data" / "policy"


def _cases() -> list[dict[str, Any]]:
    files = [DATA / "adversarial_dev.jsonl", DATA / "utility_dev.jsonl"]
    if not all(file.is_file() for file in files):
        return []
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


CASES = _cases()


def _decide(world: World, case: dict[str, Any]) -> Decision:
    user = world.policies.user(case["role"])
    assert user is not None
    purpose = world.policies.purpose(user, case["purpose"])
    assert purpose is not None
    decision = admit(user, purpose, case["question"], world.policies)
    if decision.outcome is not Outcome.ALLOW or case["sql"] is None:
        return decision
    query = validate(SqlDraft(text=case["sql"], drafter="given"), schema=world.schema)
    if not isinstance(query, ValidatedQuery):
        return refuse_statement(query, world.policies)
    return authorize(user, purpose, query.facts, world.policies, world.catalog, today=TODAY)


@pytest.mark.skipif(not CASES, reason="the policy cases lie beside the checkout (../shared/data/policy)")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_development_case_is_decided_as_expected(case: dict[str, Any], fixture_world: World) -> None:
    decision = _decide(fixture_world, case)
    if case["expected"] in ("allow", "suppress"):
        assert decision.outcome in (Outcome.ALLOW, Outcome.SUPPRESS), decision.reasons
    else:
        assert decision.outcome.name.lower() == case["expected"], decision.reasons
    assert decision.reasons or decision.gate == "G2"
    for reason in decision.reasons:
        assert reason.clause
        assert reason.text.zh
        assert reason.text.en


@pytest.mark.skipif(not CASES, reason="the policy cases lie beside the checkout (../shared/data/policy)")
def test_every_case_expected_to_be_suppressed_carries_a_threshold(fixture_world: World) -> None:
    for case in CASES:
        if case["expected"] == "suppress":
            obligations = _decide(fixture_world, case).obligations
            assert any(isinstance(o, UnitThreshold) for o in obligations), case["id"]
        if case["expected"] == "mask":
            assert any(isinstance(o, Mask) for o in _decide(fixture_world, case).obligations), case["id"]


def test_the_fixture_workspace_is_the_fixture() -> None:
    """Its data are copies, so that the repository is whole without the folder beside it."""
    here = ROOT / "tests" / "workspaces" / "policy_fixture" / "warehouse"
    assert len(list(here.glob("*.csv"))) == 14
    original = DATA / "fixture"
    if not original.is_dir():
        pytest.skip("the fixture lies beside the checkout (../shared/data/policy)")
    for file in here.iterdir():
        assert file.read_bytes() == Path(original / file.name).read_bytes(), file.name
