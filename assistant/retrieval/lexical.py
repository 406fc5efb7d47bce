"""BM25 over stored postings, with the visibility filter applied before ranking. numpy only.

Rare terms choose the candidates and common terms only re-score them once enough candidates stand, so the cost of a
question grows with how rare its words are, not with the size of the catalog.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Rows: TypeAlias = NDArray[np.uint32]
Scores: TypeAlias = NDArray[np.float32]
Mask: TypeAlias = NDArray[np.bool_]

K1 = 1.5
B = 0.75
CANDIDATES = 8_000  # postings; a term that would exceed this only re-scores the candidates of the rarer ones ...
FEWEST = 1_000  # ... if there are so many already


@dataclass(frozen=True, slots=True, kw_only=True)
class Postings:
    """Where a term occurs: ascending row numbers and how often it occurs in each."""

    rows: Rows
    counts: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """The statistics that BM25 needs: tokens in every row, and how many rows there are."""

    lengths: NDArray[np.uint16]
    rows: int
    mean_length: float


def weigh(tokens: Sequence[str], expansions: Mapping[str, float]) -> dict[str, float]:
    """Query tokens with their counts, and expansion tokens (glossary) with a weight below one where they are new."""
    weights = {token: float(count) for token, count in Counter(tokens).items()}
    for token, weight in expansions.items():
        weights.setdefault(token, weight)
    return weights


def rank(
    weights: Mapping[str, float],
    find: Callable[[str], Postings | None],
    collection: Collection,
    allowed: Mask,
    top_k: int,
) -> list[tuple[int, float]]:
    """The best `top_k` allowed rows with their BM25 scores (> 0), best first; ties by row."""
    found = [(weight, postings) for token, weight in weights.items() if (postings := find(token)) is not None]
    found.sort(key=lambda pair: len(pair[1].rows))
    rows_of: list[Rows] = []
    scores_of: list[Scores] = []
    seen, later = 0, len(found)
    for place, (weight, postings) in enumerate(found):
        if seen >= FEWEST and seen + len(postings.rows) > CANDIDATES:
            later = place
            break
        shown = allowed[postings.rows]
        rows = postings.rows[shown]
        rows_of.append(rows)
        scores_of.append(weight * _impact(postings, rows, postings.counts[shown], collection))
        seen += len(rows)
    if not seen:
        return []
    candidates, places = np.unique(np.concatenate(rows_of), return_inverse=True)
    scores: Any = np.bincount(places, weights=np.concatenate(scores_of))
    for weight, postings in found[later:]:
        held, counts = _among(candidates, postings)
        scores[held] += weight * _impact(postings, candidates[held], counts, collection)
    return _best(candidates, scores, top_k)


def inverse_frequency(rows: int, of: int) -> float:
    """BM25's idf (> 0) of a token that occurs in `rows` of `of` rows."""
    return math.log(1 + max(of - rows + 0.5, 0.5) / (rows + 0.5))


def _impact(postings: Postings, rows: Rows, counts: Any, collection: Collection) -> Scores:
    idf = inverse_frequency(len(postings.rows), collection.rows)
    length = collection.lengths[rows].astype(np.float32) / max(collection.mean_length, 1.0)
    times = counts.astype(np.float32)
    impact: Scores = (idf * (K1 + 1)) * times / (times + K1 * (1 - B + B * length))
    return impact


def _among(candidates: Rows, postings: Postings) -> tuple[Mask, NDArray[np.uint8]]:
    """Which candidates hold the term, and how often: a binary search each, whatever the length of the list."""
    at = np.minimum(np.searchsorted(postings.rows, candidates), len(postings.rows) - 1)
    held: Mask = postings.rows[at] == candidates
    return held, postings.counts[at[held]]


def _best(candidates: Rows, scores: Any, top_k: int) -> list[tuple[int, float]]:
    count = min(top_k, len(scores))
    chosen = np.argpartition(-scores, count - 1)[:count]
    chosen = chosen[np.lexsort((candidates[chosen], -scores[chosen]))]
    return [(int(candidates[at]), float(scores[at])) for at in chosen]
