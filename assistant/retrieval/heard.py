"""Questions heard before, as vectors, and what answered them: who asks alike is likely to mean the same article.

A workspace may keep what it heard in `retrieval/heard.npz`: vectors of labelled questions, in 8 bits a number, and the
names of the articles that they cite, as `python -m evals.adapter_training --write-heard FILE` makes it of a benchmark.
It belongs to one encoder and lifts what stands below the first places (fusion.py). None is shipped. Questions about the
workspace's own documents are remembered beside what they taught (taught.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from assistant.ports import Vector
from assistant.retrieval.citations import short_title
from assistant.retrieval.query_adapter import Matrix

Near: TypeAlias = Mapping[str, float]  # what answered -> 0-1, how near the question is that it answered

LEAST = 0.5  # cosine, after the correction, from which a question heard is near: below it stand any two questions


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """`vectors` (m, d) of unit length; `answers`: (row, what answered it) pairs."""

    vectors: Matrix
    answers: tuple[tuple[int, str], ...]

    def near(self, vector: Vector, least: float = LEAST) -> dict[str, float]:
        """{what answered: 0-1, how near the nearest question that it answered is}, from a cosine of `least` on.

        >>> heard = Heard(vectors=np.array([[1, 0], [0, 1]], dtype=np.float32), answers=((0, "a"), (1, "b")))
        >>> heard.near([1.0, 0.0], 0.5)
        {'a': 1.0}
        """
        if not self.answers:
            return {}
        cosines = self.vectors @ np.asarray(vector, dtype=np.float32)
        best: dict[str, float] = {}
        for row, answer in self.answers:
            near = min((float(cosines[row]) - least) / (1 - least), 1.0)
            if near > best.get(answer, 0.0):
                best[answer] = round(near, 4)
        return best

    def packed(self) -> dict[str, Any]:
        """As arrays for `unpacked`; 8 bits a number move a cosine by about .001."""
        names = sorted({answer for _, answer in self.answers})
        at = {name: row for row, name in enumerate(names)}
        scale = max(float(np.abs(self.vectors).max(initial=0.0)) / 127, 1e-9)
        return {
            "heard": np.rint(self.vectors / scale).astype(np.int8),
            "heard_scale": np.float32(scale),
            "heard_rows": np.array([row for row, _ in self.answers], dtype=np.int32),
            "heard_answers": np.array([at[answer] for _, answer in self.answers], dtype=np.int32),
            "heard_names": np.array(names, dtype=np.str_),
        }


NOTHING = Heard(vectors=np.zeros((0, 0), np.float32), answers=())


def unpacked(stored: Mapping[str, Any]) -> Heard:
    """What `packed` gave. Raises KeyError where an array is missing."""
    vectors = stored["heard"].astype(np.float32) * stored["heard_scale"].astype(np.float32)
    names = stored["heard_names"][stored["heard_answers"]].tolist() if len(stored["heard_answers"]) else []
    return Heard(vectors=vectors, answers=tuple(zip(stored["heard_rows"].tolist(), names, strict=True)))


def article_name(title: str, section: str) -> str:
    """What an article is called here, whichever name of its law is used."""
    return f"{short_title(title)}#{section}"


def heard_of(vectors: Matrix, answering: Iterable[Iterable[tuple[str, str]]]) -> Heard:
    """From the questions' vectors and the (title, section) of each article that answers them."""
    answers = [(row, article_name(*each)) for row, articles in enumerate(answering) for each in articles]
    return Heard(vectors=vectors, answers=tuple(answers))


def load_heard(workspace: Path, model_id: str) -> Heard:
    """What a workspace heard; nothing where it keeps none, or another encoder's."""
    path = workspace / "retrieval" / "heard.npz"
    if not path.is_file():
        return NOTHING
    with np.load(path, allow_pickle=False) as stored:
        return unpacked(stored) if str(stored["model"]) == model_id else NOTHING


def save_heard(heard: Heard, model_id: str, path: Path) -> None:
    np.savez_compressed(path, model=np.array(model_id), **heard.packed())
