"""SQL of one reading, put together from the names and declared joins of a schema. Pure.

Everything written here is quoted and comes from the catalog, but for literals, which are the stored values that the
question names or numbers it writes. It is a draft like any other: the gate judges it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.nl2sql.drafts.key_graph import JoinPair, path
from assistant.nl2sql.drafts.offered_schema import quoted
from assistant.nl2sql.drafts.schema_words import SchemaWords


@dataclass(frozen=True, slots=True, kw_only=True)
class At:
    """A column where it stands."""

    table: str
    column: str

    @property
    def sql(self) -> str:
        return f"{quoted(self.table)}.{quoted(self.column)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """`at` equals a stored value or a number of the question."""

    at: At
    value: str
    label: str = ""  # of a value that is a code
    number: bool = False

    @property
    def said(self) -> str:
        """As people call it."""
        return self.label or self.value

    @property
    def sql(self) -> str:
        return f"{self.at.sql} = {self.value if self.number else literal(self.value)}"


def literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def joined(tables: Sequence[str], words: SchemaWords, *, outer: bool = False) -> str | None:
    """`from` with the declared joins between `tables`, the first one leading; None where they do not meet."""
    names = list(dict.fromkeys(tables))
    text, reached = f"from {quoted(names[0])}", [names[0]]
    for goal in names[1:]:
        steps = path(reached, goal, words.schema.joins)
        if steps is None:
            return None
        for pair in steps:
            new = pair.right_table if pair.left_table in reached else pair.left_table
            if new in reached:
                continue
            text += f" {'left ' if outer else ''}join {quoted(new)} on {_equal(pair)}"
            reached.append(new)
    return text


def select(
    outputs: Sequence[At],
    words: SchemaWords,
    *,
    where: str = "",
    through: Sequence[str] = (),
    outer: bool = False,
    distinct: bool = False,
    tail: str = "",
) -> str:
    """One select over what `outputs` and `through` need; "" where the tables do not meet."""
    source = joined([*through, *(at.table for at in outputs)], words, outer=outer)
    if source is None or not outputs:
        return ""
    parts = [f"select {'distinct ' if distinct else ''}{', '.join(at.sql for at in outputs)}", source]
    parts += [f"where {where}"] if where else []
    return " ".join([*parts, *([tail] if tail else [])])


def shared_by_all(outputs: Sequence[At], words: SchemaWords, *, bridge: str, one: JoinPair, other: JoinPair) -> str:
    """Rows of `other`'s parent that `bridge` links with every row of `one`'s parent."""
    link = At(table=bridge, column=other.left_column).sql
    counted = At(table=bridge, column=one.left_column).sql
    listed = ", ".join(at.sql for at in outputs)
    return (
        f"select {listed} from {quoted(bridge)} join {quoted(other.right_table)} on {_equal(other)} "
        f"group by {link}, {listed} having count(distinct {counted}) = "
        f"(select count(*) from {quoted(one.right_table)})"
    )


def _equal(pair: JoinPair) -> str:
    left = At(table=pair.left_table, column=pair.left_column)
    right = At(table=pair.right_table, column=pair.right_column)
    return f"{left.sql} = {right.sql}"
