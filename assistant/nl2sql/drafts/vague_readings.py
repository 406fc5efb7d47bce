"""One word, several columns: "milestones" where physical and cognitive milestones are kept, "when" where a month and a
year are. Asked where the word is the end of several names of one table, is none of them, and nothing tells which.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.domain import Text
from assistant.nl2sql.drafts.offered_schema import ContextColumn, ContextTable
from assistant.nl2sql.drafts.question_words import FUNCTION, GENERAL_ENDS
from assistant.nl2sql.drafts.readings import Asked, SchemaReading
from assistant.nl2sql.drafts.schema_words import called, stem_of
from assistant.nl2sql.drafts.simple_select import simple_select

_TIME_PARTS = frozenset(("year", "month", "day", "quarter", "week", "hour", "minut", "年", "月", "日", "季"))
_TIME_WORDS = frozenset(("dat", "tim", "period", "timelin"))
# the end of many names, which says nothing by itself: a first name is no other thing than a name
_MOST = 3  # columns; with all of them together four readings


@dataclass(frozen=True, slots=True, kw_only=True)
class _Vague:
    first: int  # the words that are vague
    last: int
    table: ContextTable
    columns: tuple[ContextColumn, ...]


def vague_readings(asked: Asked) -> tuple[SchemaReading, ...]:
    """Each of the columns, and all of them; or none."""
    for table in _tables(asked):
        found = _time_in_parts(asked, table) or _shared_end(asked, table)
        if found is not None:
            return _readings(asked, found)
    return ()


def _tables(asked: Asked) -> Sequence[ContextTable]:
    """All tables: the ones that are named first, then the ones that hold what is named."""
    named = _named_tables(asked)
    held = {m.table for m in asked.mentions if not m.part}
    return sorted(asked.schema.schema.tables, key=lambda table: (table.name not in named, table.name not in held))


def _named_tables(asked: Asked) -> set[str]:
    return {m.table for m in asked.mentions if m.kind == "table" and not m.part}


def _time_in_parts(asked: Asked, table: ContextTable) -> _Vague | None:
    """When, premiere date: where the table keeps a month and a year and no date."""
    groups: dict[tuple[str, ...], list[ContextColumn]] = {}
    for column in table.columns:
        name = asked.schema.names(table, column)[0]
        if name[-1] in _TIME_PARTS:
            groups.setdefault(name[:-1], []).append(column)
        elif name[-1] in _TIME_WORDS or column.type == "date":
            return None
    for prefix, columns in groups.items():
        place = _time_asked(asked, prefix, table)
        if 2 <= len(columns) <= _MOST and place is not None and not _any_named(asked, table, columns):
            return _Vague(first=place[0], last=place[1], table=table, columns=tuple(columns))
    return None


def _time_asked(asked: Asked, prefix: tuple[str, ...], table: ContextTable) -> tuple[int, int] | None:
    """Where a time is asked for: a leading or closing "when", or a date with the words that its parts begin with."""
    words = asked.words
    for at, word in enumerate(words):
        closing = all(not other.text.isalnum() for other in words[at + 1 :])
        if not prefix and word.text == "when" and (at == 0 or closing):
            return at, at + 1
        start = at - len(prefix)
        before = tuple(other.stem for other in words[max(0, start) : at])
        if word.stem in _TIME_WORDS and start >= 0 and before == prefix and _is_free(asked, start, at + 1, table):
            return start, at + 1
    return None


def _shared_end(asked: Asked, table: ContextTable) -> _Vague | None:
    """milestones: the last word of several columns, whole name of none, with no word before it that tells which."""
    ends: dict[str, list[ContextColumn]] = {}
    for column in table.columns:
        names = [name for name in asked.schema.names(table, column) if len(name) > 1]
        # one Chinese character is no word: 费 ends too many names to be asked about
        if names and names[0][-1].isascii() and not asked.schema.is_key_like(table, column):
            ends.setdefault(names[0][-1], []).append(column)
    for at, word in enumerate(asked.words):
        columns = ends.get(word.stem, [])
        if not 2 <= len(columns) <= _MOST or not _is_thing(word.text) or not _is_free(asked, at, at + 1, table):
            continue
        if _any_named(asked, table, columns) or _told_apart(asked, table, columns):
            continue
        return _Vague(first=_with_unknown_before(asked, at), last=at + 1, table=table, columns=tuple(columns))
    return None


def _is_thing(word: str) -> bool:
    return word.isalpha() and word not in FUNCTION and stem_of(word) not in GENERAL_ENDS


def _is_free(asked: Asked, first: int, last: int, table: ContextTable) -> bool:
    """Nothing is called by these words; in a table that is named, what others call so does not count."""
    named = _named_tables(asked)
    known = {table.name} if table.name in named else {one.name for one in asked.schema.schema.tables}
    said = [m for m in asked.mentions if not m.part and m.first < last and first < m.last]
    return not any(m.table in known or m.kind == "value" for m in said)


def _any_named(asked: Asked, table: ContextTable, columns: Sequence[ContextColumn]) -> bool:
    names = {column.name for column in columns}
    return any(m.kind == "column" and m.table == table.name and m.column in names for m in asked.mentions)


def _told_apart(asked: Asked, table: ContextTable, columns: Sequence[ContextColumn]) -> bool:
    """A word that only some of the columns have is in the question: it says which."""
    own = [frozenset(stem for name in asked.schema.names(table, column) for stem in name) for column in columns]
    telling = frozenset().union(*own) - frozenset.intersection(*own)
    return any(word.stem in telling for word in asked.words)


def _with_unknown_before(asked: Asked, at: int) -> int:
    """The start of the phrase: one word before it that the schema does not know (developmental milestones)."""
    before = asked.words[at - 1] if at else None
    known = before is None or not before.text.isalpha() or len(before.text) < 6
    return at if known or before is None or before.stem in asked.schema.vocabulary else at - 1


def _readings(asked: Asked, found: _Vague) -> tuple[SchemaReading, ...]:
    each = [_reading(asked, found, (column,)) for column in found.columns]
    return (*each, _reading(asked, found, found.columns))


def _reading(asked: Asked, found: _Vague, columns: tuple[ContextColumn, ...]) -> SchemaReading:
    words = [called(column) for column in columns]
    said, thing = asked.said(found.first, found.last), called(found.table)
    listed_zh, listed = "和".join(f"“{word}”" for word in words), " and ".join(words)
    start, end = asked.words[found.first].start, asked.words[found.last - 1].end
    rewritten = asked.text[:start] + listed + asked.text[end:]
    if said.lower() == "when":
        rewritten = f"{asked.text.rstrip(' ?')}: {listed}?" if found.first else f"What {listed}: {asked.text}"
    return SchemaReading(
        kind="vague",
        phrase=Text(zh=f"“{said}”指{listed_zh}", en=f"“{said}” means {listed}"),
        consequence=Text(zh=f"列出“{thing}”的{listed_zh}", en=f"lists {listed} of {thing}"),
        sql=simple_select(asked, (found.first, found.last), found.table, columns),
        question=rewritten,
    )
