""" "... each festival": every festival's own, or only what all festivals share? Asked where a link table joins the two.

Where one thing belongs to one other (a foreign key and no link table), nothing can be shared and nothing is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from assistant.domain import Text
from assistant.nl2sql.drafts.key_graph import JoinPair
from assistant.nl2sql.drafts.offered_schema import ContextTable
from assistant.nl2sql.drafts.question_words import FUNCTION, LISTING
from assistant.nl2sql.drafts.reading_sql import At, select, shared_by_all
from assistant.nl2sql.drafts.readings import Asked, SchemaReading
from assistant.nl2sql.drafts.schema_words import Mention, called, stem_of

_EACH = frozenset(("each", "every"))
_SAYS_SHARED = re.compile(
    r"\b(?:common|same|share[ds]?|sharing|simultaneously|identical|at once|overlap\w*)\b|共同|共有|相同|同时|一样|都有"
)
_SAYS_OWN = re.compile(
    r"\b(?:their|its|respective(?:ly)?|individual(?:ly)?|separately|own|itself|themselves|they)\b|"
    r"\balong with\b|各自|分别|其"
)
_OPENS_WITH_EACH = re.compile(
    r"^\W*(?:(?:for|of|in|at|with|from|to|on|by)\s+)?(?:each|every|all)\b|^\W*(?:对于?)?(?:每|各)"
)
_FOR_EACH = re.compile(r"^\W*(?:(?:for|at|in|on)\s+(?:each|every|all)|each|every)\b")
# between two things or about a list of them, and narrowing neither
_RELATING = frozenset(
    ("across", "among", "common", "same", "shared", "share", "corresponding", "associated", "respective", "available")
)
_NAME = stem_of("name")
_VAGUE_OUTPUT = frozenset(("information", "details", "detail", "data", "everything"))
_NARROWS = frozenset(("who", "which", "that", "whose", "with", "where", "having"))
_COUNTS = re.compile(
    r"\bhow many\b|\bhow much\b|\bnumber of\b|\bcount\b|\baverage\b|\bmean\b|\btotal\b|\bsum\b|\bpercent|\bmost\b|"
    r"\bleast\b|\bmaximum\b|\bminimum\b|\bmax\b|\bmin\b|\b(?:high|low|larg|small|long|short|old|young|lat|earli|few|great|cheap|new)i?est\b|\btop\b|多少|数量|总数|平均|最|几"
)


def scope_readings(asked: Asked) -> tuple[SchemaReading, ...]:
    """Two readings, or none."""
    text = asked.text.lower()
    if any(said.search(text) for said in (_SAYS_SHARED, _SAYS_OWN, _OPENS_WITH_EACH, _COUNTS)):
        return ()
    at, readings, left = _found(asked, _EACH)
    verbs = [place for place in left if place > at and _is_verb(asked.words[place].text)]
    plain = len(left) <= 1 and left == verbs
    return readings if plain else tuple(_in_words(asked, reading) for reading in readings)


def settled_scope(asked: Asked) -> SchemaReading | None:
    """The one reading of a question that says which is meant (for each branch, ...; in common) and says no more."""
    text = asked.text.lower()
    shared, own = bool(_SAYS_SHARED.search(text)), bool(_FOR_EACH.search(text))
    if shared == own or _COUNTS.search(text):
        return None
    _, readings, left = _found(asked, _EACH | {"all"})
    if not readings or any(asked.words[place].text not in _RELATING for place in left):
        return None
    return readings[1] if shared else readings[0]


def _found(asked: Asked, quantifiers: frozenset[str]) -> tuple[int, tuple[SchemaReading, ...], list[int]]:
    """(the last name before the quantifier, the readings, the words that they leave unsaid) of the first pair."""
    for at, word in enumerate(asked.words):
        if word.text not in quantifiers:
            continue
        for one in _tables_after(asked, at + 1):
            if _is_filtered(asked, one) or _asks_its_own(asked, one, at):
                continue
            for bridge, here, there in _links(asked, one.table):
                outputs = _outputs(asked, one, at, there.right_table)
                if outputs:
                    last, left = _unsaid(asked, at, here.right_table, there.right_table)
                    return last, _pair(asked, bridge, here, there, outputs), left
    return 0, (), []


def _is_filtered(asked: Asked, one: Mention) -> bool:
    """every student who has ...: the quantifier runs over a part, and "in common" would be another question."""
    return one.last < len(asked.words) and asked.words[one.last].text in _NARROWS


def _asks_its_own(asked: Asked, one: Mention, at: int) -> bool:
    """the name of each teacher: what is asked for belongs to each by itself."""
    if at == 0 or asked.words[at - 1].text != "of":
        return False
    return any(m.kind == "column" and m.table == one.table and m.last == at - 1 for m in asked.mentions)


def _tables_after(asked: Asked, at: int) -> Iterable[Mention]:
    """The tables named right after the quantifier, whole names first; one word may stand between (each new ...)."""
    found = [one for one in asked.mentions if one.kind == "table" and at <= one.first <= at + 1]
    return sorted(found, key=lambda one: (one.part, one.first, one.first - one.last))


def _links(asked: Asked, table: str) -> Iterable[tuple[str, JoinPair, JoinPair]]:
    """Tables that link `table` with another many to many: (link table, its pair here, its pair there)."""
    for bridge in asked.schema.schema.tables:
        pairs = asked.schema.references(bridge.name)
        for here in pairs:
            if here.right_table != table:
                continue
            for there in pairs:
                if there.right_table != table and _is_link(asked, bridge, here, there):
                    yield bridge.name, here, there


def _is_link(asked: Asked, bridge: ContextTable, here: JoinPair, there: JoinPair) -> bool:
    """Two references and little else: a table with much of its own is a thing, not a link."""
    own = [c for c in bridge.columns if not asked.schema.is_key_like(bridge, c)]
    return here.left_column != there.left_column and len(own) <= 2


def _outputs(asked: Asked, one: Mention, at: int, other: str) -> tuple[At, ...]:
    """The columns of `other` that are asked for, or its display column; () where it is not named at all."""
    table = asked.schema.schema.table(other)
    if table is None:
        return ()
    outside = [m for m in asked.mentions if m.table == other and not (m.first < one.last and m.last > at)]
    named = any(m.kind == "table" for m in outside)
    columns = {m.column: m.first for m in outside if m.kind == "column"}
    whole = [m for m in outside if m.kind == "column" and m.last - m.first > 1]
    if not (named or whole):
        return ()
    display = asked.schema.display(table).name
    for place, word in enumerate(asked.words):  # the name of a thing without a name is what its rows are called by
        if place and word.stem == _NAME and not any(m.kind == "column" and m.first <= place < m.last for m in outside):
            columns.setdefault(display, place)
    said = sorted(columns, key=lambda name: columns[name])
    return tuple(At(table=other, column=name) for name in said) or (At(table=other, column=display),)


def _unsaid(asked: Asked, at: int, one: str, other: str) -> tuple[int, list[int]]:
    """(place of the last name before `at`, places of words that are neither of the two things nor small words)."""
    named = {
        place
        for m in asked.mentions
        if m.table in (one, other) and m.kind != "value"
        for place in range(m.first, m.last)
    }
    known = _stems(asked, one) | _stems(asked, other)
    left = [
        place
        for place, word in enumerate(asked.words)
        if word.text in _VAGUE_OUTPUT
        or (word.text.isalnum() and word.text not in LISTING and word.text not in FUNCTION and place not in named)
        if word.stem not in known
    ]
    valued = [m.first for m in asked.mentions if m.kind == "value" and m.first not in named]
    return max((place for place in named if place < at), default=at), [*left, *valued]


def _stems(asked: Asked, table: str) -> set[str]:
    found = asked.schema.schema.table(table)
    return {stem for name in asked.schema.names(found) for stem in name} if found is not None else set()


def _is_verb(word: str) -> bool:
    """Roughly: offered, corresponding, shows, offer. The adjectives that would narrow the things are none of these."""
    return word.endswith(("ed", "ing", "s", "e", "er")) or len(word) <= 4


def _in_words(asked: Asked, reading: SchemaReading) -> SchemaReading:
    return replace(reading, sql="", question=f"{asked.text} ({reading.phrase.en})")


def _pair(
    asked: Asked, bridge: str, here: JoinPair, there: JoinPair, outputs: tuple[At, ...]
) -> tuple[SchemaReading, ...]:
    schema = asked.schema
    one, other = schema.schema.table(here.right_table), schema.schema.table(there.right_table)
    assert one is not None
    assert other is not None
    name, thing = called(one), called(other)
    by = At(table=one.name, column=schema.display(one).name)
    own = select((by, *outputs), schema, through=(bridge,))
    return (
        SchemaReading(
            kind="scope",
            phrase=Text(zh=f"每个“{name}”各自的“{thing}”", en=f"the {thing} of each {name} by itself"),
            consequence=Text(
                zh=f"逐个列出“{name}”及其“{thing}”", en=f"one row for every {name} with each {thing} it has"
            ),
            sql=own,
        ),
        SchemaReading(
            kind="scope",
            phrase=Text(zh=f"所有“{name}”共有的“{thing}”", en=f"only the {thing} that all {name} have in common"),
            consequence=Text(
                zh=f"只列出每个“{name}”都有的“{thing}”，可能一个也没有",
                en=f"only a {thing} that no {name} is without; there may be none",
            ),
            sql=shared_by_all(outputs, schema, bridge=bridge, one=here, other=there),
        ),
    )
