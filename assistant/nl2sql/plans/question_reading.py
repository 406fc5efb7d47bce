"""One question, read: its tags, mentions of time, terms and order, and how much of it was explained. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date

from assistant.domain import Link, LinkStrength, Period, QueryPlan
from assistant.nl2sql.plans import periods
from assistant.nl2sql.plans.asked_groups import describing_number
from assistant.nl2sql.plans.asked_order import Order, read_order
from assistant.nl2sql.plans.asked_rates import Rate, read_head, with_averages
from assistant.nl2sql.plans.asked_spans import with_length
from assistant.nl2sql.plans.asked_terms import read_terms
from assistant.nl2sql.plans.bare_comparatives import with_bare_comparatives
from assistant.nl2sql.plans.inferring import implied_metrics, is_open
from assistant.nl2sql.plans.leftover_words import is_explained
from assistant.nl2sql.plans.lexicon import Tag, lexicon_for
from assistant.nl2sql.plans.normalising import normalise
from assistant.nl2sql.plans.ranked_values import with_ranked_values
from assistant.nl2sql.plans.semantic_model import SemanticModel
from assistant.nl2sql.plans.tagging import as_denied, named_spans, tag
from assistant.nl2sql.plans.terms import Terms, implied_link, strength_of
from assistant.nl2sql.plans.value_metrics import counted_thing, metrics_by_value, stock_of
from assistant.nl2sql.plans.values import ValueIndex

_AMONG = re.compile(r"其中|里面|当中|之中|\bamong\b|\bof (?:them|those|these)\b")
_GUESS = 0.3  # what a word that was passed over takes from the coverage, in its own weight


@dataclass(frozen=True, slots=True)
class QuestionReading:
    """Everything read from one question."""

    text: str
    tags: tuple[Tag, ...]
    mentions: tuple[periods.Mention, ...]
    terms: Terms
    order: Order
    coverage: float
    unlinked: tuple[str, ...]
    rate: Rate | None = None  # a figure for every person, or for ten thousand of them


def as_before(read: QuestionReading, previous: QueryPlan) -> QuestionReading:
    """The asker chose a reading of these words before."""
    ambiguity = read.terms.ambiguity
    chosen = next((m for m in previous.metrics if ambiguity and m in ambiguity.readings), None)
    if chosen is None:
        return read
    return replace(read, terms=replace(read.terms, metrics=[chosen], ambiguity=None, stated=[chosen]))


def read_question(
    text: str, model: SemanticModel, values: ValueIndex, as_of: date, context: tuple[str, ...] = ()
) -> QuestionReading:
    lexicon = lexicon_for(model, values)
    normal = as_denied(normalise(text), lexicon)
    named = named_spans(normal, lexicon)
    mentions = tuple(
        m
        for m in _mentions(normal, named, as_of)
        if not any(start <= m.start and m.end <= end and end - start > m.end - m.start for start, end in named)
    )
    mentions, means = with_averages(normal, tuple(with_length(normal, one) for one in mentions))
    rate = read_head(normal)
    if rate is not None and any(
        start <= rate.start and rate.end <= end for start, end in named_spans(normal, lexicon, loose=True)
    ):
        rate = None  # 人均补贴金额 is a figure of its own
    gaps = [*((m.start, m.end) for m in mentions), *means, *([(rate.start, rate.end)] if rate else [])]
    tags = with_ranked_values(tag(normal, lexicon, tuple(sorted(gaps))), model, values)
    tags = with_bare_comparatives(tags, mentions, normal)
    terms = _terms(tags, normal, model, context, rate)
    if any(mention.kind == "now" for mention in mentions):
        terms = _in_stock(terms, model)
    order = read_order(tags, normal, terms, model)
    guessed = _guessed(tags, normal, terms, model)
    terms.links += [implied_link(tags[index], (*terms.subjects, "")[0]) for index in sorted(guessed)]
    coverage, unlinked = _coverage(tags, order.used | _describing(tags, terms), guessed)
    return QuestionReading(normal, tags, mentions, terms, order, coverage, unlinked, rate)


def _mentions(text: str, named: tuple[tuple[int, int], ...], as_of: date) -> tuple[periods.Mention, ...]:
    """每月平均办结时长 is the mean time month by month: the name of a figure keeps its 平均."""
    found = periods.find(text, as_of)
    cut = [
        (start, end)
        for start, end in named
        if any(m.kind == "average" and m.start < start < m.end < end for m in found)
    ]  # fmt: skip
    for start, end in cut:
        text = text[:start] + "□" * (end - start) + text[end:]
    return periods.find(text, as_of) if cut else found


def _of_each_person(open_to: int | None, model: SemanticModel) -> str:
    """育儿补贴平均每人到手多少: of the readings the one that is declared for every person, too; "" where none is."""
    readings = model.ambiguities[open_to].readings if open_to is not None else ()
    named = [model.metric_by_id[one] for one in readings]
    rates = {(metric.entity, metric.unit) for metric in model.metrics}
    found = [one.id for one in named if one.unit and (one.entity, f"{one.unit}/人") in rates]
    return found[0] if len(found) == 1 else ""


def _terms(
    tags: tuple[Tag, ...], text: str, model: SemanticModel, context: tuple[str, ...], rate: Rate | None = None
) -> Terms:
    """The terms; where no metric is named and none is known from before, with the one that the rest implies."""
    terms = read_terms(tags, model, context)
    if context and not terms.metrics and not _narrows(tags, text):
        tables = {model.metric_by_id[metric].entity for metric in context}
        given = metrics_by_value(tags, model)
        if given and all(model.metric_by_id[metric].entity in tables for metric, _ in given):
            return read_terms(tags, model, context, given)
    if terms.metrics or context:
        return terms
    given = metrics_by_value(tags, model)
    if not given and terms.ambiguity is None:
        thing = counted_thing(tags, text, model)
        given = (thing,) if thing else ()
    if given:
        return read_terms(tags, model, (), given)
    several = implied_metrics(tags, text, model)
    if not several:
        return terms
    implied = several[0]
    open_to = is_open(implied, text, model)
    each = _of_each_person(open_to, model) if rate is not None and rate.scale == 1 else ""
    if each:
        implied, several, open_to = each, (each,), None
    if open_to is not None:
        word = next(
            (item.text for item in tags if item.of("value")), terms.ambiguous_text or model.metric_by_id[implied].name
        )
        return replace(terms, ambiguity=model.ambiguities[open_to], ambiguous_text=word)
    terms = read_terms(tags, model, several)
    span = next((item.text for item in tags if item.of("value") or item.of("dimension")), "")
    found = Link(span=span, target=implied, kind="metric", strength=LinkStrength.FUZZY, score=0.9)
    return replace(terms, metrics=list(several), links=[found, *terms.links], ambiguity=None, stated=[implied])


def _narrows(tags: tuple[Tag, ...], text: str) -> bool:
    """只看注销的, 其中注销的: rows of the figure before, not another figure."""
    return any(tag.is_operator("only", "except") for tag in tags) or bool(_AMONG.search(text))


def _in_stock(terms: Terms, model: SemanticModel) -> Terms:
    """现有个体户: what there is now, where the figure was guessed and could only be what came in."""
    guessed = [link for link in terms.links if link.kind == "metric" and link.strength is not LinkStrength.EXACT]
    stock = stock_of(terms.metrics[0], model) if len(terms.metrics) == 1 and guessed else ""
    if not stock:
        return terms
    links = [replace(link, target=stock) if link in guessed else link for link in terms.links]
    at = dict.fromkeys([stock] if terms.at else [], next(iter(terms.at.values()), 0))
    return replace(terms, metrics=[stock], at=at, links=links, stated=[stock for _ in terms.stated])


def _describing(tags: tuple[Tag, ...], terms: Terms) -> frozenset[int]:
    """The numbers that only say how many groups there are: 三个县各有多少."""
    each = frozenset(index for index in range(len(tags)) if _is_unit_price(index, tags))
    if not terms.dimensions:
        return each
    named = [i for i, tag in enumerate(tags) if (tag.of("dimension") or tag.of("value")) and i not in terms.at.values()]
    found = {describing_number(index, tags) for index in named}
    found |= {_counting_values(index, tags, terms) for index in range(len(tags))}
    return each | frozenset(number for number in found if number is not None)


def _is_unit_price(index: int, tags: tuple[Tag, ...]) -> bool:
    """多少一平, 几块钱一吨: for one of them. Only behind what asks for an amount, so no bound and no date."""
    if tags[index].number != 1 or not 0 < index < len(tags) - 1:
        return False
    if tags[index - 1].is_operator("mean"):
        return True  # 平均一个工单要多久
    before, behind = tags[index - 1], tags[index + 1]
    return before.is_filler and before.text.endswith(("多少", "几", "钱", "元", "块")) and behind.is_filler


def _counting_values(index: int, tags: tuple[Tag, ...], terms: Terms) -> int | None:
    """门诊、住院两类就诊: as many as were listed right before. 两 is no digit there: 2类 is a grade of water."""
    number = 2.0 if tags[index].text == "两" else tags[index].number
    behind = tags[index + 1].text if index + 1 < len(tags) else ""
    before = next((tag for tag in reversed(tags[:index]) if tag.text not in ("的", "这", "等")), None)
    listed = {len(one.values) for one in terms.filters if one.op == "in"}
    said = before is not None and bool(before.of("value")) and behind in ("类", "种", "个", "者", "项", "家", "地")
    return index if number is not None and said and number in listed else None


def _guessed(tags: tuple[Tag, ...], text: str, terms: Terms, model: SemanticModel) -> frozenset[int]:
    """The unknown words that repeat a part of a name that was linked."""
    return frozenset(
        index
        for index, item in enumerate(tags)
        if item.unknown
        and item.number is None
        and is_explained(item.text, text[max(0, item.start - 1) : item.end + 1], terms, model)
    )


def _coverage(tags: tuple[Tag, ...], used: frozenset[int], guessed: frozenset[int]) -> tuple[float, tuple[str, ...]]:
    """Explained share of the content; numbers count as explained only where something used them, guesses by half."""
    whole = missing = 0.0
    unlinked = []
    for index, item in enumerate(tags):
        if not item.content:
            continue
        weight = _weight(item)
        whole += weight
        if index in guessed:
            missing += weight * _GUESS
        elif item.unknown and index in used:
            continue
        elif item.unknown or (item.number is not None and index not in used and not item.senses):
            missing += weight
            unlinked.append(item.text)
    return (1.0 - missing / whole if whole else 1.0), tuple(unlinked)


def _weight(item: Tag) -> float:
    """An English word weighs as much as two Chinese characters."""
    return 1.0 if item.text.isascii() else float(len(item.text)) / 2


def period_links(read: QuestionReading, period: Period | None) -> tuple[Link, ...]:
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


def chart_of(read: QuestionReading) -> str | None:
    for name in ("bar", "line", "pie", "table"):
        if any(item.is_operator(name) for item in read.tags):
            return name
    return "line" if any(item.is_operator("trend") for item in read.tags) else None


def features_of(read: QuestionReading, plan: QueryPlan) -> dict[str, float]:
    """What confidence.py weighs, for a plan of the compiled path."""
    content = [item for item in read.tags if item.content]
    length = sum(_weight(item) for item in content)
    light = sum(_weight(item) for item in content if item.is_filler)
    return {
        "link": strength_of(read.terms.links),
        "coverage": read.coverage,
        "passed_over": light / length if length else 0.0,
        "stated": float(bool(read.terms.stated)),
        "operators": operators_of(plan),
    }


def operators_of(plan: QueryPlan) -> float:
    """Comparisons, bounds, shares, ranks and cuts of a plan, four or more = 1."""
    used = (*plan.comparisons, *plan.derived, *plan.having, *plan.without, *([plan.limit] if plan.limit else []))
    return min(len(used), 4) / 4
