"""One spelling for one thing: 简繁, full and half width, letter case, number words. Pure.

Questions, names of the model and values all pass through here before they are compared.
"""

from __future__ import annotations

import re
import unicodedata

from assistant.language import to_simplified
from assistant.nl2sql import numerals

MAX_CHARACTERS = 2000  # a question is cut for linking; the pipeline refuses longer ones with a sentence

_SPACES = re.compile(r"\s+")
_QUOTES = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "《": '"', "》": '"', "「": '"', "」": '"', "–": "-",
                         "—": "-", "−": "-", "～": "-", "~": "-", "＋": "+"})  # fmt: skip


# 过亿, 上万件, 破千万: more than one of them
_ROUND = re.compile(r"(?<![通经超不])[过破上]([十百千]?[万亿])(?=元|的|家|件|人|次|套|户|$)")


def normalise(text: str) -> str:
    """The text in Simplified characters, half width, lower case, with digits for number words.

    >>> normalise("各區２０２４年新設企業數"), normalise("近三年　Linjiang  District")
    ('各区2024年新设企业数', '近3年 linjiang district')
    """
    text = to_simplified(text[:MAX_CHARACTERS])
    text = unicodedata.normalize("NFKC", numerals.drop_thousands(text)).translate(_QUOTES).lower()
    text = _ROUND.sub(r"超过1\1", text)
    text = numerals.arabic(_SPACES.sub(" ", text).strip())
    return text


def same_word(one: str, other: str) -> bool:
    """True where two names differ in spelling only."""
    return normalise(one) == normalise(other)
