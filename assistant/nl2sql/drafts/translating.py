"""A name that is said in one language and stored in another: 法国 is France, “英吉利海峡” the English Channel.

Only what stands in quotes and is stored nowhere as it is written is translated, by the language model, in one short
call; the translation is never used itself: it only finds a stored value that is close to it, or nothing.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from assistant.nl2sql.drafts.asked_words import words_of
from assistant.nl2sql.drafts.offered_schema import ValueHit
from assistant.nl2sql.drafts.stored_words import StoredWords
from assistant.nl2sql.drafts.vocabulary import vocabulary
from assistant.ports import ChatModel

_HAN = re.compile(r"[\u4e00-\u9fff]")
_SYSTEM = "Translate the Chinese name into English. Reply with the translation only."
_CLOSE = 0.75  # likeness of a translation and a stored value, 0-1
_MOST = 3  # names a question; each is one call
_MAX_TOKENS = 16
_ARTICLES = re.compile(r"^(?:the|a|an)\s+|[.\"'!?]+", re.IGNORECASE)


def foreign_names(text: str, stored: StoredWords) -> tuple[str, ...]:
    """Quoted Chinese names of `text` that are stored under no such words; none where the data are mostly Chinese."""
    if 2 * sum(1 for word in stored.by_words if _HAN.search(word)) > len(stored.by_words):
        return ()
    known = vocabulary().names
    quoted = (word.text for word in words_of(text) if word.quoted and _HAN.search(word.text))
    return tuple(
        dict.fromkeys(
            name
            for name in quoted
            if name.lower() not in stored.by_words
            and not any(other.lower() in stored.by_words for other in known.get(name, ()))
        )
    )[:_MOST]


def translated(names: Sequence[str], stored: StoredWords, chat: ChatModel) -> tuple[ValueHit, ...]:
    """Stored values that a translation of `names` is close to, as hits for the words of the question.

    Raises ModelUnavailable.
    """
    found: list[ValueHit] = []
    for name in names:
        said = chat.reply(_SYSTEM, name, max_tokens=_MAX_TOKENS).text.strip().splitlines()
        found += _nearest(name, _ARTICLES.sub("", said[0]).strip().lower(), stored) if said else []
    return tuple(found)


def _nearest(name: str, said: str, stored: StoredWords) -> list[ValueHit]:
    near = difflib.get_close_matches(said, stored.by_words, n=1, cutoff=_CLOSE) if said else []
    if not near:
        near = _same_words(said, stored)
    hits = stored.by_words[near[0]] if near else ()
    return [ValueHit(span=name, table=hit.table, column=hit.column, value=hit.value, score=0.8) for hit in hits]


def _same_words(said: str, stored: StoredWords) -> list[str]:
    """The only stored value that holds every word of the translation."""
    words = set(said.split())
    holding = [other for other in stored.by_words if len(words) > 1 and words <= set(other.split())]
    return holding if len(holding) == 1 else []
