"""Which stored values the words of a question name. Pure, deterministic."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.nl2sql.asked_words import Word
from assistant.nl2sql.offered_schema import ValueHit
from assistant.nl2sql.said import Mention, ValueWords
from assistant.nl2sql.vocabulary import forms_of, vocabulary
from assistant.nl2sql.word_overlap import stem

_LONGEST = 9  # words of a value
_HAN = re.compile(r"[\u4e00-\u9fff]")


def value_mentions(words: Sequence[Word], values: ValueWords, schema: frozenset[str]) -> list[Mention]:
    found: list[Mention] = []
    at = 0
    while at < len(words):
        hit = next(
            (made for size in range(_LONGEST, 0, -1) if (made := _value_at(words, at, size, values, schema))), None
        )
        if hit is not None:
            found.append(hit)
        at = hit.end if hit is not None else at + 1
    return found


def _value_at(words: Sequence[Word], at: int, size: int, values: ValueWords, schema: frozenset[str]) -> Mention | None:
    run = words[at : at + size]
    if (
        len(run) < size
        or any(word.cues and not word.stems for word in run)
        or (size == 1 and not _can_name(run[0], schema))
    ):
        return None
    hits = _hits_of(run, values)
    if not hits:
        return None
    places = tuple(dict.fromkeys((hit.table, hit.column) for hit in hits))
    first = hits[0]
    return Mention(
        start=at, end=at + size, kind="value", table=first.table, column=first.column, value=first.value, others=places
    )


def _hits_of(run: Sequence[Word], values: ValueWords) -> list[ValueHit]:
    text = run[0].text if len(run) == 1 else " ".join(word.text for word in run)
    low = text.lower()
    tries = [low, low.replace(" ", "")]
    if len(run) == 1:
        tries += [name.lower() for name in vocabulary().names.get(text, ())]
        tries += sorted(forms_of(low)) if len(low) > 3 and not _HAN.search(text) else []
    return next(([*values[word]] for word in tries if values.get(word)), [])


def _can_name(word: Word, schema: frozenset[str]) -> bool:
    """A word of the schema itself names no value unless it is quoted."""
    if word.quoted:
        return True
    if stem(word.text.lower()) in schema or word.filler or word.cues or word.number is not None:
        return False
    return len(word.text) > 2 or bool(_HAN.search(word.text)) or word.text.isupper()
