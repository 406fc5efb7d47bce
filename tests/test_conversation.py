"""Follow-ups to complete questions (tests/cases/followups.yaml)."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from city_words import CASES, city_model, city_values

from assistant.conversation import Completed, Turn, complete
from assistant.domain import QueryPlan
from assistant.language import detect
from assistant.nl2sql.calendars import DAY
from assistant.nl2sql.linking import link

CASE_LIST = yaml.safe_load((CASES / "followups.yaml").read_text(encoding="utf-8"))


def talk(turns: list[str]) -> Completed:
    model, values = city_model(), city_values()
    history: tuple[Turn, ...] = ()
    completed = None
    for text in turns:
        completed = complete(text, history, model=model, values=values, as_of=model.as_of, lang=detect(text))
        plan = completed.linked.plan if completed.linked.outcome == "plan" else None
        history = (*history, Turn(question=completed.text, plan=plan))
    assert completed is not None
    return completed


def shown(plan: QueryPlan) -> dict[str, Any]:
    found: dict[str, Any] = {
        "metrics": list(plan.metrics),
        "dimensions": list(plan.dimensions),
        "filters": {item.dimension: list(item.labels) for item in plan.filters},
        "period": [plan.period.start, plan.period.end - DAY] if plan.period else None,
        "grain": plan.grain,
        "comparisons": list(plan.comparisons),
        "derived": list(plan.derived),
        "order": f"{' '.join(plan.order_by)} {plan.limit or ''}".strip() if plan.order_by else None,
        "chart": plan.chart,
    }
    return {key: value for key, value in found.items() if value}


@pytest.mark.parametrize("case", CASE_LIST, ids=lambda case: case["id"])
def test_a_conversation(case: dict[str, Any]) -> None:
    completed = talk(case["turns"])
    assert completed.text == case["question"]
    assert completed.linked.outcome == case.get("outcome", "plan")
    if "plan" in case:
        assert completed.linked.plan is not None
        assert shown(completed.linked.plan) == case["plan"]


@pytest.mark.parametrize("case", [c for c in CASE_LIST if "plan" in c], ids=lambda case: case["id"])
def test_the_complete_question_means_the_same_without_the_conversation(case: dict[str, Any]) -> None:
    completed = talk(case["turns"])
    model = city_model()
    alone = link(completed.text, model=model, values=city_values(), as_of=model.as_of, lang="zh")
    assert alone.plan is not None
    expected = {key: value for key, value in case["plan"].items() if key != "chart"}
    assert {key: value for key, value in shown(alone.plan).items() if key != "chart"} == expected


def test_options_of_an_ambiguous_follow_up_are_whole_questions() -> None:
    asked = talk(["2024年各区热线工单量", "那企业呢"]).linked.clarification
    assert asked is not None
    assert asked.options[0].question == "2024年各区存续企业数"


def test_why_explains_the_last_answer() -> None:
    completed = talk(["2024年各区热线工单量", "为什么？"])
    assert completed.asks_why
    assert completed.text == "2024年各区热线工单量"


def test_without_history_a_follow_up_is_a_question_like_any_other() -> None:
    completed = talk(["按行业拆开"])
    assert not completed.follow_up
    assert completed.linked.outcome in ("unlinked", "clarify")


def test_a_plan_of_another_model_is_not_continued() -> None:
    model = city_model()
    history = (Turn(question="x", plan=QueryPlan(metrics=("unknown_metric",))),)
    completed = complete("2024年呢", history, model=model, values=city_values(), as_of=model.as_of, lang="zh")
    assert not completed.follow_up
