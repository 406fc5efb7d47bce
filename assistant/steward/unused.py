"""What of a question had no part in its filter. Pure. A filter that passes over a word in silence answers another
question, so whatever was neither used nor is a mere turn of phrase is said, and content words are asked back for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from assistant.language import render
from assistant.steward.draft import Draft
from assistant.steward.filters import CatalogFilter, Condition, Op
from assistant.steward.vocabulary import label

_HAN = re.compile(r"[一-鿿]{2,}")
_LATIN = re.compile(r"[a-z]{3,}|\d{2,}")
_SETTLED = frozenset(("departments", "labelled", "overdue", "mounted"))  # they become measures, or are said by others


def is_content(word: str) -> bool:
    """Whether an unread word says something: one Chinese character is the rest of a turn of phrase."""
    return bool(_HAN.search(word) or _LATIN.search(word))


def unused(draft: Draft, built: CatalogFilter, renamed: Mapping[str, str]) -> tuple[str, ...]:
    """Words for the conditions, groups and limits of `draft` that are not in the filter built from it."""
    left = [_said(one) for one in draft.conditions if not _kept(one, built)]
    named = {*built.group_by, *built.measures, *(one.field for one in built.conditions)}
    left += [_named(name) for name in draft.group_by if not {name, renamed.get(name, name)} & named]
    left += [f"{draft.limit}"] if draft.limit is not None and built.limit is None else []
    return tuple(dict.fromkeys((*draft.ignored, *left)))


def _kept(one: Condition, built: CatalogFilter) -> bool:
    if one.op in (Op.PRESENT, Op.MISSING) or one.field in _SETTLED:
        return True  # said by the field alone, which may have become another one's
    values = {value for other in built.conditions for value in other.values}
    return set(one.values) <= values


def _said(one: Condition) -> str:
    return f"{_named(one.field)} {'、'.join(one.values)}"


def _named(field: str) -> str:
    return render(label("fields", field), "zh")


def content_of(words: Sequence[str], searched: Sequence[str]) -> tuple[str, ...]:
    """The words among `words` that say something and were not searched for."""
    return tuple(word for word in words if is_content(word) and not any(word in topic for topic in searched))
