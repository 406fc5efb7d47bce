"""What of a question had no part in its filter. Pure. A filter that passes over a word in silence answers another
question, so whatever was neither used nor is a mere turn of phrase is said, and content words are asked back for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from assistant.language import render
from assistant.steward.draft import Draft
from assistant.steward.filters import CatalogFilter, Condition, Op
from assistant.steward.measures import OF_GROUPS
from assistant.steward.phrases import Reading
from assistant.steward.vocabulary import label

_NUMERALS = "一二两三四五六七八九十几"
_HAN = re.compile(rf"[^\W\d_a-z{_NUMERALS}]")
_LATIN = re.compile(r"[a-z]{3,}|\d{2,}")
_SETTLED = frozenset(("departments", "labelled", "overdue", "mounted"))  # they become measures, or are said by others


def is_content(word: str) -> bool:
    """Whether an unread word says something: whatever is no numeral and no short piece of English."""
    return bool(_HAN.search(word) or _LATIN.search(word))


_WEAK = frozenset(
    "份名次项条张家段处级元字上下中里前后多少得以之所值放位号件"
)  # turns of phrase alone, else part of a word


def whole_words(reading: Reading) -> tuple[str, ...]:
    """The unread words, single characters with the turn of phrase that they run into: 备|份, 命|名."""
    beside = {at: one.text for one in reading.tags if one.text in _WEAK for at in (one.start, -one.end)}
    found = []
    for start, word in reading.gaps:
        whole = (
            word
            if len(word) > 1 or word in _NUMERALS
            else beside.get(-start, "") + word + beside.get(start + len(word), "")
        )
        found.append(whole)
    return tuple(found)


def unused(draft: Draft, built: CatalogFilter, renamed: Mapping[str, str]) -> tuple[str, ...]:
    """Words for the conditions, groups and limits of `draft` that are not in the filter built from it."""
    left = [_said(one) for one in draft.conditions if not _kept(one, built)]
    named = {*built.group_by, *built.measures, *(one.field for one in built.conditions)}
    named |= set() if built.group_by else {"provider"}  # every list says whose its rows are
    left += [_named(name) for name in draft.group_by if not {name, renamed.get(name, name)} & named]
    if built.order is not None and not built.group_by and built.order[0] in OF_GROUPS:
        left.append(_named(built.order[0]))  # single rows have no such number to be ordered by
    left += [f"{draft.limit}"] if draft.limit is not None and built.limit is None else []
    return tuple(dict.fromkeys((*draft.ignored, *left)))


def _kept(one: Condition, built: CatalogFilter) -> bool:
    if one.op in (Op.PRESENT, Op.MISSING) or one.field in _SETTLED:
        return True  # said by the field alone, which may have become another one's
    values = {value for other in built.conditions for value in other.values}
    return set(one.values) <= values


def _said(one: Condition) -> str:
    return f"{_named(one.field)} {'、'.join(one.values)}"


def _named(name: str) -> str:
    return render(label("measures" if name in OF_GROUPS else "fields", name), "zh")


def content_of(words: Sequence[str], searched: Sequence[str]) -> tuple[str, ...]:
    """The words among `words` that say something and were not searched for."""
    return tuple(word for word in words if is_content(word) and not any(word in topic for topic in searched))
