"""What people may call a table or column: its comment, its own words, and general Chinese words for English ones.

A machine's proposal for a steward to correct. Nothing is known of any database in particular: the Chinese words are
those of nl2sql/drafts/vocabulary.yaml, read backwards.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from assistant.nl2sql.drafts.vocabulary import vocabulary
from assistant.nl2sql.drafts.word_overlap import split_words

_HAN = re.compile(r"[\u4e00-\u9fff]")
_CLAUSE = re.compile(r"[，,；;。（(：:\n]|\s{2,}|\s-\s")
_LONGEST = 20  # characters of a name; the rest of a comment is its description
_MOST_WORDS = 3  # of an English phrase that Chinese says in one word
_PREFIXES = frozenset({"t", "tb", "tbl", "tab", "dim", "fact", "dwd", "dws", "ods", "ads", "dw", "sys", "v"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedName:
    name: str
    name_en: str = ""
    description: str = ""  # what the comment says beyond the name
    aliases: tuple[str, ...] = ()  # Chinese, made word by word


def proposed_name(written: str, words: str, comment: str = "") -> ProposedName:
    """For a name as the database writes it, its `words`, and its comment there.

    >>> proposed_name("birth_date", "birth date", "出生日期，公历")
    ProposedName(name='出生日期', name_en='birth date', description='出生日期，公历', aliases=())
    """
    words = _without_prefix(words)
    english = words if not _HAN.search(words) else ""
    said = _CLAUSE.split(comment.strip(), maxsplit=1)[0].strip()[:_LONGEST] if comment.strip() else ""
    alias = in_chinese(words)
    rest = comment.strip() if comment.strip() != said else ""
    name = said or words or written
    aliases = tuple(dict.fromkeys(one for one in (alias,) if one and one != name))
    return ProposedName(name=name, name_en=english, description=rest, aliases=() if _HAN.search(name) else aliases)


def in_chinese(words: str) -> str:
    """English words said in Chinese, "" where one of them is not known.

    >>> in_chinese("birth date"), in_chinese("frobnication date")
    ('出生日期', '')
    """
    if _HAN.search(words):
        return ""
    parts = [part for part in split_words(_without_prefix(words)) if not part.isdigit()]
    made, at = [], 0
    while at < len(parts):
        size = next(
            (n for n in range(min(_MOST_WORDS, len(parts) - at), 0, -1) if " ".join(parts[at : at + n]) in _chinese()),
            0,
        )
        if not size:
            return ""
        made.append(_chinese()[" ".join(parts[at : at + size])])
        at += size
    return "".join(made)


def _without_prefix(words: str) -> str:
    """dim district -> district: how a warehouse sorts its tables is no word for what is in them."""
    parts = words.split(" ")
    while len(parts) > 1 and parts[0] in _PREFIXES:
        parts = parts[1:]
    return " ".join(parts)


@cache
def _chinese() -> dict[str, str]:
    """{English word or phrase: how Chinese says it first}."""
    found: dict[str, str] = {"id": "编号", "no": "编号", "code": "代码", "of": "", "the": ""}
    for chinese, english in vocabulary().english.items():
        if _HAN.search(chinese):
            for one in english:
                found.setdefault(one.lower(), chinese)
    return found
