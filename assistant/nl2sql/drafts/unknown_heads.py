"""Words that say what is asked for and that nothing in the schema explains: better asked back than passed over. Pure.

哪些用人单位参加过…, where no table or column is known to be called so: a reading of the rest shows something else.
"""

from __future__ import annotations

from assistant.nl2sql.drafts.naming import GENERIC
from assistant.nl2sql.drafts.said import Said

# what is counted or told apart in any table; no thing of its own
_SORTS = frozenset({"time", "times", "kind", "kinds", "sort", "sorts", "one", "ones", "ever", "people", "most"})
_LEAST = 0.4  # of the content words must be explained
_ASKING = ("which", "whose", "how many", "number of", "哪", "多少", "几")  # 什么 asks for what stands before it


def lost_denial(said: Said, denied: bool) -> tuple[str, ...]:
    """The words that deny something, where the reading denies nothing: the opposite would be shown."""
    if denied:
        return ()
    return tuple(word.text for word in said.words if "absent" in word.cues and not word.filler)[:1]


def lost_extreme(said: Said, carried: bool) -> tuple[str, ...]:
    """The word that asks for the most or the first of something, where nothing is ranked: all would be shown."""
    if carried:
        return ()
    return tuple(word.text for word in said.words if word.cues & {"most", "least"} and not word.filler)[:1]


def left_out(said: Said, *, chinese: bool) -> tuple[str, ...]:
    """The words without which there is no reading; () where the reading may be shown."""
    unknown = said.unknown()
    explained = sum(one.end - one.start for one in said.mentions)
    if explained < _LEAST * (explained + len(unknown)):
        return _joined(said)
    return _heads(said, chinese=chinese)


def _heads(said: Said, *, chinese: bool) -> tuple[str, ...]:
    """The unknown word behind 哪些, 多少, which or how many, and in Chinese the one before 是哪些."""
    found = []
    for place, word in enumerate(said.words):
        asks = word.cues & {"count", "which"} and word.text.lower().startswith(_ASKING)
        if not asks or said.at(place) is not None or word.text.endswith("次"):
            continue
        behind = _next(said, place, 1)
        if behind is not None and _is_unknown(said, behind) and not _modifies(said, behind):
            found.append(_run(said, behind, 1))
            continue
        if behind is not None and _is_torn(said, behind):
            found.append(said.words[behind].text + _run(said, behind + 1, 1))
            continue
        before = _next(said, place, -1) if word.text.startswith("哪") else None
        if chinese and behind is None and before is not None and _is_unknown(said, before):
            found.append(_run(said, before, -1))
    return tuple(dict.fromkeys([*found, *_joined_to_columns(said)]))


def _joined_to_columns(said: Said) -> list[str]:
    """蓝绿度和价格: an unknown thing that `and` puts beside a column is asked for as well."""
    found = []
    for place, word in enumerate(said.words):
        if "and" not in word.cues or word.text.lower() == "along with":
            continue
        behind = said.at(place + 1)
        if place and behind is not None and behind.kind == "column" and _is_unknown(said, place - 1):
            found.append(_run(said, place - 1, -1))
    return found


def _modifies(said: Said, at: int) -> bool:
    """job fairs, where there are fairs: a word before the known head of its name."""
    head = said.at(at + 1)
    if not said.words[at].text.isascii():
        return at + 1 < len(said.words) and "of" in said.words[at + 1].cues  # 哪一年生产的汽车
    return head is not None and head.kind == "table"


def _next(said: Said, place: int, step: int) -> int | None:
    """The next word of substance in its sentence."""
    at = place + step
    while 0 <= at < len(said.words) and said.words[at].sentence == said.words[place].sentence:
        if not said.words[at].filler:
            return at
        at += step
    return None


def _is_unknown(said: Said, at: int) -> bool:
    word = said.words[at]
    if word.stems & GENERIC:
        return False
    plain = not (word.filler or word.cues or word.quoted or word.date or word.number is not None)
    return plain and word.text.lower() not in _SORTS and said.at(at) is None


def _is_torn(said: Said, at: int) -> bool:
    """船东, where only 船 is known: a single character of a longer word."""
    word = said.words[at]
    following = said.words[at + 1] if at + 1 < len(said.words) else None
    torn = len(word.text) == 1 and not word.text.isascii() and said.at(at) is not None
    return torn and following is not None and following.start == word.end and _is_unknown(said, at + 1)


def _run(said: Said, at: int, step: int) -> str:
    """The unknown words in one piece: Chinese ones stand side by side."""
    last = at
    if not said.words[at].text.isascii():
        while 0 <= last + step < len(said.words) and _is_unknown(said, last + step):
            last += step
    low, high = sorted((at, last))
    return "".join(word.text for word in said.words[low : high + 1])


def _joined(said: Said) -> tuple[str, ...]:
    """All unknown words, Chinese characters that stand side by side in one piece."""
    made: list[str] = []
    last = -2
    for at, word in enumerate(said.words):
        if not _is_unknown(said, at):
            continue
        if at == last + 1 and not word.text.isascii():
            made[-1] += word.text
        else:
            made.append(word.text)
        last = at
    return tuple(dict.fromkeys(made))
