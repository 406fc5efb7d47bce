"""Which calls belong to a SELECT itself: its aggregates, windows and grouping expressions; and what they count."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from assistant.nl2sql.functions import is_aggregate


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
