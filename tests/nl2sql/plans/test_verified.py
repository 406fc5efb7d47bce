"""核定问数: parameters may change, nothing else, and approval ends."""

from __future__ import annotations

from datetime import date

import pytest
from city_words import city_model, city_values

from assistant.domain import QueryPlan
from assistant.nl2sql.plans.linking import link
from assistant.nl2sql.plans.verified import verified_question

TODAY = date(2025, 11, 1)


def plan_of(text: str) -> QueryPlan:
    model = city_model()
    plan = link(text, model=model, values=city_values(), as_of=model.as_of, lang="zh").plan
    assert plan is not None
    return plan


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025年各区新设企业数，和上年同期比", "vq_new_firms_by_district"),
        ("2024年各区新设企业数，和上年同期比，最高的3个", "vq_new_firms_by_district"),
        ("临江区2024年每月热线工单量", "vq_tickets_by_month"),
        ("2024年各区新设企业数", None),
        ("2025年制造业各区新设企业数，和上年同期比", None),
        ("2024年热线工单量超过10000件的区", None),
    ],
)
def test_what_counts_as_verified(text: str, expected: str | None) -> None:
    found = verified_question(plan_of(text), city_model(), TODAY)
    assert (found.id if found else None) == expected


def test_approval_expires() -> None:
    assert verified_question(plan_of("临江区2024年每月热线工单量"), city_model(), date(2026, 5, 15)) is None
