"""From a released table to an answer: labels, words, chart, sources, level, and what could be asked next."""

from __future__ import annotations

from dataclasses import replace

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
    Release,
    ReleasedTable,
    SqlDraft,
    Status,
    Text,
    VisibilityFilter,
)
from assistant.governing import Governed, merged
from assistant.language import render, to_traditional
from assistant.nl2sql.drafts.choosing import hollow
from assistant.nl2sql.plans import interpretation
from assistant.nl2sql.plans.confidence import shifted
from assistant.nl2sql.plans.outputs import count_column, output_columns
from assistant.nl2sql.plans.unpublished import left_out
from assistant.output_scan import incident_of
from assistant.parts import Parts
from assistant.policies import labels
from assistant.policies.ranking import BOUNDS, bounded, top
from assistant.replying import Made, Reading, blank, clauses, incident


def answered(
    question: Question,
    reading: Reading,
    draft: SqlDraft,
    governed: Governed,
    released: Release,
    parts: Parts,
    visible: VisibilityFilter,
) -> Answer:
    """The released table in words, with its chart, sources, level and what could be asked next."""
    plan, lang, understood = reading.plan, question.lang, reading.interpretation
    table = _labelled(released.table, reading, parts, question)
    facts = governed.query.facts if governed.query else None
    decision = merged(governed.decision, released.decision)
    text = narration.narrate(table, lang=lang, interpretation=understood, period=plan.period if plan else None)
    unpublished = left_out(plan, parts.model, parts.as_of) if plan else None
    text += f"\n{unpublished.en if lang == 'en' else unpublished.zh}" if unpublished else ""
    blocked = incident_of(text, table, governed, parts)
    if blocked is not None:
        return incident(question, decision, parts, blocked)
    suppressed = released.decision.outcome is Outcome.SUPPRESS
    status = Status.PARTLY_SUPPRESSED if suppressed else Status.ANSWERED
    return blank(
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
        confidence=_sureness(reading, draft, table),
        next=suggesting.suggest(plan, question, parts) if plan else (),
        policy_version=parts.policies.version,
        catalog_version=parts.catalog.version,
    )


def _sureness(reading: Reading, draft: SqlDraft, table: ReleasedTable) -> float:
    """The confidence of the reading and the draft; of a compiled plan lower where the result is empty."""
    sure = min(reading.confidence, draft.confidence)
    if reading.plan is None or table.suppressions:
        return sure
    return round(shifted("compiled", sure, {"hollow": float(hollow(table.rows))}), 3)


def explained(made: Made, parts: Parts) -> Made:
    """为什么: what the number means, where it comes from, and which rules allowed or limited it."""
    answer, lang = made.answer, made.answer.lang
    if answer.plan is None:
        return made
    meanings = [_meaning(one) for one in interpretation.definitions(answer.plan, parts.model, lang)]
    grounds = [f"{render(one.text, lang)}（{one.rule}，{one.clause}）" for one in answer.decision.reasons]
    return replace(made, answer=replace(answer, text="\n".join([*meanings, *grounds]), chart=None))


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
    cut = _cut(replace(table, columns=columns), plan)
    if not plan.counted or table.suppressions or table.truncated:
        return cut  # with a figure withheld the number of groups is not known: the published ones are listed
    head = count_column(plan, parts.model, question.lang, published_only=table.rows_withheld)
    return replace(cut, columns=(head,), rows=((len(cut.rows),),))


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


def _source_line(governed: Governed, parts: Parts, question: Question) -> str:
    """Who provides the data, and the day they end."""
    tables = governed.query.facts.tables if governed.query else ()
    providers = dict.fromkeys(parts.catalog.by_table[name].provider for name in tables if not name.startswith("dim_"))
    named = "、".join(providers) or "、".join(dict.fromkeys(parts.catalog.by_table[name].provider for name in tables))
    text = Text(zh=f"来源：{named}；数据截至{parts.as_of}", en=f"Source: {named}; data up to {parts.as_of}")
    return render(text, question.lang)
