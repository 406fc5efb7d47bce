"""What the readings of a question are made of: the question with its mentions, and one way to understand it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from assistant.domain import Text
from assistant.nl2sql.drafts.schema_words import Mention, SchemaWords, Word, words_of

ReadingKind: TypeAlias = Literal["scope", "attachment", "vague"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaReading:
    """One way to understand a question. With `sql` it can be answered as it stands; else `question` says it plainly."""

    kind: ReadingKind
    phrase: Text  # what tells it from the others; also how it is chosen
    consequence: Text  # what the answer would list
    sql: str = ""
    question: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question with the places where it names the schema; `text` ends before any chosen reading."""

    text: str
    words: tuple[Word, ...]
    mentions: tuple[Mention, ...]
    schema: SchemaWords

    @classmethod
    def of(cls, text: str, schema: SchemaWords) -> Asked:
        words = words_of(text)
        return cls(text=text, words=words, mentions=schema.mentions(words), schema=schema)

    def said(self, first: int, last: int) -> str:
        """The words [first, last) as they were written."""
        return self.text[self.words[first].start : self.words[last - 1].end] if first < last else ""
