"""A question the compiler cannot express -> SqlDraft, through the language model.

Two formulations of one request, under the same prompt, so the second pays for no prompt tokens: `free` is ordinary SQL
whose names are bound afterwards, `constrained` is SQL in a grammar of the context's own names. An invented name is
either bound to a real one or stopped by the gate. Both are only drafts: the gate judges them like anybody's SQL. The
prompt puts what does not change (instructions, schema) first and the question last: the engine reuses the prefix.
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

from assistant.domain import Finding, SqlDraft
from assistant.nl2sql.binding import bind
from assistant.nl2sql.offered_schema import SchemaContext, ValueHit
from assistant.nl2sql.sql_grammar import grammar_for
from assistant.nl2sql.value_binding import ValueLookup, bind_values
from assistant.ports import ChatModel

Formulation: TypeAlias = Literal["free", "constrained"]
FORMULATIONS: tuple[Formulation, ...] = ("free", "constrained")  # in order of measured accuracy: the first wins ties
MOST_ATTEMPTS = 3  # the first draft and two repairs
_MAX_TOKENS = 220

_SYSTEM = "You write one SQL query ({dialect}) that answers the question. Reply with the SQL query only."
_FENCE = re.compile(r"```(?:sql)?\s*(.*?)```", re.DOTALL | re.IGNORECASE)


def draft(
    text: str,
    context: SchemaContext,
    chat: ChatModel,
    *,
    previous: tuple[tuple[SqlDraft, tuple[Finding, ...]], ...] = (),
    dialect: str = "duckdb",
    formulation: Formulation = "free",
    lookup: ValueLookup | None = None,
) -> SqlDraft | None:
    """One draft for `text`; None when there is nothing to draft from, no query came back, or a repair changed nothing.

    `lookup` finds where a literal of the draft is stored, among the values that the user may see.
    `previous`: the rejected drafts with their findings, oldest first; after two repairs there is no other.
    Raises ModelUnavailable.
    """
    if not context.tables or len(previous) >= MOST_ATTEMPTS:
        return None
    constrained = formulation == "constrained" and chat.takes_grammar
    dates = _has_dates(context, dialect)
    reply = chat.reply(
        f"{_SYSTEM.format(dialect=dialect)}\n\n{context.prompt()}",
        request(text, context, previous),
        grammar=grammar_for(context, date_parts=dates) if constrained else None,
        max_tokens=_MAX_TOKENS,
    )
    bound = bind(_query_text(reply.text), context, dialect=dialect)
    if bound is None:
        return None
    sql = bind_values(bound, context, dialect=dialect, lookup=lookup)
    if any(sql == earlier.text for earlier, _ in previous):
        return None
    return SqlDraft(text=sql, drafter=chat.model_id, attempt=len(previous) + 1, confidence=0.5)


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
