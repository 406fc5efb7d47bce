"""Before a model is asked about a database without a semantic model: can this be answered, and is it one question?

The readings are computed from the catalog that the asker may see; a reading that was chosen is answered from its own
SQL, or becomes a plainer question. Where nothing is found the question goes on unchanged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from assistant.domain import Clarification, Question, SqlDraft, Text
from assistant.nl2sql.drafts import restating
from assistant.nl2sql.drafts.key_graph import JoinPair
from assistant.nl2sql.drafts.offered_schema import ContextTable, SchemaContext
from assistant.nl2sql.drafts.reading_rounds import clarification_of, follow, reading_text
from assistant.nl2sql.drafts.schema_context import whole_tables
from assistant.nl2sql.drafts.schema_words import SchemaWords, StoredValue, called
from assistant.nl2sql.drafts.triage import Triage, TriageOutcome, triage
from assistant.parts import Parts
from assistant.replying import Reading

_MOST_NAMED = 6  # tables
_CONFIDENCE = 0.9  # of SQL made from a reading that the asker chose


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What is left to do: ask back, run the SQL of a chosen reading, or draft for `text`, the question as it is now."""

    text: str
    clarification: Clarification | None = None
    draft: SqlDraft | None = None
    reading: Reading | None = None
    ended: Literal["", "no_data", "out_of_scope"] = ""  # there is nothing to draft
    message: Text | None = None  # why it ended


def settle(asked: Question, tables: frozenset[str], parts: Parts) -> Settled:
    """The readings of a question, or what its choices lead to. For where there is no semantic model to link to."""
    if not tables:
        return Settled(text=asked.text)
    schema = schema_words(tables, parts, english=asked.lang == "en")
    followed = follow(asked.text, schema)
    if followed.open:
        return Settled(text=asked.text, clarification=clarification_of(asked.text, followed.open, asked.lang))
    chosen = followed.chosen
    if chosen is None:
        return _triaged(asked, schema)
    if not chosen.sql:
        return Settled(text=followed.question)
    labels = restating.output_labels(chosen.sql, schema.schema, dialect=parts.warehouse.dialect, lang=asked.lang)
    reading = Reading(interpretation=reading_text(chosen, asked.lang), confidence=_CONFIDENCE, labels=labels)
    return Settled(
        text=asked.text,
        draft=SqlDraft(text=chosen.sql, drafter="compiled", confidence=_CONFIDENCE),
        reading=reading,
    )


def _triaged(asked: Question, schema: SchemaWords) -> Settled:
    """Whether this database can answer at all; a typed outcome where it cannot."""
    found = triage(asked.text, schema)
    match found.outcome:
        case TriageOutcome.AMBIGUOUS:
            return Settled(text=asked.text, clarification=clarification_of(asked.text, found.readings, asked.lang))
        case TriageOutcome.NO_DATA:
            return Settled(text=asked.text, ended="no_data", message=_lacks(found, schema))
        case TriageOutcome.OUT_OF_SCOPE:
            return Settled(text=asked.text, ended="out_of_scope", message=_holds(schema))
        case _:
            return Settled(text=asked.text)


def _lacks(found: Triage, schema: SchemaWords) -> Text:
    words_zh, words = "、".join(f"“{word}”" for word in found.missing), ", ".join(f"“{word}”" for word in found.missing)
    offered = _holds(schema)
    return Text(
        zh=f"数据中没有{words_zh or '所问的信息项'}。{offered.zh}",
        en=f"The data hold no {words or 'such item'}. {offered.en}",
    )


def not_explained(words: Sequence[str], asked: Question, tables: frozenset[str], parts: Parts) -> Text:
    """Which words of the question nothing in the data is called by, and what can be asked about."""
    offered = _holds(schema_words(tables, parts, english=asked.lang == "en"))
    said_zh, said = "、".join(f"“{word}”" for word in words), ", ".join(f"“{word}”" for word in words)
    return Text(
        zh=f"没有理解这些词：{said_zh}。请换一种说法，用数据里的名称。{offered.zh}",
        en=f"These words were not understood: {said}. Say it with the names that the data use. {offered.en}",
    )


def _holds(schema: SchemaWords) -> Text:
    """What can be asked about instead: the tables that the asker may see."""
    names = [called(table) for table in schema.schema.tables][:_MOST_NAMED]
    return Text(
        zh=f"可以询问这里登记的数据：{'、'.join(names)}。",
        en=f"Ask about the data that are kept here: {', '.join(names)}.",
    )


def schema_words(tables: frozenset[str], parts: Parts, *, english: bool) -> SchemaWords:
    """The words of everything that the asker may see: names, declared joins, values of the index."""
    resources = [parts.catalog.by_table[name] for name in sorted(tables)]
    offered = whole_tables(resources, english=english)
    known = {table.name for table in offered}
    joins = (JoinPair.of(join.left, join.right) for join in parts.model.joins)
    kept = tuple(pair for pair in joins if pair.left_table in known and pair.right_table in known)
    context = SchemaContext(tables=_with_keys(offered, parts), joins=kept)
    return SchemaWords(schema=context, values=_values(tables, parts))


def _with_keys(tables: Sequence[ContextTable], parts: Parts) -> tuple[ContextTable, ...]:
    """The declared key of every table, marked."""
    keys = {entity.table: entity.key for entity in parts.model.entities}
    return tuple(
        replace(table, columns=tuple(replace(one, primary=one.name == keys.get(table.name)) for one in table.columns))
        for table in tables
    )


def _values(tables: frozenset[str], parts: Parts) -> tuple[StoredValue, ...]:
    found = []
    for value in parts.values.restricted(tables).values:
        table, _, column = parts.model.dimension_by_id[value.dimension].filter_column.rpartition(".")
        found.append(StoredValue(table=table, column=column, value=str(value.code), label=value.label))
    return tuple(found)
