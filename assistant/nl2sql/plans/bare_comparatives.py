"""比去年同期少, 女性多还是男性多, 为负: short words of comparison that mean something only where they stand. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.nl2sql.plans.lexicon import Sense, Tag
from assistant.nl2sql.plans.periods import Mention

_UP, _DOWN = frozenset("多高大快长贵"), frozenset("少低小慢短")
_WHICH = re.compile(r"还是|哪个|哪家|哪一个|哪1个|谁|哪边|相比|比较")
_NEAR = 2  # characters between the time that something is compared with and the word


def with_bare_comparatives(tags: tuple[Tag, ...], mentions: Sequence[Mention], text: str) -> tuple[Tag, ...]:
    """The tags, with a sense for a single 多 or 少 that follows a time or stands in a choice."""
    return tuple(_read(tag, tags, mentions, text) for tag in tags)


def _read(tag: Tag, tags: tuple[Tag, ...], mentions: Sequence[Mention], text: str) -> Tag:
    if not tag.unknown or tag.text not in _UP | _DOWN:
        return tag
    compared = any(
        0 <= tag.start - m.end <= _NEAR
        and (m.kind in ("same_last_year", "previous") or text[max(0, m.start - 1)] == "比")
        for m in mentions
    )  # fmt: skip
    if compared:
        return replace(tag, senses=(Sense("operator", "growth" if tag.text in _UP else "decline"),))
    groups = sum(bool(other.of("value")) for other in tags)
    if groups > 1 and _WHICH.search(text):
        return replace(tag, senses=(Sense("operator", "descending" if tag.text in _UP else "ascending"),))
    return tag
