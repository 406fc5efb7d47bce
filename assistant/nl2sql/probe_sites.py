"""Where units are counted: the sources, aggregates and scalar subqueries of one SELECT in normal form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from assistant.nl2sql.clauses import own_aggregates
from assistant.nl2sql.flows import AggregateKey


@dataclass(frozen=True, slots=True)
class Hidden:
    """A hidden column on its way up: a unit key of base rows, the cell of a group, or the population of a cell."""

    value: exp.Expr
    thresholds: tuple[int, ...]
    is_cell: bool = False
    magnitudes: tuple[AggregateKey, ...] = ()
    number: int = 0  # of a cell
    population_of: int = 0  # of a population: the number of its cell
    keys: tuple[exp.Expr, ...] = ()  # of a unit key: itself and those that are equal to it


def sources(node: exp.Select) -> Iterator[exp.Expr]:
    first = node.args.get("from_")
    if first is not None:
        yield first.this
    for join in node.args.get("joins") or ():
        if (join.kind or "").upper() not in ("SEMI", "ANTI"):
            yield join.this


def distinct_calls(node: exp.Select) -> list[exp.Expr]:
    return list(dict.fromkeys(own_aggregates(node)))


def scalar_aggregates(node: exp.Select) -> Iterator[exp.Subquery]:
    """Scalar subqueries of this SELECT that are one ungrouped aggregate and look at no outer row."""
    for clause in ("expressions", "where", "having", "order"):
        value = node.args.get(clause)
        for root in value if isinstance(value, list) else [value] if value is not None else []:
            for inner in root.walk(prune=lambda n: isinstance(n, exp.Query)):
                if isinstance(inner, exp.Subquery) and _is_single_aggregate(inner.this):
                    yield inner


def _is_single_aggregate(query: exp.Expr) -> bool:
    if not isinstance(query, exp.Select) or query.args.get("group") is not None:
        return False
    inside = {source.alias_or_name for select in query.find_all(exp.Select) for source in sources(select)}
    correlated = any(found.table and found.table not in inside for found in query.find_all(exp.Column))
    return not correlated and any(True for _ in own_aggregates(query))


def is_additive(aggregates: Sequence[exp.Expr]) -> bool:
    """True when every aggregate is a plain SUM of a column: a sum of sums is the sum of all."""
    return bool(aggregates) and all(
        isinstance(call, exp.Sum) and isinstance(call.this, exp.Column) for call in aggregates
    )


def merged_units(units: list[Hidden], node: exp.Select) -> list[Hidden]:
    """Unit keys that an inner join makes equal are one key."""
    equal = _equalities(node)
    merged: dict[str, Hidden] = {}
    for item in units:
        name = item.value.sql()
        home = next((known for known in merged if frozenset((known, name)) in equal), name)
        before = merged.get(home)
        thresholds = tuple(dict.fromkeys((*(before.thresholds if before else ()), *item.thresholds)))
        keys = (*(before.keys if before else ()), item.value)
        merged[home] = replace(before or item, thresholds=thresholds, keys=keys)
    return list(merged.values())


def _equalities(node: exp.Select) -> set[frozenset[str]]:
    where = node.args.get("where")
    conditions = [where.this] if where is not None else []
    for join in node.args.get("joins") or ():
        if join.args.get("on") is not None and not join.side:
            conditions.append(join.args["on"])
    found = set()
    for condition in conditions:
        for leaf in condition.flatten() if isinstance(condition, exp.And) else [condition]:
            inner = leaf.unnest()
            if isinstance(inner, exp.EQ) and isinstance(inner.left, exp.Column) and isinstance(inner.right, exp.Column):
                found.add(frozenset((inner.left.sql(), inner.right.sql())))
    return found
