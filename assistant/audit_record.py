"""One decision as an audit record: who asked for what, under which rules, and what left the house (POLICY_SPEC 5.1).

No value of the estate and no literal of a query is written in the clear: they appear as keyed tokens, so that an
investigator who holds the key can match a value he already knows (PIPL 19, 51; 云澜市政务数据安全审计规定第七条).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from assistant.audit_facts import describe_facts
from assistant.audit_redaction import normalise_sql, redact_question, string_literals
from assistant.audit_retention import retention_of
from assistant.domain import (
    Answer,
    Classification,
    Level,
    Mask,
    Obligation,
    QueryFacts,
    Question,
    ReleasedTable,
    Rounding,
    RowCap,
    RowFilter,
    UnitThreshold,
)
from assistant.ports import ValueHider

_LATENCY_BUCKETS_MS = (100, 300, 1_000, 3_000, 10_000, 30_000)
_UNIT_BANDS = (0, 10, 100, 1_000, 10_000, 100_000, 1_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """The fields of POLICY_SPEC 5.1 but the chain's own; `entry()` is what `AuditLog.append` takes."""

    question_id: str
    trace_id: str = ""
    session_id: str = ""
    subject: Mapping[str, Any]  # id, dept, roles, region, clearance, network, auth
    purpose: str
    case_no: str = ""
    grant_ids: tuple[str, ...] = ()
    question_hash: str = ""
    question_redacted: str = ""
    language: str = ""
    model: Mapping[str, Any]  # name, calls, tokens, prompt_template_hash
    drafter: str = ""
    sql_raw_hash: str = ""
    sql_normalised: str = ""
    plan_labels: tuple[Mapping[str, Any], ...] = ()  # column, level, role, usage, scope
    facts: Mapping[str, Any] | None = None  # everything the decision saw of the query (audit_facts.py), for replay
    datasets: tuple[Mapping[str, Any], ...] = ()  # id, version, snapshot
    policy_version: str = ""
    rules_fired: tuple[Mapping[str, str], ...] = ()  # rule, clause
    gate: str = ""
    verdict: str = ""  # lower-case Outcome
    status: str = ""
    level: str = ""
    obligations: tuple[Mapping[str, Any], ...] = ()
    suppressed_cells: Mapping[str, int]  # primary, secondary
    units_touched_band: str = ""
    rows_returned: int = 0
    result_digest: str = ""
    answer_digest: str = ""
    output_channel: str = "screen"  # screen | chart | export | api
    watermark_id: str = ""
    approver: str = ""
    latency_bucket: str = ""
    retention: tuple[str, ...] = ("decision",)

    def entry(self) -> dict[str, Any]:
        return {one.name: _plain(getattr(self, one.name)) for one in fields(self)}


def decision_record(
    *,
    question: Question,
    answer: Answer,
    keys: ValueHider,
    facts: QueryFacts | None = None,
    labels: Mapping[str, Classification] | None = None,
    sql_raw: str = "",
    snapshot: str = "",
    prompt_template_hash: str = "",
    units_touched: int | None = None,
    redact: Callable[[str], str] | None = None,
    **extra: Any,
) -> AuditRecord:
    """The record of one answered or refused question.

    `labels` maps element ids to their classification, `units_touched` counts distinct privacy units, `redact` is the
    recogniser of identifiers that runs before our own redaction; `extra` sets further fields of AuditRecord by name
    (session_id, trace_id, case_no, grant_ids, output_channel, watermark_id, approver).
    """
    known = labels or {}
    sql = answer.sql or sql_raw
    words = redact(question.text) if redact else question.text
    used = {known[use.element_id] for use in facts.uses if use.element_id in known} if facts else set()
    return AuditRecord(
        question_id=question.question_id,
        subject=_subject(question),
        purpose=question.purpose.code,
        question_hash=keys.token(question.text),
        question_redacted=redact_question(words, string_literals(sql), keys.token),
        language=question.lang,
        model=_model(answer, prompt_template_hash),
        drafter=answer.drafter,
        sql_raw_hash=keys.token(sql_raw or sql) if sql else "",
        sql_normalised=normalise_sql(sql, keys.token) if sql else "",
        plan_labels=_plan_labels(facts, known) if facts else (),
        facts=describe_facts(facts, keys.token) if facts else None,
        datasets=tuple(
            {"id": table, "version": answer.catalog_version, "snapshot": snapshot}
            for table in (facts.tables if facts else ())
        ),
        policy_version=answer.policy_version,
        rules_fired=tuple({"rule": one.rule, "clause": one.clause} for one in answer.decision.reasons),
        gate=answer.decision.gate,
        verdict=answer.decision.outcome.name.lower(),
        status=answer.status.value,
        level=answer.level.name,
        obligations=tuple(_obligation(one, keys) for one in answer.decision.obligations),
        suppressed_cells=_suppressed(answer.table),
        units_touched_band=_unit_band(units_touched),
        rows_returned=len(answer.table.rows) if answer.table else 0,
        result_digest=keys.token(_rows_text(answer.table)) if answer.table else "",
        answer_digest=keys.token(answer.text),
        latency_bucket=_latency_bucket(sum(value for _, value in answer.timings_ms)),
        retention=retention_of(category for label in used for category in label.categories),
        **extra,
    )


def _subject(question: Question) -> dict[str, Any]:
    user = question.user
    return {
        "id": user.user_id,
        "dept": user.department,
        "roles": list(user.roles),
        "region": user.region,
        "clearance": user.clearance.name,
        "network": user.network,
    }


def _model(answer: Answer, prompt_template_hash: str) -> dict[str, Any]:
    use = answer.model
    return {
        "name": use.id,
        "calls": use.calls,
        "prompt_tokens": use.prompt_tokens,
        "completion_tokens": use.completion_tokens,
        "prompt_template_hash": prompt_template_hash,
    }


def _plan_labels(facts: QueryFacts, labels: Mapping[str, Classification]) -> tuple[Mapping[str, Any], ...]:
    """Every use of a column with the label it had then."""
    described = []
    for use in facts.uses:
        label = labels.get(use.element_id)
        described.append(
            {
                "column": use.element_id,
                "level": label.level.name if label else None,
                "role": label.role.value if label else None,
                "usage": use.usage.value,
                "scope": use.scan,
            }
        )
    return tuple(described)


def _obligation(one: Obligation, keys: ValueHider) -> dict[str, Any]:
    match one:
        case RowFilter():
            values = [keys.token(value) for value in one.values]
            return {"kind": "row_filter", "column": f"{one.table}.{one.column}", "values": values}
        case Mask():
            return {"kind": "mask", "column": f"{one.table}.{one.column}", "mask": one.kind}
        case UnitThreshold():
            return {
                "kind": "unit_threshold",
                "column": f"{one.table}.{one.unit_column}",
                "min_units": one.min_units,
                "zero_is_disclosive": one.zero_is_disclosive,
                "magnitudes": list(one.magnitudes),
                "rule": one.rule,
            }
        case RowCap():
            return {"kind": "row_cap", "table": one.table, "rows": one.rows}
        case Rounding():
            return {"kind": "rounding", "table": one.table, "digits": one.digits}


def _suppressed(table: ReleasedTable | None) -> dict[str, int]:
    kinds = [one.kind for one in table.suppressions] if table else []
    return {"primary": kinds.count("primary"), "secondary": kinds.count("secondary")}


def _rows_text(table: ReleasedTable) -> str:
    return json.dumps([list(row) for row in table.rows], ensure_ascii=False, default=str)


def _unit_band(units: int | None) -> str:
    """A half-open band [lowest, next), never the count itself."""
    if units is None:
        return ""
    lowest = max(edge for edge in _UNIT_BANDS if edge <= max(0, units))
    above = [edge for edge in _UNIT_BANDS if edge > lowest]
    return f"{lowest}-{above[0]}" if above else f"{lowest}+"


def _latency_bucket(milliseconds: float) -> str:
    for edge in _LATENCY_BUCKETS_MS:
        if milliseconds <= edge:
            return f"<={edge}ms"
    return f">{_LATENCY_BUCKETS_MS[-1]}ms"


def _plain(value: Any) -> Any:
    """JSON values only; text that is no Unicode (a lone surrogate) is escaped, so that it cannot stop the log."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if isinstance(value, Level):
        return value.name
    return value
