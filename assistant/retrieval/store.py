"""ADAPTER chromadb: vectors, one collection for everything that the same people may see; embedded, or a server by URL.

A condition on metadata costs Chroma a pass over all records (measured: 44 ms at 10,000, against 2 ms without one), so
visibility is a place before it is a condition: passages of one kind, level and audience lie in a collection of their
own, and a search opens only those that the subject may see. Departments are many, so what only they may see is spread
over a few collections each, and there the condition applies, before ranking.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from assistant.domain import Level, Passage, Text, VisibilityFilter
from assistant.errors import StoreUnavailable
from assistant.ports import Vector
from assistant.settings import Settings

LAYOUT = "3"  # raise when vectors lie in other collections than before: they are then made again
SHELVES = 16  # collections that share the departments of one kind and level
EVERYBODY = -1
_BATCH = 2000  # records: below Chroma's own limit
_PAGE = 10_000
_LISTED_FOR = 10.0  # seconds that a list of collections is believed: another process may have made one since
_SEARCH_WIDTH = 400  # HNSW candidates: the top 300 must be nearly exact


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Cell:
    """What a collection holds: one kind and level, for everybody (`shelf` -1) or for the departments of one shelf."""

    kind: str
    level: int
    shelf: int = EVERYBODY

    def condition(self, visible: VisibilityFilter, kinds: Sequence[str]) -> Mapping[str, Any] | None:
        """What must hold of a record here to be shown: {} nothing more, None that no record is."""
        top = min(visible.max_level, Level.G1) if visible.public_only else visible.max_level
        if self.kind not in kinds or self.level > int(top):
            return None
        if self.shelf == EVERYBODY:
            return {}
        own = [name for name in visible.departments if name and shelf_of(name) == self.shelf]
        return {"department": {"$in": own}} if own and not visible.public_only else None


def shelf_of(department: str) -> int:
    return int(hashlib.sha256(department.encode()).hexdigest(), 16) % SHELVES


def cell_of(passage: Passage) -> Cell:
    shelf = EVERYBODY if passage.is_public else shelf_of(passage.department)
    return Cell(kind=passage.kind, level=int(passage.level), shelf=shelf)


class ChromaStore:
    """ports.PassageStore. Collections are named by embedding model and cell, so vectors of two models never mix."""

    def __init__(self, connect: Callable[[], Any], model_id: str) -> None:
        self._connect = connect
        self._prefix = f"passages-{LAYOUT}-" + hashlib.sha256(model_id.encode()).hexdigest()[:12]
        self._model_id = model_id
        self._client: Any = None
        self._listed: tuple[float, Mapping[Cell, Any]] | None = None
        self._lock = threading.Lock()

    def ids(self) -> set[str]:
        return {name for collection in self._cells().values() for name in _ids(collection)}

    def upsert(self, passages: Sequence[Passage], vectors: Sequence[Vector]) -> None:
        cells = self._cells()
        grouped: dict[Cell, list[tuple[Passage, Vector]]] = {}
        for passage, vector in zip(passages, vectors, strict=True):
            grouped.setdefault(cell_of(passage), []).append((passage, vector))
        for cell, rows in grouped.items():
            collection = cells.get(cell) or self._made(cell)
            for start in range(0, len(rows), _BATCH):
                part = rows[start : start + _BATCH]
                _guarded(
                    partial(
                        collection.upsert,
                        ids=[passage.passage_id for passage, _ in part],
                        embeddings=[list(vector) for _, vector in part],
                        metadatas=[{"department": passage.department} for passage, _ in part],
                    )
                )

    def delete(self, passage_ids: Iterable[str]) -> None:
        gone = list(passage_ids)
        for collection in self._cells().values():
            for start in range(0, len(gone), _BATCH):
                part = gone[start : start + _BATCH]
                held = _guarded(partial(collection.get, ids=part, include=[]))["ids"]
                if held:
                    _guarded(partial(collection.delete, ids=held))

    def query(
        self, vector: Vector, visible: VisibilityFilter, *, kinds: Sequence[str], top_k: int
    ) -> list[tuple[str, float]]:
        """(passage id, cosine similarity), best first, among the passages that `visible` shows."""
        found: list[tuple[str, float]] = []
        for cell, collection in self._cells().items():
            condition = cell.condition(visible, kinds)
            if condition is not None:
                found.extend(_nearest(collection, vector, condition, top_k))
        return sorted(found, key=lambda item: (-item[1], item[0]))[:top_k]

    def _cells(self) -> Mapping[Cell, Any]:
        listed = self._listed
        if listed is None or time.monotonic() - listed[0] > _LISTED_FOR:
            found = {
                _cell(collection.metadata): collection
                for collection in _guarded(self._opened().list_collections)
                if collection.name.startswith(self._prefix)
            }
            listed = self._listed = time.monotonic(), found
        return listed[1]

    def _made(self, cell: Cell) -> Any:
        metadata = {"model": self._model_id, "kind": cell.kind, "level": cell.level, "shelf": cell.shelf}
        self._listed = None
        name = f"{self._prefix}-" + hashlib.sha256(repr(cell).encode()).hexdigest()[:12]
        return _guarded(
            lambda: self._opened().get_or_create_collection(
                name,
                # Vectors are ours: a default embedding function would fetch a model from the network.
                embedding_function=None,
                metadata=metadata,
                configuration={"hnsw": {"space": "cosine", "ef_search": _SEARCH_WIDTH}},
            )
        )

    def _opened(self) -> Any:
        with self._lock:
            if self._client is None:
                self._client = _guarded(self._connect)
        return self._client


def _cell(metadata: Mapping[str, Any]) -> Cell:
    return Cell(kind=str(metadata["kind"]), level=int(metadata["level"]), shelf=int(metadata["shelf"]))


def _ids(collection: Any) -> Iterable[str]:
    offset = 0
    while True:
        page = _guarded(partial(collection.get, include=[], limit=_PAGE, offset=offset))["ids"]
        yield from page
        offset += len(page)
        if len(page) < _PAGE:
            return


def _nearest(collection: Any, vector: Vector, condition: Mapping[str, Any], top_k: int) -> list[tuple[str, float]]:
    where = dict(condition) or None
    asked = partial(collection.query, query_embeddings=[list(vector)], n_results=top_k, where=where)
    found = _guarded(partial(asked, include=["distances"]))
    return [(name, 1.0 - distance) for name, distance in zip(found["ids"][0], found["distances"][0], strict=True)]


def open_store(settings: Settings, model_id: str) -> ChromaStore:
    """The store of these settings for one embedding model; chromadb is imported at the first call."""
    if settings.chroma_url:
        return ChromaStore(lambda: _server(settings.chroma_url), model_id)
    return ChromaStore(lambda: _embedded(settings.state / "index" / "vectors"), model_id)


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
