""" "X and Y with Z": does the condition hold for both, or only for the one it stands next to?

Asked where X and Y are of one kind (two values of one column, or two tables that share the column of the condition)
and the condition is a stored value or a number of another column. A question that separates the two ("also", "both",
"only those") has said which it means.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from assistant.domain import Text
from assistant.nl2sql.drafts.attachment_sql import Joined, pair_sql
from assistant.nl2sql.drafts.number_conditions import numbers_after
from assistant.nl2sql.drafts.question_words import BEFORE_VALUE, FUNCTION, LISTING
from assistant.nl2sql.drafts.reading_sql import At, Condition
from assistant.nl2sql.drafts.readings import Asked, SchemaReading
from assistant.nl2sql.drafts.schema_words import Mention

_SETTLED = re.compile(
    r"\b(?:both|either|neither|also|addition|additionally|combined|plus|same|only|just|alone|respectively|"
    r"together with|as well as|along with|separately|those)\b|\bwhich\b.*\band which\b|\bwhat\b.*\band what\b|"
    r"都|以及|分别|各自|另外|还有|同样|只"
)
_APART = re.compile(r"\b(?:also|addition|combined|only|just|plus)\b")
_TOGETHER = re.compile(
    r"\b(?:both|either|neither|same|alone|respectively|too|it)\b|\b(?:which|what)\b.*\band (?:which|what)\b"
)
_KEEPING_APART = frozenset(
    ("also", "in", "addition", "combined", "with", "only", "just", "plus", "those", "show", "list", "give", "a", ",")
)
_BETWEEN = frozenset(("all", "the", "any", "some", "every", "of", "所", "有", "的"))
_JOINING = frozenset(("and", "or", "和", "与", "或", "及"))
_FIGURES = re.compile(
    r"\bhow many\b|\bhow much\b|\bnumber of\b|\bcount\b|\baverage\b|\btotal\b|\bsum\b|\bmost\b|\bleast\b|\bmore\b|"
    r"\bless\b|\bthan\b|\bmaximum\b|\bminimum\b|\b(?:high|low|larg|small|long|short|old|young|lat|earli|few|great|cheap|new)i?est\b|\bper\b|\beach\b|\bnot\b|\bwithout\b|多少|几|平均|总|最|数"
)
_MOST_GAP = 4  # words between X and Y
_FAR = 9  # words between Y and the condition


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    one: Mention
    other: Mention
    last: int  # the word after Y and a noun that repeats X's


def attachment_readings(asked: Asked) -> tuple[SchemaReading, ...]:
    """Two readings, or none."""
    text = asked.text.lower()
    if _SETTLED.search(text):
        return ()
    for pair in _pairs(asked):
        if asked.said(pair.last, min(pair.last + 1, len(asked.words))) in ("中", "里"):  # 讲座和工坊中: of both
            continue
        after = _condition_after(asked, pair)
        if after:
            return _readings(asked, Joined(near=pair.other, far=pair.one, conditions=after))
        before = _condition_before(asked, pair)
        if before:
            return _readings(asked, Joined(near=pair.one, far=pair.other, conditions=before))
    return ()


def settled_attachment(asked: Asked) -> SchemaReading | None:
    """The one reading of a question that keeps the two apart: all X, and also Y with Z; X and only those Y with Z."""
    text = asked.text.lower()
    if not _APART.search(text) or _TOGETHER.search(text):
        return None
    for pair in _pairs(asked, apart=True):
        after = _condition_after(asked, pair)
        if after and not _condition_before(asked, pair) and not _condition_between(asked, pair):
            readings = _readings(asked, Joined(near=pair.other, far=pair.one, conditions=after))
            return readings[1] if readings and readings[1].sql else None
    return None


def _condition_between(asked: Asked, pair: _Pair) -> bool:
    between = asked.words[pair.one.last : pair.other.first]
    held = any(m.kind == "value" and m.within(pair.one.last, pair.other.first) for m in asked.mentions)
    return held or any(word.text[0].isdigit() for word in between)


def _pairs(asked: Asked, *, apart: bool = False) -> Iterable[_Pair]:
    """X and Y of one kind, joined by "and" or "or" with next to nothing between, or by words that keep them apart."""
    whole = [m for m in asked.mentions if m.kind == "value" or (m.kind == "table" and _tells(asked, m))]
    for one in whole:
        before = asked.words[one.first - 1].text if one.first else ""
        if before in BEFORE_VALUE:
            continue
        for other in whole:
            if other.kind == one.kind and _joined_by_and(asked, one, other, apart) and _of_one_kind(asked, one, other):
                yield _Pair(one=one, other=other, last=other.last)


def _tells(asked: Asked, mention: Mention) -> bool:
    """A table named in full, or by an end that is the end of no other table's name: technicians."""
    if not mention.part:
        return True
    same = [m for m in asked.mentions if m.kind == "table" and (m.first, m.last) == (mention.first, mention.last)]
    return {m.table for m in same} == {mention.table}


def _joined_by_and(asked: Asked, one: Mention, other: Mention, apart: bool) -> bool:
    between = [word.text for word in asked.words[one.last : other.first]]
    most = 3 * _MOST_GAP if apart else _MOST_GAP
    if not between or len(between) > most or sum(word in _JOINING for word in between) > 1:
        return False
    if not apart and not _JOINING & set(between):
        return False
    small = _BETWEEN | (_KEEPING_APART if apart else frozenset())
    others = [word for word in between if word not in _JOINING and word not in small]
    return len(others) <= 1 and all(word.isalpha() for word in others)


def _of_one_kind(asked: Asked, one: Mention, other: Mention) -> bool:
    if one.kind == "value":
        return (one.table, one.column) == (other.table, other.column) and one.value != other.value
    linked = any(pair.between(one.table, other.table) for pair in asked.schema.schema.joins)
    return one.table != other.table and not linked


def _condition_after(asked: Asked, pair: _Pair) -> tuple[Condition, ...]:
    """What follows Y in the same clause: a stored value, or a number with the words of its column around it."""
    end = _end_of_clause(asked, pair.last)
    held = [m for m in asked.mentions if m.kind == "value" and pair.last <= m.first < min(end, pair.last + _FAR)]
    values = _conditions(asked, pair, held)
    return values or numbers_after(asked, pair.last, end, _tables_of(pair))


def _condition_before(asked: Asked, pair: _Pair) -> tuple[Condition, ...]:
    """Spanish-speaking X and Y; 会说西班牙语的X和Y: a value right before X."""
    held = [m for m in asked.mentions if m.kind == "value" and 0 <= pair.one.first - m.last <= 3]
    before = [m for m in held if not _JOINING & {word.text for word in asked.words[m.last : pair.one.first]}]
    return _conditions(asked, pair, before)


def _conditions(asked: Asked, pair: _Pair, held: list[Mention]) -> tuple[Condition, ...]:
    """One condition for each column that can hold it: one for two values, one for each of two tables."""
    own = {(pair.one.table, pair.one.column), (pair.other.table, pair.other.column)}
    longest = [m for m in held if not any(m.overlaps(o) and o.last - o.first > m.last - m.first for o in held)]
    usable = [m for m in longest if (m.table, m.column) not in own]
    if pair.one.kind == "value":
        return tuple(_condition(m) for m in usable[:1])
    near = [m for m in usable if m.table in (pair.one.table, pair.other.table)]
    if {m.table for m in near} == {pair.one.table, pair.other.table}:
        by_table = {m.table: m for m in near}
        return (_condition(by_table[pair.one.table]), _condition(by_table[pair.other.table]))
    for m in usable:
        if all(any(p.right_table == m.table for p in asked.schema.references(t)) for t in _tables_of(pair)):
            return (_condition(m), _condition(m))
    return ()


def _condition(mention: Mention) -> Condition:
    return Condition(at=At(table=mention.table, column=mention.column), value=mention.value, label=mention.label)


def _tables_of(pair: _Pair) -> tuple[str, ...]:
    return tuple(dict.fromkeys((pair.one.table, pair.other.table)))


def _end_of_clause(asked: Asked, first: int) -> int:
    """The clause ends with the sentence: "Show them in one table." is another."""
    for at in range(first, len(asked.words)):
        if asked.words[at].text in (".", "?", "!", ";", "。", "？", "；"):
            return at
    return len(asked.words)


def _readings(asked: Asked, joined: Joined) -> tuple[SchemaReading, ...]:
    near = asked.said(joined.near.first, joined.near.last)
    far = asked.said(joined.far.first, joined.far.last)
    limit = joined.conditions[0].said
    both, one = pair_sql(asked, joined, both=True), pair_sql(asked, joined, both=False)
    if not both or not one:
        return ()
    if not _says_no_more(asked, joined):  # the SQL lists; the question wants more than a list
        both = one = ""
    readings = (
        SchemaReading(
            kind="attachment",
            phrase=Text(
                zh=f"“{limit}”对“{far}”和“{near}”都要求", en=f"“{limit}” holds for {far} as well as for {near}"
            ),
            consequence=Text(zh=f"两者都只列出符合“{limit}”的", en=f"of the two, only those with “{limit}”"),
            sql=both,
        ),
        SchemaReading(
            kind="attachment",
            phrase=Text(zh=f"“{limit}”只对“{near}”要求", en=f"“{limit}” holds for {near} alone"),
            consequence=Text(
                zh=f"“{far}”全部列出，“{near}”只列出符合“{limit}”的",
                en=f"all {far}; of {near}, only those with “{limit}”",
            ),
            sql=one,
        ),
    )
    return tuple(replace(x, question=f"{asked.text} ({x.phrase.en})") for x in readings) if not both else readings


def _says_no_more(asked: Asked, joined: Joined) -> bool:
    """A plain list: no figure is asked for, and everything before the two is named or says nothing."""
    if _FIGURES.search(asked.text.lower()):
        return False
    first = min(joined.near.first, joined.far.first)
    named = {place for m in asked.mentions for place in range(m.first, m.last)}
    ends = {
        name[-1] for t in asked.schema.schema.tables for c in t.columns for name in asked.schema.names(t, c)
    }  # the amount, of premium amount
    return all(
        place in named or word.stem in ends or word.text in LISTING or word.text in FUNCTION or not word.text.isascii()
        for place, word in enumerate(asked.words[:first])
        if word.text.isalpha()
    )
