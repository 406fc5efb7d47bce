"""Every combination of figures, splits, grains and calculations compiles or is a typed finding; no other error."""

from __future__ import annotations

from datetime import date

import pytest
import sqlglot
from city_words import city_model
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from assistant.domain import PlanFilter, QueryPlan
from assistant.nl2sql.plans.calendars import period_of
from assistant.nl2sql.plans.compiling import NotExpressible, compile_plan
from assistant.nl2sql.plans.outputs import outputs_of
from assistant.nl2sql.plans.plan_checks import finding_of

MODEL = city_model()
YEAR = period_of(date(2024, 1, 1), date(2025, 1, 1))
METRICS = st.sampled_from([metric.id for metric in MODEL.metrics])
DIMENSIONS = st.sampled_from([dimension.id for dimension in MODEL.dimensions])
PERIODS = st.sampled_from(
    [None, YEAR, period_of(date(2024, 3, 1), date(2024, 4, 1)), period_of(date(2024, 2, 5), date(2024, 2, 9))]
)


@st.composite
def plans(draw: st.DrawFn) -> QueryPlan:
    metrics = tuple(draw(st.lists(METRICS, min_size=1, max_size=2, unique=True)))
    target = draw(st.sampled_from([metrics[0], f"{metrics[0]}_yoy_rate", f"{metrics[0]}_share"]))
    having = ((target, draw(st.sampled_from([">", "<=", "=", "~"])), 0.0),) if draw(st.booleans()) else ()
    filtered = draw(st.lists(DIMENSIONS, max_size=1))
    return QueryPlan(
        metrics=metrics,
        dimensions=tuple(draw(st.lists(DIMENSIONS, max_size=2, unique=True))),
        filters=tuple(PlanFilter(dimension=one, op="in", values=("x",)) for one in filtered),
        period=draw(PERIODS),
        grain=draw(st.sampled_from([None, "year", "quarter", "month", "day", "week"])),
        comparisons=tuple(draw(st.lists(st.sampled_from(["yoy", "mom"]), max_size=2, unique=True))),
        derived=tuple(draw(st.lists(st.sampled_from(["share", "rank", "cumulative"]), max_size=2, unique=True))),
        having=having,
        order_by=(target, "desc") if draw(st.booleans()) else None,
        limit=draw(st.sampled_from([None, 3])),
        share_of=tuple(filtered) if draw(st.booleans()) else (),
        without=tuple(draw(st.lists(METRICS, max_size=1))),
    )


@given(plan=plans())
@settings(max_examples=400, deadline=None)
def test_nothing_but_a_typed_finding_escapes(plan: QueryPlan) -> None:
    try:
        text = compile_plan(plan, MODEL).text
    except NotExpressible:
        return
    assert finding_of(plan, MODEL) is None
    tree = sqlglot.parse_one(text, read="duckdb")
    assert isinstance(tree, exp.Select)
    assert [one.alias_or_name for one in tree.expressions] == [one.name for one in outputs_of(plan, MODEL)]


@pytest.mark.parametrize("metric", MODEL.metrics, ids=lambda metric: metric.id)
def test_each_metric_with_each_dimension_it_reaches(metric) -> None:  # type: ignore[no-untyped-def]
    compiled = 0
    for dimension in MODEL.dimensions:
        plan = QueryPlan(metrics=(metric.id,), dimensions=(dimension.id,), period=None)
        if finding_of(plan, MODEL) is None:
            assert compile_plan(plan, MODEL).text
            compiled += 1
    assert compiled or metric.entity == "hr_civil_servant"


@pytest.mark.parametrize(
    ("plan", "code"),
    [
        (QueryPlan(metrics=("population_density",), grain="month"), "plan.snapshot"),
        (QueryPlan(metrics=("civil_servants",), dimensions=("district",), derived=("share",)), "plan.reach"),
        (QueryPlan(metrics=("pm25",), dimensions=("street",), grain="year"), "plan.reach"),
        (QueryPlan(metrics=("tickets",), derived=("cumulative",)), "plan.cumulative"),
        (QueryPlan(metrics=("tickets",), derived=("share",)), "plan.share"),
        (QueryPlan(metrics=("tickets",), derived=("rank",)), "plan.rank"),
        (QueryPlan(metrics=("tickets",), comparisons=("mom",)), "plan.comparison"),
        (QueryPlan(metrics=("active_firms",), grain="day", period=YEAR), "plan.grain"),
        (QueryPlan(metrics=("tax_paid",), grain="month", period=YEAR), "plan.grain"),
        (QueryPlan(metrics=("new_firms",), dimensions=("reg_capital",)), "plan.group"),
        (QueryPlan(metrics=("tickets",), order_by=("new_firms", "desc")), "plan.having"),
        (QueryPlan(metrics=("no_such",)), "plan.metric"),
        (QueryPlan(metrics=("tickets",), dimensions=("no_such",)), "plan.dimension"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_finding_says_what_is_wrong(plan: QueryPlan, code: str) -> None:
    found = finding_of(plan, MODEL)
    assert found is not None
    assert found.code == code
    with pytest.raises(NotExpressible):
        compile_plan(plan, MODEL)


def test_what_can_be_computed_has_no_finding() -> None:
    plan = QueryPlan(metrics=("tickets",), dimensions=("district",), grain="month", period=YEAR, comparisons=("yoy",))
    assert finding_of(plan, MODEL) is None
