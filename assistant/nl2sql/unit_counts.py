"""The two-level aggregation behind a group: one row per group and unit, then one row per group."""

from __future__ import annotations

from sqlglot import exp

from assistant.nl2sql.contributions import column, named, quoted, units_packed


def units_of(
    node: exp.Select,
    unit: exp.Expr,
    groups: list[exp.Expr],
    sets: list[tuple[int, ...]],
    shares: list[tuple[exp.Expr, bool]],
) -> exp.Select:
    """Per group: its units, from one row per group and unit."""
    inner = _per_unit(node, unit, groups, sets)
    for position, (share, _) in enumerate(shares):
        inner.append("expressions", named(share.copy(), f"__s{position}"))
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
    select = exp.Select()
    for position, key in enumerate(groups):
        select.append("expressions", named(key.copy(), f"__k{position}"))
    if sets:
        select.append("expressions", named(exp.Grouping(expressions=[key.copy() for key in groups]), "__g"))
    select.append("expressions", named(unit.copy(), "__unit"))
    for clause in ("from_", "joins", "laterals", "where"):
        value = node.args.get(clause)
        if value:
            select.set(clause, [item.copy() for item in value] if isinstance(value, list) else value.copy())
    select = select.where(exp.Not(this=exp.Is(this=unit.copy(), expression=exp.Null())), copy=False)
    if sets:
        members = [exp.Tuple(expressions=[*(groups[i].copy() for i in chosen), unit.copy()]) for chosen in sets]
        select.set("group", exp.Group(expressions=[exp.GroupingSets(expressions=members)]))
    else:
        select.set("group", exp.Group(expressions=[*(key.copy() for key in groups), unit.copy()]))
    return select


def _key_columns(groups: list[exp.Expr], sets: bool) -> list[exp.Expr]:
    names = [f"__k{position}" for position in range(len(groups))] + (["__g"] if sets else [])
    return [named(column("q", name), name) for name in names]


def _group_again(select: exp.Select, groups: list[exp.Expr], sets: bool) -> exp.Select:
    keys = [item.this.copy() for item in _key_columns(groups, sets)]
    if keys:
        select.set("group", exp.Group(expressions=keys))
    return select
