"""The ledger on every store it can be kept in, as fixtures, and how the tests ask it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cell_builders import ledger_cell
from postgres_cluster import cluster, missing

from assistant.policies.ledger import (
    CellLedger,
    LedgerKey,
    SqliteLedger,
    postgres_ledger,
)
from assistant.policies.ledger_bounds import LedgerBounds

KEY = LedgerKey(dataset="t", group="大数据局")
DAY = 86_400.0


class Clock:
    now = 1_750_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


class Store:
    """One store for ledgers of the same key; each `open` is one more process, as far as the store can tell."""

    def __init__(self, folder: Path, clock: Clock, url: str = "") -> None:
        self._folder, self._clock, self.url = folder, clock, url
        self._opened: list[CellLedger] = []

    def open(self, *, max_cells: int = 10_000, window_days: float = 30) -> CellLedger:
        key = self._folder / "ledger.key"
        more = {"bounds": LedgerBounds(window_days=window_days, max_cells=max_cells), "clock": self._clock}
        if self.url:
            made = postgres_ledger(self.url, key, **more)
        else:
            made = SqliteLedger(self._folder / "ledger.sqlite", key=key, **more)
        self._opened.append(made)
        return made

    def close(self) -> None:
        for one in self._opened:
            one.close()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Straight from the tables."""
        if not self.url:
            with sqlite3.connect(self._folder / "ledger.sqlite") as database:
                return database.execute(sql).fetchall()
        import psycopg

        with psycopg.connect(self.url, options="-c search_path=govdata_ledger") as connection:
            return connection.execute(sql.encode()).fetchall()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    with cluster() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Store]:
    """Every test of this file runs against both."""
    url = ""
    if request.param == "postgres":
        if missing():
            pytest.skip(missing())
        import psycopg

        url = request.getfixturevalue("server")
        with psycopg.connect(url) as connection:
            connection.execute("drop schema if exists govdata_ledger cascade")
    made = Store(tmp_path, clock, url)
    yield made
    made.close()


@pytest.fixture
def ledger(store: Store) -> CellLedger:
    return store.open()


def ask(ledger: CellLedger, *sets: Iterable[int], k: int = 10, key: LedgerKey = KEY) -> list[int]:
    """Review one result of these cells, record what is safe, and return the unsafe rows."""
    cells = [ledger_cell(row, units, k) for row, units in enumerate(sets)]
    review = ledger.review(key, cells)
    ledger.record(key, [cell for cell in cells if cell.row not in review.unsafe_rows], after=review.version)
    return sorted(review.unsafe_rows)


def districts(count: int = 12, size: int = 500) -> list[range]:
    return [range(i * size, (i + 1) * size) for i in range(count)]
