"""The population of a cell: the units that its scans and its other conditions reach, before what is sensitive chose.

Two answers may count the same members while the populations that they were chosen from differ by a few: then none of
those few is a member. What is taken away here is what chose: conditions on sensitive columns, and, where tables of
units are joined unit by unit, all but one of them (to be listed in the other table is the secret then).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from sqlglot import exp

from assistant.nl2sql.complements import drop_protected
from assistant.nl2sql.normal_form import Uncountable
from assistant.nl2sql.select_parts import conjuncts, sources_of

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

    None too where the group keys come from what would go. Raises Uncountable where an outer join, other than one that
    hangs something on the left, makes the tables of units meet.
    """
    own = _table(unit)
    others = {_table(other) for other in units} - {own}
    joins = select.args.get("joins") or []
    if not own or not others:
        return None
    hung = [join for join in joins if (join.side or "").upper() == "LEFT" and _is_plain(join)]
    if select.args.get("laterals") or not all(join in hung or (not join.side and _is_plain(join)) for join in joins):
        raise Uncountable
    clauses = (
        *(join.args["on"] for join in joins if join not in hung and join.args.get("on") is not None),
        *_where(select),
    )
    conditions = [leaf for clause in clauses for leaf in conjuncts(clause) if not _is_true(leaf)]
    kept = _reached(own, others, conditions, hung)
    left = [leaf for leaf in conditions if _tables(leaf) <= kept]
    hanging = [join for join in hung if join.this.alias_or_name in kept]
    inner = [s for s in sources_of(select) if s.alias_or_name in kept and s not in [join.this for join in hung]]
    if not inner or len(inner) + len(hanging) != len(kept) or any(not _tables(key) <= kept for key in groups):
        return None
    return _rebuilt([source.copy() for source in inner], [join.copy() for join in hanging], left)


def _is_plain(join: exp.Join) -> bool:
    return not join.args.get("using") and (join.kind or "").upper() in ("", "INNER", "CROSS", "OUTER")


def _where(select: exp.Select) -> list[exp.Expr]:
    where = select.args.get("where")
    return [where.this] if where is not None else []


def _rebuilt(chosen: Sequence[exp.Expr], hanging: Sequence[exp.Join], conditions: Sequence[exp.Expr]) -> exp.Select:
    built = exp.Select().from_(chosen[0], copy=False)
    for source in chosen[1:]:
        built.append("joins", exp.Join(this=source, on=exp.true()))
    for join in hanging:
        built.append("joins", join)
    if conditions:
        built.set("where", exp.Where(this=exp.and_(*(leaf.copy() for leaf in conditions), copy=False)))
    return built


def _reached(own: str, others: Collection[str], conditions: Sequence[exp.Expr], hung: Sequence[exp.Join]) -> set[str]:
    """The sources that hang on `own` without going through `others`; `hung`: left joins, each by its condition."""
    kept = {own}
    links = [tables for leaf in conditions if len(tables := _tables(leaf)) > 1 and not tables & set(others)]
    while True:
        further = {table for tables in links if tables & kept for table in tables} - kept
        further |= {name for name, anchors in _anchors(hung) if anchors and anchors <= kept} - kept - set(others)
        if not further:
            return kept
        kept |= further


def _anchors(hung: Sequence[exp.Join]) -> Iterator[tuple[str, set[str]]]:
    """(source of a left join, what its condition hangs it on)."""
    for join in hung:
        name = join.this.alias_or_name
        yield name, _tables(join.args["on"]) - {name} if join.args.get("on") is not None else set()


def _tables(node: exp.Expr) -> set[str]:
    return {found.table for found in node.find_all(exp.Column)}


def _table(unit: exp.Expr) -> str:
    return unit.table if isinstance(unit, exp.Column) else ""


def _is_true(leaf: exp.Expr) -> bool:
    return isinstance(leaf, exp.Boolean) and bool(leaf.this)
