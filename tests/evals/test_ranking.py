"""Retrieval metrics: by hand, and against trec_eval (pytrec_eval of the dev extra: missing, it fails)."""

from __future__ import annotations

import math
import random

import pytest
import pytrec_eval

from evals.ranking import ndcg, recall, reciprocal_rank


def test_by_hand() -> None:
    ranked, relevant = ["x", "a", "y", "b"], {"a": 1, "b": 1, "c": 1}
    assert recall(ranked, relevant, 2) == pytest.approx(1 / 3)
    assert recall(ranked, relevant, 100) == pytest.approx(2 / 3)
    assert reciprocal_rank(ranked, relevant) == 0.5
    ideal = 1 + 1 / math.log2(3) + 1 / math.log2(4)
    assert ndcg(ranked, relevant) == pytest.approx((1 / math.log2(3) + 1 / math.log2(5)) / ideal)


def test_silence_scores_zero_and_no_relevant_document_scores_nothing() -> None:
    assert (recall([], {"a": 1}, 10), reciprocal_rank([], {"a": 1}), ndcg([], {"a": 1})) == (0, 0, 0)
    assert (recall(["a"], {"a": 0}, 10), reciprocal_rank(["a"], {}), ndcg(["a"], {})) == (None, None, None)


def test_a_hit_beyond_the_depth_does_not_count() -> None:
    ranked = [f"n{place}" for place in range(10)] + ["a"]
    assert reciprocal_rank(ranked, {"a": 1}) == 0
    assert recall(ranked, {"a": 1}, 10) == 0
    assert recall(ranked, {"a": 1}, 11) == 1


def test_against_trec_eval() -> None:
    draw = random.Random(11)
    documents = [f"d{number:03d}" for number in range(150)]
    judged = {
        f"q{number}": {name: draw.choice((0, 1, 1, 2)) for name in draw.sample(documents, draw.randint(1, 12))}
        | {"d000": 1}
        for number in range(60)
    }
    ranked = {query: draw.sample(documents, draw.randint(1, 120)) for query in judged}
    measures = {"recall_1", "recall_5", "recall_10", "recall_100", "ndcg_cut_10", "recip_rank"}
    run = {query: {name: float(-place) for place, name in enumerate(names)} for query, names in ranked.items()}
    expected = pytrec_eval.RelevanceEvaluator(judged, measures).evaluate(run)
    for query, relevant in judged.items():
        for depth in (1, 5, 10, 100):
            assert recall(ranked[query], relevant, depth) == pytest.approx(expected[query][f"recall_{depth}"])
        assert ndcg(ranked[query], relevant) == pytest.approx(expected[query]["ndcg_cut_10"])
        assert reciprocal_rank(ranked[query], relevant, 1000) == pytest.approx(expected[query]["recip_rank"])
