"""Wrap every base-table scan: `t AS r` becomes `(SELECT columns FROM t WHERE row filter) AS r`, masks inside.

A filter that stands inside the wrapped subquery cannot be reached by anything in the query around it; one that is
AND-ed into the query's own text can (OPERATIONS.md: 5 of 3,120 payload placements leaked, wrapped: none).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlglot import exp

from assistant.domain import Mask, RowFilter, Scalar
from assistant.nl2sql.masks import mask_expression

Schema = Mapping[str, Mapping[str, str]]


def wrap_scans(
    tree: exp.Expr, schema: Schema, *, filters: Iterable[RowFilter] = (), masks: Iterable[Mask] = ()
) -> exp.Expr:
    """`tree` (changed in place) with every base scan wrapped; all its names are qualified and quoted."""
    by_table: dict[str, list[RowFilter]] = {}
    for row_filter in filters:
        by_table.setdefault(row_filter.table, []).append(row_filter)
    masked = {(mask.table, mask.column): mask for mask in masks}
    needed = _needed_columns(tree)
    for table in list(tree.find_all(exp.Table)):
        if table.name in schema:
            columns = _columns(table, needed, schema)
            alias = exp.TableAlias(this=exp.to_identifier(table.alias_or_name, quoted=True))
            scan = wrap_scan(table.name, columns, schema, by_table.get(table.name, []), masked)
            table.replace(exp.Subquery(this=scan, alias=alias))
    return tree


def named_columns(tree: exp.Expr, schema: Schema) -> dict[str, frozenset[str]]:
    """Per base table, the columns that a qualified query names; what it does not name, no scan hands on."""
    needed = _needed_columns(tree)
    found: dict[str, frozenset[str]] = {}
    for table in tree.find_all(exp.Table):
        if table.name in schema:
            found[table.name] = found.get(table.name, frozenset()) | set(_columns(table, needed, schema))
    return found


def _needed_columns(tree: exp.Expr) -> dict[str, set[str] | None]:
    """Per alias, the columns read anywhere under that alias; None when a whole row is read."""
    needed: dict[str, set[str] | None] = {}
    for column in tree.find_all(exp.Column):
        known = needed.setdefault(column.table, set())
        if known is not None:
            known.add(column.name)
    for row in tree.find_all(exp.TableColumn):
        needed[row.name] = None
    return needed


def _columns(table: exp.Table, needed: Mapping[str, set[str] | None], schema: Schema) -> list[str]:
    wanted = needed.get(table.alias_or_name, set())
    every = list(schema[table.name])
    if wanted is None:
        return every
    return [name for name in every if name in wanted] or every[:1]


def wrap_scan(
    name: str,
    columns: Iterable[str],
    schema: Schema,
    filters: Iterable[RowFilter],
    masked: Mapping[tuple[str, str], Mask],
) -> exp.Select:
    """SELECT columns FROM name WHERE filters, masked columns as constants."""
    select = exp.Select().from_(exp.Table(this=exp.to_identifier(name, quoted=True)))
    for column in columns:
        select.append("expressions", _projection(name, column, schema[name][column], masked.get((name, column))))
    for row_filter in filters:
        select = select.where(_condition(row_filter), copy=False)
    return select


def _projection(table: str, column: str, engine_type: str, mask: Mask | None) -> exp.Expr:
    if mask is None:
        return _column(table, column)
    value = mask_expression(mask.kind, engine_type)
    return exp.Alias(this=value, alias=exp.to_identifier(column, quoted=True))


def _column(table: str, column: str) -> exp.Column:
    return exp.Column(this=exp.to_identifier(column, quoted=True), table=exp.to_identifier(table, quoted=True))


def _condition(row_filter: RowFilter) -> exp.Expr:
    """column IN values; no value at all means no row."""
    literals = [_literal(value) for value in row_filter.values if value is not None]
    column = _column(row_filter.table, row_filter.column)
    if not literals:
        return exp.false()
    return exp.In(this=column, expressions=literals)


def _literal(value: Scalar) -> exp.Expr:
    if isinstance(value, bool):
        return exp.Boolean(this=value)
    if isinstance(value, int | float):
        return exp.convert(value)
    return exp.Literal.string(str(value))
