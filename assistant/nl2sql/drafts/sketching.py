"""A question over a bare schema -> what it asks for, without a model; None where too little of it was understood.

    sketch("What is the average age of students who have a cat?", context, values, chinese=False) -> Sketch

The steps take what their cue words claim (shape_conditions.py, shape_steps.py); what nothing claims is shown.
"""

from __future__ import annotations

from dataclasses import replace

from assistant.nl2sql.drafts.extremes_settled import ranks, settle_extremes
from assistant.nl2sql.drafts.mentions import read_mentions
from assistant.nl2sql.drafts.naming import display_column, key_column
from assistant.nl2sql.drafts.offered_schema import SchemaContext
from assistant.nl2sql.drafts.said import Mention, ValueWords
from assistant.nl2sql.drafts.schema_names import spelled
from assistant.nl2sql.drafts.shape import Shape
from assistant.nl2sql.drafts.shape_absence import read_absence
from assistant.nl2sql.drafts.shape_conditions import read_bounds, read_comparisons
from assistant.nl2sql.drafts.shape_dates import read_dates
from assistant.nl2sql.drafts.shape_extremes import read_extremes
from assistant.nl2sql.drafts.shape_groups import read_groups
from assistant.nl2sql.drafts.shape_steps import read_aggregates, read_counts, read_order
from assistant.nl2sql.drafts.shape_values import read_values
from assistant.nl2sql.drafts.shown_columns import apart, coordinated, free_columns, merged, owned, settled
from assistant.nl2sql.drafts.sketch import Absent, Condition, CountBound, Output, Ref, Sketch
from assistant.nl2sql.drafts.unknown_heads import left_out, lost_denial, lost_extreme
from assistant.nl2sql.drafts.yes_no_columns import NO, yes_no_condition

_ANY = CountBound(op=">=", values=(1.0,))  # at least one: that they exist
_SPOKEN = 0.9  # a table's name said to this share is spoken of
_STEPS = (read_absence, read_comparisons, read_dates, read_bounds, read_values, read_order, read_extremes, read_groups,
          read_aggregates, read_counts)  # fmt: skip


def sketch(text: str, context: SchemaContext, values: ValueWords, *, chinese: bool) -> Sketch | None:
    """The reading of `text`; None where nothing of it is in the schema."""
    said = read_mentions(text, context, values)
    if not said.mentions:
        return None
    shape = Shape(said=said, context=context, chinese=chinese)
    for step in _STEPS:
        step(shape)
    return _Assembly(shape).made()


def unexplained(text: str, context: SchemaContext, values: ValueWords, *, chinese: bool) -> tuple[str, ...]:
    """The words of `text` without which there is no reading of it."""
    return left_out(read_mentions(text, context, values), chinese=chinese)


class _Assembly:
    """Puts together what the steps found."""

    def __init__(self, shape: Shape) -> None:
        self.shape, self.said, self.context = shape, shape.said, shape.context
        self.gone = range(*shape.absent) if shape.absent else range(0)
        named = [one for one in self.said.mentions if one.kind == "table" and one.strength >= _SPOKEN]
        self.spoken = named + [one for one in self.said.mentions if one.names_table]
        self.shown = [
            owned(settled(one, shape, self.spoken), shape, self.gone)
            for one in free_columns(shape, self.gone)
            if not self._affirmed(one)
        ]
        self.shown += coordinated(shape, self.shown, self.gone)
        self.listed = self._listed()

    def made(self) -> Sketch | None:
        shape = self.shape
        settle_extremes(shape, self.shown, self.listed)
        focus = self._focus()
        if focus is None or self.context.table(focus) is None:
            return None
        groups = self._groups(focus)
        outputs = self._outputs(focus, groups)
        conditions = [one for place, one in shape.conditions if place not in self.gone]
        having = shape.having if shape.having and shape.having[0] not in self.gone else None
        sketched = Sketch(
            focus=focus,
            outputs=tuple(outputs),
            conditions=tuple(merged(conditions, self._any_of(conditions))),
            any_of=self._any_of(conditions),
            both=self._both(conditions),
            groups=tuple(groups),
            having=having[1] if having and having[1] != _ANY else None,
            order=tuple(self._order(groups, outputs)),
            limit=shape.limit or (1 if shape.extreme else None),
            related=tuple(dict.fromkeys(one.table for one in self.spoken if one.start not in self.gone))
            + ((having[2],) if having else ()),
            absent=self._absent(),
            distinct=(bool(list(shape.places("distinct"))) or self._asks_which()) and not shape.counted,
            said=frozenset(stem for word in self.said.words for stem in word.stems),
            coverage=self._coverage(),
            strength=min((one.strength for one in self.said.mentions), default=0.0),
        )
        lost = lost_extreme(self.said, ranks(sketched, self._key(focus), self.said))
        lost = lost_denial(self.said, self._denies(conditions)) or lost
        return replace(sketched, left=left_out(self.said, chinese=shape.chinese) or lost)

    # ------------------------------------------------------------------ what is shown

    def _affirmed(self, one: Mention) -> bool:
        """A yes-or-no column that stands among the conditions is one."""
        condition = yes_no_condition(self.shape, one, free_columns(self.shape, self.gone))
        if condition is not None:
            self.shape.conditions.append((one.start, condition))
        return condition is not None

    def _listed(self) -> Mention | None:
        """The table whose rows are asked for where no column is."""
        tables = [
            one
            for one in self.said.mentions
            if one.kind == "table" and one.start not in self.gone and self.shape.free(one)
        ]
        asked = next((one for one in tables if self.shape.cue(one.start - 1, "which")), None)
        return asked or (tables[-1 if self.shape.chinese else 0] if tables else None)

    def _asks_which(self) -> bool:
        """Which levels do the readers have? 读者有哪些级别: values of a column, each once."""
        if len(self.shown) != 1:
            return False
        one = self.shown[0]
        which = self.said.words[one.start - 1].text.lower() if one.start else ""
        ref = self.shape.ref(one)
        return which in ("which", "哪些") and ref not in (self._key(ref.table), self._display(ref.table))

    # ------------------------------------------------------------------ focus, groups, outputs, order

    def _focus(self) -> str | None:
        shape = self.shape
        counted = next((one.table for _, one in shape.counted if one is not None), None)
        grouped = bool(shape.groups or shape.group_tables)
        if self.shown and not (grouped and counted):
            own = [one for one in self.shown if any(table.table == one.table for table in self.spoken)]
            return (own or self.shown)[0].table
        if shape.outputs and shape.outputs[0][1].ref is not None:
            return shape.outputs[0][1].ref.table
        named = self.listed.table if self.listed else None
        first = next((one.table for one in self.said.mentions), None)
        return counted or named or (shape.groups[0][1].table if shape.groups else None) or first

    def _groups(self, focus: str) -> list[Ref]:
        """Keys of the rows told apart: named with `each`, or those that a count per row needs."""
        shape = self.shape
        if (
            shape.outputs
            or shape.counted
            or shape.having
            or (shape.order and any(one is None for _, one, _ in shape.order))
        ):
            named = [ref for _, ref in shape.groups] + [self._key(table) for _, table in shape.group_tables]
            if named:
                return list(dict.fromkeys(named))
        if shape.having and shape.having[0] not in self.gone and not self.shown and shape.counted:
            return []
        if shape.counted and self.shown and shape.extreme is None:
            own = [shape.ref(one) for one in self.shown]
            if self._counts_itself(own[0].table):
                return own
            naming = {self._key(own[0].table), self._display(own[0].table)} & set(own)
            return [self._key(own[0].table)] if naming else own
        if shape.extreme_of:
            return self._ranked_rows(focus)
        attribute = shape.extreme[1] if shape.extreme else None
        by_count = shape.extreme is not None and not self._is_measure(attribute)
        ordered = any(output is None for _, output, _ in shape.order) and bool(shape.counted)
        if not (by_count or ordered or shape.having):
            return []
        if attribute is not None and attribute.kind == "column":
            return [shape.ref(attribute)]
        own = [shape.ref(one) for one in self.shown]
        counted = attribute.table if attribute is not None else shape.having[2] if shape.having else focus
        if len(own) == 1 and own[0] != self._key(own[0].table) and (counted == own[0].table or not self.spoken):
            return own
        return [self._key(focus)]

    def _counts_itself(self, table: str) -> bool:
        """Which passengers bought two tickets, where passengers are a column of tickets: told apart by that column."""
        counted = {one.table for _, one in self.shape.counted if one is not None and one.kind == "table"}
        return counted == {table} and self.shape.having is not None and self.shape.having[2] == table

    def _ranked_rows(self, focus: str) -> list[Ref]:
        """What is ranked by a sum or an average: the rows asked for, or the values of the column that is asked for."""
        own = [self.shape.ref(one) for one in self.shown]
        if own and own[0] not in (self._key(own[0].table), self._display(own[0].table)):
            return own
        return [self._key(focus)]

    def _is_measure(self, attribute: Mention | None) -> bool:
        if attribute is None or attribute.kind != "column":
            return False
        ref = self.shape.ref(attribute)
        return self.shape.is_number(ref) or any(word in spelled(ref.column) for word in ("date", "year", "time"))

    def _outputs(self, focus: str, groups: list[Ref]) -> list[Output]:
        shape = self.shape
        measured = {output.ref for _, output in shape.outputs} if not groups else set()
        plain_shown = [(one.start, Output(ref=shape.ref(one))) for one in self.shown if shape.ref(one) not in measured]
        found = plain_shown + shape.outputs
        found += [(place, self._count(place, what)) for place, what in shape.counted]
        attribute = shape.extreme[1] if shape.extreme else None
        if attribute is not None and not self.shown and attribute.kind == "column" and not self._is_measure(attribute):
            found.append((attribute.start, Output(ref=shape.ref(attribute))))
        listed = [output for _, output in sorted(found, key=lambda one: one[0])]
        plain = [output for output in listed if not output.function]
        if groups and listed and not plain:
            listed = [Output(ref=self._display_of(key)) for key in groups] + listed
        if any(self.said.words[at].sentence > 0 for at in shape.places("ask")):
            listed = list(dict.fromkeys(reversed(listed)))[::-1]  # in the order of the sentence that says what to list
        return list(dict.fromkeys(listed)) or [Output(ref=self._display(self.listed.table if self.listed else focus))]

    def _count(self, place: int, what: Mention | None) -> Output:
        near = (
            range(max(0, place - 2), place + 2)
            if what is None
            else range(max(0, min(place, what.start) - 2), what.start)
        )
        unique = any(self.shape.cue(at, "distinct") for at in near) or self.shape.cue(place + 1, "distinct")
        column = self.shape.ref(what) if what is not None and what.kind == "column" else None
        unique = unique or (column is not None and self._is_shared(column))
        return Output(function="count", ref=column if unique else None, distinct=unique and column is not None)

    def _is_shared(self, ref: Ref) -> bool:
        """How many manufacturers are there: a text that rows share is counted once a value."""
        known = self.context.table(ref.table)
        column = known.column(ref.column) if known else None
        if column is None or column.type != "text" or column.numeral or self.shape.groups or self.shape.group_tables:
            return False
        return ref not in (self._key(ref.table), self._display(ref.table)) and not self.shape.is_key(ref)

    def _order(self, groups: list[Ref], outputs: list[Output]) -> list[tuple[Output, bool]]:
        shape, found = self.shape, []
        if shape.extreme is not None:
            _, attribute, descending = shape.extreme
            measured = attribute is not None and self._is_measure(attribute)
            ref = shape.ref(attribute) if attribute is not None and measured else None
            by_count = ref is None and not shape.extreme_of
            found.append((Output(function="count" if by_count else shape.extreme_of, ref=ref), descending))
        for _, output, descending in shape.order:
            added = next((one for one in outputs if one.function), None) if not shape.counted else None
            found.append((output or added or (Output(function="count") if groups else outputs[0]), descending))
        return found

    # ------------------------------------------------------------------ conditions

    def _denies(self, conditions: list[Condition]) -> bool:
        bounds = [one.op for one in conditions] + ([self.shape.having[1].op] if self.shape.having else [])
        no = any(isinstance(v, str) and v.lower() in NO for one in conditions for v in one.values)
        absent = self._absent()
        gone = absent is not None and (bool(absent.conditions) or set(absent.tables) != {self._focus()})
        return gone or no or any(op in ("!=", ">=", "<=", "<", ">") for op in bounds)

    def _absent(self) -> Absent | None:
        if not self.gone:
            return None
        inside = [one for one in self.said.mentions if one.start in self.gone]
        conditions = [one for place, one in self.shape.conditions if place in self.gone]
        kinds = [one.table for one in inside if one.kind == "table"]
        tables = list(dict.fromkeys([*kinds, *(one.ref.table for one in conditions)])) or [one.table for one in inside]
        positive = tuple(replace(one, op="=" if one.op == "!=" else one.op) for one in conditions)
        return Absent(tables=tuple(tables), conditions=positive, of_value=self._about_value()) if tables else None

    def _about_value(self) -> bool:
        """codes [that are not used], and not codes of the templates [that are not used]: nothing stands between."""
        if len(self.shown) != 1:
            return False
        one = self.shown[0]
        between = range(one.end, self.gone.start) if one.start < self.gone.start else range(self.gone.stop, one.start)
        heads = {other.table for other in self.said.mentions if other.kind == "table" and other.start in between}
        return one.table not in heads and not one.names_table

    def _any_of(self, conditions: list[Condition]) -> bool:
        return len(conditions) > 1 and bool(list(self.shape.places("or")))

    def _both(self, conditions: list[Condition]) -> bool:
        equal = [one.ref for one in conditions if one.op == "=" or list(self.shape.places("both"))]
        return not self._any_of(conditions) and (len(equal) > len(set(equal)) or apart(conditions))

    def _coverage(self) -> float:
        known = sum(one.end - one.start for one in self.said.mentions)
        return known / (known + len(self.said.unknown())) if known else 0.0

    def _key(self, table: str) -> Ref:
        known = self.context.table(table)
        assert known is not None
        return Ref(table=table, column=key_column(known).name)

    def _display_of(self, ref: Ref) -> Ref:
        """What stands for a key: the name of the row that it identifies."""
        return self._display(ref.table) if ref == self._key(ref.table) else ref

    def _display(self, table: str) -> Ref:
        known = self.context.table(table)
        shown = display_column(known) if known else None
        return Ref(table=table, column=shown.name) if shown else self._key(table)
