"""What the compiler cannot express: drafts of the language model, through the same gate, chosen by executed results.

The model proposes; validation, the decision point and the rewriter judge each draft like anybody's SQL. Findings go
back to the model at most twice. Where every valid draft is refused by a policy, that refusal is the answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from assistant.domain import AuthorizedQuery, Evidence, Finding, ModelUse, Question, ResultTable, SqlDraft
from assistant.errors import WarehouseError
from assistant.governing import Governed, govern
from assistant.nl2sql import restating
from assistant.nl2sql.choosing import Candidate, choose
from assistant.nl2sql.drafting import FORMULATIONS, Formulation, draft
from assistant.nl2sql.schema_context import SchemaContext, ValueHit, build_context
from assistant.nl2sql.value_binding import ValueLookup
from assistant.nl2sql.values import IndexedValue
from assistant.parts import Parts
from assistant.ports import ChatModel, ModelReply
from assistant.replying import Reading
from assistant.stages import Stage, Stopwatch


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    draft: SqlDraft
    governed: Governed
    use: ModelUse
    reading: Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tried:
    draft: SqlDraft
    governed: Governed
    result: ResultTable | None


class MeteredChat:
    """A ChatModel that counts what one question costs."""

    def __init__(self, chat: ChatModel) -> None:
        self._chat = chat
        self.use = ModelUse(id=chat.model_id)

    @property
    def model_id(self) -> str:
        return self._chat.model_id

    @property
    def takes_grammar(self) -> bool:
        return self._chat.takes_grammar

    def reply(
        self,
        system: str,
        user: str,
        *,
        schema: Mapping[str, Any] | None = None,
        grammar: str | None = None,
        max_tokens: int = 512,
    ) -> ModelReply:
        reply = self._chat.reply(system, user, schema=schema, grammar=grammar, max_tokens=max_tokens)
        self.use = replace(
            self.use,
            calls=self.use.calls + 1,
            prompt_tokens=self.use.prompt_tokens + reply.prompt_tokens,
            completion_tokens=self.use.completion_tokens + reply.completion_tokens,
        )
        return reply


def draft_with_model(
    asked: Question, evidence: Sequence[Evidence], tables: frozenset[str], parts: Parts, watch: Stopwatch
) -> Drafted | None:
    """The chosen draft with its verdict; None without a model, without linked tables, or where nothing valid came."""
    chat = parts.chat()
    context = context_of(asked, evidence, tables, parts)
    if chat is None or not context.tables:
        return None
    metered = MeteredChat(chat)
    lookup = lookup_in(tables, parts)
    tried = [one for kind in FORMULATIONS if (one := _try(asked, context, lookup, metered, kind, parts, watch))]
    chosen = choose([Candidate(draft=one.draft, rows=one.result.rows if one.result else None) for one in tried])
    refused = next((one for one in tried if one.governed.query is not None), None)
    kept = next((one for one in tried if chosen and one.draft.text == chosen.draft.text), refused)
    if kept is None:
        return None
    final = chosen.draft if chosen else kept.draft
    return Drafted(draft=final, governed=kept.governed, use=metered.use, reading=_reading(final, context, asked, parts))


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
            return _Tried(draft=drafted, governed=governed, result=_result(governed.authorized, parts, watch))
        previous = (*previous, (drafted, governed.findings))


def _result(query: AuthorizedQuery | None, parts: Parts, watch: Stopwatch) -> ResultTable | None:
    """What the draft returns, for comparison only: it is shown to nobody and released by nobody."""
    if query is None:
        return None
    try:
        return watch(Stage.RUN, lambda: parts.warehouse.run(query))
    except WarehouseError:
        return None
