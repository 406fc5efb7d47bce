"""Writing the library: changes go into a copy beside it, which is then swapped in. Write side of library.py.

Every batch of new passages is one segment with postings of its own; removed passages are only marked. When marks or
segments pile up the file is written afresh, so the cost of adding a passage does not grow with the index.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

import numpy as np

from assistant.domain import Passage, Text
from assistant.errors import StoreUnavailable
from assistant.retrieval.citations import short_title
from assistant.retrieval.library import KINDS, SCHEMA_VERSION, Library, encode
from assistant.retrieval.tokens import has_han

SEGMENT = 20_000  # passages
MOST_SEGMENTS = 64
_LONGEST = 65_535  # tokens: what a uint16 holds
_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT);
CREATE TABLE blobs (key TEXT PRIMARY KEY, value BLOB);
CREATE TABLE passages (
  row INTEGER PRIMARY KEY, id TEXT UNIQUE, live INTEGER NOT NULL, kind TEXT, source_id TEXT, short_title TEXT,
  section TEXT, part INTEGER, body TEXT);
CREATE INDEX passages_section ON passages (short_title, section);
CREATE INDEX passages_source ON passages (source_id, kind);
CREATE TABLE segments (
  segment INTEGER PRIMARY KEY, first_row INTEGER, lengths BLOB, kinds BLOB, levels BLOB, publics BLOB,
  departments BLOB);
CREATE TABLE postings (term TEXT, segment INTEGER, rows BLOB, counts BLOB, PRIMARY KEY (term, segment))
  WITHOUT ROWID;
CREATE TABLE characters (character TEXT PRIMARY KEY, rows INTEGER NOT NULL) WITHOUT ROWID;
"""


def write_library(
    path: Path,
    added: Sequence[Passage],
    removed: Collection[str],
    tokens_of: Callable[[Passage], list[str]],
    notes: Mapping[str, str],
    *,
    fresh: bool = False,
) -> None:
    """Bring the library at `path` up to date in one swap; `notes` are kept in it (vectors, dictionary).

    Passages whose id is already there must not be in `added`. `fresh`: start from nothing, as when the dictionary has
    changed. Raises StoreUnavailable when the folder cannot be written.
    """
    fresh = fresh or not path.is_file()
    beside = path.with_suffix(f".{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not fresh:
            shutil.copyfile(path, beside)
        db = _opened(beside, fresh=fresh)
        if _worn_out(db, len(removed)):
            added, removed = [*_survivors(path, removed), *added], frozenset()
            db.close()
            db = _opened(beside, fresh=True)
        with db:
            _mark_removed(db, removed)
            _append(db, added, tokens_of)
            db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", notes.items())
        db.close()
        os.replace(beside, path)
    except (OSError, sqlite3.Error) as error:
        raise StoreUnavailable(_unwritable(path)) from error
    finally:
        beside.unlink(missing_ok=True)


def _opened(path: Path, *, fresh: bool) -> sqlite3.Connection:
    if fresh:
        path.unlink(missing_ok=True)
    db = sqlite3.connect(path)
    # The file is nobody's until it is swapped in, so it needs no journal.
    db.execute("PRAGMA journal_mode = OFF")
    db.execute("PRAGMA synchronous = OFF")
    if fresh:
        db.executescript(_TABLES)
        db.execute("INSERT INTO meta VALUES ('schema', ?)", (str(SCHEMA_VERSION),))
    return db


def _worn_out(db: sqlite3.Connection, removing: int) -> bool:
    total, live = db.execute("SELECT count(*), coalesce(sum(live), 0) FROM passages").fetchone()
    segments = db.execute("SELECT count(*) FROM segments").fetchone()[0]
    return bool(segments >= MOST_SEGMENTS or (total and (total - live + removing) * 3 > total))


def _survivors(path: Path, removed: Collection[str]) -> list[Passage]:
    library = Library(path)
    kept = library.passages(sorted(library.ids() - set(removed)))
    library.close()
    return list(kept.values())


def _mark_removed(db: sqlite3.Connection, removed: Collection[str]) -> None:
    db.executemany("UPDATE passages SET live = 0, id = id || '#' || row WHERE id = ?", [(item,) for item in removed])
    rows = [row[0] for row in db.execute("SELECT row FROM passages WHERE NOT live ORDER BY row")]
    db.execute("INSERT OR REPLACE INTO blobs VALUES ('removed', ?)", (np.array(rows, dtype=np.uint32).tobytes(),))


def _append(
    db: sqlite3.Connection,
    added: Sequence[Passage],
    tokens_of: Callable[[Passage], list[str]],
) -> None:
    departments: list[str] = json.loads(_meta(db, "departments") or "[]")
    known = {name: at for at, name in enumerate(departments)}
    first = db.execute("SELECT coalesce(max(row) + 1, 0) FROM passages").fetchone()[0]
    for start in range(0, len(added), SEGMENT):
        part = added[start : start + SEGMENT]
        _append_segment(db, first + start, part, tokens_of, known)
    db.execute("INSERT OR REPLACE INTO meta VALUES ('departments', ?)", (json.dumps(list(known), ensure_ascii=False),))


def _append_segment(
    db: sqlite3.Connection,
    first: int,
    part: Sequence[Passage],
    tokens_of: Callable[[Passage], list[str]],
    known: dict[str, int],
) -> None:
    segment = db.execute("SELECT coalesce(max(segment) + 1, 0) FROM segments").fetchone()[0]
    lengths: list[int] = []
    rows: defaultdict[str, list[int]] = defaultdict(list)
    counts: defaultdict[str, list[int]] = defaultdict(list)
    characters: Counter[str] = Counter()
    for row, passage in enumerate(part, start=first):
        tokens = tokens_of(passage)
        lengths.append(min(len(tokens), _LONGEST))
        characters.update(set("".join(tokens)))
        for token, count in Counter(tokens).items():
            rows[token].append(row)
            counts[token].append(min(count, 255))
    db.executemany("INSERT INTO passages VALUES (?, ?, 1, ?, ?, ?, ?, ?, ?)", _records(first, part))
    db.execute(
        "INSERT INTO segments VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            segment,
            first,
            np.array(lengths, dtype=np.uint16).tobytes(),
            np.array([KINDS.index(item.kind) for item in part], dtype=np.uint8).tobytes(),
            np.array([item.level for item in part], dtype=np.uint8).tobytes(),
            np.array([item.is_public for item in part], dtype=np.uint8).tobytes(),
            np.array([known.setdefault(item.department, len(known)) for item in part], dtype=np.uint16).tobytes(),
        ),
    )
    db.executemany(
        "INSERT INTO postings VALUES (?, ?, ?, ?)",
        (
            (term, segment, np.array(rows[term], np.uint32).tobytes(), np.array(counts[term], np.uint8).tobytes())
            for term in sorted(rows)
        ),
    )
    # Removed passages stay counted until the file is written afresh: at most a third, and evenly.
    db.executemany(
        "INSERT INTO characters VALUES (?, ?) ON CONFLICT DO UPDATE SET rows = rows + excluded.rows",
        [(character, held) for character, held in characters.items() if has_han(character)],
    )


def _records(first: int, part: Sequence[Passage]) -> list[tuple[object, ...]]:
    return [
        (
            row,
            item.passage_id,
            item.kind,
            item.source_id,
            short_title(item.title),
            item.section,
            item.part,
            encode(item),
        )
        for row, item in enumerate(part, start=first)
    ]


def _meta(db: sqlite3.Connection, key: str) -> str:
    row = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return str(row[0]) if row else ""


def _unwritable(path: Path) -> Text:
    return Text(
        zh=f"无法写入检索索引 {path}。请检查磁盘空间和目录权限，然后重新运行 govdata index。",
        en=f"The search index {path} cannot be written. Check disk space and permissions, then run `govdata index`.",
    )
