"""Vectors on disk, keyed by model and text: a benchmark's passages are encoded once, whoever runs it."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from assistant.ports import Encoder, Vector


class CachedEncoder:
    """`ports.Encoder` that remembers passages. Queries are always encoded: their time is part of what is measured."""

    def __init__(self, encoder: Encoder, path: Path) -> None:
        self._encoder, self._path = encoder, path
        self.encoded = self.remembered = 0  # passages
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path)) as store, store:
            store.execute("create table if not exists vector (key blob primary key, floats blob)")

    @property
    def model_id(self) -> str:
        return self._encoder.model_id

    @property
    def dimension(self) -> int:
        return self._encoder.dimension

    def encode_query(self, text: str) -> Vector:
        return self._encoder.encode_query(text)

    def encode_passages(self, texts: Sequence[str]) -> list[Vector]:
        keys = [self._key(text) for text in texts]
        with closing(sqlite3.connect(self._path, timeout=30)) as store:
            found = {key: row for key in set(keys) if (row := _stored(store, key)) is not None}
            missing = list(dict.fromkeys(text for text, key in zip(texts, keys, strict=True) if key not in found))
            made = self._encoder.encode_passages(missing) if missing else []
            new = {
                self._key(text): np.asarray(vector, dtype=np.float32)
                for text, vector in zip(missing, made, strict=True)
            }
            with store:
                store.executemany(
                    "insert or replace into vector values (?, ?)", [(key, row.tobytes()) for key, row in new.items()]
                )
        self.encoded += len(missing)
        self.remembered += len(texts) - len(missing)
        known = found | new
        return [[float(value) for value in known[key]] for key in keys]

    def _key(self, text: str) -> bytes:
        return hashlib.sha256(f"{self.model_id}\0{text}".encode()).digest()


def _stored(store: sqlite3.Connection, key: bytes) -> np.ndarray[tuple[int], np.dtype[np.float32]] | None:
    row = store.execute("select floats from vector where key = ?", (key,)).fetchone()
    return np.frombuffer(row[0], dtype=np.float32) if row else None
