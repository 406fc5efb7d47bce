"""Words that name a figure without its name: a defining value, a counted noun, the number of groups."""

from __future__ import annotations

import pytest
from city_words import city_model, city_values

from assistant.domain import QueryPlan
from assistant.language import detect
from assistant.nl2sql.plans.linking import Linked, link
from assistant.nl2sql.plans.value_metrics import condition_of, contradicts, defined_by


def read(text: str) -> Linked:
    model = city_model()
    return link(text, model=model, values=city_values(), as_of=model.as_of, lang=detect(text))


def plan_of(text: str) -> QueryPlan:
    linked = read(text)
    assert linked.outcome == "plan", (linked.outcome, linked.unlinked)
    assert linked.plan is not None
    return linked.plan


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("event_type = '迁入'", ("event_type", ("迁入",))),
        ("a in ('x', 'y')", ("a", ("x", "y"))),
        ("a = 'x' and b = 'y'", None),
        ("a <> 'x'", None),
        ("poverty_flag", None),
        ("", None),
    ],
)
def test_a_condition_on_one_column(where: str, found: object) -> None:
    assert condition_of(where) == found


@pytest.mark.parametrize(
    ("text", "metrics"),
    [
        ("2023年每季度迁入和迁出各多少", ("move_ins", "move_outs")),
        ("2023年各区死亡和出生各多少人", ("deaths", "births")),
        ("云麓区有几所医院", ("hospitals",)),
        ("各区分别有多少家医疗机构", ("hospitals",)),
        ("number of hospitals in Jindu", ("hospitals",)),
    ],
)
def test_the_figure_is_implied(text: str, metrics: tuple[str, ...]) -> None:
    plan = plan_of(text)
    assert set(plan.metrics) == set(metrics)
    assert not any(item.dimension in ("vital_event", "hospital") for item in plan.filters)
    assert "hospital" not in plan.dimensions


def test_a_value_that_the_figure_excludes_is_another_figure() -> None:
    model = city_model()
    assert contradicts(model.metric_by_id["deaths"], "vital_event", ("出生",), model)
    assert not contradicts(model.metric_by_id["deaths"], "vital_event", ("死亡", "出生"), model)
    assert [metric.id for metric in defined_by("vital_event", "出生", model)] == ["births"]
    assert defined_by("ticket_category", "城市管理", model) == ()


@pytest.mark.parametrize(
    ("text", "dimension"),
    [
        ("2023年热线工单超过500件的街道有几个", "street"),
        ("有多少个区2023年新设企业不少于300家", "district"),
        ("How many districts had more than 400 births in 2023?", "district"),
    ],
)
def test_groups_within_a_bound_are_counted(text: str, dimension: str) -> None:
    plan = plan_of(text)
    assert plan.counted == dimension
    assert plan.dimensions == (dimension,)
    assert len(plan.having) == 1


@pytest.mark.parametrize("text", ["2023年热线工单超过500件的街道有哪些", "2023年热线工单超过500件的街道各有多少件"])
def test_groups_that_are_asked_for_by_name_are_listed(text: str) -> None:
    assert plan_of(text).counted == ""


@pytest.mark.parametrize(
    ("text", "dimension", "op"),
    [
        ("2023年120平方米以上的住房成交了多少套", "house_area", "ge"),
        ("2023年60平方米以下二手房成交套数", "house_area", "lt"),
    ],
)
def test_a_bound_with_a_unit_is_a_condition_on_that_quantity(text: str, dimension: str, op: str) -> None:
    assert [(item.dimension, item.op) for item in plan_of(text).filters if item.dimension == dimension] == [
        (dimension, op)
    ]


def test_a_ratio_word_after_a_name_is_the_declared_ratio_and_a_share_of_the_city_is_not() -> None:
    assert plan_of("各区流动人口比例").metrics == ("migrant_ratio",)
    shares = plan_of("各区流动人口占全市的比重")
    assert shares.metrics == ("migrant_population",)
    assert shares.derived == ("share",)


def test_a_day_with_an_implied_figure_of_a_period_asks_back() -> None:
    linked = read("2023年底排污许可证有多少张")
    assert linked.outcome == "clarify"
    assert linked.clarification is not None
    assert len(linked.clarification.options) == 2
