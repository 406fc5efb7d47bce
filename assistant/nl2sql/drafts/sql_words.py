"""Names, numbers and join conditions as SQL text; every name in quotes. Pure."""

from __future__ import annotations

from assistant.nl2sql.drafts.key_graph import JoinPair
from assistant.nl2sql.drafts.sketch import Ref


def equality_of(pair: JoinPair) -> str:
    left, right = (
        Ref(table=pair.left_table, column=pair.left_column),
        Ref(table=pair.right_table, column=pair.right_column),
    )
    return f"{name_of(left)} = {name_of(right)}"


def name_of(ref: Ref) -> str:
    return f"{in_quotes(ref.table)}.{in_quotes(ref.column)}"


def in_quotes(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def number_of(value: float) -> str:
    return str(int(value)) if value == int(value) else str(value)
