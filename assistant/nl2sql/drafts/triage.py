"""Is this a question for this database at all? Before anything is drafted, and without a model.

    triage("what's up?", schema).outcome               -> out of scope: it asks for no data
    triage("which jockey won?", schema).outcome        -> no data: no such item is kept here
    triage("the score of the team", schema).outcome    -> ambiguous: several items are called so, with the readings
    triage("how many teams are there?", schema).outcome -> answerable

The signs (question_signs.py) are computed from the words and the schema; fixed weights say which outcome they tell.
The weights are of English questions and names; a Chinese question, or one to a schema with Chinese names, is turned
away only where its form says that it is talk.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import StrEnum

from assistant.nl2sql.drafts.nearest_readings import names_a_thing, nearest_readings
from assistant.nl2sql.drafts.question_signs import is_content, signs_of
from assistant.nl2sql.drafts.readings import Asked, SchemaReading
from assistant.nl2sql.drafts.schema_words import SchemaWords
from assistant.nl2sql.drafts.triage_weights import INTERCEPT, WEIGHTS

_CHINESE = re.compile("[\u4e00-\u9fff]")
_CHATS = re.compile(
    r"^(?:你好|您好|嗨|早上好|晚上好|谢谢|再见|哈哈)|你(?:是谁|叫什么|几岁|喜欢|觉得|会不会|能做什么)|讲个?笑话|写一?首|"
    r"唱首?歌|陪我聊|天气(?:怎么样|如何|预报)"
)
_MOST_MISSING = 3  # words that are named


class TriageOutcome(StrEnum):
    ANSWERABLE = "answerable"
    AMBIGUOUS = "ambiguous"
    NO_DATA = "no_data"
    OUT_OF_SCOPE = "out_of_scope"


@dataclass(frozen=True, slots=True, kw_only=True)
class Triage:
    """`missing` are the words that the schema does not know; `readings` two to four where it is ambiguous."""

    outcome: TriageOutcome
    probability: float  # 0-1, of the outcome
    missing: tuple[str, ...] = ()
    readings: tuple[SchemaReading, ...] = ()


def triage(text: str, schema: SchemaWords) -> Triage:
    """The outcome for a question that names no reading of its own (reading_rounds.py goes first). Pure."""
    asked = Asked.of(text, schema)
    if _CHINESE.search(text) or _is_chinese(schema):
        chats = bool(_CHATS.search(text)) and not asked.mentions
        return Triage(
            outcome=TriageOutcome.OUT_OF_SCOPE if chats else TriageOutcome.ANSWERABLE, probability=0.9 if chats else 0.5
        )
    shares = _shares(asked)
    outcome = max(TriageOutcome, key=lambda one: shares[one])
    if outcome is TriageOutcome.AMBIGUOUS:
        readings = () if names_a_thing(asked) else nearest_readings(asked)
        if len(readings) < 2:  # nothing to choose between: the next likely outcome
            outcome = max((one for one in TriageOutcome if one is not outcome), key=lambda one: shares[one])
            return Triage(outcome=outcome, probability=shares[outcome], missing=_missing(asked))
        return Triage(outcome=outcome, probability=shares[outcome], readings=readings)
    return Triage(outcome=outcome, probability=shares[outcome], missing=_missing(asked))


def _is_chinese(schema: SchemaWords) -> bool:
    """Names in Chinese: the signs compare English words, and an English question shares none with them."""
    names = [table.name for table in schema.schema.tables]
    return 2 * sum(bool(_CHINESE.search(name)) for name in names) > len(names)


def _shares(asked: Asked) -> dict[TriageOutcome, float]:
    """The probability of every outcome."""
    scores = list(INTERCEPT)
    for name, value in signs_of(asked).items():
        for place, weight in enumerate(WEIGHTS[name]):
            scores[place] += weight * value
    most = max(scores)
    raised = [math.exp(score - most) for score in scores]
    return {one: value / sum(raised) for one, value in zip(TriageOutcome, raised, strict=True)}


def _missing(asked: Asked) -> tuple[str, ...]:
    """Content words that no name and no visible value of the schema holds, as they were written."""
    held = {at for m in asked.mentions if m.kind == "value" for at in range(m.first, m.last)}
    found = [
        asked.said(at, at + 1)
        for at, word in enumerate(asked.words)
        if is_content(word) and at not in held and word.stem not in asked.schema.vocabulary
    ]
    return tuple(dict.fromkeys(found))[:_MOST_MISSING]
