"""Which calls belong to a SELECT itself: its aggregates, windows and grouping expressions; and what they tell."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from assistant.domain import Usage
from assistant.nl2sql.functions import AGGREGATE_USAGE, Kind, is_aggregate
from assistant.nl2sql.literals import literals_of


def own_aggregates(select: exp.Select) -> Iterator[exp.Expr]:
    """The aggregate calls that this SELECT itself evaluates: no subquery's, and no window's outer call."""
    for clause in ("expressions", "having", "qualify", "order"):
        value = select.args.get(clause)
        for root in value if isinstance(value, list) else [value] if value is not None else []:
            yield from _aggregates_in(root)


def _aggregates_in(root: exp.Expr) -> Iterator[exp.Expr]:
    for node in root.walk(prune=lambda n: isinstance(n, exp.Query) or is_aggregate(n)):
        if not isinstance(node, exp.Query) and is_aggregate(node):
            if _is_window_call(node):
                for child in node.iter_expressions():
                    yield from _aggregates_in(child)
            else:
                yield _outermost(node)


def _outermost(call: exp.Expr) -> exp.Expr:
    """The call with its FILTER, WITHIN GROUP and IGNORE NULLS around it."""
    parent = call.parent
    while isinstance(parent, exp.Filter | exp.WithinGroup | exp.IgnoreNulls | exp.RespectNulls):
        call, parent = parent, parent.parent
    return call


def _is_window_call(node: exp.Expr) -> bool:
    call = _outermost(node)
    return isinstance(call.parent, exp.Window) and call.parent.this is call


def own_windows(select: exp.Select) -> Iterator[exp.Window]:
    for clause in ("expressions", "qualify"):
        value = select.args.get(clause)
        for root in value if isinstance(value, list) else [value] if value is not None else []:
            for node in root.walk(prune=lambda n: isinstance(n, exp.Query)):
                if isinstance(node, exp.Window):
                    yield node


def group_expressions(select: exp.Select) -> list[exp.Expr]:
    """Every distinct grouping expression, those of ROLLUP, CUBE and GROUPING SETS included."""
    group = select.args.get("group")
    found: dict[exp.Expr, None] = {}
    pending = list(group.expressions) if group is not None else []
    for clause in ("rollup", "cube", "grouping_sets"):
        pending += (group.args.get(clause) or []) if group is not None else []
    while pending:
        item = pending.pop(0)
        if isinstance(item, exp.Rollup | exp.Cube | exp.GroupingSets | exp.Tuple):
            pending = list(item.expressions) + pending
        elif isinstance(item, exp.Paren):
            pending.insert(0, item.this)
        else:
            found[item] = None
    return list(found)


def counts_distinct(call: exp.Expr) -> bool:
    """COUNT(DISTINCT c), also where a condition chooses c: the values themselves are only counted."""
    if isinstance(call, exp.ApproxDistinct):
        return _is_bare(call.this)
    distinct = call.this
    return isinstance(distinct, exp.Distinct) and len(distinct.expressions) == 1 and _is_bare(distinct.expressions[0])


def _is_bare(node: exp.Expr) -> bool:
    node = node.unnest()
    if isinstance(node, exp.Case | exp.If):
        branches = node.args.get("ifs") or [node]
        results = [branch.args["true"] for branch in branches]
        results += [value for value in (node.args.get("default"), node.args.get("false")) if value is not None]
        return all(_is_bare(result) for result in results)
    return isinstance(node, exp.Column | exp.Null)


MOMENT = "moment"  # detail of a magnitude that is no plain total


def smaller_shares(call: exp.Expr) -> tuple[float, ...]:
    """Of each percentile of a call, the share of the rows on its emptier side, rising (0.5 for a median).

    Empty where one is not written out, or is an end: it may be any row's value.
    """
    if isinstance(call, exp.Median) or (isinstance(call, exp.Anonymous) and len(call.expressions) == 1):
        return (0.5,)
    if isinstance(call, exp.PercentileCont | exp.PercentileDisc):
        written = call.this if call.expression is None else call.expression
    else:
        written = call.args.get("quantile") or next(iter(call.expressions[1:]), None)
    written = written.this if isinstance(written, exp.Order) else written  # WITHIN GROUP, as DuckDB renders it
    written = written.unnest() if isinstance(written, exp.Expr) else exp.Null()
    items = written.expressions if isinstance(written, exp.Array) else [written]
    shares = [
        min(value, 1 - value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0
        for value in literals_of(*items) or (None,)
    ]
    return tuple(sorted(set(shares))) if min(shares) > 0 else ()


def told(call: exp.Expr, kind: Kind) -> tuple[Usage, str | None]:
    """What an aggregate tells of the column, and the detail: "distinct", "moment", or a percentile's smaller shares.

    A percentile at an end (or at a place that is not written out) is one row's value like a minimum.
    """
    if kind is Kind.COUNT:
        return Usage.COUNT, "distinct" if counts_distinct(call) else None
    if kind is Kind.MOMENT:
        return Usage.MAGNITUDE, MOMENT
    if kind is not Kind.PERCENTILE:
        return AGGREGATE_USAGE[kind], None
    shares = ",".join(f"{share:g}" for share in smaller_shares(call))
    return (Usage.PERCENTILE, shares) if shares else (Usage.EXTREME, None)


def is_whole_table(select: exp.Expr | None) -> bool:
    """SELECT aggregates FROM one table, and nothing that chooses its rows."""
    if select is None or {name for name, value in select.args.items() if value} != {"expressions", "from_"}:
        return False
    return isinstance(select.args["from_"].this, exp.Table)


def unwrap_aggregate(node: exp.Expr) -> tuple[exp.Expr, list[exp.Expr], list[exp.Expr]]:
    """(call, FILTER conditions, WITHIN GROUP and ORDER BY expressions) of a possibly wrapped aggregate."""
    conditions: list[exp.Expr] = []
    extra: list[exp.Expr] = []
    while isinstance(node, exp.Filter | exp.WithinGroup | exp.IgnoreNulls | exp.RespectNulls):
        if isinstance(node, exp.Filter):
            conditions.append(node.expression.this)
        elif isinstance(node, exp.WithinGroup):
            extra.append(node.expression)
        node = node.this
    return node, conditions, extra


def bare_value(query: exp.Expr) -> exp.Expr | None:
    """The expression of a subquery that reads no table, (SELECT expression): a roundabout way to write it."""
    inner = query.unnest()
    parts = {name for name, value in inner.args.items() if value}
    if isinstance(inner, exp.Select) and parts == {"expressions"} and len(inner.expressions) == 1:
        value = inner.expressions[0].unalias()
        return None if value.find(exp.AggFunc, exp.Window, exp.Explode) else value
    return None


def implied_conditions(node: exp.Expr) -> Iterator[exp.Expr]:
    """The comparisons that CASE x WHEN v and NULLIF(x, v) make without writing them; NULLIF of a divisor makes none."""
    if isinstance(node, exp.Case) and node.this is not None:
        for branch in node.args["ifs"]:
            yield exp.EQ(this=node.this.copy(), expression=branch.this.copy())
    elif isinstance(node, exp.Nullif) and not _is_divisor(node):
        yield exp.EQ(this=node.this.copy(), expression=node.expression.copy())


def _is_divisor(node: exp.Expr) -> bool:
    while isinstance(node.parent, exp.Paren):
        node = node.parent
    return isinstance(node.parent, exp.Div) and node.parent.expression is node
