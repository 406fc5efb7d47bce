"""What a conversation remembers: the complete questions and their plans, never a value or an identifier, and only for
its owner."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import TypeAdapter

from assistant.conversation import Turn
from assistant.domain import Answer, QueryPlan, Status
from assistant.policies.identifiers import redact

_PLAN: TypeAdapter[QueryPlan] = TypeAdapter(QueryPlan)
_REMEMBERED = 6  # turns
_ASKED_BACK = "?"  # stands where the plan would: the answer was a question back
_DAYS = 30


class Conversations:
    """Turns in an embedded store, found only under the same id, user and purpose."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._lock, closing(self._open()) as store, store:
            store.execute(
                "create table if not exists turn (conversation text, user text, purpose text, at text,"
                " question text, plan text)"
            )
            store.execute("create index if not exists turn_of on turn (conversation, user, purpose)")

    def turns(self, conversation_id: str, user_id: str, purpose: str) -> tuple[Turn, ...]:
        """The last turns, oldest first."""
        with self._lock, closing(self._open()) as store:
            rows = store.execute(
                "select question, plan from turn where conversation = ? and user = ? and purpose = ?"
                " order by rowid desc limit ?",
                (conversation_id, user_id, purpose, _REMEMBERED),
            ).fetchall()
        return tuple(
            Turn(question=question, plan=_plan(plan), asked_back=plan == _ASKED_BACK)
            for question, plan in reversed(rows)
        )

    def remember(self, answer: Answer, user_id: str, purpose: str) -> None:
        """Keep the question without the identifiers that were typed, and its plan; forget what is a month old."""
        plan = _PLAN.dump_json(answer.plan).decode() if answer.plan else ""
        if redact(plan) != plan:
            plan = ""
        if answer.status is Status.CLARIFY:
            plan = _ASKED_BACK
        now = datetime.now(UTC)
        with self._lock, closing(self._open()) as store, store:
            store.execute("delete from turn where at < ?", ((now - timedelta(days=_DAYS)).isoformat(),))
            store.execute(
                "insert into turn values (?, ?, ?, ?, ?, ?)",
                (answer.conversation_id, user_id, purpose, now.isoformat(), redact(answer.question), plan),
            )

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=10)


def _plan(stored: str) -> QueryPlan | None:
    return _PLAN.validate_json(stored) if stored and stored != _ASKED_BACK else None
