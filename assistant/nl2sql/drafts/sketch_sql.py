"""Sketch -> SQL over declared joins only. Pure.

Rows are told apart as the asker means them: a join that multiplies the rows asked for is made good by DISTINCT or by
counting keys; what must not exist, and two values that must both occur, become sets of keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import sqlglot

from assistant.nl2sql.drafts.condition_sql import ConditionSql, count_bound
from assistant.nl2sql.drafts.key_graph import connect, is_of_one, pairs_between
from assistant.nl2sql.drafts.naming import display_column, key_column
from assistant.nl2sql.drafts.offered_schema import ContextTable, SchemaContext
from assistant.nl2sql.drafts.schema_names import spelled
from assistant.nl2sql.drafts.sketch import Condition, Output, Ref, Sketch
from assistant.nl2sql.drafts.sketch_joins import JoinSql
from assistant.nl2sql.drafts.sql_words import in_quotes, name_of


def compile_sketch(sketch: Sketch, context: SchemaContext, *, dialect: str) -> str | None:
    """One SELECT in `dialect`; None where its tables do not hang together."""
    text = _Compiler(sketch, context).text()
    return sqlglot.transpile(text, read="duckdb", write=dialect)[0] if text else None


class _Compiler:
    def __init__(self, sketch: Sketch, context: SchemaContext) -> None:
        self.sketch, self.context, self.words = sketch, context, ConditionSql(context)
        self.joins = JoinSql(context, sketch.said)
        self.tables = self._tables()

    def text(self) -> str | None:
        source = self.joins.source(self.tables)
        if source is None:
            return None
        where = self._where()
        if where is None:
            return None
        sketch = self.sketch
        if sketch.having and not sketch.groups:
            return self._counted_groups(source, where)
        parts = [f"SELECT {'DISTINCT ' if self._distinct() else ''}{', '.join(self._items())}", f"FROM {source}"]
        parts += [f"WHERE {' AND '.join(where)}"] if where else []
        parts += [f"GROUP BY {', '.join(name_of(ref) for ref in self._keys())}"] if sketch.groups else []
        if sketch.having:
            parts.append(f"HAVING {count_bound(sketch.having)}")
        if sketch.order and not self._single_aggregate():
            order = [self._ordered(one, down) for one, down in sketch.order] + self._among_equals()
            parts.append(f"ORDER BY {', '.join(order)}")
            parts += [f"LIMIT {sketch.limit}"] if sketch.limit else []
        return " ".join(parts)

    def _counted_groups(self, source: str, where: Sequence[str]) -> str:
        """How many X have at least n Y: the keys that do, then what is asked of them."""
        sketch, key = self.sketch, name_of(self._key(self.sketch.focus))
        assert sketch.having is not None
        filters = f" WHERE {' AND '.join(where)}" if where else ""
        inner = f"SELECT {key} FROM {source}{filters} GROUP BY {key} HAVING {count_bound(sketch.having)}"
        items = ", ".join(self._expression(output) for output in sketch.outputs)
        return f"SELECT {items} FROM {in_quotes(sketch.focus)} WHERE {key} IN ({inner})"

    # ------------------------------------------------------------------ FROM

    def _tables(self) -> tuple[str, ...]:
        sketch = self.sketch
        refs = [output.ref for output in sketch.outputs] + [output.ref for output, _ in sketch.order]
        needed = [ref.table for ref in refs if ref is not None] + [ref.table for ref in sketch.groups]
        if not sketch.both:
            needed += [condition.ref.table for condition in sketch.conditions if not self._is_apart(condition)]
        related = [table for table in sketch.related if not sketch.both or table == sketch.focus]
        needed += [one for one in related if not self._adds_up() or one == sketch.focus or self._is_parent(one)]
        needed = [sketch.focus, *needed]
        telling = () if self._adds_up() else sketch.related
        kept = self.joins.pruned(list(dict.fromkeys((*needed, *telling))), set(needed))
        return tuple(connect(kept, self.context.joins))

    def _adds_up(self) -> bool:
        """An average or a sum of rows of the focus: related rows may not multiply them."""
        return not self.sketch.groups and any(output.function in ("avg", "sum") for output in self.sketch.outputs)

    def _is_apart(self, condition: Condition) -> bool:
        table = condition.ref.table
        if condition.op == "!=" and not is_of_one(self.sketch.focus, table, self.context.joins):
            return True  # not by Pia: no row of hers, and not some row of somebody else's
        return self._adds_up() and table != self.sketch.focus and not self._is_parent(table)

    def _met(self, condition: Condition) -> str:
        """A condition on related rows that may not multiply the rows added up is a set of keys."""
        if not self._is_apart(condition):
            return self.words.condition(condition)
        none = condition.op == "!="
        met = replace(condition, op="=") if none else condition
        apart = self._without((condition.ref.table,), (met,), "NOT IN" if none else "IN")
        return apart or self.words.condition(condition)

    def _existing(self) -> list[str]:
        """Related rows must exist, however many."""
        sketch = self.sketch
        if not self._adds_up():
            return []
        met = {condition.ref.table for condition in sketch.conditions}
        apart = [table for table in sketch.related if table not in self.tables and table not in met]
        texts = (self._without((table,), (), "IN") for table in apart if not self._is_parent(table))
        return [text for text in texts if text]

    def _is_parent(self, table: str) -> bool:
        pairs = pairs_between(self.sketch.focus, table, self.context.joins)
        return any(pair.right_table == table for pair in pairs)

    def _multiplied(self) -> bool:
        """True where one row of the focus can meet several joined rows."""
        reached, grown = {self.sketch.focus}, True
        while grown:
            grown = False
            for pair in self.context.joins:
                ends = [(pair.left_table, pair.right_table)]
                fellows = [one for one in self.context.joins if one.left_table == pair.left_table]
                if len(fellows) == 1 and key_column(self._table(pair.left_table)).name == pair.left_column:
                    ends.append((pair.right_table, pair.left_table))  # one row for one row
                for near, far in ends:
                    if near in reached and far in self.tables and far not in reached:
                        reached.add(far)
                        grown = True
        return not set(self.tables) <= reached

    # ------------------------------------------------------------------ SELECT

    def _distinct(self) -> bool:
        sketch = self.sketch
        if any(output.function for output in sketch.outputs) or sketch.groups:
            return False
        owners = {output.ref.table for output in sketch.outputs if output.ref}
        if self._shared_value() is not None or self._value_of_several() is not None:
            return True
        return sketch.distinct or (owners == {sketch.focus} and self._multiplied() and not sketch.order)

    def _single_aggregate(self) -> bool:
        return not self.sketch.groups and all(output.function for output in self.sketch.outputs)

    def _items(self) -> list[str]:
        return [self._item(output) for output in self.sketch.outputs]

    def _item(self, output: Output) -> str:
        if output.ref is None and not self.sketch.groups and self._multiplied():
            return f"COUNT(DISTINCT {name_of(self._key(self.sketch.focus))})"
        return self._expression(output)

    def _ordered(self, output: Output, descending: bool) -> str:
        plain = output.ref is not None and not output.function
        text = self.words.comparable(output.ref) if plain and output.ref else self._expression(output)
        if self.sketch.groups and output.ref is not None and not output.function and output.ref not in self._keys():
            text = f"{'MAX' if descending else 'MIN'}({text})"
        return f"{text} {'DESC' if descending else 'ASC'}"

    def _among_equals(self) -> list[str]:
        """What decides who comes first among equals, so that the same question has the same answer."""
        sketch = self.sketch
        if not (sketch.limit or sketch.groups) or self._distinct():
            return []
        ordered = {one.ref for one, _ in sketch.order}
        keys = sketch.groups or (self._key(sketch.focus),)
        return [f"{name_of(ref)} ASC" for ref in keys if ref not in ordered]

    def _keys(self) -> list[Ref]:
        plain = [output.ref for output in self.sketch.outputs if not output.function and output.ref is not None]
        return list(dict.fromkeys([*self.sketch.groups, *plain]))

    def _table(self, name: str) -> ContextTable:
        known = self.context.table(name)
        assert known is not None
        return known

    def _key(self, table: str) -> Ref:
        return Ref(table=table, column=key_column(self._table(table)).name)

    # ------------------------------------------------------------------ WHERE

    def _where(self) -> list[str] | None:
        sketch = self.sketch
        if sketch.both:
            found = self._each_of()
        else:
            texts = [self._met(one) for one in sketch.conditions]
            found = [f"({' OR '.join(texts)})"] if sketch.any_of and len(texts) > 1 else texts
        if found is not None:
            found = [*found, *self._existing()]
        if found is None or sketch.absent is None:
            return found
        shared = self._shared_value()
        absent = self._without(sketch.absent.tables, sketch.absent.conditions, "IN" if shared else "NOT IN")
        if absent is not None and shared is not None:
            name, table = name_of(shared), in_quotes(shared.table)
            absent = f"{name} NOT IN (SELECT {name} FROM {table} WHERE {name} IS NOT NULL AND {absent})"
        return None if absent is None else [*found, absent]

    def _shared_value(self) -> Ref | None:
        """The column asked for, where the absence is that of its value (Absent.of_value)."""
        sketch = self.sketch
        ref = sketch.outputs[0].ref
        absent = sketch.absent
        if absent is None or not absent.of_value or ref is None or ref.table != sketch.focus or sketch.groups:
            return None
        apart = set(absent.tables) != {ref.table} and not sketch.outputs[0].function
        return ref if apart and not self._identifies(ref) else None

    def _each_of(self) -> list[str] | None:
        """Every condition by itself, so that different related rows may meet them."""
        found = []
        shared = self._value_of_several()
        for one in self.sketch.conditions:
            if shared is not None and one.ref.table == shared:
                text: str | None = self._value_met(one)
            elif one.ref.table == self.sketch.focus:
                same = [other for other in self.sketch.conditions if other.ref == one.ref and other.op == "="]
                values = tuple(value for other in same for value in other.values) if one.op == "=" else one.values
                text = self.words.condition(Condition(ref=one.ref, op=one.op, values=values, of=one.of))
            else:
                text = self._without((one.ref.table,), (one,), "IN")
            if text is None:
                return None
            found.append(text)
        return list(dict.fromkeys(found))

    def _value_of_several(self) -> str | None:
        """The table whose two values no row can have at once: then the value asked for has them by different rows."""
        sketch = self.sketch
        ref = sketch.outputs[0].ref
        if not sketch.both or len(sketch.outputs) > 1 or ref is None or sketch.outputs[0].function or sketch.groups:
            return None
        if ref.table != sketch.focus or self._identifies(ref):
            return None
        refs = [one.ref for one in sketch.conditions]
        twice = [one.table for one in refs if refs.count(one) > 1]
        return next((one for one in twice if is_of_one(sketch.focus, one, self.context.joins)), None)

    def _identifies(self, ref: Ref) -> bool:
        table = self._table(ref.table)
        named = "name" in spelled(ref.column) or display_column(table) == table.column(ref.column)
        return named or ref == self._key(ref.table)

    def _value_met(self, one: Condition) -> str | None:
        """genre IN (the genres of some row that meets the condition)."""
        name = name_of(self.sketch.outputs[0].ref or one.ref)
        source = self.joins.source(connect([self.sketch.focus, one.ref.table], self.context.joins))
        return f"{name} IN (SELECT {name} FROM {source} WHERE {self.words.condition(one)})" if source else None

    def _without(self, tables: Sequence[str], conditions: Sequence[Condition], verb: str) -> str | None:
        focus = self.sketch.focus
        if set(tables) == {focus}:
            texts = [self.words.condition(one, negated=verb == "NOT IN") for one in conditions]
            return f"({' OR '.join(texts)})" if texts else None
        chain = connect([focus, *[table for table in tables if table != focus]], self.context.joins)
        inner = [table for table in chain if table != focus]
        first = next((table for table in inner if pairs_between(focus, table, self.context.joins)), None)
        if first is None:
            return None
        source = self.joins.source([first, *[table for table in inner if table != first]])
        if source is None:
            return None
        pair = self.joins.pairs(focus, first)[0]
        inside = pair.left_column if pair.left_table == first else pair.right_column
        outside = pair.right_column if pair.left_table == first else pair.left_column
        texts = [self.words.condition(one) for one in conditions if one.ref.table != focus]
        texts.append(f"{name_of(Ref(table=first, column=inside))} IS NOT NULL")
        inner_ref, outer_ref = Ref(table=first, column=inside), Ref(table=focus, column=outside)
        names = self.words.alike(outer_ref, inner_ref)
        return f"{names[0]} {verb} (SELECT {names[1]} FROM {source} WHERE {' AND '.join(texts)})"

    def _expression(self, output: Output) -> str:
        if output.ref is None:
            return "COUNT(*)"
        name = (
            self.words.comparable(output.ref) if output.function and output.function != "count" else name_of(output.ref)
        )
        return f"{output.function.upper()}({'DISTINCT ' if output.distinct else ''}{name})" if output.function else name
