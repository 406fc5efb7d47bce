"""A question the compiler cannot express -> SqlDraft, through the language model.

Every formulation is held to the names of the context, so an invented table or column cannot be produced. Where the
engine takes a grammar there are two under the same prompt, so the second pays for no prompt tokens: `wide` is SQL at
large, `plain` one simple SELECT (sql_grammar.py). Elsewhere there is one, `parts`: a JSON schema (query_parts.py).
Joins, and which table a column belongs to, are settled by binding.py. All are only drafts: the gate judges them like
anybody's SQL. The prompt puts what does not change (instructions, schema) first and the question last: the engine
reuses the prefix.
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

from assistant.domain import Finding, SqlDraft
from assistant.errors import ModelReplyInvalid
from assistant.nl2sql.drafts.binding import bind
from assistant.nl2sql.drafts.offered_schema import SchemaContext, ValueHit
from assistant.nl2sql.drafts.query_parts import REQUEST, schema_of, sql_of
from assistant.nl2sql.drafts.sql_grammar import grammar_for
from assistant.nl2sql.drafts.value_binding import ValueLookup, bind_values
from assistant.ports import ChatModel

Formulation: TypeAlias = Literal["wide", "plain", "parts"]
MOST_ATTEMPTS = 3  # the first draft and two repairs
_MAX_TOKENS = 220
_MAX_PARTS_TOKENS = 700

_SYSTEM = "You write one SQL query ({dialect}) that answers the question. Reply with the SQL query only."
_FENCE = re.compile(r"```(?:sql)?\s*(.*?)```", re.DOTALL | re.IGNORECASE)


def formulations(takes_grammar: bool) -> tuple[Formulation, ...]:
    """Those of an engine, the one that wins ties first."""
    return ("wide", "plain") if takes_grammar else ("parts",)


def draft(
    text: str,
    context: SchemaContext,
    chat: ChatModel,
    *,
    previous: tuple[tuple[SqlDraft, tuple[Finding, ...]], ...] = (),
    dialect: str = "duckdb",
    formulation: Formulation = "wide",
    lookup: ValueLookup | None = None,
) -> SqlDraft | None:
    """One draft for `text`; None when there is nothing to draft from, no query came back, or a repair changed nothing.

    `lookup` finds where a literal of the draft is stored, among the values that the user may see.
    `previous`: the rejected drafts with their findings, oldest first; after two repairs there is no other.
    Raises ModelUnavailable.
    """
    if not context.tables or len(previous) >= MOST_ATTEMPTS:
        return None
    said = _said(text, context, chat, previous, dialect, formulation)
    bound = bind(said, context, dialect=dialect) if said else None
    if bound is None:
        return None
    sql = bind_values(bound, context, dialect=dialect, lookup=lookup)
    if any(sql == earlier.text for earlier, _ in previous):
        return None
    return SqlDraft(text=sql, drafter=chat.model_id, attempt=len(previous) + 1, confidence=0.5)


def _said(
    text: str,
    context: SchemaContext,
    chat: ChatModel,
    previous: tuple[tuple[SqlDraft, tuple[Finding, ...]], ...],
    dialect: str,
    formulation: Formulation,
) -> str:
    """The SQL text of one reply, "" where it is none."""
    system = f"{_SYSTEM.format(dialect=dialect)}\n\n{context.prompt()}"
    asked = request(text, context, previous)
    if formulation == "parts" or not chat.takes_grammar:
        try:
            schema = schema_of(context)
            reply = chat.reply(system, f"{asked}\n{REQUEST}", schema=schema, max_tokens=_MAX_PARTS_TOKENS)
        except ModelReplyInvalid:  # cut off, or no JSON: no draft
            return ""
        return sql_of(reply.text, context)
    grammar = grammar_for(context, width=formulation, date_parts=_has_dates(context, dialect))
    return _query_text(chat.reply(system, asked, grammar=grammar, max_tokens=_MAX_TOKENS).text)


def _has_dates(context: SchemaContext, dialect: str) -> bool:
    return dialect != "sqlite" and any(column.type == "date" for table in context.tables for column in table.columns)


def request(text: str, context: SchemaContext, previous: tuple[tuple[SqlDraft, tuple[Finding, ...]], ...] = ()) -> str:
    """The part of the prompt that changes: values the question names, what was wrong before, the question."""
    lines = [f"-- today is {context.today}"] if context.today else []
    lines += [_hint(hit) for hit in _distinct(context.values)]
    for earlier, findings in previous:
        lines.append(f"-- rejected: {earlier.text}")
        lines += [f"-- because: {finding.message.en} {finding.hint}".rstrip() for finding in findings]
    return "\n".join([*lines, f"Question: {text.strip()}"])


def _hint(hit: ValueHit) -> str:
    said = f" ({hit.span})" if hit.span != hit.value else ""
    return f"-- {hit.table}.{hit.column} = '{hit.value}'{said}"


def _distinct(hits: tuple[ValueHit, ...]) -> list[ValueHit]:
    return list({(hit.table, hit.column, hit.value): hit for hit in hits}.values())[:8]


def _query_text(reply: str) -> str:
    """The query inside a reply: a fenced block if there is one, without the closing semicolon."""
    fenced = _FENCE.search(reply)
    return (fenced[1] if fenced else reply).strip().rstrip(";").strip()
