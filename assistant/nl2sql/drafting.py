"""A question the compiler cannot express -> SqlDraft, through the language model.

Two formulations of the same request: `constrained` speaks a grammar of the context's own names and declared joins,
`free` is ordinary SQL whose names are bound afterwards. Both go through binding.py, and both are only drafts: the gate
judges them like anybody's SQL. The prompt puts what does not change (instructions, schema) first and the question
last, so the engine reuses the prefix.
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

from assistant.domain import Finding, SqlDraft
from assistant.nl2sql.binding import bind
from assistant.nl2sql.schema_context import SchemaContext, ValueHit
from assistant.nl2sql.sql_grammar import grammar_for
from assistant.nl2sql.value_binding import bind_values
from assistant.ports import ChatModel

Formulation: TypeAlias = Literal["constrained", "free"]
FORMULATIONS: tuple[Formulation, ...] = ("constrained", "free")
MOST_ATTEMPTS = 3  # the first draft and two repairs
_MAX_TOKENS = 220

_SYSTEM = {
    "constrained": "You write one SQL query ({dialect}) that answers the question. Reply with the SQL query only.",
    "free": "You write one SQL query ({dialect}) that answers the question. Reply with the SQL query only.",
}
_FENCE = re.compile(r"```(?:sql)?\s*(.*?)```", re.DOTALL | re.IGNORECASE)


def draft(
    text: str,
    context: SchemaContext,
    chat: ChatModel,
    *,
    previous: tuple[tuple[SqlDraft, tuple[Finding, ...]], ...] = (),
    dialect: str = "duckdb",
    formulation: Formulation = "constrained",
) -> SqlDraft | None:
    """One draft for `text`; None when there is nothing to draft from, no query came back, or a repair changed nothing.

    `previous`: the rejected drafts with their findings, oldest first; after two repairs there is no other.
    Raises ModelUnavailable.
    """
    if not context.tables or len(previous) >= MOST_ATTEMPTS:
        return None
    constrained = formulation == "constrained" and chat.takes_grammar
    reply = chat.reply(
        _SYSTEM[formulation].format(dialect=dialect) + "\n\n" + context.prompt(),
        request(text, context, previous),
        grammar=grammar_for(context) if constrained else None,
        max_tokens=_MAX_TOKENS,
    )
    bound = bind(_query_text(reply.text), context, dialect=dialect)
    if bound is None:
        return None
    sql = bind_values(bound, context, dialect=dialect)
    if any(sql == earlier.text for earlier, _ in previous):
        return None
    return SqlDraft(text=sql, drafter=chat.model_id, attempt=len(previous) + 1, confidence=0.5)


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
