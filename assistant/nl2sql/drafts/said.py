"""What the words of a question mean in a schema, by position. Values only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from assistant.nl2sql.drafts.asked_words import Word
from assistant.nl2sql.drafts.offered_schema import ValueHit

Kind: TypeAlias = Literal["table", "column", "value"]
ValueWords: TypeAlias = Mapping[str, Sequence[ValueHit]]  # lower-case words of a stored value -> where it is stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """Words `start` to `end` (exclusive) of the question mean this."""

    start: int
    end: int
    kind: Kind
    table: str
    column: str = ""
    value: str = ""
    strength: float = 1.0  # 0-1
    others: tuple[tuple[str, str], ...] = ()  # namesakes: (table, column)
    hits: int = 1  # words that say it, without those between
    names_table: bool = False  # a column said with the name of its table
    of_table: bool = False  # a column that stands beside the name of its table, and no namesake does


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The question with everything in it that the schema knows, by position."""

    words: tuple[Word, ...]
    mentions: tuple[Mention, ...]

    def at(self, place: int) -> Mention | None:
        return next((one for one in self.mentions if one.start <= place < one.end), None)

    def unknown(self) -> tuple[str, ...]:
        """Content words that nothing explains."""
        return tuple(
            word.text
            for place, word in enumerate(self.words)
            if not (word.filler or word.cues or word.number is not None)
            and self.at(place) is None
            and not self._is_glossed(place)
        )

    def _is_glossed(self, place: int) -> bool:
        """合肥（Hefei）: a Chinese name whose stored form stands in brackets behind it."""
        if self.words[place].text.isascii():
            return False
        end = place
        while end + 1 < len(self.words) and self.words[end + 1].start == self.words[end].end:
            end += 1
        named = self.at(end + 1)
        return named is not None and named.kind == "value" and self.words[end + 1].start - self.words[end].end == 1
