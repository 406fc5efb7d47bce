"""Mentions read beside each other: what only repeats or names the one next to it is none by itself. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from assistant.nl2sql.drafts.asked_words import Word
from assistant.nl2sql.drafts.offered_schema import SchemaContext
from assistant.nl2sql.drafts.said import Mention
from assistant.nl2sql.drafts.schema_names import name_words
from assistant.nl2sql.drafts.word_overlap import stem

_NAMING = frozenset({"name", "title", "nam", "names"})
# of an attribute
_SORTS = frozenset({"name", "title", "year", "date", "time", "number", "num", "count", "type", "level"})
_LOOSE = 0.95  # a name said to less than this is only partly said


def repaired(found: Sequence[Mention], words: Sequence[Word], context: SchemaContext) -> list[Mention]:
    """The mentions of a question, in their order, each settled by its neighbours."""
    apart = _without_echoes(found, words, context)
    return _own_names(_absorbed(_names_of_columns(apart, words, context), words), words)


def _parts(one: Mention) -> frozenset[str]:
    return frozenset(stem(part) for part in name_words(one.column))


def _says(one: Mention, words: Sequence[Word]) -> frozenset[str]:
    """The parts of its column's name that the words say."""
    return _parts(one) & frozenset().union(*(word.stems for word in words[one.start : one.end]))


def _only_names(one: Mention, words: Sequence[Word]) -> bool:
    said = [word for word in words[one.start : one.end] if not (word.filler or "of" in word.cues)]
    return bool(said) and all(word.stems & _NAMING for word in said)


def _linked(first: Mention, second: Mention, words: Sequence[Word]) -> bool:
    """True where only `of`, 的 and small words stand between them, and at least the linking word."""
    between = words[first.end : second.start]
    return any("of" in word.cues for word in between) and all(word.filler or "of" in word.cues for word in between)


def _names_of_columns(found: Sequence[Mention], words: Sequence[Word], context: SchemaContext) -> list[Mention]:
    """names of manufacturers, 制造商的名称, where the manufacturer is a text itself: that text."""
    kept = list(found)
    for first, second in pairwise(found):
        chinese = not words[first.start].text.isascii()
        name, thing = (second, first) if chinese else (first, second)
        if (
            name.kind == thing.kind == "column"
            and name in kept
            and _only_names(name, words)
            and not name.names_table
            and not _only_names(thing, words)
            and thing.strength >= _LOOSE
            and thing.end - thing.start == 1
            and _is_text(thing, context)
            and _linked(first, second, words)
        ):
            kept.remove(name)
    return kept


def _without_echoes(found: Sequence[Mention], words: Sequence[Word], context: SchemaContext) -> list[Mention]:
    """founded after 1910, 总部在哪里: the column that a cue implies is the one that is said right beside it."""
    kept = []
    for place, one in enumerate(found):
        cues = words[one.start].cues if one.kind == "column" and one.end == one.start + 1 else frozenset()
        before = found[place - 1] if place else None
        behind = found[place + 1] if place + 1 < len(found) else None
        beside = [two for two in (before, behind) if two is not None and two.kind == "column" and _touch(one, two)]
        timed = cues & {"above", "below"} and words[one.start].stems & {"year", "date"}
        echo = (timed and any(_dates(two, context) for two in beside)) or (
            "attribute" in cues and not words[one.start].text.isascii() and before in beside
        )
        if not echo:
            kept.append(one)
    return kept


def _dates(one: Mention, context: SchemaContext) -> bool:
    """A number that tells when: founded, commission_year."""
    return _is_number(one, context) and (one.strength >= _LOOSE or bool(_parts(one) & {"year", "date"}))


def _touch(one: Mention, two: Mention) -> bool:
    return one.end == two.start or two.end == one.start


def _is_number(one: Mention, context: SchemaContext) -> bool:
    table = context.table(one.table)
    column = table.column(one.column) if table else None
    return column is not None and (column.type == "number" or column.numeral)


def _is_text(one: Mention, context: SchemaContext) -> bool:
    table = context.table(one.table)
    column = table.column(one.column) if table else None
    return column is not None and column.type == "text" and not column.numeral


def _absorbed(found: Sequence[Mention], words: Sequence[Word]) -> list[Mention]:
    """founding year, 成立年份, where the column is called `founded`: `year` is no column of some other table."""
    kept: list[Mention] = []
    for one in found:
        before = kept[-1] if kept else None
        if (
            before is not None
            and before.kind == one.kind == "column"
            and before.end == one.start
            and one.strength < _LOOSE <= before.strength
            and not words[one.start].cues
            and _says(one, words) <= _SORTS
            and not before.names_table
        ):
            kept[-1] = replace(before, end=one.end)
            continue
        kept.append(one)
    return kept


def _own_names(found: Sequence[Mention], words: Sequence[Word]) -> list[Mention]:
    """Which passengers ... list the name: the passengers' name, where a column is called so, and no other table's."""
    partly = [one for one in found if one.kind == "column" and one.strength < _LOOSE and _parts(one) & _NAMING]
    heads = {frozenset(_parts(one) - _NAMING): one for one in partly if not _says(one, words) & _NAMING}
    if not heads:
        return list(found)
    made = []
    tables = {one.table for one in found if one.kind == "table"}
    for one in found:
        plain = one.kind == "column" and _only_names(one, words) and not (one.of_table or one.names_table)
        head = next(iter(heads.values())) if plain and one.table not in tables else None
        made.append(replace(one, table=head.table, column=head.column, others=()) if head is not None else one)
    return made


def modified(found: Sequence[Mention], words: Sequence[Word]) -> list[Mention]:
    """maker full name: what only repeats the table of the column behind it says which table."""
    made: list[Mention] = []
    for one in found:
        before = made[-1] if made else None
        adjacent = before is not None and before.end == one.start and one.kind == "column"
        each = before is not None and before.start > 0 and "each" in words[before.start - 1].cues
        if adjacent and before is not None and before.kind == "table" and not (each and before.table != one.table):
            made[-1] = replace(one, start=before.start, names_table=one.names_table or before.table == one.table)
            continue
        if adjacent and before is not None and before.table == one.table and before.kind == "column":
            table = {stem(part) for part in name_words(before.table)}
            if {stem(part) for part in name_words(before.column)} <= table:
                made[-1] = replace(one, start=before.start)
                continue
        made.append(one)
    return made


def compounds(tables: Sequence[Mention], words: Sequence[Word]) -> list[Mention]:
    """Of two tables named in one breath (car models) the last is meant; not of what is told apart (各公园巡查…)."""
    made: list[Mention] = []
    for one in sorted(tables, key=lambda one: one.start):
        each = bool(made) and made[-1].start > 0 and words[made[-1].start - 1].text in ("各", "各个", "每个")
        if made and made[-1].end == one.start and not each:
            made[-1] = replace(one, start=made[-1].start)
        else:
            made.append(one)
    return made
