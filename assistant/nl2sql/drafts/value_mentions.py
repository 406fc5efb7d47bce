"""Which stored values the words of a question name. Pure, deterministic."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from assistant.nl2sql.drafts.asked_words import Word
from assistant.nl2sql.drafts.offered_schema import ValueHit
from assistant.nl2sql.drafts.said import Mention, ValueWords
from assistant.nl2sql.drafts.vocabulary import forms_of, vocabulary
from assistant.nl2sql.drafts.word_overlap import split_words, stem

_LONGEST = 9  # words of a value
_FEMALE, _MALE = ("female", "f", "woman", "women", "girl"), ("male", "m", "man", "men", "boy")
_SEXES = {word: one for one in (_FEMALE, _MALE) for word in (one[0], *one[2:], one[-1] + "s")}  # stored as F and M
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


def parted(words: Sequence[Word], values: ValueWords) -> tuple[Word, ...]:
    """“Amy Stark”, where the name is stored in two columns of one table: two quoted words."""
    made: list[Word] = []
    for word in (_in_their_language(one, values) if one.quoted else one for one in words):
        parts = word.text.split() if word.quoted and word.text.lower() not in values else []
        places = [{(hit.table, hit.column) for hit in values.get(part.lower(), ())} for part in parts]
        tables = set.intersection(*({table for table, _ in one} for one in places)) if len(places) > 1 else set()
        columns = {column for one in places for table, column in one if table in tables}
        made += [replace(word, text=part) for part in parts] if tables and len(columns) >= len(parts) else [word]
    return tuple(made)


def _in_their_language(word: Word, values: ValueWords) -> Word:
    """“计算机” where nothing that is stored is Chinese: computer, as a piece of a longer name."""
    english = vocabulary().english.get(word.text, ())
    if not english or any(_HAN.search(key) for key in values) or _hits_of([word], values, frozenset()):
        return word
    return replace(word, text=english[0])


def _value_at(words: Sequence[Word], at: int, size: int, values: ValueWords, schema: frozenset[str]) -> Mention | None:
    run = words[at : at + size]
    if (
        len(run) < size
        or any(word.cues and not word.stems for word in run)
        or (size == 1 and not _can_name(run[0], schema))
        or (size == 1 and at > 0 and _is_told_apart(words[at - 1], run[0], values))
    ):
        return None
    hits = _hits_of(run, values, schema) or (_composed(run[0].text, values) if size == 1 and run[0].quoted else [])
    if not hits:
        return None
    places = tuple(dict.fromkeys((hit.table, hit.column) for hit in hits))
    first = hits[0]
    return Mention(
        start=at, end=at + size, kind="value", table=first.table, column=first.column, value=first.value, others=places
    )


def _is_told_apart(before: Word, word: Word, values: ValueWords) -> bool:
    """各行业: kinds of things, though one of the values may be called Industry."""
    translated = bool(_HAN.search(word.text)) and not word.quoted and word.text not in values
    return translated and "each" in before.cues


def _hits_of(run: Sequence[Word], values: ValueWords, schema: frozenset[str]) -> list[ValueHit]:
    text = run[0].text if len(run) == 1 else " ".join(word.text for word in run)
    low = text.lower()
    tries = [low, low.replace(" ", "")]
    if len(run) == 1:
        tries += [name.lower() for name in vocabulary().names.get(text, ())]
        if len(text) > 1 and not run[0].stems & schema:  # 前锋 is Forward, where no column is called so
            tries += vocabulary().english.get(text, ())
        tries += sorted(forms_of(low)) if len(low) > 3 and not _HAN.search(text) else []
    found = next(([*values[word]] for word in tries if values.get(word)), [])
    return found or [hit for word in _SEXES.get(low, ()) for hit in values.get(word, ()) if _tells_sex(hit)]


def _tells_sex(hit: ValueHit) -> bool:
    return bool(set(split_words(hit.column)) & {"sex", "gender"})


def _composed(text: str, values: ValueWords) -> list[ValueHit]:
    """“客户评论” is Customer Reviews: the one stored value of which every word is said, word by word."""
    said = _english_of(text)
    if not said:
        return []
    found = [key for key in values if key.isascii() and _says_all(said, key)]
    return [*values[found[0]]] if len(found) == 1 else []


def _english_of(text: str) -> list[frozenset[str]]:
    """The English stems of each word of a Chinese name; [] where one of them is not known."""
    made: list[frozenset[str]] = []
    at = 0
    while at < len(text):
        word = next((text[at : at + size] for size in range(8, 0, -1) if text[at : at + size] in _known()), "")
        if not word:
            return []
        said = [*vocabulary().english.get(word, ()), *vocabulary().names.get(word, ())]
        made.append(frozenset(stem(part) for one in said for part in split_words(one)))
        at += len(word)
    return made


@cache
def _known() -> frozenset[str]:
    return frozenset(vocabulary().english) | frozenset(vocabulary().names)


def _says_all(said: Sequence[frozenset[str]], key: str) -> bool:
    parts = [stem(part) for part in split_words(key)]
    return len(parts) == len(said) and all(part in one for part, one in zip(parts, said, strict=True))


def _can_name(word: Word, schema: frozenset[str]) -> bool:
    """A word of the schema itself names no value unless it is quoted."""
    if word.quoted:
        return True
    if stem(word.text.lower()) in schema or word.filler or word.cues or word.number is not None:
        return False
    return len(word.text) > 2 or bool(_HAN.search(word.text)) or word.text.isupper()
