"""Which language a text is in, and the edge where Simplified becomes Traditional and back.

Everything inside the product is Simplified or English. OpenCC is imported only when a text holds a character that
Simplified Chinese does not have: GB 2312-80 contains no traditional form of a simplified character (乾, 於, 後 as words
of their own aside), so whatever encodes to it needs no conversion.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from assistant.domain import Lang, Text

_HAN = re.compile(r"[㐀-鿿豈-﫿]")
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")
_TRADITIONAL_IN_GB2312 = frozenset("後於乾徵鍾瀋")  # in GB 2312 as rare words, in a question nearly always traditional


def detect(text: str) -> Lang:
    """`zh-Hant` where a traditional form occurs, `zh` where Chinese characters do, else `en`.

    A few Chinese words inside an English sentence (a name, a district) leave it English.

    >>> detect("各区新设企业数"), detect("各區新設企業數"), detect("New firms by district")
    ('zh', 'zh-Hant', 'en')
    """
    if len(_HAN.findall(text)) < 2 * len(_LATIN_WORD.findall(text)) or not _HAN.search(text):
        return "en"
    return "zh-Hant" if to_simplified(text) != text else "zh"


def to_simplified(text: str) -> str:
    """Traditional characters as Simplified ones; text without any comes back as it is, OpenCC not imported.

    >>> to_simplified("各區新設企業數")
    '各区新设企业数'
    """
    return str(_converter("t2s").convert(text)) if _may_be_traditional(text) else text


def to_traditional(text: str) -> str:
    """Simplified characters as Traditional ones (OpenCC s2tw, word by word: 后台 -> 後臺).

    >>> to_traditional("各区新设企业数")
    '各區新設企業數'
    """
    return str(_converter("s2tw").convert(text)) if _HAN.search(text) else text


def render(text: Text, lang: Lang) -> str:
    """The sentence as this reader reads it."""
    if lang == "en":
        return text.en
    return to_traditional(text.zh) if lang == "zh-Hant" else text.zh


def _may_be_traditional(text: str) -> bool:
    return any(
        char in _TRADITIONAL_IN_GB2312 or not _in_gb2312(char) for char in text if char > "⿿" and _HAN.match(char)
    )


@cache
def _in_gb2312(char: str) -> bool:
    try:
        char.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


@cache
def _converter(configuration: str) -> Any:
    import opencc

    return opencc.OpenCC(configuration)
