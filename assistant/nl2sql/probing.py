"""The probe: the same query with hidden columns that say which privacy units stand behind every result row.

At each SELECT that merges base rows into groups, the units of every group are counted in a second, two-level
aggregation of the same FROM, WHERE and GROUP BY (first per group and unit, then per group), joined back on the group
keys. The counts then travel upwards as hidden columns through everything that stands around the group: derived
tables, filters, joins, unions, windows, order and limit. Groups of groups merge their cells.

A hidden column is a struct: u = distinct units, s = their 64-bit hashes, b = units of the same key when predicates on
protected columns are dropped (NULL: none were), m = per aggregate {n: units with a non-zero share, t: total,
x: the two largest shares, s: the hashes of those units where a condition chose them}.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from assistant.domain import ProbeCell, UnitThreshold
from assistant.nl2sql.complements import drop_protected
from assistant.nl2sql.contributions import (
    cells_merged,
    column,
    contribution,
    fetch,
    is_conditional,
    named,
    pack,
    quoted,
    units_packed,
)
from assistant.nl2sql.flows import AggregateKey, Relation
from assistant.nl2sql.group_keys import grouping_sets, join_on_keys
from assistant.nl2sql.normal_form import Uncountable
from assistant.nl2sql.scopes import group_expressions, own_aggregates


@dataclass(frozen=True, slots=True)
class Hidden:
    """A hidden column on its way up: a unit key of base rows, or the cell of a group."""

    value: exp.Expression
    thresholds: tuple[int, ...]
    is_cell: bool = False
    magnitudes: tuple[AggregateKey, ...] = ()


class Prober:
    """Builds one probe. `counted` tells which scans of the protected tables found their way into a cell."""

    def __init__(self, thresholds: Sequence[UnitThreshold]) -> None:
        self._thresholds = thresholds
        self._protected = {name for threshold in thresholds for name in threshold.protected_columns}
        self._number = 0
        self._counted = 0
        self._kept: list[exp.Expression] = []  # keeps the ids in AggregateKey alive

    def probe(self, tree: exp.Expression, relation: Relation) -> tuple[exp.Expression, tuple[ProbeCell, ...]]:
        """(query with hidden columns last, what they are); `tree` is in normal form and is changed."""
        tables = {threshold.table for threshold in self._thresholds}
        scans = sum(1 for table in tree.find_all(exp.Table) if table.name in tables)
        query, hidden = self._query(tree, root=True)
        if self._counted != scans or not all(item.is_cell for item in hidden):
            raise Uncountable
        cells = tuple(
            ProbeCell(threshold=item.thresholds[0], outputs=tuple(_outputs(key, relation) for key in item.magnitudes))
            for item in hidden
        )
        return query, cells

    def _name(self, prefix: str) -> str:
        self._number += 1
        return f"__{prefix}{self._number}"

    def _query(self, node: exp.Expression, *, root: bool = False) -> tuple[exp.Expression, list[Hidden]]:
        if isinstance(node, exp.Union):
            return self._union(node)
        if isinstance(node, exp.Select):
            return self._select(node, root=root)
        raise Uncountable

    def _union(self, node: exp.Union) -> tuple[exp.Expression, list[Hidden]]:
        """Each branch has its own hidden columns and NULL for the other's."""
        left, of_left = self._query(node.left)
        right, of_right = self._query(node.right)
        for branch, own, first in ((left, of_left, True), (right, of_right, False)):
            missing = of_right if first else of_left
            nulls = [named(exp.Null(), item.value.name) for item in missing]
            tops = list(_tops(branch))
            for top in tops:
                width = len(top.expressions) - len(own)
                result, hidden = top.expressions[:width], top.expressions[width:]
                added = [null.copy() for null in nulls]
                top.set("expressions", [*result, *(hidden + added if first else added + hidden)])
        node.set("this", left)
        node.set("expression", right)
        return node, [*of_left, *of_right]

    def _select(self, node: exp.Select, *, root: bool) -> tuple[exp.Expression, list[Hidden]]:
        self._kept.append(node)
        aggregates = _distinct_calls(node)
        keys = tuple((id(node), call.sql()) for call in aggregates)
        hidden = [item for source in _sources(node) for item in self._of_source(source)]
        scalars = [item for inner in _scalar_aggregates(node) for item in self._of_scalar(inner)]
        if not aggregates and node.args.get("group") is None:
            return self._expose(node, [*hidden, *scalars])
        units = [item for item in hidden if not item.is_cell]
        cells = [item for item in hidden if item.is_cell]
        additive = _is_additive(aggregates) and node.args.get("having") is None
        merged = [
            replace(item, value=cells_merged(item.value, len(item.magnitudes), additive=additive)) for item in cells
        ]
        if not units:
            return self._expose(node, [*merged, *scalars])
        return self._grouped(node, units, [*merged, *scalars], aggregates, keys, root=root)

    def _expose(self, node: exp.Select, hidden: Sequence[Hidden]) -> tuple[exp.Expression, list[Hidden]]:
        shown = []
        for item in hidden:
            name = self._name("c" if item.is_cell else "u")
            node.append("expressions", named(item.value, name))
            shown.append(replace(item, value=exp.Column(this=quoted(name))))
        return node, shown

    def _of_source(self, source: exp.Expression) -> Iterator[Hidden]:
        alias = source.alias_or_name
        if isinstance(source, exp.Table):
            for position, threshold in enumerate(self._thresholds):
                if threshold.table == source.name:
                    yield Hidden(column(alias, threshold.unit_column), (position,))
            self._counted += any(threshold.table == source.name for threshold in self._thresholds)
        elif isinstance(source, exp.Subquery):
            query, hidden = self._query(source.this)
            source.set("this", query)
            for item in hidden:
                yield replace(item, value=column(alias, item.value.name))

    def _of_scalar(self, inner: exp.Subquery) -> Iterator[Hidden]:
        """An uncorrelated aggregate used as a value: its cell is one more scalar subquery."""
        query, hidden = self._query(inner.this.copy())
        for item in hidden:
            if not item.is_cell:
                raise Uncountable
            alias = exp.TableAlias(this=quoted("z"))
            chosen = exp.Select(expressions=[column("z", item.value.name)])
            chosen = chosen.from_(exp.Subquery(this=query.copy(), alias=alias), copy=False)
            yield replace(item, value=exp.Subquery(this=chosen))

    def _grouped(
        self,
        node: exp.Select,
        units: list[Hidden],
        others: list[Hidden],
        aggregates: list[exp.Expression],
        keys: tuple[AggregateKey, ...],
        *,
        root: bool,
    ) -> tuple[exp.Expression, list[Hidden]]:
        """SELECT m.*, cells FROM (the query itself) m LEFT JOIN (its units) p ON the group keys."""
        groups = group_expressions(node)
        sets = grouping_sets(node)
        shares = [(contribution(call), is_conditional(call)) for call in aggregates]
        known = [(share, chosen) for share, chosen in shares if share is not None]
        magnitudes = tuple(key for key, (share, _) in zip(keys, shares, strict=True) if share is not None)
        outer, shown = self._main_part(node, others, groups, bool(sets), root=root)
        for item in _merged_units(units, node):
            counts = self._name("p")
            unit_query = _units_of(node, item.value, groups, sets, known)
            join_on_keys(outer, unit_query, counts, groups, bool(sets))
            base: exp.Expression = exp.cast(exp.Null(), "BIGINT")
            dropped = drop_protected(node, self._protected)
            if dropped is not None:
                label = self._name("b")
                join_on_keys(outer, _base_of(dropped, item.value, groups, sets), label, groups, bool(sets))
                base = column(label, "b")
            cell = pack(u=column(counts, "u"), s=column(counts, "s"), m=column(counts, "m"), b=base)
            for threshold in item.thresholds:
                name = self._name("c")
                outer.append("expressions", named(cell.copy(), name))
                shown.append(Hidden(exp.Column(this=quoted(name)), (threshold,), True, magnitudes))
        return outer, shown

    def _main_part(
        self, node: exp.Select, others: list[Hidden], groups: list[exp.Expression], sets: bool, *, root: bool
    ) -> tuple[exp.Select, list[Hidden]]:
        """The query itself as derived table m, its group keys and order keys exposed."""
        main = node.copy()
        names = [projection.alias_or_name for projection in main.expressions]
        for position, key in enumerate(groups):
            main.append("expressions", named(key.copy(), f"__k{position}"))
        if sets:
            main.append("expressions", named(exp.Grouping(expressions=[key.copy() for key in groups]), "__g"))
        outer = exp.Select(expressions=[named(column("m", name), name) for name in names])
        shown = []
        for item in others:
            name = self._name("c")
            main.append("expressions", named(item.value, name))
            outer.append("expressions", named(column("m", name), name))
            shown.append(replace(item, value=exp.Column(this=quoted(name))))
        order = main.args.get("order")
        if order is not None and root:
            outer.set("order", exp.Order(expressions=list(_order_keys(main, order, names))))
        if order is not None and main.args.get("limit") is None and main.args.get("offset") is None:
            main.set("order", None)
        alias = exp.TableAlias(this=quoted("m"))
        return outer.from_(exp.Subquery(this=main, alias=alias), copy=False), shown


def _outputs(key: AggregateKey, relation: Relation) -> tuple[str, ...]:
    return tuple(name for name, flow in relation.columns.items() if key in flow.aggregates)


def _tops(query: exp.Expression) -> Iterator[exp.Select]:
    if isinstance(query, exp.Union):
        yield from _tops(query.left)
        yield from _tops(query.right)
    elif isinstance(query, exp.Select):
        yield query


def _sources(node: exp.Select) -> Iterator[exp.Expression]:
    first = node.args.get("from_")
    if first is not None:
        yield first.this
    for join in node.args.get("joins") or ():
        if (join.kind or "").upper() not in ("SEMI", "ANTI"):
            yield join.this


def _distinct_calls(node: exp.Select) -> list[exp.Expression]:
    return list({call.sql(): call for call in own_aggregates(node)}.values())


def _scalar_aggregates(node: exp.Select) -> Iterator[exp.Subquery]:
    """Scalar subqueries of this SELECT that are one ungrouped aggregate and look at no outer row."""
    for clause in ("expressions", "where", "having", "order"):
        value = node.args.get(clause)
        for root in value if isinstance(value, list) else [value] if value is not None else []:
            for inner in root.walk(prune=lambda n: isinstance(n, exp.Query)):
                if isinstance(inner, exp.Subquery) and _is_single_aggregate(inner.this):
                    yield inner


def _is_single_aggregate(query: exp.Expression) -> bool:
    if not isinstance(query, exp.Select) or query.args.get("group") is not None:
        return False
    inside = {source.alias_or_name for select in query.find_all(exp.Select) for source in _sources(select)}
    correlated = any(found.table and found.table not in inside for found in query.find_all(exp.Column))
    return not correlated and any(True for _ in own_aggregates(query))


def _is_additive(aggregates: Sequence[exp.Expression]) -> bool:
    """True when every aggregate is a plain SUM of a column: a sum of sums is the sum of all."""
    return bool(aggregates) and all(
        isinstance(call, exp.Sum) and isinstance(call.this, exp.Column) for call in aggregates
    )


def _merged_units(units: list[Hidden], node: exp.Select) -> list[Hidden]:
    """Unit keys that an inner join makes equal are one key."""
    equal = _equalities(node)
    merged: dict[str, Hidden] = {}
    for item in units:
        name = item.value.sql()
        home = next((known for known in merged if frozenset((known, name)) in equal), name)
        before = merged.get(home)
        thresholds = tuple(dict.fromkeys((*(before.thresholds if before else ()), *item.thresholds)))
        merged[home] = replace(before or item, thresholds=thresholds)
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


def _units_of(
    node: exp.Select,
    unit: exp.Expression,
    groups: list[exp.Expression],
    sets: list[tuple[int, ...]],
    shares: list[tuple[exp.Expression, bool]],
) -> exp.Select:
    """Per group: its units, from one row per group and unit."""
    inner = _per_unit(node, unit, groups, sets)
    for position, (share, _) in enumerate(shares):
        inner.append("expressions", named(share.copy(), f"__s{position}"))
    values = [(column("q", f"__s{position}"), chosen) for position, (_, chosen) in enumerate(shares)]
    outer = exp.Select(expressions=[*_key_columns(groups, bool(sets)), *units_packed(column("q", "__unit"), values)])
    outer = outer.from_(exp.Subquery(this=inner, alias=exp.TableAlias(this=quoted("q"))), copy=False)
    return _group_again(outer, groups, bool(sets))


def _base_of(
    node: exp.Select, unit: exp.Expression, groups: list[exp.Expression], sets: list[tuple[int, ...]]
) -> exp.Select:
    """Per group: how many units it has without the protected predicates."""
    inner = _per_unit(node, unit, groups, sets)
    outer = exp.Select(expressions=[*_key_columns(groups, bool(sets)), named(exp.Count(this=exp.Star()), "b")])
    outer = outer.from_(exp.Subquery(this=inner, alias=exp.TableAlias(this=quoted("q"))), copy=False)
    return _group_again(outer, groups, bool(sets))


def _per_unit(
    node: exp.Select, unit: exp.Expression, groups: list[exp.Expression], sets: list[tuple[int, ...]]
) -> exp.Select:
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


def _key_columns(groups: list[exp.Expression], sets: bool) -> list[exp.Expression]:
    names = [f"__k{position}" for position in range(len(groups))] + (["__g"] if sets else [])
    return [named(column("q", name), name) for name in names]


def _group_again(select: exp.Select, groups: list[exp.Expression], sets: bool) -> exp.Select:
    keys = [item.this.copy() for item in _key_columns(groups, sets)]
    if keys:
        select.set("group", exp.Group(expressions=keys))
    return select


def _order_keys(main: exp.Select, order: exp.Expression, names: list[str]) -> Iterator[exp.Expression]:
    for position, ordered in enumerate(order.expressions):
        key = ordered.this
        copied = ordered.copy()
        if isinstance(key, exp.Column) and not key.table and key.name in names:
            copied.set("this", column("m", key.name))
        else:
            main.append("expressions", named(key.copy(), f"__o{position}"))
            copied.set("this", column("m", f"__o{position}"))
        yield copied
