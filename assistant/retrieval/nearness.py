"""How near a passage is by meaning, beyond how near everything is.

An embedding model finds everything somewhat near, and how near differs from model to model. So the measure starts
where questions that have nothing to do with administration come to stand on the same index: 0 is as near as those.
"""

from __future__ import annotations

from assistant.domain import Level, VisibilityFilter
from assistant.ports import Encoder, PassageStore

# Everyday questions that no rule of a public body answers; each language of a question has its own floor.
UNRELATED = {
    "zh": (
        "红烧肉怎么做才好吃",
        "昨晚的足球比赛谁赢了",
        "手机屏幕碎了去哪里修",
        "周末去哪里爬山比较好",
        "怎么教小猫用猫砂",
    ),
    "en": (
        "How long should I bake a loaf of bread?",
        "Which guitar is best for a beginner?",
        "Who won the football match last night?",
        "Where can I get my phone screen repaired?",
        "What shoes are good for running in winter?",
    ),
}
_PUBLISHED = VisibilityFilter(max_level=Level.G1, departments=(), public_only=True)


def unrelated_similarity(encoder: Encoder, store: PassageStore, language: str) -> float | None:
    """The mean similarity of an unrelated question's nearest published article; None where nothing is published.

    `language` is that of the question that is to be measured: zh (both scripts) or en.
    Raises what the encoder and the store raise: ModelUnavailable, StoreUnavailable.
    """
    nearest = [
        found[0][1]
        for question in UNRELATED[language]
        if (found := store.query(encoder.encode_query(question), _PUBLISHED, kinds=("policy",), top_k=1))
    ]
    return sum(nearest) / len(nearest) if nearest else None
