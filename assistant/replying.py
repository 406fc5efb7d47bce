"""One function per way a question can end: each makes the Answer of that status, and no status is dressed as another."""

from __future__ import annotations

from dataclasses import dataclass, replace

from assistant import charts, narration, suggesting
from assistant.domain import (
    Answer,
    Decision,
    Evidence,
    ModelUse,
    Outcome,
    QueryPlan,
    Question,
    ReleasedTable,
    SqlDraft,
    Status,
    Text,
    VisibilityFilter,
)
from assistant.errors import AssistantError
from assistant.governing import Governed, Released
from assistant.language import render
from assistant.nl2sql import interpretation
from assistant.nl2sql.compiling import output_columns
from assistant.nl2sql.linking import Linked
from assistant.parts import Parts
from assistant.policies import identifiers, labels
from assistant.retrieval.quoting import PolicyAnswer

_FAILED = Text(zh="系统未能完成这个问题。", en="The system could not complete this question.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """An answer with what the record of it needs."""

    answer: Answer
    governed: Governed | None = None
    draft: SqlDraft | None = None


def _blank(question: Question, status: Status, text: str, **more: object) -> Answer:
    return Answer(
        question_id=question.question_id,
        conversation_id=question.conversation_id,
        question=question.text,
        lang=question.lang,
        status=status,
        text=text,
        **more,  # type: ignore[arg-type]
    )


# --------------------------------------------------------------------------- answered


def answered(
    question: Question,
    linked: Linked,
    draft: SqlDraft,
    governed: Governed,
    released: Released,
    parts: Parts,
    visible: VisibilityFilter,
) -> Answer:
    """The released table in words, with its chart, sources, level and what could be asked next."""
    plan, lang = linked.plan, question.lang
    table = _labelled(released.table, plan, parts, question)
    understood = _understood(linked, parts, question)
    facts = governed.query.facts if governed.query else None
    decision = _merged(governed.decision, released.decision)
    text = narration.narrate(table, lang=lang, interpretation=understood, period=plan.period if plan else None)
    unsafe = identifiers.scan(text) if not _shows_rows(table) else ()
    if unsafe:
        return _incident(question, decision)
    suppressed = bool(table.suppressions) or table.rows_withheld
    status = Status.PARTLY_SUPPRESSED if suppressed else Status.ANSWERED
    return _blank(
        question,
        Status.NO_DATA if not table.rows and not suppressed else status,
        _rendered(text, question),
        interpretation=_rendered(understood, question),
        sql=draft.text,
        dialect=parts.warehouse.dialect,
        drafter=draft.drafter,
        plan=plan,
        table=table,
        chart=charts.chart_for(table, plan=plan, title=understood, source=_source_line(governed, parts, question), lang=lang),
        level=labels.answer_level(facts, parts.catalog, decision, parts.policies.scheme) if facts else decision_level(),
        decision=decision,
        evidence=_evidence(plan, governed, decision, parts, visible),
        confidence=min(linked.confidence, draft.confidence) if plan else draft.confidence,
        next=suggesting.suggest(plan, question, parts) if plan else (),
        policy_version=parts.policies.version,
        catalog_version=parts.catalog.version,
    )
