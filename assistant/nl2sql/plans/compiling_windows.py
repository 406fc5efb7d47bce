"""Columns that look across the rows of a result: share, rank, running total, one of two groups against the other."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from assistant.domain import QueryPlan
from assistant.nl2sql.plans.compiling_measures import not_zero, ref
from assistant.nl2sql.plans.outputs import outputs_of
from assistant.nl2sql.plans.semantic_model import SemanticModel


def window_values(plan: QueryPlan, model: SemanticModel, keys: Callable[[str], exp.Expr]) -> dict[str, exp.Expr]:
    """Share, rank and cumulative columns, over placeholders; `keys` gives the key columns they partition by."""
    found: dict[str, exp.Expr] = {}
    for output in outputs_of(plan, model):
        if output.role == "share" and not plan.share_of:
            total = _over(exp.Sum(this=ref(output.of)), [keys(plan.grain)] if plan.grain else [])
            found[output.name] = exp.Div(
                this=exp.Mul(this=ref(output.of), expression=exp.Literal.number("1.0")), expression=not_zero(total)
            )
        elif output.role in ("gap", "times"):
            found[output.name] = _against_the_other(output.role, output.of)
        elif output.role == "rank":
            up = plan.order_by is not None and plan.order_by[1] == "asc"
            order = exp.Ordered(this=ref(output.of), desc=not up, nulls_first=False)
            found[output.name] = _over(exp.Rank(), [keys(plan.grain)] if plan.grain else [], [order])
        elif output.role == "cumulative" and plan.grain:
            dimensions = [o for o in outputs_of(plan, model) if o.role == "dimension"]
            order = exp.Ordered(this=keys(plan.grain), desc=False, nulls_first=False)
            found[output.name] = _over(exp.Sum(this=ref(output.of)), [keys(d.name) for d in dimensions], [order])
    return found


def _against_the_other(role: str, metric: str) -> exp.Expr:
    """Of two rows: what a row has more than the other one, or how many times the other one it is."""
    whole = _over(exp.Sum(this=ref(metric)), [])
    other = exp.paren(exp.Sub(this=whole, expression=ref(metric)))
    if role == "gap":
        return exp.Sub(this=ref(metric), expression=other)
    return exp.Div(this=exp.Mul(this=ref(metric), expression=exp.Literal.number("1.0")), expression=not_zero(other))


def _over(call: exp.Expr, partition: list[exp.Expr], order: list[exp.Expr] | None = None) -> exp.Expr:
    return exp.Window(
        this=call,
        partition_by=partition or None,
        order=exp.Order(expressions=order) if order else None,
    )
