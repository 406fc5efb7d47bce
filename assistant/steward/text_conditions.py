"""A field compared with words of its own: 共享方式为接口, 名称里带“登记”, whose abstract mentions sampling. Pure.

Values that people know by heart (有条件共享, 每月) are words of the vocabulary. What stands in a free text is in none,
so it is taken as it stands: a quoted word, or one that nothing else is known of, right after a field and a verb.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.steward.filters import Condition, Op
from assistant.steward.phrases import Reading, Tag
from assistant.steward.vocabulary import Sign

_TEXT_FIELDS = frozenset(
    [
        "name",
        "item",
        "name_en",
        "resource_id",
        "abstract",
        "format",
        "category",
        "provider",
        "owner_office",
        "sharing_condition",
        "sharing_method",
        "sharing_basis",
        "open_condition",
        "update_cycle",
        "unit",
        "description",
        "synonyms",
        "basis",
        "definition",
        "document",
        "article",
    ]
)
_SAYS = re.compile(
    r"\s*(?:里面|里边|里头|一栏|栏目|栏|字段|当中|之中|中|里)?(?:都|也)?\s*"
    r"(?:(?P<no>不包含|不含有|不含|不带|没有提到|没提到|没提|未提及|不是|没有(?!提)"
    r"|(?:does|do) not (?:contain|mention|include)|is not|are not)"
    r"|(?P<yes>包含|含有|含|带有|带着|带|出现了?|提到了?|提及|写着|写的是|写成|写了|写的|登记为|填的是|填为|填着|填成|叫做|叫|为|是|有"
    r"|contain(?:s|ing)?|mention(?:s|ing)?|includ(?:es?|ing)|say(?:s|ing)?|is|are))\s*"
)
_WORDS = re.compile(r"(?P<word>[^，。？,?]{1,12}?)(?:字样|字眼|这个词|这两个字|这几个字|二字|两个字)")
_EQUALS = (
    "为",
    "是",
    "叫",
    "叫做",
    "写着",
    "写的是",
    "写成",
    "登记为",
    "填的是",
    "填为",
    "填着",
    "填成",
    "不是",
    "is",
    "are",
)
_REST = re.compile(
    r"(?!什么|谁|哪|怎|如何|空|何)[一-鿿]{2,12}?(?=的|，|、|。|？|$)|[a-z]+(?: [a-z]+){0,2}(?=$|,| and | but |\?)"
)
_VERB_FIRST = re.compile(r"\b(?:mention|contain|includ)(?:s|es|ing|e)? (?P<word>[^,?]{2,30}?) in (?:their|its|the) $")
_HELD = re.compile(r"(?!什么|谁|哪|怎|如何|空|何)[一-鿿]{2,8}?(?=的|，|、|。|？|$)")
_TELLING = {"value", "flag", "cue", "threshold", "date", "limit", "said", "measure"}
_QUOTES = "“”「」『』《》\"'‘’"
_NAMED = {"item", "metric", "resource", "quoted"}  # kinds of tags that are as well words of a text


def with_text_conditions(reading: Reading) -> Reading:
    """The reading with every such comparison as one tag that says its condition."""
    for tag in reading.tags:
        field = _field(tag)
        first = _VERB_FIRST.search(reading.text[: tag.start]) if field else None
        if field and first:
            condition = Condition(field=field, op=Op.CONTAINS, values=(first["word"].strip(_QUOTES),))
            return with_text_conditions(_replaced(reading, first.start(), tag.end, condition))
        said = _SAYS.match(reading.text, tag.end) if field else None
        value = _value(reading, said.end(), (said["no"] or said["yes"]).strip()) if said else None
        if field and said and value:
            word, end = value
            op = Op.CONTAINS_NOT if said["no"] else Op.CONTAINS
            condition = Condition(field=field, op=op, values=(word,))
            return with_text_conditions(_replaced(reading, tag.start, end, condition))
    return reading


def _field(tag: Tag) -> str:
    names = [one.id for one in tag.signs if one.kind == "field" and one.id in _TEXT_FIELDS]
    return names[0] if names else ""


def _value(reading: Reading, at: int, verb: str) -> tuple[str, int] | None:
    """The word that begins here and where it ends; None where something else that is known stands here."""
    words = _WORDS.match(reading.text, at)
    if words is not None:
        return words["word"].strip(_QUOTES), words.end()
    pattern = _REST if verb in _EQUALS else None if verb in ("有", "没有") else _HELD
    plain = pattern.match(reading.text, at) if pattern is not None else None
    if plain is not None and not _settles(reading, at, plain.end()):
        return plain[0], plain.end()
    if verb == "没有":  # 名称里没有“信息”; 摘要没有写 speaks of the field
        quoted = (tag for tag in reading.tags if tag.start == at and tag.sign("quoted"))
        return next(((tag.text.strip(_QUOTES), tag.end) for tag in quoted), None)
    for start, word in reading.gaps:
        if start == at:
            return word, at + len(word)
    for tag in reading.tags:
        if tag.start == at and (kinds := {one.kind for one in tag.signs}) & _NAMED and kinds <= {*_NAMED, "identifier"}:
            return tag.text.strip(_QUOTES), tag.end
    return None


def _settles(reading: Reading, start: int, end: int) -> bool:
    """Whether what stands there is said otherwise: a value, something lacking, a question."""
    kinds = [{one.kind for one in tag.signs} for tag in reading.tags if tag.start < end and start < tag.end]
    return any(kind & _TELLING for kind in kinds)


def _replaced(reading: Reading, start: int, end: int, said: Condition) -> Reading:
    whole = Tag(start, end, reading.text[start:end], (Sign("said", said.field),), said)
    tags: Sequence[Tag] = [one for one in reading.tags if one.end <= start or one.start >= end]
    gaps = tuple(one for one in reading.gaps if not start <= one[0] < end)
    return Reading(reading.text, tuple(sorted([*tags, whole], key=lambda one: one.start)), gaps)
