"""A question the compiler cannot express -> SqlDraft, through the language model.

Formulations of the same request: `constrained` is SQL in a grammar of the context's own names; `planned` names the
tables first and leaves every join to the key graph; `free` is ordinary SQL whose names are bound afterwards. All are
only drafts: the gate judges them like anybody's SQL. The prompt puts what does not change (instructions, schema) first
and the question last, so the engine reuses the prefix.
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

from assistant.domain import Finding, SqlDraft
from assistant.nl2sql.binding import bind
from assistant.nl2sql.schema_context import SchemaContext, ValueHit
from assistant.nl2sql.sql_grammar import grammar_for
from assistant.nl2sql.value_binding import ValueLookup, bind_values
from assistant.ports import ChatModel

Formulation: TypeAlias = Literal["constrained", "planned", "free"]
FORMULATIONS: tuple[Formulation, ...] = ("constrained", "planned")
MOST_ATTEMPTS = 3  # the first draft and two repairs
_MAX_TOKENS = 220

_PLAN = """You plan one query for the question. First name the tables it needs, then the rest:
FROM tables SELECT exactly what is asked WHERE conditions GROUP BY keys HAVING ... ORDER BY ... LIMIT n
Columns are table.column. Never write join conditions: the keys join the tables. Leave out what is not needed.

Question: How many books did each author from Rome write?
FROM author, book SELECT author.name, COUNT(*) WHERE author.city = 'Rome' GROUP BY author.id
Question: Which author is the oldest?
FROM author SELECT author.name ORDER BY author.age DESC LIMIT 1
Question: What are the titles of books that nobody borrowed?
FROM book SELECT book.title WHERE book.id NOT IN (SELECT loan.book_id FROM loan)
"""
_SYSTEM = "You write one SQL query ({dialect}) that answers the question. Reply with the SQL query only."
_FENCE = re.compile(r"```(?:sql)?\s*(.*?)```", re.DOTALL | re.IGNORECASE)


def draft(
    text: str,
    context: SchemaContext,
    chat: ChatModel,
    *,
    previous: tuple[tuple[SqlDraft, tuple[Finding, ...]], ...] = (),
    dialect: str = "duckdb",
    formulation: Formulation = "constrained",
    lookup: ValueLookup | None = None,
) -> SqlDraft | None:
    """One draft for `text`; None when there is nothing to draft from, no query came back, or a repair changed nothing.

    `lookup` finds where a literal of the draft is stored, among the values that the user may see.
    `previous`: the rejected drafts with their findings, oldest first; after two repairs there is no other.
    Raises ModelUnavailable.
    """
    if not context.tables or len(previous) >= MOST_ATTEMPTS:
        return None
    planned = formulation == "planned"
    constrained = formulation != "free" and chat.takes_grammar
    instructions = _PLAN if planned else _SYSTEM.format(dialect=dialect)
    dates = _has_dates(context, dialect)
    reply = chat.reply(
        f"{instructions}\n\n{context.prompt()}",
        request(text, context, previous),
        grammar=grammar_for(context, date_parts=dates, planned=planned) if constrained else None,
        max_tokens=_MAX_TOKENS,
    )
    bound = bind(_query_text(reply.text), context, dialect=dialect, read="duckdb" if planned else dialect)
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
