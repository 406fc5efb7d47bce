"""What the drafter may know of the schema: the tables the question is about, what joins them, their declared words.

Two sources, one shape: the catalog's visible resources, or the bare schema of a database without a semantic model.
Nothing here is a row: code lists are the catalog's closed domains, and `values` are the ones the question itself names,
found by an index that holds only what the asking user may see.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from assistant.domain import CatalogResource, DataElement, Evidence
from assistant.nl2sql.key_graph import JoinPair, connect

MOST_TABLES = 5
MOST_COLUMNS = 45  # columns: about 350 tokens of prompt, seven seconds of two cores
MOST_CODES = 6  # longer lists are left out: the values that the question names are given with the question
_IDENTIFIER = re.compile(r"^[A-Za-z_\u4e00-\u9fff][A-Za-z0-9_\u4e00-\u9fff]*$")
_WORD = re.compile(r"[a-z]+|\d+|[\u4e00-\u9fff]+")
_RESERVED = frozenset(
    _WORD.findall(
        """all and as asc between by case column cross desc distinct else end except exists from full group having in
        inner intersect is join key left like limit not null offset on or order outer right select set table then to
        union unique user using values when where with"""
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextColumn:
    name: str
    type: str  # number | text | date | boolean
    label: str = ""  # the name people use, in the asker's language
    codes: tuple[tuple[str, str], ...] = ()
    primary: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextTable:
    name: str
    label: str = ""
    columns: tuple[ContextColumn, ...] = ()

    def column(self, name: str) -> ContextColumn | None:
        """By name, whatever its case."""
        return next((column for column in self.columns if column.name.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueHit:
    """Words of the question that name a stored value: `span` -> `table.column = value`."""

    span: str
    table: str
    column: str
    value: str
    score: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaContext:
    """The part of a schema that one question needs; tables in the schema's own order, so prompts share a prefix."""

    tables: tuple[ContextTable, ...]
    joins: tuple[JoinPair, ...] = ()
    values: tuple[ValueHit, ...] = ()
    today: str = ""  # the data's as-of date, for questions with relative periods
    words: tuple[tuple[str, str], ...] = field(default=())  # (a word people use, the table or table.column it means)

    def table(self, name: str) -> ContextTable | None:
        """By name, whatever its case."""
        return next((table for table in self.tables if table.name.lower() == name.lower()), None)

    def prompt(self) -> str:
        """The static part of the prompt: one CREATE TABLE a table, keys and people's words as comments."""
        return "\n".join(_table_text(table, self.joins) for table in self.tables)


def build_context(
    text: str,
    *,
    resources: Sequence[CatalogResource],
    evidence: Sequence[Evidence] = (),
    joins: Sequence[JoinPair | tuple[str, str]] = (),
    values: Sequence[ValueHit] = (),
    english: bool = False,
    today: str = "",
) -> SchemaContext:
    """The context of `text` from the resources that the user may see (the caller passes no others).

    Unclassified elements are not served and stay out. `joins` may be pairs of element ids. Empty when nothing is
    linked: there is nothing to draft from.
    """
    tables = [_catalog_table(resource, english=english) for resource in resources if resource.table]
    words = {resource.table: _resource_words(resource) for resource in resources if resource.table}
    cited = {item.id for item in evidence}
    boost = {resource.table: 3.0 if resource.resource_id in cited else 0.0 for resource in resources if resource.table}
    pairs = [join if isinstance(join, JoinPair) else JoinPair.of(*join) for join in joins]
    return _pruned(text, tables, words, boost, joins=pairs, values=values, today=today)


def context_from_schema(
    text: str,
    *,
    schema: Mapping[str, Mapping[str, str]],
    primary_keys: Mapping[str, Sequence[str]] | None = None,
    joins: Sequence[JoinPair] = (),
    labels: Mapping[str, str] | None = None,
    values: Sequence[ValueHit] = (),
) -> SchemaContext:
    """The context of `text` for a database without a semantic model: names split into words, keys, types.

    `schema` is {table: {column: engine type}}; `labels` names tables ("t") and columns ("t.c") in people's words.
    """
    names, keys = labels or {}, primary_keys or {}
    tables = [
        ContextTable(
            name=table,
            label=names.get(table, ""),
            columns=tuple(
                ContextColumn(
                    name=column,
                    type=simple_type(engine_type),
                    label=names.get(f"{table}.{column}", ""),
                    primary=column in keys.get(table, ()),
                )
                for column, engine_type in columns.items()
            ),
        )
        for table, columns in schema.items()
    ]
    words = {
        table.name: " ".join([table.name, table.label, *(f"{c.name} {c.label}" for c in table.columns)])
        for table in tables
    }
    return _pruned(text, tables, words, {}, joins=joins, values=values, today="")


def simple_type(engine_type: str) -> str:
    """DOUBLE, numeric(10,2), INT -> number; VARCHAR -> text; TIMESTAMP -> date."""
    low = engine_type.lower()
    if re.search(r"int|num|dec|real|doub|float|hugeint|serial|money", low):
        return "number"
    if re.search(r"date|time", low):
        return "date"
    return "boolean" if "bool" in low or low == "bit" else "text"


def quoted(name: str) -> str:
    """As the model must write it: bare where that parses everywhere, else in double quotes."""
    if _IDENTIFIER.match(name) and name.lower() not in _RESERVED:
        return name
    return '"' + name.replace('"', '""') + '"'


def split_words(name: str) -> tuple[str, ...]:
    """custAddrLine_1 -> cust, addr, line, 1; Chinese runs stay whole."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return tuple(_WORD.findall(spaced.lower()))


def similarity(text: str, words: str, rarity: Mapping[str, float] | None = None) -> float:
    """How much of `words` the question says: English by stem, Chinese by pairs of characters. 0 = nothing.

    `rarity` weighs terms, 0-1: what every table says (编号, 企业) tells them apart less than what one says.
    """
    shared = _terms(text) & _terms(words)
    return 2.0 * sum((rarity or {}).get(term, 1.0) for term in sorted(shared))


def _rarity(words: Mapping[str, str]) -> dict[str, float]:
    said = Counter(term for text in words.values() for term in _terms(text))
    most = math.log(1 + len(words))
    return {term: math.log(1 + len(words) / count) / most for term, count in said.items()}


def _terms(text: str) -> frozenset[str]:
    terms: set[str] = set()
    for word in split_words(text):
        if word[0] > "\u4e00":
            terms.update(word[start : start + 2] for start in range(len(word) - 1))
        elif len(word) > 2:
            terms.add(stem(word))
    return frozenset(terms)


def stem(word: str) -> str:
    """A crude English singular: enough to meet `countries` with `country`."""
    for tail, put in (("ies", "y"), ("sses", "ss"), ("es", "e"), ("s", "")):
        if word.endswith(tail) and len(word) > len(tail) + 2:
            return word[: -len(tail)] + put
    return word


def _catalog_table(resource: CatalogResource, *, english: bool) -> ContextTable:
    served = [element for element in resource.elements if element.column and element.label is not None]
    return ContextTable(
        name=resource.table or "",
        label=resource.name_en if english and resource.name_en else resource.name,
        columns=tuple(_catalog_column(element, english=english) for element in served),
    )


def _catalog_column(element: DataElement, *, english: bool) -> ContextColumn:
    return ContextColumn(
        name=element.column or "",
        type={"integer": "number", "number": "number", "datetime": "date", "string": "text"}.get(
            element.type, element.type
        ),
        label=element.name_en if english and element.name_en else element.name,
        codes=element.code_list,
    )


def _resource_words(resource: CatalogResource) -> str:
    parts = [resource.table or "", resource.name, resource.name_en, *resource.synonyms]
    for element in resource.elements:
        parts += [element.name, element.name_en, element.column or "", *element.synonyms]
        parts += [name for _, name in element.code_list]
    return " ".join(parts)


def _pruned(
    text: str,
    tables: Sequence[ContextTable],
    words: Mapping[str, str],
    boost: Mapping[str, float],
    *,
    joins: Sequence[JoinPair],
    values: Sequence[ValueHit],
    today: str,
) -> SchemaContext:
    known = {table.name for table in tables}
    values = tuple(hit for hit in values if hit.table in known)
    joins = tuple(pair for pair in joins if pair.left_table in known and pair.right_table in known)
    if sum(len(table.columns) for table in tables) > MOST_COLUMNS * 1.5:
        tables = _linked(text, tables, words, boost, joins, values)
    kept = {table.name for table in tables}
    pairs = tuple(pair for pair in joins if pair.left_table in kept and pair.right_table in kept)
    hits = tuple(hit for hit in values if hit.table in kept)
    return SchemaContext(tables=tuple(tables), joins=pairs, values=hits, today=today)


def _linked(
    text: str,
    tables: Sequence[ContextTable],
    words: Mapping[str, str],
    boost: Mapping[str, float],
    joins: Sequence[JoinPair],
    values: Sequence[ValueHit],
) -> list[ContextTable]:
    """The best tables, the ones on the way between them, and of each the columns that are linked, keys or short."""
    named = {hit.table for hit in values}
    rarity = _rarity(words)
    scores = {
        table.name: similarity(text, words.get(table.name, table.name), rarity)
        + 2 * similarity(text, f"{table.name} {table.label}", rarity)
        + boost.get(table.name, 0.0)
        + (1.5 if table.name in named else 0.0)
        for table in tables
    }
    ranked = sorted((table for table in tables if scores[table.name] > 0), key=lambda table: -scores[table.name])
    if not ranked:
        return []
    best = scores[ranked[0].name]
    chosen = [table.name for table in ranked[: MOST_TABLES - 1] if scores[table.name] >= best * 0.3]
    chosen += [name for name in connect(chosen, joins) if name not in chosen]
    kept = [table for table in tables if table.name in set(chosen[: MOST_TABLES + 2])]
    room = max(13, MOST_COLUMNS // max(1, len(kept)))
    keys = {(pair.left_table, pair.left_column) for pair in joins} | {
        (pair.right_table, pair.right_column) for pair in joins
    }
    hits = {(hit.table, hit.column) for hit in values}
    return [_narrowed(text, table, room, keys | hits) for table in kept]


def _narrowed(text: str, table: ContextTable, room: int, needed: set[tuple[str, str]]) -> ContextTable:
    def weight(column: ContextColumn) -> float:
        if column.primary or (table.name, column.name) in needed:
            return 100.0
        return similarity(text, " ".join((column.name, column.label, *(name for _, name in column.codes))))

    order = sorted(range(len(table.columns)), key=lambda place: (-weight(table.columns[place]), place))
    kept = sorted(order[:room])
    return ContextTable(name=table.name, label=table.label, columns=tuple(table.columns[place] for place in kept))


def _table_text(table: ContextTable, joins: Sequence[JoinPair]) -> str:
    lines = [_column_text(column) for column in table.columns]
    lines += [
        f"foreign key ({quoted(pair.left_column)}) references {quoted(pair.right_table)}({quoted(pair.right_column)})"
        for pair in joins
        if pair.left_table == table.name
    ]
    head = f" -- {table.label}" if table.label else ""
    return f"CREATE TABLE {quoted(table.name)} ({head}\n" + ",\n".join(lines) + ");"


def _column_text(column: ContextColumn) -> str:
    text = f"{quoted(column.name)} {column.type}" + (" primary key" if column.primary else "")
    notes = [column.label] if column.label else []
    if len(column.codes) <= MOST_CODES:
        notes += ["; ".join(f"{code}={name}" if code != name else name for code, name in column.codes)]
    note = " ".join(part for part in notes if part)
    return f"{text} /* {note} */" if note else text
