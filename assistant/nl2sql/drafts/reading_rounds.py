"""The readings of a question about a database without a semantic model, and the rounds of choosing among them. Pure.

    follow("What events can I see at each festival?", schema)     -> two readings to choose from
    follow("What events ... festival? — only the events ...", schema) -> the second one, settled

Three sources: a quantifier over two things that are linked many to many (scope), a condition after two things joined
by "and" (attachment), a word that no column is called but several are called partly (vagueness). A question that says
which is meant has one reading, and nothing is asked. What was chosen stands in the question itself, in words, so a
choice needs no memory and can be typed as well as clicked.
"""

from __future__ import annotations

from dataclasses import dataclass

from assistant.domain import Clarification, Lang, Option, Text
from assistant.language import render
from assistant.nl2sql.drafts.attachment_readings import attachment_readings, settled_attachment
from assistant.nl2sql.drafts.nearest_readings import nearest_readings
from assistant.nl2sql.drafts.readings import Asked, SchemaReading
from assistant.nl2sql.drafts.schema_words import SchemaWords
from assistant.nl2sql.drafts.scope_readings import scope_readings, settled_scope
from assistant.nl2sql.drafts.vague_readings import vague_readings

CHOICE = " — "  # before the reading that was chosen, in the question of an option
MOST_ROUNDS = 2  # clarifying questions about one question
MOST_READINGS = 4
_LANGS: tuple[Lang, ...] = ("zh", "zh-Hant", "en")
_SOURCES = (scope_readings, attachment_readings, vague_readings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """Where the choices made so far lead: `chosen` the last of them, `question` without what they settled."""

    question: str
    chosen: SchemaReading | None = None
    open: tuple[SchemaReading, ...] = ()  # to be asked about next
    rounds: int = 0


def readings_of(text: str, schema: SchemaWords) -> tuple[SchemaReading, ...]:
    """Two to four readings of one ambiguity, or none; the first source that finds any."""
    asked = Asked.of(text, schema)
    for source in _SOURCES:
        found = source(asked)
        if 2 <= len(found) <= MOST_READINGS:
            return found
    return ()


def follow(text: str, schema: SchemaWords) -> Followed:
    """The question after its choices; one that says itself which is meant, and no more than that, has chosen.

    Words after the mark that are no reading of the question belong to it.
    """
    question, phrases = split_choices(text)
    chosen: SchemaReading | None = None
    for place, phrase in enumerate(phrases):
        picked = _named(readings_of(question, schema), phrase) or _named(
            nearest_readings(Asked.of(question, schema)), phrase
        )
        if picked is None:
            return Followed(question=CHOICE.join((question, *phrases[place:])), chosen=chosen, rounds=place)
        chosen = picked
        if picked.sql:
            return Followed(question=question, chosen=picked, rounds=place + 1)
        question = picked.question
    rounds = len(phrases)
    if not phrases:
        asked = Asked.of(question, schema)
        settled = settled_scope(asked) or settled_attachment(asked)
        if settled is not None and settled.sql:
            return Followed(question=question, chosen=settled)
    left = readings_of(question, schema) if rounds < MOST_ROUNDS else ()
    return Followed(question=question, chosen=chosen, open=left, rounds=rounds)


def split_choices(text: str) -> tuple[str, tuple[str, ...]]:
    """The question, and the phrases of the readings that were chosen for it, oldest first."""
    question, *chosen = text.split(CHOICE)
    return question.strip(), tuple(one.strip() for one in chosen if one.strip())


def _named(readings: tuple[SchemaReading, ...], phrase: str) -> SchemaReading | None:
    """The reading called so, in whichever language."""
    return next((one for one in readings if any(render(one.phrase, lang) == phrase for lang in _LANGS)), None)


def clarification_of(text: str, readings: tuple[SchemaReading, ...], lang: Lang) -> Clarification:
    """The readings to choose from, each with its consequence."""
    options = tuple(
        Option(label=reading_text(one, lang), question=f"{text}{CHOICE}{render(one.phrase, lang)}") for one in readings
    )
    return Clarification(
        prompt=Text(
            zh="这个问题可以有几种理解，请选择：",
            en="This question can be understood in several ways. Which do you mean?",
        ),
        options=options,
    )


def reading_text(reading: SchemaReading, lang: Lang) -> str:
    """The reading with its consequence, in one line."""
    return (": " if lang == "en" else "：").join((render(reading.phrase, lang), render(reading.consequence, lang)))
