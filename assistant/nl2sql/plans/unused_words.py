"""Words that were read and that no part of the plan stands for: each of them makes us ask back, and is named. Pure.

A word whose meaning was looked up is easily lost: 企业的投诉量 has a figure, and 企业 is a known word, but tickets do
not tell who called; 除节假日外 has an operator and nothing that it takes away. The plan must carry every operator that
changes a number, and every noun must belong to the rows of the figure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from assistant.domain import LinkStrength, QueryPlan
from assistant.nl2sql.plans.asked_rates import population_of
from assistant.nl2sql.plans.asked_terms import is_rather_a_verb
from assistant.nl2sql.plans.join_paths import path
from assistant.nl2sql.plans.lexicon import Tag
from assistant.nl2sql.plans.question_reading import QuestionReading
from assistant.nl2sql.plans.semantic_model import SemanticModel

_EVERY = ("各", "各个", "每", "每个", "每1个", "逐个", "each", "every", "for each", "by each", "in each")
_SPEEDS = ("最快", "最慢", "fastest", "slowest", "quickest")
_REACHED = ("达到", "满")
_Test = Callable[[QueryPlan], bool]


def _grouped(plan: QueryPlan) -> bool:
    return bool(plan.dimensions or plan.grain or plan.per or plan.counted)


def _ordered(plan: QueryPlan) -> bool:
    return plan.order_by is not None or "rank" in plan.derived


def _bounded(plan: QueryPlan) -> bool:
    return bool(plan.having) or any(item.op not in ("in", "not_in") for item in plan.filters)


def _without(plan: QueryPlan) -> bool:
    return bool(plan.without) or any(item.op == "not_in" for item in plan.filters)


def _moved(plan: QueryPlan) -> bool:
    return bool(plan.comparisons or plan.pieces or plan.grain or "versus" in plan.derived or len(plan.metrics) > 1)


def _is_pair(plan: QueryPlan) -> bool:
    """Two figures side by side show what they differ by; 相差最大的 would need the difference itself."""
    return len(plan.metrics) == 2 and plan.order_by is None and not plan.having


def _compared(plan: QueryPlan) -> bool:
    return _ordered(plan) or _moved(plan) or _grouped(plan)


# 最不满意, 更脏: a degree of a word that is no superlative by itself.
_DEGREES: Mapping[str, _Test] = {"最": _ordered, "更": _compared}

# One of these must hold of the plan where an operator was said; the others say how to show it and need nothing.
_CARRIED: Mapping[str, _Test] = {
    **dict.fromkeys(("yoy", "mom"), lambda plan: bool(plan.comparisons)),
    **dict.fromkeys(("growth", "decline"), lambda plan: _moved(plan) or _grouped(plan)),
    **dict.fromkeys(("gt", "ge", "lt", "le"), lambda plan: _bounded(plan) or _moved(plan) or _grouped(plan)),
    **dict.fromkeys(("most", "least", "top", "bottom", "best", "worst"), _ordered),
    "mean": lambda plan: bool(plan.per),
    "times": lambda plan: "versus" in plan.derived or bool(plan.per),
    "gap": lambda plan: "versus" in plan.derived or bool(plan.comparisons) or _is_pair(plan),
    "ascending": lambda plan: plan.order_by is not None and plan.order_by[1] == "asc",
    "descending": lambda plan: plan.order_by is not None and plan.order_by[1] == "desc",
    "each": lambda plan: _grouped(plan) or bool(plan.comparisons) or len(plan.metrics) > 1,
    **dict.fromkeys(("except", "except_after"), _without),
    "which": lambda plan: _grouped(plan) or _moved(plan) or bool(plan.derived),
}


def unused_words(plan: QueryPlan, read: QuestionReading, model: SemanticModel) -> tuple[str, ...]:
    """The words, as normalised, in their order; () where everything was used."""
    linked = {link.span for link in plan.links}
    found = []
    for index, tag in enumerate(read.tags):
        if tag.text in _DEGREES and not _DEGREES[tag.text](plan):
            found.append(tag.text + "".join(following.text for following in read.tags[index + 1 : index + 2]))
            continue
        if not tag.content or tag.is_filler or tag.text in linked or is_rather_a_verb(index, read.tags):
            continue
        if tag.text in _SPEEDS and not plan.comparisons and not _lasts(plan, model):
            found.append(tag.text)  # 办结最快 is no number of tickets
            continue
        if tag.is_operator("mean") and any(_is_mean(metric, model) for metric in plan.metrics):
            continue  # 平均 beside a figure that is a mean
        if _is_lost_operator(tag, plan, read) or _is_lost_noun(tag, plan, read, model) or _is_lost_guess(tag):
            found.append(tag.text)
    return tuple(dict.fromkeys(found))


def _lasts(plan: QueryPlan, model: SemanticModel) -> bool:
    return any(model.metric_by_id[metric].unit in ("天", "小时", "工作日") for metric in plan.metrics)


def _is_mean(metric: str, model: SemanticModel) -> bool:
    one = model.metric_by_id[metric]
    names = " ".join((one.name, one.name_en.lower(), *one.synonyms, *one.synonyms_en))
    return one.unit == "%" or "均" in names or "average" in names or "mean" in names or " per " in names


def _is_lost_operator(tag: Tag, plan: QueryPlan, read: QuestionReading) -> bool:
    names = [sense.target for sense in tag.senses if sense.kind == "operator"]
    if not names or len(names) < len(tag.senses):
        return False  # the word means something else too
    if names == ["each"] and tag.text not in _EVERY:
        return False  # by mobile, by Monday: names a way or a time as well
    if tag.text in _REACHED and not any(other.number is not None for other in read.tags):
        return False  # 达到优良的比率: no bound where no number is named
    return all(name in _CARRIED and not _CARRIED[name](plan) for name in names)


def _is_lost_guess(tag: Tag) -> bool:
    """A word that looked like a misspelt value, of which the figure knows nothing."""
    return tag.strength is not LinkStrength.EXACT


def _is_lost_measure(tag: Tag, plan: QueryPlan, model: SemanticModel) -> bool:
    """均价 beside a count: a word of measure that has a reading of its own, and the plan has none of its readings."""
    said = [model.ambiguities[int(sense.target)] for sense in tag.of("readings")]
    named = {*plan.metrics, *(part.id for metric in plan.metrics for part in model.parts(metric))}
    units = {model.metric_by_id[metric].unit for metric in plan.metrics}
    measured = [one for one in said if one.default and model.metric_by_id[one.default].unit not in units]
    return bool(measured) and not tag.of("metric") and not any(set(one.readings) & named for one in measured)


def _is_lost_noun(tag: Tag, plan: QueryPlan, read: QuestionReading, model: SemanticModel) -> bool:
    """企业 beside tickets, 学生 beside subsidies: rows of another table, to which those of the figure do not lead."""
    if _is_lost_measure(tag, plan, model):
        return True
    tables = {sense.target for sense in tag.of("entity")}
    for sense in tag.of("readings"):
        readings = model.ambiguities[int(sense.target)].readings
        tables |= {part.entity for metric in readings for part in model.parts(metric)}
    others = [sense for sense in tag.senses if sense.kind not in ("entity", "readings", "known", "value")]
    if not tables or others or any(tag.text in link.span for link in plan.links):
        return False
    named = [*plan.metrics, *([plan.per] if plan.per in model.metric_by_id else []), *plan.without]
    own = {part.entity for metric in named for part in model.parts(metric)}
    everyone = {part.entity for part in model.parts(population_of(model))} if population_of(model) else set[str]()
    return not any(table in everyone or path(model, one, table) is not None for one in own for table in tables)
