"""What approvals do to a question: the grants in force join the subject, and a curable refusal offers its request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from assistant.domain import GrantMode, Outcome, Purpose, QueryFacts, RequestItem, RequestOffer, Text, User
from assistant.governing import Governed
from assistant.parts import Parts
from assistant.policies import access
from assistant.policies.grants import GrantRequest, can_be_granted, draft_request, grant_for
from assistant.policies.protection import row_cap

_TRIED = "tried"  # stands for the approval document while an approval is only imagined


def moment(parts: Parts) -> datetime:
    """Now, on the day that the decisions are made for: a term must not end a day early in another time zone."""
    return datetime.combine(parts.clock(), datetime.now().time()).astimezone()


def with_approved_grants(user: User, parts: Parts) -> User:
    """The subject with the grants approved for them and in force; those that ran out are recorded as expired.

    Raises StoreUnavailable (the register) and AuditUnavailable (an expiry that cannot be recorded).
    """
    parts.grants.expire(now=moment(parts), record=parts.audit.append)
    return parts.grants.with_grants(user, parts.clock())


def offer_for(governed: Governed, user: User, purpose: Purpose, parts: Parts) -> RequestOffer | None:
    """The request that would cure a NEEDS_APPROVAL, its fields filled from the query; None where none would.

    Tried before it is offered: with these grants the same query must run. Names only what the subject may know of.
    """
    if governed.decision.outcome is not Outcome.NEEDS_APPROVAL or governed.query is None:
        return None
    if not parts.policies.has_data_access(user):
        return None
    drafts = _drafts(governed.query.facts, user, purpose, parts)
    if not drafts or not _cures(drafts, governed.query.facts, user, purpose, parts):
        return None
    return RequestOffer(purpose=purpose.code, items=tuple(_item(draft, parts) for draft in drafts))


def _drafts(facts: QueryFacts, user: User, purpose: Purpose, parts: Parts) -> tuple[GrantRequest, ...]:
    """One a dataset that has to be approved; none where one of them cannot be, or is not for this subject to know."""
    policies, catalog, today = parts.policies, parts.catalog, parts.clock()
    tables = access.tables_to_approve(
        user, purpose, facts, policies, catalog, today=today, rows_used=_rows_used(user, parts)
    )
    known = access.visible_tables(user, purpose, policies, catalog, today)
    drafts = []
    for table in tables:
        resource = catalog.by_table[table]
        draft = draft_request(user, purpose, facts, table, rows=row_cap(catalog, resource, facts, policies))
        if table not in known or not can_be_granted(resource, draft.mode, purpose):
            return ()
        drafts.append(draft)
    return tuple(drafts)


def _cures(drafts: tuple[GrantRequest, ...], facts: QueryFacts, user: User, purpose: Purpose, parts: Parts) -> bool:
    today = parts.clock()
    given = tuple(grant_for(draft, parts.policies, today=today, approval_doc=_TRIED) for draft in drafts)
    decision = access.authorize(
        replace(user, grants=(*user.grants, *given)),
        purpose,
        facts,
        parts.policies,
        parts.catalog,
        today=today,
        rows_used=_rows_used(user, parts),
    )
    return decision.outcome <= Outcome.SUPPRESS


def _rows_used(user: User, parts: Parts) -> Callable[[str], int]:
    days = parts.policies.thresholds.rolling_days
    return lambda table: parts.ledger.rows_used(user.user_id, table, days)


def _item(draft: GrantRequest, parts: Parts) -> RequestItem:
    resource = parts.catalog.by_table[draft.dataset]
    names = {element.column: element.name for element in resource.elements}
    return RequestItem(
        dataset=draft.dataset,
        name=Text(zh=resource.name, en=resource.name_en or resource.name),
        provider=resource.provider,
        columns=draft.columns,
        column_names=tuple(names.get(column, column) for column in draft.columns),
        mode=draft.mode,
        rows=draft.rows if draft.mode is not GrantMode.AGGREGATE else 0,
    )
