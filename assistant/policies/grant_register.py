"""The register of requests and grants: an append-only file of events, read as what is pending and what is in force.

Nothing is ever edited: a decision is one more event. An event counts only once its line is on the disk, and a line is
written only after the audit trail has taken the step, so a register never holds a step that nobody recorded.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeAlias

from assistant.domain import Grant, GrantMode, Text
from assistant.errors import StoreUnavailable

Event: TypeAlias = dict[str, Any]
Record: TypeAlias = Callable[[Mapping[str, Any]], object]  # writes one entry to the audit trail, or raises
FILE = "grants.jsonl"
_UNSAID = ("reason", "case_no")  # free words of the applicant: in the register, never in the trail


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRequest:
    """What a subject asks for. `days` is the term wished for; the approver may shorten it."""

    request_id: str
    user_id: str
    department: str
    purpose: str
    dataset: str
    columns: tuple[str, ...]
    mode: GrantMode
    reason: str = ""
    case_no: str = ""
    rows: int = 0  # unit rows expected, 0 for aggregates
    days: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """A request as it stands. `state`: requested | approved | rejected | revoked | expired."""

    request: GrantRequest
    state: str
    filed_at: str  # ISO 8601
    grant: Grant | None = None
    decided_by: str = ""

    def in_force(self, today: date) -> bool:
        """An approved grant within its term; a term that ran out counts as ended, recorded or not."""
        if self.state != "approved" or self.grant is None:
            return False
        begun = self.grant.valid_from is None or self.grant.valid_from <= today
        return begun and (self.grant.valid_to is None or today < self.grant.valid_to)

    def state_on(self, today: date) -> str:
        return "expired" if self.has_run_out(today) else self.state

    def has_run_out(self, today: date) -> bool:
        ends = self.grant.valid_to if self.grant else None
        return self.state == "approved" and ends is not None and ends <= today


class Register:
    """The events of one workspace, `state`/grants.jsonl. Raises StoreUnavailable where it cannot be read or written."""

    def __init__(self, state: Path) -> None:
        self._path = state / FILE
        self._threads = threading.RLock()
        self._read: tuple[tuple[int, int, int], tuple[Event, ...]] | None = None  # stamp of the file and its events
        self._latest: tuple[tuple[Event, ...], Mapping[str, Filed]] | None = None

    def filed(self, *, as_of: datetime | None = None) -> Mapping[str, Filed]:
        """Every request by its id; with `as_of`, as the register stood at that moment."""
        events, latest = self._events(), self._latest
        if as_of is not None:
            return _standing(events, as_of)
        if latest is None or latest[0] is not events:
            self._latest = latest = events, _standing(events, None)
        return latest[1]

    @contextmanager
    def alone(self) -> Iterator[None]:
        """No other thread or process decides meanwhile: what was read still holds when the step is written."""
        with self._threads:
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                lock = self._path.with_suffix(".lock").open("a", encoding="utf-8")
            except OSError:
                raise _unwritable() from None
            with lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield

    def append(
        self, event: str, now: datetime, request_id: str, actor: str, body: Event, record: Record | None
    ) -> Mapping[str, Any]:
        """One step: first into the trail, then into the register. Returns the trail's entry."""
        line = {"event": event, "at": now.isoformat(), "request_id": request_id, "actor": actor, "body": body}
        told = {k: v for k, v in {**body, **body.get("grant", {})}.items() if k not in (*_UNSAID, "grant")}
        entry = {"kind": "grant", **told, "event": event, "request_id": request_id, "actor": actor}
        self._events()  # a damaged register takes no further step
        if record is not None:
            record(entry)
        try:
            self._write(json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n")
        except OSError:
            if record is not None:
                record({**entry, "event": f"{event}_failed"})  # the trail must not claim what did not happen
            raise _unwritable() from None
        return entry

    def _write(self, line: str) -> None:
        """The whole line or none of it, on the disk before anything counts on it. Raises OSError."""
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            before, content = os.fstat(descriptor).st_size, line.encode()
            if os.write(descriptor, content) != len(content):
                os.ftruncate(descriptor, before)
                raise OSError("short write")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _events(self) -> tuple[Event, ...]:
        try:
            stat = self._path.stat()
            stamp = (stat.st_ino, stat.st_size, stat.st_mtime_ns)
            if self._read is None or self._read[0] != stamp:
                lines = self._path.read_text(encoding="utf-8").splitlines()
                self._read = stamp, tuple(json.loads(line) for line in lines if line)
            return self._read[1]
        except FileNotFoundError:
            return ()
        except (OSError, ValueError):
            raise _unreadable() from None


def plain(value: GrantRequest | Grant) -> Event:
    """JSON-ready."""
    return {k: v.isoformat() if isinstance(v, date) else v for k, v in asdict(value).items() if v not in (None, ())}


def _standing(events: tuple[Event, ...], as_of: datetime | None) -> Mapping[str, Filed]:
    found: dict[str, Filed] = {}
    try:
        for event in events:
            if as_of is None or datetime.fromisoformat(event["at"]) <= as_of:
                _apply(event, found)
    except (KeyError, TypeError, ValueError):
        raise _unreadable() from None
    return found


def _apply(event: Event, found: dict[str, Filed]) -> None:
    request_id, kind, body = event["request_id"], event["event"], event["body"]
    if kind == "requested":
        found[request_id] = Filed(request=_request(body), state=kind, filed_at=event["at"])
        return
    before = found[request_id]
    grant = _grant(body["grant"]) if kind == "approved" else before.grant
    by = before.decided_by if kind == "expired" else event["actor"]
    found[request_id] = Filed(request=before.request, state=kind, filed_at=before.filed_at, grant=grant, decided_by=by)


def _request(body: Event) -> GrantRequest:
    return GrantRequest(**{**body, "columns": tuple(body.get("columns", ())), "mode": GrantMode(body["mode"])})


def _grant(body: Event) -> Grant:
    changed: Event = {key: date.fromisoformat(body[key]) for key in ("valid_from", "valid_to") if key in body}
    changed |= {key: tuple(body.get(key, ())) for key in ("purposes", "columns")}
    return Grant(**{**body, **changed, "mode": GrantMode(body["mode"])})


def _unreadable() -> StoreUnavailable:
    return StoreUnavailable(
        Text(zh="授权登记簿无法读取，请联系管理员。", en="The grant register cannot be read; tell the administrator.")
    )


def _unwritable() -> StoreUnavailable:
    return StoreUnavailable(
        Text(zh="授权登记簿无法写入，未作任何变更。", en="The grant register cannot be written; nothing changed.")
    )
