"""A query in the three forms that can be counted: SELECT with groups, SELECT without, UNION ALL.

CTEs are written out where they are used, DISTINCT becomes GROUP BY, UNION becomes GROUP BY over UNION ALL. The result
has the same rows; it is made for the probe only and is never shown.
"""

from __future__ import annotations

from sqlglot import exp

from assistant.nl2sql.select_parts import sources_of

MAX_NODES = 20_000  # after CTEs were written out


class Uncountable(Exception):
    """The units behind this query cannot be counted; rewriting.apply turns it into a finding."""


def normalise(tree: exp.Expr) -> exp.Expr:
    """The normal form of a qualified query; `tree` is left alone. Raises Uncountable."""
    normal = _query(tree.copy(), {})
    if sum(1 for _ in normal.walk()) > MAX_NODES:
        raise Uncountable
    return normal


def _query(node: exp.Expr, ctes: dict[str, exp.Expr]) -> exp.Expr:
    with_ = node.args.get("with_")
    if with_ is not None:
        ctes = dict(ctes)
        for cte in with_.expressions:
            ctes[cte.alias] = _query(cte.this, ctes)
        node.set("with_", None)
    if isinstance(node, exp.Subquery):
        return _parenthesised(node, ctes)
    if isinstance(node, exp.Union):
        node.set("this", _query(node.left, ctes))
        node.set("expression", _query(node.right, ctes))
        return _without_distinct(node) if node.args.get("distinct") else node
    if not isinstance(node, exp.Select):
        raise Uncountable
    _write_out(node, ctes)
    return _without_distinct(node) if node.args.get("distinct") is not None else node


def _parenthesised(node: exp.Subquery, ctes: dict[str, exp.Expr]) -> exp.Expr:
    """(query) is the query; with ORDER BY or LIMIT around it, it is a SELECT over the query."""
    inner = _query(node.this, ctes)
    if not any(node.args.get(part) is not None for part in ("order", "limit", "offset")):
        return inner
    outer = _select_over(inner)
    for part in ("order", "limit", "offset"):
        outer.set(part, node.args.get(part))
    return outer


def _write_out(select: exp.Select, ctes: dict[str, exp.Expr]) -> None:
    """Replace CTE references by their queries and normalise every subquery of this SELECT."""
    pending: list[exp.TableColumn] = []
    for node in list(select.walk(prune=lambda n: isinstance(n, exp.Query) and n is not select)):
        if isinstance(node, exp.Table) and node.name in ctes:
            body = ctes[node.name].copy()
            alias = exp.TableAlias(this=exp.to_identifier(node.alias_or_name, quoted=True))
            node.replace(exp.Subquery(this=body, alias=alias))
        elif isinstance(node, exp.TableColumn):
            pending.append(node)
        elif isinstance(node, exp.Subquery):
            if isinstance(node.this, exp.Query):
                node.set("this", _query(node.this, ctes))
        elif isinstance(node, exp.Query) and node is not select:
            node.replace(_query(node.copy(), ctes))
    for row in pending:
        row.replace(_whole_row(row.name, select))


def _whole_row(alias: str, select: exp.Select) -> exp.Expr:
    """A row variable written out as it is now: it must not pick up the hidden columns that are added later."""
    source = next((item for item in sources_of(select) if item.alias_or_name == alias), None)
    if not isinstance(source, exp.Subquery) or not isinstance(source.this, exp.Query):
        raise Uncountable
    fields = [
        exp.PropertyEQ(
            this=exp.to_identifier(name, quoted=True),
            expression=exp.column(exp.to_identifier(name, quoted=True), table=exp.to_identifier(alias, quoted=True)),
        )
        for name in source.this.named_selects
    ]
    return exp.Struct(expressions=fields)


def _without_distinct(node: exp.Query) -> exp.Select:
    """DISTINCT rows are groups by every column; ORDER BY and LIMIT move to the grouping SELECT."""
    if isinstance(node, exp.Select) and node.args["distinct"].args.get("on") is not None:
        raise Uncountable
    tail = {part: node.args.get(part) for part in ("order", "limit", "offset")}
    shown = {projection.alias_or_name: projection.unalias() for projection in node.selects}
    for part in ("distinct", *tail):
        node.set(part, None)
    if isinstance(node, exp.Union):
        node.set("distinct", False)
    outer = _select_over(node)
    outer.set("group", exp.Group(expressions=[item.this.copy() for item in outer.expressions]))
    for part, value in tail.items():
        outer.set(part, value)
    if tail["order"] is not None:
        _reorder(tail["order"], shown)
    return outer


def _reorder(order: exp.Expr, shown: dict[str, exp.Expr]) -> None:
    """ORDER BY of a DISTINCT query names outputs, or repeats their expressions."""
    for ordered in order.expressions:
        key = ordered.this
        if isinstance(key, exp.Column) and not key.table and key.name in shown:
            continue
        name = next((name for name, value in shown.items() if value == key), None)
        if name is None:
            raise Uncountable
        ordered.set("this", exp.Column(this=exp.to_identifier(name, quoted=True)))


def _select_over(query: exp.Expr) -> exp.Select:
    """SELECT "d"."x" AS "x", ... FROM (query) AS "d"."""
    names = [projection.alias_or_name for projection in query.selects]  # type: ignore[attr-defined]
    select = exp.Select()
    for name in names:
        column = exp.column(exp.to_identifier(name, quoted=True), table=exp.to_identifier("d", quoted=True))
        select.append("expressions", exp.Alias(this=column, alias=exp.to_identifier(name, quoted=True)))
    alias = exp.TableAlias(this=exp.to_identifier("d", quoted=True))
    return select.from_(exp.Subquery(this=query, alias=alias), copy=False)
