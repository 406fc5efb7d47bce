"""A small linear correction of question vectors: lay questions lie apart from the articles that answer them.

q' = unit(q + strength * (q W + b)); passage vectors stay as they are, so nothing is encoded anew. The shipped weights
(query_adapter.npz) belong to the embedded encoder alone and were trained on the 300 development questions of STARD
(THUIR, MIT licence; NOTICE) with the articles that they cite among all 16,023 and, half of the mean, with 254 lay
questions of our own to articles drawn by chance (evals/lay_questions.yaml), by `train` below:
`python -m evals.adapter_training`, which also measures it by five-fold cross-validation. Figures on those 300 questions
with the shipped weights are therefore not a measurement (docs/decisions/retrieval.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from assistant.ports import Vector

Matrix: TypeAlias = NDArray[np.float32]

SHIPPED = Path(__file__).with_name("query_adapter.npz")
STRENGTH = 0.5  # of the fitted correction: more gains on lay law questions and loses on others
_TEMPERATURE = 0.02
_WORDS = 2.0  # what the words' score (0-1) adds to a passage's logit while the correction is learnt
_REGULARISATION = 0.03
_EPOCHS = 30
_BATCH = 32  # questions
_RATE = 1e-3


@dataclass(frozen=True, slots=True)
class QueryAdapter:
    """`weights` (d, d), `shift` (d,), both already scaled by the strength."""

    weights: Matrix
    shift: Matrix

    def __call__(self, vector: Vector) -> Vector:
        """The corrected unit vector."""
        query = np.asarray(vector, dtype=np.float32)
        moved = query + query @ self.weights + self.shift
        adapted: list[float] = (moved / np.linalg.norm(moved)).tolist()
        return adapted


@lru_cache(maxsize=2)
def load_adapter(path: Path = SHIPPED) -> QueryAdapter:
    """Read the weights; raises OSError when the file is absent."""
    with np.load(path) as stored:
        return QueryAdapter(stored["weights"].astype(np.float32), stored["shift"].astype(np.float32))


def save_adapter(adapter: QueryAdapter, path: Path) -> None:
    np.savez_compressed(path, weights=adapter.weights.astype(np.float16), shift=adapter.shift.astype(np.float16))


def train(
    queries: Matrix,
    passages: Matrix,
    relevant: Sequence[Sequence[int]],
    *,
    words: Matrix | None = None,
    weights: Matrix | None = None,
    strength: float = STRENGTH,
    seeds: int = 5,
) -> QueryAdapter:
    """Fit on questions (n, d) and unit passage vectors (m, d); `relevant[i]` are the rows that answer question i.

    Softmax over all passages, so every wrong one is a negative and the near ones weigh most; weights held small; the
    mean over `seeds` orders of the questions. `words` (n, m) is what the search by words says (0-1): the correction
    learns what is left to say. `weights` (n,): how much each question counts, 1 without.
    """
    target = np.zeros((len(queries), len(passages)), dtype=np.float32)
    for row, rows in enumerate(relevant):
        target[row, list(rows)] = 1.0 / len(rows)
    said = np.zeros_like(target) if words is None else np.asarray(_WORDS * words, dtype=np.float32)
    counting = np.ones(len(queries), np.float32) if weights is None else weights
    fits = [_fit(queries, passages, target, said, counting, np.random.default_rng(seed)) for seed in range(seeds)]
    matrix, shift = (np.mean([fit[at] for fit in fits], axis=0) for at in (0, 1))
    return QueryAdapter(strength * matrix, strength * shift)


def _fit(
    queries: Matrix, passages: Matrix, target: Matrix, said: Matrix, counting: Matrix, order: np.random.Generator
) -> tuple[Matrix, Matrix]:
    width = queries.shape[1]
    weights, shift = np.zeros((width, width), np.float32), np.zeros(width, np.float32)
    adam = [_Adam(weights), _Adam(shift)]
    for _ in range(_EPOCHS):
        shuffled = order.permutation(len(queries))
        for start in range(0, len(queries), _BATCH):
            rows = shuffled[start : start + _BATCH]
            moved = queries[rows] + queries[rows] @ weights + shift
            length = np.linalg.norm(moved, axis=1, keepdims=True)
            unit = moved / length
            logits = unit @ passages.T / _TEMPERATURE + said[rows]
            logits -= logits.max(axis=1, keepdims=True)
            share = np.exp(logits)
            share /= share.sum(axis=1, keepdims=True)
            share = (share - target[rows]) * counting[rows, None]
            by_unit = share @ passages / (_TEMPERATURE * len(rows))
            by_moved = (by_unit - unit * (by_unit * unit).sum(axis=1, keepdims=True)) / length
            adam[0].step(queries[rows].T @ by_moved + 2 * _REGULARISATION * weights)
            adam[1].step(by_moved.sum(axis=0))
    return weights, shift


class _Adam:
    """Adam (Kingma & Ba 2015) on one array, in place."""

    def __init__(self, values: Any) -> None:
        self._values, self._mean, self._square, self._steps = values, np.zeros_like(values), np.zeros_like(values), 0

    def step(self, gradient: Any) -> None:
        self._steps += 1
        self._mean += 0.1 * (gradient - self._mean)
        self._square += 0.001 * (gradient**2 - self._square)
        mean = self._mean / (1 - 0.9**self._steps)
        square = self._square / (1 - 0.999**self._steps)
        self._values -= _RATE * mean / (np.sqrt(square) + 1e-8)
