"""The joins of one drafted SELECT: every one along a declared pair, and none that nothing asks for. Edits the AST.

A small model joins on columns that merely look alike, and hops through tables it does not use; the first gives wrong
rows, the second multiplies them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from assistant.nl2sql.drafts.key_graph import JoinPair, connect, pairs_between
from assistant.nl2sql.drafts.offered_schema import ContextTable, SchemaContext


@dataclass(slots=True)
class Source:
    """A table of the FROM clause under its alias."""

    alias: str
    table: ContextTable | None  # None: a CTE, a subquery or an unknown name: left alone

    @property
    def name(self) -> str:
        return self.table.name if self.table is not None else ""


def equality(pair: JoinPair, left: str, right: str) -> exp.EQ:
    """The condition of a pair whose ends go by the aliases `left` and `right`."""
    return exp.EQ(this=exp.column(pair.left_column, table=left), expression=exp.column(pair.right_column, table=right))


def bind_joins(select: exp.Select, sources: Sequence[Source], joins: Sequence[JoinPair]) -> None:
    """A join without a condition, or along a pair that nobody declared, takes the declared one where there is one."""
    seen = list(sources[:1])
    for join in select.args.get("joins") or []:
        source = _of(join.this, sources)
        if source is None or source.table is None:
            continue
        condition = join.args.get("on")
        if not join.args.get("using") and (condition is None or not _follows(condition, sources, joins)):
            link = _link(source, seen, joins)
            if link is not None:
                join.set("on", link)
        seen.append(source)


def connect_listed(select: exp.Select, sources: list[Source], context: SchemaContext) -> None:
    """Tables listed without conditions (FROM a, b) are joined along declared keys, those between them added."""
    loose = [join for join in select.args.get("joins") or [] if join.args.get("on") is None]
    if not loose or any(join.args.get("using") or not isinstance(join.this, exp.Table) for join in loose):
        return
    if any(source.table is None for source in sources):
        return
    names = connect([source.name for source in sources], context.joins)
    here = {source.name.lower() for source in sources}
    added = [name for name in names if name.lower() not in here]
    for name in added:
        sources.append(Source(name, context.table(name)))
        select.join(exp.to_table(name), copy=False)
    _rebuild(select, sources, context.joins)


def drop_needless(select: exp.Select, sources: Sequence[Source], joins: Sequence[JoinPair]) -> None:
    """Leave out a table that only joins mention, when it doubles another or stands between two that join directly."""
    nodes = _from_nodes(select)
    if any(isinstance(node, exp.Join) and (node.side or node.args.get("using")) for node in nodes):
        return
    for source in sources:
        if len(nodes) < 2 or source.table is None or _is_used(source.alias, select):
            continue
        rest = [one for one in sources if one is not source and _node_of(one, nodes) is not None]
        if _doubles(source, rest) or _between(source, select, rest, joins):
            _rebuild(select, rest, joins)
            nodes = _from_nodes(select)


def _from_nodes(select: exp.Select) -> list[exp.Expression]:
    first = select.args.get("from_")
    return ([first.this] if first is not None else []) + list(select.args.get("joins") or [])


def _table_of(node: exp.Expression) -> exp.Expression:
    return node.this if isinstance(node, exp.Join) else node


def _of(node: exp.Expression, sources: Sequence[Source]) -> Source | None:
    if not isinstance(node, exp.Table):
        return None
    alias = (node.alias or node.name).lower()
    return next((source for source in sources if source.alias.lower() == alias), None)


def _node_of(source: Source, nodes: Sequence[exp.Expression]) -> exp.Expression | None:
    return next((node for node in nodes if _of(_table_of(node), [source]) is not None), None)


def _link(source: Source, seen: Sequence[Source], joins: Sequence[JoinPair]) -> exp.Expression | None:
    for partner in seen:
        if partner is source or partner.table is None:
            continue
        for pair in pairs_between(partner.name, source.name, joins):
            if pair.left_table.lower() == source.name.lower():
                return equality(pair, source.alias, partner.alias)
            return equality(pair, partner.alias, source.alias)
    return None


def _follows(condition: exp.Expression, sources: Sequence[Source], joins: Sequence[JoinPair]) -> bool:
    """True when every equality between columns of the condition is a declared pair."""
    pairs = [
        (node.this, node.expression)
        for node in condition.find_all(exp.EQ)
        if isinstance(node.this, exp.Column) and isinstance(node.expression, exp.Column)
    ]
    tables = {source.alias.lower(): source.name.lower() for source in sources}
    declared = {
        frozenset(
            (
                (pair.left_table.lower(), pair.left_column.lower()),
                (pair.right_table.lower(), pair.right_column.lower()),
            )
        )
        for pair in joins
    }
    ends = [
        frozenset((tables.get(side.table.lower(), ""), side.name.lower()) for side in (left, right))
        for left, right in pairs
    ]
    return bool(ends) and all(end in declared or _shared_parent(end, declared) for end in ends)


def _shared_parent(end: frozenset[tuple[str, str]], declared: set[frozenset[tuple[str, str]]]) -> bool:
    """Two foreign keys to one parent may be compared: a.city = b.city."""
    parents = [{other for pair in declared if side in pair for other in pair if other != side} for side in end]
    return len(parents) == 2 and bool(parents[0] & parents[1])


def _is_used(alias: str, select: exp.Select) -> bool:
    """True when a column of `alias` stands anywhere but in the joins of this SELECT, or cannot be told apart."""
    conditions = {id(node) for join in select.args.get("joins") or [] for node in join.find_all(exp.Column)}
    outside = [column for column in select.find_all(exp.Column) if id(column) not in conditions]
    if any(isinstance(column.this, exp.Star) or not column.table for column in outside):
        return True
    bare_star = any(isinstance(item, exp.Star) for item in select.expressions)
    return bare_star or any(column.table.lower() == alias.lower() for column in outside)


def _doubles(source: Source, rest: Sequence[Source]) -> bool:
    return any(one.name.lower() == source.name.lower() for one in rest)


def _between(source: Source, select: exp.Select, rest: Sequence[Source], joins: Sequence[JoinPair]) -> bool:
    near: set[str] = set()
    for join in select.args.get("joins") or []:
        condition = join.args.get("on")
        aliases = (
            {column.table.lower() for column in condition.find_all(exp.Column)} if condition is not None else set()
        )
        if source.alias.lower() in aliases:
            near |= aliases - {source.alias.lower()}
    ends = [one for one in rest if one.alias.lower() in near]
    return len(ends) == 2 and bool(pairs_between(ends[0].name, ends[1].name, joins))


def _rebuild(select: exp.Select, kept: Sequence[Source], joins: Sequence[JoinPair]) -> None:
    """FROM and JOIN over `kept` alone; given up, with nothing changed, where they do not hang together."""
    nodes = _from_nodes(select)
    old = [node.args["on"] for node in nodes if isinstance(node, exp.Join) and node.args.get("on") is not None]
    placed, waiting = [kept[0]], list(kept[1:])
    made: list[exp.Join] = []
    while waiting:
        found = next(((one, on) for one in waiting if (on := _condition(one, placed, old, joins)) is not None), None)
        if found is None:
            return
        table = _table_of(_node_of(found[0], nodes) or nodes[0])
        made.append(exp.Join(this=table.copy(), on=found[1].copy()))
        placed.append(found[0])
        waiting.remove(found[0])
    first = _table_of(_node_of(kept[0], nodes) or nodes[0]).copy()
    select.set("from_", exp.From(this=first))
    select.set("joins", made)


def _condition(
    source: Source, placed: Sequence[Source], old: Sequence[exp.Expression], joins: Sequence[JoinPair]
) -> exp.Expression | None:
    allowed = {one.alias.lower() for one in (*placed, source)}
    for condition in old:
        aliases = {column.table.lower() for column in condition.find_all(exp.Column)}
        if aliases <= allowed and source.alias.lower() in aliases:
            return condition
    return _link(source, placed, joins)
