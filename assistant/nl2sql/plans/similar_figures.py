"""Declared figures and splits close in meaning to words that stayed uncovered, to choose from. Asks, never answers.

For estates with a semantic model; readings of a bare schema are in nearest_readings.py.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from assistant.domain import Clarification, Lang, Option, QueryPlan, Text
from assistant.errors import ModelUnavailable
from assistant.language import to_traditional
from assistant.nl2sql.plans.asked_terms import read_terms
from assistant.nl2sql.plans.asked_time import read_time
from assistant.nl2sql.plans.asked_wishes import wishes_of
from assistant.nl2sql.plans.interpretation import metric_name, question
from assistant.nl2sql.plans.join_paths import path, reaches
from assistant.nl2sql.plans.nearness import NearNames
from assistant.nl2sql.plans.plan_checks import finding_of
from assistant.nl2sql.plans.planning import plan_of
from assistant.nl2sql.plans.question_reading import QuestionReading
from assistant.nl2sql.plans.semantic_model import Dimension, Metric, SemanticModel
from assistant.nl2sql.plans.values import ValueIndex

_IDENTIFIER_DIGITS = 7
_MOST_WORDS = 3  # more of them, and what was understood is no reading of the question


def similar_figures(
    read: QuestionReading, near: NearNames, model: SemanticModel, values: ValueIndex, as_of: date, lang: Lang
) -> Clarification | None:
    """Two to four readings by meaning; None where nothing is near, or the encoder is not at hand."""
    try:
        if read.terms.metrics:
            return _other_split(read, near, model, values, as_of, lang)
        return _which_figure(read, near, model, values, as_of, lang)
    except ModelUnavailable:
        return None


def _which_figure(
    read: QuestionReading, near: NearNames, model: SemanticModel, values: ValueIndex, as_of: date, lang: Lang
) -> Clarification | None:
    found = near.near_metrics(_core(read), lambda metric: _fits(metric, read, model))
    at = next((i for i, tag in enumerate(read.tags) if tag.unknown), None)
    options = []
    for metric_id, _ in found:
        plan = _plan_with(metric_id, at, read, model, as_of)
        if plan is not None:
            options.append(_option(plan, model.metric_by_id[metric_id], model, values, lang))
    if len(options) < 2:
        return None
    words = "、".join(read.unlinked[:3]) or read.text
    return Clarification(
        prompt=Text(
            zh=f"“{words}”不是已定义的说法，按词义相近的指标有这些（请选择，或换一种说法）：",
            en=f"“{words}” is no defined term. Close in meaning (choose one, or say it differently):",
        ),
        options=tuple(options),
    )


def _other_split(
    read: QuestionReading, near: NearNames, model: SemanticModel, values: ValueIndex, as_of: date, lang: Lang
) -> Clarification | None:
    """The figure is known, some words are not: a split that is near in meaning, or the figure without those words."""
    words = "".join(read.unlinked) if lang != "en" else " ".join(read.unlinked)
    found = near.near_dimensions(words, lambda dimension: _is_free(dimension, read, model))
    return _aside_or_split(tuple(one for one, _ in found[:3]), read, model, values, as_of, lang) if found else None


def without_words(
    read: QuestionReading, model: SemanticModel, values: ValueIndex, as_of: date, lang: Lang
) -> Clarification | None:
    """The figure is known and some words are not: leave them aside, or see the figure by what it is kept by.

    What was not understood is most often a value, which is then seen among the others. None: no figure of its own.
    """
    if not read.terms.metrics or not read.unlinked or len(read.unlinked) > _MOST_WORDS:
        return None
    if any(sum(c.isdigit() for c in word) >= _IDENTIFIER_DIGITS for word in read.unlinked):
        return None  # somebody's number: it is not repeated, and nothing is counted without it
    if any(tag.is_operator("list") or tag.of("field") for tag in read.tags):
        return None  # single rows were asked for
    base = model.parts(read.terms.metrics[0])[0].entity
    own = [one.id for one in model.dimensions if one.table == base and not one.code and _is_free(one, read, model)]
    return _aside_or_split(tuple(own[:2]), read, model, values, as_of, lang)


def _is_free(dimension: Dimension, read: QuestionReading, model: SemanticModel) -> bool:
    """A split that every figure has and the question does not name yet."""
    taken = {*read.terms.dimensions, *(item.dimension for item in read.terms.filters)}
    metrics = [model.metric_by_id[metric] for metric in read.terms.metrics]
    split = dimension.kind in ("category", "band") and dimension.id not in taken
    return split and all(reaches(model, metric, dimension) for metric in metrics)


def _aside_or_split(
    dimensions: tuple[str, ...],
    read: QuestionReading,
    model: SemanticModel,
    values: ValueIndex,
    as_of: date,
    lang: Lang,
) -> Clarification | None:
    plan = _plan_with("", None, read, model, as_of)
    if plan is None or not dimensions or finding_of(plan, model) is not None:
        return None
    words = "".join(read.unlinked) if lang != "en" else " ".join(read.unlinked)
    name = metric_name(model.metric_by_id[read.terms.metrics[0]], lang)
    options = []
    for dimension_id in dimensions:
        split = replace(plan, dimensions=(*plan.dimensions, dimension_id))
        dimension = model.dimension_by_id[dimension_id]
        label = f"{name} by {dimension.name_en.lower()}" if lang == "en" else f"{name}，按{dimension.name}"
        options.append(Option(label=_shown(label, lang), question=question(split, model, lang, values)))
    label = f"{name}, leaving “{words}” aside" if lang == "en" else f"{name}，不考虑“{words}”"
    options.append(Option(label=_shown(label, lang), question=question(plan, model, lang, values)))
    return Clarification(
        prompt=Text(
            zh=f"没有理解“{words}”。可以分开来看，或者不考虑这些词：",
            en=f"“{words}” was not understood. See the figure split, or leave the words aside:",
        ),
        options=tuple(options),
    )


def _core(read: QuestionReading) -> str:
    """The question without its times, values and marked splits: what should name a figure."""
    kept = [tag.text for tag in read.tags if not (tag.of("value") or tag.is_operator("each") or tag.of("dimension"))]
    return ("".join if not any(text.isascii() and text.isalpha() for text in kept) else " ".join)(kept)


def _fits(metric: Metric, read: QuestionReading, model: SemanticModel) -> bool:
    """True where every value and dimension of the question belongs to the metric in some sense."""
    base = model.parts(metric.id)[0].entity
    for tag in read.tags:
        senses = (*tag.of("value"), *tag.of("dimension"))
        tables = [model.dimension_by_id[sense.target].table for sense in senses]
        if tables and all(path(model, base, table) is None for table in tables):
            return False
    return True


def _plan_with(
    metric_id: str, at: int | None, read: QuestionReading, model: SemanticModel, as_of: date
) -> QueryPlan | None:
    """The plan of the question with this figure ("" = its own); None where there are no such data."""
    given = ((metric_id, at if at is not None else 0),) if metric_id else ()
    terms = read_terms(read.tags, model, (), given) if metric_id else read.terms
    metrics = tuple(part for metric in terms.metrics for part in model.parts(metric))
    time = read_time(read.mentions, wishes_of(read), metrics, model, as_of)
    if time.no_data is not None or time.unclear or terms.misfit is not None:
        return None
    return plan_of(replace(read, terms=terms), time, model)


def _option(plan: QueryPlan, metric: Metric, model: SemanticModel, values: ValueIndex, lang: Lang) -> Option:
    name, meaning = (metric.name_en, metric.definition_en) if lang == "en" else (metric.name, metric.definition)
    label = f"{name}: {meaning}" if lang == "en" else f"{name}：{meaning}"
    return Option(label=_shown(label, lang), question=question(plan, model, lang, values))


def _shown(label: str, lang: Lang) -> str:
    return to_traditional(label) if lang == "zh-Hant" else label
