"""Which FROM items of a query hang together: a product of two tables is a mistake or a way to burn time."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from assistant.nl2sql.clauses import own_aggregates
from assistant.nl2sql.select_parts import conditions_of, conjuncts, sources_of


def unlinked_sources(tree: exp.Expr) -> Iterator[str]:
    """Aliases of FROM items with many rows that no predicate links to the others, for every SELECT of `tree`."""
    ctes = {cte.alias: cte.this for cte in tree.find_all(exp.CTE)}
    for select in tree.find_all(exp.Select):
        items = _items(select)
        many = [alias for alias, item in items.items() if not _is_small(item, ctes)]
        if len(many) > 1:
            yield from _unreached(many, items, select)


def _items(select: exp.Select) -> dict[str, exp.Expr]:
    return {source.alias_or_name: source for source in (*sources_of(select), *(select.args.get("laterals") or ()))}


def _is_small(item: exp.Expr, ctes: dict[str, exp.Expr]) -> bool:
    """True for VALUES, UNNEST, LATERAL and aggregates: a product with them stays small."""
    if isinstance(item, exp.Lateral | exp.Unnest | exp.Values):
        return True
    query: exp.Expr | None = item.this if isinstance(item, exp.Subquery) else ctes.get(item.name)
    while isinstance(query, exp.Subquery):
        query = query.this
    if not isinstance(query, exp.Select):
        return False
    if query.args.get("group") is not None:
        return True
    return query.args.get("from_") is None or any(True for _ in own_aggregates(query))


def _unreached(many: list[str], items: dict[str, exp.Expr], select: exp.Select) -> Iterator[str]:
    linked = {alias: {alias} for alias in items}
    for condition in conditions_of(select):
        for leaf in conjuncts(condition):
            together = {column.table for column in leaf.find_all(exp.Column)} & items.keys()
            merged = set().union(*(linked[alias] for alias in together)) if together else set()
            for alias in merged:
                linked[alias] = merged
    for alias in many[1:]:
        if alias not in linked[many[0]]:
            yield alias
