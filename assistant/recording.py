"""Every exit of the pipeline leaves one audit record; without it there is no answer."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import UTC, datetime

from assistant.audit_record import decision_record
from assistant.domain import (
    Answer,
    Classification,
    Decision,
    Grant,
    Outcome,
    Purpose,
    QueryFacts,
    Question,
    ReleasedTable,
    Status,
    User,
)
from assistant.governing import Governed
from assistant.parts import Parts
from assistant.policies.identifiers import redact
from assistant.replying import Made


def record(question: Question, made: Made, parts: Parts) -> Answer:
    """Append the record and return the answer with its sequence number. Raises AuditUnavailable."""
    governed = made.governed
    facts = governed.query.facts if governed and governed.query else None
    grants = _grants(question, facts)
    entry = decision_record(
        question=question,
        answer=made.answer,
        keys=parts.audit.keys,
        facts=facts,
        labels=_labels(parts),
        sql_raw=made.draft.text if made.draft else "",
        snapshot=parts.as_of.isoformat(),
        redact=redact,
        session_id=question.conversation_id,
        trace_id=question.question_id,
        grant_ids=tuple(grant.grant_id for grant in grants),
        approver="、".join(dict.fromkeys(grant.approver for grant in grants if grant.approver)),
    ).entry()
    return replace(made.answer, audit_seq=parts.audit.append(entry))


def _grants(question: Question, facts: QueryFacts | None) -> tuple[Grant, ...]:
    """The subject's grants for what the query reads and the purpose it is read for."""
    tables = {*facts.tables, "*"} if facts else set()
    return tuple(
        grant for grant in question.user.grants if grant.dataset in tables and question.purpose.code in grant.purposes
    )


def _labels(parts: Parts) -> dict[str, Classification]:
    return {
        element.element_id: element.label
        for resource in parts.catalog.by_table.values()
        for element in resource.elements
        if element.label is not None
    }


def record_check(
    sql: str,
    user: User,
    purpose: Purpose,
    governed: Governed | None,
    decision: Decision,
    parts: Parts,
    *,
    table: ReleasedTable | None = None,
) -> int:
    """The record of a statement that was judged by `check-sql`; returns its sequence number."""
    question = Question(
        question_id=secrets.token_hex(8),
        text=sql,
        user=user,
        purpose=purpose,
        lang="zh",
        asked_at=datetime.now(UTC),
    )
    answer = Answer(
        question_id=question.question_id,
        conversation_id="",
        question=sql,
        status=_status(decision.outcome),
        text="",
        lang="zh",
        drafter="given",
        sql=sql,
        table=table,
        decision=decision,
        policy_version=parts.policies.version,
        catalog_version=parts.catalog.version,
    )
    return record(question, Made(answer=answer, governed=governed), parts).audit_seq


def _status(outcome: Outcome) -> Status:
    """As the pipeline would report it: what can be approved is no refusal, and an aggregate is what it offers."""
    if outcome is Outcome.NEEDS_APPROVAL:
        return Status.NEEDS_APPROVAL
    if outcome is Outcome.SUPPRESS:
        return Status.PARTLY_SUPPRESSED
    return Status.ANSWERED if outcome <= Outcome.SUPPRESS else Status.REFUSED
