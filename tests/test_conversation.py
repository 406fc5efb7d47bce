"""Follow-ups to complete questions (tests/cases/followups.yaml)."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from city_words import CASES, city_model, city_values

from assistant.conversation import Completed, Turn, complete
from assistant.domain import QueryPlan
from assistant.language import detect
from assistant.nl2sql.plans.calendars import DAY
from assistant.nl2sql.plans.linking import link

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
        "per": plan.per,
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


def converse(turns: list[str]) -> list[Completed]:
    """Every turn as it was read, with what the store would remember of it."""
    model, values = city_model(), city_values()
    history: tuple[Turn, ...] = ()
    read = []
    for text in turns:
        completed = complete(text, history, model=model, values=values, as_of=model.as_of, lang=detect(text))
        outcome = completed.linked.outcome
        plan = completed.linked.plan if outcome == "plan" else None
        history = (*history, Turn(question=completed.text, plan=plan, asked_back=outcome == "clarify"))
        read.append(completed)
    return read


def test_at_most_two_questions_back_in_a_row() -> None:
    outcomes = [one.linked.outcome for one in converse(["2024年企业", "人口", "补贴", "2024年各区新设企业数", "企业"])]
    assert outcomes == ["clarify", "clarify", "unlinked", "plan", "clarify"]


@pytest.mark.parametrize(
    ("asked", "reply", "metric"),
    [
        ("2023年有多少企业", "我问的是注销的", "closed_firms"),
        ("2023年有多少企业", "第二个", "new_firms"),
        ("2023年的补贴情况", "人数", "subsidy_persons"),
        ("firms in 2023", "the closed ones", "closed_firms"),
    ],
)
def test_a_reply_chooses_a_reading(asked: str, reply: str, metric: str) -> None:
    first, second = converse([asked, reply])
    assert first.linked.outcome == "clarify"
    assert second.linked.outcome == "plan"
    assert second.linked.plan is not None
    assert second.linked.plan.metrics == (metric,)
    assert second.linked.plan.period is not None
    assert second.linked.plan.period.start.year == 2023


def test_a_new_question_after_a_question_back_is_no_choice() -> None:
    second = converse(["2023年有多少企业", "2024年各区注销企业数"])[1]
    assert second.linked.plan is not None
    assert second.linked.plan.dimensions == ("district",)
    assert second.text == "2024年各区注销企业数"


@pytest.mark.parametrize(
    ("turns", "metric"),
    [
        (["各区常住人口", "那户籍的呢"], "registered_population"),
        (["2023年各区死亡人口", "出生的呢"], "births"),
        (["2023年各区新设企业数", "再看看注销的"], "closed_firms"),
    ],
)
def test_half_a_name_is_the_neighbouring_figure(turns: list[str], metric: str) -> None:
    plan = converse(turns)[-1].linked.plan
    assert plan is not None
    assert plan.metrics == (metric,)
    assert plan.dimensions == ("district",)
    assert plan.filters == ()


def test_a_word_that_narrows_keeps_the_figure() -> None:
    plan = converse(["2023年各区新设企业数", "其中注销的"])[-1].linked.plan
    assert plan is not None
    assert plan.metrics == ("new_firms",)
    assert [item.labels for item in plan.filters] == [("注销",)]


@pytest.mark.parametrize(
    ("follow_up", "changed"),
    [
        ("和去年比呢", {"comparisons": ("yoy",)}),
        ("画成饼图", {"chart": "pie"}),
        ("换成满意率", {"metrics": ("satisfaction_ratio",)}),
        ("那2023年呢", {}),
        ("为什么", {}),
    ],
)
def test_a_change_is_made_without_a_model(follow_up: str, changed: dict[str, Any]) -> None:
    read = converse(["2024年各区热线工单量", follow_up])[-1]
    assert read.follow_up
    assert read.linked.plan is not None
    assert read.linked.plan.dimensions == ("district",)
    for name, value in changed.items():
        assert getattr(read.linked.plan, name) == value
    assert read.asks_why == (follow_up == "为什么")
