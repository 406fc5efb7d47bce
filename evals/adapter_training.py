"""Train and cross-validate the correction of question vectors: `python -m evals.adapter_training --data FOLDER`.

FOLDER is a BEIR folder with labelled questions (STARD's development questions over its 16,023 articles for the shipped
weights: all of them are negatives). Every question is searched by the product with a correction that was trained on the
other folds, so no figure here is a training figure. `--search FOLDER` searches another corpus with the same questions,
as stard_pool beside stard. `--write` afterwards fits on all questions and writes the weights; figures on
the same questions with those weights are no measurement.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from assistant.ports import Encoder, Vector
from assistant.retrieval.encoder import load_encoder
from assistant.retrieval.query_adapter import STRENGTH, Matrix, QueryAdapter, save_adapter, train
from assistant.settings import Settings, load_settings
from evals.suites.retrieval import RetrievalTask, means
from evals.task import Metrics, Result

_SEED = 0  # of the folds
_ORDERS = 2  # of the questions, a fit
_WORDS_DEPTH = 500  # documents a question whose score by words is looked at


class _Corrected:
    """`ports.Encoder` whose question vectors are corrected; `adapter` may be exchanged."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._plain: dict[str, Vector] = {}
        self.adapter: QueryAdapter | None = None

    @property
    def model_id(self) -> str:
        return self._encoder.model_id

    @property
    def dimension(self) -> int:
        return self._encoder.dimension

    def encode_passages(self, texts: Sequence[str]) -> list[Vector]:
        return self._encoder.encode_passages(texts)

    def encode_query(self, text: str) -> Vector:
        if text not in self._plain:
            self._plain[text] = self._encoder.encode_query(text)
        return self._plain[text] if self.adapter is None else self.adapter(self._plain[text])


class Labelled:
    """The labelled questions of one folder as arrays, over the product's own index of its corpus."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.encoder = _Corrected(load_encoder(settings, adapt=lambda vector: vector))
        self.task = RetrievalTask(folder, self.encoder, settings, lambda *_: None)
        names = [document.id for document in self.task.corpus]
        rows = {name: row for row, name in enumerate(names)}
        self.relevant = [[rows[name] for name in case.body["relevant"] if name in rows] for case in self.task.cases]
        self.passages = np.array(self.task.passage_vectors(), dtype=np.float32)
        self.queries: Matrix = np.array(
            [self.task.query_vector(case.text) for case in self.task.cases], dtype=np.float32
        )
        self.words: Matrix = np.zeros((len(self.queries), len(self.passages)), dtype=np.float32)
        for row, case in enumerate(self.task.cases):
            for name, score in self.task.words_of(case.text, _WORDS_DEPTH).items():
                self.words[row, rows[name]] = score

    def fit(self, chosen: Sequence[int], strength: float) -> QueryAdapter:
        """Trained on the questions `chosen`; those without a labelled passage in the corpus teach nothing."""
        taught = [row for row in chosen if self.relevant[row]]
        gold = [self.relevant[row] for row in taught]
        words = self.words[taught]
        return train(self.queries[taught], self.passages, gold, words=words, strength=strength, seeds=_ORDERS)


def folds_of(count: int, folds: int) -> tuple[tuple[int, ...], ...]:
    """The rows 0 to count - 1, shuffled once and dealt out."""
    order = np.random.default_rng(_SEED).permutation(count)
    return tuple(tuple(int(row) for row in order[start::folds]) for start in range(folds))


def crossed(labelled: Labelled, folds: int, strength: float, task: RetrievalTask | None = None) -> Metrics:
    """Every question searched with the correction of the folds that it is not in; the mean of each metric.

    `task` is another corpus under the same questions, made with `labelled.encoder`.
    """
    taught, results = labelled.task, list[Result]()
    task = task or taught
    if [case.id for case in task.cases] != [case.id for case in taught.cases]:
        raise ValueError("the two folders must have the same questions in the same order")
    for held_out in folds_of(len(task.cases), folds):
        others = sorted(set(range(len(task.cases))) - set(held_out))
        labelled.encoder.adapter = labelled.fit(others, strength) if strength else None
        for row in held_out:
            case = task.cases[row]
            observed = task.observe(case)
            results.append(Result(case=case, verdict=task.score(case, observed), observed=observed, seconds=0.0))
    return means(results)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m evals.adapter_training", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--search", type=Path, help="search this corpus instead; it has the same questions")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--strength", type=float, default=STRENGTH, help="0: without the correction")
    parser.add_argument("--write", type=Path)
    chosen = parser.parse_args(arguments)
    settings = load_settings()
    labelled = Labelled(chosen.data, settings)
    searched = chosen.search and RetrievalTask(chosen.search, labelled.encoder, settings, lambda *_: None)
    task = searched or labelled.task
    found = {
        "taught on": chosen.data.name,
        "searched": (chosen.search or chosen.data).name,
        "questions": len(task.cases),
        "documents": len(task.corpus),
        "folds": chosen.folds,
        "strength": chosen.strength,
        "metrics": dict(crossed(labelled, chosen.folds, chosen.strength, task)),
    }
    sys.stdout.write(json.dumps(found, indent=1) + "\n")
    if chosen.write is not None:
        save_adapter(labelled.fit(range(len(labelled.task.cases)), chosen.strength), chosen.write)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
