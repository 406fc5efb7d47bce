"""A steward's question as a row of tags: the longest known word at every place, what was quoted, dates, numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from assistant.steward.category_names import listed_categories
from assistant.steward.dates import Span, spans
from assistant.steward.filters import Condition
from assistant.steward.plain_text import QUOTED, plain_text
from assistant.steward.provider_names import abbreviated_providers, listed_providers
from assistant.steward.quantities import Threshold
from assistant.steward.vocabulary import Sign, Vocabulary, latin_key

_ASKS_A_FACT = re.compile(
    r"^(?:what is|what's|what are the|how|when|where|why|who)\b|多少|什么时候|为什么|是什么|几点|怎么"
)
_LATIN = re.compile(r"[a-z0-9][a-z0-9'-]*")
# Fields whose values are no words that something could be defined or called by.
_PLAIN_VALUES = ("sharing_type", "open_type", "update_cycle", "level", "type", "role", "verdict")
_KINDS_OF_BUREAU = ("bureau", "department", "commission", "authority", "office")
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
    gaps: tuple[tuple[int, str], ...]  # where nothing is known of the words, with the words

    @property
    def unread(self) -> tuple[str, ...]:
        return tuple(word for _, word in self.gaps)

    def topics(self, *, asked: bool = False) -> tuple[str, ...]:
        """The unread words; one that runs into 方面, 相关 goes on up to it (养犬登记方面).

        `asked`: only those that are asked for, not what is said of a noun before them (资源占用多少空间).
        """
        about = any(tag.cue("about", "about_after") for tag in self.tags)
        if asked and not about and _ASKS_A_FACT.search(self.text):
            return ()
        ends = [tag.start for tag in self.tags if tag.cue("about_after")]
        nouns = [tag.start for tag in self.tags if tag.sign("subject")]
        found = []
        for start, word in self.gaps:
            which = any(tag.cue("which") and tag.end <= start for tag in self.tags)
            if asked and not about and any(noun < start for noun in nouns):
                continue
            if asked and not about and which and not any(noun > start for noun in nouns):
                continue  # 哪些数据值钱: said of the data, not what they are about
            end = next((at for at in ends if at > start and not any(start < noun < at for noun in nouns)), None)
            begin = self._begins(start)
            found.append(self.text[begin:end].strip() if end is not None else self.text[begin : start + len(word)])
        return tuple(dict.fromkeys(found))

    def _begins(self, start: int) -> int:
        """医院床位: where an item or metric runs straight into an unread word, the topic begins with it."""
        kinds = {"item", "metric"}
        named = (tag for tag in self.tags if tag.end == start and {one.kind for one in tag.signs} <= kinds)
        return next((tag.start for tag in named), start)

    def compounds(self) -> tuple[str, ...]:
        """医院床位: items that run into each other are one word of their own."""
        named = [tag for tag in self.tags if {one.kind for one in tag.signs} <= {"item", "metric"}]
        pairs = (one for one in pairwise(named) if one[0].end == one[1].start)
        return tuple(self.text[first.start : second.end] for first, second in pairs)

    def narrowed_topic(self) -> str | None:
        """public transport: an English category with an unread word right before it is a topic of its own."""
        for tag in self.tags:
            for start, word in self.gaps:
                beside = start + len(word) + 1 == tag.start and self.text[tag.start - 1] == " "
                if beside and tag.sign("value", "category") and tag.text.isascii():
                    return f"{word} {tag.text}"
        return None


def read(question: str, vocabulary: Vocabulary, as_of: date) -> Reading:
    """Tag a question in any of the three scripts."""
    text = plain_text(question, as_of)
    quoted = [(m.start(), m.end(), m["a"] or m["b"]) for m in QUOTED.finditer(text)]
    short = abbreviated_providers(text, vocabulary.providers)
    bare = {span: ("provider", name) for span, name in listed_providers(text, vocabulary.providers).items()}
    taken = [*bare, *((start, end) for start, end, _ in quoted)]
    bare |= {span: ("category", one) for span, one in listed_categories(text, vocabulary.categories, taken).items()}
    fixed = [span for span in spans(text, as_of) if not any(a < span.end and span.start < b for a, b, _ in quoted)]
    tags: list[Tag] = []
    unread: list[tuple[int, str]] = []
    at = 0
    while at < len(text):
        tag = (
            _quoted(at, quoted, vocabulary)
            or _fixed(at, text, fixed)
            or _bare(at, text, bare)
            or _read_at(at, text, vocabulary, short)
        )
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
    return _with_listed(Reading(text, tuple(tags), tuple(unread)), vocabulary)


def _with_listed(reading: Reading, vocabulary: Vocabulary) -> Reading:
    """civil affairs and finance: an unread word joined to a department is the department of that name."""
    tags, gaps = list(reading.tags), []
    for start, word in reading.gaps:
        before = [tag for tag in tags if tag.end <= start][-2:]
        listed = len(before) == 2 and before[0].sign("value", "provider") is not None and before[1].cue("join")
        bureaus = (vocabulary.latin.get(f"{word} {kind}", ()) for kind in _KINDS_OF_BUREAU) if listed else ()
        sign = next((one for signs in bureaus for one in signs if one.id == "provider"), None)
        if sign is None:
            gaps.append((start, word))
        else:
            tags.append(Tag(start, start + len(word), word, (sign,)))
    return Reading(reading.text, tuple(sorted(tags, key=lambda tag: tag.start)), tuple(gaps))


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


def _quoted(at: int, quoted: list[tuple[int, int, str]], vocabulary: Vocabulary) -> Tag | None:
    for start, end, inside in quoted:
        if start == at:
            known = vocabulary.han.get(inside.strip(), ())
            if known and all(one.kind == "value" and one.id in _PLAIN_VALUES for one in known):
                return Tag(start, end, inside.strip(), known)  # 更新周期为“不定期”
            return Tag(start, end, inside.strip(), (Sign("quoted", inside.strip()),))
    return None


def _bare(at: int, text: str, bare: dict[tuple[int, int], tuple[str, str]]) -> Tag | None:
    for (start, end), (field, value) in bare.items():
        if start == at:
            return Tag(start, end, text[start:end], (Sign("value", field, value),))
    return None


def _fixed(at: int, text: str, fixed: list[Span]) -> Tag | None:
    for span in fixed:
        if span.start == at:
            kind = (
                "limit" if isinstance(span.said, int) else "threshold" if isinstance(span.said, Threshold) else "date"
            )
            return Tag(span.start, span.end, text[span.start : span.end], (Sign(kind, ""),), span.said)
    return None


def _read_at(at: int, text: str, vocabulary: Vocabulary, short: dict[str, str]) -> Tag | None:
    """The longest word here; a mark (标为敏感) gives way to a value that begins in it and goes on (敏感个人信息)."""
    best = _longest(at, text, vocabulary, short)
    runs_on = best is not None and best.cue("holds") and len(best.text) == 1 and text[at + 1 : at + 2].isalpha()
    if runs_on and _longest(at + 1, text, vocabulary, short) is None:
        return None  # 存储空间, 含量: part of an unknown word
    if best is not None and best.sign("measure"):
        best = _longest(at, text[: _counting(best, text)], vocabulary, short)
    if best is not None and {one.kind for one in best.signs} == {"filler"}:
        return _yielding(best, text, vocabulary, short)
    if best is not None and not best.text.isascii() and {one.kind for one in best.signs} <= {"cue", "filler"}:
        return _shortened(best, text, vocabulary, short)
    english_cue = best is not None and best.text.isascii() and {one.kind for one in best.signs} == {"cue"}
    if best is None or best.sign("value") is not None or not (best.sign("flag") or english_cue):
        return best
    for start in range(best.start + 1, best.end):
        within = _longest(start, text, vocabulary, short)
        if within is not None and within.end > best.end and within.sign("value"):
            return within if best.sign("flag") else _longest(at, text[:start], vocabulary, short) or within
    return best


def _yielding(filler: Tag, text: str, vocabulary: Vocabulary, short: dict[str, str]) -> Tag | None:
    """A turn of phrase ends where a word of the catalog begins in it and goes on: 各级|别."""
    for start in range(filler.start + 1, filler.end) if not filler.text.isascii() else ():
        within = _longest(start, text, vocabulary, short)
        after = _longest(filler.end, text, vocabulary, short)
        if after is None and within is not None and within.end > filler.end:
            return _longest(filler.start, text[:start], vocabulary, short)
    return filler


def _shortened(cue: Tag, text: str, vocabulary: Vocabulary, short: dict[str, str]) -> Tag:
    """没|人工复核, 没|定级: before what tells nothing, a word of the catalog that begins in the cue stands."""
    after = _longest(cue.end, text, vocabulary, short)
    if not text[cue.end : cue.end + 1].isalpha() or (after is not None and (len(after.text) > 1 or not _idle(after))):
        return cue
    for start in range(cue.start + 1, cue.end):
        within = _longest(start, text, vocabulary, short)
        before = _longest(cue.start, text[:start], vocabulary, short)
        if within is not None and within.end > cue.end and before is not None and before.end == start:
            return before
    return cue


def _idle(tag: Tag) -> bool:
    return {one.kind for one in tag.signs} == {"filler"}


def _counting(measure: Tag, text: str) -> int:
    """按部门数一数: the verb begins at the last character of what looks like 部门数; else the text's end."""
    last = measure.end - 1
    return last if re.match(r"数(?:一数|一下|数)", text[last:]) else len(text)


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
