"""What a question shows of itself and of the schema, as numbers: the signs that triage weighs. Pure.

Every sign is computed from the words and the names of the schema at hand; none knows a database, a table or a value.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from assistant.nl2sql.drafts.question_words import (
    AUXILIARIES,
    BINDS,
    FRAGMENT,
    FUNCTION,
    LEADS,
    OPERATORS,
    ORDERS,
    PERSON,
    PLACE,
    SELF,
    THIRD,
    TIME,
    WH,
)
from assistant.nl2sql.drafts.readings import Asked
from assistant.nl2sql.drafts.schema_words import Word

# asking politely is no talk about oneself
_POLITE = re.compile(
    r"\b(?:can|could|would|will) you\b|\b(?:tell|show|give|get|find|let) (?:me|us)\b|\bprovide me\b|"
    r"\b(?:i|we) (?:want|need|would like|wish|'d like)\b|\bdo you (?:have|know)\b|\b(?:can|could|may) (?:i|we)\b|"
    r"\b(?:hi|hello|thanks|thank you|please|ok|okay)\b"
)
_VAGUE = re.compile(
    r"\bsome (?:number|value|amount|date|year)\b|\bapproximately\b|\broughly\b|\bsomewhere\b|\bn/a\b|\bcertain\b|"
    r"\babout \d|\baround \d|\bnear \d|\bunknown\b|\bsomething\b"
)
_DEFINES = re.compile(
    r"^(?:what|who) (?:is|are|was|were|does|do) (?:a |an |the )?[\w' -]+?(?: mean(?:ing)?| used for| about)?\??$"
)

SIGNS = (
    "coverage", "known", "unknown", "columns", "tables", "values", "focus_known", "focus_unknown", "no_focus",
    "wh", "order", "how_many", "yes_no", "why_how", "statement", "self", "third", "third_bare", "one_word",
    "short", "long", "vague", "operator", "defines", "fragment", "digits", "untyped", "parts", "twins",
    "schema", "nothing", "all_known", "wh_known", "statement_known", "unknown_share_schema", "repeats",
    "condition_known", "condition_unknown", "focus_part",
)  # fmt: skip


def signs_of(asked: Asked) -> dict[str, float]:
    """{sign: value}, most of them 0 or 1; shares are 0-1 and counts are damped."""
    words = [word for word in asked.words if word.text[0].isalnum() or word.text[0] > "\u4e00"]
    content = [at for at, word in enumerate(asked.words) if is_content(word)]
    named = {at for m in asked.mentions if m.kind == "value" for at in range(m.first, m.last)}
    known = [at for at in content if at in named or asked.words[at].stem in asked.schema.vocabulary]
    form = _form(words)
    coverage = len(known) / len(content) if content else 0.0
    size = min(1.0, math.log(1 + len(asked.schema.vocabulary)) / 5)
    found = {
        "coverage": coverage,
        "known": math.log1p(len(known)),
        "unknown": math.log1p(len(content) - len(known)),
        "values": float(bool(named)),
        "third_bare": float(any(word.text in THIRD for word in words) and len(known) <= 1),
        "defines": float(bool(_DEFINES.match(asked.text.lower().strip())) and not known),
        "schema": size,
        "nothing": float(not known),
        "all_known": float(bool(content) and len(known) == len(content)),
        "wh_known": coverage * (form == "wh"),
        "statement_known": coverage * (form == "statement"),
        "unknown_share_schema": (1 - coverage) * size,
    }
    return found | _signs_of_form(asked, words, form) | _signs_of_names(asked, form)


def _signs_of_form(asked: Asked, words: Sequence[Word], form: str) -> dict[str, float]:
    """How it is asked, whatever the schema."""
    said, text = {word.text for word in words}, asked.text.lower()
    opens = bool(words) and (words[0].text in FRAGMENT or text.startswith(("how about", "what about")))
    forms = ("wh", "order", "how_many", "yes_no", "why_how", "statement")
    return {name: float(form == name) for name in forms} | {
        "self": float(bool(SELF & set(_POLITE.sub(" ", text).split()))),
        "third": float(bool(said & THIRD)),
        "one_word": float(len(words) <= 2),
        "short": float(len(words) <= 4),
        "long": float(len(words) > 22),
        "vague": float(bool(_VAGUE.search(text))),
        "operator": float(bool(said & OPERATORS)),
        "fragment": float(opens),
        "digits": float(any(word.text[0].isdigit() for word in words)),
        "repeats": float(len(words) - len(said) > 5),
    }


def _signs_of_names(asked: Asked, form: str) -> dict[str, float]:
    """What of the schema is named, and where."""
    focus, conditions = _focus(asked, form), _conditions(asked)
    columns = {(m.first, m.last) for m in asked.mentions if m.kind == "column"}
    return {
        "columns": math.log1p(len(columns)),
        "tables": float(any(m.kind == "table" and not m.part for m in asked.mentions)),
        "focus_known": float(focus == 1.0),
        "focus_unknown": float(focus == 0.0),
        "focus_part": float(focus is not None and 0 < focus < 1),
        "no_focus": float(focus is None),
        "condition_known": math.log1p(sum(conditions)),
        "condition_unknown": math.log1p(len(conditions) - sum(conditions)),
        "untyped": float(_untyped(asked, form)),
        "parts": float(_parts(asked)),
        "twins": float(_twins(asked)),
    }


def is_content(word: Word) -> bool:
    """A word that says which data: no function word, no number, no word of what to do with data."""
    return word.text[0].isalpha() and word.text not in FUNCTION and (len(word.text) > 1 or word.text > "\u4e00")


def _form(words: Sequence[Word]) -> str:
    """How the sentence asks: wh, how many, an order, yes or no, why or how, or not at all."""
    texts = [word.text for word in words]
    if not texts:
        return "statement"
    for at, text in enumerate(texts):
        if text == "how" and texts[at + 1 : at + 2] in (["many"], ["much"]):
            return "how_many"
    if texts[0] in ("why", "how"):
        return "why_how"
    if texts[0] in AUXILIARIES:
        return "yes_no"
    if any(text in ORDERS for text in texts[:3]):
        return "order"
    return "wh" if any(text in WH for text in texts[:1]) or (WH & set(texts) and len(texts) > 3) else "statement"


def _conditions(asked: Asked) -> list[bool]:
    """Of every "N is", "N of", "N greater than": whether the schema knows N."""
    found = []
    for at in range(1, len(asked.words) - 1):
        word = asked.words[at]
        if is_content(word) and asked.words[at + 1].text in BINDS and asked.words[at - 1].text in LEADS:
            found.append(word.stem in asked.schema.vocabulary)
    return found


def _focus(asked: Asked, form: str) -> float | None:
    """How much of the thing asked for the schema knows: the words after the asking word. None: nothing is asked for."""
    start = next(
        (at + 1 for at, w in enumerate(asked.words) if w.text in WH or w.text in ORDERS or w.text in ("many", "much")),
        None,
    )
    if start is None or form in ("statement", "yes_no", "why_how"):
        return None
    first = next((at for at in range(start, len(asked.words)) if is_content(asked.words[at])), None)
    if first is None:
        return None
    last = first
    while last < len(asked.words) and last < first + 3 and is_content(asked.words[last]):
        last += 1
    phrase = asked.words[first:last]
    return sum(word.stem in asked.schema.vocabulary for word in phrase) / len(phrase)


def _untyped(asked: Asked, form: str) -> bool:
    """who, when, where: and no name in the schema that could hold a person, a time, a place."""
    first = next((w.text for w in asked.words if w.text in ("who", "when", "where")), "")
    kinds = {"who": PERSON, "when": TIME, "where": PLACE}.get(first)
    return kinds is not None and form == "wh" and not kinds & asked.schema.vocabulary


def _parts(asked: Asked) -> bool:
    """A word that is part of several names of one table, and whole name of nothing that is said."""
    covered = {at for m in asked.mentions if not m.part for at in range(m.first, m.last)}
    for at, word in enumerate(asked.words):
        if at in covered or not is_content(word):
            continue
        for table in asked.schema.schema.tables:
            if sum(any(word.stem in name for name in asked.schema.names(table, c)) for c in table.columns) > 1:
                return True
    return False


def _twins(asked: Asked) -> bool:
    """A column that several tables have, and no table is named."""
    if any(m.kind == "table" and not m.part for m in asked.mentions):
        return False
    places: dict[tuple[int, int], set[str]] = {}
    for m in asked.mentions:
        if m.kind == "column":
            places.setdefault((m.first, m.last), set()).add(m.table)
    return any(len(tables) > 1 for tables in places.values())
