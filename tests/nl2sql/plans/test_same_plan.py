"""The same question in Simplified, Traditional and English is one plan: over the pairs of the answers suite."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest
from city_words import city_model, city_values
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.domain import Lang, QueryPlan
from assistant.language import to_traditional
from assistant.nl2sql.plans.linking import link
from evals.loaders import WrittenCase, read_written, yaml_files

CASES = Path(__file__).parents[3] / "evals" / "cases" / "answers"
MODEL = city_model()


def written() -> dict[str, list[WrittenCase]]:
    """The cases of each pair; blind ones are left alone."""
    found: dict[str, list[WrittenCase]] = defaultdict(list)
    for file in yaml_files(CASES):
        for case, _ in read_written(file):
            if case.pair and not case.id.startswith("b-") and not case.before:
                found[case.pair].append(case)
    return {pair: cases for pair, cases in found.items() if len(cases) > 1}


PAIRS = written()


def plan_of(text: str, lang: Lang) -> QueryPlan | None:
    linked = link(text, model=MODEL, values=city_values(), as_of=MODEL.as_of, lang=lang)
    if linked.outcome != "plan" or linked.plan is None:
        return None
    return meant(linked.plan)


def meant(plan: QueryPlan) -> QueryPlan:
    """What is computed: how it was found and drawn does not matter, nor the order in which values were named."""
    filters = tuple(sorted((replace(one, labels=()) for one in plan.filters), key=lambda one: one.dimension))
    return replace(plan, links=(), chart=None, filters=filters)


@pytest.mark.parametrize("pair", sorted(PAIRS))
def test_a_pair_is_one_plan(pair: str) -> None:
    plans = {case.lang: plan_of(case.question, case.lang) for case in PAIRS[pair]}  # type: ignore[arg-type]
    found = [plan for plan in plans.values() if plan is not None]
    assert all(plan == found[0] for plan in found), plans


def test_most_pairs_are_understood_in_every_language() -> None:
    whole = [
        pair
        for pair, cases in PAIRS.items()
        if all(plan_of(case.question, case.lang) is not None for case in cases)  # type: ignore[arg-type]
    ]
    assert len(whole) >= 0.85 * len(PAIRS), sorted(set(PAIRS) - set(whole))


METRICS = st.sampled_from([metric.name for metric in MODEL.metrics if metric.timing == "flow"])
YEARS = st.sampled_from(["2023年", "2024年", "2024年上半年", "去年"])
SHAPES = st.sampled_from(
    ["{when}{what}", "{when}各区{what}", "{when}{what}最高的三个区", "{when}每季度{what}", "{when}{what}，和上年同期比"]
)


@given(what=METRICS, when=YEARS, shape=SHAPES)
@settings(max_examples=60, deadline=None)
def test_the_script_changes_nothing(what: str, when: str, shape: str) -> None:
    text = shape.format(what=what, when=when)
    assert plan_of(text, "zh") == plan_of(to_traditional(text), "zh-Hant")
