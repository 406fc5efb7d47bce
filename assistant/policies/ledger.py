"""What was already released, to whom, over which units: the ledger of POLICY_SPEC 2.4 (gate G6), and its stores.

Unit hashes are keyed (unit_keys.py) and become dense numbers per data set, sets of them compressed bitmaps. The
Protocol and its values are in released_cells.py, reviewing and recording in cell_ledger.py, the comparisons in
differencing.py and released_index.py, the rows in SQLite (ledger_database.py) or, for several processes, in PostgreSQL
(ledger_postgres.py).
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from pathlib import Path

from assistant.policies.cell_ledger import CellLedger
from assistant.policies.ledger_bounds import STANDARD, LedgerBounds
from assistant.policies.ledger_database import SqliteDatabase
from assistant.policies.released_cells import (
    Ledger,
    LedgerCell,
    LedgerKey,
    LedgerMoved,
    LedgerReview,
    cells_of,
    collusion_group,
)
from assistant.policies.unit_keys import KEY_BYTES, UnitKey, load_unit_key

__all__ = [
    "CellLedger",
    "Ledger",
    "LedgerCell",
    "LedgerKey",
    "LedgerMoved",
    "LedgerReview",
    "SqliteLedger",
    "cells_of",
    "collusion_group",
    "postgres_ledger",
]


class SqliteLedger(CellLedger):
    """A Ledger in one file; its key lies beside it as `<name>.key` unless `key` names another file."""

    def __init__(
        self,
        path: Path | str,
        *,
        key: Path | None = None,
        bounds: LedgerBounds = STANDARD,
        clock: Callable[[], float] = time.time,
    ) -> None:
        where = Path(path)
        secret = secrets.token_bytes(KEY_BYTES)

        def load() -> UnitKey:
            in_memory = str(path) == ":memory:"
            return UnitKey(secret) if in_memory else load_unit_key(key or where.with_suffix(".key"))

        super().__init__(SqliteDatabase(where), load, bounds=bounds, clock=clock)


def postgres_ledger(
    url: str,
    key: Path,
    *,
    bounds: LedgerBounds = STANDARD,
    clock: Callable[[], float] = time.time,
) -> CellLedger:
    """A Ledger in PostgreSQL at `url`, for processes that share the key file. Nothing is opened before first use."""
    from assistant.policies.ledger_postgres import PostgresDatabase

    return CellLedger(PostgresDatabase(url), lambda: load_unit_key(key), bounds=bounds, clock=clock)
