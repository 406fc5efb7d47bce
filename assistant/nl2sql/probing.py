"""The probe: the same query with hidden columns that say which privacy units stand behind every result row.

At each SELECT that merges base rows into groups, the units of every group are counted in a second, two-level
aggregation of the same FROM, WHERE and GROUP BY (first per group and unit, then per group), joined back on the group
keys. The counts then travel upwards as hidden columns through everything that stands around the group: derived
tables, filters, joins, unions, windows, order and limit. Groups of groups merge their cells.

A hidden column is a struct: u = distinct units (NULL: as many as s has members), s = their hashes, b = units of the
same key when predicates on protected columns are dropped (NULL: none were), m = per aggregate {n: units with a
non-zero share, t: total, x: the two largest shares, s: the hashes of those units where a condition chose them, a: who
adds how much (contributions.unit_amount)}, all NULL where every unit adds one. The population of a cell
(populations.py) is a hidden column of the same form.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from sqlglot import exp

from assistant.domain import ProbeCell, UnitThreshold
from assistant.nl2sql.clauses import group_expressions
from assistant.nl2sql.complements import drop_protected
from assistant.nl2sql.contributions import (
    cells_merged,
    column,
    contribution,
    counts_units,
    is_conditional,
    named,
    pack,
    quoted,
)
from assistant.nl2sql.flows import AggregateKey, Relation
from assistant.nl2sql.group_keys import grouping_sets, join_on_keys
from assistant.nl2sql.normal_form import Uncountable
from assistant.nl2sql.populations import populations
from assistant.nl2sql.probe_sites import (
    Hidden,
    distinct_calls,
    is_additive,
    merged_units,
    scalar_aggregates,
    sources,
)
from assistant.nl2sql.unit_counts import base_of, units_of


class Prober:
    """Builds one probe. `counted` tells which scans of the protected tables found their way into a cell."""

    def __init__(self, thresholds: Sequence[UnitThreshold]) -> None:
        self._thresholds = thresholds
        self._protected = {name for threshold in thresholds for name in threshold.protected_columns}
        self._sensitive = {name for threshold in thresholds for name in threshold.sensitive_conditions}
        self._number = 0
        self._counted = 0
        self._kept: list[exp.Expr] = []  # keeps the ids in AggregateKey alive

    def probe(self, tree: exp.Expr, relation: Relation) -> tuple[exp.Expr, tuple[ProbeCell, ...]]:
        """(query with hidden columns last, what they are); `tree` is in normal form and is changed."""
        tables = {threshold.table for threshold in self._thresholds}
        scans = sum(1 for table in tree.find_all(exp.Table) if table.name in tables)
        query, hidden = self._query(tree, root=True)
        if self._counted != scans or not all(item.is_cell for item in hidden):
            raise Uncountable
        places = {item.number: place for place, item in enumerate(hidden) if item.number}
        cells = tuple(
            ProbeCell(
                threshold=item.thresholds[0],
                outputs=tuple(_outputs(key, relation) for key in item.magnitudes),
                population_of=places[item.population_of] if item.population_of else None,
            )
            for item in hidden
        )
        return query, cells

    def _name(self, prefix: str) -> str:
        self._number += 1
        return f"__{prefix}{self._number}"

    def _query(self, node: exp.Expr, *, root: bool = False) -> tuple[exp.Expr, list[Hidden]]:
        if isinstance(node, exp.Union):
            return self._union(node)
        if isinstance(node, exp.Select):
            return self._select(node, root=root)
        raise Uncountable

    def _union(self, node: exp.Union) -> tuple[exp.Expr, list[Hidden]]:
        """Unit keys of the two branches share a column; a cell is NULL in the branch that is not its own."""
        left, of_left = self._query(node.left)
        right, of_right = self._query(node.right)
        columns: list[tuple[Hidden | None, Hidden | None]] = []
        waiting = list(of_right)
        for item in of_left:
            partner = next((other for other in waiting if not item.is_cell and _same_units(item, other)), None)
            if partner is not None:
                waiting.remove(partner)
            columns.append((item, partner))
        columns += [(None, other) for other in waiting]
        shown = []
        for pair in columns:
            name = self._name("h")
            shown.append(replace(pair[0] or pair[1] or Hidden(exp.Null(), ()), value=exp.Column(this=quoted(name))))
            _append(left, pair[0], name)
            _append(right, pair[1], name)
        for branch, own in ((left, of_left), (right, of_right)):
            _remove(branch, own)
        node.set("this", left)
        node.set("expression", right)
        return node, shown

    def _select(self, node: exp.Select, *, root: bool) -> tuple[exp.Expr, list[Hidden]]:
        self._kept.append(node)
        aggregates = distinct_calls(node)
        keys: tuple[AggregateKey, ...] = tuple((id(node), call) for call in aggregates)
        hidden = [item for source in sources(node) for item in self._of_source(source)]
        scalars = [item for inner in scalar_aggregates(node) for item in self._of_scalar(inner)]
        if not aggregates and node.args.get("group") is None:
            return self._expose(node, [*hidden, *scalars])
        units = [item for item in hidden if not item.is_cell]
        cells = [item for item in hidden if item.is_cell]
        additive = is_additive(aggregates) and node.args.get("having") is None
        merged = [
            replace(item, value=cells_merged(item.value, len(item.magnitudes), additive=additive)) for item in cells
        ]
        if not units:
            return self._expose(node, [*merged, *scalars])
        return self._grouped(node, units, [*merged, *scalars], aggregates, keys, root=root)

    def _expose(self, node: exp.Select, hidden: Sequence[Hidden]) -> tuple[exp.Expr, list[Hidden]]:
        shown = []
        for item in hidden:
            name = self._name("c" if item.is_cell else "u")
            node.append("expressions", named(item.value, name))
            shown.append(replace(item, value=exp.Column(this=quoted(name))))
        return node, shown

    def _of_source(self, source: exp.Expr) -> Iterator[Hidden]:
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
                name = item.value.name
                yield replace(item, value=column(alias, name if item.is_cell else _shown_as(query, name)))

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
        aggregates: list[exp.Expr],
        keys: tuple[AggregateKey, ...],
        *,
        root: bool,
    ) -> tuple[exp.Expr, list[Hidden]]:
        """SELECT m.*, cells FROM (the query itself) m LEFT JOIN (its units) p ON the group keys."""
        groups = group_expressions(node)
        sets = grouping_sets(node)
        counted = [call for call in aggregates if contribution(call) is not None]
        magnitudes = tuple(key for key, call in zip(keys, aggregates, strict=True) if call in counted)
        outer, shown = self._main_part(node, others, groups, bool(sets), root=root)
        for item in merged_units(units, node):
            counts = self._name("p")
            shares = [
                (None if counts_units(call, item.value) else contribution(call), is_conditional(call))
                for call in counted
            ]
            unit_query = units_of(node, item.value, groups, sets, shares)
            join_on_keys(outer, unit_query, counts, groups, bool(sets))
            base: exp.Expr = exp.cast(exp.Null(), "BIGINT")
            dropped = drop_protected(node, self._protected)
            if dropped is not None:
                label = self._name("b")
                join_on_keys(outer, base_of(dropped, item.value, groups, sets), label, groups, bool(sets))
                base = column(label, "b")
            cell = pack(u=column(counts, "u"), s=column(counts, "s"), m=column(counts, "m"), b=base)
            reached = [*self._reached(node, item, outer, groups, sets)]
            for threshold in item.thresholds:
                number = self._shown(outer, shown, cell, Hidden(cell, (threshold,), True, magnitudes))
                for population in reached:
                    own = Hidden(population, (threshold,), True, population_of=number)
                    self._shown(outer, shown, population, own)
        return outer, shown

    def _shown(self, outer: exp.Select, shown: list[Hidden], value: exp.Expr, item: Hidden) -> int:
        """One more hidden column; its number."""
        name = self._name("c")
        outer.append("expressions", named(value.copy(), name))
        shown.append(replace(item, value=exp.Column(this=quoted(name)), number=self._number))
        return self._number

    def _reached(
        self, node: exp.Select, item: Hidden, outer: exp.Select, groups: list[exp.Expr], sets: list[tuple[int, ...]]
    ) -> Iterator[exp.Expr]:
        """The populations of a group, as cells of their own that no aggregate stands on."""
        for select, unit in populations(node, item.keys, groups, self._sensitive):
            label = self._name("o")
            join_on_keys(outer, units_of(select, unit, groups, sets, ()), label, groups, bool(sets))
            nothing = exp.cast(exp.Null(), "BIGINT")
            yield pack(u=nothing.copy(), s=column(label, "s"), m=exp.Null(), b=nothing)

    def _main_part(
        self, node: exp.Select, others: list[Hidden], groups: list[exp.Expr], sets: bool, *, root: bool
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


def _shown_as(query: exp.Expr, name: str) -> str:
    """The query's own column that is the same unit key as its hidden column `name`: joins name that one."""
    if isinstance(query, exp.Select):
        key = next(item.unalias() for item in query.expressions if item.alias_or_name == name)
        return str(next(item.alias_or_name for item in query.expressions if item.unalias() == key))
    return name


def _same_units(item: Hidden, other: Hidden) -> bool:
    return not other.is_cell and item.thresholds == other.thresholds


def _append(branch: exp.Expr, item: Hidden | None, name: str) -> None:
    """One more column in every SELECT of a branch: the hidden one under its new name, or NULL."""
    for top in _tops(branch):
        value: exp.Expr = exp.Null()
        if item is not None:
            value = next(p for p in top.expressions if p.alias == item.value.name).this.copy()
        top.append("expressions", named(value, name))


def _remove(branch: exp.Expr, hidden: Sequence[Hidden]) -> None:
    names = {item.value.name for item in hidden}
    for top in _tops(branch):
        top.set("expressions", [item for item in top.expressions if item.alias not in names])


def _tops(query: exp.Expr) -> Iterator[exp.Select]:
    if isinstance(query, exp.Union):
        yield from _tops(query.left)
        yield from _tops(query.right)
    elif isinstance(query, exp.Select):
        yield query


def _order_keys(main: exp.Select, order: exp.Expr, names: list[str]) -> Iterator[exp.Expr]:
    for position, ordered in enumerate(order.expressions):
        key = ordered.this
        copied = ordered.copy()
        if isinstance(key, exp.Column) and not key.table and key.name in names:
            copied.set("this", column("m", key.name))
        else:
            main.append("expressions", named(key.copy(), f"__o{position}"))
            copied.set("this", column("m", f"__o{position}"))
        yield copied
