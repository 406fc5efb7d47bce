"""Literals of a draft -> values that are stored: spelling, language and column as the value index found them.

Pure, but for the `lookup` that the caller hands in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import sqlglot
from sqlglot import exp

from assistant.nl2sql.drafts.join_binding import equality
from assistant.nl2sql.drafts.offered_schema import SchemaContext, ValueHit

ValueLookup: TypeAlias = Callable[[str], Sequence[ValueHit]]  # a literal -> where the index holds it


def bind_values(sql: str, context: SchemaContext, *, dialect: str, lookup: ValueLookup | None = None) -> str:
    """Replace a text literal by the stored value it was matched to, and compare it with the column that holds it.

    Only literals that a hit explains are touched: within their own column; else where the right column is in a table
    already joined, or one that the compared column refers to (car_makers.country = 'France' -> countries.name).
    """
    if not context.values and lookup is None:
        return sql
    tree = sqlglot.parse_one(sql, read=dialect)
    for literal in list(tree.find_all(exp.Literal)):
        if literal.is_string:
            hits = [hit for hit in context.values if _explains(hit, literal.name)]
            _bind_literal(literal, hits or list(lookup(literal.name) if lookup else ()), context)
    return tree.sql(dialect=dialect)


def _bind_literal(literal: exp.Literal, hits: Sequence[ValueHit], context: SchemaContext) -> None:
    parent = literal.find_ancestor(exp.EQ, exp.NEQ, exp.In)
    select = literal.find_ancestor(exp.Select)
    if parent is None or select is None or not hits:
        return
    column = parent.this if isinstance(parent.this, exp.Column) else parent.args.get("expression")
    if not isinstance(column, exp.Column):
        return
    tables = {
        (table.alias or table.name).lower(): table
        for table in select.find_all(exp.Table)
        if table.find_ancestor(exp.Select) is select
    }
    here = tables[column.table.lower()].name.lower() if column.table.lower() in tables else ""
    own = [hit for hit in hits if hit.table.lower() == here and hit.column.lower() == column.name.lower()]
    if own:
        literal.set("this", max(own, key=lambda hit: hit.score).value)
        return
    if isinstance(parent, exp.In):
        return
    aliases = {table.name.lower(): table.alias or table.name for table in tables.values()}
    near = [hit for hit in hits if hit.table.lower() in aliases]
    if near:
        best = max(near, key=lambda hit: (hit.table.lower() == here, hit.score))
        _move(column, literal, best, aliases[best.table.lower()])
    else:
        _follow_reference(column, literal, hits, here, select, context)


def _follow_reference(
    column: exp.Column,
    literal: exp.Literal,
    hits: Sequence[ValueHit],
    here: str,
    select: exp.Select,
    context: SchemaContext,
) -> None:
    for pair in context.joins:
        if (pair.left_table.lower(), pair.left_column.lower()) != (here, column.name.lower()):
            continue
        found = [hit for hit in hits if hit.table.lower() == pair.right_table.lower()]
        if found:
            on = equality(pair, column.table, pair.right_table)
            select.join(exp.to_table(pair.right_table), on=on, join_type="inner", copy=False)
            _move(column, literal, max(found, key=lambda hit: hit.score), pair.right_table)
            return


def _move(column: exp.Column, literal: exp.Literal, hit: ValueHit, alias: str) -> None:
    literal.set("this", hit.value)
    column.set("this", exp.to_identifier(hit.column))
    column.set("table", exp.to_identifier(alias))


def _explains(hit: ValueHit, literal: str) -> bool:
    said = literal.strip().lower()
    return said in (hit.span.lower().strip("'\"“”‘’"), hit.value.lower())
