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
from assistant.nl2sql.choosing import Candidate, choose
from assistant.nl2sql.drafting import FORMULATIONS, Formulation, draft
from assistant.nl2sql.schema_context import SchemaContext, ValueHit, build_context
from assistant.parts import Parts
from assistant.ports import ChatModel, ModelReply
from assistant.stages import Stage, Stopwatch


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    draft: SqlDraft
    governed: Governed
    use: ModelUse


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
    tried = [one for kind in FORMULATIONS if (one := _try(asked, context, metered, kind, parts, watch))]
    chosen = choose([Candidate(draft=one.draft, rows=one.result.rows if one.result else None) for one in tried])
    if chosen is not None:
        for one in tried:
            if one.draft.text == chosen.draft.text:
                return Drafted(draft=chosen.draft, governed=one.governed, use=metered.use)
    refused = next((one for one in tried if one.governed.query is not None), None)
    return Drafted(draft=refused.draft, governed=refused.governed, use=metered.use) if refused else None


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
        today=parts.as_of.isoformat(),
    )


def _named_values(text: str, tables: frozenset[str], parts: Parts) -> list[ValueHit]:
    hits = []
    for value in parts.values.restricted(tables).values:
        dimension = parts.model.dimension_by_id[value.dimension]
        table, _, column = dimension.filter_column.rpartition(".")
        for word in (value.label, value.label_en, *value.aliases):
            if len(word) > 1 and word in text and table in tables:
                hits.append(ValueHit(span=word, table=table, column=column, value=str(value.code)))
                break
    return hits


def _try(
    asked: Question, context: SchemaContext, chat: MeteredChat, kind: Formulation, parts: Parts, watch: Stopwatch
) -> _Tried | None:
    """One formulation with its repairs: until it is valid, refused by a policy, or out of attempts."""
    previous: tuple[tuple[SqlDraft, tuple[Finding, ...]], ...] = ()
    while True:
        drafted = watch(
            Stage.DRAFT,
            lambda previous=previous: draft(  # type: ignore[misc]
                asked.text, context, chat, previous=previous, dialect=parts.warehouse.dialect, formulation=kind
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
