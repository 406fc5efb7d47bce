"""SQL text of a drafter -> SQL whose every name is bound to the context and whose joins follow declared keys.

Deterministic and model-free. Of the wrong names a small model writes, nearly all exist elsewhere in the schema, half of
them in a table already in the query: they are looked up there first. What cannot be bound stays as it is, for the gate
to report. The gate (validation.py) is not relaxed by this: bound text is still an untrusted draft.
"""

from __future__ import annotations

import difflib

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from assistant.nl2sql.drafts.join_binding import Source, bind_joins, connect_listed, drop_needless
from assistant.nl2sql.drafts.key_graph import JoinPair, path
from assistant.nl2sql.drafts.offered_schema import ContextTable, SchemaContext
from assistant.nl2sql.drafts.word_overlap import split_words

_CLOSE = 0.75  # similarity of names, 0-1


def bind(text: str, context: SchemaContext, *, dialect: str) -> str | None:
    """The bound query in `dialect`, or None where the text is no single query."""
    try:
        parsed = [tree for tree in sqlglot.parse(text, read=dialect) if tree is not None]
    except SqlglotError:
        return None
    if len(parsed) != 1 or not isinstance(parsed[0], exp.Query):
        return None
    tree = parsed[0]
    names = {cte.alias_or_name.lower() for cte in tree.find_all(exp.CTE)}
    for select in reversed(list(tree.find_all(exp.Select))):  # inner scopes first
        _Scope(select, context, names).bind()
    if isinstance(tree, exp.Select):
        _name_outputs(tree)
    return tree.sql(dialect=dialect)


class _Scope:
    """One SELECT: its sources, its columns, its joins."""

    def __init__(self, select: exp.Select, context: SchemaContext, derived: set[str]) -> None:
        self.select, self.context, self.derived = select, context, derived
        self.sources: list[Source] = []

    def bind(self) -> None:
        self._lift_listed()
        for table in self._own(exp.Table):
            self._bind_table(table)
        if self.select.args.get("from_") is None:
            self._add_from()
        for column in self._own(exp.Column):
            self._bind_column(column)
        connect_listed(self.select, self.sources, self.context)
        bind_joins(self.select, self.sources, self.context.joins)
        drop_needless(self.select, self.sources, self.context.joins)
        self._complete_groups()

    def _lift_listed(self) -> None:
        """`FROM a, b SELECT ...` is parsed with b hanging on a: it becomes a join of the SELECT like any other."""
        first = self.select.args.get("from_")
        hanging = list(first.this.args.get("joins") or []) if first is not None else []
        if first is not None and hanging:
            first.this.set("joins", None)
            self.select.set("joins", [*hanging, *(self.select.args.get("joins") or [])])

    def _own(self, kind: type[exp.Expression]) -> list[exp.Expression]:
        """Nodes of this SELECT, those of nested ones left out."""
        return [node for node in self.select.find_all(kind) if node.find_ancestor(exp.Select) is self.select]

    def _bind_table(self, table: exp.Expression) -> None:
        if not isinstance(table.this, exp.Identifier):
            return
        alias = table.alias or table.name
        if table.name.lower() in self.derived:
            self.sources.append(Source(alias, None))
            return
        known = self.context.table(table.name) or _closest_table(table.name, self.context)
        if known is not None and known.name != table.name:
            table.set("this", exp.to_identifier(known.name))
            alias = table.alias or known.name
        self.sources.append(Source(alias, known))

    def _add_from(self) -> None:
        for column in self._own(exp.Column):
            known = self.context.table(column.table)  # type: ignore[attr-defined]
            if known is not None:
                self.select.from_(exp.to_table(known.name), copy=False)
                self.sources.append(Source(known.name, known))
                return

    def _source(self, alias: str) -> Source | None:
        return next((source for source in self.sources if source.alias.lower() == alias.lower()), None)

    def _bind_column(self, column: exp.Expression) -> None:
        assert isinstance(column, exp.Column)
        if isinstance(column.this, exp.Star):
            return
        name, source = column.name, self._source(column.table) if column.table else None
        if column.table and source is None and self._is_outer(column.table):
            return
        if source is not None and (source.table is None or source.table.column(name)):
            return
        if not column.table and (self._is_output(column) or any(one.table is None for one in self.sources)):
            return
        found = self._find(name, source, wanted=column.table)
        if found is None:
            if name.lower().startswith(("count", "num", "cnt", "total")) and column.find_ancestor(
                exp.Order, exp.Having
            ):
                column.replace(exp.Count(this=exp.Star()))  # the output alias that it forgot to declare
            return
        table, real = found
        there = next((one for one in self.sources if one.table is table), None)
        if there is None:
            there = self._join_to(table)
        column.set("this", exp.to_identifier(real))
        column.set("table", exp.to_identifier(there.alias))

    def _find(self, name: str, source: Source | None, *, wanted: str) -> tuple[ContextTable, str] | None:
        """Nearest first: the table it was said of, the tables in the query, any table; exact before close."""
        said = source.table if source else self.context.table(wanted) if wanted else None
        here = [one.table for one in self.sources if one.table is not None]
        order = [table for table in (said, *here) if table is not None]
        rest = [table for table in self.context.tables if table not in order]
        for tables in (order, rest):
            for table in tables:
                column = table.column(name)
                if column is not None:
                    return table, column.name
        for tables in (order, rest):
            close = [(_likeness(name, column.name), table, column.name) for table in tables for column in table.columns]
            best = max(close, key=lambda one: one[0], default=None)
            if best is not None and best[0] >= _CLOSE:
                return best[1], best[2]
        return None

    def _is_outer(self, alias: str) -> bool:
        outer = self.select.find_ancestor(exp.Select)
        while outer is not None:
            if any((table.alias or table.name).lower() == alias.lower() for table in outer.find_all(exp.Table)):
                return True
            outer = outer.find_ancestor(exp.Select)
        return False

    def _is_output(self, column: exp.Column) -> bool:
        """An ORDER BY or HAVING that names an output alias."""
        aliases = {item.alias.lower() for item in self.select.expressions if item.alias}
        return column.name.lower() in aliases and column.find_ancestor(exp.Order, exp.Having) is not None

    def _join_to(self, table: ContextTable) -> Source:
        here = [one.table.name for one in self.sources if one.table is not None]
        for pair in path(here, table.name, self.context.joins) or ():
            for name in (pair.left_table, pair.right_table):
                if all(one.table is None or one.table.name.lower() != name.lower() for one in self.sources):
                    self._append_join(name, pair)
        found = next((one for one in self.sources if one.table is table), None)
        return found or self._append_join(table.name, None)

    def _append_join(self, name: str, pair: JoinPair | None) -> Source:
        known = self.context.table(name)
        source = Source(known.name if known else name, known)
        condition = self._condition(pair, source) if pair else None
        self.sources.append(source)
        self.select.join(exp.to_table(source.alias), on=condition, join_type="inner", copy=False)
        return source

    def _condition(self, pair: JoinPair, added: Source) -> exp.Expression:
        def side(table: str, column: str) -> exp.Column:
            held = next(
                (one for one in (*self.sources, added) if one.table and one.table.name.lower() == table.lower()), added
            )
            return exp.column(column, table=held.alias)

        return exp.EQ(
            this=side(pair.left_table, pair.left_column), expression=side(pair.right_table, pair.right_column)
        )

    def _complete_groups(self) -> None:
        """Plain outputs beside aggregates are group keys: strict engines demand what lenient ones assume."""
        plain = [item.unalias() for item in self.select.expressions if not item.find(exp.AggFunc)]
        plain = [item for item in plain if item.find(exp.Column)]
        aggregates = any(item.find(exp.AggFunc) for item in self.select.expressions)
        group = self.select.args.get("group")
        if group is None and not (aggregates and plain):
            return
        if group is None and any(item.find(exp.Window) for item in self.select.expressions):
            return
        keys = {key.sql() for key in group.expressions} if group is not None else set()
        ordered = self.select.args.get("order")
        if group is not None and ordered is not None:
            plain += [one.this for one in ordered.expressions if isinstance(one.this, exp.Column) and one.this.table]
        missing = list({item.sql(): item for item in plain if item.sql() not in keys}.values())
        if missing and all(isinstance(item, exp.Column) and not isinstance(item.this, exp.Star) for item in missing):
            self.select.group_by(*(item.copy() for item in missing), copy=False)


def _closest_table(name: str, context: SchemaContext) -> ContextTable | None:
    scored = [(_likeness(name, table.name), table) for table in context.tables]
    best = max(scored, key=lambda one: one[0], default=None)
    return best[1] if best is not None and best[0] >= _CLOSE else None


def _likeness(one: str, other: str) -> float:
    left, right = " ".join(split_words(one)), " ".join(split_words(other))
    if left.replace(" ", "") == right.replace(" ", ""):
        return 1.0
    return difflib.SequenceMatcher(None, left, right).ratio()


def _name_outputs(select: exp.Select) -> None:
    """Every computed output gets a name (the gate wants one), and no two the same."""
    taken: set[str] = set()
    for place, item in enumerate(select.expressions):
        name = item.alias or (item.name if isinstance(item, exp.Column) else "")
        if isinstance(item, exp.Column) and not isinstance(item.this, exp.Star) and name.lower() not in taken:
            taken.add(name.lower())
            continue
        if isinstance(item, exp.Star) or (isinstance(item, exp.Column) and isinstance(item.this, exp.Star)):
            continue
        base = name or _describe(item)
        free = next(word for word in (base, *(f"{base}_{n}" for n in range(2, 99))) if word.lower() not in taken)
        taken.add(free.lower())
        if free != item.alias:
            select.expressions[place].replace(exp.alias_(item.unalias().copy(), free))


def _describe(item: exp.Expression) -> str:
    column = item.find(exp.Column)
    return f"{item.key}_{column.name}" if column is not None else item.key
