"""What was already released, to whom, over which units: the embedded ledger in one SQLite file (POLICY_SPEC 2.4, G6).

Unit hashes become dense numbers per dataset, sets of them compressed bitmaps. Bounded: cells older than the window are
forgotten, and the least recently given ones beyond a maximum per key. The Protocol and its values are in
released_cells.py; the comparisons in differencing.py and released_index.py.
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from assistant.domain import Text
from assistant.errors import StoreUnavailable
from assistant.policies.released_cells import (
    Ledger,
    LedgerCell,
    LedgerKey,
    LedgerMoved,
    LedgerReview,
    cells_of,
    collusion_group,
)
from assistant.policies.released_index import NewCell, ReleasedIndex
from assistant.policies.unit_numbers import UnitNumbers, mixed
from assistant.policies.unit_sets import Units, bitmap_from_bytes, bitmap_of, hashes_of

__all__ = [
    "Ledger",
    "LedgerCell",
    "LedgerKey",
    "LedgerMoved",
    "LedgerReview",
    "SqliteLedger",
    "cells_of",
    "collusion_group",
]

_SCHEMA = """
create table if not exists units(dataset text, first integer, hashes blob, primary key (dataset, first));
create table if not exists cells(
  id integer primary key autoincrement, dataset text, grp text, digest blob, units blob, size integer,
  min_units integer, predicate text, aggregate text, data_version text, given_at real, unique (dataset, grp, digest));
create table if not exists answers(id integer primary key autoincrement, dataset text, grp text, given_at real);
create index if not exists cells_by_key on cells(dataset, grp, given_at);
create index if not exists cells_by_age on cells(given_at);
create index if not exists answers_by_key on answers(dataset, grp);
create table if not exists row_use(subject text, dataset text, rows integer, used_at real);
create index if not exists row_use_by_subject on row_use(subject, dataset, used_at);
"""
_UNAVAILABLE = Text(
    zh="披露台账暂时无法读写，因此不能给出答案。请稍后重试，或请管理员检查台账文件。",
    en="The disclosure ledger cannot be read or written, so no answer is given. Try again or have its file checked.",
)
_DAY_S = 86_400.0
_KEYS_IN_MEMORY = 16


class SqliteLedger:
    """A Ledger in one file, shared by the threads of a process and, through the file, by several processes.

    `window_days`: how long answers are compared; at least a data refresh cycle. `max_cells`: per key.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        window_days: float = 180,
        max_cells: int = 10_000,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._path = Path(path)
        self._window_s = window_days * _DAY_S
        self._max_cells = max_cells
        self._clock = clock
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._numbers: dict[str, UnitNumbers] = {}
        self._read: dict[bytes, Any] = {}  # unit sets of the latest review, decoded: they are recorded next
        self._indexes: OrderedDict[LedgerKey, ReleasedIndex] = OrderedDict()

    def review(self, key: LedgerKey, cells: Sequence[LedgerCell]) -> LedgerReview:
        """Rows of one new result that, with what the group was given, would tell of fewer than min_units units."""
        with self._open() as database:
            version = _version(database, key)
            index = self._index(database, key)
            numbers = self._units(database, key.dataset)
            self._read = {}
            new = [cell for cell in self._new_cells(cells, numbers) if not index.holds(_digest(cell.hashes))]
            return LedgerReview(unsafe_rows=index.unsafe_rows(new), version=version)

    def record(self, key: LedgerKey, cells: Sequence[LedgerCell], *, after: int | None = None) -> None:
        """Remember released cells; what was given before is only refreshed."""
        with self._open() as database:
            database.execute("begin immediate")
            if after is not None and _version(database, key) != after:
                database.rollback()
                raise LedgerMoved
            now = self._clock()
            numbers = self._units(database, key.dataset)
            hashes = [self._hashes(cell) for cell in cells]
            numbers.learn(hashes, lambda first, blob: _store_units(database, key.dataset, first, blob))
            for cell, own in zip(cells, hashes, strict=True):
                if len(own):
                    _store_cell(database, key, cell, own, numbers.of(own), now)
            database.execute("insert into answers(dataset, grp, given_at) values (?, ?, ?)", (*_named(key), now))
            self._forget(database, key, now)
            database.commit()
            self._read = {}

    def rows_used(self, subject: str, dataset: str, days: int = 30) -> int:
        """Unit rows given to the subject within the last `days`."""
        with self._open() as database:
            (rows,) = database.execute(
                "select coalesce(sum(rows), 0) from row_use where subject = ? and dataset = ? and used_at >= ?",
                (subject, dataset, self._clock() - days * _DAY_S),
            ).fetchone()
            return int(rows)

    def add_rows(self, subject: str, dataset: str, rows: int) -> None:
        """Count unit rows that are about to be given."""
        with self._open() as database:
            now = self._clock()
            database.execute("insert into row_use values (?, ?, ?, ?)", (subject, dataset, rows, now))
            database.execute("delete from row_use where used_at < ?", (now - self._window_s,))
            database.commit()

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None
            self._indexes.clear()
            self._numbers.clear()

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = _connect(self._path)
                yield self._connection
            except sqlite3.Error as error:
                if self._connection is not None and self._connection.in_transaction:
                    self._connection.rollback()
                self._numbers.clear()  # what was learnt may not have been written
                raise StoreUnavailable(_UNAVAILABLE) from error
            except OSError as error:
                raise StoreUnavailable(_UNAVAILABLE) from error

    def _hashes(self, cell: LedgerCell) -> Any:
        """The cell's units as sorted, scrambled hashes."""
        if cell.unit_set not in self._read:
            self._read[cell.unit_set] = mixed(hashes_of(cell.unit_set))
        return self._read[cell.unit_set]

    def _new_cells(self, cells: Sequence[LedgerCell], numbers: UnitNumbers) -> Iterator[NewCell]:
        """Cells under review, with numbers beyond the known ones for units that nobody was told of yet."""
        hashes = [self._hashes(cell) for cell in cells]
        for cell, own, dense in zip(cells, hashes, numbers.preview(hashes), strict=True):
            if len(own):
                yield NewCell(row=cell.row, min_units=cell.min_units, units=bitmap_of(dense), hashes=own)

    def _units(self, database: sqlite3.Connection, dataset: str) -> UnitNumbers:
        known = self._numbers.setdefault(dataset, UnitNumbers())
        rows = database.execute(
            "select hashes from units where dataset = ? and first >= ? order by first", (dataset, len(known))
        )
        for (blob,) in rows:
            known.append(np.frombuffer(blob, dtype="<u8"))
        return known

    def _index(self, database: sqlite3.Connection, key: LedgerKey) -> ReleasedIndex:
        """The key's cells in memory, brought up to date with the file."""
        index = self._indexes.get(key)
        if index is None:
            index = ReleasedIndex(lambda ids: _load_sets(database, ids))
            self._indexes[key] = index
            while len(self._indexes) > _KEYS_IN_MEMORY:
                self._indexes.popitem(last=False)
        self._indexes.move_to_end(key)
        numbers = self._units(database, key.dataset)
        newest = max(index.ids, default=0)
        rows = database.execute(
            "select id, digest, min_units, units from cells where dataset = ? and grp = ? and id > ? and given_at >= ?"
            " order by id",
            (*_named(key), newest, self._clock() - self._window_s),
        )
        index.add(_entry(row, numbers) for row in rows)
        return index

    def _forget(self, database: sqlite3.Connection, key: LedgerKey, now: float) -> None:
        database.execute("delete from cells where given_at < ?", (now - self._window_s,))
        (held,) = database.execute("select count(*) from cells where dataset = ? and grp = ?", _named(key)).fetchone()
        if held > self._max_cells:  # a tenth at a time: the index in memory is read anew after it
            database.execute(
                "delete from cells where id in (select id from cells where dataset = ? and grp = ?"
                " order by given_at desc, id desc limit -1 offset ?)",
                (*_named(key), int(0.9 * self._max_cells)),
            )
            self._indexes.pop(key, None)


def _connect(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=10.0)
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = normal")
    connection.executescript(_SCHEMA)
    return connection


def _named(key: LedgerKey) -> tuple[str, str]:
    return (key.dataset, key.group)


def _version(database: sqlite3.Connection, key: LedgerKey) -> int:
    (newest,) = database.execute(
        "select coalesce(max(id), 0) from answers where dataset = ? and grp = ?", _named(key)
    ).fetchone()
    return int(newest)


def _digest(hashes: Any) -> bytes:
    return hashlib.sha256(hashes.tobytes()).digest()[:16]


def _store_units(database: sqlite3.Connection, dataset: str, first: int, hashes: bytes) -> None:
    database.execute("insert into units values (?, ?, ?)", (dataset, first, hashes))


def _store_cell(
    database: sqlite3.Connection, key: LedgerKey, cell: LedgerCell, hashes: Any, dense: Any, now: float
) -> None:
    units = bitmap_of(dense)
    database.execute(
        "insert into cells(dataset, grp, digest, units, size, min_units, predicate, aggregate, data_version, given_at)"
        " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (dataset, grp, digest) do update set"
        " given_at = excluded.given_at, min_units = max(min_units, excluded.min_units)",
        (
            *_named(key),
            _digest(hashes),
            units.serialize(),
            len(units),
            cell.min_units,
            cell.predicate_hash,
            cell.aggregate,
            cell.data_version,
            now,
        ),
    )


def _load_sets(database: sqlite3.Connection, ids: Sequence[int]) -> dict[int, Units]:
    found = {}
    for start in range(0, len(ids), 500):
        chunk = list(ids[start : start + 500])
        marks = ",".join("?" * len(chunk))
        for number, blob in database.execute(f"select id, units from cells where id in ({marks})", chunk):
            found[number] = bitmap_from_bytes(blob)
    return found


def _entry(row: tuple[int, bytes, int, bytes], numbers: UnitNumbers) -> tuple[int, bytes, int, Units, Any, Any]:
    number, digest, min_units, blob = row
    units = bitmap_from_bytes(blob)
    ordered, hashes = numbers.by_hash(units)
    return number, digest, min_units, units, ordered, hashes
