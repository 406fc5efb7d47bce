"""Conditions of a sketch as SQL text: values by the type of their column, numbers kept as text as numbers. Pure."""

from __future__ import annotations

from assistant.nl2sql.drafts.offered_schema import ContextColumn, SchemaContext
from assistant.nl2sql.drafts.shape import NEGATED
from assistant.nl2sql.drafts.sketch import Condition, CountBound, Ref
from assistant.nl2sql.drafts.sql_words import in_quotes, name_of, number_of


def count_bound(bound: CountBound) -> str:
    """COUNT(*) > 2; COUNT(*) BETWEEN 1 AND 2."""
    numbers = " AND ".join(number_of(value) for value in bound.values)
    return f"COUNT(*) {bound.op.upper()} {numbers}"


class ConditionSql:
    """Conditions over the columns of one schema."""

    def __init__(self, context: SchemaContext) -> None:
        self._context = context

    def condition(self, one: Condition, *, negated: bool = False) -> str:
        op = NEGATED.get(one.op, one.op) if negated else one.op
        op = op.rstrip("0123456789")
        name = name_of(one.ref)
        if any(isinstance(value, float) for value in one.values) and op not in ("=", "!="):
            name = self.comparable(one.ref)
        if one.of:
            name = self.comparable(one.ref)
            return f"{name} {op} (SELECT {one.of.upper()}({name}) FROM {in_quotes(one.ref.table)})"
        values = [self._value(one.ref, value, op) for value in one.values]
        if op == "between":
            return f"{name} BETWEEN {values[0]} AND {values[1]}"
        if op == "like":
            return f"{name} {'NOT ' if negated else ''}ILIKE {values[0]}"
        if len(values) > 1:
            return f"{name} {'NOT ' if op == '!=' else ''}IN ({', '.join(values)})"
        return f"{name} {op} {values[0]}"

    def comparable(self, ref: Ref) -> str:
        """Numbers stored as text are compared, ordered and added up as numbers."""
        column = self._column(ref)
        return f"TRY_CAST({name_of(ref)} AS DOUBLE)" if column is not None and column.numeral else name_of(ref)

    def alike(self, one: Ref, other: Ref) -> tuple[str, str]:
        """Both sides of a comparison; as text where one is stored as text and the other is not."""
        types = [column.type for ref in (one, other) if (column := self._column(ref))]
        if len(set(types)) < 2:
            return name_of(one), name_of(other)
        return f"CAST({name_of(one)} AS VARCHAR)", f"CAST({name_of(other)} AS VARCHAR)"

    def _column(self, ref: Ref) -> ContextColumn | None:
        table = self._context.table(ref.table)
        return table.column(ref.column) if table else None

    def _value(self, ref: Ref, value: str | float, op: str) -> str:
        column = self._column(ref)
        if isinstance(value, float):
            text = number_of(value)
            return text if op not in ("=", "!=") or column is None or column.type == "number" else f"'{text}'"
        number = column is not None and column.type == "number" and value.replace(".", "", 1).isdigit()
        return value if number else "'" + value.replace("'", "''") + "'"
