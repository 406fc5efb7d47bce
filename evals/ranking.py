"""Retrieval metrics of one query, as trec_eval defines them: binary or graded relevance, unjudged = not relevant."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence


def recall(ranked: Sequence[str], relevant: Mapping[str, int], depth: int) -> float | None:
    """Share of the relevant documents among the first `depth` (trec_eval `recall_k`); None where none is relevant."""
    wanted = {name for name, grade in relevant.items() if grade > 0}
    return len(wanted & set(ranked[:depth])) / len(wanted) if wanted else None


def reciprocal_rank(ranked: Sequence[str], relevant: Mapping[str, int], depth: int = 10) -> float | None:
    """1 / rank of the first relevant document within `depth`, else 0 (MRR@k; trec_eval `recip_rank` with a cut-off)."""
    if not any(grade > 0 for grade in relevant.values()):
        return None
    return next((1 / rank for rank, name in enumerate(ranked[:depth], start=1) if relevant.get(name, 0) > 0), 0.0)


def ndcg(ranked: Sequence[str], relevant: Mapping[str, int], depth: int = 10) -> float | None:
    """nDCG with linear gain and log2(rank + 1) discount (Järvelin & Kekäläinen 2002; trec_eval `ndcg_cut_k`)."""
    gains = sorted((grade for grade in relevant.values() if grade > 0), reverse=True)
    if not gains:
        return None
    found = (max(relevant.get(name, 0), 0) for name in ranked[:depth])
    return _discounted(found) / _discounted(gains[:depth])


def _discounted(gains: Iterable[int]) -> float:
    return math.fsum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))
