"""The tests that stand beside the demo city's policies run here too, and the runner can fail."""

from __future__ import annotations

from pathlib import Path

import pytest
from policy_worlds import World

from assistant.errors import PolicyLoadError
from assistant.policies.rules import load_policies
from assistant.policy_cases import check_cases, decide, load_cases


def test_the_demo_citys_policy_cases_hold(demo_world: World) -> None:
    found = check_cases(demo_world.workspace, demo_world.catalog, demo_world.policies, demo_world.schema)
    assert [finding.message.zh for finding in found] == []


def test_the_worked_example_needs_its_policy(demo_world: World) -> None:
    """docs/policies.md: without the trial's decision table the first case comes out otherwise."""
    folder = demo_world.workspace / "policies" / "tests" / "tighten_ethnicity"
    trial = load_policies(demo_world.workspace, demo_world.catalog, trial=folder)
    for case in load_cases(folder / "cases.yaml"):
        decision = decide(case, demo_world.catalog, trial, demo_world.schema)
        assert decision is not None
        assert decision.outcome.name.lower() == case.expected.outcome
    case = load_cases(folder / "cases.yaml")[0]
    plain = decide(case, demo_world.catalog, demo_world.policies, demo_world.schema)
    assert plain is not None
    assert plain.outcome.name.lower() == "allow"


COUNT = "{id: A, title: t, why: w, user: analyst, sql: select count(*) as n from pop_resident, expected: %s}"
CASE = "{id: A, title: t, why: w, user: analyst, sql: select name from pop_resident, expected: {outcome: %s, rule: %s}}"


@pytest.mark.parametrize(
    ("case", "said"),
    [
        (CASE % ("allow", "R-G4-001"), "allow -> refuse"),
        (CASE % ("refuse", "R-G4-099"), "R-G4-099 -> R-G4-001"),
        (CASE.replace("analyst", "nobody") % ("refuse", "R-G4-001"), "user/purpose"),
        (COUNT % "{outcome: allow, min_units: {pop_resident: 99}}", "99 -> 10"),
    ],
)  # fmt: skip
def test_a_case_that_differs_is_reported(demo_world: World, tmp_path: Path, case: str, said: str) -> None:
    tests = tmp_path / "policies" / "tests"
    tests.mkdir(parents=True)
    (tests / "cases.yaml").write_text(f"cases:\n  - {case}\n", encoding="utf-8")
    (finding,) = check_cases(tmp_path, demo_world.catalog, demo_world.policies, demo_world.schema)
    assert said in finding.message.zh
    assert "cases.yaml:2 [cases[0].expected]" in finding.message.en


def test_a_wrong_case_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "cases.yaml"
    file.write_text("cases:\n  - {id: A, titel: t}\n", encoding="utf-8")
    with pytest.raises(PolicyLoadError, match="titel"):
        load_cases(file)
