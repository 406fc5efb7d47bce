"""Answer -> the JSON of CONTRACT section 3; the same shape in the CLI, REST and MCP."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from assistant.domain import (
    Answer,
    Decision,
    Evidence,
    Finding,
    Lang,
    Mask,
    Obligation,
    ReleasedTable,
    RequestOffer,
    Rounding,
    RowCap,
    RowFilter,
    Scalar,
    UnitThreshold,
)
from assistant.language import render

Json = dict[str, Any]


def answer_json(answer: Answer) -> Json:
    """One answer. A suppressed cell is null in `rows` and listed in `suppressed`."""
    return {
        "question_id": answer.question_id,
        "conversation_id": answer.conversation_id,
        "status": answer.status.value,
        "text": answer.text,
        "question": answer.question,
        "interpretation": answer.interpretation,
        "sql": answer.sql,
        "dialect": answer.dialect,
        "drafter": answer.drafter,
        "table": table_json(answer.table) if answer.table else None,
        "chart": answer.chart,
        "level": answer.level.name,
        "decision": decision_json(answer.decision, answer.lang),
        "evidence": [evidence_json(item) for item in answer.evidence],
        "confidence": round(answer.confidence, 3),
        "options": [{"label": option.label, "question": option.question} for option in answer.options],
        "next": list(answer.next),
        "model": {
            "id": answer.model.id,
            "calls": answer.model.calls,
            "prompt_tokens": answer.model.prompt_tokens,
            "completion_tokens": answer.model.completion_tokens,
        },
        "timings_ms": {stage: round(elapsed, 1) for stage, elapsed in answer.timings_ms},
        "policy_version": answer.policy_version,
        "catalog_version": answer.catalog_version,
        "audit_seq": answer.audit_seq,
        "request": offer_json(answer.request, answer.lang),
    }


def offer_json(offer: RequestOffer | None, lang: Lang) -> Json | None:
    """The prefilled request of a NEEDS_APPROVAL; `rows` and `days` are what may be asked for, never counts of data."""
    if offer is None:
        return None
    items = [
        {
            "dataset": item.dataset,
            "name": render(item.name, lang),
            "provider": item.provider,
            "columns": list(item.columns),
            "column_names": list(item.column_names),
            "mode": item.mode.value,
            "rows": item.rows,
        }
        for item in offer.items
    ]
    return {"purpose": offer.purpose, "days": offer.days, "items": items}


def table_json(table: ReleasedTable) -> Json:
    return {
        "columns": [
            {
                "name": column.name,
                "label": column.label or column.name,
                "unit": column.unit,
                "element_id": column.element_id,
                "level": column.level.name,
            }
            for column in table.columns
        ],
        "rows": [[plain(value) for value in row] for row in table.rows],
        "suppressed": [[cell.row, cell.column, cell.kind] for cell in table.suppressions],
        "truncated": table.truncated,
        "rows_withheld": table.rows_withheld,
        "rounded": table.rounded,
    }


def decision_json(decision: Decision, lang: Lang) -> Json:
    return {
        "outcome": decision.outcome.name.lower(),
        "gate": decision.gate,
        "reasons": [
            {"rule": reason.rule, "clause": reason.clause, "text": render(reason.text, lang)}
            for reason in decision.reasons
        ],
        "obligations": [obligation_words(obligation) for obligation in decision.obligations],
        "offer": render(decision.offer, lang) if decision.offer else None,
    }


def evidence_json(item: Evidence) -> Json:
    return {
        "kind": item.kind,
        "id": item.id,
        "title": item.title,
        "section": item.section,
        "quote": item.quote,
        "as_of": item.as_of.isoformat() if item.as_of else None,
        "in_force": item.in_force,
    }


def findings_json(findings: Sequence[Finding], lang: Lang) -> list[Json]:
    return [
        {
            "code": finding.code,
            "message": render(finding.message, lang),
            "hint": finding.hint,
            "line": finding.line,
            "column": finding.column,
        }
        for finding in findings
    ]


def obligation_words(obligation: Obligation) -> str:
    """An obligation in one line, the same words in every channel."""
    match obligation:
        case RowFilter(table=table, column=column, values=values):
            return f"row_filter {table}.{column} in ({', '.join(str(value) for value in values)})"
        case Mask(table=table, column=column, kind=kind):
            return f"mask {table}.{column} as {kind}"
        case UnitThreshold(table=table, unit=unit, min_units=units):
            return f"min_units {units} {unit.value} in {table}"
        case RowCap(table=table, rows=rows):
            return f"row_cap {rows} rows of {table} in 30 days"
        case Rounding(table=table, digits=digits):
            return f"percentiles of {table} to {digits} significant digits"


def plain(value: Scalar | Decimal) -> Any:
    """A JSON value: dates as ISO 8601, decimals as numbers."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
