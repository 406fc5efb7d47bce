"""The words of stored values, for linking: where each is stored, and which text columns hold numbers. Pure.

Built from a value index that holds only what the asking user may see.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from assistant.nl2sql.drafts.offered_schema import SchemaContext, ValueHit

_NUMERAL = re.compile(r"-?\d+(?:\.\d+)?$")
_MISSING = frozenset({"", "null", "none", "na", "n/a", "nan", "-", "unknown", "nil"})


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredWords:
    by_words: dict[str, tuple[ValueHit, ...]]  # lower-case words -> where they are stored
    numerals: frozenset[tuple[str, str]]  # (table, column) of text that holds numbers


def stored_words(hits: Iterable[ValueHit]) -> StoredWords:
    """`hits`: every word of every visible value (span = the word)."""
    words: dict[str, list[ValueHit]] = defaultdict(list)
    values: dict[tuple[str, str], set[str]] = defaultdict(set)
    for hit in hits:
        words[hit.span.lower()].append(hit)
        values[hit.table, hit.column].add(hit.value.strip().lower())
    numerals = frozenset(place for place, held in values.items() if _are_numbers(held - _MISSING))
    return StoredWords(by_words={word: tuple(found) for word, found in words.items()}, numerals=numerals)


def with_hits(stored: StoredWords, hits: Iterable[ValueHit]) -> StoredWords:
    """More words for stored values: translations of names in the question."""
    words = dict(stored.by_words)
    for hit in hits:
        words[hit.span.lower()] = (*words.get(hit.span.lower(), ()), hit)
    return replace(stored, by_words=words)


def _are_numbers(held: set[str]) -> bool:
    return bool(held) and all(_NUMERAL.match(value) for value in held)


def with_numerals(context: SchemaContext, stored: StoredWords) -> SchemaContext:
    """The context with text columns that hold numbers marked as such."""
    tables = tuple(
        replace(
            table,
            columns=tuple(
                replace(column, numeral=column.type == "text" and (table.name, column.name) in stored.numerals)
                for column in table.columns
            ),
        )
        for table in context.tables
    )
    return replace(context, tables=tables)
