"""`check-sql`: what the policies say of a statement, and its rewritten form; with `execute`, the released table."""

from __future__ import annotations

from typing import Any

from assistant import asking
from assistant.answer_format import decision_json, findings_json, offer_json, table_json
from assistant.approvals import offer_for
from assistant.domain import Lang, Outcome, RequestOffer, SqlDraft
from assistant.governing import govern, merged, run_and_release
from assistant.output_scan import incident_of
from assistant.parts import Parts
from assistant.policies import access
from assistant.recording import record_check
from assistant.replying import incident_decision
from assistant.stages import Observer, Stopwatch, ignore


def check_statement(
    sql: str,
    *,
    user_id: str,
    parts: Parts,
    purpose_code: str | None = None,
    execute: bool = False,
    lang: Lang = "zh",
    observe: Observer = ignore,
) -> dict[str, Any]:
    """CONTRACT section 3: {"decision", "sql", "columns_used", "findings", "table"?}. Recorded like a question.

    `request` is the prefilled request where the statement needs approval, else null.
    """
    user, purpose = asking.identify(user_id, purpose_code, parts)
    watch = Stopwatch(observe)
    admitted = access.admit(user, purpose, sql, parts.policies)
    if admitted.outcome is Outcome.REFUSE:
        record_check(sql, user, purpose, None, admitted, parts)
        stopped = {"decision": decision_json(admitted, lang), "sql": None, "request": None}
        return {**stopped, "columns_used": [], "findings": []}
    governed = govern(SqlDraft(text=sql, drafter="given"), user, purpose, parts, watch)
    decision, table = governed.decision, None
    if execute and governed.authorized is not None:
        released = run_and_release(governed, user, purpose, parts, watch)
        decision, table = merged(governed.decision, released.decision), released.table
        blocked = incident_of("", released.table, governed, parts)
        if blocked is not None:
            decision, table = incident_decision(decision, parts, blocked), None
    seq = record_check(sql, user, purpose, governed, decision, parts, table=table)
    shown: dict[str, Any] = {
        "decision": decision_json(decision, lang),
        "sql": governed.authorized.sql if governed.authorized else None,
        "columns_used": _columns_used(governed.query.facts.uses) if governed.query else [],
        "findings": findings_json(governed.findings, lang),
        "audit_seq": seq,
        "request": offer_json(offer_for(governed, user, purpose, parts), lang),
    }
    return shown | {"table": table_json(table)} if table is not None else shown


def offer_of_statement(sql: str, *, user_id: str, parts: Parts, purpose_code: str | None = None) -> RequestOffer | None:
    """The request that would cure what the policies say of a statement. Recorded like any check."""
    user, purpose = asking.identify(user_id, purpose_code, parts)
    admitted = access.admit(user, purpose, sql, parts.policies)
    if admitted.outcome is Outcome.REFUSE:
        record_check(sql, user, purpose, None, admitted, parts)
        return None
    governed = govern(SqlDraft(text=sql, drafter="given"), user, purpose, parts, Stopwatch(ignore))
    record_check(sql, user, purpose, governed, governed.decision, parts)
    return offer_for(governed, user, purpose, parts)


def _columns_used(uses: Any) -> list[dict[str, str]]:
    pairs = dict.fromkeys((use.element_id, use.usage.value) for use in uses)
    return [{"element_id": element, "usage": usage} for element, usage in pairs]
