"""By what a figure is divided: A除以B, 每家B平均多少A, 单笔平均, 每吨标准煤产值, the mean of a sum. Pure."""

from __future__ import annotations

import re
from dataclasses import replace

from assistant.domain import QueryPlan
from assistant.nl2sql.plans.asked_means import mean_instead
from assistant.nl2sql.plans.asked_order import Order
from assistant.nl2sql.plans.asked_rates import population_of
from assistant.nl2sql.plans.question_reading import QuestionReading
from assistant.nl2sql.plans.semantic_model import Metric, SemanticModel

_COUNTER = "[笔件宗套张份次条起单例所]"
_A_UNIT = re.compile(rf"(?:每|单)({_COUNTER})(?:的?平?均|[^,，。;；]{{1,6}}?平均)|平均(?:每|单)({_COUNTER})")
_LONG_UNIT = 2  # characters: 每吨标准煤, 每平方米 are of a quantity and no wish to see them apart


def _divided_at(plan: QueryPlan, read: QuestionReading) -> int | None:
    """The place of the word that divides: A除以B, A与B之比, 每家B平均有多少A."""
    if len(plan.metrics) != 2:
        return None
    one, two = sorted(read.terms.at.get(metric, -1) for metric in plan.metrics)
    for index, tag in enumerate(read.tags):
        if tag.is_operator("divide") and one < index < two:
            return index
        if tag.is_operator("quotient", "times") and two < index:
            return index
        if tag.is_operator("mean") and one < index < two:
            return index  # 规上工业企业平均用工
        follows = index < one and all(other.is_filler for other in read.tags[index + 1 : one])
        if tag.is_operator("each") and tag.text in ("每", "每个", "每1个", "per") and follows:
            return index
    return None


def bounds_of(order: Order, divided: object) -> tuple[tuple[str, str, float], ...]:
    """日均超过500件: the bound is on what is left after the division."""
    if not divided:
        return order.having
    return tuple((f"{target}_per", op, number) for target, op, number in order.having)


def with_rate(plan: QueryPlan, read: QuestionReading, model: SemanticModel) -> QueryPlan:
    """每万人办件量, 医疗总费用除以就诊人数: what the figure is divided by; the declared figure where there is one."""
    divided = _divided_at(plan, read)
    each = _count_of_unit(plan, read, model) if divided is None and read.rate is None else ""
    if each:
        return replace(plan, per=each)
    if divided is None and read.rate is None and len(plan.metrics) == 1 and _asks_mean(plan, read):
        declared_mean = mean_instead(model.metric_by_id[plan.metrics[0]], model)[0]
        plan = replace(plan, metrics=(declared_mean,)) if declared_mean else plan
    if read.rate is not None and divided is None:
        under, scale = population_of(model), read.rate.scale
    elif divided is not None and len(plan.metrics) == 2:
        first, second = sorted(plan.metrics, key=lambda metric: read.terms.at.get(metric, -1))
        if read.tags[divided].is_operator("each", "mean"):
            first, second = second, first
        plan, under, scale = replace(plan, metrics=(first,)), second, read.rate.scale if read.rate else 1.0
    else:
        return plan
    declared = [
        m.id for m in model.metrics if (m.numerator, m.denominator, m.scale) == (plan.metrics[0], under, scale)
    ]  # fmt: skip
    if scale == 1.0 and read.rate is not None and not declared and len(plan.metrics) == 1:
        own = model.metric_by_id[plan.metrics[0]]
        declared = [m.id for m in model.metrics if (m.entity, m.unit) == (own.entity, f"{own.unit}/人") and own.unit]
    if len(plan.metrics) == 1 and len(declared) == 1:
        return replace(plan, metrics=(declared[0],))
    return replace(plan, per=under, per_scale=scale)


def _count_of_unit(plan: QueryPlan, read: QuestionReading, model: SemanticModel) -> str:
    """单笔平均多少元, 平均每套面积: the count of the same rows that has the unit; "" where there is none."""
    if len(plan.metrics) != 1 or plan.per:
        return ""
    metric = model.metric_by_id[plan.metrics[0]]
    said = _A_UNIT.search(read.text)
    if said is None:
        return _quantity_of_unit(metric, read, model) or _rows_of_mean(metric, read, model)
    unit = said[1] or said[2]
    found = [
        m.id for m in model.metrics
        if (m.entity, m.where, m.unit, m.expression) == (metric.entity, metric.where, unit, "count(*)")
    ]  # fmt: skip
    return found[0] if len(found) == 1 and metric.additive and metric.id not in found else ""


def _asks_mean(plan: QueryPlan, read: QuestionReading) -> bool:
    averaged = any(mention.kind == "average" for mention in read.mentions)
    return not (plan.per or plan.having or averaged) and any(tag.is_operator("mean") for tag in read.tags)


def _quantity_of_unit(metric: Metric, read: QuestionReading, model: SemanticModel) -> str:
    """每吨标准煤对应多少产值: the quantity of the same rows that has this unit."""
    found = [
        m.id for m in model.metrics
        if (m.entity, m.where) == (metric.entity, metric.where) and m.id != metric.id and m.additive
        and len(m.unit) >= _LONG_UNIT and f"每{m.unit}" in read.text
    ]  # fmt: skip
    return found[0] if len(found) == 1 and metric.additive and "/" not in metric.unit else ""


def _rows_of_mean(metric: Metric, read: QuestionReading, model: SemanticModel) -> str:
    """平均出让面积: of each of the rows that are summed, where nothing else may be meant."""
    asked = any(tag.is_operator("mean") for tag in read.tags)
    return mean_instead(metric, model)[1] if asked and not any(m.kind == "average" for m in read.mentions) else ""
