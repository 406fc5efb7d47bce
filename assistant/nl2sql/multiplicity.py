"""Whether every protected row counts at most once in a total (the tracker by repetition, POLICY_SPEC 2.4).

A join that meets some rows twice weighs them: SUM over the join, less the plain SUM, is their total, however few they
are, and both totals stand on the same units. So what a protected row is joined to must be one row: single by its key
(a property of the whole table, never of what the asker chose), by its GROUP BY, or as one aggregate. And what is added
up must come from the protected rows themselves, not from a list that gives each of them a weight.

Works on the normal form (normal_form.py): CTEs are written out, DISTINCT is GROUP BY.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from sqlglot import exp

from assistant.nl2sql.clauses import counts_distinct, group_expressions, own_aggregates, unwrap_aggregate
from assistant.nl2sql.functions import Kind, classify
from assistant.nl2sql.literals import NOT_LITERAL, literal_of
from assistant.nl2sql.probe_sites import sources
from assistant.nl2sql.select_parts import conjuncts
from assistant.nl2sql.straightness import CONDITIONS

Unique: TypeAlias = Callable[[str, frozenset[str]], bool]  # (table, columns): no two rows agree on the columns
_SAME = (frozenset(exp.DataType.TEXT_TYPES), frozenset(exp.DataType.INTEGER_TYPES))
_WEIGHING = (Kind.MAGNITUDE, Kind.MOMENT, Kind.PERCENTILE)


@dataclass(frozen=True, slots=True)
class Multiplicity:
    """`tables`: those whose rows stand for protected units, each with the columns that name the unit."""

    tables: Mapping[str, frozenset[str]]
    unique: Unique

    def counts_once(self, query: exp.Expr) -> bool:
        """True when no aggregate of `query`, at any depth, can count a protected row twice or by a weight."""
        return all(
            self._is_once(call, select)
            for select in query.find_all(exp.Select)
            if any(self._carries(source) for source in sources(select))
            for call in own_aggregates(select)
        )

    def _is_once(self, aggregate: exp.Expr, select: exp.Select) -> bool:
        call, _, extra = unwrap_aggregate(aggregate)
        found = classify(call)
        if found is None or found.kind not in (*_WEIGHING, Kind.COUNT):
            return True  # the value of one row: the same however often it is met
        arguments = [child for child in call.iter_expressions() if not isinstance(child, exp.Star)]
        columns = [column for part in (*arguments, *extra) for column in _values(part)]
        if counts_distinct(call):
            return len({column.table for column in columns}) == 1 and all(
                self._is_one_item(select, column) for column in columns
            )
        if found.kind is Kind.COUNT:
            own = {source.alias_or_name for source in sources(select) if self._carries(source)}
            columns = [column for column in columns if column.table in own]
        return self._feeds_once(select, columns)

    def _is_one_item(self, select: exp.Select, column: exp.Column) -> bool:
        """True when a column is that of one row below, not put together from what joins gave: DISTINCT undoes those."""
        source = next((source for source in sources(select) if source.alias_or_name == column.table), None)
        query = source.this if isinstance(source, exp.Subquery) else None
        if not isinstance(query, exp.Select):
            return isinstance(source, exp.Table) or self._made_of_items(query, column.name)
        if _is_grouped(query):
            return True
        made = [c for item in query.expressions if item.alias_or_name == column.name for c in _values(item)]
        return len({one.table for one in made}) <= 1 and all(self._is_one_item(query, one) for one in made)

    def _made_of_items(self, query: exp.Expr | None, name: str) -> bool:
        if not isinstance(query, exp.Union):
            return False
        branches = [branch for branch in (query.left, query.right) if isinstance(branch, exp.Select)]
        plain = [item.unalias() for branch in branches for item in branch.expressions if item.alias_or_name == name]
        return len(plain) == 2 and all(isinstance(item, exp.Column | exp.Null) for item in plain)

    def _feeds_once(self, select: exp.Select, columns: list[exp.Column]) -> bool:
        """True when the rows behind these columns, or some protected rows if there are none, come once each."""
        named = {source.alias_or_name: source for source in sources(select)}
        if not columns:
            carrying = [name for name, source in named.items() if self._carries(source)]
            return any(self._covers(select, name) and self._inside(named[name], []) for name in carrying)
        by_source: dict[str, list[str]] = {}
        for column in columns:
            by_source.setdefault(column.table, []).append(column.name)
        return all(
            name in named
            and self._carries(named[name])
            and self._covers(select, name)
            and self._inside(named[name], names)
            for name, names in by_source.items()
        )

    def _inside(self, source: exp.Expr, names: list[str]) -> bool:
        """The same for the columns of a derived table, in the query that it is made by."""
        query = source.this if isinstance(source, exp.Subquery) else None
        if query is None:
            return isinstance(source, exp.Table)
        return self._made_once(query, names)

    def _made_once(self, query: exp.Expr, names: list[str]) -> bool:
        if isinstance(query, exp.Union):
            left, right = (self._tables_in(side) for side in (query.left, query.right))
            return not left & right and all(
                self._made_once(side, names) for side in (query.left, query.right) if self._tables_in(side)
            )
        if not isinstance(query, exp.Select):
            return False
        if _is_grouped(query):
            return True  # a group is one row; what is counted in it is looked at where it is counted
        shown = [item for item in query.expressions if item.alias_or_name in names]
        return self._feeds_once(query, [column for item in shown for column in _values(item)])

    def _covers(self, select: exp.Select, start: str) -> bool:
        """True when a row of `start` determines one row, or none, of every other source."""
        named = {source.alias_or_name: source for source in sources(select)}
        reached = {start}
        waiting = [name for name in named if name != start]
        while waiting:
            found = next((n for n in waiting if self._is_single(named[n], _fixed(select, n, reached))), None)
            if found is None:
                return False
            reached.add(found)
            waiting.remove(found)
        return True

    def _is_single(self, source: exp.Expr, fixed: frozenset[str]) -> bool:
        """True when at most one row of `source` has given values in the columns `fixed`."""
        if isinstance(source, exp.Table):
            units = self.tables.get(source.name)  # whether other protected items are single says something of them
            return (units is None or bool(units & fixed)) and self.unique(source.name, fixed)
        if isinstance(source, exp.Values):
            return _differ(source, fixed)
        query = _only_branch(source.this) if isinstance(source, exp.Subquery) else None
        if query is None:
            return False
        names = {item.alias_or_name: item.unalias() for item in query.expressions}
        inner = [names[name] for name in fixed if name in names]
        if _is_grouped(query):
            keys = group_expressions(query)
            sets = query.find(exp.Rollup, exp.Cube, exp.GroupingSets) is not None
            return not sets and all(key in inner or literal_of(key) is not NOT_LITERAL for key in keys)
        for part in sources(query):
            own = {c.name for c in inner if isinstance(c, exp.Column) and c.table == part.alias_or_name}
            own |= _fixed(query, part.alias_or_name, set())
            if self._is_single(part, frozenset(own)) and self._covers(query, part.alias_or_name):
                return True
        return False

    def _carries(self, source: exp.Expr) -> bool:
        return bool(self._tables_in(source))

    def _tables_in(self, node: exp.Expr) -> set[str]:
        """Protected tables below `node` that can give it a row."""
        if isinstance(node, exp.Table):
            return {node.name} & self.tables.keys()
        if isinstance(node, exp.Select) and _is_empty(node):
            return set()
        return {name for child in node.iter_expressions() for name in self._tables_in(child)}


def _only_branch(query: exp.Expr) -> exp.Select | None:
    """The SELECT, or the only branch of a union that can have rows."""
    if isinstance(query, exp.Select):
        return query
    branches = [query.left, query.right] if isinstance(query, exp.Union) else []
    alive = [branch for branch in branches if not (isinstance(branch, exp.Select) and _is_empty(branch))]
    return _only_branch(alive[0]) if len(alive) == 1 else None


def _is_empty(select: exp.Select) -> bool:
    """WHERE 1 = 0: a branch without rows repeats none."""
    where = select.args.get("where")
    return where is not None and any(_is_false(condition) for condition in conjuncts(where.this))


def _is_false(condition: exp.Expr) -> bool:
    if isinstance(condition, exp.EQ):
        left, right = literal_of(condition.left), literal_of(condition.right)
        return (
            type(left) is int and type(right) is int and left != right
        )  # of other types the engine may think otherwise
    return isinstance(condition, exp.Boolean) and not condition.this


def _is_grouped(query: exp.Select) -> bool:
    return query.args.get("group") is not None or any(True for _ in own_aggregates(query))


def _values(node: exp.Expr) -> Iterator[exp.Column]:
    """The columns whose values flow into an expression; those of its conditions only choose."""
    if isinstance(node, exp.Column):
        yield node
    elif isinstance(node, exp.Case | exp.If):
        for branch in node.args.get("ifs") or [node]:
            yield from _values(branch.args["true"])
        for rest in ("default", "false"):
            if node.args.get(rest) is not None:
                yield from _values(node.args[rest])
    elif not isinstance(node, (*CONDITIONS, exp.Query)):
        for child in node.iter_expressions():
            yield from _values(child)


def _fixed(select: exp.Select, name: str, reached: Collection[str]) -> frozenset[str]:
    """Columns of source `name` that equal something which rows of the `reached` sources, or constants, give."""
    found = set()
    for condition in _conditions_on(select, name):
        if isinstance(condition, exp.EQ):
            for side, other in ((condition.left, condition.right), (condition.right, condition.left)):
                side, other = side.unnest(), other.unnest()
                given = {column.table for column in other.find_all(exp.Column)}
                plain = isinstance(side, exp.Column) and side.table == name and _are_compared_as_they_are(side, other)
                if plain and given <= set(reached) and other.find(exp.Query) is None:
                    found.add(side.name)
    return frozenset(found)


def _are_compared_as_they_are(one: exp.Expr, other: exp.Expr) -> bool:
    """True when the engine converts neither side: '1' and '01' are different texts and the same number."""
    types = [node.type.this if node.type is not None else None for node in (one, other)]
    return types[0] is types[1] is not None or any(set(types) <= kinds for kinds in _SAME)


def _conditions_on(select: exp.Select, name: str) -> Iterator[exp.Expr]:
    """Conjuncts that hold wherever a row of `name` stands; those of an outer join only between what it joins."""
    where = select.args.get("where")
    if where is not None:
        yield from conjuncts(where.this)
    for join in select.args.get("joins") or ():
        if join.args.get("on") is None:
            continue
        for condition in conjuncts(join.args["on"]):
            joined = {column.table for column in condition.find_all(exp.Column)}
            if not join.side or join.this.alias_or_name in joined or join.this.alias_or_name == name:
                yield condition


def _differ(values: exp.Values, fixed: frozenset[str]) -> bool:
    """True when no two rows of a list that is written out agree on the columns `fixed`."""
    alias = values.args.get("alias")
    names = [column.name for column in alias.args.get("columns") or ()] if alias is not None else []
    places = [place for place, column in enumerate(names) if column in fixed]
    rows = [row.expressions if isinstance(row, exp.Tuple) else [row] for row in values.expressions]
    keys = [tuple(literal_of(row[place]) for place in places) for row in rows if len(row) == len(names)]
    alike = all(len({type(part) for part in place}) == 1 for place in zip(*keys, strict=True))
    written = alike and len(keys) == len(rows) and not any(part is NOT_LITERAL for key in keys for part in key)
    return written and len(set(keys)) == len(keys)
