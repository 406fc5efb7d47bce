"""What the product did with a case, kept on disk under everything that decided it: nothing is measured twice.

The key is (case, task key); the task key holds code, models, catalog and policies, so a stale observation cannot be
found. Each one is written as soon as it is made: an interrupted run loses the case it was at, and no other.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from assistant.domain import Text
from assistant.errors import StoreUnavailable
from evals.loaders import body_json
from evals.task import Case, Observed

_PATIENCE_S = 30.0  # another run may be writing


def case_key(case: Case, task_key: str) -> str:
    """sha256 over the case as asked and the task key."""
    content = json.dumps([task_key, case.id, case.text, case.lang, body_json(case)], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


class Observations:
    """One SQLite file; `find` and `keep` are all there is."""

    def __init__(self, path: Path) -> None:
        """Raises StoreUnavailable where the file cannot be written or is damaged."""
        self._path = path
        with self._used() as store, store:
            store.execute(
                "create table if not exists observation"
                " (key text primary key, suite text, case_id text, at text, seconds real, observed text)"
            )

    def find(self, key: str) -> tuple[Observed, float] | None:
        """(observed, seconds it took when it was made), or None. Raises StoreUnavailable."""
        with self._used() as store:
            row = store.execute("select observed, seconds from observation where key = ?", (key,)).fetchone()
        return (json.loads(row[0]), float(row[1])) if row else None

    def keep(self, key: str, suite: str, case: Case, observed: Observed, seconds: float) -> None:
        """Written before the next case is asked. Raises StoreUnavailable: a full disk, or a file taken away."""
        at = datetime.now(UTC).isoformat(timespec="seconds")
        row = (key, suite, case.id, at, seconds, json.dumps(observed, ensure_ascii=False))
        with self._used() as store, store:
            store.execute("insert or replace into observation values (?, ?, ?, ?, ?, ?)", row)

    @contextmanager
    def _used(self) -> Iterator[sqlite3.Connection]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._path, timeout=_PATIENCE_S)) as store:
                yield store
        except (OSError, sqlite3.Error) as problem:
            raise StoreUnavailable(
                Text(
                    zh=f"评测记录 {self._path} 不可用（{problem}）。请检查权限和磁盘空间，或删除该文件后重试。",
                    en=f"The evaluation store {self._path} cannot be used ({problem}). Check its permissions and the "
                    "space on the disk, or delete it.",
                )
            ) from problem
