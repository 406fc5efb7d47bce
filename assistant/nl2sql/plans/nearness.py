"""The third strength of linking: names of metrics and dimensions that are close in meaning to words nobody listed.

Asked only when exact and fuzzy linking left content words uncovered, so a question in the model's own words never loads
the encoder. What it finds is never answered at once: it becomes readings to choose from. The vectors of the names are
made once per model and encoder and kept in a file.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median
from typing import Any

from assistant.nl2sql.plans.semantic_model import Dimension, Metric, SemanticModel
from assistant.ports import Encoder

MOST = 4  # readings
_ABOVE = 0.07  # of the best over the middle of all names: below it everything is equally far (lunch times, a poem)
_BEHIND = 0.035  # how much less near than the best a reading may be
_SYNONYMS = 3  # of each language


class NearNames:
    """Names of one semantic model as vectors; nothing is loaded before the first `near_metrics`."""

    def __init__(self, model: SemanticModel, encoder: Encoder, folder: Path | None) -> None:
        """`folder`: where the vectors are kept; None = in memory only."""
        self._model, self._encoder, self._folder = model, encoder, folder
        self._names = tuple(_names(model))
        self._lock = threading.Lock()
        self._vectors: Any = None

    def near_metrics(self, words: str, fits: Callable[[Metric], bool]) -> tuple[tuple[str, float], ...]:
        """(metric, similarity) of up to four metrics that `fits` admits, nearest first; () where none stands out.

        Raises ModelUnavailable.
        """
        model = self._model
        return self._nearest(words, "metric", lambda name: fits(model.metric_by_id[name]))

    def near_dimensions(self, words: str, fits: Callable[[Dimension], bool]) -> tuple[tuple[str, float], ...]:
        """The same for dimensions."""
        model = self._model
        return self._nearest(words, "dimension", lambda name: fits(model.dimension_by_id[name]))

    def prepare(self) -> None:
        """Make and keep the vectors of all names (tens of seconds on two cores, once)."""
        self._matrix()

    def _nearest(self, words: str, kind: str, fits: Callable[[str], bool]) -> tuple[tuple[str, float], ...]:
        if not words.strip():
            return ()
        import numpy as np

        scores = self._matrix() @ np.asarray(self._encoder.encode_query(words), dtype=np.float32)
        best: dict[str, float] = {}
        for (of, target, _), score in zip(self._names, scores.tolist(), strict=True):
            if of == kind:
                best[target] = max(best.get(target, -1.0), score)
        if not best:
            return ()
        admitted = sorted(((score, target) for target, score in best.items() if fits(target)), reverse=True)
        if not admitted or admitted[0][0] < median(best.values()) + _ABOVE:
            return ()
        near = [pair for pair in admitted[:MOST] if pair[0] >= admitted[0][0] - _BEHIND]
        return tuple((target, score) for score, target in (near if len(near) > 1 else admitted[:2]))

    def _matrix(self) -> Any:
        with self._lock:
            if self._vectors is None:
                self._vectors = self._kept()
            return self._vectors

    def _kept(self) -> Any:
        import numpy as np

        texts = [text for _, _, text in self._names]
        file = self._folder / f"names-{self._stamp(texts)}.npy" if self._folder else None
        if file is not None and file.is_file():
            return np.load(file, allow_pickle=False)
        vectors = np.asarray(self._encoder.encode_passages(texts), dtype=np.float32)
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            part = file.with_suffix(".part.npy")
            np.save(part, vectors)
            part.replace(file)
        return vectors

    def _stamp(self, texts: list[str]) -> str:
        return hashlib.sha256(json.dumps([self._encoder.model_id, *texts]).encode()).hexdigest()[:16]


def _names(model: SemanticModel) -> Iterable[tuple[str, str, str]]:
    """(kind, id, name)"""
    for kind, things in (("metric", model.metrics), ("dimension", model.dimensions)):
        for thing in things:
            words = (thing.name, *thing.synonyms[:_SYNONYMS], thing.name_en, *thing.synonyms_en[:_SYNONYMS])
            yield from ((kind, thing.id, word) for word in dict.fromkeys(words) if word)
