"""Literals of a draft -> values that are stored: spelling, language and column as the value index found them. Pure."""

from __future__ import annotations

import sqlglot
from sqlglot import exp

from assistant.nl2sql.schema_context import SchemaContext, ValueHit


def bind_values(sql: str, context: SchemaContext, *, dialect: str) -> str:
    """Replace a text literal by the stored value that the question's words were matched to.

    Only literals that a hit explains are touched, and only within their own column, or where the compared column has
    no hit and the right one is in a table already joined.
    """
    if not context.values:
        return sql
    tree = sqlglot.parse_one(sql, read=dialect)
    for literal in list(tree.find_all(exp.Literal)):
        if literal.is_string:
            _bind_literal(literal, context)
    return tree.sql(dialect=dialect)


def _bind_literal(literal: exp.Literal, context: SchemaContext) -> None:
    parent = literal.find_ancestor(exp.EQ, exp.NEQ, exp.In)
    select = literal.find_ancestor(exp.Select)
    if parent is None or select is None:
        return
    column = parent.this if isinstance(parent.this, exp.Column) else parent.args.get("expression")
    hits = [hit for hit in context.values if _explains(hit, literal.name)]
    if not hits or not isinstance(column, exp.Column):
        return
    tables = {(table.alias or table.name).lower(): table.name.lower() for table in select.find_all(exp.Table)}
    here = tables.get(column.table.lower(), "")
    own = [hit for hit in hits if hit.table.lower() == here and hit.column.lower() == column.name.lower()]
    if own:
        literal.set("this", max(own, key=lambda hit: hit.score).value)
        return
    aliases = {name: alias for alias, name in tables.items()}
    near = [hit for hit in hits if hit.table.lower() in aliases]
    if near and not isinstance(parent, exp.In):
        best = max(near, key=lambda hit: (hit.table.lower() == here, hit.score))
        literal.set("this", best.value)
        column.set("this", exp.to_identifier(best.column))
        column.set("table", exp.to_identifier(aliases[best.table.lower()]))


def _explains(hit: ValueHit, literal: str) -> bool:
    said = literal.strip().lower()
    return said in (hit.span.lower(), hit.value.lower()) or hit.span.lower().strip("'\"“”‘’") == said
