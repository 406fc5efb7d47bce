"""核定问数: whether a plan is one that two persons have approved, parameters apart."""

from __future__ import annotations

from datetime import date

from assistant.domain import QueryPlan
from assistant.nl2sql.plans.semantic_model import SemanticModel, VerifiedQuestion


def verified_question(plan: QueryPlan, model: SemanticModel, on: date) -> VerifiedQuestion | None:
    """The approved question that this plan is, with other values of its parameters at most; expired ones do not count.

    Order, cut-off and chart do not change a number and are left aside; a filter or period that is no declared
    parameter, a bound or a share makes it another question.
    """
    return next((question for question in model.verified if question.expires_on > on and _same(plan, question)), None)


def _same(plan: QueryPlan, question: VerifiedQuestion) -> bool:
    shape = (plan.metrics, plan.dimensions, plan.grain or "", plan.comparisons, plan.derived)
    if shape != (question.metrics, question.dimensions, question.grain, question.comparisons, question.derived):
        return False
    if plan.having or plan.without or plan.share_of or plan.pieces or plan.per:
        return False
    free = {parameter.dimension for parameter in question.parameters if parameter.kind == "dimension"}
    dated = any(parameter.kind == "period" for parameter in question.parameters)
    return all(item.dimension in free for item in plan.filters) and (dated or plan.period is None)
