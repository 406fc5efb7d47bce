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
from assistant.nl2sql.plans import linking
from assistant.nl2sql.plans.answering_back import chosen_option, is_unsure, sibling, told_again
from assistant.nl2sql.plans.asked_rates import own_persons
from assistant.nl2sql.plans.calendars import same_period_last_year
from assistant.nl2sql.plans.interpretation import metric_name, question
from assistant.nl2sql.plans.linking import Linked
from assistant.nl2sql.plans.moved_periods import in_the_time_of, moved
from assistant.nl2sql.plans.nearness import NearNames
from assistant.nl2sql.plans.normalising import normalise
from assistant.nl2sql.plans.plan_checks import finding_of, fits, fitted
from assistant.nl2sql.plans.planning import ordered_by
from assistant.nl2sql.plans.semantic_model import SemanticModel
from assistant.nl2sql.plans.values import ValueIndex

MOST_TURNS = 8  # older ones are forgotten
MOST_ROUNDS = 2  # questions back in a row
_SHORT = 20  # characters

_POINTS_BACK = re.compile(
    r"^(?:那么?|那|再|我[说指问]的是|我要的是|换成|换|改成|改为|改看|只看|仅看|只要|按|分|和|与|跟|比|去掉|除|前\d|后\d|为什么|还有|加上|其中|同口径|同样|仍按|照此|若|如果|"
    r"and|what about|how about|only|just|by|compare|now|then|without|exclud|instead|show (?:it|them|that)|as a|"
    r"make it|why|the same|same)"
)
_ENDS_BACK = re.compile(r"呢[?？]?$|拆开|细分$|instead$")
_AFTER = re.compile(r"的?(?:那些|那种|部分|情况)?[呢吧吗]?[?？]?$| (?:ones?|instead|please)[?]?$")
_WHY = re.compile(r"为什么|为何|什么原因|怎么会|\bwhy\b")
_DROP_GROUPS = re.compile(r"合计|总计|汇总|不分|不拆|总共|一共|总数|\btotal\b|altogether|in total")
_EVERYWHERE = re.compile(r"全市|所有区|整个城市|whole city|city ?wide|all districts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A question that was answered, and its plan; never its values."""

    question: str
    plan: QueryPlan | None
    asked_back: bool = False  # the answer was a question back: the next text may choose one of its readings


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """`text` is complete in itself and is shown; `linked` is its reading."""

    text: str
    linked: Linked
    follow_up: bool = False
    asks_why: bool = False  # 为什么: explain the last answer; the plan is the last one, unchanged


def complete(
    text: str,
    history: tuple[Turn, ...],
    *,
    model: SemanticModel,
    values: ValueIndex,
    as_of: date,
    lang: Lang,
    near: NearNames | None = None,
) -> Completed:
    """A question that stands for itself is linked as it is; a follow-up becomes the last question, changed.

    After two questions back in a row there is no third: what is still unclear is `unlinked`.
    """
    found = _complete(text, history, _Estate(model, values, as_of, near), lang)
    rounds = len(history) - next((i for i in range(len(history), 0, -1) if not history[i - 1].asked_back), 0)
    if found.linked.outcome == "clarify" and rounds >= MOST_ROUNDS:
        return replace(found, linked=replace(found.linked, outcome="unlinked", clarification=None))
    return found


@dataclass(frozen=True, slots=True)
class _Estate:
    """What questions are read with."""

    model: SemanticModel
    values: ValueIndex
    as_of: date
    near: NearNames | None

    def link(self, text: str, lang: Lang, previous: QueryPlan | None = None) -> Linked:
        return linking.link(
            text,
            model=self.model,
            values=self.values,
            as_of=self.as_of,
            lang=lang,
            previous=previous,
            near=self.near,
        )

    def piece(self, text: str, last: QueryPlan) -> linking.Piece:
        return linking.read_piece(text, self.model, self.values, self.as_of, last)

    def question(self, plan: QueryPlan, lang: Lang) -> str:
        return question(plan, self.model, lang, self.values)


def _complete(text: str, history: tuple[Turn, ...], estate: _Estate, lang: Lang) -> Completed:
    if history and history[-1].asked_back:
        chosen = _chosen_reading(text, history[-1].question, estate, lang)
        if chosen is not None:
            return chosen
        again = _asked_again(history[-1].question, estate, lang) if is_unsure(text) else None
        if again is not None:
            return again
    last = next((turn.plan for turn in reversed(history[-MOST_TURNS:]) if turn.plan is not None), None)
    known = last is not None and all(metric in estate.model.metric_by_id for metric in last.metrics)
    if last is not None and known and text.strip():
        resolved = _follow_up(text, last, estate, lang)
        if resolved is not None:
            return resolved
    return Completed(text=text, linked=estate.link(text, lang, last if known else None))


def _asked_again(asked: str, estate: _Estate, lang: Lang) -> Completed | None:
    """不知道 chooses nothing: the same readings once more, with a word on how to choose. None where there are none."""
    before = estate.link(asked, lang)
    if before.clarification is None:
        return None
    again = told_again(before.clarification)
    return Completed(text=asked, linked=replace(before, outcome="clarify", clarification=again), follow_up=True)


def _chosen_reading(text: str, asked: str, estate: _Estate, lang: Lang) -> Completed | None:
    """The reading of the question before that this text names; None where it names none or is a question of its own."""
    before = estate.link(asked, lang)
    options = before.clarification.options if before.clarification else ()
    option = chosen_option(text, options) if len(text) < _SHORT * (2 if lang == "en" else 1) else None
    if option is None:
        return None
    alone = estate.link(text, lang).plan
    if alone is not None and (alone.period or alone.dimensions or alone.filters):
        return None
    return Completed(text=option.question, linked=estate.link(option.question, lang), follow_up=True)


def _follow_up(text: str, last: QueryPlan, estate: _Estate, lang: Lang) -> Completed | None:
    """None where the text stands for itself."""
    normal, model = normalise(text), estate.model
    if _WHY.search(normal) and len(normal) < _SHORT:
        return Completed(text=estate.question(last, lang), linked=linking.resolved(last), follow_up=True, asks_why=True)
    later = moved(normal, last.period)
    if later is not None:  # linking says whether there are data of that time
        asked = estate.question(replace(last, period=later, pieces=()), lang)
        return Completed(text=asked, linked=estate.link(asked, lang), follow_up=True)
    piece = estate.piece(text, last)
    if piece.unlinked and not piece.plan.metrics and len(normal) < _SHORT:
        rest = _AFTER.sub("", _POINTS_BACK.sub("", normal)).strip()
        meant = sibling(rest, last, model)
        if meant is not None:
            normal = normalise(normal.replace(rest, metric_name(model.metric_by_id[meant], lang), 1))
            piece = estate.piece(normal, last)
    dated = in_the_time_of(last, piece.plan, model) if _names_no_time(piece, normal) else None
    if dated is not None:
        return Completed(text=estate.question(dated, lang), linked=linking.resolved(dated), follow_up=True)
    if not (_is_follow_up(normal, piece) or _goes_on(normal, piece, last, model)):
        return None

    def relinked(asked: str) -> Completed:
        return Completed(text=asked, linked=estate.link(asked, lang), follow_up=True)

    if piece.ambiguous and not piece.plan.metrics:  # linking asks back, with the whole question
        name = metric_name(model.metric_by_id[last.metrics[0]], lang)
        return relinked(estate.question(last, lang).replace(name, piece.ambiguous, 1))
    plan = _changed(last, piece, normal, model)
    if plan is None or replace(plan, links=()) == replace(last, links=()):
        return None
    own = own_persons(model.metric_by_id[plan.metrics[0]], model) if plan.per in model.metric_by_id else ""
    if own or piece.no_data or not fits(plan, model) or finding_of(plan, model) is not None:
        return relinked(estate.question(plan, lang))  # linking says why there is no such figure
    return Completed(text=estate.question(plan, lang), linked=linking.resolved(plan), follow_up=True)


def _is_follow_up(normal: str, piece: linking.Piece) -> bool:
    """Short of a metric, or pointing back; and everything in it understood."""
    if piece.unlinked or piece.rows or piece.off_topic:
        return False
    points = bool(_POINTS_BACK.search(normal) or _ENDS_BACK.search(normal))
    if piece.plan.metrics:
        return points and len(normal) <= 2 * _SHORT and not piece.plan.dimensions
    return points or not piece.ambiguous


def _goes_on(normal: str, piece: linking.Piece, last: QueryPlan, model: SemanticModel) -> bool:
    """户数 after 澜湾区的低保人数: another figure of the same rows and nothing else, so of the same place."""
    said, whole = piece.plan, piece.unlinked or piece.rows or piece.off_topic or _EVERYWHERE.search(normal)
    if whole or not (said.metrics and last.filters) or len(normal) > _SHORT:
        return False
    tables = [{part.entity for metric in plan.metrics for part in model.parts(metric)} for plan in (said, last)]
    told = said.dimensions or said.filters or said.period or said.grain or said.comparisons
    return not told and tables[0] == tables[1]


def _names_no_time(piece: linking.Piece, normal: str) -> bool:
    """Wholly understood, with a figure of its own, and neither a time nor a word that points back."""
    other = piece.unlinked or piece.rows or piece.off_topic or piece.ambiguous or piece.misfit
    timed = piece.names_period or piece.no_data or piece.compares
    back = _POINTS_BACK.search(normal) or _ENDS_BACK.search(normal)
    return bool(piece.plan.metrics) and not (other or timed or back)


def _changed(last: QueryPlan, piece: linking.Piece, normal: str, model: SemanticModel) -> QueryPlan | None:
    """The last plan with what the piece says; None where the two do not go together."""
    said = piece.plan
    plan = replace(last, metrics=said.metrics or last.metrics, links=said.links, chart=said.chart or last.chart)
    if said.metrics:
        plan = fitted(plan, model)
    if said.per:  # 那日均呢: of the time that was asked about
        said = said if piece.names_period else replace(said, period=None)
        plan = replace(plan, per=said.per, per_scale=said.per_scale, comparisons=(), derived=())
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
    return replace(plan, period=said.period, pieces=said.pieces)


def _with_order(plan: QueryPlan, piece: linking.Piece, model: SemanticModel) -> QueryPlan:
    order = piece.order
    derived = list(plan.derived)
    grouped = bool(plan.dimensions or plan.grain)
    additive = all(model.metric_by_id[metric].additive for metric in plan.metrics)
    derived += ["share"] if piece.share and additive and (grouped or plan.filters) else []
    derived += ["cumulative"] if piece.cumulative and plan.grain and additive else []
    derived += ["rank"] if order.rank and plan.dimensions else []
    plan = replace(plan, derived=tuple(dict.fromkeys(derived)))
    if piece.share and not grouped and "share" in derived:  # 噪音占几成: of what the question before counted
        plan = replace(plan, share_of=tuple(item.dimension for item in piece.plan.filters or plan.filters))
    if order.having:
        plan = replace(plan, having=tuple((plan.metrics[0], op, number) for _, op, number in order.having))
    if order.direction is not None:
        plan = replace(plan, order_by=(ordered_by(plan, order), order.direction), limit=order.limit)
    return plan
