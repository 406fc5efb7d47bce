"""Train and cross-validate the correction of question vectors: `python -m evals.adapter_training --data FOLDER`.

FOLDER is a BEIR folder with labelled questions (STARD's development questions over its 16,023 articles for the shipped
weights: all of them are negatives). Every question is searched by the product with a correction that was trained on the
other folds, so no figure here is a training figure. `--search FOLDER` searches another corpus with the same questions,
as stard_pool beside stard. The correction is the mean of one learnt on these questions alone and one learnt on them and
on lay questions of our own (evals/lay_questions.yaml, or the files of `--lay`; none with a bare `--lay`). What is asked
about oftener (asked_laws.py) is counted, and what was heard of which article (heard.py) is remembered, on the same
folds. `--write`, `--write-laws` and `--write-heard` afterwards fit, count and remember all questions and write the
weights and the tables; figures on the same questions with those are no measurement.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from assistant.ports import Encoder, Vector
from assistant.retrieval.asked_laws import AskedLaws, count_asked
from assistant.retrieval.encoder import load_encoder
from assistant.retrieval.heard import Heard, heard_of, save_heard
from assistant.retrieval.query_adapter import STRENGTH, Matrix, QueryAdapter, save_adapter, train
from assistant.settings import Settings, load_settings
from assistant.yaml_source import read_yaml
from evals.suites.retrieval import RetrievalTask, means
from evals.task import Metrics, Result

_SEED = 0  # of the folds
_ORDERS = 2  # of the questions, a fit
_OWN_WEIGHT = 0.5  # of a lay question of our own beside one of the folder's
_HEAD = """# How many of the 300 development questions of STARD (THUIR, MIT licence; NOTICE) each law of its corpus
# answers; one with several articles counts in parts. python -m evals.adapter_training --write-laws makes it."""
OWN = Path(__file__).with_name("lay_questions.yaml")
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

    def __init__(self, folder: Path, settings: Settings, lay: Sequence[Path] = (OWN,)) -> None:
        self.encoder = _Corrected(load_encoder(settings, adapt=lambda vector: vector))
        self.task = RetrievalTask(folder, self.encoder, settings, lambda *_: None)
        names = [document.id for document in self.task.corpus]
        rows = {name: row for row, name in enumerate(names)}
        self.relevant = [[rows[name] for name in case.body["relevant"] if name in rows] for case in self.task.cases]
        self.passages = np.array(self.task.passage_vectors(), dtype=np.float32)
        self.queries: Matrix = np.array(
            [self.task.query_vector(case.text) for case in self.task.cases], dtype=np.float32
        )
        self.words = self._words([case.text for case in self.task.cases], rows)
        own = [pair for file in lay for pair in read_own(file) if pair[0] in rows]
        self.lay = len(own)
        self._own_relevant = [[rows[article]] for article, _ in own]
        self._own_queries: Matrix = np.array(
            [self.task.query_vector(text) for _, text in own], dtype=np.float32
        ).reshape(len(own), self.queries.shape[1])
        self._own_words = self._words([text for _, text in own], rows)
        self._laws = [document.title for document in self.task.corpus]
        self._sections = [document.id.partition("#")[2] for document in self.task.corpus]

    def _words(self, texts: Sequence[str], rows: Mapping[str, int]) -> Matrix:
        found: Matrix = np.zeros((len(texts), len(rows)), dtype=np.float32)
        for row, text in enumerate(texts):
            for name, score in self.task.words_of(text, _WORDS_DEPTH).items():
                found[row, rows[name]] = score
        return found

    def fit(self, chosen: Sequence[int], strength: float) -> QueryAdapter:
        """Trained on the questions `chosen`; those without a labelled passage in the corpus teach nothing."""
        taught = [row for row in chosen if self.relevant[row]]
        gold, queries, words = [self.relevant[row] for row in taught], self.queries[taught], self.words[taught]
        alone = train(queries, self.passages, gold, words=words, strength=strength, seeds=_ORDERS)
        if not self._own_relevant:
            return alone
        both = train(
            np.concatenate([queries, self._own_queries]),
            self.passages,
            [*gold, *self._own_relevant],
            words=np.concatenate([words, self._own_words]),
            weights=np.array([1.0] * len(gold) + [_OWN_WEIGHT] * len(self._own_relevant), dtype=np.float32),
            strength=strength,
            seeds=_ORDERS,
        )
        half = np.float32(0.5)
        return QueryAdapter(half * (alone.weights + both.weights), half * (alone.shift + both.shift))

    def asked(self, chosen: Sequence[int]) -> AskedLaws:
        """What the questions `chosen` are about."""
        return count_asked(self._laws, ([self._laws[at] for at in self.relevant[row]] for row in chosen))

    def heard(self, chosen: Sequence[int], adapter: QueryAdapter | None) -> Heard:
        """The questions `chosen` as the search encodes them, and the articles that answer them."""
        vectors = self.queries[list(chosen)]
        if adapter is not None:
            vectors = np.array([adapter(row.tolist()) for row in vectors], dtype=np.float32)
        return heard_of(
            vectors, ([(self._laws[at], self._sections[at]) for at in self.relevant[row]] for row in chosen)
        )


def read_own(path: Path) -> tuple[tuple[str, str], ...]:
    """(article, question) of every lay question of our own. Raises ConfigurationError."""
    listed = read_yaml(path).mapping()["questions"].sequence()
    pairs = (node.mapping() for node in listed)
    return tuple((str(pair["article"].value), str(pair["question"].value)) for pair in pairs)


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
        task.remember(labelled.asked(others), labelled.heard(others, labelled.encoder.adapter))
        for row in held_out:
            case = task.cases[row]
            observed = task.observe(case)
            results.append(Result(case=case, verdict=task.score(case, observed), observed=observed, seconds=0.0))
    return means(results)


def _table(asked: AskedLaws) -> str:
    """asked_laws.yaml, the laws most asked about first."""
    ordered = sorted(asked.counts.items(), key=lambda item: (-item[1], item[0]))
    lines = (f'  "{title}": {round(count, 2)}' for title, count in ordered)
    return "\n".join((_HEAD, "laws:", *lines, ""))


def _write(labelled: Labelled, chosen: argparse.Namespace) -> None:
    """What all questions teach, to the files that were asked for."""
    every = range(len(labelled.task.cases))
    if chosen.write is None and chosen.write_heard is None and chosen.write_laws is None:
        return
    adapter = labelled.fit(every, chosen.strength)
    if chosen.write is not None:
        save_adapter(adapter, chosen.write)
    if chosen.write_heard is not None:
        save_heard(labelled.heard(every, adapter), labelled.encoder.model_id, chosen.write_heard)
    if chosen.write_laws is not None:
        chosen.write_laws.write_text(_table(labelled.asked(every)), encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m evals.adapter_training", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--search", type=Path, help="search this corpus instead; it has the same questions")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--strength", type=float, default=STRENGTH, help="0: without the correction")
    parser.add_argument("--lay", type=Path, nargs="*", default=[OWN], help="files of lay questions to learn from")
    parser.add_argument("--write", type=Path)
    parser.add_argument("--write-laws", type=Path)
    parser.add_argument("--write-heard", type=Path)
    chosen = parser.parse_args(arguments)
    settings = load_settings()
    labelled = Labelled(chosen.data, settings, chosen.lay)
    searched = chosen.search and RetrievalTask(chosen.search, labelled.encoder, settings, lambda *_: None)
    task = searched or labelled.task
    found = {
        "taught on": chosen.data.name,
        "searched": (chosen.search or chosen.data).name,
        "questions": len(task.cases),
        "documents": len(task.corpus),
        "lay questions": labelled.lay,
        "folds": chosen.folds,
        "strength": chosen.strength,
        "metrics": dict(crossed(labelled, chosen.folds, chosen.strength, task)),
    }
    sys.stdout.write(json.dumps(found, indent=1) + "\n")
    _write(labelled, chosen)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
