"""How much of a table's or column's words a question says. Pure; coarse on purpose: it only narrows what is offered."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping

_SINGULARS = (
    ("ies", "y"),
    ("sses", "ss"),
    ("ches", "ch"),
    ("shes", "sh"),
    ("xes", "x"),
    ("es", "e"),
    ("s", ""),
    ("ie", "y"),
)
_WORD = re.compile(r"[a-z]+|\d+|[\u4e00-\u9fff]+")
# what to do with the data, or filler: says nothing of which data
_OPERATING = frozenset(
    _WORD.findall(
        """多少 平均 最高 最低 最多 最少 最大 最小 哪些 哪个 哪几 总数 总额 数量 次数 分别 按照 以及 之间 其中 不同
        合计 排名
        how many what which who whose list show find give average total number each every most least highest lowest
        than more less with that have has are the for and from per name there their were was does did all any"""
    )
)


def split_words(name: str) -> tuple[str, ...]:
    """custAddrLine_1 -> cust, addr, line, 1; Chinese runs stay whole."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return tuple(_WORD.findall(spaced.lower()))


def similarity(text: str, words: str, rarity: Mapping[str, float] | None = None) -> float:
    """How much of `words` the question says: English by stem, Chinese by pairs of characters. 0 = nothing.

    `rarity` weighs terms, 0-1: what every table says (编号, 企业) tells them apart less than what one says.
    """
    shared = terms_of(text) & terms_of(words)
    return 2.0 * sum((rarity or {}).get(term, 1.0) for term in sorted(shared))


def rarity_of(words: Mapping[str, str]) -> dict[str, float]:
    said = Counter(term for text in words.values() for term in terms_of(text))
    most = math.log(1 + len(words))
    return {term: math.log(1 + len(words) / count) / most for term, count in said.items()}


def terms_of(text: str) -> frozenset[str]:
    """Stems of English words, pairs of Chinese characters; words that only say what to do are left out."""
    terms: set[str] = set()
    for word in split_words(text):
        if word[0] > "\u4e00":
            terms.update(word[start : start + 2] for start in range(len(word) - 1))
        elif len(word) > 2:
            terms.add(stem(word))
    return frozenset(terms) - _OPERATING


def stem(word: str) -> str:
    """A crude English singular: enough to meet `countries` with `country`, `dishes` with `dish`."""
    if word.endswith(("ss", "us", "is")):
        return word
    for tail, put in _SINGULARS:
        if word.endswith(tail) and len(word) - len(tail) + len(put) > 2:
            return word[: -len(tail)] + put
    return word
