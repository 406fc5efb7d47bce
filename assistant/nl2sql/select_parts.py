"""What a SELECT is put together from: its sources, its conditions, the parts of an AND. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp


def sources_of(select: exp.Select) -> Iterator[exp.Expr]:
    """What stands in FROM and in every join."""
    first = select.args.get("from_")
    if first is not None:
        yield first.this
    for join in select.args.get("joins") or ():
        yield join.this


def conditions_of(select: exp.Select) -> Iterator[exp.Expr]:
    """WHERE and the ON of every join."""
    where = select.args.get("where")
    if where is not None:
        yield where.this
    for join in select.args.get("joins") or ():
        if join.args.get("on") is not None:
            yield join.args["on"]


def conjuncts(node: exp.Expr) -> Iterator[exp.Expr]:
    """The parts of `a AND (b AND c)`, without parentheses, in their order."""
    inner = node.unnest()
    if isinstance(inner, exp.And):
        yield from conjuncts(inner.this)
        yield from conjuncts(inner.expression)
    else:
        yield inner
