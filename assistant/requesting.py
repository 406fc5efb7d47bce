"""Requests and approvals for every channel: file, list, decide. Each step stands in the audit trail or did not happen.

Who acts is a user id from the log-in (or the command line's --as); what is asked for comes from a question that was
judged, never from the applicant's own list of columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from assistant import asking
from assistant.approvals import moment
from assistant.checking import offer_of_statement
from assistant.domain import Lang, RequestOffer, Text
from assistant.errors import UserError
from assistant.language import render
from assistant.parts import Parts
from assistant.policies.grants import Filed, GrantRequest
from assistant.policies.identifiers import redact

Verdict: TypeAlias = Literal["approve", "reject", "revoke"]
MAX_REASON = 500  # characters
MAX_NUMBER = 64  # characters of a case number or an approval document


@dataclass(frozen=True, slots=True, kw_only=True)
class Particulars:
    """What the applicant adds to the prefilled fields. `rows` and `days` of None: as prefilled."""

    reason: str
    case_no: str = ""
    rows: int | None = None
    days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestBook:
    """What one user sees: their own requests, and as an approver those to decide and the grants to revoke."""

    own: tuple[Filed, ...]
    waiting: tuple[Filed, ...]
    in_force: tuple[Filed, ...]


def offer_of_question(
    question: str, *, user_id: str, parts: Parts, purpose_code: str | None = None, conversation_id: str = ""
) -> RequestOffer | None:
    """Ask, and return the request that would cure the refusal; None where the answer needs none or none helps."""
    answer = asking.ask(
        question, user_id=user_id, purpose_code=purpose_code, conversation_id=conversation_id, parts=parts
    )
    return answer.request


def offer_of(
    *,
    question: str | None,
    sql: str | None,
    user_id: str,
    parts: Parts,
    purpose_code: str | None = None,
    conversation_id: str = "",
) -> RequestOffer | None:
    """The offer of a question or, instead, of a statement."""
    if bool(question) == bool(sql):
        raise _wrong("请给出一个问题，或者一条语句。", "Give a question, or else a statement.")
    if sql:
        return offer_of_statement(sql, user_id=user_id, parts=parts, purpose_code=purpose_code)
    return offer_of_question(
        str(question), user_id=user_id, parts=parts, purpose_code=purpose_code, conversation_id=conversation_id
    )


def file_offer(
    offer: RequestOffer | None, particulars: Particulars, *, user_id: str, parts: Parts
) -> tuple[Filed, ...]:
    """File what was offered, one request a dataset; what waits already is returned as it stands. Raises UserError."""
    if offer is None:
        raise _wrong(
            "这个问题不能通过申请解决：或者不需要审批，或者依法不能提供。请看答复中的理由和替代方案。",
            "A request does not help here: the question needs no approval, or by law none can be given. See the "
            "reasons and the alternative in the answer.",
        )
    _check(particulars)
    user, _ = asking.identify(user_id, offer.purpose, parts)
    filed = []
    for draft in _drafts(offer, particulars, user_id, user.department):
        standing = parts.grants.waiting(draft)
        if standing is None:
            made, _ = parts.grants.request(draft, user, now=moment(parts), record=parts.audit.append)
            standing = parts.grants.filed(made.request_id)
        if standing is not None:
            filed.append(standing)
    return tuple(filed)


def decide(
    request_id: str,
    verdict: Verdict,
    *,
    user_id: str,
    parts: Parts,
    days: int | None = None,
    approval_doc: str = "",
) -> Filed:
    """An approver's step. The decision taken here is its own document where no other number is given."""
    approver, now, record = asking.registered(user_id, parts), moment(parts), parts.audit.append
    if len(approval_doc) > MAX_NUMBER:
        raise _wrong(f"批准文号不超过 {MAX_NUMBER} 个字。", f"An approval number has at most {MAX_NUMBER} characters.")
    match verdict:
        case "approve":
            document = redact(approval_doc.strip()) or request_id
            parts.grants.approve(request_id, approver, approval_doc=document, now=now, days=days, record=record)
        case "reject":
            parts.grants.reject(request_id, approver, now=now, record=record)
        case "revoke":
            parts.grants.revoke(request_id, approver, now=now, record=record)
    decided = parts.grants.filed(request_id)
    if decided is None:
        raise _wrong("没有这个申请。", "There is no such request.")
    return decided


def book_of(user_id: str, parts: Parts) -> RequestBook:
    """Only what concerns this user. Terms that ran out are recorded first."""
    user = asking.registered(user_id, parts)
    parts.grants.expire(now=moment(parts), record=parts.audit.append)
    return RequestBook(
        own=parts.grants.of_user(user_id),
        waiting=parts.grants.waiting_for(user),
        in_force=parts.grants.of_department(user, parts.clock()),
    )


def filed_json(filed: Filed, parts: Parts, lang: Lang) -> dict[str, Any]:
    """One request as JSON, with names beside codes; `grant` once it was approved."""
    request, grant = filed.request, filed.grant
    resource = parts.catalog.by_table.get(request.dataset)
    names = {element.column: element.name for element in resource.elements} if resource else {}
    title = Text(zh=resource.name, en=resource.name_en or resource.name) if resource else Text(zh="", en="")
    return {
        "request_id": request.request_id,
        "state": filed.state_on(parts.clock()),
        "filed_at": filed.filed_at,
        "user_id": request.user_id,
        "department": request.department,
        "purpose": request.purpose,
        "dataset": request.dataset,
        "name": render(title, lang),
        "provider": resource.provider if resource else "",
        "columns": list(request.columns),
        "column_names": [names.get(column, column) for column in request.columns],
        "mode": request.mode.value,
        "reason": request.reason,
        "case_no": request.case_no,
        "rows": request.rows,
        "days": request.days,
        "decided_by": filed.decided_by,
        "grant": {
            "grant_id": grant.grant_id,
            "valid_from": grant.valid_from.isoformat() if grant.valid_from else None,
            "valid_to": grant.valid_to.isoformat() if grant.valid_to else None,
            "row_cap": grant.row_cap,
            "approver": grant.approver,
            "approval_doc": grant.approval_doc,
        }
        if grant
        else None,
    }


def book_json(book: RequestBook, parts: Parts, lang: Lang) -> dict[str, Any]:
    """{"own", "waiting", "in_force"}: lists of requests."""
    groups = {"own": book.own, "waiting": book.waiting, "in_force": book.in_force}
    return {name: [filed_json(one, parts, lang) for one in group] for name, group in groups.items()}


def _drafts(offer: RequestOffer, particulars: Particulars, user_id: str, department: str) -> tuple[GrantRequest, ...]:
    return tuple(
        GrantRequest(
            request_id="",
            user_id=user_id,
            department=department,
            purpose=offer.purpose,
            dataset=item.dataset,
            columns=item.columns,
            mode=item.mode,
            reason=redact(particulars.reason.strip()),
            case_no=particulars.case_no.strip(),
            rows=(item.rows if particulars.rows is None else particulars.rows) if item.rows else 0,
            days=offer.days if particulars.days is None else particulars.days,
        )
        for item in offer.items
    )


def _check(particulars: Particulars) -> None:
    """Before the first of several is filed: all of them or none."""
    if not particulars.reason.strip():
        raise _wrong("请写明申请理由。", "State the reason.")
    if len(particulars.reason) > MAX_REASON or len(particulars.case_no) > MAX_NUMBER:
        raise _wrong(
            f"理由不超过 {MAX_REASON} 个字，案件编号不超过 {MAX_NUMBER} 个字。",
            f"A reason has at most {MAX_REASON} characters, a case number {MAX_NUMBER}.",
        )
    if (particulars.rows is not None and particulars.rows < 1) or (
        particulars.days is not None and particulars.days < 1
    ):
        raise _wrong("预计行数和期限至少为 1。", "Rows and days are at least 1.")


def _wrong(zh: str, en: str) -> UserError:
    return UserError(Text(zh=zh, en=en))
