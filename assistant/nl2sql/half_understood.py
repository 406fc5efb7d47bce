"""Words that were read and that the plan does not carry: better no answer than half of one. Pure."""

from __future__ import annotations

import re
from itertools import pairwise

from assistant.domain import QueryPlan
from assistant.nl2sql.asked_metrics import measure_noun
from assistant.nl2sql.question_reading import QuestionReading
from assistant.nl2sql.semantic_model import Metric, SemanticModel

# The unit that an asker names after 多少 or how many, and how the units of figures that have it begin.
_MEASURES: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (re.compile(r"(?:多少|几)(?:万|亿)?(?:钱|元|块钱)|how much money"), ("元", "万元", "亿元")),
    (re.compile(r"(?:多少|几)个?人(?![均口次])|how many (?:people|persons)"), ("人",)),
    (re.compile(r"(?:多少|几)个?天(?!数)|how many days"), ("天",)),
    (re.compile(r"(?:多少|几)个?小时|how many hours"), ("小时",)),
    (re.compile(r"(?:多少|几)(?:亩|公顷|平方米|平米)"), ("平方米",)),
    (re.compile(r"(?:多少|几)吨"), ("吨",)),
)
_COUNTERS = frozenset({"件", "套", "宗", "张", "份", "笔", "次", "户", "家"})  # 多少件 is no question for a rate
_ALIKE = {"户": ("户", "家"), "家": ("家", "户"), "次": ("次", "人次"), "张": ("张", "件"), "件": ("件", "宗", "张")}
_BOUNDS = ("gt", "ge", "lt", "le", "ge_after", "lt_after", "le_after")


def is_half_understood(plan: QueryPlan, read: QuestionReading, model: SemanticModel) -> bool:
    """An operator was read that the plan does not carry: better no answer than half of it."""

    def has(*names: str) -> bool:
        return any(item.is_operator(*names) for item in read.tags)

    grouped = bool(plan.dimensions or plan.grain)
    metrics: tuple[Metric, ...] = tuple(model.metric_by_id[m] for m in plan.metrics)
    if _each_unit(read, model) or _other_unit(read, metrics) or _unbound(read, plan):
        return True
    if "share" in plan.derived and plan.comparisons and not grouped:
        return True  # the change of a share is not computed, only that of the figure
    if has("compare") and not (plan.comparisons or grouped or len(plan.metrics) > 1 or read.order.having):
        return True
    if has("share") and "share" not in plan.derived and plan.metrics == tuple(read.terms.metrics):
        return not any(metric.unit == "%" for metric in metrics)
    if "share" in plan.derived and not all(metric.additive for metric in metrics):
        return True
    if "cumulative" in plan.derived and not all(metric.additive for metric in metrics):
        return True
    if read.order.limit is not None and not grouped:
        return True
    if has("absent") and not (plan.without or any(op == "=" for _, op, _ in plan.having)):
        return True
    return bool(plan.having) and not grouped


def _other_unit(read: QuestionReading, metrics: tuple[Metric, ...]) -> bool:
    """老人补贴发了多少钱 is no number of old people: what is counted or measured in 钱 has a unit of money."""
    nouns = [measure_noun(tag) for tag in read.tags]
    if any(units and not any(metric.unit.startswith(units) for metric in metrics) for units in nouns):
        return True
    counted = {after.text for tag, after in pairwise(read.tags) if tag.text.endswith(("多少", "几"))} & _COUNTERS
    if any(not any(metric.unit.startswith(_ALIKE.get(one, (one,))) for metric in metrics) for one in counted):
        return True
    return any(
        pattern.search(read.text) and not any(metric.unit.startswith(units) for metric in metrics)
        for pattern, units in _MEASURES
    )


def _unbound(read: QuestionReading, plan: QueryPlan) -> bool:
    """本科以上: a bound on something that has no number was read, and the plan does not carry it."""
    said = [t for t in read.tags if t.is_operator(*_BOUNDS) and not t.is_operator("except_after", "except")]
    chinese = [tag for tag in said if not tag.text.isascii()]
    return bool(chinese) and not (read.order.having or read.order.filters)


def _each_unit(read: QuestionReading, model: SemanticModel) -> bool:
    """各企业的…: one figure for every firm or person; no plan has such a dimension, and a total is no answer."""
    words = tuple(word for entity in model.entities for word in (entity.name, *entity.synonyms, *entity.synonyms_en))
    content = [tag for tag in read.tags if not tag.is_filler]
    named = {read.tags[index].start for index in read.terms.defining}
    return any(
        before.is_operator("each")
        and tag.start not in named
        and not (before.text == "by" and tag.of("metric") and read.order.direction)  # top streets by complaints
        and not tag.of("dimension")
        and read.tags.index(tag) not in read.terms.dimension_at
        and (tag.of("entity") or (tag.of("metric") and tag.text.startswith(words)))
        for before, tag in pairwise(content)
    )
