"""What the compiler cannot express: drafts through the same gate, chosen by executed results.

The first draft is read off the schema without a model (sketching.py); the language model adds its own, and what they
agree on is believed most. The model proposes; validation, the decision point and the rewriter judge each draft like
anybody's SQL. Findings go back to the model at most twice. Where every valid draft is refused by a policy, that refusal
is the answer. Where figures are declared, a draft is only an answer when two independent readings agree and nothing of
the question is left out (nl2sql/drafts/accounting.py): officials sign for such numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from assistant.domain import AuthorizedQuery, Evidence, Finding, ModelUse, Question, ResultTable, SqlDraft, Text
from assistant.errors import ModelUnavailable, WarehouseError
from assistant.governing import Governed, govern
from assistant.metered_chat import MeteredChat
from assistant.nl2sql.drafts import restating
from assistant.nl2sql.drafts.accounting import unaccounted
from assistant.nl2sql.drafts.binding import bind
from assistant.nl2sql.drafts.choosing import PLANNED, Candidate, choose, decided
from assistant.nl2sql.drafts.drafting import Formulation, draft, formulations
from assistant.nl2sql.drafts.schema_context import SchemaContext, ValueHit, build_context
from assistant.nl2sql.drafts.sketch import Sketch
from assistant.nl2sql.drafts.sketch_sql import compile_sketch
from assistant.nl2sql.drafts.sketching import sketch, unexplained
from assistant.nl2sql.drafts.stored_words import StoredWords, stored_words, with_hits, with_numerals
from assistant.nl2sql.drafts.translating import foreign_names, translated
from assistant.nl2sql.drafts.value_binding import ValueLookup
from assistant.nl2sql.plans.confidence import threshold
from assistant.nl2sql.plans.question_reading import read_question
from assistant.nl2sql.plans.values import IndexedValue
from assistant.parts import Parts
from assistant.replying import Reading
from assistant.stages import Stage, Stopwatch

_PARTLY = 0.5  # the most that a reading explains which leaves out a word that says what is asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    draft: SqlDraft
    governed: Governed
    use: ModelUse
    reading: Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Undrafted:
    """No draft that may be answered from: none came, or it fell short of the bar."""

    use: ModelUse
    unaccounted: tuple[str, ...] = ()  # words of the question that the draft left out
    unavailable: Text | None = None  # why the model did not reply, and what to do


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tried:
    draft: SqlDraft
    governed: Governed
    result: ResultTable | None
    kind: str  # PLANNED or a formulation
    coverage: float = 0.0  # 0-1: of the question, where the draft knows it
    strength: float = 0.0  # 0-1: its weakest link
    left: tuple[str, ...] = ()  # words that say what is asked for, left out


def draft_with_model(
    asked: Question, evidence: Sequence[Evidence], tables: frozenset[str], parts: Parts, watch: Stopwatch
) -> Drafted | Undrafted:
    """The chosen draft with its verdict; Undrafted without linked tables, where nothing valid came, or below the bar.

    Without a language model an estate of declared figures answers nothing here: a reading of its bare tables that
    nobody confirms is no figure. A model that stops replying ends the drafting; what was drafted before stands.
    Raises ModelUnavailable where the configured model is missing.
    """
    context = context_of(asked, evidence, tables, parts)
    chat = parts.chat()
    if not context.tables or (chat is None and parts.model.metrics):
        return Undrafted(use=ModelUse(id=""))
    metered = MeteredChat(chat) if chat is not None else None
    words = words_in(tables, parts)
    tried: list[_Tried] = []
    unavailable: Text | None = None
    try:
        names = foreign_names(asked.text, words) if metered is not None else ()
        if metered is not None and names:
            hits = watch(Stage.DRAFT, lambda: translated(names, words, metered))
            words, context = with_hits(words, hits), replace(context, values=(*context.values, *hits))
        for one in _drafts(asked, context, words, tables, metered, parts, watch):
            tried.append(one)
            waiting = formulations(metered.takes_grammar)[_drafted(tried) :] if metered is not None else ()
            if decided([_candidate(one) for one in tried], waiting):
                break
    except ModelUnavailable as error:
        unavailable = error.text
    use = metered.use if metered is not None else ModelUse(id="")
    drafted = _chosen(tried, use, context, asked, parts)
    if drafted is None:
        read = unexplained(asked.text, context, words.by_words, chinese=asked.lang != "en")
        return Undrafted(use=use, unaccounted=read if chat is None else (), unavailable=unavailable)
    left = next((one.left for one in tried if one.left), ())
    if chat is None and left:  # a reading of the rest would answer another question
        return Undrafted(use=use, unaccounted=left)
    return _above_the_bar(drafted, context, asked, tables, parts, unavailable)


def _drafts(
    asked: Question,
    context: SchemaContext,
    words: StoredWords,
    tables: frozenset[str],
    metered: MeteredChat | None,
    parts: Parts,
    watch: Stopwatch,
) -> Iterator[_Tried]:
    """The draft that is read off the schema, then those of the model, each made when it is asked for."""
    planned = _planned(asked, with_numerals(context, words), words, parts, watch)
    if planned is not None:
        yield planned
    if metered is None:
        return
    for kind in formulations(metered.takes_grammar):
        drafted = _try(asked, context, lookup_in(tables, parts), metered, kind, parts, watch)
        if drafted is not None:
            yield drafted


def _above_the_bar(
    drafted: Drafted,
    context: SchemaContext,
    asked: Question,
    tables: frozenset[str],
    parts: Parts,
    unavailable: Text | None,
) -> Drafted | Undrafted:
    """The draft, where it may stand beside declared figures; a refusal too, or its clause is for what nobody asked."""
    if not parts.model.metrics:
        return drafted
    read = read_question(asked.text, parts.model, parts.values.restricted(tables), parts.as_of)
    left = unaccounted(read, drafted.draft.text, context, parts.model, dialect=parts.warehouse.dialect)
    if not left and (drafted.governed.authorized is None or drafted.draft.confidence >= threshold("model")):
        return drafted
    return Undrafted(use=drafted.use, unaccounted=left, unavailable=unavailable)


def _drafted(tried: Sequence[_Tried]) -> int:
    return sum(one.kind != PLANNED for one in tried)


def _candidate(one: _Tried) -> Candidate:
    rows = one.result.rows if one.result else None
    return Candidate(draft=one.draft, rows=rows, kind=one.kind, coverage=one.coverage, strength=one.strength)


def _chosen(
    tried: Sequence[_Tried], use: ModelUse, context: SchemaContext, asked: Question, parts: Parts
) -> Drafted | None:
    chosen = choose([_candidate(one) for one in tried])
    refused = next((one for one in tried if one.governed.query is not None and one.governed.authorized is None), None)
    kept = next((one for one in tried if chosen and one.draft.text == chosen.draft.text), refused)
    if kept is None:
        return None
    final = chosen.draft if chosen else kept.draft
    return Drafted(draft=final, governed=kept.governed, use=use, reading=_reading(final, context, asked, parts))


def _planned(
    asked: Question, context: SchemaContext, words: StoredWords, parts: Parts, watch: Stopwatch
) -> _Tried | None:
    """The draft that is read off the schema, without a model."""
    dialect = parts.warehouse.dialect

    def drafted() -> tuple[Sketch, str] | None:
        read = sketch(asked.text, context, words.by_words, chinese=asked.lang != "en")
        text = compile_sketch(read, context, dialect=dialect) if read is not None else None
        bound = bind(text, context, dialect=dialect) if text else None
        return (read, bound) if read is not None and bound else None

    made = watch(Stage.DRAFT, drafted)
    if made is None:
        return None
    draft_ = SqlDraft(text=made[1], drafter=PLANNED, attempt=1, confidence=0.5)
    governed = govern(draft_, asked.user, asked.purpose, parts, watch)
    if governed.findings:
        return None
    result = _result(governed.authorized, parts, watch)
    read = made[0]
    return _Tried(
        draft=draft_,
        governed=governed,
        result=result,
        kind=PLANNED,
        coverage=min(read.coverage, _PARTLY) if read.left else read.coverage,
        strength=read.strength,
        left=read.left,
    )


def words_in(tables: frozenset[str], parts: Parts) -> StoredWords:
    """Every word of the stored values that the user may see."""
    return stored_words(
        ValueHit(span=word, table=table, column=column, value=str(value.code))
        for value in parts.values.restricted(tables).values
        for table, _, column in [parts.model.dimension_by_id[value.dimension].filter_column.rpartition(".")]
        for word in (value.label, value.label_en, *value.aliases)
        if word and table in tables
    )


def _reading(drafted: SqlDraft, context: SchemaContext, asked: Question, parts: Parts) -> Reading:
    """The SQL said in words: the only thing that lets a person see what a model understood."""
    dialect = parts.warehouse.dialect
    return Reading(
        interpretation=restating.restate(drafted.text, context, dialect=dialect, lang=asked.lang),
        labels=restating.output_labels(drafted.text, context, dialect=dialect, lang=asked.lang),
        confidence=drafted.confidence,
    )


def context_of(asked: Question, evidence: Sequence[Evidence], tables: frozenset[str], parts: Parts) -> SchemaContext:
    """What the drafter may know: the visible tables that the question is about, and the values that it names."""
    joins = [(join.left, join.right) for join in parts.model.joins]
    return build_context(
        asked.text,
        keys={entity.table: entity.key for entity in parts.model.entities},
        resources=[parts.catalog.by_table[name] for name in sorted(tables)],
        evidence=evidence,
        joins=joins,
        values=_named_values(asked.text, tables, parts),
        english=asked.lang == "en",
        today=parts.workspace.as_of.isoformat() if parts.workspace.as_of else "",
    )


def _named_values(text: str, tables: frozenset[str], parts: Parts) -> list[ValueHit]:
    """Values that the question names, each by its first word that occurs."""
    found = (_hit(value, text, tables, parts) for value in parts.values.restricted(tables).values)
    return [hit for hit in found if hit is not None]


def _hit(value: IndexedValue, text: str, tables: frozenset[str], parts: Parts) -> ValueHit | None:
    table, _, column = parts.model.dimension_by_id[value.dimension].filter_column.rpartition(".")
    words = (word for word in (value.label, value.label_en, *value.aliases) if len(word) > 1 and word in text)
    word = next(words, None) if table in tables else None
    return ValueHit(span=word, table=table, column=column, value=str(value.code)) if word else None


def lookup_in(tables: frozenset[str], parts: Parts) -> ValueLookup:
    """Where a literal that the model wrote is stored, among the values that the user may see."""

    def lookup(literal: str) -> list[ValueHit]:
        hits = _named_values(literal, tables, parts)
        return [hit for hit in hits if hit.span == literal]

    return lookup


def _try(
    asked: Question,
    context: SchemaContext,
    lookup: ValueLookup,
    chat: MeteredChat,
    kind: Formulation,
    parts: Parts,
    watch: Stopwatch,
) -> _Tried | None:
    """One formulation with its repairs: until it is valid, refused by a policy, or out of attempts."""
    previous: tuple[tuple[SqlDraft, tuple[Finding, ...]], ...] = ()
    while True:
        drafted = watch(
            Stage.DRAFT,
            lambda previous=previous: draft(  # type: ignore[misc]
                asked.text,
                context,
                chat,
                previous=previous,
                dialect=parts.warehouse.dialect,
                formulation=kind,
                lookup=lookup,
            ),
        )
        if drafted is None:
            return None
        governed = govern(drafted, asked.user, asked.purpose, parts, watch)
        if not governed.findings:
            result = _result(governed.authorized, parts, watch)
            return _Tried(draft=drafted, governed=governed, result=result, kind=kind)
        previous = (*previous, (drafted, governed.findings))


def _result(query: AuthorizedQuery | None, parts: Parts, watch: Stopwatch) -> ResultTable | None:
    """What the draft returns, for comparison only: it is shown to nobody and released by nobody."""
    if query is None:
        return None
    try:
        return watch(Stage.RUN, lambda: parts.warehouse.run(query))
    except WarehouseError:
        return None
