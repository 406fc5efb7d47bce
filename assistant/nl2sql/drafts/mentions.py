"""Which columns, tables and stored values of a schema the words of a question mention. Pure, deterministic.

Values first (they are the most specific), then names by how much of them is said, longest first; what is near decides
between namesakes: the table whose name stands beside the column's, then the table that is spoken of anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from assistant.nl2sql.drafts.asked_words import Word, words_of
from assistant.nl2sql.drafts.mention_repairs import compounds, modified, repaired
from assistant.nl2sql.drafts.naming import (
    GENERIC,
    bare_parts,
    initials,
    labels,
    name_parts,
    only_counts,
    only_works,
    schema_words,
    stand_ins,
    stems_of,
    tells,
)
from assistant.nl2sql.drafts.offered_schema import ContextColumn, ContextTable, SchemaContext
from assistant.nl2sql.drafts.said import Mention, Said, ValueWords
from assistant.nl2sql.drafts.schema_names import chinese_parts, name_words, with_parts
from assistant.nl2sql.drafts.table_names import crosses, ends_in_verb, first_words, links
from assistant.nl2sql.drafts.value_mentions import parted, value_mentions
from assistant.nl2sql.drafts.word_overlap import stem

_ATTRIBUTES = frozenset({"most", "least", "above", "below"})  # older than: an attribute by itself
_LINKING = frozenset({"of"})
_LISTING = frozenset({"of", "and", "each"})
_CLAUSE = frozenset({"they", "he", "she", "that", "who", "which"})  # begin a clause: the courses [they teach]
_HAN = re.compile(r"[\u4e00-\u9fff]")
_LEAST = 0.5  # of a name must be said
_FIRST_WORD = 0.95  # how surely the first word of one table's name means that table


def read_mentions(text: str, context: SchemaContext, values: ValueWords) -> Said:
    """The mentions of `text` in `context`; `values` holds only what the asking user may see."""
    names = {label for table in context.tables for label in labels(table) if _HAN.search(label)}
    parts = chinese_parts(names)
    words = parted(with_parts(words_of(text, parts | names, values), parts), values)
    found = value_mentions(words, values, schema_words(context))
    taken = {place for one in found for place in range(one.start, one.end)}
    tables = _table_spans(words, context, taken)
    for one in _column_mentions(words, context, taken, tables, tuple(found)):
        found.append(one)
        taken |= set(range(one.start, one.end))
    found += compounds([one for one in tables if not taken & set(range(one.start, one.end))], words)
    kept = sorted(_without_overlap(found), key=lambda one: one.start)
    return Said(words=words, mentions=tuple(repaired(modified(kept, words), words, context)))


# --------------------------------------------------------------------------- tables


def _table_spans(words: Sequence[Word], context: SchemaContext, taken: set[int]) -> list[Mention]:
    """Every place where a table's name is said, whole or its telling words."""
    found = []
    alone = first_words(context)
    tables = {stems_of(table.name) for table in context.tables}
    alone_named = {tuple(part for part in parts if part not in GENERIC) for parts in tables}
    for table in context.tables:
        for parts in name_parts(table.name, table.label):
            telling = [part for part in parts if part not in GENERIC] or list(parts)
            for at in range(len(words)):
                end, said = _run(words, at, telling, taken)
                if (
                    said
                    and not crosses(words[at:end], telling, alone_named)
                    and not (links(telling, tables) and ends_in_verb(words[at:end], telling))
                    and len(said) / len(telling) > _LEAST - 0.01
                    and (
                        len(said) == len(telling) or telling[-1] in said or (telling[0] in said and telling[0] in alone)
                    )
                ):
                    share = len(said) / len(telling) if said & {telling[-1]} else _FIRST_WORD
                    whole = share * (1.0 if len(telling) == len(parts) else 0.95)
                    hits = len(said)
                    found.append(Mention(start=at, end=end, kind="table", table=table.name, strength=whole, hits=hits))
    return _without_overlap(found)


def _run(words: Sequence[Word], at: int, parts: Sequence[str], taken: set[int]) -> tuple[int, set[str]]:
    """How far words from `at` on say `parts` in any order, `of` and 的 allowed between; (end, parts said)."""
    said: set[str] = set()
    end = place = at
    while place < len(words) and place not in taken:
        word = words[place]
        if place > at and (word.cues & _ATTRIBUTES or word.text.lower() in _CLAUSE):
            break
        hit = {part for part in parts if part in word.stems} - said
        if hit:
            said |= hit
            end = place + 1
        elif place == at or not (word.cues & _LINKING or word.filler) or place - end > 1:
            break
        place += 1
    return end, said


# --------------------------------------------------------------------------- columns


def _column_mentions(
    words: Sequence[Word],
    context: SchemaContext,
    taken: set[int],
    tables: Sequence[Mention],
    values: Sequence[Mention],
) -> list[Mention]:
    """Greedy: what says most words first, then what is said most wholly, then what stands beside its table."""
    options = [
        made
        for table in context.tables
        for column in table.columns
        for at in range(len(words))
        if at not in taken and (made := _column_at(words, at, table, column, taken))
    ]
    surely = [one for one in tables if one.strength > 0.9]
    spoken, near, main = {one.table for one in surely}, [*tables, *values], _main_table(words, surely)
    links = _linking_words(words, context, tables)
    led = {at + 1 for at, word in enumerate(words) if word.text == "的"}
    chosen: list[Mention] = []
    while options:
        beside = {
            one: _beside(one, _near(one, near, main, words), spoken, links, led=one.start in led) for one in options
        }
        best = max(options, key=lambda one: (_score(one, beside[one]), -one.start, _is_key(one, context)))
        same = [one for one in options if (one.start, one.end) == (best.start, best.end)]
        others = tuple(dict.fromkeys((one.table, one.column) for one in same if one.strength >= best.strength))
        rival = next((t for t in tables if t.start <= best.start and best.end <= t.end), None)
        if rival is None or not _table_wins(rival, best):
            fellows = [one for one in same if (one.table, one.column) in others and beside[one] >= beside[best]]
            itself = any(t.table == best.table and t.start < best.end and best.start < t.end for t in tables)
            clear = beside[best] > 0.8 and fellows == [best] and not itself
            best = replace(best, others=others, names_table=_says_table(best, words), of_table=clear)
            chosen.append(best)
            if best.names_table or (best.hits > 1 and len(others) == 1):
                near.append(best)
            options = [one for one in options if one.end <= best.start or one.start >= best.end]
        else:
            options = [one for one in options if one != best]
    return chosen


def _is_key(one: Mention, context: SchemaContext) -> bool:
    table = context.table(one.table)
    column = table.column(one.column) if table else None
    return column is not None and column.primary


def _main_table(words: Sequence[Word], tables: Sequence[Mention]) -> Mention | None:
    """The table that a later sentence speaks of without naming it: behind `each` or `which`, else the first."""
    first = [one for one in tables if one.kind == "table" and words[one.start].sentence == 0]
    for cue in ("each", "which"):
        for one in first:
            if any(cue in words[at].cues for at in range(max(0, one.start - 3), one.start)):
                return one
    return first[0] if first else None


def _near(one: Mention, tables: list[Mention], main: Mention | None, words: Sequence[Word]) -> list[Mention]:
    here = [table for table in tables if words[table.start].sentence == words[one.start].sentence]
    if here or main is None or words[one.start].sentence == 0:
        return tables
    return [replace(main, start=one.end, end=one.end + 1)]


def _column_at(
    words: Sequence[Word], at: int, table: ContextTable, column: ContextColumn, taken: set[int]
) -> Mention | None:
    found: Mention | None = None
    own = {stem(part) for part in name_words(table.name)}
    whole = stand_ins(table, column)
    names = name_parts(column.name, column.label)
    if not words[at].text.isascii() and (bare := bare_parts(column.name)):
        names.append(bare)
    for parts in [*names, *whole]:
        end, said = _run(words, at, parts, taken)
        if not said:
            if end_of := initials(words, at, column.name):
                return Mention(start=at, end=end_of, kind="column", table=table.name, column=column.name)
            continue
        if parts in whole and parts not in names and len(said) < len(parts):
            continue
        rest = [part for part in parts if part not in own and part not in GENERIC] or [parts[-1]]
        hit_by = [word for word in words[at:end] if word.stems & set(parts)]
        partly = len(said) < len(parts)
        if only_counts(hit_by, words, end, column) or (partly and (only_works(hit_by, said) or said <= own)):
            continue
        share = len(said) / len(parts)
        if set(rest) <= said:
            share = max(share, 0.95)
        told = tells(said, parts, latin=words[at].text.isascii()) or _goes_on(words, end, said, parts)
        if share < _LEAST or (share < 0.95 and not told):
            continue
        hits = max(len(hit_by), len(said))  # 车次 says train and number in one word
        if found is None or (share, hits) > (found.strength, found.hits):
            if all("count" in word.cues for word in hit_by):
                continue  # `number of` alone counts
            found = Mention(
                start=at, end=end, kind="column", table=table.name, column=column.name, strength=share, hits=hits
            )
    return found


def _linking_words(words: Sequence[Word], context: SchemaContext, tables: Sequence[Mention]) -> dict[str, list[bool]]:
    """By table, which words do not part a column from it: the id, [name and type code of] the template."""
    inside = {at for one in tables for at in range(one.start, one.end)}
    made = {}
    for table in context.tables:
        own = {part for column in table.columns for parts in name_parts(column.name, column.label) for part in parts}
        made[table.name] = [
            at not in inside and (word.filler or bool(word.cues & _LISTING) or bool(word.stems & own))
            for at, word in enumerate(words)
        ]
    return made


def _goes_on(words: Sequence[Word], end: int, said: set[str], parts: Sequence[str]) -> bool:
    """first, middle and last name: the word that they share comes at the end of the list."""
    return said == {parts[0]} and any(parts[-1] in word.stems for word in words[end : end + 5])


def _score(one: Mention, beside: float) -> float:
    return one.hits * 0.5 - (one.end - one.start - one.hits) * 0.05 + one.strength * 2 + beside


def _beside(
    one: Mention, tables: Sequence[Mention], spoken: set[str], links: Mapping[str, Sequence[bool]], *, led: bool
) -> float:
    """How near a column stands to the name of its table, 0-1; behind 的 (`led`) its owner stands before it."""
    own = [table for table in tables if table.table == one.table]
    near = min(
        (
            _distance(one, table, links[one.table]) + 2 * (table.strength < 0.9) + 2 * (led and table.start >= one.end)
            for table in own
        ),
        default=99,
    )
    return {0: 1.0, 1: 0.88, 2: 0.82, 3: 0.76}.get(near, 0.7 if one.table in spoken else 0.3 if near < 99 else 0.0)


def _says_table(one: Mention, words: Sequence[Word]) -> bool:
    """id of the students: a column that is said with its table's name."""
    own = {stem(part) for part in name_words(one.table)} - GENERIC
    said = frozenset().union(*(word.stems for word in words[one.start : one.end]))
    return bool(own) and own <= said and not own <= {stem(part) for part in name_words(one.column)}


def _distance(one: Mention, table: Mention, links: Sequence[bool]) -> int:
    """Words between them that part them."""
    first, last = (one.end, table.start) if table.start >= one.end else (table.end, one.start)
    return sum(1 for at in range(first, min(last, len(links))) if not links[at])


def _table_wins(table: Mention, column: Mention) -> bool:
    """`car makers` is the table and not its column `maker`; `name` is never a table."""
    if column.hits > column.end - column.start:
        return False
    return table.strength == 1 and (table.end - table.start > column.end - column.start or column.strength <= 1)


def _without_overlap(found: Sequence[Mention]) -> list[Mention]:
    kept: list[Mention] = []
    for one in sorted(found, key=lambda one: (-(one.end - one.start), -one.strength, -one.hits, one.start)):
        if all(one.end <= other.start or one.start >= other.end for other in kept):
            kept.append(one)
    return kept
