"""From a refusal that can be cured to a time-limited grant: request, approval, grant, expiry.

The store is one append-only JSON-lines file in the state folder; what is in force is read from its events, so nothing
is ever edited. Every step returns the entry that the caller writes to the audit trail; entries hold no free text.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeAlias

from assistant.catalog import Catalog
from assistant.domain import (
    CatalogResource,
    Category,
    Grant,
    GrantMode,
    Purpose,
    QueryFacts,
    SharingType,
    Text,
    User,
)
from assistant.errors import StoreUnavailable, UserError
from assistant.policies.judgement import shows_rows
from assistant.policies.policy_set import PolicySet
from assistant.policies.protection import ROWS

Event: TypeAlias = dict[str, Any]
FILE = "grants.jsonl"


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


def draft_request(
    user: User, purpose: Purpose, facts: QueryFacts, table: str, *, reason: str = "", case_no: str = "", rows: int = 0
) -> GrantRequest:
    """The request that would cure a NEEDS_APPROVAL on `table`, its fields filled from the query."""
    individual = shows_rows(facts, table)
    columns = sorted({use.column for use in facts.uses if use.table == table and use.column != ROWS})
    return GrantRequest(
        request_id="",
        user_id=user.user_id,
        department=user.department,
        purpose=purpose.code,
        dataset=table,
        columns=tuple(columns),
        mode=GrantMode.CASE if individual else GrantMode.AGGREGATE,
        reason=reason,
        case_no=case_no,
        rows=rows if individual else 0,
        days=30,
    )


class GrantStore:
    """The events of one workspace. Raises StoreUnavailable when the file cannot be read or written."""

    def __init__(self, state: Path, catalog: Catalog, policies: PolicySet) -> None:
        self._path, self._catalog, self._policies = state / FILE, catalog, policies

    def request(self, draft: GrantRequest, user: User, *, now: datetime) -> tuple[GrantRequest, Mapping[str, Any]]:
        """File a request. Raises UserError where no approval could ever grant it."""
        resource = self._catalog.by_table.get(draft.dataset)
        if user.user_id != draft.user_id or draft.purpose not in user.purposes:
            raise _wrong("用途未为您登记，不能申请。", "The purpose is not registered for you.")
        if not self._policies.has_data_access(user):
            raise _wrong("该岗位没有数据用途，不能申请。", "This role has no data purpose.")
        if resource is None or not _can_be_granted(resource, draft.mode, self._policies.purposes[draft.purpose]):
            raise _wrong("该数据依法不能通过审批提供。", "By law no approval can provide this data.")
        if not draft.reason.strip():
            raise _wrong("请写明申请理由。", "State the reason.")
        if draft.mode is not GrantMode.AGGREGATE and draft.rows <= 0:
            raise _wrong("请写明预计行数。", "State how many rows you expect.")
        seed = json.dumps([_plain(draft), now.isoformat()], ensure_ascii=False, sort_keys=True)
        filed = replace(draft, request_id="RQ-" + sha256(seed.encode()).hexdigest()[:12])
        return filed, self._append("requested", now, filed.request_id, user.user_id, _plain(filed))

    def approve(
        self, request_id: str, approver: User, *, approval_doc: str, now: datetime, days: int | None = None
    ) -> tuple[Grant, Mapping[str, Any]]:
        """Decide for a pending request: a grant bound to subject, dataset, columns, purpose and term."""
        pending = self._decidable(request_id, approver)
        if not approval_doc.strip():
            raise _wrong("请填写批准文号。", "State the approval document.")
        individual = pending.mode is GrantMode.CASE
        numbers = self._policies.thresholds
        longest = numbers.max_case_days if individual else numbers.max_grant_days
        term = min(days or pending.days, longest)
        grant = Grant(
            grant_id="GR-" + request_id.removeprefix("RQ-"),
            dataset=pending.dataset,
            mode=pending.mode,
            purposes=(pending.purpose,),
            columns=pending.columns,
            row_cap=pending.rows or None,
            valid_from=now.date(),
            valid_to=now.date() + timedelta(days=term),
            approver=approver.user_id,
            approval_doc=approval_doc,
        )
        body = {"grant": _plain(grant), "user_id": pending.user_id}
        return grant, self._append("approved", now, request_id, approver.user_id, body)

    def reject(self, request_id: str, approver: User, *, now: datetime) -> Mapping[str, Any]:
        self._decidable(request_id, approver)
        return self._append("rejected", now, request_id, approver.user_id, {})

    def revoke(self, request_id: str, approver: User, *, now: datetime) -> Mapping[str, Any]:
        """End a grant early, from now on."""
        if request_id not in self._states() or self._states()[request_id] != "approved":
            raise _wrong("没有生效的授权。", "There is no grant in force.")
        self._check_approver(self._requests()[request_id], approver)
        return self._append("revoked", now, request_id, approver.user_id, {})

    def expire(self, *, now: datetime) -> tuple[Mapping[str, Any], ...]:
        """Record the grants that ran out; call it daily. They stopped working on their day, recorded or not."""
        states, ended = self._states(), []
        for request_id, (_, grant) in self._grants().items():
            if states[request_id] == "approved" and grant.valid_to is not None and grant.valid_to <= now.date():
                ended.append(self._append("expired", now, request_id, "system", {}))
        return tuple(ended)

    def pending(self, approver: User) -> tuple[GrantRequest, ...]:
        """The requests that wait for this approver's department."""
        states = self._states()
        waiting = [r for r in self._requests().values() if states[r.request_id] == "requested"]
        return tuple(r for r in waiting if self._catalog.by_table[r.dataset].provider == approver.department)

    def active(self, user_id: str, today: date) -> tuple[Grant, ...]:
        """The grants of a subject in force on `today`."""
        states = self._states()
        return tuple(
            grant
            for request_id, (owner, grant) in self._grants().items()
            if owner == user_id
            and states[request_id] == "approved"
            and (grant.valid_from is None or grant.valid_from <= today)
            and (grant.valid_to is None or today < grant.valid_to)
        )

    def with_grants(self, user: User, today: date) -> User:
        """The subject with the grants that were approved for them."""
        return replace(user, grants=(*user.grants, *self.active(user.user_id, today)))

    def _decidable(self, request_id: str, approver: User) -> GrantRequest:
        request = self._requests().get(request_id)
        if request is None or self._states().get(request_id) != "requested":
            raise _wrong("没有待批准的申请。", "There is no such pending request.")
        self._check_approver(request, approver)
        return request

    def _check_approver(self, request: GrantRequest, approver: User) -> None:
        """An approver of the providing department, never the applicant."""
        roles = [self._policies.roles[code] for code in approver.roles if code in self._policies.roles]
        provider = self._catalog.by_table[request.dataset].provider
        if approver.user_id == request.user_id:
            raise _wrong("申请人不得批准自己的申请。", "An applicant cannot approve their own request.")
        if not any(role.approves for role in roles) or approver.department != provider:
            raise _wrong("只有数据提供部门指定的批准人可以批准。", "Only the providing department's approver decides.")

    def _requests(self) -> dict[str, GrantRequest]:
        return {e["request_id"]: _request(e["body"]) for e in self._events() if e["event"] == "requested"}

    def _grants(self) -> dict[str, tuple[str, Grant]]:
        approved = [e for e in self._events() if e["event"] == "approved"]
        return {e["request_id"]: (e["body"]["user_id"], _grant(e["body"]["grant"])) for e in approved}

    def _states(self) -> dict[str, str]:
        return {event["request_id"]: event["event"] for event in self._events()}

    def _events(self) -> Iterator[Event]:
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines() if self._path.exists() else []
            return iter([json.loads(line) for line in lines if line])
        except (OSError, ValueError):
            raise StoreUnavailable(
                Text(
                    zh="授权登记簿无法读取，请联系管理员。",
                    en="The grant register cannot be read; tell the administrator.",
                )
            ) from None

    def _append(self, event: str, now: datetime, request_id: str, actor: str, body: Event) -> Mapping[str, Any]:
        record = {"event": event, "at": now.isoformat(), "request_id": request_id, "actor": actor, "body": body}
        line = json.dumps(record, ensure_ascii=False, sort_keys=True) + "\n"
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            raise StoreUnavailable(
                Text(
                    zh="授权登记簿无法写入，未作任何变更。", en="The grant register cannot be written; nothing changed."
                )
            ) from None
        public = {k: v for k, v in (body.get("grant") or body).items() if k not in ("reason", "case_no")}
        return {"kind": "grant", "event": event, "request_id": request_id, "actor": actor, **public}


def _can_be_granted(resource: CatalogResource, mode: GrantMode, purpose: Purpose) -> bool:
    """统计法 28: no approval path to the individual form; 不予共享 stays so."""
    statistics = Category.STATISTICAL_INDIVIDUAL in resource.categories
    if statistics:
        return mode is GrantMode.AGGREGATE or purpose.kind == "statistical"
    return resource.sharing_type is not SharingType.NOT_SHARED


def _plain(value: GrantRequest | Grant) -> Event:
    """JSON-ready."""
    return {k: v.isoformat() if isinstance(v, date) else v for k, v in asdict(value).items() if v not in (None, ())}


def _request(body: Event) -> GrantRequest:
    return GrantRequest(**{**body, "columns": tuple(body.get("columns", ())), "mode": GrantMode(body["mode"])})


def _grant(body: Event) -> Grant:
    changed: Event = {key: date.fromisoformat(body[key]) for key in ("valid_from", "valid_to") if key in body}
    changed |= {key: tuple(body.get(key, ())) for key in ("purposes", "columns")}
    return Grant(**{**body, **changed, "mode": GrantMode(body["mode"])})


def _wrong(zh: str, en: str) -> UserError:
    return UserError(Text(zh=zh, en=en))
