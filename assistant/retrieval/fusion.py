"""Joining two rankings into one. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

Ranking: TypeAlias = Sequence[tuple[str, float]]

# How they were chosen, and on what: docs/decisions/retrieval.md. .05 more or less moves nothing beyond chance.
VECTORS, WORDS, CHARACTERS = 0.6, 0.2, 0.2
DOCUMENT = 0.2  # what a passage gains from its document's best passages
DOCUMENT_BELOW = 0.3  # the same below the first ones: who reads on looks for the document
FIRST = 20  # passages that are ordered by their own closeness above all
ASKED, ASKED_BELOW = 0.05, 0.14  # what its law gains that is asked about e times as often as others; below the first
HEARD_BELOW = 0.2  # what a passage below the first gains that answered the same question before (heard.py)
FIGURE = 0.08  # what a passage gains that states the kind of figure asked for
_BEST = 3  # passages that speak for their document
DENSE_WEIGHT = VECTORS / (VECTORS + WORDS)


def fuse(dense: Ranking, lexical: Ranking, *, dense_weight: float = DENSE_WEIGHT) -> list[tuple[str, float]]:
    """Weighted sum of scaled scores (0-1), best first; ties by id. One empty side leaves the other alone.

    Similarities are scaled between the lowest and the highest returned: an embedding model finds everything somewhat
    near. Word scores are scaled from zero, which is what a passage without the words has. A passage that one side did
    not return has that side's zero.

    >>> fuse([("a", 0.9), ("b", 0.8)], [("b", 3.0)])
    [('a', 0.75), ('b', 0.25)]
    """
    if not dense or not lexical:
        return _ordered(_scaled(dense) or _scaled(lexical, lowest=0.0))
    left, right = _scaled(dense), _scaled(lexical, lowest=0.0)
    return _ordered(
        {
            name: round(dense_weight * left.get(name, 0.0) + (1 - dense_weight) * right.get(name, 0.0), 6)
            for name in left.keys() | right.keys()
        }
    )


def settle(
    candidates: Ranking,
    wording: Mapping[str, float],
    documents: Mapping[str, str],
    *,
    dense: bool,
    stating: Collection[str] = (),
    leaning: Mapping[str, float] = MappingProxyType({}),
    heard: Mapping[str, float] = MappingProxyType({}),
) -> list[tuple[str, float]]:
    """The fused `candidates` (0-1) in their final order, best first, scores 0-1.

    `wording`: their closeness character by character (wording.py). `documents`: each one's document, if it is part of
    one: where several articles of a law are near, the question is about that law. `dense`: whether similarities had a
    part in the scores. `stating`: those that state the kind of figure asked for. `leaning`: how much oftener than
    others its law is asked about (asked_laws.py). `heard`: how near (0-1) a question is that it answered (heard.py).
    """
    first = WORDS + (VECTORS if dense else 0.0)
    own = CHARACTERS if any(wording.values()) else 0.0
    close = _scaled(list(wording.items()), lowest=0.0)
    scores = {name: (first * score + own * close.get(name, 0.0)) / (first + own) for name, score in candidates}
    best: dict[str, list[float]] = {}
    for name, score in _ordered({name: score for name, score in scores.items() if name in documents}):
        best.setdefault(documents[name], []).append(score)
    spoken = {document: sum(found[:_BEST]) / _BEST for document, found in best.items()}
    most = max((leaning.get(name, 0.0) for name in scores), default=0.0)  # none gains: a sum above 1 would be a tie

    def order(weight: float, asked: float, again: float = 0.0) -> list[tuple[str, float]]:
        final = {}
        for name, score in scores.items():
            together = score + weight * spoken.get(documents.get(name, ""), score) + FIGURE * (name in stating)
            together += again * heard.get(name, 0.0) - asked * (most - leaning.get(name, 0.0))
            final[name] = round(min(max(together, 0.0) / (1 + weight), 1.0), 6)
        return _ordered(final)

    head = order(DOCUMENT, ASKED)[:FIRST]
    names, floor = {name for name, _ in head}, head[-1][1] if head else 0.0
    rest = [(name, score) for name, score in order(DOCUMENT_BELOW, ASKED_BELOW, HEARD_BELOW) if name not in names]
    above = max((score for _, score in rest), default=0.0)
    return [*head, *((name, round(score * floor / above, 6) if above else 0.0) for name, score in rest)]


def _scaled(ranking: Ranking, lowest: float | None = None) -> dict[str, float]:
    if not ranking:
        return {}
    scores = [score for _, score in ranking]
    lowest = min(scores) if lowest is None else lowest
    width = max(scores) - lowest
    return {name: (score - lowest) / width if width else 1.0 for name, score in ranking}


def _ordered(scores: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))
