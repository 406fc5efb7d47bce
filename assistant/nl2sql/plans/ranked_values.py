"""本科及以上, 二级以上, grade B or better: a bound on a value that has an order stands for several values. Pure."""

from __future__ import annotations

from dataclasses import replace

from assistant.nl2sql.plans.lexicon import Sense, Tag
from assistant.nl2sql.plans.semantic_model import SemanticModel
from assistant.nl2sql.plans.values import ValueIndex

_AFTER = {"ge_after": True, "le_after": False}  # upwards?
_BEFORE = {"ge": (True, True), "gt": (True, False), "le": (False, True), "lt": (False, False)}  # (up, itself too)
_NEAR = 2  # tags between the value and the bound


def with_ranked_values(tags: tuple[Tag, ...], model: SemanticModel, values: ValueIndex) -> tuple[Tag, ...]:
    """The tags, with a value and its bound as one tag that has all the values meant as senses.

    以上 counts the value itself (民法典第一千二百五十九条); a bare 以下 is left unread, since people mean both.
    """
    found = list(tags)
    for index in reversed(range(len(tags))):
        if index >= len(found):
            continue
        bound = _bound(index, found)
        senses = _meant(found[index], bound[0], bound[1], model, values) if bound else ()
        if bound and senses:
            first, last = sorted((index, bound[2]))
            text = "".join(tag.text for tag in found[first : last + 1])
            found[first : last + 1] = [
                replace(found[index], start=found[first].start, end=found[last].end, text=text, senses=senses)
            ]
    return tuple(found)


def bare_below(tags: tuple[Tag, ...], model: SemanticModel) -> tuple[Tag, Tag] | None:
    """C级以下: (the value, the word); whether it counts the value itself has to be asked."""
    for index, tag in enumerate(tags):
        ranked = [s for s in tag.of("value") if s.value and s.value.label in model.dimension_by_id[s.target].ranks]
        following = next((t for t in tags[index + 1 : index + 1 + _NEAR] if not t.is_filler), None)
        if ranked and following is not None and following.is_operator("lt_after"):
            return tag, following
    return None


def _meant(tag: Tag, up: bool, itself: bool, model: SemanticModel, values: ValueIndex) -> tuple[Sense, ...]:
    found: list[Sense] = []
    for sense in tag.of("value"):
        ranks = model.dimension_by_id[sense.target].ranks
        if sense.value is None or sense.value.label not in ranks:
            continue
        place = ranks.index(sense.value.label)
        names = ranks[place + (not itself) :] if up else ranks[: place + itself]
        known = {one.label: one for one in values.values if one.dimension == sense.target}
        found += [Sense("value", sense.target, known[name]) for name in names if name in known]
    return tuple(found)


def _bound(index: int, tags: list[Tag]) -> tuple[bool, bool, int] | None:
    """(upwards, the value itself too, place of the word)."""
    if not tags[index].of("value"):
        return None
    for at in range(index + 1, min(len(tags), index + 1 + _NEAR)):
        for name, up in _AFTER.items():
            if tags[at].is_operator(name):
                return up, True, at
        if not tags[at].is_filler:
            break
    for at in range(index - 1, max(-1, index - 1 - _NEAR), -1):
        for name, (up, itself) in _BEFORE.items():
            if tags[at].is_operator(name):
                return up, itself, at
        if not tags[at].is_filler:
            break
    return None
