"""Whether a run of words says the name of a table, or two things beside each other. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.nl2sql.drafts.asked_words import Word
from assistant.nl2sql.drafts.naming import stems_of
from assistant.nl2sql.drafts.offered_schema import SchemaContext


def crosses(run: Sequence[Word], telling: Sequence[str], whole: set[tuple[str, ...]]) -> bool:
    """社区的活动, 活动的社区: not the table 社区活动 where 社区 is a table by itself."""
    at = next((place for place, word in enumerate(run) if word.text == "的"), None)
    if at is None:
        return False
    before = [part for part in telling if any(part in word.stems for word in run[:at])]
    after = [part for part in telling if any(part in word.stems for word in run[at:])]
    ordered = before + after == list(telling)
    return not ordered or tuple(before) in whole or tuple(after) in whole


def links(parts: Sequence[str], tables: set[tuple[str, ...]]) -> bool:
    """club_sponsor: called after two other tables."""
    return len(parts) > 1 and all((part,) in tables for part in parts)


def ends_in_verb(run: Sequence[Word], parts: Sequence[str]) -> bool:
    """clubs sponsored: what is done to clubs, and not the table that is called after both."""
    last = run[-1]
    if any(word.text == "的" for word in run):
        return True  # 赞助过的公司
    return len(run) > 1 and last.text.lower().endswith("ed") and not last.own & set(parts)


def first_words(context: SchemaContext) -> frozenset[str]:
    """First words of table names that no other table's name has: degree, of degree_programs."""
    names = [set(stems_of(table.name)) for table in context.tables]
    first = (stems_of(table.name)[0] for table in context.tables if stems_of(table.name))
    return frozenset(word for word in first if sum(word in name for name in names) == 1)
