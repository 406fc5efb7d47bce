"""What a workspace's own labelled questions have taught its search: where to look, and whether there is an answer.

`<workspace>/retrieval/taught.npz` holds numbers alone, fitted by `python -m evals.teaching` on questions with the
articles that answer them and on questions that nothing there answers, and the vectors of the questions that were heard
of each article: who asks alike is likely to mean the same one. It belongs to one encoder; without it, or with another
encoder, search and support are as the product knows them. Figures on the questions it was fitted on are no measurement.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assistant.domain import Text
from assistant.errors import ConfigurationError
from assistant.ports import Vector
from assistant.retrieval.heard import NOTHING, Heard, unpacked
from assistant.retrieval.query_adapter import Matrix, QueryAdapter

FILE = Path("retrieval") / "taught.npz"
HEARD = 0.3  # what the nearest question heard of an article adds to the article's similarity, where it is the same
HEARD_FROM = 0.65  # cosine from which it is near at all


@dataclass(frozen=True, slots=True)
class Taught:
    """`turn` corrects a question's unit vector for the search among articles; `asked` (d,), `bias`: of log-odds.

    `heard` are the questions it was taught with, and the ids of the passages that answer them: a passage whose words
    changed has another id, so what was heard of it is forgotten.
    """

    turn: QueryAdapter
    asked: Matrix
    bias: float
    heard: Heard = NOTHING

    def lifted(self, ranking: Sequence[tuple[str, float]], vector: Vector) -> list[tuple[str, float]]:
        """`ranking` of passages by similarity, where each stands the higher the nearer a question heard of it is.

        `vector` is the question's unit vector as encoded, not turned.
        """
        near = self.heard.near(vector, HEARD_FROM)
        return sorted(
            ((name, score + HEARD * near.get(name, 0.0)) for name, score in ranking),
            key=lambda item: (-item[1], item[0]),
        )

    def answerable(self, vector: Vector) -> float:
        """Log-odds, by the question's (uncorrected) vector alone, that some article of the workspace answers it."""
        return round(float(np.asarray(vector, dtype=np.float32) @ self.asked) + self.bias, 4)


def load_taught(workspace: Path, model_id: str) -> Taught | None:
    """What this workspace was taught with this encoder; None without. Raises ConfigurationError when it is damaged."""
    path = workspace / FILE
    if not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as stored:
            if str(stored["model"]) != model_id:
                return None
            turn = QueryAdapter(stored["weights"].astype(np.float32), stored["shift"].astype(np.float32))
            heard = unpacked(stored) if "heard" in stored.files else NOTHING  # a file of before holds none
            return Taught(turn, stored["asked"].astype(np.float32), float(stored["bias"]), heard)
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise ConfigurationError(
            Text(
                zh=f"文件损坏：{path}（{error}）。可删除它，或用 python -m evals.teaching 重新生成。",
                en=f"{path} is damaged ({error}). Delete it, or make it again with python -m evals.teaching.",
            ),
            file=path,
        ) from error


def save_taught(taught: Taught, model_id: str, path: Path) -> None:
    """Write the file that `load_taught` reads."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        path,
        model=np.array(model_id),
        weights=taught.turn.weights.astype(np.float16),
        shift=taught.turn.shift.astype(np.float16),
        asked=taught.asked.astype(np.float32),
        bias=np.float32(taught.bias),
        **taught.heard.packed(),
    )
