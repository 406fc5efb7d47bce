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

from assistant.domain import Clarification, Lang, Link, LinkStrength, Period, QueryPlan, Text
from assistant.nl2sql import clarifying, periods
from assistant.nl2sql.asked_order import Order, read_order
from assistant.nl2sql.asked_rows import RowRequest, asks_for_rows, read_rows
from assistant.nl2sql.asked_terms import Terms, read_terms, strength_of
from assistant.nl2sql.asked_time import AskedTime, Wishes, read_time
from assistant.nl2sql.join_paths import path
from assistant.nl2sql.lexicon import Tag, lexicon_for, named_spans, tag
from assistant.nl2sql.normalising import normalise
from assistant.nl2sql.semantic_model import Metric, SemanticModel
from assistant.nl2sql.values import ValueIndex

LinkOutcome: TypeAlias = Literal["plan", "clarify", "unlinked", "out_of_scope", "no_data", "rows"]

THRESHOLD = 0.9  # share of the content that must be explained
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
    defaults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Read:
    """Everything read from one question."""

    text: str
    tags: tuple[Tag, ...]
    mentions: tuple[periods.Mention, ...]
    terms: Terms
    order: Order
    coverage: float
    unlinked: tuple[str, ...]


def link(
    text: str,
    *,
    model: SemanticModel,
    values: ValueIndex,
    as_of: date,
    lang: Lang,
    previous: QueryPlan | None = None,
) -> Linked:
    """`previous`: the plan of the question before; with it, words with several readings keep its reading."""
    read = _read(text, model, values, as_of)
    if previous is not None and read.terms.ambiguity is not None:
        read = _as_before(read, previous)
    metrics = tuple(part for metric in read.terms.metrics for part in model.parts(metric))
    time = read_time(read.mentions, _wishes(read), metrics, model, as_of)
    early = _not_a_metric_question(read, time, model, lang)
    if early is not None:
        return early
    plan = _plan(read, time, model)
    found = Linked(
        outcome="plan",
        plan=plan,
        coverage=read.coverage,
        unlinked=read.unlinked,
        confidence=round(_confidence(read), 3),
        defaults=tuple(read.terms.stated),
    )
    return _checked(found, read, time, model, lang)


def _as_before(read: _Read, previous: QueryPlan) -> _Read:
    """The asker chose a reading of these words before."""
    ambiguity = read.terms.ambiguity
    chosen = next((m for m in previous.metrics if ambiguity and m in ambiguity.readings), None)
    if chosen is None:
        return read
    return replace(read, terms=replace(read.terms, metrics=[chosen], ambiguity=None, stated=[chosen]))


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
    read = _read(text, model, values, as_of, last.metrics)
    metrics = tuple(part for metric in read.terms.subjects for part in model.parts(metric))
    time = read_time(read.mentions, _wishes(read), metrics, model, as_of)
    named = tuple(read.terms.metrics)
    about = replace(read.terms, metrics=list(read.terms.subjects))
    plan = _plan(replace(read, terms=about), time, model)
    return Piece(
        plan=replace(plan, metrics=plan.metrics if named else ()),
        unlinked=read.unlinked,
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


def _read(text: str, model: SemanticModel, values: ValueIndex, as_of: date, context: tuple[str, ...] = ()) -> _Read:
    normal = normalise(text)
    lexicon = lexicon_for(model, values)
    named = named_spans(normal, lexicon)
    mentions = tuple(
        m
        for m in periods.find(normal, as_of)
        if not any(start <= m.start and m.end <= end and end - start > m.end - m.start for start, end in named)
    )
    tags = tag(normal, lexicon, tuple((m.start, m.end) for m in mentions))
    terms = read_terms(tags, model, context)
    order = read_order(tags, normal, terms, model)
    coverage, unlinked = _coverage(tags, order.used)
    return _Read(normal, tags, mentions, terms, order, coverage, unlinked)


def _coverage(tags: tuple[Tag, ...], used: frozenset[int]) -> tuple[float, tuple[str, ...]]:
    """Explained share of the content; numbers count as explained only where something used them."""
    whole = missing = 0.0
    unlinked = []
    for index, item in enumerate(tags):
        if not item.content:
            continue
        weight = 1.0 if item.text.isascii() else float(len(item.text)) / 2
        whole += weight
        if item.unknown or (item.number is not None and index not in used and not item.senses):
            missing += weight
            unlinked.append(item.text)
    return (1.0 - missing / whole if whole else 1.0), tuple(unlinked)


def _wishes(read: _Read) -> Wishes:
    def has(*names: str) -> bool:
        return any(item.is_operator(*names) for item in read.tags)

    return Wishes(
        yoy=has("yoy"),
        mom=has("mom"),
        growth=(has("growth", "decline") and not read.order.having) or any("_rate" in h[0] for h in read.order.having),
        compare=has("compare"),
        trend=has("trend"),
        total=has("total"),
        winner=read.order.limit is not None,
    )


def _not_a_metric_question(read: _Read, time: AskedTime, model: SemanticModel, lang: Lang) -> Linked | None:
    """Rows, other topics, words with several readings: everything that ends before a plan. None: go on."""
    terms = read.terms
    if model.metrics and asks_for_rows(read.tags, model, terms):
        rows = read_rows(read.tags, terms, time.period, model)
        if rows is not None:
            return Linked(outcome="rows", rows=rows, coverage=read.coverage, unlinked=read.unlinked, confidence=0.9)
    if terms.metrics:
        return None
    if terms.ambiguity is not None and terms.absent == [] and not any(t.of("off_topic") for t in read.tags):
        asked = clarifying.ask_which_metric(terms, read.text, model, lang)
        return Linked(outcome="clarify", clarification=asked, coverage=read.coverage, unlinked=read.unlinked)
    if _is_off_topic(read, model):
        return Linked(outcome="out_of_scope", coverage=read.coverage, unlinked=read.unlinked, confidence=0.9)
    if read.coverage >= THRESHOLD and not _DOCUMENT_WORDS.search(read.text):
        asked_back = clarifying.ask_what_about(read.tags, read.text, model, lang)
        if asked_back is not None:
            return Linked(outcome="clarify", clarification=asked_back, coverage=read.coverage)
    return Linked(outcome="unlinked", coverage=read.coverage, unlinked=read.unlinked)


def _is_off_topic(read: _Read, model: SemanticModel) -> bool:
    """A word that tells another topic, or not one word that this estate knows."""
    if not model.metrics or not read.unlinked or _DOCUMENT_WORDS.search(read.text):
        return any(item.of("off_topic") for item in read.tags) and bool(model.metrics)
    if any(item.of("off_topic") for item in read.tags):
        return True
    known = ("metric", "readings", "dimension", "value", "field", "entity", "known")
    return not any(sense.kind in known for item in read.tags for sense in item.senses)


def _plan(read: _Read, time: AskedTime, model: SemanticModel) -> QueryPlan:
    terms, order = read.terms, read.order
    share = any(item.is_operator("share") for item in read.tags)
    metrics = _metrics(terms, share, model)
    absent = tuple(metric for metric in terms.absent if metric in metrics)
    plan = QueryPlan(
        metrics=metrics,
        dimensions=tuple(terms.dimensions),
        filters=(*terms.filters, *order.filters),
        period=time.period,
        grain=time.grain,
        comparisons=time.comparisons,
        having=(*order.having, *((metric, "=", 0.0) for metric in absent if terms.dimensions)),
        links=(*terms.links, *_period_links(read, time.period)),
        chart=_chart(read),
    )
    plan = _with_share(plan, share and metrics == tuple(terms.metrics), read)
    plan = _with_order(plan, order, read)
    return _with_absence(plan, absent, model)


def _metrics(terms: Terms, share: bool, model: SemanticModel) -> tuple[str, ...]:
    """老年人口占常住人口的比重 is the declared ratio of the two."""
    if share and len(terms.metrics) == 2:
        one, two = terms.metrics
        ratio = next((m for m in model.metrics if m.numerator == one and m.denominator == two and m.unit == "%"), None)
        if ratio is not None:
            return (ratio.id,)
    if share and len(terms.metrics) == 1 and not (terms.dimensions or terms.filters):
        ratio = next((m for m in model.metrics if m.numerator == terms.metrics[0] and m.unit == "%"), None)
        if ratio is not None:
            return (ratio.id,)
    return tuple(terms.metrics)


def _with_share(plan: QueryPlan, share: bool, read: _Read) -> QueryPlan:
    if not share:
        return plan
    if plan.dimensions or plan.grain:
        return replace(plan, derived=("share",))
    filters = [item.dimension for item in plan.filters]
    if not filters:
        return plan
    whole = "占全市" in read.text or "of the city" in read.text
    return replace(plan, derived=("share",), share_of=tuple(filters) if whole or len(filters) == 1 else (filters[-1],))


def _with_order(plan: QueryPlan, order: Order, read: _Read) -> QueryPlan:
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


def _chart(read: _Read) -> str | None:
    for name in ("bar", "line", "pie", "table"):
        if any(item.is_operator(name) for item in read.tags):
            return name
    return "line" if any(item.is_operator("trend") for item in read.tags) else None


def _period_links(read: _Read, period: Period | None) -> tuple[Link, ...]:
    return tuple(
        Link(
            span=read.text[m.start : m.end],
            target=period.label.zh if period else m.kind,
            kind="period",
            strength=LinkStrength.EXACT,
            score=1.0,
        )
        for m in read.mentions
    )


def _confidence(read: _Read) -> float:
    """Rule-based until a calibration on questions replaces it: weakest link times coverage."""
    taken = 0.9 if read.terms.stated else 0.98
    return taken * strength_of(read.terms.links) * read.coverage


def _checked(found: Linked, read: _Read, time: AskedTime, model: SemanticModel, lang: Lang) -> Linked:
    """A plan is only a plan when every word was understood and the figures exist."""
    plan = found.plan
    if plan is None or read.coverage < THRESHOLD or read.unlinked:
        return replace(found, outcome="unlinked")
    if any(item.of("off_topic") for item in read.tags):
        return replace(found, outcome="out_of_scope")
    if read.terms.misfit is not None:
        asked = clarifying.ask_which_dimension(read.terms, read.text, model, lang)
        return replace(found, outcome="clarify" if asked else "unlinked", clarification=asked)
    if time.unclear:
        labels = tuple(m.period.label for m in read.mentions if m.period)
        return replace(found, outcome="clarify", clarification=clarifying.ask_which_time(read.text, labels, lang))
    if time.no_data is not None:
        return replace(found, outcome="no_data", message=time.no_data)
    if _is_half_understood(plan, read, model):
        return replace(found, outcome="unlinked", confidence=0.0)
    return found


def _is_half_understood(plan: QueryPlan, read: _Read, model: SemanticModel) -> bool:
    """An operator was read that the plan does not carry: better no answer than half of it."""

    def has(*names: str) -> bool:
        return any(item.is_operator(*names) for item in read.tags)

    grouped = bool(plan.dimensions or plan.grain)
    metrics: tuple[Metric, ...] = tuple(model.metric_by_id[m] for m in plan.metrics)
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
