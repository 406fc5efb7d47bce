"""One function per way a question can end: each makes the Answer of its status; none is dressed as another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from assistant.domain import (
    Answer,
    Clarification,
    Decision,
    Evidence,
    Outcome,
    QueryPlan,
    Question,
    SqlDraft,
    Status,
    Text,
    VisibilityFilter,
)
from assistant.errors import AssistantError
from assistant.governing import Governed
from assistant.language import render
from assistant.nl2sql.plans import interpretation
from assistant.nl2sql.plans.linking import Linked
from assistant.parts import Parts
from assistant.retrieval.quoting import PolicyAnswer

INCIDENT = "R-G7-001"  # an identifier
MARKED = "R-G7-002"  # a secrecy mark
_IDENTIFIER_DIGITS = 7  # a word with as many digits may be somebody's number and is not repeated
_FAILED = Text(zh="系统未能完成这个问题。", en="The system could not complete this question. ")


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


def blank(question: Question, status: Status, text: str, **more: object) -> Answer:
    return Answer(
        question_id=question.question_id,
        conversation_id=question.conversation_id,
        question=question.text,
        lang=question.lang,
        status=status,
        text=text,
        **more,  # type: ignore[arg-type]
    )


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
    return blank(
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
    return asked_back(question, asked, linked.confidence)


def asked_back(question: Question, asked: Clarification, confidence: float = 0.0) -> Answer:
    """The readings to choose from."""
    return blank(
        question,
        Status.CLARIFY,
        render(asked.prompt, question.lang),
        options=asked.options,
        confidence=confidence,
        decision=Decision(outcome=Outcome.ALLOW),
    )


def ended(question: Question, status: Status, message: Text, confidence: float = 0.0) -> Answer:
    """Nothing to draft: what is asked is not kept here, or is no question to data. Says what can be asked instead."""
    return blank(
        question,
        status,
        render(message, question.lang),
        decision=Decision(outcome=Outcome.ALLOW),
        confidence=confidence,
    )


def not_drafted(question: Question, parts: Parts, unavailable: Text | None = None) -> Answer:
    """A database without a semantic model, and no valid statement for a question that it should be able to answer.

    `unavailable`: why the model did not reply, and what to do; said instead of the general advice.
    """
    if unavailable is not None:
        return ended(question, Status.FAILED, unavailable)
    without = parts.settings.llm == "none"
    text = Text(
        zh="当前未启用语言模型，而此工作区没有语义模型，无法生成查询。请联系平台管理员启用，或由数据管理员登记指标。"
        if without
        else "未能为这个问题生成有效的查询。请换一种说法，写明要查的信息项和条件。",
        en="No language model is configured and this workspace has no semantic model, so no query can be written. "
        "Ask the platform administrator to enable one, or the data steward to register the figure."
        if without
        else "No valid query could be written for this question. Say it differently: name the items and "
        "the conditions.",
    )
    return ended(question, Status.FAILED, text)


def no_data(question: Question, linked: Linked, parts: Parts) -> Answer:
    text = render(linked.message, question.lang) if linked.message else ""
    understood = _understood(linked, parts, question)
    return blank(
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
    return blank(question, Status.OUT_OF_SCOPE, render(text, question.lang), decision=Decision(outcome=Outcome.ALLOW))


def not_understood(
    question: Question,
    linked: Linked,
    evidence: tuple[Evidence, ...],
    parts: Parts,
    unavailable: Text | None = None,
) -> Answer:
    """Neither the semantic model nor the language model could read it: say which words, and what comes near.

    `unavailable`: why the model did not reply, and what to do; said first.
    """
    named = [word for word in linked.unlinked if sum(c.isdigit() for c in word) < _IDENTIFIER_DIGITS]
    words = "、".join(f"“{word}”" for word in named[:4])
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
    return blank(
        question,
        Status.OUT_OF_SCOPE,
        "\n".join(render(one, question.lang) for one in (unavailable, text) if one is not None),
        evidence=tuple(item for item in evidence if item.kind != "policy")[:3],
        decision=Decision(outcome=Outcome.ALLOW),
        confidence=0.0,
    )


def quoted(question: Question, found: PolicyAnswer, parts: Parts) -> Answer:
    """An answer made of quotes, or the plain statement that no basis was found, with the nearest articles."""
    cited = tuple(sentence.evidence for sentence in found.sentences) or found.nearest
    return blank(
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
    return blank(
        question,
        Status.FAILED,
        f"{render(_FAILED, question.lang)}{render(error.text, question.lang)}",
        decision=Decision(outcome=Outcome.REFUSE),
    )


def incident_decision(decision: Decision, parts: Parts, rule: str = INCIDENT) -> Decision:
    """G7: what should not be in an answer. The rule of the incident is in the record for the steward."""
    reason = parts.policies.reason(rule)
    stopped = replace(decision, outcome=Outcome.REFUSE, gate="G7", reasons=(reason,), obligations=())
    return replace(stopped, offer=parts.policies.offer(rule))


def incident(question: Question, decision: Decision, parts: Parts, rule: str = INCIDENT) -> Answer:
    """Nothing of the answer is shown."""
    stopped = incident_decision(decision, parts, rule)
    return blank(
        question,
        Status.REFUSED,
        render(stopped.reasons[0].text, question.lang),
        decision=stopped,
        policy_version=parts.policies.version,
        catalog_version=parts.catalog.version,
    )


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
