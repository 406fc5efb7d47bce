"""GROUP BY clauses as sets of keys: which margins ROLLUP, CUBE and GROUPING SETS ask for, and joining on them."""

from __future__ import annotations

from itertools import combinations, product

from sqlglot import exp

from assistant.nl2sql.clauses import group_expressions
from assistant.nl2sql.contributions import column, quoted

_MARGINS = (exp.Rollup, exp.Cube, exp.GroupingSets)


def grouping_sets(select: exp.Select) -> list[tuple[int, ...]]:
    """Each grouping set as positions in group_expressions; empty when the GROUP BY is a plain list."""
    group = select.args.get("group")
    if group is None or not any(isinstance(item, _MARGINS) for item in _items(group)):
        return []
    keys = {key: position for position, key in enumerate(group_expressions(select))}
    alternatives = [_sets_of(item, keys) for item in _items(group)]
    joined = [tuple(sorted({i for part in choice for i in part})) for choice in product(*alternatives)]
    return list(dict.fromkeys(joined))


def _items(group: exp.Group) -> list[exp.Expr]:
    found = list(group.expressions)
    for clause in ("rollup", "cube", "grouping_sets"):
        found += group.args.get(clause) or []
    return found


def _sets_of(item: exp.Expr, keys: dict[exp.Expr, int]) -> list[tuple[int, ...]]:
    if isinstance(item, exp.Rollup):
        parts = [_positions(part, keys) for part in item.expressions]
        return [tuple(i for part in parts[:length] for i in part) for length in range(len(parts), -1, -1)]
    if isinstance(item, exp.Cube):
        parts = [_positions(part, keys) for part in item.expressions]
        chosen = (subset for size in range(len(parts), -1, -1) for subset in combinations(parts, size))
        return [tuple(i for part in subset for i in part) for subset in chosen]
    if isinstance(item, exp.GroupingSets):
        return [found for part in item.expressions for found in _sets_of(part, keys)]
    return [_positions(item, keys)]


def _positions(item: exp.Expr, keys: dict[exp.Expr, int]) -> tuple[int, ...]:
    if isinstance(item, exp.Tuple):
        return tuple(i for part in item.expressions for i in _positions(part, keys))
    if isinstance(item, exp.Paren):
        return _positions(item.this, keys)
    return (keys[item],)


def join_on_keys(outer: exp.Select, query: exp.Expr, alias: str, groups: list[exp.Expr], sets: bool) -> None:
    """LEFT JOIN (query) AS alias on the group keys of m, NULL equal to NULL; a single row without keys."""
    names = [f"__k{position}" for position in range(len(groups))]
    conditions: list[exp.Expr] = [
        exp.NullSafeEQ(this=column("m", name), expression=column(alias, name)) for name in names
    ]
    if sets:
        conditions.append(exp.EQ(this=column("m", "__g"), expression=column(alias, "__g")))
    derived = exp.Subquery(this=query, alias=exp.TableAlias(this=quoted(alias)))
    on = exp.and_(*conditions, copy=False) if conditions else exp.true()
    outer.append("joins", exp.Join(this=derived, side="LEFT", on=on))
