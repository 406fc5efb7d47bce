"""Editing a piece of the interpretation: every change offered links to the changed plan again, without a model."""

from __future__ import annotations

from dataclasses import replace

import pytest
from city_words import city_model, city_values

from assistant.domain import Lang, QueryPlan
from assistant.language import detect
from assistant.nl2sql.plans.chips import MOST, chips_of
from assistant.nl2sql.plans.linking import link
from assistant.nl2sql.plans.values import ValueIndex

MODEL = city_model()
QUESTIONS = [
    "2024年各区新设企业数",
    "临江区2024年每月热线工单量",
    "2024年热线工单最多的三个区",
    "2024年城市管理类热线工单量和上年同期比",
    "各区常住人口",
    "2024年各行业门类新设企业数占比",
    "hotline tickets by district in 2024",
]


def plan_of(text: str, lang: Lang) -> QueryPlan:
    linked = link(text, model=MODEL, values=city_values(), as_of=MODEL.as_of, lang=lang)
    assert linked.outcome == "plan", (text, linked.outcome, linked.unlinked)
    assert linked.plan is not None
    return replace(linked.plan, links=(), chart=None)


@pytest.mark.parametrize("text", QUESTIONS)
def test_every_change_is_another_plan_that_links_again(text: str) -> None:
    lang = detect(text)
    plan = plan_of(text, lang)
    found = chips_of(plan, MODEL, city_values(), lang)
    assert found[0].kind == "metric"
    for chip in found:
        assert 1 <= len(chip.changes) <= MOST
        for change in chip.changes:
            assert plan_of(change.question, lang) != plan, change.question


def test_one_piece_changes_and_the_others_stay() -> None:
    plan = plan_of("临江区2024年每月热线工单量", "zh")
    chips = {chip.kind: chip for chip in chips_of(plan, MODEL, city_values(), "zh")}
    moved = plan_of(next(one.question for one in chips["period"].changes if "2023" in one.label), "zh")
    assert moved.period is not None
    assert moved.period.start.year == 2023
    assert (moved.metrics, moved.filters, moved.grain) == (plan.metrics, plan.filters, plan.grain)
    free = plan_of(chips["filter"].changes[0].question, "zh")
    assert free.filters == ()
    assert (free.metrics, free.period, free.grain) == (plan.metrics, plan.period, plan.grain)


def test_only_values_that_the_asker_may_see_are_offered() -> None:
    plan = plan_of("临江区2024年热线工单量", "zh")
    nothing = ValueIndex()
    chips = {chip.kind: chip for chip in chips_of(plan, MODEL, nothing, "zh")}
    assert [change.label for change in chips["filter"].changes] == ["不限"]
    everything = {chip.kind: chip for chip in chips_of(plan, MODEL, city_values(), "zh")}
    assert len(everything["filter"].changes) > 1


def test_what_cannot_be_computed_is_not_offered() -> None:
    plan = plan_of("各区常住人口", "zh")
    kinds = [chip.kind for chip in chips_of(plan, MODEL, city_values(), "zh")]
    assert "period" not in kinds  # a snapshot has no other time
    assert "comparison" not in kinds
