"""Teach a workspace's search with its labelled questions, and measure it: `python -m evals.teaching`.

Questions about the rules with the articles that answer them (evals/cases/policy_questions, and lay questions written
from the articles: evals/policy_lessons.yaml) teach the correction of question vectors and are remembered; they and
questions that no article answers (those of the same files without articles, questions for figures of
evals/cases/answers, lay questions of evals/lay_questions.yaml) teach whether there is an answer. Five-fold: every
policy question is put to the product's search and support as taught by the others and the lessons, so no figure is one
of training; `--without-lessons` leaves the lay questions out; `--blind FILE` puts the cases of further files to what
all of them taught. `--write` keeps that as `<workspace>/retrieval/taught.npz`. No language model has a part in it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from assistant import assembly
from assistant.domain import Evidence
from assistant.language import detect
from assistant.parts import Parts
from assistant.policies.access import visible
from assistant.retrieval import index, ingest
from assistant.retrieval.encoder import load_encoder
from assistant.retrieval.heard import Heard
from assistant.retrieval.query_adapter import Matrix, train
from assistant.retrieval.quoting import SUPPORT_BY_MEANING, SURE_BY_SUPPORT, answer_policy_question, best_support
from assistant.retrieval.taught import FILE, Taught, save_taught
from assistant.settings import load_settings
from evals.adapter_training import OWN, folds_of, read_own
from evals.encoding_cache import CachedEncoder
from evals.loaders import load_written_cases
from evals.suites.retrieval import EVERYTHING

Numbers: TypeAlias = NDArray[np.float64]
CASES = Path(__file__).parent / "cases"
LESSONS = Path(__file__).with_name("policy_lessons.yaml")
_SPREAD = 5.0  # of the vectors' numbers beside those of the sums, before the penalty
_ELSEWHERE = 0.9  # what a question that is none about the rules counts
_LESSON = 0.25  # and a lay question written from an article: every article has some, asked about or not
_DEPTH = 200  # articles whose score by words is looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question, who asks (nobody: whoever may read all), and the articles that answer it.

    `weight` is what it counts where it teaches whether there is an answer.
    """

    text: str
    user: str
    articles: tuple[str, ...]
    weight: float = 1.0


class Lessons:
    """The questions of a workspace as arrays over the passages of its documents."""

    def __init__(self, parts: Parts, asked: Sequence[Asked]) -> None:
        self.parts, self.asked = parts, asked
        settings = parts.settings
        encoder = CachedEncoder(load_encoder(settings), settings.state / "evals" / "vectors.sqlite")
        self.model_id = encoder.model_id
        passages = ingest.read_documents(settings.workspace / "documents").passages
        rows: dict[str, list[int]] = {}
        for row, passage in enumerate(passages):
            rows.setdefault(f"{passage.source_id}#{passage.section}", []).append(row)
        self._ids = [passage.passage_id for passage in passages]
        at = {passage: row for row, passage in enumerate(self._ids)}
        texts = [index.embedded_text(passage) for passage in passages]
        self._passages: Matrix = np.array(encoder.encode_passages(texts), dtype=np.float32)
        self._relevant = [[row for name in one.articles for row in rows.get(name, ())] for one in asked]
        search = parts.retriever
        self._queries: Matrix = np.array(
            [encoder.encode_query(search.dense_text(one.text)) for one in asked], dtype=np.float32
        )
        self._words: Matrix = np.zeros((len(asked), len(passages)), dtype=np.float32)
        for row, one in enumerate(asked):
            if self._relevant[row]:
                for item in search.search(one.text, EVERYTHING, kinds=("policy",), top_k=_DEPTH, dense=False):
                    if item.passage_id in at:
                        self._words[row, at[item.passage_id]] = item.score

    def teach(self, chosen: Sequence[int], best: Mapping[int, float]) -> Taught:
        """From the questions `chosen`; `best` is what speaks for the best article of each (quoting.py)."""
        answered = [row for row in chosen if self._relevant[row]]
        turn = train(
            self._queries[answered],
            self._passages,
            [self._relevant[row] for row in answered],
            words=self._words[answered],
            seeds=1,
        )
        counts = np.array([self.asked[row].weight for row in chosen])
        offset = np.array([SURE_BY_SUPPORT * (best[row] - SUPPORT_BY_MEANING) for row in chosen])
        has = np.array([float(bool(self.asked[row].articles)) for row in chosen])
        asked, bias = _logistic(_SPREAD * self._queries[list(chosen)], has, counts, offset)
        answers = [(at, self._ids[row]) for at, one in enumerate(answered) for row in self._relevant[one]]
        heard = Heard(vectors=self._queries[answered], answers=tuple(answers))
        return Taught(turn, (_SPREAD * asked).astype(np.float32), bias, heard)


def _logistic(values: Matrix, has: Numbers, counts: Numbers, offset: Numbers) -> tuple[Numbers, float]:
    """Weighted logistic regression with a ridge of 1, by Newton's method; the bias goes free."""
    design = np.concatenate([values, np.ones((len(values), 1))], axis=1).astype(np.float64)
    ridge = np.append(np.ones(values.shape[1]), 1e-6)
    weights = np.zeros(design.shape[1])
    for _ in range(30):
        share = 1 / (1 + np.exp(-(design @ weights + offset)))
        curve = (design * (counts * share * (1 - share) + 1e-9)[:, None]).T @ design + np.diag(ridge)
        weights -= np.linalg.solve(curve, design.T @ (counts * (share - has)) + ridge * weights)
    return weights[:-1], float(weights[-1])


@dataclass(slots=True)
class Tally:
    """How many questions were answered rightly: by any cited article, by the first; and how many got no quote."""

    answerable: int = 0
    any: int = 0
    first: int = 0
    unanswerable: int = 0
    none: int = 0

    def count(self, articles: Sequence[str], cited: Sequence[str]) -> None:
        if articles:
            self.answerable += 1
            self.any += bool(set(articles) & set(cited))
            self.first += bool(cited) and cited[0] in articles
        else:
            self.unanswerable += 1
            self.none += not cited


def cited(one: Asked, parts: Parts) -> list[str]:
    """The articles that the product's search and support quote for a question, whoever routes it there."""
    evidence = _found(one, parts)
    answer = answer_policy_question(one.text, evidence, detect(one.text), rarity=parts.retriever.rarity)
    return [sentence.evidence.id for sentence in answer.sentences]


def _found(one: Asked, parts: Parts) -> tuple[Evidence, ...]:
    if not one.user:
        return parts.retriever.search(one.text, EVERYTHING, kinds=("policy",))
    user = parts.policies.users[one.user]
    purpose = next(each for each in parts.policies.purposes.values() if each.code in user.purposes)
    return parts.retriever.search(one.text, visible(user, purpose, parts.policies), kinds=("policy",))


def policy_questions(folder: Path = CASES / "policy_questions") -> list[Asked]:
    """Those of the city's rules, answerable or not."""
    written = [case.body["written"] for case in load_written_cases(folder)]
    return [Asked(text=one.question, user=one.user, articles=tuple(one.expect.articles)) for one in written]


def lessons_of(path: Path = LESSONS) -> list[Asked]:
    """The lay questions written from the articles, and those of the same manner that none answers."""
    pairs = [(tuple(filter(None, articles.split(";"))), text) for articles, text in read_own(path)]
    return [Asked(text=text, user="", articles=each, weight=_LESSON if each else 1.0) for each, text in pairs]


def other_questions(known: Sequence[Asked]) -> list[Asked]:
    """Questions for figures and lay questions about the country's laws: the workspace's rules answer none of them."""
    taken = {one.text for one in known}
    figures = [case.body["written"] for case in load_written_cases(CASES / "answers")][::6]
    texts = [one.question for one in figures if one.kind != "document" and not one.expect.articles]
    texts += [question for _, question in read_own(OWN)][::8]
    return [
        Asked(text=text, user="analyst", articles=(), weight=_ELSEWHERE)
        for text in dict.fromkeys(texts)
        if text not in taken
    ]


def crossed(lessons: Lessons, policy: int, folds: int, best: Mapping[int, float]) -> Tally:
    """Every one of the first `policy` questions put to what the other folds taught; all others are always taught."""
    tally, parts = Tally(), lessons.parts
    elsewhere = list(range(policy, len(lessons.asked)))
    for held_out in folds_of(policy, folds):
        others = sorted(set(range(policy)) - set(held_out))
        parts.retriever.taught = lessons.teach([*others, *elsewhere], best)
        for row in held_out:
            tally.count(lessons.asked[row].articles, cited(lessons.asked[row], parts))
    return tally


def _blind(file: Path, parts: Parts) -> Tally:
    tally = Tally()
    for one in policy_questions(file):
        tally.count(one.articles, cited(one, parts))
    return tally


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m evals.teaching", description=__doc__)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--blind", type=Path, nargs="*", default=[])
    parser.add_argument("--without-lessons", action="store_true")
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args(arguments)
    parts = assembly.build(load_settings())
    parts.retriever.taught = None
    policy = policy_questions()
    written = [] if chosen.without_lessons else lessons_of()
    lessons = Lessons(parts, [*policy, *written, *other_questions(policy)])
    best = {
        row: best_support(one.text, _found(one, parts), parts.retriever.rarity) for row, one in enumerate(lessons.asked)
    }
    found: dict[str, object] = {"questions": len(policy), "lessons": len(written)}
    found["others"] = len(lessons.asked) - len(policy) - len(written)
    untaught = Tally()
    for one in policy:
        untaught.count(one.articles, cited(one, parts))
    found |= {"untaught": asdict(untaught), "taught": asdict(crossed(lessons, len(policy), chosen.folds, best))}
    parts.retriever.taught = None
    blind = {file.name: {"untaught": asdict(_blind(file, parts))} for file in chosen.blind}
    parts.retriever.taught = taught = lessons.teach(range(len(lessons.asked)), best)
    for file in chosen.blind:
        blind[file.name]["taught"] = asdict(_blind(file, parts))
    sys.stdout.write(json.dumps(found | {"blind": blind}, indent=1) + "\n")
    if chosen.write:
        save_taught(taught, lessons.model_id, parts.settings.workspace / FILE)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
