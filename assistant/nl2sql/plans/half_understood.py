"""Words that were read and that the plan does not carry: better no answer than half of one. Pure."""

from __future__ import annotations

import re
from itertools import pairwise

from assistant.domain import LinkStrength, QueryPlan
from assistant.nl2sql.plans.asked_metrics import measure_noun
from assistant.nl2sql.plans.lexicon import Tag
from assistant.nl2sql.plans.question_reading import QuestionReading
from assistant.nl2sql.plans.semantic_model import Metric, SemanticModel
from assistant.nl2sql.plans.unused_words import unused_words

# The unit that an asker names after 多少 or how many, and how the units of figures that have it begin.
_MEASURES: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (re.compile(r"(?:多少|几)(?:万|亿)?(?:钱|元|块钱)|how much money"), ("元", "万元", "亿元")),
    (re.compile(r"(?:多少|几)个?人(?![均口次])|how many (?:people|persons)"), ("人",)),
    (re.compile(r"(?:多少|几)个?天(?!数)|how many days"), ("天",)),
    (re.compile(r"多久|多长时间|\bhow long\b"), ("天", "小时")),
    (re.compile(r"(?:多少|几)个?小时|how many hours"), ("小时",)),
    (re.compile(r"(?:多少|几)(?:亩|公顷|平方米|平米)"), ("平方米",)),
    (re.compile(r"(?:多少|几)吨"), ("吨",)),
)
_HOW_MANY, _HOW_MUCH = re.compile(r"\bhow many\b"), re.compile(r"\bhow much\b")
_COUNTERS = frozenset(
    {"件", "套", "宗", "张", "份", "笔", "次", "户", "家", "起", "单", "例"}
)  # 多少件 is no question for a rate
_ALIKE = {
    "户": ("户", "家"), "家": ("家", "户"), "次": ("次", "人次"), "张": ("张", "件"), "件": ("件", "宗", "张"),
    "起": ("件", "宗", "次"), "宗": ("宗", "件"), "单": ("件", "张", "笔", "宗"), "例": ("件", "人", "人次"),
}  # fmt: skip
_NUMBERS = ("数", "数量", "个数", "总数", "多少个", "几个")
_RATES = ("率", "比率", "rate", "ratio")
_CLAUSES = re.compile(r"[,，;；。?？、]")
_ASKS = re.compile(r"多少|[有是共]几|几[个家户件本张次人名所套宗笔份条项起]|\bhow (?:many|much)\b")
_OF_THEM = re.compile(r"其中|当中|占|同比|环比|\b(?:of|among) (?:them|those|these|which)\b|排名|比(?:去|上|前|20)")
_BOUNDS = ("gt", "ge", "lt", "le", "ge_after", "lt_after", "le_after")


def half_understood(plan: QueryPlan, read: QuestionReading, model: SemanticModel) -> tuple[str, ...] | None:
    """None: the plan carries everything that was read. Else the words that it does not carry, as far as they are known.

    Better no answer than half of one.
    """
    words = _said_but_lost(plan, read, model) or unused_words(plan, read, model)
    return words or (() if _is_half_understood(plan, read, model) else None)


def _said_but_lost(plan: QueryPlan, read: QuestionReading, model: SemanticModel) -> tuple[str, ...]:
    """Single words that do not mean here what they mean elsewhere."""
    metrics = [model.metric_by_id[metric] for metric in plan.metrics]
    lost = [before.text + tag.text for before, tag in pairwise(read.tags) if _names_another_rate(before, tag, read)]
    if all(metric.unit == "%" or metric.expression.startswith("avg(") for metric in metrics):
        lost += [
            before.text + tag.text for before, tag in pairwise(read.tags) if before.unknown and tag.text in _NUMBERS
        ]
    if not any(metric.unit == "%" for metric in metrics):
        lost += [tag.text for tag in read.tags if tag.number is not None and _is_lost_percent(tag, plan)]
    every = [mention for mention in read.mentions if mention.kind == "every"]
    grains = {mention.grain: read.text[mention.start : mention.end] for mention in every}
    lost += [text for grain, text in grains.items() if len(grains) > 1 and grain != plan.grain]
    return tuple(lost)


def _names_another_rate(before: Tag, rate: Tag, read: QuestionReading) -> bool:
    """失业率 is no share of those who lost their work: a word of ratio that is part of a name makes another figure."""
    if rate.text not in _RATES or not before.of("value") or rate.start - before.end > 1:
        return False
    named = [link for link in read.terms.links if link.kind == "metric" and link.strength is LinkStrength.EXACT]
    return not any(before.text in link.span for link in named)


def _is_lost_percent(tag: Tag, plan: QueryPlan) -> bool:
    """Close less than 90% of their tickets: no bound on the number of tickets."""
    bounds = [target for target, _, number in plan.having if number == tag.number]
    return tag.text.endswith("%") and not any(target.endswith(("_rate", "_share")) for target in bounds)


def said_of_mean(plan: QueryPlan, read: QuestionReading) -> tuple[str, ...]:
    """日均, 人均: the words for a mean that the figure cannot be taken as."""
    means = [read.text[m.start : m.end] for m in read.mentions if m.kind == "average"]
    heads = [read.text[read.rate.start : read.rate.end]] if read.rate is not None else []
    return (*means, *heads) if plan.per else ()


def _is_half_understood(plan: QueryPlan, read: QuestionReading, model: SemanticModel) -> bool:
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
    if _says_whose(read, plan, model):
        return True
    if "share" in plan.derived and _is_part_of_a_group(read):
        return True  # 少数民族多少人，苗族占几成: a share within a filter on the same column is not computed
    if has("share") and "share" not in plan.derived and plan.metrics == tuple(read.terms.metrics):
        return not any(metric.unit == "%" for metric in metrics)
    if "share" in plan.derived and not all(m.has_parts if plan.share_of else m.additive for m in metrics):
        return True
    if "cumulative" in plan.derived and not all(metric.additive for metric in metrics):
        return True
    carried = (
        _one_clause_each(plan, read)
        or plan.derived
        or plan.comparisons
        or plan.pieces
        or plan.counted
        or plan.having
        or plan.limit
    )
    if _asks_twice(read.text) and len(metrics) == 1 and not carried:
        return True  # 2024年发了多少本，目前过期的又有几本
    if read.order.limit is not None and not grouped:
        return True
    if read.order.limit == 1 and len(plan.dimensions) + bool(plan.grain) > 1 and has("each"):
        return True  # 各河流浓度最高的月份: one of each, and not one of all
    if has("absent") and not (plan.without or any(op == "=" for _, op, _ in plan.having)):
        return True
    return bool(plan.having) and not grouped


def _says_whose(read: QuestionReading, plan: QueryPlan, model: SemanticModel) -> bool:
    """去世居民的补贴金额: the word for one figure says whose the other is; side by side they answer something else."""
    places = sorted((at, one) for one, at in read.terms.at.items() if one in plan.metrics)
    for (first, one), (second, two) in pairwise(places):
        between = read.tags[first + 1 : second]
        apart = {part.entity for part in model.parts(one)}.isdisjoint(part.entity for part in model.parts(two))
        bound = bool(between) and between[-1].text == "的" and all(tag.is_filler or tag.of("entity") for tag in between)
        if apart and bound:
            return True
    return False


def _is_part_of_a_group(read: QuestionReading) -> bool:
    """A value, and a word for several values that it is one of."""
    said = [frozenset((s.target, s.value.code) for s in tag.of("value") if s.value) for tag in read.tags]
    groups = [one for one in said if len(one) > 1 and len({target for target, _ in one}) == 1]
    return any(one < group for group in groups for one in said if one)


def _other_unit(read: QuestionReading, metrics: tuple[Metric, ...]) -> bool:
    """老人补贴发了多少钱 is no number of old people: what is counted or measured in 钱 has a unit of money."""
    nouns = [measure_noun(tag) for tag in read.tags]
    if any(units and not any(metric.unit.startswith(units) for metric in metrics) for units in nouns):
        return True
    counted = {after.text for tag, after in pairwise(read.tags) if tag.text.endswith(("多少", "几"))} & _COUNTERS
    if any(not any(metric.unit.startswith(_ALIKE.get(one, (one,))) for metric in metrics) for one in counted):
        return True
    if len(metrics) == 1 and _HOW_MANY.search(read.text) and _HOW_MUCH.search(read.text):
        return True  # two questions, one figure
    return any(
        pattern.search(read.text) and not any(metric.unit.startswith(units) for metric in metrics)
        for pattern, units in _MEASURES
    )


def _asks_twice(text: str) -> bool:
    """Two clauses that each ask how many, the second not of the first (其中…)."""
    asking = [clause for clause in _CLAUSES.split(text) if _ASKS.search(clause)]
    return len(asking) > 1 and not any(_OF_THEM.search(clause) for clause in asking[1:])


def _one_clause_each(plan: QueryPlan, read: QuestionReading) -> bool:
    """增值税多少，企业所得税多少: every clause that asks names values of the column that the figure is split by."""
    split = {item.dimension for item in plan.filters if len(item.values) > 1} & set(plan.dimensions)
    starts = [0, *(hit.end() for hit in _CLAUSES.finditer(read.text))]
    spans = list(zip(starts, [*starts[1:], len(read.text)], strict=True))
    named = [tag.start for tag in read.tags if any(sense.target in split for sense in tag.of("value"))]
    asking = [(start, end) for start, end in spans if _ASKS.search(read.text[start:end])]
    return bool(split) and all(any(start <= at < end for at in named) for start, end in asking)


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
