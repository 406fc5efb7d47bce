"""A steward's question as a row of tags: the longest known word at every place, what was quoted, dates, numbers."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from assistant.language import to_simplified
from assistant.steward.dates import Span, Threshold, spans
from assistant.steward.filters import Condition
from assistant.steward.vocabulary import Sign, Vocabulary, abbreviated_providers, latin_key

_QUOTED = re.compile(r"[“「『《\"](?P<a>[^”」』》\"]{1,60})[”」』》\"]|(?<!\w)['‘](?P<b>[^'’]{1,60})['’](?!\w)")
_LATIN = re.compile(r"[a-z0-9][a-z0-9'-]*")
_LONGEST_PHRASE = 7  # English words
_AND_ABOVE = re.compile(r"\s*(?:级)?(?:及以上|和以上|以上|or above|or higher|and above|and higher)")
_AND_BELOW = re.compile(r"\s*(?:级)?(?:及以下|以下|or below|or lower|and below)")


@dataclass(frozen=True, slots=True)
class Tag:
    """text[start:end] and everything it may stand for."""

    start: int
    end: int
    text: str
    signs: tuple[Sign, ...]
    said: Condition | Threshold | int | None = None
    reach: str = ""  # of a level: "up" 及以上, "down" 及以下

    def sign(self, kind: str, id: str = "") -> Sign | None:
        """The reading of this kind (and id), if it has one."""
        return next((one for one in self.signs if one.kind == kind and id in ("", one.id)), None)

    def cue(self, *names: str) -> bool:
        return any(one.kind == "cue" and one.id in names for one in self.signs)


@dataclass(frozen=True, slots=True)
class Reading:
    """The tags of a text in order, and the words that nothing is known of."""

    text: str
    tags: tuple[Tag, ...]
    unread: tuple[str, ...]


def read(question: str, vocabulary: Vocabulary, as_of: date) -> Reading:
    """Tag a question in any of the three scripts."""
    text = normalised(question)
    quoted = [(m.start(), m.end(), m["a"] or m["b"]) for m in _QUOTED.finditer(text)]
    short = abbreviated_providers(text, vocabulary.providers)
    fixed = [span for span in spans(text, as_of) if not any(a < span.end and span.start < b for a, b, _ in quoted)]
    tags: list[Tag] = []
    unread: list[tuple[int, str]] = []
    at = 0
    while at < len(text):
        tag = _quoted(at, quoted) or _fixed(at, text, fixed) or _longest(at, text, vocabulary, short)
        if tag is None:
            if text[at].isalnum():
                step = _LATIN.match(text, at)
                word = step[0] if step else text[at]
                _leave(unread, at, word)
                at += len(word)
            else:
                at += 1
            continue
        tags.append(tag)
        at = tag.end
    return Reading(text, tuple(tags), tuple(word for _, word in unread))


def normalised(question: str) -> str:
    """NFKC, Simplified, lower case, single spaces."""
    plain = unicodedata.normalize("NFKC", to_simplified(question)).replace("’s ", "'s ")
    return re.sub(r"\s+", " ", plain).strip().lower()


def _leave(unread: list[tuple[int, str]], at: int, word: str) -> None:
    """Words that stand together stay together."""
    begin, before = unread[-1] if unread else (-2, "")
    end = begin + len(before)
    if before and end == at and word > "⺀" and before[-1] > "⺀":
        unread[-1] = (begin, before + word)
    elif before and end + 1 == at and word < "⺀" and before[-1] < "⺀":
        unread[-1] = (begin, f"{before} {word}")
    else:
        unread.append((at, word))


def _quoted(at: int, quoted: list[tuple[int, int, str]]) -> Tag | None:
    for start, end, inside in quoted:
        if start == at:
            return Tag(start, end, inside.strip(), (Sign("quoted", inside.strip()),))
    return None


def _fixed(at: int, text: str, fixed: list[Span]) -> Tag | None:
    for span in fixed:
        if span.start == at:
            kind = (
                "limit" if isinstance(span.said, int) else "threshold" if isinstance(span.said, Threshold) else "date"
            )
            return Tag(span.start, span.end, text[span.start : span.end], (Sign(kind, ""),), span.said)
    return None


def _longest(at: int, text: str, vocabulary: Vocabulary, short: dict[str, str]) -> Tag | None:
    """Chinese words by their characters, English by whole words; the longer wins."""
    best: Tag | None = None
    for size in range(min(vocabulary.longest, len(text) - at), 0, -1):
        word = text[at : at + size]
        if word in short:
            best = Tag(at, at + size, word, (Sign("value", "provider", short[word]),))
        elif word in vocabulary.han:
            best = Tag(at, at + size, word, vocabulary.han[word])
        if best is not None:
            break
    latin = _latin(at, text, vocabulary)
    if latin is not None and (best is None or latin.end > best.end):
        best = latin
    if best is not None and best.sign("value", "level"):
        best = _with_reach(best, text)
    return best


def _latin(at: int, text: str, vocabulary: Vocabulary) -> Tag | None:
    if at and re.match(r"[a-z0-9']", text[at - 1]) and re.match(r"[a-z0-9]", text[at]):
        return None
    words: list[str] = []
    ends: list[int] = []
    place = at
    while len(words) < _LONGEST_PHRASE and (match := _LATIN.match(text, place)):
        words.append(match[0])
        ends.append(match.end())
        place = match.end() + (1 if text[match.end() : match.end() + 1] == " " else 0)
        if place == match.end():
            break
    for size in range(len(words), 0, -1):
        signs = vocabulary.latin.get(latin_key(words[:size]))
        if signs:
            return Tag(at, ends[size - 1], text[at : ends[size - 1]], signs)
    return None


def _with_reach(tag: Tag, text: str) -> Tag:
    for pattern, reach in ((_AND_ABOVE, "up"), (_AND_BELOW, "down")):
        match = pattern.match(text, tag.end)
        if match:
            return Tag(tag.start, match.end(), tag.text, tag.signs, reach=reach)
    return tag
