"""A number of a question -> the column it is a value of, by the words around it. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.nl2sql.drafts.offered_schema import ContextColumn, ContextTable
from assistant.nl2sql.drafts.reading_sql import At, Condition
from assistant.nl2sql.drafts.readings import Asked

_NUMBER = re.compile(r"^\d+(?:\.\d+)?$")
_MONEY = frozenset(
    ("price", "pric", "cost", "amount", "fe", "salary", "wag", "budget", "revenu", "incom", "balanc", "金", "价")
)
_AROUND = 4  # words on either side that may name the column
_BOUND = frozenset(("more", "less", "than", "over", "under", "above", "below", "least", "most", "after", "before"))


def numbers_after(asked: Asked, first: int, end: int, tables: Sequence[str]) -> tuple[Condition, ...]:
    """`column = number` for every table that holds such a column (or one that it is joined with), or ()."""
    for at in range(first, end):
        word = asked.words[at]
        if not _NUMBER.match(word.text):
            continue
        near = {other.text for other in asked.words[max(first, at - _AROUND) : at]}
        if near & _BOUND:  # a range, not a value: another shape of question
            return ()
        around = {other.stem for other in asked.words[max(first, at - _AROUND) : min(end, at + 1 + _AROUND)]}
        found = [_column_for(asked, table, around, word.text) for table in tables]
        held = tuple(one for one in found if one is not None)
        return held if len(held) == len(tables) else ()
    return ()


def _column_for(asked: Asked, table: str, around: set[str], number: str) -> Condition | None:
    """The numeric column whose words are said around the number: of the table, else of its neighbours."""
    own = asked.schema.schema.table(table)
    if own is None:
        return None
    neighbours = [pair.right_table for pair in asked.schema.references(table)]
    neighbours += [pair.left_table for pair in asked.schema.schema.joins if pair.right_table == table]
    others = [asked.schema.schema.table(name) for name in dict.fromkeys(neighbours)]
    for place in (own, *(one for one in others if one is not None)):
        best = _best(asked, place, around)
        if best is not None:
            return Condition(at=At(table=place.name, column=best.name), value=number, number=True)
    return _only_one(asked, own, number)


def _only_one(asked: Asked, table: ContextTable, number: str) -> Condition | None:
    """500 people: no column says "people", but people are counted and not paid, and one column is left that counts."""
    numeric = _numeric(asked, table)
    counting = [c for c in numeric if not any(_MONEY & set(name) for name in asked.schema.names(table, c))]
    left = numeric if len(numeric) == 1 else counting
    if len(left) != 1:
        return None
    return Condition(at=At(table=table.name, column=left[0].name), value=number, number=True)


def _best(asked: Asked, table: ContextTable, around: set[str]) -> ContextColumn | None:
    scored = [
        (max(len(around & set(name)) for name in asked.schema.names(table, column)), column)
        for column in _numeric(asked, table)
    ]
    most = max((score for score, _ in scored), default=0)
    best = [column for score, column in scored if score == most]
    return best[0] if most and len(best) == 1 else None


def _numeric(asked: Asked, table: ContextTable) -> list[ContextColumn]:
    return [
        column
        for column in table.columns
        if column.type == "number" and not column.primary and not asked.schema.is_reference(table, column)
    ]
