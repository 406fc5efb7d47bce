"""From a refusal that can be cured to a time-limited grant: request, approval, grant, expiry.

Every step is handed to `record` (the audit trail) before it counts, and is returned as the entry that was recorded;
entries hold no free text of the applicant. Who decides: an approver of the providing department, never the applicant
(《云澜市政务数据共享管理办法》第二十二条; POLICY_SPEC 1.3).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

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
from assistant.errors import UserError
from assistant.policies.grant_register import FILE, Event, Filed, GrantRequest, Record, Register, plain
from assistant.policies.judgement import shows_rows
from assistant.policies.policy_set import PolicySet
from assistant.policies.protection import ROWS

__all__ = ["FILE", "Filed", "GrantRequest", "GrantStore", "can_be_granted", "draft_request", "grant_for"]


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


def grant_for(
    request: GrantRequest,
    policies: PolicySet,
    *,
    today: date,
    days: int | None = None,
    approver: str = "",
    approval_doc: str = "",
) -> Grant:
    """What an approval of `request` gives: bound to dataset, columns and purpose, for at most the longest term."""
    numbers = policies.thresholds
    longest = numbers.max_case_days if request.mode is GrantMode.CASE else numbers.max_grant_days
    return Grant(
        grant_id="GR-" + request.request_id.removeprefix("RQ-"),
        dataset=request.dataset,
        mode=request.mode,
        purposes=(request.purpose,),
        columns=request.columns,
        row_cap=request.rows or None,
        valid_from=today,
        valid_to=today + timedelta(days=min(days or request.days, longest)),
        approver=approver,
        approval_doc=approval_doc,
    )


class GrantStore:
    """The requests and grants of one workspace. Raises StoreUnavailable when the register cannot be read or written.

    `record` takes the entry of a step before the step is written; where it raises, nothing has changed.
    """

    def __init__(self, state: Path, catalog: Catalog, policies: PolicySet) -> None:
        self._register, self._catalog, self._policies = Register(state), catalog, policies

    def request(
        self, draft: GrantRequest, user: User, *, now: datetime, record: Record | None = None
    ) -> tuple[GrantRequest, Mapping[str, Any]]:
        """File a request. Raises UserError where no approval could ever grant it, or where it waits already."""
        self._check_draft(draft, user)
        with self._register.alone():
            if self.waiting(draft) is not None:
                raise _wrong(
                    "同样的申请已经提交，正在等待批准。", "The same request was filed and awaits its decision."
                )
            seed = json.dumps([plain(draft), now.isoformat()], ensure_ascii=False, sort_keys=True)
            filed = replace(draft, request_id="RQ-" + sha256(seed.encode()).hexdigest()[:12])
            entry = self._register.append("requested", now, filed.request_id, user.user_id, plain(filed), record)
        return filed, entry

    def approve(
        self,
        request_id: str,
        approver: User,
        *,
        approval_doc: str,
        now: datetime,
        days: int | None = None,
        record: Record | None = None,
    ) -> tuple[Grant, Mapping[str, Any]]:
        """Decide for a pending request: a grant bound to subject, dataset, columns, purpose and term."""
        if not approval_doc.strip():
            raise _wrong("请填写批准文号。", "State the approval document.")
        if days is not None and days < 1:
            raise _wrong("期限至少为一天。", "The term is at least one day.")
        with self._register.alone():
            pending = self._decidable(request_id, approver)
            grant = grant_for(
                pending,
                self._policies,
                today=now.date(),
                days=days,
                approver=approver.user_id,
                approval_doc=approval_doc,
            )
            body: Event = {"grant": plain(grant), "user_id": pending.user_id}
            return grant, self._register.append("approved", now, request_id, approver.user_id, body, record)

    def reject(
        self, request_id: str, approver: User, *, now: datetime, record: Record | None = None
    ) -> Mapping[str, Any]:
        with self._register.alone():
            self._decidable(request_id, approver)
            return self._register.append("rejected", now, request_id, approver.user_id, {}, record)

    def revoke(
        self, request_id: str, approver: User, *, now: datetime, record: Record | None = None
    ) -> Mapping[str, Any]:
        """End a grant early, from now on."""
        with self._register.alone():
            standing = self._register.filed().get(request_id)
            if standing is None or not standing.in_force(now.date()):
                raise _wrong("没有生效的授权。", "There is no grant in force.")
            self._check_approver(standing.request, approver)
            return self._register.append("revoked", now, request_id, approver.user_id, {}, record)

    def expire(self, *, now: datetime, record: Record | None = None) -> tuple[Mapping[str, Any], ...]:
        """Record the grants that ran out. They stopped working on their day, recorded or not."""
        if not any(one.has_run_out(now.date()) for one in self._in_state("approved")):
            return ()
        with self._register.alone():
            ended = [one.request.request_id for one in self._in_state("approved") if one.has_run_out(now.date())]
            return tuple(self._register.append("expired", now, one, "system", {}, record) for one in ended)

    def pending(self, approver: User) -> tuple[GrantRequest, ...]:
        """The requests that wait for this approver's department."""
        return tuple(one.request for one in self.waiting_for(approver))

    def waiting_for(self, approver: User) -> tuple[Filed, ...]:
        """What this approver can decide, oldest first; never a request of their own."""
        found = [one for one in self._in_state("requested") if self._is_of(one, approver)]
        return tuple(one for one in found if one.request.user_id != approver.user_id)

    def waiting(self, draft: GrantRequest) -> Filed | None:
        """The same request, where it waits already."""
        return next((one for one in self._in_state("requested") if _same(draft, one.request)), None)

    def filed(self, request_id: str) -> Filed | None:
        return self._register.filed().get(request_id)

    def of_user(self, user_id: str) -> tuple[Filed, ...]:
        """The subject's own requests, latest first."""
        found = [one for one in self._register.filed().values() if one.request.user_id == user_id]
        return tuple(reversed(found))

    def of_department(self, approver: User, today: date) -> tuple[Filed, ...]:
        """The grants in force on data of this approver's department: what the approver can revoke."""
        return tuple(one for one in self._in_state("approved") if one.in_force(today) and self._is_of(one, approver))

    def approves(self, user: User) -> bool:
        """True for a subject whose role decides on requests."""
        return any(self._policies.roles[code].approves for code in user.roles if code in self._policies.roles)

    def active(self, user_id: str, today: date, *, as_of: datetime | None = None) -> tuple[Grant, ...]:
        """The grants of a subject in force on `today`; with `as_of`, as the register stood at that moment."""
        filed = self._register.filed(as_of=as_of).values()
        return tuple(one.grant for one in filed if one.grant and one.request.user_id == user_id and one.in_force(today))

    def with_grants(self, user: User, today: date, *, as_of: datetime | None = None) -> User:
        """The subject with the grants that were approved for them."""
        return replace(user, grants=(*user.grants, *self.active(user.user_id, today, as_of=as_of)))

    def _in_state(self, state: str) -> tuple[Filed, ...]:
        return tuple(one for one in self._register.filed().values() if one.state == state)

    def _is_of(self, filed: Filed, approver: User) -> bool:
        resource = self._catalog.by_table.get(filed.request.dataset)
        return resource is not None and self.approves(approver) and resource.provider == approver.department

    def _check_draft(self, draft: GrantRequest, user: User) -> None:
        resource = self._catalog.by_table.get(draft.dataset)
        if user.user_id != draft.user_id or draft.purpose not in user.purposes:
            raise _wrong("用途未为您登记，不能申请。", "The purpose is not registered for you.")
        if not self._policies.has_data_access(user):
            raise _wrong("该岗位没有数据用途，不能申请。", "This role has no data purpose.")
        if resource is None or not can_be_granted(resource, draft.mode, self._policies.purposes[draft.purpose]):
            raise _wrong("该数据依法不能通过审批提供。", "By law no approval can provide this data.")
        if not draft.reason.strip():
            raise _wrong("请写明申请理由。", "State the reason.")
        if draft.mode is not GrantMode.AGGREGATE and draft.rows <= 0:
            raise _wrong("请写明预计行数。", "State how many rows you expect.")
        if draft.days < 1:
            raise _wrong("期限至少为一天。", "The term is at least one day.")

    def _decidable(self, request_id: str, approver: User) -> GrantRequest:
        filed = self._register.filed().get(request_id)
        if filed is None or filed.state != "requested":
            raise _wrong("没有待批准的申请。", "There is no such pending request.")
        self._check_approver(filed.request, approver)
        return filed.request

    def _check_approver(self, request: GrantRequest, approver: User) -> None:
        """An approver of the providing department, never the applicant."""
        resource = self._catalog.by_table.get(request.dataset)
        if approver.user_id == request.user_id:
            raise _wrong("申请人不得批准自己的申请。", "An applicant cannot approve their own request.")
        if resource is None or not self.approves(approver) or approver.department != resource.provider:
            raise _wrong("只有数据提供部门指定的批准人可以批准。", "Only the providing department's approver decides.")


def can_be_granted(resource: CatalogResource, mode: GrantMode, purpose: Purpose) -> bool:
    """统计法 28: no approval path to the individual form; 不予共享 stays so."""
    statistics = Category.STATISTICAL_INDIVIDUAL in resource.categories
    if statistics:
        return mode is GrantMode.AGGREGATE or purpose.kind == "statistical"
    return resource.sharing_type is not SharingType.NOT_SHARED


def _same(draft: GrantRequest, other: GrantRequest) -> bool:
    return (draft.user_id, draft.purpose, draft.dataset, draft.mode, draft.columns, draft.case_no) == (
        other.user_id,
        other.purpose,
        other.dataset,
        other.mode,
        other.columns,
        other.case_no,
    )


def _wrong(zh: str, en: str) -> UserError:
    return UserError(Text(zh=zh, en=en))
