from __future__ import annotations

import random
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain import Category, Classification, ColumnRole, LabelStatus, Level, PrivacyUnit
from assistant.errors import StoreUnavailable
from assistant.policies.checksums import resident_id_check
from assistant.steward.label_cases import LabelCase, recall_cases, remember_case
from assistant.steward.proposals import propose_labels, raised
from tests.steward.conftest import CONFIRMED, NEUTRAL, item, resource

DAY = date(2025, 10, 31)


def test_items_a_person_labelled_are_left_alone() -> None:
    assert propose_labels([resource("R1", elements=(item("身份证号", label=NEUTRAL),))]) == ()


def test_a_name_tells_an_id_number_with_its_evidence() -> None:
    (found,) = propose_labels([resource("R1", elements=(item("申请人身份证号"),))])
    assert found.label.level is Level.G4
    assert found.label.role is ColumnRole.DIRECT_ID
    assert found.label.status is LabelStatus.PROPOSED
    assert found.clues
    assert 0.5 < found.confidence <= 1


def test_what_most_twins_are_decides_and_one_protected_copy_does_not() -> None:
    survey = item("行业代码", "R9", label=CONFIRMED)
    plain = [resource(f"R{n}", elements=(item("行业代码", f"R{n}", label=NEUTRAL),)) for n in range(2, 5)]
    new = resource("R1", elements=(item("行业代码"),))
    (found,) = propose_labels([new, *plain, resource("R9", elements=(survey,))])
    assert found.label.level is Level.G1
    assert found.label.status is LabelStatus.PROPOSED


def test_values_with_check_digits_tell_what_a_name_hides() -> None:
    made = random.Random(7)
    bodies = [
        f"990101{made.randint(1950, 2010)}{made.randint(1, 12):02}{made.randint(1, 28):02}{n:03}" for n in range(300)
    ]
    sample = [body + resident_id_check(body) for body in bodies]
    hidden = resource("R1", elements=(item("字段七"),))
    (found,) = propose_labels([hidden], values={"R1.字段七": sample})
    assert found.label.level is Level.G4
    assert found.confidence > 0.8
    assert propose_labels([hidden], values={"R1.字段七": ["abc"] * 300}) == ()


def test_neighbours_raise_an_item_of_a_resource_about_persons() -> None:
    (found,) = propose_labels([resource("R1", unit=PrivacyUnit.PERSON, elements=(item("就学年份"),))])
    assert found.label.level is Level.G2
    assert found.confidence < 0.5


def test_a_verdict_is_remembered(tmp_path: Path) -> None:
    path = tmp_path / "steward" / "cases.jsonl"
    offered = resource("R1", elements=(item("联系电话"),))
    (first,) = propose_labels([offered], cases=recall_cases(path))
    case = LabelCase(
        element_id=first.element_id, name=first.name, level=first.label.level, role=first.label.role,
        verdict="rejected", by="steward", on=DAY,
    )  # fmt: skip
    remember_case(path, case)
    assert recall_cases(path) == (case,)
    assert propose_labels([offered], cases=recall_cases(path)) == ()
    elsewhere = resource("R2", elements=(item("联系电话", "R2"),))
    assert len(propose_labels([elsewhere], cases=recall_cases(path))) == 1  # a no for one item is none for all


def test_an_accepted_case_is_evidence_elsewhere() -> None:
    case = LabelCase(
        element_id="R2.家庭情况", name="家庭情况", level=Level.G4, role=ColumnRole.SENSITIVE_ATTR,
        verdict="accepted", by="steward", on=DAY,
    )  # fmt: skip
    (found,) = propose_labels([resource("R1", elements=(item("家庭情况"),))], cases=[case])
    assert found.label.level is Level.G4
    assert "R2.家庭情况" in found.clues[-1].why.zh


def test_a_damaged_record_is_an_error_and_not_an_empty_one(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text("{}\n", encoding="utf-8")
    with pytest.raises(StoreUnavailable):
        recall_cases(path)


LABELS = st.builds(
    Classification,
    level=st.sampled_from(Level),
    role=st.sampled_from(ColumnRole),
    categories=st.lists(st.sampled_from(Category), max_size=3, unique=True).map(tuple),
)


@given(LABELS, LABELS)
def test_raising_never_lowers(standing: Classification, proposed: Classification) -> None:
    found = raised(standing, proposed)
    assert found.level >= standing.level
    assert found.level == max(standing.level, proposed.level)
    assert set(found.categories) >= set(standing.categories) - {Category.OPEN}
    assert raised(found, proposed).role is found.role
