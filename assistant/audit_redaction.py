"""Taking raw values out of questions and SQL before they are recorded.

Deliberately wider than the recognisers of identifiers: whatever could be a value is replaced, what remains are the
words of the question and the structure of the statement. SQL is read as tokens, because refused text may not parse.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import TypeAlias

Tokeniser: TypeAlias = Callable[[object], str]

_SQL_TOKEN = re.compile(
    r"(?P<comment>--[^\n]*|/\*.*?(?:\*/|\Z)|\#[^\n]*)"
    r"|(?P<dollar>\$(?P<tag>\w*)\$.*?(?:\$(?P=tag)\$|\Z))"
    r"|(?P<string>'(?:[^']|'')*(?:'|\Z))"
    r"|(?P<quoted>\"(?:[^\"]|\"\")*(?:\"|\Z)|`[^`]*(?:`|\Z)|\[[^\]\n]*\])"
    r"|(?P<number>(?<![\w.])\.?\d[\w.]*)"
    r"|(?P<word>[^\W\d]\w*)",
    re.DOTALL,
)
# What a quoted name may look like and stay readable: some dialects write string literals in the same quotes.
_IDENTIFIER = re.compile(r"(?!.*\d{4})[A-Za-z_][A-Za-z0-9_ ]{0,62}")
_SHORT_NUMBER = 4  # digits: limits, years and small constants identify nobody
_LONG_DIGITS = re.compile(
    r"[0-9*](?:[-_ ·./]?[0-9*]){4,}[Xx]?|(?=[A-Za-z0-9]*\d)[A-Za-z0-9]{5,}|[〇零一二三四五六七八九]{5,}"
)
_ADDRESS = re.compile(r"[A-Za-z0-9_.+-]+@[\w-]+(?:\.[\w-]+)+")
_QUOTED = re.compile(r"[“\"'「『‘]([^“”\"'「」『』‘’]{1,80})[”\"'」』’]")


def string_literals(sql: str) -> tuple[str, ...]:
    """The contents of all string literals of a statement, in order."""
    return tuple(_content(found) for found in _SQL_TOKEN.finditer(sql) if found["string"] or found["dollar"])


def normalise_sql(sql: str, token: Tokeniser) -> str:
    """The statement on one line without comments, its literals replaced by tokens; short numbers stay."""
    shown = _SQL_TOKEN.sub(lambda found: _shown(found, token), sql)
    return " ".join(shown.split())


def redact_question(text: str, literals: Iterable[str], token: Tokeniser) -> str:
    """The question without literals of its SQL, quoted words, addresses and runs of five or more digits, or of
    letters and digits."""
    shown = unicodedata.normalize("NFKC", text).replace("\x00", "")
    kept: list[str] = []

    def hide(value: str) -> str:
        kept.append(_brief(token(value)))
        return f"\x00{len(kept) - 1}\x00"  # tokens hold digits: they are put in after the last pattern has run

    for literal in sorted(set(literals), key=len, reverse=True):
        word = unicodedata.normalize("NFKC", literal).strip("%_ ")
        if len(word) > 1 and word in shown:
            shown = shown.replace(word, hide(word))
    for pattern in (_QUOTED, _ADDRESS, _LONG_DIGITS):
        shown = pattern.sub(lambda found: hide(found[0]), shown)
    return re.sub(r"\x00(\d+)\x00", lambda found: kept[int(found[1])], shown)


def _shown(found: re.Match[str], token: Tokeniser) -> str:
    if found["comment"]:
        return " "
    if found["string"] or found["dollar"]:
        return f"'{token(_content(found))}'"
    if found["quoted"]:
        inner = found["quoted"][1:-1]
        return found[0] if _IDENTIFIER.fullmatch(inner) else f'"{token(inner)}"'
    if found["number"]:
        return found[0] if len(found[0]) <= _SHORT_NUMBER else token(found[0])
    return found[0]


def _content(found: re.Match[str]) -> str:
    if found["dollar"]:
        fence = len(found["tag"]) + 2
        return found["dollar"][fence:-fence]
    return found["string"].strip("'").replace("''", "'")


def _brief(token: str) -> str:
    return f"‹{token.rpartition(':')[2][:12]}›"
