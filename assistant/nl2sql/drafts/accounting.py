"""What of a question a statement accounts for: where figures are declared, no draft is believed that leaves words out.

    unaccounted(read, sql, context, model, dialect="duckdb") -> ("75",): the statement does not hold that bound

A value must be compared with, a split or a field be read, a number stand as it was said, a time show its year and its
month, an operator have its clause; a word that the semantic model does not know must occur in the name of something
that the statement uses. Pure; coarse on purpose: it finds what was left out, not whether the rest is right.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

import sqlglot
from sqlglot import exp

from assistant.domain import Period
from assistant.nl2sql.drafts.offered_schema import SchemaContext
from assistant.nl2sql.plans.leftover_words import occurs_in
from assistant.nl2sql.plans.lexicon import Sense, Tag
from assistant.nl2sql.plans.normalising import normalise
from assistant.nl2sql.plans.question_reading import QuestionReading
from assistant.nl2sql.plans.semantic_model import SemanticModel

_Clauses = tuple[type[exp.Expression], ...]
_CHANGE: _Clauses = (exp.Sub, exp.Div, exp.Lag)
_BOUND: _Clauses = (exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between)
_NEGATED: _Clauses = (exp.Not, exp.NEQ, exp.Is, exp.Except)
# One of these must stand in the statement for an operator to be carried. Others say how to show it and need nothing.
_CLAUSES: Mapping[str, _Clauses] = {
    **dict.fromkeys(("each", "split"), (exp.Group, exp.Window)),
    **dict.fromkeys(("yoy", "mom", "growth", "decline", "vary", "compare"), _CHANGE),
    **dict.fromkeys(("gt", "ge", "lt", "le", "ge_after", "lt_after", "le_after"), _BOUND),
    **dict.fromkeys(("absent", "except", "except_after"), _NEGATED),
    **dict.fromkeys(("rank", "sort", "descending", "ascending"), (exp.Order,)),
    **dict.fromkeys(("top", "bottom"), (exp.Limit,)),
    "most": (exp.Order, exp.Max),
    "least": (exp.Order, exp.Min),
    "share": (exp.Div,),
    "cumulative": (exp.Window,),
    "trend": (exp.Group,),
}
_NAME = re.compile(r"[A-Za-z_]\w*")
_SCALES = (1.0, 100.0, 10000.0)  # 5% is 0.05 or 5; 3万 may stand as 3 where the column is kept in 万元


def unaccounted(
    read: QuestionReading, sql: str, context: SchemaContext, model: SemanticModel, *, dialect: str
) -> tuple[str, ...]:
    """The words of the question, as normalised, that nothing in the statement accounts for; in their order."""
    used = _Used.of(cast(exp.Expression, sqlglot.parse_one(sql, read=dialect)), context, model)
    left = [(tag.start, tag.text) for tag in read.tags if tag.content and not used.accounts_for(tag, read.text)]
    for mention in read.mentions:
        every = mention.period is None and mention.grain is not None
        if (every and not used.has((exp.Group,))) or (
            mention.period is not None and mention.kind != "now" and not used.shows(mention.period)
        ):
            left.append((mention.start, read.text[mention.start : mention.end]))
    return tuple(dict.fromkeys(text for _, text in sorted(left)))


@dataclass(frozen=True, slots=True)
class _Used:
    """What one statement uses."""

    tree: exp.Expression
    model: SemanticModel
    tables: frozenset[str]
    columns: frozenset[str]  # names, in lower case
    known: frozenset[str]  # names of all columns that were offered
    words: frozenset[str]  # its literals, normalised
    numbers: frozenset[float]
    names: tuple[str, ...]  # what its tables, columns and values are called, normalised

    @classmethod
    def of(cls, tree: exp.Expression, context: SchemaContext, model: SemanticModel) -> _Used:
        tables = frozenset(one.name.lower() for one in tree.find_all(exp.Table))
        columns = frozenset(one.name.lower() for one in tree.find_all(exp.Column))
        literals = [str(one.this) for one in tree.find_all(exp.Literal)]
        words = frozenset(normalise(one.strip("%")) for one in literals)
        names = (*_schema_names(tables, columns, words, context), *_model_names(tables, columns, words, model))
        numbers = frozenset(float(one) for one in literals if re.fullmatch(r"\d+(?:\.\d+)?", one))
        known = frozenset(column.name.lower() for table in context.tables for column in table.columns)
        return cls(
            tree, model, tables, columns, known, words, numbers, tuple({normalise(name) for name in names if name})
        )

    def has(self, clauses: _Clauses) -> bool:
        return self.tree.find(*clauses) is not None

    def accounts_for(self, tag: Tag, text: str) -> bool:
        if tag.number is not None and not tag.senses:
            return any(abs(tag.number * scale - held) < 1e-9 for held in self.numbers for scale in _SCALES)
        if tag.unknown:
            return tag.text in self.words or occurs_in(tag.text, text[max(0, tag.start - 1) : tag.end + 1], self.names)
        return any(self._carries(sense) for sense in tag.senses)

    def _carries(self, sense: Sense) -> bool:
        match sense.kind:
            case "operator":
                return sense.target not in _CLAUSES or self.has(_CLAUSES[sense.target])
            case "value":
                return self._compares(sense)
            case "dimension":
                dimension = self.model.dimension_by_id[sense.target]
                return any(self._reads(element) for element in (dimension.column, dimension.code) if element)
            case "field":
                return self._reads(sense.target)
            case "metric":
                return self._measures(sense.target)
            case "entity":
                return sense.target.lower() in self.tables
            case _:
                return sense.kind == "filler"

    def _reads(self, element: str) -> bool:
        table, _, column = element.lower().rpartition(".")
        return column in self.columns and (table in self.tables or not table)

    def _compares(self, sense: Sense) -> bool:
        value = sense.value
        if value is None:
            return False
        if isinstance(value.code, bool):
            return self._reads(self.model.dimension_by_id[sense.target].filter_column)
        return bool({normalise(str(value.code)), normalise(value.label)} & self.words)

    def _measures(self, metric_id: str) -> bool:
        """The table of every part is used, and every column that its declaration reads."""
        for part in self.model.parts(metric_id):
            if part.entity.lower() not in self.tables:
                return False
            said = {name.lower() for name in _NAME.findall(f"{part.expression} {part.where}")}
            if (said & self.known) - self.columns:
                return False
        return True

    def shows(self, period: Period) -> bool:
        """Its year, and its first or last month where it is no whole year."""
        last = period.end - timedelta(days=1)
        dates = [day for day in (period.start, period.end, last) if any(str(day.year) in word for word in self.words)]
        if not dates:
            return False
        if (period.start.month, period.start.day, last.month, last.day) == (1, 1, 12, 31):
            return True
        months = {day.month for day in dates} | {(period.start.month + 2) // 3}
        return any(f"{day:%Y-%m}" in word for day in dates for word in self.words) or bool(months & self.numbers)


def _schema_names(
    tables: frozenset[str], columns: frozenset[str], words: frozenset[str], context: SchemaContext
) -> list[str]:
    found: list[str] = []
    for table in context.tables:
        if table.name.lower() not in tables:
            continue
        found += [table.name.replace("_", " "), table.label]
        for column in table.columns:
            if column.name.lower() in columns:
                found += [column.name.replace("_", " "), column.label]
                found += [name for code, name in column.codes if normalise(code) in words]
    return found + [hit.span for hit in context.values if normalise(hit.value) in words]


def _model_names(
    tables: frozenset[str], columns: frozenset[str], words: frozenset[str], model: SemanticModel
) -> list[str]:
    found: list[str] = []
    for entity in model.entities:
        if entity.table.lower() in tables:
            found += [entity.name, entity.name_en, *entity.synonyms, *entity.synonyms_en]
            found += [
                word for item in entity.fields if item.element.rpartition(".")[2] in columns for word in item.words
            ]
    for dimension in model.dimensions:
        if dimension.table.lower() in tables and dimension.column.rpartition(".")[2].lower() in columns:
            found += [dimension.name, dimension.name_en, *dimension.synonyms, *dimension.synonyms_en]
            named = [value for value in dimension.values if normalise(str(value.code)) in words]
            found += [word for value in named for word in (value.name, value.name_en, *value.aliases)]
    return found
