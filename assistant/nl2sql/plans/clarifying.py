"""Asking back: two to four readings computed from the model, each with what it would mean. Pure."""

from __future__ import annotations

from dataclasses import replace

from assistant.domain import Clarification, Lang, Option, QueryPlan, Text
from assistant.language import to_traditional
from assistant.nl2sql.plans.interpretation import question
from assistant.nl2sql.plans.join_paths import dimensions_of, reaches
from assistant.nl2sql.plans.lexicon import Tag
from assistant.nl2sql.plans.periods import Mention
from assistant.nl2sql.plans.phrases import dice
from assistant.nl2sql.plans.semantic_model import Metric, SemanticModel
from assistant.nl2sql.plans.terms import Terms

MOST_OPTIONS = 4
_RATES = ("率", "比率", "rate", "ratio")


def ask_which_metric(terms: Terms, text: str, model: SemanticModel, lang: str) -> Clarification:
    """The words have several readings and the model declares no default."""
    ambiguity = terms.ambiguity
    readings = ambiguity.readings if ambiguity else ()
    options = tuple(
        _metric_option(model.metric_by_id[reading], terms.ambiguous_text, text, lang) for reading in readings
    )[:MOST_OPTIONS]
    words = terms.ambiguous_text
    return Clarification(
        prompt=Text(
            zh=f"“{words}”有几种口径，请选择：", en=f"“{words}” can mean several figures. Which one do you want?"
        ),
        options=options,
    )


def _metric_option(metric: Metric, words: str, text: str, lang: str) -> Option:
    name = metric.name_en if lang == "en" else metric.name
    meaning = metric.definition_en if lang == "en" else metric.definition
    question = text.replace(words, name, 1) if words in text else f"{text} {name}"
    return Option(label=_shown(f"{name}: {meaning}" if lang == "en" else f"{name}：{meaning}", lang), question=question)


def ask_which_dimension(terms: Terms, text: str, model: SemanticModel, lang: str) -> Clarification | None:
    """The metric cannot be split by what was asked; offer what it can be split by. None where there is nothing."""
    if terms.misfit is None or not terms.metrics:
        return None
    words, wanted = terms.misfit
    metric = model.metric_by_id[terms.metrics[0]]
    offered = [d for d in dimensions_of(model, metric) if d.id != wanted][: MOST_OPTIONS - 1]
    if not offered:
        return None
    name = metric.name_en if lang == "en" else metric.name
    options = [
        Option(
            label=_shown(f"{name} by {d.name_en}" if lang == "en" else f"{name}，按{d.name}", lang),
            question=f"{name} by {d.name_en}" if lang == "en" else f"各{d.name}{name}",
        )
        for d in offered
    ]
    options.append(
        Option(
            label=_shown(f"{name}, city total" if lang == "en" else f"{name}，全市合计", lang),
            question=f"{name} of the whole city" if lang == "en" else f"全市{name}",
        )
    )
    return Clarification(
        prompt=Text(
            zh=f"{metric.name}的数据里没有“{words}”这一项，不能按它查询。可以改问：",
            en=f"The data of {metric.name_en} do not record “{words}”. You can ask instead:",
        ),
        options=tuple(options),
    )


def ask_which_part(terms: Terms, text: str, model: SemanticModel, lang: str) -> Clarification | None:
    """市税务局 may be who provides the data or who uses them: which of the two?"""
    if terms.parts is None:
        return None
    words, dimensions = terms.parts
    options = []
    for dimension in (model.dimension_by_id[one] for one in dimensions):
        name = dimension.name_en if lang == "en" else dimension.name
        asked = text.replace(words, f"{name.lower()} {words}" if lang == "en" else f"{name}{words}", 1)
        options.append(
            Option(label=_shown(f"{name}: {words}" if lang == "en" else f"{name}：{words}", lang), question=asked)
        )
    return Clarification(
        prompt=Text(
            zh=f"“{words}”在这里可以有几种身份，要按哪一种查？", en=f"“{words}” can take several parts here. Which one?"
        ),
        options=tuple(options[:MOST_OPTIONS]),
    )


def ask_what_about(tags: tuple[Tag, ...], text: str, model: SemanticModel, lang: str) -> Clarification | None:
    """Only places and times were named: offer figures that exist for them."""
    dimensions = {sense.target for tag in tags for sense in (*tag.of("value"), *tag.of("dimension"))}
    if not dimensions:
        return None
    by_topic: dict[str, Metric] = {}
    fitting: dict[str, Metric] = {}
    reviewed = [model.metric_by_id[metric] for question in model.verified for metric in question.metrics]
    for metric in (*reviewed, *model.metrics):
        reached = {d.id for d in dimensions_of(model, metric)}
        if dimensions & reached and not metric.is_ratio:
            by_topic.setdefault(metric.topic, metric)
            fitting.setdefault(metric.id, metric)
    if len(by_topic) < 2 and any(tag.text in _RATES for tag in tags):
        return None  # 失业率 is a figure of its own that nobody keeps here
    chosen = list((by_topic if len(by_topic) > 1 else fitting).values())  # several topics, or figures of the only one
    options = tuple(
        Option(
            label=_shown(metric.name_en if lang == "en" else metric.name, lang),
            question=f"{text} {metric.name_en}" if lang == "en" else f"{text}{metric.name}",
        )
        for metric in chosen[:MOST_OPTIONS]
    )
    if len(options) < 2:
        return None
    return Clarification(
        prompt=Text(zh="想查哪个指标？例如：", en="Which figure do you want? For example:"), options=options
    )


def ask_whether(plan: QueryPlan, model: SemanticModel, lang: Lang) -> Clarification | None:
    """The plan is a guess: it, and its neighbours of the same topic, each as a complete question."""
    first = model.metric_by_id[plan.metrics[0]]
    alike = [m for m in model.metrics if m.topic == first.topic and m.id != first.id and m.timing == first.timing]
    alike.sort(key=lambda metric: -dice(metric.name, first.name))
    named = {*plan.dimensions, *(item.dimension for item in plan.filters)}
    fitting = [m for m in alike if all(reaches(model, m, model.dimension_by_id[d]) for d in named)]
    plans = [plan, *(replace(plan, metrics=(m.id,), having=(), order_by=None, limit=None) for m in fitting)]
    if len(plans) < 2:
        return None
    options = tuple(
        Option(
            label=_shown(_meaning(model.metric_by_id[one.metrics[0]], lang), lang), question=question(one, model, lang)
        )
        for one in plans[:MOST_OPTIONS]
    )
    return Clarification(
        prompt=Text(
            zh="没有把握理解得对不对。想查的是下面哪一个？", en="Not sure that this was understood. Which one is meant?"
        ),
        options=options,
    )


def ask_flow_or_stock(plan: QueryPlan, stock: str, model: SemanticModel, lang: Lang) -> Clarification:
    """What came in during the period, or what was there on its last day."""
    metrics = (model.metric_by_id[plan.metrics[0]], model.metric_by_id[stock])
    plans = [replace(plan, metrics=(metric.id,), order_by=None, limit=None) for metric in metrics]
    options = tuple(
        Option(label=_shown(_meaning(metric, lang), lang), question=question(one, model, lang))
        for metric, one in zip(metrics, plans, strict=True)
    )
    return Clarification(
        prompt=Text(
            zh="要的是这段时间内新增的，还是到最后一天为止有的？请选择：",
            en="What was added during the period, or what there was on its last day?",
        ),
        options=options,
    )


def _meaning(metric: Metric, lang: str) -> str:
    if lang == "en":
        return f"{metric.name_en}: {metric.definition_en}"
    return f"{metric.name}：{metric.definition}"


def ask_which_time(text: str, labels: tuple[Text, ...], lang: str) -> Clarification:
    """Several periods that make no single question."""
    options = tuple(
        Option(label=_shown(label.en if lang == "en" else label.zh, lang), question=f"{text} {label.en}")
        for label in labels[:MOST_OPTIONS]
    )
    return Clarification(
        prompt=Text(
            zh="问题里有几个不相连的时间，一次只能查一段。请选择：",
            en="The question names several separate periods; one at a time, please:",
        ),
        options=options,
    )


def ask_which_days(text: str, named: Mention, lang: str) -> Clarification:
    """A festival or a season of the year: the days themselves, or the months around them."""
    words = text[named.start : named.end].strip()
    options = []
    for reading in named.readings[:MOST_OPTIONS]:
        label = reading.label.en if lang == "en" else reading.label.zh
        asked = f"{text[: named.start]}{' in ' + label if lang == 'en' else label}{text[named.end :]}"
        options.append(Option(label=_shown(label, lang), question=asked.strip()))
    return Clarification(
        prompt=Text(
            zh=f"数据里没有“{words}”这样的时间，要查的是哪几天或哪几个月？",
            en=f"The data know days and months, not “{words}”. Which of these?",
        ),
        options=tuple(options),
    )


def ask_whether_itself(value: Tag, below: Tag, text: str, lang: str) -> Clarification:
    """C级以下: with grade C, or only what is lower."""
    before, between, after = text[: value.start], text[value.end : below.start], text[below.end :]
    if lang == "en":
        readings = ((f"{value.text} or lower", f"{before}{value.text} or below{between}{after}"),
                    (f"lower than {value.text}", f"{before}lower than {value.text}{between}{after}"))  # fmt: skip
    else:
        readings = ((f"{value.text}及以下", f"{before}{value.text}及以下{between}{after}"),
                    (f"低于{value.text}", f"{before}低于{value.text}{between}{after}"))  # fmt: skip
    return Clarification(
        prompt=Text(zh=f"“{value.text}以下”包括{value.text}吗？", en=f"Does “below {value.text}” include it?"),
        options=tuple(Option(label=_shown(label, lang), question=question) for label, question in readings),
    )


def ask_which_heads(plan: QueryPlan, persons: str, model: SemanticModel, lang: Lang) -> Clarification:
    """人均: for everyone who lives here, or for everyone the rows are about."""
    name = model.metric_by_id[plan.metrics[0]]
    options = []
    for under in (persons, plan.per):
        metric = model.metric_by_id[under]
        label = f"{name.name_en} / {metric.name_en}" if lang == "en" else f"{name.name}÷{metric.name}"
        options.append(Option(label=_shown(label, lang), question=question(replace(plan, per=under), model, lang)))
    return Clarification(
        prompt=Text(zh="“人均”按哪些人平均？", en="Per person of whom?"),
        options=tuple(options),
    )


def _shown(label: str, lang: str) -> str:
    return to_traditional(label) if lang == "zh-Hant" else label
