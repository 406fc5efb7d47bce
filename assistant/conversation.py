"""A follow-up and the question before it -> one complete question. Deterministic; plans are all that is remembered.

    complete("按行业拆开", (Turn(question=..., plan=...),), model=..., values=..., as_of=..., lang="zh")

A text is a follow-up when it names no metric, or opens with words that point back (那…呢, 只看…, what about …). Its own
pieces replace those of the last plan; the complete question is written from the changed plan and shown to the asker.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date

from assistant.domain import Lang, PlanFilter, QueryPlan
from assistant.nl2sql import linking
from assistant.nl2sql.calendars import same_period_last_year
from assistant.nl2sql.interpretation import metric_name, question
from assistant.nl2sql.join_paths import reaches
from assistant.nl2sql.linking import Linked
from assistant.nl2sql.normalising import normalise
from assistant.nl2sql.semantic_model import SemanticModel
from assistant.nl2sql.values import ValueIndex

MOST_TURNS = 8  # older ones are forgotten
_SHORT = 20  # characters

_POINTS_BACK = re.compile(
    r"^(?:那么?|那|再|换成|换|改成|改为|改看|只看|仅看|只要|按|分|和|与|跟|比|去掉|除|前\d|后\d|为什么|还有|加上|其中|"
    r"and|what about|how about|only|just|by|compare|now|then|without|exclud|instead|show (?:it|them|that)|as a|"
    r"make it|why|the same|same)"
)
_ENDS_BACK = re.compile(r"呢[?？]?$|拆开|细分$|instead$")
_WHY = re.compile(r"为什么|为何|什么原因|怎么会|\bwhy\b")
_DROP_GROUPS = re.compile(r"合计|总计|汇总|不分|不拆|总共|一共|总数|\btotal\b|altogether|in total")
_EVERYWHERE = re.compile(r"全市|所有区|整个城市|whole city|city ?wide|all districts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A question that was answered, and its plan; never its values."""

    question: str
    plan: QueryPlan | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """`text` is complete in itself and is shown; `linked` is its reading."""

    text: str
    linked: Linked
    follow_up: bool = False
    asks_why: bool = False  # 为什么: explain the last answer; the plan is the last one, unchanged


def complete(
    text: str, history: tuple[Turn, ...], *, model: SemanticModel, values: ValueIndex, as_of: date, lang: Lang
) -> Completed:
    """A question that stands for itself is linked as it is; a follow-up becomes the last question, changed."""
    last = next((turn.plan for turn in reversed(history[-MOST_TURNS:]) if turn.plan is not None), None)
    known = last is not None and all(metric in model.metric_by_id for metric in last.metrics)
    if last is not None and known and text.strip():
        resolved = _follow_up(text, last, model, values, as_of, lang)
        if resolved is not None:
            return resolved
    linked = linking.link(text, model=model, values=values, as_of=as_of, lang=lang, previous=last if known else None)
    return Completed(text=text, linked=linked)


def _follow_up(
    text: str, last: QueryPlan, model: SemanticModel, values: ValueIndex, as_of: date, lang: Lang
) -> Completed | None:
    """None where the text stands for itself."""
    normal = normalise(text)
    if _WHY.search(normal) and len(normal) < _SHORT:
        return Completed(
            text=question(last, model, lang, values), linked=_resolved(last), follow_up=True, asks_why=True
        )
    piece = linking.read_piece(text, model, values, as_of, last)
    if not _is_follow_up(normal, piece):
        return None

    def relinked(asked: str) -> Completed:
        linked = linking.link(asked, model=model, values=values, as_of=as_of, lang=lang)
        return Completed(text=asked, linked=linked, follow_up=True)

    if piece.ambiguous and not piece.plan.metrics:  # linking asks back, with the whole question
        name = metric_name(model.metric_by_id[last.metrics[0]], lang)
        return relinked(question(last, model, lang, values).replace(name, piece.ambiguous, 1))
    plan = _changed(last, piece, normal, model)
    if plan is None or replace(plan, links=()) == replace(last, links=()):
        return None
    if piece.no_data or not _fits(plan, model):
        return relinked(question(plan, model, lang, values))  # linking says why there is no such figure
    return Completed(text=question(plan, model, lang, values), linked=_resolved(plan), follow_up=True)


def _resolved(plan: QueryPlan) -> Linked:
    return Linked(outcome="plan", plan=plan, coverage=1.0, confidence=0.95)


def _is_follow_up(normal: str, piece: linking.Piece) -> bool:
    """Short of a metric, or pointing back; and everything in it understood."""
    if piece.unlinked or piece.rows or piece.off_topic:
        return False
    points = bool(_POINTS_BACK.search(normal) or _ENDS_BACK.search(normal))
    if piece.plan.metrics:
        return points and len(normal) <= 2 * _SHORT and not piece.plan.dimensions
    return points or not piece.ambiguous


def _changed(last: QueryPlan, piece: linking.Piece, normal: str, model: SemanticModel) -> QueryPlan | None:
    """The last plan with what the piece says; None where the two do not go together."""
    said = piece.plan
    plan = replace(last, metrics=said.metrics or last.metrics, links=said.links, chart=said.chart or last.chart)
    if said.metrics:
        plan = _fitted(plan, model)
    plan = _with_dimensions(plan, said, normal)
    plan = _with_filters(plan, said, normal)
    timed = _with_time(plan, said, piece)
    return _with_order(timed, piece, model) if timed is not None else None


def _with_dimensions(plan: QueryPlan, said: QueryPlan, normal: str) -> QueryPlan:
    if said.dimensions:
        adds = bool(re.search(r"再|还|加上|同时|also|as well|add", normal))
        kept = tuple(d for d in plan.dimensions if d not in said.dimensions) if adds else ()
        return replace(plan, dimensions=(*kept, *said.dimensions))
    if _DROP_GROUPS.search(normal):
        return replace(plan, dimensions=(), grain=None, derived=(), order_by=None, limit=None)
    return plan


def _with_filters(plan: QueryPlan, said: QueryPlan, normal: str) -> QueryPlan:
    named = {item.dimension for item in said.filters}
    kept: tuple[PlanFilter, ...] = tuple(item for item in plan.filters if item.dimension not in named)
    if _EVERYWHERE.search(normal):
        kept = tuple(item for item in kept if item.dimension not in ("district", "street"))
    filters = (*kept, *said.filters)
    # 只看临江区 after 各区…: one row that repeats its own name tells nothing
    single = {f.dimension for f in said.filters if f.op == "in" and len(f.values) == 1}
    dimensions = tuple(d for d in plan.dimensions if d not in single or d in said.dimensions)
    if dimensions == plan.dimensions:
        return replace(plan, filters=filters)
    left = bool(dimensions or plan.grain)
    return replace(
        plan,
        filters=filters,
        dimensions=dimensions,
        derived=plan.derived if left else (),
        order_by=plan.order_by if left else None,
        limit=plan.limit if left else None,
    )


def _fitted(plan: QueryPlan, model: SemanticModel) -> QueryPlan:
    """那企业呢: another metric keeps what it can be split and filtered by."""
    first = model.metric_by_id[plan.metrics[0]]
    fits = {d.id for d in model.dimensions if reaches(model, first, d)}
    order = (plan.metrics[0], plan.order_by[1]) if plan.order_by else None
    return replace(
        plan,
        dimensions=tuple(d for d in plan.dimensions if d in fits),
        filters=tuple(item for item in plan.filters if item.dimension in fits),
        derived=tuple(d for d in plan.derived if first.additive or d == "rank"),
        having=(),
        order_by=order,
    )


def _with_time(plan: QueryPlan, said: QueryPlan, piece: linking.Piece) -> QueryPlan | None:
    """Another period, another grain, or a comparison of the period there is."""
    if said.grain:
        plan = replace(plan, grain=said.grain)
    if said.comparisons:
        assumed = piece.compares or not piece.names_period  # 和去年比: the year named is what it is compared with
        period = plan.period if assumed and plan.period is not None else said.period or plan.period
        return replace(plan, comparisons=said.comparisons, period=period)
    if said.period is None:
        return plan
    if piece.compares and plan.period is not None and said.period != plan.period:
        if same_period_last_year(plan.period) == said.period or said.period.end <= plan.period.start:
            year = same_period_last_year(plan.period)
            meant = said.period.start.year == year.start.year
            return replace(plan, comparisons=("yoy",)) if meant else None
        return None
    return replace(plan, period=said.period)


def _with_order(plan: QueryPlan, piece: linking.Piece, model: SemanticModel) -> QueryPlan:
    order = piece.order
    derived = list(plan.derived)
    grouped = bool(plan.dimensions or plan.grain)
    additive = all(model.metric_by_id[metric].additive for metric in plan.metrics)
    derived += ["share"] if piece.share and grouped and additive else []
    derived += ["cumulative"] if piece.cumulative and plan.grain and additive else []
    derived += ["rank"] if order.rank and plan.dimensions else []
    plan = replace(plan, derived=tuple(dict.fromkeys(derived)))
    if order.having:
        plan = replace(plan, having=tuple((plan.metrics[0], op, number) for _, op, number in order.having))
    if order.direction is not None:
        plan = replace(plan, order_by=(plan.metrics[0], order.direction), limit=order.limit)
    return plan


def _fits(plan: QueryPlan, model: SemanticModel) -> bool:
    metrics = [model.metric_by_id[metric] for metric in plan.metrics]
    named = [*plan.dimensions, *(item.dimension for item in plan.filters)]
    if not all(reaches(model, metric, model.dimension_by_id[d]) for metric in metrics for d in named):
        return False
    dated = any(part.timing != "snapshot" for metric in metrics for part in model.parts(metric.id))
    if not dated and (plan.grain or plan.comparisons or plan.period):
        return False
    grouped = bool(plan.dimensions or plan.grain)
    return grouped or not (plan.limit or "rank" in plan.derived)
