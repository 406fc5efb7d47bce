"""Running trusted statements of a benchmark on its own SQLite file: the golds, and the zero-shot baseline's drafts."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from assistant.warehouse.source_sqlite import open_sqlite

MOST_ROWS = 20_000
_STEPS = 10_000  # virtual machine steps between two looks at the clock


def run_gold(file: Path, sql: str, *, timeout_s: float = 30.0) -> list[list[Any]] | None:
    """All rows; None where the statement does not run, writes, or takes longer than `timeout_s`."""
    end = time.monotonic() + timeout_s
    with closing(open_sqlite(file)) as connection:
        connection.set_progress_handler(lambda: int(time.monotonic() > end), _STEPS)
        try:
            rows = connection.execute(sql).fetchmany(MOST_ROWS)
        except (sqlite3.Error, sqlite3.Warning, ValueError):
            return None
    return [[_plain(value) for value in row] for row in rows]


def _plain(value: Any) -> Any:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
