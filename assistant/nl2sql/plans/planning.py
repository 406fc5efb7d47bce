"""From what was read to a QueryPlan. Pure."""

from __future__ import annotations

import re
from dataclasses import replace

from assistant.domain import QueryPlan
from assistant.nl2sql.plans.asked_order import Order
from assistant.nl2sql.plans.asked_rates import is_mean_of_one
from assistant.nl2sql.plans.asked_time import AskedTime
from assistant.nl2sql.plans.dividing import bounds_of, with_rate
from assistant.nl2sql.plans.join_paths import path
from assistant.nl2sql.plans.question_reading import QuestionReading, chart_of, period_links
from assistant.nl2sql.plans.semantic_model import SemanticModel
from assistant.nl2sql.plans.shares import is_of_a_place, told_share
from assistant.nl2sql.plans.terms import Terms
from assistant.nl2sql.plans.value_metrics import asks_how_many

_AMONG = re.compile(
    r"(?:多少|几|总共|总数|总额|一共|共).*(?:其中|这里面|当中)|how (?:many|much).*\bof (?:which|them|those|these)\b"
)
_BETWEEN = ("的", "和", "与", "及", "以及", "、")  # a figure and the word for its ratio
_AND = ("和", "与", "及", "以及", "、")


def plan_of(read: QuestionReading, time: AskedTime, model: SemanticModel) -> QueryPlan:
    terms, order = read.terms, read.order
    share = any(item.is_operator("share") for item in read.tags)
    metrics = _metrics(terms, share, model, read)
    absent = tuple(metric for metric in terms.absent if metric in metrics)
    bounds = bounds_of(order, time.per or read.rate is not None)
    if len(metrics) == 1 and metrics[0] not in terms.metrics:  # 占常住人口比重超过20%: the bound is on the ratio
        bounds = tuple((metrics[0] if target in terms.metrics else target, op, n) for target, op, n in bounds)
    plan = QueryPlan(
        metrics=metrics,
        dimensions=tuple(terms.dimensions),
        filters=(*terms.filters, *order.filters),
        period=time.period,
        grain=time.grain,
        comparisons=time.comparisons,
        pieces=time.pieces,
        per=time.per,
        having=(
            *bounds,
            *((metric, "=", 0.0) for metric in absent if terms.dimensions and not _of_units(metric, read)),
        ),
        links=(*terms.links, *period_links(read, time.period)),
        chart=chart_of(read),
    )
    plan = with_rate(plan, read, model)
    if is_mean_of_one(plan, model):
        plan = replace(plan, per="", having=order.having)
    plan = _with_share(plan, share and metrics == tuple(terms.metrics), read)
    plan = _with_order(_bounding_shares(_with_versus(plan, read, model)), order, read)
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
    """各区困难学生比例: a word for a ratio right after the name makes one of it; 占全市的比重 is a share of the sum.

    So does one right before it in English: percent of residents aged 60 and over.
    """
    at = terms.at.get(terms.metrics[0], -2)
    before = [tag for tag in read.tags[: max(at, 0)] if not tag.is_filler]
    if before and before[-1].text.isascii() and before[-1].is_operator("share"):
        return True
    following = next((tag for tag in read.tags[at + 1 :] if tag.text not in _BETWEEN), None)
    return following is not None and following.is_operator("share") and not following.text.startswith("占")


def _is_listed(terms: Terms, read: QuestionReading) -> bool:
    """老人数和占比: the number too."""
    at = terms.at.get(terms.metrics[0], -2)
    return at >= 0 and any(tag.text in _AND for tag in read.tags[at + 1 : at + 3])


def _metrics(terms: Terms, share: bool, model: SemanticModel, read: QuestionReading) -> tuple[str, ...]:
    """老年人口占常住人口的比重 is the declared ratio of the two."""
    if share and len(terms.metrics) == 2:
        one, two = terms.metrics
        pairs = (
            ((one, two), (two, one)) if read.text.isascii() else ((one, two),)
        )  # what share of residents are migrants
        ratio = next((m for m in model.metrics if (m.numerator, m.denominator) in pairs and m.unit == "%"), None)
        if ratio is not None:
            return (ratio.id,)
    if (
        share
        and len(terms.metrics) == 1
        and (not (terms.dimensions or terms.filters) or _is_ratio_of(terms, read) or is_of_a_place(terms, read, model))
    ):
        ratio = next((m for m in model.metrics if m.numerator == terms.metrics[0] and m.unit == "%"), None)
        if ratio is not None:
            return (terms.metrics[0], ratio.id) if _is_listed(terms, read) else (ratio.id,)
    return tuple(terms.metrics)


def _with_share(plan: QueryPlan, share: bool, read: QuestionReading) -> QueryPlan:
    among = bool(_AMONG.search(read.text)) and bool(plan.filters) and not (plan.dimensions or plan.grain)
    if not share and not (among and plan.metrics == tuple(read.terms.metrics) and len(plan.metrics) == 1):
        return plan
    if plan.dimensions or plan.grain:
        return replace(plan, derived=("share",), share_of=_share_within(plan, read))
    filters = [item.dimension for item in plan.filters]
    if not filters:
        return plan
    filters = [*(one for one in filters if one != (told := told_share(read))), *([told] if told in filters else [])]
    whole = "占全市" in read.text or "of the city" in read.text
    named = bool(_AMONG.search(read.text))
    return replace(
        plan,
        derived=("share", "whole") if named else ("share",),
        share_of=tuple(filters) if whole or len(filters) == 1 else (filters[-1],),
    )


def _with_versus(plan: QueryPlan, read: QuestionReading, model: SemanticModel) -> QueryPlan:
    """临江区是鹭汀区的几倍, 2024年比2022年多多少: two groups side by side, each against the other."""
    asked = any(tag.is_operator("times", "gap") for tag in read.tags)
    moved = bool(plan.pieces) and any(tag.is_operator("growth", "decline") for tag in read.tags)
    if not (asked or moved) or plan.comparisons or plan.derived or plan.per or len(plan.metrics) != 1:
        return plan
    by_value = [
        item
        for item in plan.filters
        if item.op == "in" and len(item.values) == 2 and plan.dimensions == (item.dimension,)
    ]
    pairs = [d for d in plan.dimensions if len(model.dimension_by_id[d].values) == 2]
    both = bool(pairs) and len(plan.dimensions) == 1 and all(item.dimension not in pairs for item in plan.filters)
    two = ((len(by_value) == 1 or both) and not plan.grain) or (len(plan.pieces) == 2 and not plan.dimensions)
    return replace(plan, derived=("versus",)) if two else plan


def _bounding_shares(plan: QueryPlan) -> QueryPlan:
    """不满意工单占比超过5%的部门: the bound is on the share."""
    if "share" not in plan.derived or not plan.share_of:
        return plan
    having = tuple(
        (f"{target}_share" if target in plan.metrics and 0 < number < 1 else target, op, number)
        for target, op, number in plan.having
    )
    return replace(plan, having=having)


_IN_EACH = re.compile(
    r"\b(?:in|of|for|within) each\b|占(?!全市|比|多少|几成)[^，,]{1,14}的?(?:比例|比重|百分)"
)  # by district tells how the sum is divided
_PLACES = ("district", "street")


def _share_within(plan: QueryPlan, read: QuestionReading) -> tuple[str, ...]:
    """微信占比逐年变化, 各部门不满意工单占比: what the values have of each year or group; () = each group of the sum.

    A place says where (临江区各渠道占比), and a value before the split word says of what (噪音投诉各区占比).
    """
    kinds = tuple(item.dimension for item in plan.filters if item.op == "in")  # several not wanted apart are one
    narrow = tuple(one for one in kinds if one not in plan.dimensions and (one not in _PLACES or not plan.dimensions))
    if not plan.dimensions or not narrow:
        return narrow
    split = min((at for at, one in read.terms.dimension_at.items() if one in plan.dimensions), default=-1)
    named = [at for at, tag in enumerate(read.tags) for sense in tag.of("value") if sense.target in narrow]
    before = bool(named) and split < min(named)
    winner = read.order.direction is not None
    return narrow if before or winner or _IN_EACH.search(read.text) else ()


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
    by = ordered_by(plan, order)
    fallen = ((by, "<", 0.0),) if order.falls and by not in plan.metrics else ()  # not the one that rose least
    return replace(plan, order_by=(by, order.direction), limit=order.limit, having=(*plan.having, *fallen))


def ordered_by(plan: QueryPlan, order: Order) -> str:
    """The output that 增长最快 (the rate), 增量最大 (the change) or a plain superlative (the figure) ranks by."""
    target = order.metric if order.metric in plan.metrics else plan.metrics[0]
    if plan.per:
        return f"{target}_per"
    if "share" in plan.derived and plan.share_of and not plan.comparisons:
        return f"{target}_share"  # 占比最高: by the share
    if plan.comparisons and order.by_growth:
        return f"{target}_{plan.comparisons[0]}_rate"
    return f"{target}_{plan.comparisons[0]}_change" if plan.comparisons and order.by_change else target


def _of_units(absent: str, read: QuestionReading) -> bool:
    """各区没有行政处罚的存续企业数, firms without a penalty by district: units have none of it, not districts."""
    places = {at for metric, at in read.terms.at.items() if metric != absent}
    at = read.terms.at.get(absent, -1)
    if at + 1 in {read.terms.at[one] for one in read.terms.stated if one in read.terms.at and one != absent}:
        return True  # 没有受过处罚的企业: what is counted is in the name of what is denied
    spoken = [index for index, tag in enumerate(read.tags) if not tag.is_filler]
    after = next((index for index in spoken if index > at >= 0), None)
    denials = [index for index in spoken if index < at and read.tags[index].is_operator("absent")]
    before = next((index for index in reversed(spoken) if denials and index < denials[-1]), None)
    return after in places or (before in places and read.tags[denials[-1]].text.isascii())


def _with_absence(plan: QueryPlan, absent: tuple[str, ...], model: SemanticModel) -> QueryPlan:
    """没有行政处罚的存续企业数: count the one, without those that have rows of the other."""
    counted = tuple(metric for metric in plan.metrics if metric not in absent)
    if not absent or plan.having or not counted:
        return plan
    base = model.metric_by_id[counted[0]]
    joined = all(path(model, model.parts(metric)[0].entity, base.entity) for metric in absent)
    return replace(plan, metrics=counted, without=absent) if joined and not base.is_ratio else plan
