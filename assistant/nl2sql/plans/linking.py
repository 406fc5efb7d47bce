"""Question -> QueryPlan without a model: the words are looked up, every word must be accounted for, or we ask back.

    link("2025年各区新设企业数，和上年同期比", model=..., values=..., as_of=date(2025, 10, 31), lang="zh")

Deterministic. A content word that nothing explains ends the attempt (`unlinked`): a filter that was not understood
would give a wrong number. The pipeline then tries the language model or says which words it did not understand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, TypeAlias

from assistant.domain import Clarification, Lang, LinkStrength, QueryPlan, Text
from assistant.nl2sql.plans import clarifying
from assistant.nl2sql.plans.asked_order import Order
from assistant.nl2sql.plans.asked_rates import own_persons
from assistant.nl2sql.plans.asked_rows import RowRequest, asks_for_rows, read_persons, read_rows
from assistant.nl2sql.plans.asked_time import AskedTime, read_time
from assistant.nl2sql.plans.asked_wishes import wishes_of
from assistant.nl2sql.plans.confidence import calibrated, threshold
from assistant.nl2sql.plans.half_understood import half_understood, said_of_mean
from assistant.nl2sql.plans.nearness import NearNames
from assistant.nl2sql.plans.plan_checks import finding_of
from assistant.nl2sql.plans.planning import plan_of
from assistant.nl2sql.plans.question_reading import QuestionReading, as_before, features_of, operators_of, read_question
from assistant.nl2sql.plans.ranked_values import bare_below
from assistant.nl2sql.plans.semantic_model import SemanticModel
from assistant.nl2sql.plans.similar_figures import similar_figures, without_words
from assistant.nl2sql.plans.terms import strength_of
from assistant.nl2sql.plans.value_metrics import stock_of
from assistant.nl2sql.plans.values import ValueIndex

LinkOutcome: TypeAlias = Literal["plan", "clarify", "unlinked", "out_of_scope", "no_data", "rows"]

THRESHOLD = 0.9  # share of the content that must be explained
_MOSTLY = 0.6  # of the content understood: the rest is worth a question back
_DOCUMENT_WORDS = re.compile(
    r"规定|办法|条例|细则|第\d+条|依据|政策|法律|法规|制度|流程|允许|共享类型|申请|policy|regulation|law|article|clause|catalog|目录|数据集"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """What a question was understood as.

    `plan` is also given, as far as it got, with clarify, unlinked and no_data. `message` explains no_data;
    `rows` comes with the outcome rows; `defaults` are metrics taken by a declared default reading.
    """

    outcome: LinkOutcome
    plan: QueryPlan | None = None
    clarification: Clarification | None = None
    coverage: float = 0.0  # 0-1: share of the content characters that were explained
    unlinked: tuple[str, ...] = ()
    confidence: float = 0.0  # 0-1
    message: Text | None = None
    rows: RowRequest | None = None
    persons: RowRequest | None = None  # of unlinked: persons are wanted under a condition that was not understood
    defaults: tuple[str, ...] = ()
    features: tuple[tuple[str, float], ...] = ()  # of a plan: what its confidence was computed from


def link(
    text: str,
    *,
    model: SemanticModel,
    values: ValueIndex,
    as_of: date,
    lang: Lang,
    previous: QueryPlan | None = None,
    near: NearNames | None = None,
) -> Linked:
    """`previous`: the plan of the question before; with it, words with several readings keep its reading.

    `near`: names by meaning, asked only where words stay uncovered; what it finds is a question back, which comes with
    the outcome `unlinked`: a question about rules is answered from the documents first.
    """
    read, found = _linked(text, model, values, as_of, lang, previous)
    if not _may_be_near(found, read):
        return found
    asked = similar_figures(read, near, model, values, as_of, lang) if near is not None else None
    if asked is None and found.outcome == "unlinked" and found.coverage >= _MOSTLY:
        asked = without_words(read, model, values, as_of, lang)
    if asked is None:
        return found
    outcome: LinkOutcome = "clarify" if found.outcome == "clarify" else "unlinked"
    return replace(found, outcome=outcome, clarification=asked)


def _may_be_near(found: Linked, read: QuestionReading) -> bool:
    """Words stayed uncovered in a question that is about this estate."""
    if found.outcome == "out_of_scope":  # not one known word, but a time: perhaps a figure in other words
        return bool(read.mentions) and not any(item.of("off_topic") for item in read.tags)
    if found.outcome == "clarify":
        return not read.terms.metrics and read.terms.ambiguity is None  # only places and times were understood
    return found.outcome == "unlinked" and not _DOCUMENT_WORDS.search(read.text)


def _linked(
    text: str, model: SemanticModel, values: ValueIndex, as_of: date, lang: Lang, previous: QueryPlan | None
) -> tuple[QuestionReading, Linked]:
    read = read_question(text, model, values, as_of)
    if previous is not None and read.terms.ambiguity is not None:
        read = as_before(read, previous)
    counted = [metric for metric in read.terms.metrics if metric not in read.terms.absent] or read.terms.metrics
    metrics = tuple(part for metric in counted for part in model.parts(metric))
    time = read_time(read.mentions, wishes_of(read), metrics, model, as_of)
    if any(model.dimension_by_id[item.dimension].state for item in read.terms.filters):
        now = all(mention.kind == "now" for mention in read.mentions)
        time = replace(time, period=None) if now and not time.grain else time  # 目前办理中的: whenever they came
    early = _not_a_metric_question(read, time, model, lang)
    if early is not None:
        return read, early
    plan = plan_of(read, time, model)
    features = features_of(read, plan)
    found = Linked(
        outcome="plan",
        plan=plan,
        coverage=read.coverage,
        unlinked=read.unlinked,
        confidence=round(calibrated("compiled", features), 3),
        features=tuple(features.items()),
        defaults=tuple(read.terms.stated),
    )
    return read, _checked(found, read, time, model, lang)


def resolved(plan: QueryPlan) -> Linked:
    """What a follow-up made of the plan before it: nothing of it was left unread."""
    features = {
        "link": strength_of(list(plan.links)) if plan.links else 1.0,
        "coverage": 1.0,
        "follow_up": 1.0,
        "operators": operators_of(plan),
    }
    sure = round(calibrated("compiled", features), 3)
    return Linked(outcome="plan", plan=plan, coverage=1.0, confidence=sure, features=tuple(features.items()))


def link_strengths(linked: Linked) -> dict[str, LinkStrength]:
    """{words: strength} for the interpretation."""
    return {item.span: item.strength for item in linked.plan.links} if linked.plan else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What a text says by itself, for follow-ups; the words are read with the metrics of the plan before."""

    plan: QueryPlan  # metrics empty where none is named
    unlinked: tuple[str, ...]
    rows: bool
    off_topic: bool
    ambiguous: str  # words with several readings, "" where there are none
    misfit: bool
    names_period: bool
    compares: bool  # 和…比
    no_data: bool
    order: Order
    share: bool
    cumulative: bool


def read_piece(text: str, model: SemanticModel, values: ValueIndex, as_of: date, last: QueryPlan) -> Piece:
    """The pieces of a follow-up. Pure, deterministic."""
    read = read_question(text, model, values, as_of, last.metrics)
    metrics = tuple(part for metric in read.terms.subjects for part in model.parts(metric))
    time = read_time(read.mentions, wishes_of(read), metrics, model, as_of)
    named = tuple(read.terms.metrics)
    denied = tuple(tag.text for tag in read.tags if tag.is_operator("absent"))  # a change of a plan carries none
    about = replace(read.terms, metrics=list(read.terms.subjects))
    plan = plan_of(replace(read, terms=about), time, model)
    return Piece(
        plan=replace(plan, metrics=plan.metrics if named or (read.rate is not None and not plan.per) else ()),
        unlinked=(*read.unlinked, *denied),
        rows=asks_for_rows(read.tags, model, read.terms),
        off_topic=any(item.of("off_topic") for item in read.tags),
        ambiguous=read.terms.ambiguous_text,
        misfit=read.terms.misfit is not None,
        names_period=any(m.period is not None for m in read.mentions),
        compares=any(item.is_operator("compare") for item in read.tags),
        no_data=time.no_data is not None or time.unclear,
        order=read.order,
        share=any(item.is_operator("share") for item in read.tags),
        cumulative=any(item.is_operator("cumulative") for item in read.tags),
    )


def _not_a_metric_question(read: QuestionReading, time: AskedTime, model: SemanticModel, lang: Lang) -> Linked | None:
    """Rows, other topics, words with several readings: everything that ends before a plan. None: go on."""
    terms = read.terms
    if model.metrics and asks_for_rows(read.tags, model, terms):
        said = [mention.period for mention in read.mentions if mention.period is not None and mention.kind != "now"]
        period = time.period or (said[0] if len(said) == 1 else None)
        rows = read_rows(read.tags, terms, period, model)
        if rows is not None:
            named = {text for _, text in rows.literals}
            rest = tuple(word for word in read.unlinked if word not in named)
            if said and rows.period is None:  # must not be dropped either
                rest = (*rest, said[0].label.en if lang == "en" else said[0].label.zh)
            return Linked(outcome="rows", rows=rows, coverage=read.coverage, unlinked=rest, confidence=0.9)
    if terms.metrics:
        return None
    if terms.ambiguity is not None and not read.unlinked and not any(t.of("off_topic") for t in read.tags):
        asked = clarifying.ask_which_metric(terms, read.text, model, lang)
        return Linked(outcome="clarify", clarification=asked, coverage=read.coverage, unlinked=read.unlinked)
    if _is_off_topic(read, model):
        return Linked(outcome="out_of_scope", coverage=read.coverage, unlinked=read.unlinked, confidence=0.9)
    if read.coverage >= THRESHOLD and not _DOCUMENT_WORDS.search(read.text):
        asked_back = clarifying.ask_what_about(read.tags, read.text, model, lang)
        if asked_back is not None:
            return Linked(outcome="clarify", clarification=asked_back, coverage=read.coverage)
    persons = read_persons(read.tags, read.text, model)
    return Linked(outcome="unlinked", coverage=read.coverage, unlinked=read.unlinked, persons=persons)


def _is_off_topic(read: QuestionReading, model: SemanticModel) -> bool:
    """A word that tells another topic, or not one word that this estate knows."""
    if not model.metrics or not read.unlinked or _DOCUMENT_WORDS.search(read.text):
        return any(item.of("off_topic") for item in read.tags) and bool(model.metrics)
    if any(item.of("off_topic") for item in read.tags):
        return True
    known = ("metric", "readings", "dimension", "value", "field", "entity", "known")
    return not any(sense.kind in known for item in read.tags for sense in item.senses)


def _checked(found: Linked, read: QuestionReading, time: AskedTime, model: SemanticModel, lang: Lang) -> Linked:
    """A plan is only a plan when every word was understood and the figures exist."""
    plan = found.plan
    if plan is None or read.coverage < THRESHOLD or read.unlinked:
        return replace(found, outcome="unlinked")
    if any(item.of("off_topic") for item in read.tags):
        return replace(found, outcome="out_of_scope")
    if read.terms.misfit is not None:
        asked = clarifying.ask_which_dimension(read.terms, read.text, model, lang)
        return replace(found, outcome="clarify" if asked else "unlinked", clarification=asked)
    if read.terms.parts is not None:
        asked = clarifying.ask_which_part(read.terms, read.text, model, lang)
        return replace(found, outcome="clarify", clarification=asked)
    below = bare_below(read.tags, model)
    if below is not None:
        return replace(found, outcome="clarify", clarification=clarifying.ask_whether_itself(*below, read.text, lang))
    if time.named is not None:
        asked = clarifying.ask_which_days(read.text, time.named, lang)
        return replace(found, outcome="clarify", clarification=asked)
    persons = own_persons(model.metric_by_id[plan.metrics[0]], model) if plan.per else ""
    if read.rate is not None and plan.per_scale == 1 and persons not in ("", *plan.metrics):
        asked = clarifying.ask_which_heads(plan, persons, model, lang)
        return replace(found, outcome="clarify", clarification=asked)
    if time.unclear:
        labels = tuple(m.period.label for m in read.mentions if m.period)
        return replace(found, outcome="clarify", clarification=clarifying.ask_which_time(read.text, labels, lang))
    if time.no_data is not None:
        return replace(found, outcome="no_data", message=time.no_data)
    stock = _stock_instead(plan, read, model)
    if stock:
        asked = clarifying.ask_flow_or_stock(plan, stock, model, lang)
        return replace(found, outcome="clarify", clarification=asked)
    lost = half_understood(plan, read, model)
    if lost is not None or finding_of(plan, model) is not None:
        return replace(found, outcome="unlinked", confidence=0.0, unlinked=lost or said_of_mean(plan, read))
    if found.confidence < threshold("compiled"):
        asked = clarifying.ask_whether(plan, model, lang)
        return replace(found, outcome="clarify" if asked else "unlinked", clarification=asked)
    return found


def _stock_instead(plan: QueryPlan, read: QuestionReading, model: SemanticModel) -> str:
    """年底有多少张, 有多少个体户: no period is named and the guessed figure needs one. The stock that may be meant."""
    guessed = any(item.kind == "metric" and item.strength is not LinkStrength.EXACT for item in plan.links)
    dated = any(mention.kind != "up_to" for mention in read.mentions)
    told = any(model.dimension_by_id[item.dimension].state for item in plan.filters)
    states = told and not read.mentions  # 吊销的企业: of all that ever were
    return stock_of(plan.metrics[0], model) if guessed and not dated and not states else ""
