"""Reviewing and recording over any database: keyed hashes to dense numbers, released cells in memory, what to forget.

How long and how much it remembers: ledger_bounds.py.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from assistant.domain import Text
from assistant.errors import StoreUnavailable
from assistant.policies import ledger_rows
from assistant.policies.amounts import LedgerAmounts, sums_of
from assistant.policies.compared_cells import NewCell
from assistant.policies.given_answers import GivenAnswers
from assistant.policies.ledger_bounds import DAY_S, STANDARD, LedgerBounds
from assistant.policies.ledger_database import LedgerDatabase
from assistant.policies.populations import Figure
from assistant.policies.released_cells import LedgerCell, LedgerKey, LedgerMoved, LedgerReview
from assistant.policies.released_index import ReleasedIndex
from assistant.policies.unit_keys import UnitKey
from assistant.policies.unit_numbers import UnitNumbers
from assistant.policies.unit_sets import bitmap_of, hashes_of

_WRONG_KEY = Text(
    zh="披露台账是用另一把密钥记录的，因此不能给出答案。请管理员让所有进程使用同一个台账密钥文件。",
    en="The disclosure ledger was kept under another key, so no answer is given. Share one key file.",
)
_NO_KEY = Text(
    zh="披露台账的密钥文件不可用，因此不能给出答案。请管理员检查该文件的内容和权限。",
    en="The key file of the disclosure ledger cannot be used, so no answer is given. Have it checked.",
)
_KEYS_IN_MEMORY = 16


class CellLedger:
    """A Ledger over some database. Threads of a process take turns; processes meet in the database."""

    def __init__(
        self,
        database: LedgerDatabase,
        key: Callable[[], UnitKey],
        *,
        bounds: LedgerBounds = STANDARD,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._load_key = key
        self._key: UnitKey | None = None
        self._bounds = bounds
        self._clock = clock
        self._lock = threading.RLock()
        self._numbers: dict[str, UnitNumbers] = {}
        self._read: dict[tuple[str, bytes], Any] = {}  # sets of the latest review, scrambled
        self._sums: dict[tuple[str, bytes], Any] = {}  # its totals' sums
        self._indexes: OrderedDict[LedgerKey, ReleasedIndex] = OrderedDict()
        self._swept = 0.0
        self._answers = GivenAnswers()

    @property
    def answers(self) -> GivenAnswers:
        return self._answers

    def review(
        self, key: LedgerKey, cells: Sequence[LedgerCell], amounts: Sequence[LedgerAmounts] = ()
    ) -> LedgerReview:
        """Rows of one new result that, with what the group was given, would tell of fewer than min_units units."""
        with self._open() as (database, secret):
            self._sweep(database)
            version, dropped = ledger_rows.state(database, key)
            index = self._index(database, key, dropped)
            numbers = self._units(database, key.dataset)
            self._read, self._sums = {}, {}
            read = tuple(self._new_cells(key, cells, numbers, secret))
            new = [cell for _, digest, cell in read if not index.holds(digest)]
            if len(index) + len(new) > self._bounds.max_cells:
                self._bounds.demand_room(database, key, "cells", len(new), self._clock())
            sets = {packed: (digest, cell.units) for packed, digest, cell in read}
            figures = [
                Figure(cell.row, sets[cell.unit_set][1], sets[other][1])
                for cell in cells
                for other in cell.others
                if cell.unit_set in sets and not index.holds_figure(sets[cell.unit_set][0], sets[other][0])
            ]
            unsafe = index.unsafe_rows(new, figures)
            if amounts:
                self._bounds.demand_room(database, key, "amounts", len(amounts), self._clock())
                since = self._bounds.since(self._clock())
                index.totals.add(ledger_rows.amounts_after(database, key, index.totals.newest, since))
                known = (one for one in amounts if one.unit_set in sets)
                totals = [
                    ledger_rows.new_amounts(one, sets[one.unit_set][1], self._summed(one, key, secret), secret)
                    for one in known
                ]
                unsafe |= index.totals.unsafe_rows(totals, index.sets_of)
            return LedgerReview(unsafe_rows=unsafe, version=version)

    def record(
        self,
        key: LedgerKey,
        cells: Sequence[LedgerCell],
        amounts: Sequence[LedgerAmounts] = (),
        *,
        after: int | None = None,
    ) -> None:
        """Remember released cells and totals; what was given before is only refreshed."""
        with self._open() as (database, secret), self._writing(database, key):
            version, dropped = ledger_rows.state(database, key)
            if after is not None and version != after:
                raise LedgerMoved
            now = self._clock()
            hashes = [self._scrambled(cell.unit_set, key, secret) for cell in cells]
            numbers = self._learnt(database, key, hashes)
            for cell, own in zip(cells, hashes, strict=True):
                if len(own):
                    ledger_rows.store_cell(database, key, cell, secret, own, numbers.of(own), now)
                    for other in cell.others:
                        rest = secret.digest(self._scrambled(other, key, secret).tobytes())
                        ledger_rows.store_figure(database, key, secret.digest(own.tobytes()), rest)
            for total in amounts:
                own = secret.digest(self._scrambled(total.unit_set, key, secret).tobytes())
                ledger_rows.store_amounts(database, key, total, self._summed(total, key, secret), own, secret, now)
            dropped += self._bounds.forget(database, key, now)
            ledger_rows.put_state(database, key, version + 1, dropped)
            self._read, self._sums = {}, {}

    def rows_used(self, subject: str, dataset: str, days: int = 30) -> int:
        """Unit rows given to the subject within the last `days`."""
        with self._open() as (database, _):
            return ledger_rows.rows_given(database, subject, dataset, self._clock() - days * DAY_S)

    def take_rows(self, subject: str, limits: Mapping[str, int], rows: int, *, days: int = 30) -> bool:
        """Check and count in one step, also between processes (released_cells.Ledger.take_rows)."""
        with self._open() as (database, _), database.transaction():
            database.lock(f"rows {subject}")
            now = self._clock()
            since = now - days * DAY_S
            given = {name: ledger_rows.rows_given(database, subject, name, since) for name in limits}
            if any(given[name] + rows > most for name, most in limits.items()):
                return False
            for name in limits:
                ledger_rows.count_rows(database, subject, name, rows, now)
                ledger_rows.forget_rows(database, subject, name, min(since, self._bounds.since(now)))
            return True

    def close(self) -> None:
        with self._lock:
            self._database.close()
            self._forget_memory()

    @contextmanager
    def _open(self) -> Iterator[tuple[LedgerDatabase, UnitKey]]:
        with self._lock:
            try:
                yield self._database, self._own_key()
            except self._database.failures as error:
                self._database.close()
                self._forget_memory()  # what was learnt may not have been written
                raise StoreUnavailable(self._database.unavailable) from error

    def _forget_memory(self) -> None:
        self._indexes.clear()
        self._numbers.clear()
        self._key = None

    def _own_key(self) -> UnitKey:
        """The key, checked once a connection against the one that the rows were written under."""
        if self._key is None:
            try:
                key = self._load_key()
            except (OSError, ValueError) as error:
                raise StoreUnavailable(_NO_KEY) from error
            with self._database.transaction():
                self._database.lock("meta")
                held = self._database.execute("select value from meta where name = 'key'")
                if not held:
                    self._database.execute("insert into meta values ('key', ?)", (key.fingerprint,))
                elif bytes(held[0][0]) != key.fingerprint:
                    raise StoreUnavailable(_WRONG_KEY)
            self._key = key
        return self._key

    def _scrambled(self, packed: bytes, key: LedgerKey, secret: UnitKey) -> Any:
        """A cell's units as sorted keyed hashes."""
        known = (key.dataset, packed)
        if known not in self._read:
            self._read[known] = secret.scrambled(hashes_of(packed), key.dataset)
        return self._read[known]

    def _summed(self, total: LedgerAmounts, key: LedgerKey, secret: UnitKey) -> Any:
        """A total's sums (amounts.sums_of)."""
        known = (key.dataset, total.amounts)
        if known not in self._sums:
            self._sums[known] = sums_of(total.amounts, lambda numbers: secret.sealed(numbers, key.dataset))
        return self._sums[known]

    def _new_cells(
        self, key: LedgerKey, cells: Sequence[LedgerCell], numbers: UnitNumbers, secret: UnitKey
    ) -> Iterator[tuple[bytes, bytes, NewCell]]:
        """(packed units, digest, cell): cells under review, with numbers beyond the known ones for unknown units."""
        hashes = [self._scrambled(cell.unit_set, key, secret) for cell in cells]
        for cell, own, dense in zip(cells, hashes, numbers.preview(hashes), strict=True):
            if len(own):
                units = bitmap_of(dense)
                new = NewCell(row=cell.row, min_units=cell.min_units, units=units, hashes=own, left_out=cell.left_out)
                yield cell.unit_set, secret.digest(own.tobytes()), new

    def _learnt(self, database: LedgerDatabase, key: LedgerKey, hashes: Sequence[Any]) -> UnitNumbers:
        """The data set's unit numbers, with new ones for units that had none."""
        numbers = self._units(database, key.dataset)
        if numbers.lacks(hashes):
            database.lock(key.dataset)  # other groups number the same units
            numbers = self._units(database, key.dataset)
            numbers.learn(hashes, lambda first, blob: ledger_rows.store_units(database, key.dataset, first, blob))
        return numbers

    def _units(self, database: LedgerDatabase, dataset: str) -> UnitNumbers:
        known = self._numbers.setdefault(dataset, UnitNumbers())
        rows = database.execute(
            "select hashes from units where dataset = ? and first >= ? order by first", (dataset, len(known))
        )
        if rows:
            known.append(np.concatenate([np.frombuffer(blob, dtype="<u8") for (blob,) in rows]))
        return known

    def _index(self, database: LedgerDatabase, key: LedgerKey, dropped: int) -> ReleasedIndex:
        """The key's cells in memory, brought up to date with the database."""
        index = self._indexes.get(key)
        if index is None or index.generation != dropped:
            index = ReleasedIndex(lambda ids: ledger_rows.load_sets(self._database, ids), generation=dropped)
            self._indexes[key] = index
            while len(self._indexes) > _KEYS_IN_MEMORY:
                self._indexes.popitem(last=False)
        self._indexes.move_to_end(key)
        figures = ledger_rows.figures_after(database, key, index.newest_figure)  # before the cells that they stand on
        rows = database.execute(
            "select id, digest, min_units, left_out, units from cells"
            " where dataset = ? and grp = ? and id > ? and given_at >= ? order by id",
            (*ledger_rows.named(key), index.newest, self._bounds.since(self._clock())),
        )
        # After the cells: another process may number units and record cells between two statements.
        numbers = self._units(database, key.dataset)
        index.add(ledger_rows.entry(row, numbers) for row in rows)
        index.add_figures(figures)
        return index

    def _sweep(self, database: LedgerDatabase) -> None:
        """Once a day: forget what is too old under keys that nobody asks about any more."""
        now = self._clock()
        if now - self._swept < DAY_S:
            return
        self._swept = now
        limit = self._bounds.overdue(now)
        for dataset, group in database.execute(
            "select dataset, grp from cells group by dataset, grp having min(given_at) < ?", (limit,)
        ):
            key = LedgerKey(dataset=dataset, group=group)
            with self._writing(database, key):
                version, dropped = ledger_rows.state(database, key)
                ledger_rows.put_state(database, key, version, dropped + self._bounds.forget(database, key, now))
        database.execute("delete from row_use where used_at < ?", (self._bounds.since(now),))

    @contextmanager
    def _writing(self, database: LedgerDatabase, key: LedgerKey) -> Iterator[None]:
        """A transaction that is alone on this key; numbers that were learnt in vain are forgotten."""
        done = False
        try:
            with database.transaction():
                database.lock(f"{key.dataset} {key.group}")
                yield
            done = True
        finally:
            if not done:
                self._numbers.pop(key.dataset, None)
