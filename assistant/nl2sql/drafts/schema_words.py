"""Where a question says the names of a schema: its tables, columns and stored values, word by word. Pure.

For databases without a semantic model: what a harvest knows (names split into words, keys, the values that the asker
may see) is all there is, so everything here is computed from it and nothing is known of any database in particular.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, TypeAlias

from assistant.nl2sql.drafts.key_graph import JoinPair
from assistant.nl2sql.drafts.offered_schema import ContextColumn, ContextTable, SchemaContext
from assistant.nl2sql.drafts.word_overlap import split_words

MentionKind: TypeAlias = Literal["table", "column", "value"]

_TOKEN = re.compile(r"[a-z]+|\d+(?:[.,:]\d+)*|[\u4e00-\u9fff]|[^\sa-z\d\u4e00-\u9fff]")
_NAMING = ("name", "title", "label", "名称", "姓名", "标题")
_TIME_WORDS = frozenset(("dat", "tim", "year", "month", "day", "hour"))
_KEY_WORDS = frozenset(("id", "code", "key", "number", "no", "编号", "代码"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word of a question, or one sign; `start` and `end` count characters of the text."""

    text: str
    stem: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredValue:
    """A value that the asking user may see, where it is stored."""

    table: str
    column: str
    value: str
    label: str = ""  # what people call it, where the value is a code


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """Words [first, last) of the question that name something; `part` marks a name of which only the end was said."""

    first: int
    last: int
    kind: MentionKind
    table: str
    column: str = ""
    value: str = ""
    label: str = ""  # of a value, where it is a code
    part: bool = False

    def within(self, first: int, last: int) -> bool:
        return first <= self.first and self.last <= last

    def overlaps(self, other: Mention) -> bool:
        return self.first < other.last and other.first < self.last


def words_of(text: str) -> tuple[Word, ...]:
    """Lower-cased words with their stems; a Chinese character is a word, so is a sign."""
    plain = text.lower().replace("’s ", "   ").replace("'s ", "   ")  # the child's age is the child age
    found = _TOKEN.finditer(plain)
    return tuple(Word(text=m[0], stem=stem_of(m[0]), start=m.start(), end=m.end()) for m in found)


def stem_of(word: str) -> str:
    """One form for singular and plural: types, type -> typ; lobbies, lobby -> lobby; movies, movie -> movy."""
    if len(word) > 2 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
        if word.endswith(("sse", "xe", "che", "she", "zze")):
            word = word[:-1]
    if len(word) > 3 and word.endswith("ie"):
        return word[:-2] + "y"
    return word[:-1] if len(word) > 3 and word.endswith("e") else word


def stems_of(name: str) -> tuple[str, ...]:
    """The stems of a name as it is written in a schema: premiereYear -> premier, year; Chinese by characters."""
    return tuple(stem_of(piece) for word in split_words(name) for piece in _TOKEN.findall(word))


def called(item: ContextTable | ContextColumn) -> str:
    """The words that people use for a table or column; its name split into words where nobody wrote any."""
    return item.label or " ".join(split_words(item.name)) or item.name


@dataclass(frozen=True, kw_only=True)
class SchemaWords:
    """A schema with the stems its names are made of."""

    schema: SchemaContext
    values: tuple[StoredValue, ...] = ()
    _names: dict[tuple[str, str], tuple[tuple[str, ...], ...]] = field(default_factory=dict, repr=False, compare=False)

    def names(self, table: ContextTable, column: ContextColumn | None = None) -> tuple[tuple[str, ...], ...]:
        """The stems that a table or column goes by: its label, its name, a column without its table's words."""
        key = (table.name, column.name if column else "")
        if key not in self._names:
            item = column or table
            written = [stems_of(part) for part in (item.label, item.name) if part]
            if column is not None:
                own = {stem for part in (table.label, table.name) for stem in stems_of(part)}
                written += [rest for one in tuple(written) if (rest := _without(one, own)) and rest != one]
            self._names[key] = tuple(dict.fromkeys(one for one in written if one))
        return self._names[key]

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Every stem of every name."""
        tables = [one for table in self.schema.tables for one in self.names(table)]
        columns = [one for t in self.schema.tables for column in t.columns for one in self.names(t, column)]
        return frozenset(stem for one in (*tables, *columns) for stem in one)

    @cached_property
    def value_stems(self) -> tuple[tuple[StoredValue, tuple[str, ...]], ...]:
        return tuple((one, stems) for one in self.values if (stems := stems_of(one.label or one.value)))

    def mentions(self, words: Sequence[Word]) -> tuple[Mention, ...]:
        """Everything that the words name, longest first; readings that exclude each other are all kept."""
        found = [*self._of_names(words), *self._of_values(words)]
        return tuple(sorted(found, key=lambda one: (one.part, one.first - one.last, one.first, one.table, one.column)))

    def _of_names(self, words: Sequence[Word]) -> Iterable[Mention]:
        for table in self.schema.tables:
            for name in self.names(table):
                for at in _places(name, words):
                    yield Mention(first=at, last=at + len(name), kind="table", table=table.name)
                for at in _places(name[-1:], words) if len(name) > 1 and name[-1].isascii() else ():
                    yield Mention(first=at, last=at + 1, kind="table", table=table.name, part=True)
            for column in table.columns:
                for name in self.names(table, column):
                    for at in _places(name, words):
                        yield Mention(
                            first=at, last=at + len(name), kind="column", table=table.name, column=column.name
                        )

    def _of_values(self, words: Sequence[Word]) -> Iterable[Mention]:
        said = {word.stem for word in words}
        for one, stems in self.value_stems:
            if stems[0] not in said or (len(stems) == 1 and len(stems[0]) < 2):
                continue
            for at in _places(stems, words):
                yield Mention(
                    first=at,
                    last=at + len(stems),
                    kind="value",
                    table=one.table,
                    column=one.column,
                    value=one.value,
                    label=one.label,
                )

    def display(self, table: ContextTable) -> ContextColumn:
        """The column that a row is called by: a name or title, else its first text, else its key."""
        own = [column for column in table.columns if not column.primary and not self.is_reference(table, column)]
        for word in _NAMING:
            stems = stems_of(word)
            for column in own:
                if any(one[-len(stems) :] == stems for one in self.names(table, column)):
                    return column
        undated = [column for column in own if not self.is_time(table, column)]
        texts = [column for column in undated if column.type == "text"]
        identifying = [column for column in undated if self._says(table, column, _KEY_WORDS)]
        return (texts or identifying or [self.key(table)])[0]

    def _says(self, table: ContextTable, column: ContextColumn, words: frozenset[str]) -> bool:
        return any(words & set(name) for name in self.names(table, column))

    def is_time(self, table: ContextTable, column: ContextColumn) -> bool:
        """A date or a part of one, by its type or its name."""
        return column.type == "date" or self._says(table, column, _TIME_WORDS)

    def key(self, table: ContextTable) -> ContextColumn:
        return next((column for column in table.columns if column.primary), table.columns[0])

    def is_reference(self, table: ContextTable, column: ContextColumn) -> bool:
        return any(pair.left_table == table.name and pair.left_column == column.name for pair in self.schema.joins)

    def is_key_like(self, table: ContextTable, column: ContextColumn) -> bool:
        """A key, a reference to one, or a number that only identifies."""
        ends = {one[-1] for one in self.names(table, column)}
        return column.primary or self.is_reference(table, column) or bool(ends & _KEY_WORDS)

    def references(self, table: str) -> tuple[JoinPair, ...]:
        """The pairs by which a table points at others."""
        return tuple(pair for pair in self.schema.joins if pair.left_table == table and pair.right_table != table)


def _without(stems: tuple[str, ...], own: set[str]) -> tuple[str, ...]:
    return tuple(stem for stem in stems if stem not in own)


def _places(stems: Sequence[str], words: Sequence[Word]) -> Iterable[int]:
    size = len(stems)
    for at in range(len(words) - size + 1):
        if all(words[at + step].stem == stem for step, stem in enumerate(stems)):
            yield at
