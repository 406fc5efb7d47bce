"""Words that were read and that the plan does not carry: better no answer than half of one. Pure."""

from __future__ import annotations

import re
from itertools import pairwise

from assistant.domain import LinkStrength, QueryPlan
from assistant.nl2sql.plans.asked_metrics import measure_noun
from assistant.nl2sql.plans.lexicon import Tag
from assistant.nl2sql.plans.normalising import normalise
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
_COUNTERS = frozenset(  # 多少件 is no question for a rate, 多少辆 none for tickets
    (*"件套宗张份笔次户家起单例", *"辆台部座栋幢棵只头间所处层架艘盏", "公里")
)
_ALIKE = {
    "户": ("户", "家"), "家": ("家", "户"), "次": ("次", "人次"), "张": ("张", "件"), "件": ("件", "宗", "张"),
    "座": ("个", "家", "所"), "处": ("个", "宗", "家", "所"), "间": ("家", "间", "所"), "所": ("所", "家", "个"),
    "部": ("部", "件"), "台": ("台", "件"),
    "起": ("件", "宗", "次"), "宗": ("宗", "件"), "单": ("件", "张", "笔", "宗"), "例": ("件", "人", "人次"),
}  # fmt: skip
_NUMBERS = ("数", "数量", "个数", "总数", "多少个", "几个")
_TIMES = ("hours", "days", "hour", "day")  # of a figure that lasts
_NUMBER_OF = ("number of", "count of", "how many")
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
    named = [normalise(name) for metric in metrics for name in (metric.name, *metric.synonyms, *metric.synonyms_en)]
    lost += [tag.text for tag in _told_whole(read) if tag.unknown and not any(tag.text in name for name in named)]
    if all(metric.unit == "%" or metric.expression.startswith("avg(") for metric in metrics):
        lost += [
            before.text + tag.text for before, tag in pairwise(read.tags) if before.unknown and tag.text in _NUMBERS
        ]
    if not any(metric.unit == "%" for metric in metrics):
        lost += [tag.text for tag in read.tags if tag.number is not None and _is_lost_percent(tag, plan)]
    counted = [tag.text for before, tag in pairwise(read.tags) if before.text in _NUMBER_OF and tag.unknown]
    lost += [word for word in counted if word not in _TIMES]
    every = [mention for mention in read.mentions if mention.kind == "every"]
    grains = {mention.grain: read.text[mention.start : mention.end] for mention in every}
    lost += [text for grain, text in grains.items() if len(grains) > 1 and grain != plan.grain]
    return tuple(lost)


def _told_whole(read: QuestionReading) -> tuple[Tag, ...]:
    """占评价过的几成: what the share is of, between the two words for a share."""
    at = [index for index, tag in enumerate(read.tags) if tag.is_operator("share")]
    pairs = [(one, two) for one, two in pairwise(at) if read.tags[one].text.startswith("占")]
    return tuple(tag for one, two in pairs for tag in read.tags[one + 1 : two])


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
    if len(metrics) > 1 and not plan.pieces and _asks_unheard(plan, read, metrics):
        return True  # 医疗总费用里基金付了多少、个人付了多少
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
    """A value, and a word for several values that it is one of; or two such words, which one filter merges."""
    said = [frozenset((s.target, s.value.code) for s in tag.of("value") if s.value) for tag in read.tags]
    groups = [one for one in said if len(one) > 1 and len({target for target, _ in one}) == 1]
    several = {group: next(iter(group))[0] for group in groups}
    apart = len(several) > len(set(several.values())) and not any(tag.is_operator("total") for tag in read.tags)
    return apart or any(one < group for group in groups for one in said if one)


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


def _asks_unheard(plan: QueryPlan, read: QuestionReading, metrics: tuple[Metric, ...]) -> bool:
    """A clause that asks how much, behind others, and names none of the figures of the plan."""
    spans = _clauses(read.text)
    named = [read.tags[at].start for one, at in read.terms.at.items() if one in plan.metrics and at < len(read.tags)]
    asking = [(start, end) for start, end in spans if _ASKS.search(read.text[start:end])]
    return any(
        not any(start <= at < end for at in named)
        and not _OF_THEM.search(read.text[start:end])
        and not _measured(read.text[start:end], metrics)
        for start, end in asking[1:]
    )


def _measured(clause: str, metrics: tuple[Metric, ...]) -> bool:
    """发了多少钱, 几套: the clause asks for the unit of one of the figures."""
    told = (units for pattern, units in _MEASURES if pattern.search(clause))
    return any(metric.unit.startswith(units) for units in told for metric in metrics) or any(
        metric.unit and re.search(f"(?:多少|几)个?{re.escape(metric.unit)}", clause) for metric in metrics
    )


def _clauses(text: str) -> list[tuple[int, int]]:
    starts = [0, *(hit.end() for hit in _CLAUSES.finditer(text))]
    return list(zip(starts, [*starts[1:], len(text)], strict=True))


def _one_clause_each(plan: QueryPlan, read: QuestionReading) -> bool:
    """增值税多少，企业所得税多少: every clause that asks names values of the column that the figure is split by."""
    split = {item.dimension for item in plan.filters if len(item.values) > 1} & set(plan.dimensions)
    spans = _clauses(read.text)
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
