"""One function per way a question can end: each makes the Answer of its status; none is dressed as another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from assistant import charts, narration, suggesting
from assistant.domain import (
    Answer,
    Column,
    Decision,
    Evidence,
    Level,
    Outcome,
    QueryPlan,
    Question,
    Reason,
    ReleasedTable,
    Shape,
    SqlDraft,
    Status,
    Text,
    VisibilityFilter,
)
from assistant.errors import AssistantError
from assistant.governing import Governed, Released, merged
from assistant.language import render, to_traditional
from assistant.nl2sql import interpretation
from assistant.nl2sql.linking import Linked
from assistant.nl2sql.outputs import output_columns
from assistant.parts import Parts
from assistant.policies import identifiers, labels
from assistant.policies.ranking import BOUNDS, bounded, top
from assistant.retrieval.quoting import PolicyAnswer

_FAILED = Text(zh="系统未能完成这个问题。", en="The system could not complete this question.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """An answer with what the record of it needs."""

    answer: Answer
    governed: Governed | None = None
    draft: SqlDraft | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the question was understood as, however that came about; `labels` names computed result columns."""

    interpretation: str
    confidence: float
    plan: QueryPlan | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


def reading_of(linked: Linked, parts: Parts, question: Question) -> Reading:
    """The reading that linking found."""
    return Reading(plan=linked.plan, interpretation=_understood(linked, parts, question), confidence=linked.confidence)


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
    reading: Reading,
    draft: SqlDraft,
    governed: Governed,
    released: Released,
    parts: Parts,
    visible: VisibilityFilter,
) -> Answer:
    """The released table in words, with its chart, sources, level and what could be asked next."""
    plan, lang, understood = reading.plan, question.lang, reading.interpretation
    table = _labelled(released.table, reading, parts, question)
    facts = governed.query.facts if governed.query else None
    decision = merged(governed.decision, released.decision)
    text = narration.narrate(table, lang=lang, interpretation=understood, period=plan.period if plan else None)
    if not _shows_rows(governed) and (identifiers.scan(text) or identifiers.scan_table(table)):
        return _incident(question, decision)
    suppressed = bool(table.suppressions) or table.rows_withheld
    status = Status.PARTLY_SUPPRESSED if suppressed else Status.ANSWERED
    return _blank(
        question,
        Status.NO_DATA if not table.rows and not suppressed else status,
        to_traditional(text) if lang == "zh-Hant" else text,
        interpretation=understood,
        sql=draft.text,
        dialect=parts.warehouse.dialect,
        drafter=draft.drafter,
        plan=plan,
        table=table,
        chart=charts.chart_for(
            table, plan=plan, title=understood, source=_source_line(governed, parts, question), lang=lang
        ),
        level=labels.answer_level(facts, parts.catalog, decision, parts.policies.scheme) if facts else Level.G1,
        decision=decision,
        evidence=_evidence(plan, governed, decision, parts, visible),
        confidence=min(reading.confidence, draft.confidence),
        next=suggesting.suggest(plan, question, parts) if plan else (),
        policy_version=parts.policies.version,
        catalog_version=parts.catalog.version,
    )


def explained(made: Made, parts: Parts) -> Made:
    """为什么: what the number means, where it comes from, and which rules allowed or limited it."""
    answer, lang = made.answer, made.answer.lang
    if answer.plan is None:
        return made
    meanings = [_meaning(one) for one in interpretation.definitions(answer.plan, parts.model, lang)]
    grounds = [f"{render(one.text, lang)}（{one.rule}，{one.clause}）" for one in answer.decision.reasons]
    return replace(made, answer=replace(answer, text="\n".join([*meanings, *grounds]), chart=None))


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
    return _blank(question, Status.OUT_OF_SCOPE, render(text, question.lang), decision=Decision(outcome=Outcome.ALLOW))


def not_understood(question: Question, linked: Linked, evidence: tuple[Evidence, ...], parts: Parts) -> Answer:
    """Neither the semantic model nor the language model could read it: say which words, and what comes near."""
    words = "、".join(f"“{word}”" for word in linked.unlinked[:4])
    without = parts.settings.llm == "none"
    text = Text(
        zh=(f"没有理解这些词：{words}。" if words else "没有完全理解这个问题。")
        + ("当前未启用语言模型，只能回答语义模型能表达的问题。" if without else "")
        + "请换一种说法，写明指标、范围和时间；相近的信息资源见依据。",
        en=(f"These words were not understood: {words}. " if words else "The question was not fully understood. ")
        + (
            "No language model is configured, so only questions of the semantic model can be answered. "
            if without
            else ""
        )
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
        en="The answer held an identifier that it should not hold. It was blocked and recorded as an incident; the "
        "data steward will review the classification.",
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
    if linked.plan is None:
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
    if plan is not None:
        for one in interpretation.definitions(plan, parts.model, "zh"):
            found.append(parts.retriever.articles(one.document, one.article, visible=visible))
    kept: dict[str, Evidence] = {item.id: item for item in found if item is not None}
    for item in clauses(decision, parts, visible):
        kept.setdefault(item.id, item)
    return tuple(kept.values())


def _labelled(table: ReleasedTable, reading: Reading, parts: Parts, question: Question) -> ReleasedTable:
    """Column heads, units and roles in the asker's words; the order that was asked for, among published figures."""
    plan = reading.plan
    if plan is None:
        return replace(table, columns=tuple(_described(column, reading, parts) for column in table.columns))
    heads = {column.name: column for column in output_columns(plan, parts.model, question.lang)}
    columns = tuple(heads.get(column.name, column) for column in table.columns)
    return _cut(replace(table, columns=columns), plan)


def _cut(table: ReleasedTable, plan: QueryPlan) -> ReleasedTable:
    """Bounds, order and top-N of the plan, among published figures."""
    places = {column.name: place for place, column in enumerate(table.columns)}
    for target, op, number in plan.having:
        if op in BOUNDS and target in places:
            table = bounded(table, places[target], op, number)
    if plan.order_by is None or plan.order_by[0] not in places:
        return table
    target, direction = plan.order_by
    return top(table, places[target], descending=direction == "desc", limit=plan.limit)


def _described(column: Column, reading: Reading, parts: Parts) -> Column:
    element = parts.catalog.element(column.element_id) if column.element_id else None
    label = reading.labels.get(column.name) or (element.name if element else column.label)
    return replace(column, label=label, unit=element.unit if element else column.unit)


def _meaning(one: interpretation.Definition) -> str:
    where = f"（《{one.document}》{one.article}）" if one.document else ""
    return f"{one.label}：{one.meaning}{where}"


def _shows_rows(governed: Governed) -> bool:
    return governed.query is not None and governed.query.facts.shape is Shape.ROWS


def _source_line(governed: Governed, parts: Parts, question: Question) -> str:
    """Who provides the data, and the day they end."""
    tables = governed.query.facts.tables if governed.query else ()
    providers = dict.fromkeys(parts.catalog.by_table[name].provider for name in tables if not name.startswith("dim_"))
    named = "、".join(providers) or "、".join(dict.fromkeys(parts.catalog.by_table[name].provider for name in tables))
    text = Text(zh=f"来源：{named}；数据截至{parts.as_of}", en=f"Source: {named}; data up to {parts.as_of}")
    return render(text, question.lang)
