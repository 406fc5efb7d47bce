"""ADAPTER chromadb: vectors with the metadata that visibility needs; embedded, or a server by URL."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from assistant.domain import Level, Passage, Text, VisibilityFilter
from assistant.errors import StoreUnavailable
from assistant.ports import Vector
from assistant.settings import Settings

_BATCH = 2000  # records: below Chroma's own limit
_PAGE = 10_000
_SEARCH_WIDTH = 400  # HNSW candidates: the top 300 must be nearly exact


class ChromaStore:
    """ports.PassageStore. One collection per embedding model, so vectors of two models never mix."""

    def __init__(self, connect: Callable[[], Any], model_id: str) -> None:
        self._connect = connect
        self._name = "passages-" + hashlib.sha256(model_id.encode()).hexdigest()[:12]
        self._model_id = model_id
        self._opened: Any = None
        self._lock = threading.Lock()

    def ids(self) -> set[str]:
        found: set[str] = set()
        collection = self._collection()
        while True:
            page = _guarded(lambda: collection.get(include=[], limit=_PAGE, offset=len(found)))
            found.update(page["ids"])
            if len(page["ids"]) < _PAGE:
                return found

    def upsert(self, passages: Sequence[Passage], vectors: Sequence[Vector]) -> None:
        collection = self._collection()
        for start in range(0, len(passages), _BATCH):
            part = passages[start : start + _BATCH]
            _guarded(
                partial(
                    collection.upsert,
                    ids=[item.passage_id for item in part],
                    embeddings=[list(vector) for vector in vectors[start : start + len(part)]],
                    metadatas=[_metadata(item) for item in part],
                )
            )

    def delete(self, passage_ids: Iterable[str]) -> None:
        gone = list(passage_ids)
        for start in range(0, len(gone), _BATCH):
            _guarded(partial(self._collection().delete, ids=gone[start : start + _BATCH]))

    def query(
        self, vector: Vector, visible: VisibilityFilter, *, kinds: Sequence[str], top_k: int
    ) -> list[tuple[str, float]]:
        """(passage id, cosine similarity), best first, among the passages that `visible` shows."""
        collection = self._collection()
        found = _guarded(
            lambda: collection.query(
                query_embeddings=[list(vector)], n_results=top_k, where=where(visible, kinds), include=["distances"]
            )
        )
        return [(name, 1.0 - distance) for name, distance in zip(found["ids"][0], found["distances"][0], strict=True)]

    def _collection(self) -> Any:
        with self._lock:
            if self._opened is None:
                self._opened = _guarded(
                    lambda: self._connect().get_or_create_collection(
                        self._name,
                        # Vectors are ours: a default embedding function would fetch a model from the network.
                        embedding_function=None,
                        metadata={"model": self._model_id},
                        configuration={"hnsw": {"space": "cosine", "ef_search": _SEARCH_WIDTH}},
                    )
                )
        return self._opened


def where(visible: VisibilityFilter, kinds: Sequence[str]) -> dict[str, Any]:
    """The visibility filter as a Chroma condition, evaluated before ranking."""
    top = min(visible.max_level, Level.G1) if visible.public_only else visible.max_level
    departments = [name for name in visible.departments if name]
    seen: dict[str, Any] = {"is_public": True}
    if departments and not visible.public_only:
        seen = {"$or": [{"is_public": True}, {"department": {"$in": departments}}]}
    return {"$and": [{"kind": {"$in": list(kinds)}}, {"level": {"$lte": int(top)}}, seen]}


def open_store(settings: Settings, model_id: str) -> ChromaStore:
    """The store of these settings for one embedding model; chromadb is imported at the first call."""
    if settings.chroma_url:
        return ChromaStore(lambda: _server(settings.chroma_url), model_id)
    return ChromaStore(lambda: _embedded(settings.state / "index" / "vectors"), model_id)


def _metadata(passage: Passage) -> dict[str, Any]:
    return {
        "kind": passage.kind,
        "level": int(passage.level),
        "is_public": passage.is_public,
        "department": passage.department,
    }


def _embedded(folder: Path) -> Any:
    import chromadb
    from chromadb.config import Settings as ChromaSettings

    folder.mkdir(parents=True, exist_ok=True)
    return chromadb.PersistentClient(str(folder), settings=ChromaSettings(anonymized_telemetry=False))


def _server(url: str) -> Any:
    import chromadb
    from chromadb.config import Settings as ChromaSettings

    parts = urlsplit(url)
    return chromadb.HttpClient(
        host=parts.hostname or "127.0.0.1",
        port=parts.port or (443 if parts.scheme == "https" else 8000),
        ssl=parts.scheme == "https",
        settings=ChromaSettings(anonymized_telemetry=False),
    )


def _guarded(call: Callable[[], Any]) -> Any:
    try:
        from chromadb.errors import ChromaError
    except ImportError as error:
        raise StoreUnavailable(_UNREACHABLE) from error
    try:
        return call()
    except (ChromaError, OSError, ValueError) as error:
        raise StoreUnavailable(_UNREACHABLE) from error


_UNREACHABLE = Text(
    zh="向量库不可用。请检查索引目录或 GOVDATA_CHROMA_URL，必要时删除索引目录后运行 govdata index。",
    en="The vector store is unavailable. Check the index folder or GOVDATA_CHROMA_URL, or run `govdata index`.",
)
