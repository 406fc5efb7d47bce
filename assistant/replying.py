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
    Reason,
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
        chart=charts.chart_for(
            table, plan=plan, title=understood, source=_source_line(governed, parts, question), lang=lang
        ),
        level=labels.answer_level(facts, parts.catalog, decision, parts.policies.scheme) if facts else decision_level(),
        decision=decision,
        evidence=_evidence(plan, governed, decision, parts, visible),
        confidence=min(linked.confidence, draft.confidence) if plan else draft.confidence,
        next=suggesting.suggest(plan, question, parts) if plan else (),
        policy_version=parts.policies.version,
        catalog_version=parts.catalog.version,
    )


# --------------------------------------------------------------------------- the other ends


def refused(
    question: Question,
    decision: Decision,
    parts: Parts,
    *,
    plan: QueryPlan | None = None,
    draft: SqlDraft | None = None,
    visible: VisibilityFilter | None = None,
) -> Answer:
    """Constant words per class (POLICY_SPEC 2.7): rule, clause, the permitted neighbour. Nothing about the data."""
    status = Status.NEEDS_APPROVAL if decision.outcome is Outcome.NEEDS_APPROVAL else Status.REFUSED
    message = render(parts.policies.message(decision.outcome), question.lang)
    grounds = [
        f"{render(reason.text, question.lang)}（{reason.rule}，{reason.clause}）" for reason in decision.reasons[:1]
    ]
    offer = [render(decision.offer, question.lang)] if decision.offer else []
    return _blank(
        question,
        status,
        "\n".join([message, *grounds, *offer]),
        plan=plan,
        drafter=draft.drafter if draft else "",
        decision=decision,
        evidence=clauses(decision, parts, visible) if visible else (),
        confidence=1.0,
        policy_version=parts.policies.version,
        catalog_version=parts.catalog.version,
    )


def clarify(question: Question, linked: Linked) -> Answer:
    asked = linked.clarification
    assert asked is not None
    return _blank(
        question,
        Status.CLARIFY,
        render(asked.prompt, question.lang),
        options=asked.options,
        confidence=linked.confidence,
        decision=Decision(outcome=Outcome.ALLOW),
    )


def no_data(question: Question, linked: Linked, parts: Parts) -> Answer:
    text = render(linked.message, question.lang) if linked.message else ""
    understood = _understood(linked, parts, question)
    return _blank(
        question,
        Status.NO_DATA,
        text,
        plan=linked.plan,
        interpretation=understood,
        decision=Decision(outcome=Outcome.ALLOW),
        confidence=linked.confidence,
    )


def out_of_scope(question: Question, parts: Parts) -> Answer:
    text = Text(
        zh="这个问题不在本系统的数据和制度范围内。可以询问目录中的指标（如各区新设企业数）或数据管理制度。",
        en="This is outside the data and policies of this system. Ask about a cataloged figure (such as new firms by "
        "district) or about the data policies.",
    )
    return _blank(
        question, Status.OUT_OF_SCOPE, render(text, question.lang), decision=Decision(outcome=Outcome.ALLOW)
    )


def not_understood(question: Question, linked: Linked, evidence: tuple[Evidence, ...], parts: Parts) -> Answer:
    """Neither the semantic model nor the language model could read it: say which words, and what comes near."""
    words = "、".join(f"“{word}”" for word in linked.unlinked[:4])
    without = parts.settings.llm == "none"
    text = Text(
        zh=(f"没有理解这些词：{words}。" if words else "没有完全理解这个问题。")
        + ("当前未启用语言模型，只能回答语义模型能表达的问题。" if without else "")
        + "请换一种说法，写明指标、范围和时间；相近的信息资源见依据。",
        en=(f"These words were not understood: {words}. " if words else "The question was not fully understood. ")
        + ("No language model is configured, so only questions of the semantic model can be answered. " if without else "")
        + "Say it differently: name the figure, the scope and the period; the nearest resources stand under sources.",
    )
    return _blank(
        question,
        Status.OUT_OF_SCOPE,
        render(text, question.lang),
        evidence=tuple(item for item in evidence if item.kind != "policy")[:3],
        decision=Decision(outcome=Outcome.ALLOW),
        confidence=0.0,
    )


def quoted(question: Question, found: PolicyAnswer, parts: Parts) -> Answer:
    """An answer made of quotes, or the plain statement that no basis was found, with the nearest articles."""
    cited = tuple(sentence.evidence for sentence in found.sentences) or found.nearest
    return _blank(
        question,
        Status.ANSWERED if found.is_supported else Status.NO_DATA,
        found.text,
        drafter="quotes",
        evidence=cited,
        decision=Decision(outcome=Outcome.ALLOW),
        confidence=0.9 if found.is_supported else 0.0,
        policy_version=parts.policies.version,
        catalog_version=parts.catalog.version,
    )


def failed(question: Question, error: AssistantError) -> Answer:
    return _blank(
        question,
        Status.FAILED,
        f"{render(_FAILED, question.lang)}{render(error.text, question.lang)}",
        decision=Decision(outcome=Outcome.REFUSE),
    )


def _incident(question: Question, decision: Decision) -> Answer:
    """G7: an identifier in words that should hold none. Nothing is shown; the record says incident."""
    text = Text(
        zh="答复中出现了不应出现的标识信息，已拦截并记录为事件，数据管理员将复核分级。",
        en="The answer held an identifier that it should not hold. It was blocked and recorded as an incident; the data "
        "steward will review the classification.",
    )
    reason = Reason(rule="R-G7-001", clause="个人信息保护法第五十一条", text=text)
    return _blank(
        question,
        Status.REFUSED,
        render(text, question.lang),
        decision=replace(decision, outcome=Outcome.REFUSE, gate="G7", reasons=(reason,), obligations=()),
    )


# --------------------------------------------------------------------------- pieces


def _understood(linked: Linked, parts: Parts, question: Question) -> str:
    if linked.plan is None or parts.model is None:
        return ""
    return interpretation.restate(linked.plan, parts.model, question.lang)


def clauses(decision: Decision, parts: Parts, visible: VisibilityFilter) -> tuple[Evidence, ...]:
    """The articles that a decision cites, quoted from the indexed documents where they are visible."""
    found: dict[str, Evidence] = {}
    for reason in decision.reasons:
        for clause in reason.clause.split("；"):
            item = parts.retriever.cited(clause, visible=visible)
            if item is not None:
                found.setdefault(item.id, item)
    return tuple(found.values())


def _evidence(
    plan: QueryPlan | None, governed: Governed, decision: Decision, parts: Parts, visible: VisibilityFilter
) -> tuple[Evidence, ...]:
    """Where the numbers come from (resources), what they mean (口径), and why they may be shown (clauses)."""
    tables = governed.query.facts.tables if governed.query else ()
    found = [parts.retriever.resource(parts.catalog.by_table[name].resource_id, visible=visible) for name in tables]
    if plan is not None and parts.model is not None:
        for one in interpretation.definitions(plan, parts.model, "zh"):
            found.append(parts.retriever.articles(one.document, one.article, visible=visible))
    kept: dict[str, Evidence] = {item.id: item for item in found if item is not None}
    for item in clauses(decision, parts, visible):
        kept.setdefault(item.id, item)
    return tuple(kept.values())
