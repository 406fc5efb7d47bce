"""The population of a cell: the units that its scans and its other conditions reach, before what is sensitive chose.

Two answers may count the same members while the populations that they were chosen from differ by a few: then none of
those few is a member. What is taken away here is what chose: conditions on sensitive columns, and, where tables of
units are joined unit by unit, all but one of them (to be listed in the other table is the secret then).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from sqlglot import exp

from assistant.nl2sql.complements import drop_protected
from assistant.nl2sql.select_parts import conditions_of, conjuncts, sources_of

Population = tuple[exp.Select, exp.Expr]  # (what reaches it, the unit key in it)


def populations(
    select: exp.Select, units: Sequence[exp.Expr], groups: Sequence[exp.Expr], sensitive: Collection[str]
) -> Iterator[Population]:
    """Of a SELECT over base rows, whose units are any of the equal keys `units`. None where nothing chose."""
    plain = drop_protected(select, sensitive)
    for unit in units:
        alone = _alone(plain if plain is not None else select, unit, units, groups)
        if alone is not None:
            yield alone, unit
    if plain is not None:
        yield plain, units[0]


def _alone(
    select: exp.Select, unit: exp.Expr, units: Sequence[exp.Expr], groups: Sequence[exp.Expr]
) -> exp.Select | None:
    """The SELECT without the other tables of units, and without what hangs on those; None where that is nothing new.

    None too where the group keys come from what would go, and where an outer join is on the way.
    """
    own = _table(unit)
    others = {_table(other) for other in units} - {own}
    joins = select.args.get("joins") or []
    if not own or not others or select.args.get("laterals") or not all(_is_inner(join) for join in joins):
        return None
    conditions = [leaf for clause in conditions_of(select) for leaf in conjuncts(clause) if not _is_true(leaf)]
    kept = _reached(own, others, conditions)
    left = [leaf for leaf in conditions if _tables(leaf) <= kept]
    chosen = [source for source in sources_of(select) if source.alias_or_name in kept]
    if len(chosen) != len(kept) or any(not _tables(key) <= kept for key in groups):
        return None
    return _rebuilt([source.copy() for source in chosen], left)


def _is_inner(join: exp.Join) -> bool:
    return not join.side and not join.args.get("using") and (join.kind or "").upper() in ("", "INNER", "CROSS")


def _rebuilt(chosen: Sequence[exp.Expr], conditions: Sequence[exp.Expr]) -> exp.Select:
    built = exp.Select().from_(chosen[0], copy=False)
    for source in chosen[1:]:
        built.append("joins", exp.Join(this=source, on=exp.true()))
    if conditions:
        built.set("where", exp.Where(this=exp.and_(*(leaf.copy() for leaf in conditions), copy=False)))
    return built


def _reached(own: str, others: Collection[str], conditions: Sequence[exp.Expr]) -> set[str]:
    """The sources that hang on `own` without going through `others`."""
    kept = {own}
    links = [tables for leaf in conditions if len(tables := _tables(leaf)) > 1 and not tables & set(others)]
    while True:
        further = {table for tables in links if tables & kept for table in tables} - kept
        if not further:
            return kept
        kept |= further


def _tables(node: exp.Expr) -> set[str]:
    return {found.table for found in node.find_all(exp.Column)}


def _table(unit: exp.Expr) -> str:
    return unit.table if isinstance(unit, exp.Column) else ""


def _is_true(leaf: exp.Expr) -> bool:
    return isinstance(leaf, exp.Boolean) and bool(leaf.this)
