"""The passages and their postings on disk: one SQLite file that is never changed in place. Read side.

Search needs no heavy package and no warm-up: opening reads seven bytes a passage, a question reads its own terms.
The file is written by library_writer.py beside the old one and swapped in, so a reader always sees one whole index.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from assistant.domain import Level, Passage, Text, VisibilityFilter
from assistant.errors import StoreUnavailable
from assistant.retrieval.lexical import Collection, Mask, Postings, inverse_frequency, rank

SCHEMA_VERSION = 2
KINDS = ("policy", "catalog", "element", "metric")
FILE_NAME = "passages.sqlite"
_DATES = {"issued_on", "valid_from", "valid_to"}
_FIELDS = tuple(item.name for item in fields(Passage))


@dataclass(frozen=True, slots=True)
class _Columns:
    """What visibility and BM25 need of every row, one value a row."""

    kind: Any
    level: Any
    is_public: Any
    department: Any
    alive: Any


class Library:
    """An opened index file; safe to share between threads."""

    def __init__(self, path: Path) -> None:
        """Raises StoreUnavailable when the file is absent, of another version or damaged."""
        self.path = path
        self._lock = threading.Lock()
        try:
            self._db = sqlite3.connect(
                f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
            )
            self._meta = dict(self._db.execute("SELECT key, value FROM meta"))
            if self._meta.get("schema") != str(SCHEMA_VERSION):
                raise sqlite3.DatabaseError("schema")
            self._load()
        except (sqlite3.Error, ValueError) as error:
            raise StoreUnavailable(_REBUILD) from error
        self._allowed = lru_cache(maxsize=64)(self._mask)
        self.sizes = lru_cache(maxsize=2)(self._sizes)

    def _load(self) -> None:
        rows = self._db.execute(
            "SELECT lengths, kinds, levels, publics, departments FROM segments ORDER BY first_row"
        ).fetchall()
        lengths, kinds, levels, publics, departments = (
            np.concatenate([np.frombuffer(row[at], dtype=kind) for row in rows]) if rows else np.zeros(0, dtype=kind)
            for at, kind in enumerate((np.uint16, np.uint8, np.uint8, np.uint8, np.uint16))
        )
        alive = np.ones(len(lengths), dtype=bool)
        alive[np.frombuffer(self._blob("removed"), dtype=np.uint32)] = False
        self._departments = json.loads(self._meta.get("departments", "[]"))
        self._columns = _Columns(kinds, levels, publics, departments, alive)
        self._collection = Collection(
            lengths=lengths,
            rows=max(int(alive.sum()), 1),
            mean_length=float(lengths[alive].mean()) if alive.any() else 1.0,
        )

    def _blob(self, key: str) -> bytes:
        row = self._db.execute("SELECT value FROM blobs WHERE key = ?", (key,)).fetchone()
        return bytes(row[0]) if row else b""

    def close(self) -> None:
        self._db.close()

    def __len__(self) -> int:
        return int(self._columns.alive.sum())

    def note(self, key: str) -> str:
        """A value that the writer left: encoder, vocabulary, ids digest."""
        return str(self._meta.get(key, ""))

    # ----------------------------------------------------------------- visibility and lexical search

    def _mask(self, visible: VisibilityFilter, kinds: tuple[str, ...]) -> Mask:
        columns = self._columns
        top = min(visible.max_level, Level.G1) if visible.public_only else visible.max_level
        allowed: Mask = columns.alive & (columns.level <= int(top))
        allowed &= np.isin(columns.kind, [KINDS.index(kind) for kind in kinds])
        own = [self._departments.index(name) for name in visible.departments if name in self._departments and name]
        mine = (
            np.isin(columns.department, own) if own and not visible.public_only else np.zeros(len(allowed), dtype=bool)
        )
        result: Mask = allowed & ((columns.is_public == 1) | mine)
        return result

    def search(
        self, weights: dict[str, float], visible: VisibilityFilter, *, kinds: Sequence[str], top_k: int
    ) -> list[tuple[str, float]]:
        """(passage id, BM25 score), best first, among the passages that `visible` shows."""
        allowed = self._allowed(visible, tuple(kinds))
        ranked = rank(weights, self._postings, self._collection, allowed, top_k)
        ids = self._ids([row for row, _ in ranked])
        return [(ids[row], score) for row, score in ranked]

    def rarity(self, token: str) -> float:
        """How telling a token is here: its inverse document frequency; the highest for one that does not occur."""
        found = self._postings(token)
        return inverse_frequency(len(found.rows) if found is not None else 0, self._collection.rows)

    def character_rarity(self, character: str) -> float:
        """The inverse document frequency of one Chinese character."""
        with self._lock:
            found = self._db.execute("SELECT rows FROM characters WHERE character = ?", (character,)).fetchone()
        return inverse_frequency(found[0] if found else 0, self._collection.rows)

    @property
    def mean_length(self) -> float:
        """Tokens of a passage, on average; about one a character."""
        return self._collection.mean_length

    def _postings(self, term: str) -> Postings | None:
        with self._lock:
            found = self._db.execute(
                "SELECT rows, counts FROM postings WHERE term = ? ORDER BY segment", (term,)
            ).fetchall()
        if not found:
            return None
        return Postings(
            rows=np.concatenate([np.frombuffer(row[0], dtype=np.uint32) for row in found]),
            counts=np.concatenate([np.frombuffer(row[1], dtype=np.uint8) for row in found]),
        )

    def _ids(self, rows: Sequence[int]) -> dict[int, str]:
        marks = ",".join("?" * len(rows))
        with self._lock:
            return dict(self._db.execute(f"SELECT row, id FROM passages WHERE row IN ({marks})", list(rows)))

    # ----------------------------------------------------------------- passages

    def ids(self) -> set[str]:
        with self._lock:
            return {row[0] for row in self._db.execute("SELECT id FROM passages WHERE live")}

    def known(self, passage_ids: Iterable[str]) -> set[str]:
        """Those of the ids that are live here."""
        wanted = list(passage_ids)
        marks = ",".join("?" * len(wanted))
        with self._lock:
            rows = self._db.execute(f"SELECT id FROM passages WHERE live AND id IN ({marks})", wanted).fetchall()
        return {row[0] for row in rows}

    def passages(self, passage_ids: Iterable[str]) -> dict[str, Passage]:
        """The live passages of these ids; unknown ids are left out."""
        wanted = list(passage_ids)
        found: dict[str, Passage] = {}
        for start in range(0, len(wanted), 500):
            part = wanted[start : start + 500]
            marks = ",".join("?" * len(part))
            with self._lock:
                rows = self._db.execute(
                    f"SELECT id, body FROM passages WHERE live AND id IN ({marks})", part
                ).fetchall()
            found |= {row[0]: decode(row[1]) for row in rows}
        return found

    def visible(self, passage: Passage, visible: VisibilityFilter) -> bool:
        """The filter for one passage: what `search` applies to all rows at once."""
        if visible.public_only:
            return passage.is_public and passage.level <= Level.G1
        own = bool(passage.department) and passage.department in visible.departments
        return passage.level <= visible.max_level and (passage.is_public or own)

    def by_section(self, short_title: str, section: str) -> tuple[Passage, ...]:
        """The parts of one article, in order; of every document whose short title is this one."""
        return self._where("short_title = ? AND section = ? AND kind = 'policy'", (short_title, section))

    def by_source(self, source_id: str, kind: str) -> tuple[Passage, ...]:
        return self._where("source_id = ? AND kind = ?", (source_id, kind))

    def _sizes(self, short_titles: tuple[str, ...]) -> dict[str, int]:
        """`sizes`: how many articles of each of these laws there are; those that are absent are left out."""
        marks = ",".join("?" * len(short_titles))
        these = f"live AND kind = 'policy' AND short_title IN ({marks})"
        counted = f"SELECT short_title, COUNT(*) FROM passages WHERE {these} GROUP BY short_title"
        with self._lock:
            return dict(self._db.execute(counted, short_titles).fetchall())

    def titles(self) -> tuple[str, ...]:
        with self._lock:
            rows = self._db.execute("SELECT DISTINCT source_id FROM passages WHERE live AND kind = 'policy'").fetchall()
        return tuple(sorted(row[0] for row in rows))

    def _where(self, condition: str, values: tuple[str, ...]) -> tuple[Passage, ...]:
        with self._lock:
            rows = self._db.execute(f"SELECT body FROM passages WHERE live AND {condition} ORDER BY part, row", values)
            return tuple(decode(row[0]) for row in rows.fetchall())


def encode(passage: Passage) -> str:
    """A passage as one JSON line; defaults are left out."""
    body: dict[str, Any] = {}
    for item in fields(Passage):
        value = getattr(passage, item.name)
        if value != item.default:
            body[item.name] = value.isoformat() if isinstance(value, date) else value
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def decode(line: str) -> Passage:
    body = json.loads(line)
    for name in _DATES & body.keys():
        body[name] = date.fromisoformat(body[name])
    body["level"] = Level(body.get("level", Level.G1))
    body["path"] = tuple(body.get("path", ()))
    return Passage(**{name: value for name, value in body.items() if name in _FIELDS})


_REBUILD = Text(
    zh="检索索引尚未建立或已损坏。请运行 govdata index 重建。",
    en="The search index is missing or damaged. Run `govdata index` to build it.",
)
