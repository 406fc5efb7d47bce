"""A plain listing said in words -> SQL: columns asked for, stored values as conditions, the first or last of them.

Only for questions that are no more than that; anything that counts, compares or groups is left to the drafter.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.nl2sql.drafts.offered_schema import ContextColumn, ContextTable
from assistant.nl2sql.drafts.question_words import LISTING
from assistant.nl2sql.drafts.reading_sql import At, Condition, select
from assistant.nl2sql.drafts.readings import Asked
from assistant.nl2sql.drafts.schema_words import Mention

_NOT_PLAIN = re.compile(
    r"\bhow many\b|\bhow much\b|\bnumber of\b|\bcount\b|\baverage\b|\btotal\b|\bsum\b|\beach\b|\bper\b|\bmore\b|"
    r"\bless\b|\bthan\b|\bbetween\b|\bnot\b|\bno\b|\bwithout\b|\bnever\b|\btop\b|\bat least\b|\bat most\b|\bother\b|"
    r"\bexcept\b|\bgroup\b|\bdifferent\b|\bdistinct\b|\bor\b|\bin \d{4}\b|多少|几|平均|总|各|每|不|没有|最"
)
_LAST = frozenset(("recent", "latest", "newest", "last"))
_FIRST = frozenset(("earliest", "oldest", "first"))
_EXTREME = frozenset(("most", "least", "highest", "lowest", "largest", "smallest", "cheapest", "expensive", "longest"))
_SORTED = re.compile(r"\b(?:in (?:the )?order of|order(?:ed)? by|sort(?:ed)? by)\b")
_EQUAL = re.compile(r"\b(?:is|are|of|equals?|equal to|=)\s+(?:equal to\s+)?(?P<number>\d+(?:\.\d+)?)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tail:
    """`order by ...`, and the words that asked for it."""

    sql: str = ""
    words: frozenset[int] = frozenset()


def simple_select(asked: Asked, slot: tuple[int, int], table: ContextTable, columns: Sequence[ContextColumn]) -> str:
    """The SQL with `columns` of `table` where the words `slot` stand; "" where the question asks for more."""
    text = asked.text.lower()
    if _NOT_PLAIN.search(text):
        return ""
    values, numbers, tail = _values(asked), _numbers(asked), _tail(asked)
    if tail is None:
        return ""
    filtered = {(m.table, m.column) for m in values}
    named = [m for m in _named_columns(asked, table, slot) if (m.table, m.column) not in filtered]
    explained = set(range(*slot)) | tail.words | {at for at, _ in numbers}
    explained |= {at for m in (*values, *named, *_filtering(asked, filtered)) for at in range(m.first, m.last)}
    explained |= {at for m in asked.mentions if m.kind == "table" for at in range(m.first, m.last)}
    explained |= {at for number, m in numbers for at in (number, *(range(m.first, m.last)))}
    event = asked.words[slot[0]].text == "when"  # what the time is of: when were they bought
    if any(_is_content(w.text, event) and at not in explained for at, w in enumerate(asked.words)):
        return ""
    conditions = [Condition(at=At(table=m.table, column=m.column), value=m.value) for m in values]
    conditions += [_number_is(asked, at, m) for at, m in numbers]
    placed = {At(table=table.name, column=column.name): slot[0] for column in columns}
    used = {(m.table, m.column) for _, m in numbers}
    end = _conditions_start(asked)
    for m in named:
        if m.last <= end and (m.table, m.column) not in used:
            placed.setdefault(At(table=m.table, column=m.column), m.first)
    outputs = tuple(sorted(placed, key=lambda at: placed[at]))
    through = tuple(dict.fromkeys(one.at.table for one in conditions))
    where = " and ".join(one.sql for one in conditions)
    return select(outputs, asked.schema, where=where, through=through, tail=tail.sql)


def _is_content(word: str, event: bool) -> bool:
    return word.isalnum() and word not in LISTING and not (event and word.endswith("ed"))


def _filtering(asked: Asked, filtered: set[tuple[str, str]]) -> list[Mention]:
    """The names of columns that a stored value was found in: the author with email ..."""
    return [m for m in asked.mentions if m.kind == "column" and (m.table, m.column) in filtered]


def _number_is(asked: Asked, at: int, m: Mention) -> Condition:
    return Condition(at=At(table=m.table, column=m.column), value=asked.words[at].text, number=True)


def _values(asked: Asked) -> list[Mention]:
    """The longest stored values that are named, one column for each place: of a table that is named, where one is."""
    held = [m for m in asked.mentions if m.kind == "value"]
    longest = [m for m in held if not any(m.overlaps(o) and o.last - o.first > m.last - m.first for o in held)]
    named = {m.table for m in asked.mentions if m.kind == "table" and not m.part}
    chosen: dict[tuple[int, int], Mention] = {}
    for m in sorted(longest, key=lambda one: (one.table not in named, -_naming(asked, one))):
        chosen.setdefault((m.first, m.last), m)
    return list(chosen.values())


def _naming(asked: Asked, mention: Mention) -> int:
    table = asked.schema.schema.table(mention.table)
    return int(table is not None and asked.schema.display(table).name == mention.column)


def _conditions_start(asked: Asked) -> int:
    """Where the conditions begin: what is named after "where" or "in order of" is not asked for."""
    for at, word in enumerate(asked.words):
        if word.text in ("where", "whose", "with", "order", "sorted", "ordered"):
            return at
    return len(asked.words)


def _named_columns(asked: Asked, table: ContextTable, slot: tuple[int, int]) -> list[Mention]:
    """One column for each place outside `slot`: the longest name, of the slot's table, of a table that is named."""
    named = {m.table for m in asked.mentions if m.kind == "table" and not m.part}
    found = [m for m in asked.mentions if m.kind == "column" and not (m.first < slot[1] and slot[0] < m.last)]
    ranked = sorted(found, key=lambda m: (m.first - m.last, m.table != table.name, m.table not in named))
    taken: list[Mention] = []
    for m in ranked:
        if not any(m.overlaps(other) for other in taken):
            taken.append(_own_name(asked, table, m) if named <= {table.name} else m)
    return taken


def _own_name(asked: Asked, table: ContextTable, m: Mention) -> Mention:
    """The name of the only thing that is named is what its rows are called by, though another table has a "name"."""
    if m.table == table.name or asked.words[m.first].text not in ("name", "names") or m.last - m.first > 1:
        return m
    return replace(m, table=table.name, column=asked.schema.display(table).name)


def _numbers(asked: Asked) -> list[tuple[int, Mention]]:
    """rating is equal to 5: (place of the number, the column named last before it)."""
    found = []
    for match in _EQUAL.finditer(asked.text.lower()):
        before = [m for m in asked.mentions if m.kind == "column" and asked.words[m.last - 1].end <= match.start()]
        nearest = max(before, key=lambda m: (m.last, m.last - m.first), default=None)
        place = next((at for at, word in enumerate(asked.words) if word.start == match.start("number")), None)
        if nearest is not None and place is not None:
            found.append((place, nearest))
    return found


def _tail(asked: Asked) -> _Tail | None:
    """The order that is asked for: the most recent ..., in order of the age. None where it is asked for and unclear."""
    places = {word.text: at for at, word in enumerate(asked.words)}
    match = _SORTED.search(asked.text.lower())
    if match is not None:
        return _sorting(asked, match.end())
    said = {word: at for word, at in places.items() if word in _LAST or word in _FIRST}
    if not said:
        return None if places.keys() & _EXTREME else _Tail()
    named = {m.table for m in asked.mentions if m.kind == "table"}
    dates = [
        At(table=table.name, column=column.name)
        for table in asked.schema.schema.tables
        if table.name in named
        for column in table.columns
        if asked.schema.is_time(table, column)
    ]
    if len(dates) != 1:
        return None
    direction = "desc" if said.keys() & _LAST else "asc"
    return _Tail(
        sql=f"order by {dates[0].sql} {direction} limit 1", words=frozenset((*said.values(), places.get("most", -1)))
    )


def _sorting(asked: Asked, start: int) -> _Tail | None:
    """By the column whose name, or last word, comes after; one that is also asked for keeps its full name there."""
    for at in range(len(asked.words) - 1, -1, -1):
        word = asked.words[at]
        if word.start < start:
            return None
        for m in sorted(asked.mentions, key=lambda one: one.first - one.last):
            if m.kind == "column" and (m.last - 1 == at or asked.words[m.last - 1].stem == word.stem):
                column = At(table=m.table, column=m.column)
                return _Tail(sql=f"order by {column.sql}", words=frozenset(range(at, len(asked.words))) | {at})
    return None
