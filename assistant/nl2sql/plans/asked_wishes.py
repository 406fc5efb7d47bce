"""What the operators of a question wish: to compare (with a time, groups or things), growth, a trend. Pure."""

from __future__ import annotations

import re

from assistant.nl2sql.plans import periods
from assistant.nl2sql.plans.asked_time import Wishes
from assistant.nl2sql.plans.lexicon import Tag
from assistant.nl2sql.plans.question_reading import QuestionReading

_RATE = re.compile(r"[率速幅]|\brate\b|%|百分|多少|几|growth")
_GAP = 2  # characters between a word of comparison and the time that it compares with
_EN_GAP = 14  # versus the figure of last year
_AGAINST = ("比", "较", "比起来", "相比", "than", "versus", "vs", "against")


def wishes_of(read: QuestionReading) -> Wishes:
    def has(*names: str) -> bool:
        return any(item.is_operator(*names) for item in read.tags)

    apart = _compares_groups(read)
    grew = has("growth", "decline") and not read.order.having and not apart
    return Wishes(
        yoy=has("yoy"),
        mom=has("mom"),
        growth=grew or any("_rate" in h[0] for h in read.order.having),
        rate=any(
            item.is_operator("growth", "decline") and _RATE.search(read.text[item.start : item.end + 3])
            for item in read.tags
        ),
        vary=has("vary", "improve"),
        compare=has("compare") and not apart,
        trend=has("trend"),
        total=has("total"),
        winner=read.order.limit is not None,
        beside=_against_time(read),
        with_things=_against_things(read),
    )


def _against_time(read: QuestionReading) -> bool:
    return any(
        _beside(item, mention, read) for item in read.tags if item.is_operator("compare") for mention in read.mentions
    )


def _against_things(read: QuestionReading) -> bool:
    """比注销的多几家, than were closed: right behind the word that compares stands a figure or a value."""
    if _against_time(read):
        return False
    for index, item in enumerate(read.tags):
        if item.is_operator("compare") and item.text in _AGAINST:
            following = next((tag for tag in read.tags[index + 1 :] if not tag.is_filler), None)
            if following is not None and (following.of("metric") or following.of("value") or following.of("readings")):
                return True
    return False


def _compares_groups(read: QuestionReading) -> bool:
    """临江区和澜湾区相比, 各区对比: what is compared are groups. A time beside the word is what is compared with."""
    words = [item for item in read.tags if item.is_operator("compare")]
    if not words or any(m.kind in ("same_last_year", "previous") for m in read.mentions):
        return False
    if len({m.period for m in read.mentions if m.period is not None and m.kind != "now"}) > 1:
        return False
    beside = any(_beside(item, mention, read) for item in words for mention in read.mentions)
    several = any(len(one.values) > 1 and one.op == "in" for one in read.terms.filters)
    return not beside and (several or bool(read.terms.dimensions) or len(read.terms.metrics) > 1)


def _beside(item: Tag, mention: periods.Mention, read: QuestionReading) -> bool:
    """比去年, compared with last year, 和去年相比: nothing but particles between the word and the time."""
    text = read.text
    between = [tag for tag in read.tags if item.end <= tag.start and tag.end <= mention.start]
    near = 0 <= mention.start - item.end <= (_EN_GAP if item.text.isascii() else _GAP)
    if near and (all(tag.is_filler for tag in between) or not item.text.isascii()):
        return True
    if item.text.isascii():
        return False
    joined = text[max(0, mention.start - 1) : mention.start] in tuple("与和跟同较比")
    return joined and 0 <= item.start - mention.end <= _GAP
