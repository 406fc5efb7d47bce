"""Who stands behind a group: its units in one pass, or in two where it matters what each of them adds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from sqlglot import exp

from assistant.nl2sql.contributions import column, named, quoted, rows_packed, units_packed

Share: TypeAlias = tuple[exp.Expr | None, bool]  # what a unit adds to an aggregate (None: one), chosen by a condition


def units_of(
    node: exp.Select, unit: exp.Expr, groups: list[exp.Expr], sets: list[tuple[int, ...]], shares: Sequence[Share]
) -> exp.Select:
    """Per group: its units and what each adds to the aggregates."""
    if all(share is None for share, _ in shares):
        select = _rows(node, unit, groups, sets)
        for item in rows_packed(unit.copy(), len(shares)):
            select.append("expressions", item)
        return _grouped(select, groups, sets, [])
    inner = _per_unit(node, unit, groups, sets)
    for position, (share, _) in enumerate(shares):
        value = share.copy() if share is not None else exp.cast(exp.Literal.number(1), "DOUBLE")
        inner.append("expressions", named(value, f"__s{position}"))
    values = [(column("q", f"__s{position}"), chosen) for position, (_, chosen) in enumerate(shares)]
    outer = exp.Select(expressions=[*_key_columns(groups, bool(sets)), *units_packed(column("q", "__unit"), values)])
    outer = outer.from_(exp.Subquery(this=inner, alias=exp.TableAlias(this=quoted("q"))), copy=False)
    return _group_again(outer, groups, bool(sets))


def base_of(node: exp.Select, unit: exp.Expr, groups: list[exp.Expr], sets: list[tuple[int, ...]]) -> exp.Select:
    """Per group: how many units it has without the protected predicates."""
    inner = _per_unit(node, unit, groups, sets)
    outer = exp.Select(expressions=[*_key_columns(groups, bool(sets)), named(exp.Count(this=exp.Star()), "b")])
    outer = outer.from_(exp.Subquery(this=inner, alias=exp.TableAlias(this=quoted("q"))), copy=False)
    return _group_again(outer, groups, bool(sets))


def _per_unit(node: exp.Select, unit: exp.Expr, groups: list[exp.Expr], sets: list[tuple[int, ...]]) -> exp.Select:
    """One row per group and unit of the SELECT's base rows."""
    select = _rows(node, unit, groups, sets)
    select.append("expressions", named(unit.copy(), "__unit"))
    return _grouped(select, groups, sets, [unit])


def _rows(node: exp.Select, unit: exp.Expr, groups: list[exp.Expr], sets: list[tuple[int, ...]]) -> exp.Select:
    """The SELECT's base rows that have a unit, with the group keys."""
    select = exp.Select()
    for position, key in enumerate(groups):
        select.append("expressions", named(key.copy(), f"__k{position}"))
    if sets:
        select.append("expressions", named(exp.Grouping(expressions=[key.copy() for key in groups]), "__g"))
    for clause in ("from_", "joins", "laterals", "where"):
        value = node.args.get(clause)
        if value:
            select.set(clause, [item.copy() for item in value] if isinstance(value, list) else value.copy())
    return select.where(exp.Not(this=exp.Is(this=unit.copy(), expression=exp.Null())), copy=False)


def _grouped(
    select: exp.Select, groups: list[exp.Expr], sets: list[tuple[int, ...]], more: list[exp.Expr]
) -> exp.Select:
    """`select` grouped by the keys, or by each grouping set, and by `more` besides."""
    if sets:
        members = [exp.Tuple(expressions=[item.copy() for item in (*(groups[i] for i in s), *more)]) for s in sets]
        select.set("group", exp.Group(expressions=[exp.GroupingSets(expressions=members)]))
    elif groups or more:
        select.set("group", exp.Group(expressions=[item.copy() for item in (*groups, *more)]))
    return select


def _key_columns(groups: list[exp.Expr], sets: bool) -> list[exp.Expr]:
    names = [f"__k{position}" for position in range(len(groups))] + (["__g"] if sets else [])
    return [named(column("q", name), name) for name in names]


def _group_again(select: exp.Select, groups: list[exp.Expr], sets: bool) -> exp.Select:
    keys = [item.this.copy() for item in _key_columns(groups, sets)]
    if keys:
        select.set("group", exp.Group(expressions=keys))
    return select
