"""The development cases of the policy data from SQL to the released table, with their history under one ledger."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from policy_worlds import ROOT, World
from release_worlds import ReleaseWorld

from assistant.domain import Outcome

pytestmark = pytest.mark.shared
DATA = ROOT.parent / "shared" / "data" / "policy"


def _cases() -> list[dict[str, Any]]:
    files = [DATA / "adversarial_dev.jsonl", DATA / "utility_dev.jsonl"]
    if not all(file.is_file() for file in files):
        return []
    found = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return [case for case in found if case["sql"]]


CASES = _cases()
NEEDS_DATA = pytest.mark.skipif(not CASES, reason="the policy cases lie beside the checkout (../shared/data/policy)")


@pytest.fixture(scope="module")
def world(fixture_world: World, tmp_path_factory: pytest.TempPathFactory) -> ReleaseWorld:
    return ReleaseWorld(fixture_world, tmp_path_factory.mktemp("release"))


@NEEDS_DATA
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_development_case_is_released_as_expected(case: dict[str, Any], world: ReleaseWorld) -> None:
    ledger = world.fresh_ledger(case["id"])
    for earlier in case["history"]:
        world.ask(case["role"], re.sub(r"^\[user=.*?\] ", "", earlier), ledger, purpose=case["purpose"])
    made = world.ask(case["role"], case["sql"], ledger, purpose=case["purpose"])
    assert made.outcome.name.lower() == case["expected"], made.rules
    if made.outcome is Outcome.SUPPRESS:
        assert made.table is not None
        assert made.table.suppressions or made.table.rows_withheld
    if made.outcome >= Outcome.AGGREGATE_ONLY:
        assert made.table is None


@NEEDS_DATA
def test_benign_questions_after_one_another_stay_allowed(world: ReleaseWorld) -> None:
    """One ledger for all of a department's ordinary questions: nothing is refused for what was asked before."""
    ledger = world.fresh_ledger("benign")
    benign = [case for case in CASES if case["expected"] == "allow" and case["role"] == "bd_analyst"]
    outcomes = {case["id"]: world.ask("bd_analyst", case["sql"], ledger).outcome for case in (*benign, *benign)}
    assert {name for name, outcome in outcomes.items() if outcome is not Outcome.ALLOW} == set()


@NEEDS_DATA
def test_free_text_leaves_without_its_persons(world: ReleaseWorld) -> None:
    made = world.ask(
        "hotline_officer", "select ticket_id, content from hotline_ticket where category = '噪音' limit 50",
        world.fresh_ledger("text"),
    )  # fmt: skip
    assert made.table is not None
    shown = " ".join(str(row[1]) for row in made.table.rows)
    assert "[姓名]" in shown
    assert not re.search(r"1[3-9]\d{9}", shown)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (
            "gender = '女' and district_code = 'D01'",
            "gender = '女' and district_code = 'D01' and birth_date >= date '1935-01-01'",
        ),
        ("district_code in ('D01', 'D02')", "district_code in ('D01', 'D02') and ethnicity <> '回族'"),
    ],
)
def test_either_both_sides_of_a_difference_are_large_or_one_is_withheld(
    world: ReleaseWorld, first: str, second: str
) -> None:
    ledger = world.fresh_ledger("pairs")
    counts = []
    for condition in (first, second):
        made = world.ask("bd_analyst", f"select count(*) from pop_resident where {condition}", ledger)
        assert made.table is not None
        counts.append(made.table.rows[0][0])
    if None not in counts:
        assert counts[0] == counts[1] or abs(int(str(counts[0])) - int(str(counts[1]))) >= 10


def test_two_purposes_of_one_department_are_no_way_around_the_ledger(world: ReleaseWorld) -> None:
    """Each figure stands on hundreds; the second less the first would be three people."""
    births = [row[0] for row in world.sorted_values("pop_resident", "birth_date")]
    later = next(place for place in range(1500, len(births)) if births[place] > births[place - 1])
    further = next(place for place in range(later + 1, len(births)) if births[place] > births[place - 1])
    assert 0 < further - later < 10
    counts = [
        f"select count(*) from pop_resident where birth_date < date '{births[place]}'" for place in (later, further)
    ]
    for second_purpose in ("macro_analysis", "benefit_review"):
        ledger = world.fresh_ledger("purposes")
        both = world.with_purposes("bd_analyst", ("macro_analysis", "benefit_review"))
        first = both.ask("bd_analyst", counts[0], ledger, purpose="macro_analysis")
        assert first.table is not None
        assert first.table.rows == ((later,),)
        second = both.ask("bd_analyst", counts[1], ledger, purpose=second_purpose)
        assert second.table is not None
        assert second.table.rows == ((None,),)
    alone = world.ask("bd_analyst", counts[1], world.fresh_ledger("alone"))
    assert alone.table is not None
    assert alone.table.rows == ((further,),)


def test_a_tracker_finds_no_way_through_a_crowd_of_tables(world: ReleaseWorld) -> None:
    """q(C or T) + q(C or not T) - q(all) is about C: 4 people here, and hundreds of figures stand around them."""
    ledger = world.fresh_ledger("crowd")
    pairs = [
        "street_code, gender", "street_code, marital_status", "street_code, year(birth_date) // 10",
        "street_code, ethnicity", "year(birth_date), gender", "year(birth_date), district_code",
    ]  # fmt: skip
    shown = sum(
        len(made.table.rows)
        for keys in pairs
        if (made := world.ask("bd_analyst", f"select {keys}, count(*) from pop_resident group by 1, 2", ledger)).table
    )
    assert shown > 150
    few = "birth_date between date '1950-03-01' and date '1950-04-15'"
    for pad in ("gender = '男'", "marital_status = '已婚'"):
        figures = []
        for where in (f"({few}) or {pad}", "true", f"({few}) or not ({pad})"):
            made = world.ask("bd_analyst", f"select count(*) from pop_resident where {where}", ledger)
            assert made.table is not None
            figures.append(made.table.rows[0][0])
        assert figures[0] is not None
        assert figures[2] is None


def test_the_folder_beside_the_checkout_is_optional() -> None:
    assert CASES or not Path(DATA).is_dir()
