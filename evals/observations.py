"""What the product did with a case, kept on disk under everything that decided it: nothing is measured twice.

The key is (case, task key); the task key holds code, models, catalog and policies, so a stale observation cannot be
found. Each one is written as soon as it is made: an interrupted run loses the case it was at, and no other.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from assistant.domain import Text
from assistant.errors import StoreUnavailable
from evals.loaders import body_json
from evals.task import Case, Observed


def case_key(case: Case, task_key: str) -> str:
    """sha256 over the case as asked and the task key."""
    content = json.dumps([task_key, case.id, case.text, case.lang, body_json(case)], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


class Observations:
    """One SQLite file; `find` and `keep` are all there is."""

    def __init__(self, path: Path) -> None:
        """Raises StoreUnavailable where the file cannot be written or is damaged."""
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with closing(self._open()) as store, store:
                store.execute(
                    "create table if not exists observation"
                    " (key text primary key, suite text, case_id text, at text, seconds real, observed text)"
                )
        except (OSError, sqlite3.Error) as problem:
            raise StoreUnavailable(
                Text(
                    zh=f"评测记录 {path} 不可用。请检查权限，或删除该文件后重试。",
                    en=f"The evaluation store {path} cannot be used. Check its permissions, or delete it.",
                )
            ) from problem

    def find(self, key: str) -> tuple[Observed, float] | None:
        """(observed, seconds it took when it was made), or None."""
        with closing(self._open()) as store:
            row = store.execute("select observed, seconds from observation where key = ?", (key,)).fetchone()
        return (json.loads(row[0]), float(row[1])) if row else None

    def keep(self, key: str, suite: str, case: Case, observed: Observed, seconds: float) -> None:
        at = datetime.now(UTC).isoformat(timespec="seconds")
        row = (key, suite, case.id, at, seconds, json.dumps(observed, ensure_ascii=False))
        with closing(self._open()) as store, store:
            store.execute("insert or replace into observation values (?, ?, ?, ?, ?, ?)", row)

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=10)
