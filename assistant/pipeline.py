"""A question becomes an answer: one straight line, one gate, one record.

    admit -> understand -> draft -> validate -> authorize -> rewrite -> run -> release -> narrate -> record

Where the words link to the semantic model, the plan is compiled without a model; where they ask about policy, the
answer is made of quotes; else the language model drafts SQL, which takes the same gate. The model decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant import answering, replying
from assistant.approvals import offer_for
from assistant.asking_back import Settled, not_explained, settle
from assistant.conversation import Completed, Turn, complete
from assistant.domain import Answer, Evidence, Outcome, QueryPlan, Question, SqlDraft, Status, VisibilityFilter
from assistant.errors import AssistantError, AuditUnavailable
from assistant.governing import Governed, govern, run_and_release
from assistant.model_path import Undrafted, draft_with_model
from assistant.nl2sql.plans.compiling import NotExpressible, compile_plan, compile_rows
from assistant.nl2sql.plans.linking import Linked
from assistant.parts import Parts
from assistant.policies import access
from assistant.policies.mentions import may_be_name
from assistant.policies.ranking import BOUNDS
from assistant.recording import record
from assistant.replying import Made, Reading
from assistant.retrieval.policy_questions import asks_for_definition, may_ask_about_policy, names_a_rule, wants_data
from assistant.retrieval.quoting import (
    SUPPORT_BY_MEANING,
    SUPPORT_DESPITE_DATA,
    SUPPORT_UNASKED,
    answer_policy_question,
    asks_about_policy,
)
from assistant.retrieval.retriever import EVIDENCE_KINDS
from assistant.stages import Observer, Stage, Stopwatch, ignore


def answer(question: Question, parts: Parts, *, history: Sequence[Turn] = (), observe: Observer = ignore) -> Answer:
    """One answer for one question, recorded. Never raises AssistantError: a failure is a FAILED answer."""
    watch = Stopwatch(observe)
    try:
        made = _answer(question, parts, tuple(history), watch)
    except AssistantError as error:
        made = Made(answer=replying.failed(question, error))
    timed = replace(made.answer, timings_ms=watch.timings_ms)
    try:
        return watch(Stage.RECORD, lambda: record(question, replace(made, answer=timed), parts))
    except AuditUnavailable as error:
        return replying.failed(question, error)


def _answer(question: Question, parts: Parts, history: tuple[Turn, ...], watch: Stopwatch) -> Made:
    """The straight line; every early return is a typed status."""
    user, purpose = question.user, question.purpose
    admitted = watch(Stage.ADMIT, lambda: access.admit(user, purpose, question.text, parts.policies))
    if admitted.outcome is Outcome.REFUSE:
        return Made(answer=replying.refused(question, admitted, parts))
    visible = access.visible(user, purpose, parts.policies)
    tables = access.visible_tables(user, purpose, parts.policies, parts.catalog, parts.clock())
    completed = watch(Stage.UNDERSTAND, lambda: _understand(question, parts, history, tables))
    asked, linked = replace(question, text=completed.text), completed.linked

    quoted = _quoted_rule(asked, linked, parts, visible, watch)
    if quoted is None and linked.outcome in ("clarify", "no_data") and asks_about_policy(asked.text):
        # What was not understood of the data may be a rule's words: then the documents must hold it firmly.
        quoted = None if wants_data(asked.text) else _in_quotes(asked, parts, visible, watch, SUPPORT_DESPITE_DATA)
    if quoted is not None:
        return quoted
    match linked.outcome:
        case "clarify":
            return Made(answer=replying.clarify(asked, linked))
        case "no_data":
            return Made(answer=replying.no_data(asked, linked, parts))
        case "plan" | "rows":
            try:
                draft = watch(Stage.DRAFT, lambda: _compile(linked, parts))
            except NotExpressible as problem:
                return Made(answer=replying.ended(asked, Status.OUT_OF_SCOPE, problem.text))
        case _:
            return _without_plan(asked, linked, parts, visible, tables, watch)
    governed = govern(draft, user, purpose, parts, watch)
    if linked.rows is not None and linked.unlinked and governed.authorized is not None:
        ruled = names_a_rule(asked.text) and not wants_data(asked.text)
        quoted = _in_quotes(asked, parts, visible, watch, SUPPORT_UNASKED) if ruled else None
        # Fewer rows were asked for; where a rule is, that holds the words which the data do not, it is quoted.
        return quoted or Made(answer=replying.not_understood(asked, linked, (), parts))
    reading = replying.reading_of(linked, parts, asked)
    made = _finish(asked, reading, draft, governed, parts, visible, watch)
    return answering.explained(made, parts) if completed.asks_why else made


def _understand(question: Question, parts: Parts, history: tuple[Turn, ...], tables: frozenset[str]) -> Completed:
    """The complete question (a follow-up joined with what went before) and its reading."""
    return complete(
        question.text,
        history,
        model=parts.model,
        values=parts.values.restricted(tables),
        as_of=parts.as_of,
        lang=question.lang,
        near=parts.near,
    )


def _compile(linked: Linked, parts: Parts) -> SqlDraft:
    if linked.rows is not None:
        return compile_rows(linked.rows, parts.model, dialect=parts.warehouse.dialect)
    assert linked.plan is not None
    # Bounds and top-N are applied to what was released (policies/ranking.py): the query itself returns every group.
    in_query = tuple(one for one in linked.plan.having if one[1] not in BOUNDS)
    plan = replace(linked.plan, limit=None, having=in_query)
    return compile_plan(plan, parts.model, dialect=parts.warehouse.dialect)


def _quoted_rule(
    asked: Question, linked: Linked, parts: Parts, visible: VisibilityFilter, watch: Stopwatch
) -> Made | None:
    """A rule about a kind of data item (its level, how it is masked) that names no person, place or time is quoted.

    So is the definition of a figure, where it is asked how the figure is worked out.
    """
    rows, plan = linked.rows, linked.plan
    plain = plan is not None and replace(plan, links=()) == QueryPlan(metrics=plan.metrics)
    if plain and asks_for_definition(asked.text):
        return _in_quotes(asked, parts, visible, watch)
    if rows is None or rows.filters or rows.period or rows.where:
        return None
    if not (asks_about_policy if rows.names_fields else names_a_rule)(asked.text):
        return None
    # A word that the catalog does not know may be whom the question is about: then it is a request for that person.
    if wants_data(asked.text) or any(may_be_name(word) for _, word in rows.literals):
        return None
    return _in_quotes(asked, parts, visible, watch)


def _in_quotes(
    asked: Question,
    parts: Parts,
    visible: VisibilityFilter,
    watch: Stopwatch,
    least: float = SUPPORT_BY_MEANING,
) -> Made | None:
    """The quotes that answer, or nothing."""
    evidence = watch(Stage.RETRIEVE, lambda: parts.retriever.search(asked.text, visible, kinds=("policy",)))
    found = answer_policy_question(asked.text, evidence, asked.lang, rarity=parts.retriever.rarity, least=least)
    return Made(answer=replying.quoted(asked, found, parts)) if found.is_supported else None


def _without_plan(
    asked: Question,
    linked: Linked,
    parts: Parts,
    visible: VisibilityFilter,
    tables: frozenset[str],
    watch: Stopwatch,
) -> Made:
    """No reading in the semantic model: policy quotes, else the model path, else an honest 'out of scope'."""
    rules = asks_about_policy(asked.text)
    kinds = ("policy",) if rules else EVIDENCE_KINDS
    evidence = watch(Stage.RETRIEVE, lambda: parts.retriever.search(asked.text, visible, kinds=kinds))
    if rules and not evidence:  # a workspace without documents: the words are about its data
        rules = False
        evidence = watch(Stage.RETRIEVE, lambda: parts.retriever.search(asked.text, visible, kinds=EVIDENCE_KINDS))
    if rules:
        quoted = answer_policy_question(asked.text, evidence, asked.lang, rarity=parts.retriever.rarity)
        if quoted.is_supported or quoted.nearest or linked.outcome != "out_of_scope":
            return Made(answer=replying.quoted(asked, quoted, parts))
    elif linked.plan or linked.persons or linked.clarification:
        pass  # a figure was named: an article that mentions it is no answer to how much it was
    elif may_ask_about_policy(asked.text):
        found = _in_quotes(asked, parts, visible, watch, SUPPORT_UNASKED)
        if found is not None:  # no form of a question about rules, but a rule that answers it
            return found
    if linked.outcome == "out_of_scope":
        return Made(answer=replying.out_of_scope(asked, parts))
    refused = _persons_refused(asked, linked, parts, visible, watch)
    if refused is not None:
        return refused
    if not parts.model.metrics:  # nothing to link to: is it a question for this database, and is it one question?
        settled = watch(Stage.UNDERSTAND, lambda: settle(asked, tables, parts))
        made = _ended(settled, asked, parts, visible, watch)
        if made is not None:
            return made
        asked = replace(asked, text=settled.text)
    if linked.clarification is not None:  # a declared figure is near in meaning: to ask is surer than to draft
        return Made(answer=replying.clarify(asked, linked))
    drafted = draft_with_model(asked, evidence, tables, parts, watch)
    if isinstance(drafted, Undrafted):
        return Made(answer=replace(_undrafted(drafted, asked, linked, evidence, tables, parts), model=drafted.use))
    made = _finish(asked, drafted.reading, drafted.draft, drafted.governed, parts, visible, watch)
    return replace(made, answer=replace(made.answer, model=drafted.use))


def _persons_refused(
    asked: Question, linked: Linked, parts: Parts, visible: VisibilityFilter, watch: Stopwatch
) -> Made | None:
    """Persons under a condition that nobody understood: whoever may not see the persons is told so with the clause."""
    if linked.persons is None:
        return None
    draft = compile_rows(linked.persons, parts.model, dialect=parts.warehouse.dialect)
    governed = govern(draft, asked.user, asked.purpose, parts, watch)
    if governed.findings or governed.authorized is not None:
        return None
    return _finish(asked, replying.reading_of(linked, parts, asked), draft, governed, parts, visible, watch)


def _undrafted(
    drafted: Undrafted,
    asked: Question,
    linked: Linked,
    evidence: tuple[Evidence, ...],
    tables: frozenset[str],
    parts: Parts,
) -> Answer:
    """Nothing to answer from: which words were left out, or why the model did not reply."""
    if not parts.model.metrics and drafted.unaccounted:
        return replying.ended(asked, Status.OUT_OF_SCOPE, not_explained(drafted.unaccounted, asked, tables, parts))
    if not parts.model.metrics:
        return replying.not_drafted(asked, parts, drafted.unavailable)
    left = replace(linked, unlinked=linked.unlinked or drafted.unaccounted)
    return replying.not_understood(asked, left, evidence, parts, drafted.unavailable)


def _ended(settled: Settled, asked: Question, parts: Parts, visible: VisibilityFilter, watch: Stopwatch) -> Made | None:
    """What needs no model: a question back, a typed outcome, or the SQL of the reading that was chosen."""
    if settled.clarification is not None:
        return Made(answer=replying.asked_back(asked, settled.clarification))
    if settled.message is not None:
        return Made(answer=replying.ended(asked, Status(settled.ended), settled.message))
    if settled.draft is None or settled.reading is None:
        return None
    governed = govern(settled.draft, asked.user, asked.purpose, parts, watch)
    if governed.findings:  # the gate does not know such SQL: let it be drafted in other words
        return None
    return _finish(asked, settled.reading, settled.draft, governed, parts, visible, watch)


def _finish(
    asked: Question,
    reading: Reading,
    draft: SqlDraft,
    governed: Governed,
    parts: Parts,
    visible: VisibilityFilter,
    watch: Stopwatch,
) -> Made:
    """From the gate's verdict to the words: refused with its clause, or run, released and narrated."""
    if governed.authorized is None:
        answer_ = replying.refused(asked, governed.decision, parts, plan=reading.plan, draft=draft, visible=visible)
        request = offer_for(governed, asked.user, asked.purpose, parts)
        return Made(answer=replace(answer_, request=request), governed=governed, draft=draft)
    released = run_and_release(governed, asked.user, asked.purpose, parts, watch)
    answer_ = watch(
        Stage.NARRATE,
        lambda: answering.answered(asked, reading, draft, governed, released, parts, visible),
    )
    return Made(answer=answer_, governed=governed, draft=draft)
