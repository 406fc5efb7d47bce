"""From what was read to a QueryPlan. Pure."""

from __future__ import annotations

from dataclasses import replace

from assistant.domain import QueryPlan
from assistant.nl2sql.asked_order import Order
from assistant.nl2sql.asked_terms import Terms
from assistant.nl2sql.asked_time import AskedTime
from assistant.nl2sql.join_paths import path
from assistant.nl2sql.question_reading import QuestionReading, chart_of, period_links
from assistant.nl2sql.semantic_model import SemanticModel
from assistant.nl2sql.value_metrics import asks_how_many


def plan_of(read: QuestionReading, time: AskedTime, model: SemanticModel) -> QueryPlan:
    terms, order = read.terms, read.order
    share = any(item.is_operator("share") for item in read.tags)
    metrics = _metrics(terms, share, model, read)
    absent = tuple(metric for metric in terms.absent if metric in metrics)
    plan = QueryPlan(
        metrics=metrics,
        dimensions=tuple(terms.dimensions),
        filters=(*terms.filters, *order.filters),
        period=time.period,
        grain=time.grain,
        comparisons=time.comparisons,
        having=(*order.having, *((metric, "=", 0.0) for metric in absent if terms.dimensions)),
        links=(*terms.links, *period_links(read, time.period)),
        chart=chart_of(read),
    )
    plan = _with_share(plan, share and metrics == tuple(terms.metrics), read)
    plan = _with_order(plan, order, read)
    return _with_count(_with_absence(plan, absent, model), read)


def _with_count(plan: QueryPlan, read: QuestionReading) -> QueryPlan:
    """超过1000件的区有几个: how many groups meet the bound, not which. Only of one dimension and nothing beside it."""
    plain = not (plan.grain or plan.comparisons or plan.derived or plan.limit)
    if len(plan.dimensions) != 1 or len(plan.metrics) != 1 or not plan.having or not plain:
        return plan
    at = next((at for at, dimension in read.terms.dimension_at.items() if dimension == plan.dimensions[0]), None)
    if at is None or not asks_how_many(read.tags[at], read.text):
        return plan
    return replace(plan, counted=plan.dimensions[0], order_by=None)


def _is_ratio_of(terms: Terms, read: QuestionReading) -> bool:
    """各区困难学生比例: a word for a ratio right after the name makes one of it; 占全市的比重 is a share of the sum."""
    at = terms.at.get(terms.metrics[0], -2)
    following = next((tag for tag in read.tags[at + 1 :] if tag.text != "的"), None)
    return following is not None and following.is_operator("share") and not following.text.startswith("占")


def _metrics(terms: Terms, share: bool, model: SemanticModel, read: QuestionReading) -> tuple[str, ...]:
    """老年人口占常住人口的比重 is the declared ratio of the two."""
    if share and len(terms.metrics) == 2:
        one, two = terms.metrics
        ratio = next((m for m in model.metrics if m.numerator == one and m.denominator == two and m.unit == "%"), None)
        if ratio is not None:
            return (ratio.id,)
    if share and len(terms.metrics) == 1 and (not (terms.dimensions or terms.filters) or _is_ratio_of(terms, read)):
        ratio = next((m for m in model.metrics if m.numerator == terms.metrics[0] and m.unit == "%"), None)
        if ratio is not None:
            return (ratio.id,)
    return tuple(terms.metrics)


def _with_share(plan: QueryPlan, share: bool, read: QuestionReading) -> QueryPlan:
    if not share:
        return plan
    if plan.dimensions or plan.grain:
        return replace(plan, derived=("share",))
    filters = [item.dimension for item in plan.filters]
    if not filters:
        return plan
    whole = "占全市" in read.text or "of the city" in read.text
    return replace(plan, derived=("share",), share_of=tuple(filters) if whole or len(filters) == 1 else (filters[-1],))


def _with_order(plan: QueryPlan, order: Order, read: QuestionReading) -> QueryPlan:
    derived = list(plan.derived)
    ranked = order.rank and not order.limit and bool(plan.dimensions)
    if ranked:
        derived.append("rank")
    if any(item.is_operator("cumulative") for item in read.tags) and plan.grain:
        derived.append("cumulative")
    plan = replace(plan, derived=tuple(derived))
    if order.direction is None or not (plan.dimensions or plan.grain):
        return plan
    target = plan.metrics[0]
    if plan.comparisons and order.by_growth:
        target = f"{target}_{plan.comparisons[0]}_rate"
    elif plan.comparisons and order.by_change:
        target = f"{target}_{plan.comparisons[0]}_change"
    return replace(plan, order_by=(target, order.direction), limit=order.limit)


def _with_absence(plan: QueryPlan, absent: tuple[str, ...], model: SemanticModel) -> QueryPlan:
    """没有行政处罚的存续企业数: count the one, without those that have rows of the other."""
    counted = tuple(metric for metric in plan.metrics if metric not in absent)
    if not absent or plan.having or not counted:
        return plan
    base = model.metric_by_id[counted[0]]
    joined = all(path(model, model.parts(metric)[0].entity, base.entity) for metric in absent)
    return replace(plan, metrics=counted, without=absent) if joined and not base.is_ratio else plan
