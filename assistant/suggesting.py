"""What could be asked next: small changes of the plan, each judged by the gate first; none that would be refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from assistant.domain import Outcome, QueryPlan, Question
from assistant.governing import govern
from assistant.nl2sql.plans import interpretation
from assistant.nl2sql.plans.compiling import compile_plan
from assistant.nl2sql.plans.plan_checks import finding_of
from assistant.nl2sql.plans.semantic_model import SemanticModel
from assistant.parts import Parts
from assistant.stages import Stopwatch

MOST = 3


def suggest(plan: QueryPlan, question: Question, parts: Parts) -> tuple[str, ...]:
    """Up to three complete questions that this user may ask."""
    model = parts.model
    found: list[str] = []
    for variant in _variants(plan, model):
        if _is_allowed(variant, question, parts):
            text = interpretation.question(variant, model, question.lang, parts.values)
            if text not in found:
                found.append(text)
        if len(found) == MOST:
            break
    return tuple(found)


def _variants(plan: QueryPlan, model: SemanticModel) -> Iterator[QueryPlan]:
    metric = model.metric_by_id[plan.metrics[0]]
    plain = replace(plan, derived=(), comparisons=(), order_by=None, limit=None, having=(), chart=None, share_of=())
    if not plan.comparisons and metric.timing != "snapshot" and plan.period and not plan.grain:
        yield replace(plain, comparisons=("yoy",))
    if plan.dimensions and metric.additive and "share" not in plan.derived:
        yield replace(plain, derived=("share",))
    if not plan.grain and plan.period and metric.timing == "flow" and (plan.period.end - plan.period.start).days > 60:
        yield replace(plain, dimensions=(), grain="month")
    if not plan.dimensions:
        yield replace(plain, dimensions=("district",), grain=None)


def _is_allowed(variant: QueryPlan, question: Question, parts: Parts) -> bool:
    if finding_of(variant, parts.model) is not None:
        return False
    draft = compile_plan(variant, parts.model, dialect=parts.warehouse.dialect)
    governed = govern(draft, question.user, question.purpose, parts, Stopwatch())
    return governed.authorized is not None and governed.decision.outcome <= Outcome.SUPPRESS
