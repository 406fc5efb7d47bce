"""How near a passage's wording is to a question's, character by character. Pure.

Chinese words share characters where they share no pair: 拒填 and 拒绝填报, 外包 and 承包. Alone such a measure is too
coarse to search by, so it orders only the passages that vectors and words have already found, and needs no postings:
its cost does not grow with the catalog.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from functools import lru_cache

from assistant.language import to_simplified
from assistant.retrieval.lexical import K1, B
from assistant.retrieval.tokens import has_han, normalised


@lru_cache(maxsize=8192)
def plain(text: str) -> str:
    """The text as questions are compared with it; remembered, for the same passages are near again and again."""
    return normalised(text, to_simplified)


def characters(text: str) -> Counter[str]:
    """The Chinese characters of a normalised text, counted."""
    return Counter(character for character in text if has_han(character))


def closeness(
    asked: Mapping[str, float], texts: Mapping[str, str], rarity: Callable[[str], float], mean_length: float
) -> dict[str, float]:
    """BM25 over single characters: {name: score >= 0} of normalised `texts`.

    `asked` weighs the question's characters, `rarity` is a character's inverse document frequency among all passages,
    `mean_length` their mean number of characters.
    """
    weights = {character: weight * rarity(character) for character, weight in asked.items()}
    return {name: _score(weights, text, mean_length) for name, text in texts.items()}


def _score(weights: Mapping[str, float], text: str, mean_length: float) -> float:
    saturation = K1 * (1 - B + B * len(text) / max(mean_length, 1.0))
    found = ((weight, text.count(character)) for character, weight in weights.items())
    return math.fsum(weight * times * (K1 + 1) / (times + saturation) for weight, times in found if times)
