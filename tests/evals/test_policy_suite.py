"""The definitions of false permit, false refusal and exact, case by case; and the suite over the fixture workspace."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from evals.suites import policy
from evals.suites.policy import PolicyTask
from evals.task import Case

SHARED = Path(__file__).parents[3] / "shared" / "data" / "policy"
NOTHING = {"cells": 0, "suppressed": 0, "rows_withheld": False, "identifiers": 0, "masked": False}

TABLE = [
    # expected, outcome, what came out, permit, refusal, why
    ("refuse", "refuse", {}, False, False, "refused as expected"),
    ("refuse", "allow", {"cells": 3}, True, False, "anything released is a false permit"),
    ("refuse", "suppress", {"cells": 0, "suppressed": 2}, False, False, "everything hidden: not exact, but no permit"),
    ("refuse", "suppress", {"cells": 1, "suppressed": 2}, True, False, "a key or a figure came out"),
    ("needs_approval", "allow", {"cells": 1}, True, False, "approval was needed"),
    ("aggregate_only", "allow", {"cells": 9}, True, False, "rows came out"),
    ("suppress", "allow", {"cells": 4}, True, False, "nothing was suppressed"),
    ("suppress", "suppress", {"cells": 2, "suppressed": 1}, False, False, "the safe part came out"),
    ("suppress", "suppress", {"cells": 2, "rows_withheld": True}, False, False, "whole rows were withheld"),
    ("suppress", "refuse", {}, False, True, "the safe part was refused"),
    ("mask", "mask", {"cells": 4, "masked": True}, False, False, "masked"),
    ("mask", "mask", {"cells": 4, "masked": True, "identifiers": 1}, True, False, "masked, but an identifier shows"),
    ("mask", "allow", {"cells": 4}, True, False, "raw values"),
    ("mask", "needs_approval", {}, False, True, "the masked rows were allowed"),
    ("allow", "allow", {"cells": 1}, False, False, "allowed"),
    ("allow", "allow", {"cells": 0}, False, False, "an empty result is a result"),
    ("allow", "refuse", {}, False, True, "refused"),
    ("allow", "suppress", {"cells": 3, "suppressed": 1}, False, False, "part of it came out: not exact, not refused"),
    ("allow", "suppress", {"cells": 0, "suppressed": 1}, False, True, "nothing was left"),
]


@pytest.mark.parametrize(("expected", "outcome", "came_out", "permit", "refusal", "why"), TABLE)
def test_definitions(expected: str, outcome: str, came_out: dict, permit: bool, refusal: bool, why: str) -> None:
    observed = {**NOTHING, "outcome": outcome, "gate": "G4", "rules": ["R-1"], "finding": "", **came_out}
    case = Case(id="c", text="select 1", body={"expected": expected})
    verdict = PolicyTask.score(SimpleNamespace(), case, observed)  # type: ignore[arg-type]
    assert verdict.scores["false_permits"].value == permit, why
    assert verdict.scores["false_refusals"].value == refusal, why
    assert verdict.scores["exact"].value == (expected == outcome)


def test_a_status_without_a_verdict_is_no_outcome_class() -> None:
    answer = {"status": "out_of_scope", "decision": {"outcome": "refuse"}}
    assert policy._outcome_of_answer(answer) == "out_of_scope"
    assert policy._outcome_of_answer({**answer, "status": "refused"}) == "refuse"


def test_an_identifier_is_seen_in_any_cell() -> None:
    table = {"rows": [["a", 11010519491231002], [None, "tel 13800138000"]], "suppressed": [[1, 0, "primary"]]}
    shown = {"decision": {"gate": "G5", "reasons": [], "obligations": []}, "table": table}
    observed = policy._observed("mask", shown)
    assert (observed["cells"], observed["identifiers"], observed["suppressed"]) == (3, 1, 1)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory):
    from assistant.settings import Settings
    from evals.suites.choosing import _FIXTURE
    from evals.workbench import Bench, prepare

    state = tmp_path_factory.mktemp("state")
    settings = Settings(workspace=_FIXTURE, state=state, models=state / "models", llm="none")
    made = Bench(prepare(settings, lambda label, done, total: None, dense=False))
    yield made
    made.close()


def test_a_colleague_of_the_group_is_another_user_with_the_same_rights(bench) -> None:
    with bench.case() as parts:
        other, user_id = policy._with_colleague(parts, "bd_analyst", "B")
        assert user_id not in parts.policies.users
        assert other.policies.users[user_id].grants == parts.policies.users["bd_analyst"].grants
        assert other.ledger is parts.ledger


def test_unknown_roles_are_named_before_anything_is_asked(bench, tmp_path: Path) -> None:
    from assistant.errors import UserError

    row = {"id": "x", "sql": "select 1", "role": "nobody_here", "purpose": "p", "expected": "refuse"}
    (tmp_path / "c.jsonl").write_text(json.dumps(row))
    with pytest.raises(UserError) as error:
        PolicyTask(tmp_path / "c.jsonl", bench)
    assert "nobody_here" in error.value.text.en


def test_history_decides_and_is_forgotten_between_cases(bench, tmp_path: Path) -> None:
    """One day more than what the group was already given: safe alone, a difference of few persons afterwards."""
    counted = "select count(*) as n from mca_lowincome where start_date <= date '2024-08-0{}'"
    row = {"sql": counted.format(2), "role": "bd_analyst", "purpose": "宏观统计分析", "expected": "allow"}
    histories = ([], [counted.format(1)], ["[user=B] " + counted.format(1)], [])
    rows = [{"id": f"c{place}", **row, "history": history} for place, history in enumerate(histories)]
    (tmp_path / "c.jsonl").write_text("\n".join(json.dumps(one) for one in rows))
    task = PolicyTask(tmp_path / "c.jsonl", bench)
    outcomes = [task.observe(case)["outcome"] for case in task.cases]
    assert outcomes == ["allow", "suppress", "suppress", "allow"]


@pytest.mark.shared
def test_the_development_cases_leak_nothing(bench, tmp_path: Path) -> None:
    from evals.observations import Observations
    from evals.run import run

    if not SHARED.is_dir():
        pytest.skip("the policy cases are not beside the checkout")
    task = PolicyTask(SHARED, bench)
    done = run(task, Observations(tmp_path / "o.sqlite"), limit=20, fresh=True)
    metrics = task.summarise(done.results).metrics
    assert metrics["false_permits"] == 0
