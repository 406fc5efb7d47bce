"""The complement of a cell: the same rows without the predicates on protected columns (POLICY_SPEC 2.3, tracker)."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlglot import exp

from assistant.nl2sql.select_parts import conjuncts, sources_of


def drop_protected(select: exp.Select, protected: Collection[str]) -> exp.Select | None:
    """A copy of `select` without its conjuncts on `protected` element ids, or None when it has none.

    Conjuncts in WHERE, in inner joins, and in derived tables of base rows are dropped; one that links two FROM items
    stays, because without it they would be multiplied. A conjunct on what an outer join found by protected columns
    (LEFT JOIN v ON birth = v.day WHERE v.day IS NULL) is one on them; so is a SEMI or ANTI join.
    """
    if not protected:
        return None
    copied = select.copy()
    return copied if _drop(copied, protected) else None


def _drop(select: exp.Select, protected: Collection[str]) -> bool:
    sources = {source.alias_or_name: source for source in sources_of(select)}
    dropped = False
    where = select.args.get("where")
    if where is not None:
        kept, lost = _split(where.this, sources, protected, _found_by(select, sources, protected))
        select.set("where", exp.Where(this=kept) if kept is not None else None)
        dropped |= lost
    for join in list(select.args.get("joins") or ()):
        if join.args.get("on") is not None and (join.kind or "").upper() in ("SEMI", "ANTI"):
            if _names_protected(join, sources, protected):
                join.pop()
                dropped = True
        elif join.args.get("on") is not None and not join.side:
            kept, lost = _split(join.args["on"], sources, protected, frozenset())
            join.set("on", kept if kept is not None else exp.true())
            dropped |= lost
    for source in sources.values():
        for inner in _row_selects(source):
            dropped |= _drop(inner, protected)
    return dropped


def _found_by(select: exp.Select, sources: dict[str, exp.Expr], protected: Collection[str]) -> frozenset[str]:
    """Sources that an outer join finds by protected columns of other sources."""
    return frozenset(
        join.this.alias_or_name
        for join in select.args.get("joins") or ()
        if join.side and join.args.get("on") is not None and _names_protected(join, sources, protected)
    )


def _names_protected(join: exp.Join, sources: dict[str, exp.Expr], protected: Collection[str]) -> bool:
    """True when the condition of a join looks at protected columns of what it is joined to."""
    return any(
        element in protected
        for column in join.args["on"].find_all(exp.Column)
        if column.table != join.this.alias_or_name
        for element in _elements(column, sources)
    )


def _row_selects(source: exp.Expr) -> Iterator[exp.Select]:
    """The SELECTs of a derived table whose rows are base rows."""
    pending = [source.this] if isinstance(source, exp.Subquery) else []
    while pending:
        query = pending.pop()
        if isinstance(query, exp.Union):
            pending += [query.left, query.right]
        elif isinstance(query, exp.Select) and query.args.get("group") is None:
            yield query


def _split(
    condition: exp.Expr, sources: dict[str, exp.Expr], protected: Collection[str], found: Collection[str]
) -> tuple[exp.Expr | None, bool]:
    """(what stays of the condition, whether something was dropped); `found`: sources found by protected columns."""
    leaves = list(conjuncts(condition))
    kept = [leaf for leaf in leaves if not _is_protected(leaf, sources, protected, found)]
    if len(kept) == len(leaves):
        return condition, False
    return (exp.and_(*kept, copy=False) if kept else None), True


def _is_protected(
    leaf: exp.Expr, sources: dict[str, exp.Expr], protected: Collection[str], found: Collection[str]
) -> bool:
    columns = list(leaf.find_all(exp.Column))
    tables = {column.table for column in columns} & sources.keys()
    if len(tables) > 1:
        return False
    return bool(tables & set(found)) or any(
        element in protected for column in columns for element in _elements(column, sources)
    )


def _elements(found: exp.Column, sources: dict[str, exp.Expr]) -> Iterator[str]:
    """The base columns behind a column reference, followed down through derived tables."""
    source = sources.get(found.table)
    if isinstance(source, exp.Table):
        yield f"{source.name}.{found.name}"
        return
    pending = [source.this] if isinstance(source, exp.Subquery) else []
    while pending:
        query = pending.pop()
        if isinstance(query, exp.Union):
            pending += [query.left, query.right]
        elif isinstance(query, exp.Select):
            inner = {item.alias_or_name: item for item in sources_of(query)}
            for projection in query.expressions:
                if projection.alias_or_name == found.name:
                    for column in projection.find_all(exp.Column):
                        yield from _elements(column, inner)
