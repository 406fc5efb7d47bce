"""What the drafter may know of the schema: the tables the question is about, what joins them, their declared words.

Two sources, one shape: the catalog's visible resources, or the bare schema of a database without a semantic model.
Nothing here is a row: code lists are the catalog's closed domains, and `values` are the ones the question itself names,
found by an index that holds only what the asking user may see.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from assistant.domain import CatalogResource, DataElement, Evidence
from assistant.nl2sql.drafts.key_graph import JoinPair
from assistant.nl2sql.drafts.offered_schema import ContextColumn, ContextTable, SchemaContext, ValueHit
from assistant.nl2sql.drafts.table_choice import pruned

__all__ = ["SchemaContext", "ValueHit", "build_context", "context_from_schema", "simple_type"]


def build_context(
    text: str,
    *,
    resources: Sequence[CatalogResource],
    evidence: Sequence[Evidence] = (),
    joins: Sequence[JoinPair | tuple[str, str]] = (),
    values: Sequence[ValueHit] = (),
    english: bool = False,
    today: str = "",
    keys: Mapping[str, str] | None = None,
) -> SchemaContext:
    """The context of `text` from the resources that the user may see (the caller passes no others).

    Unclassified elements are not served and stay out. `joins` may be pairs of element ids. Empty when nothing is
    linked: there is nothing to draft from. `keys`: {table: the column that identifies its rows}.
    """
    tables = [_with_key(table, (keys or {}).get(table.name, "")) for table in whole_tables(resources, english=english)]
    words = {resource.table: _resource_words(resource) for resource in resources if resource.table}
    cited = {item.id for item in evidence}
    boost = {resource.table: 3.0 if resource.resource_id in cited else 0.0 for resource in resources if resource.table}
    pairs = [join if isinstance(join, JoinPair) else JoinPair.of(*join) for join in joins]
    return pruned(text, tables, words, boost, joins=pairs, values=values, today=today)


def _with_key(table: ContextTable, key: str) -> ContextTable:
    return replace(table, columns=tuple(replace(one, primary=one.name == key) for one in table.columns))


def whole_tables(resources: Sequence[CatalogResource], *, english: bool = False) -> list[ContextTable]:
    """Every served table with every served column, nothing left out."""
    return [_catalog_table(resource, english=english) for resource in resources if resource.table]


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
    return pruned(text, tables, words, {}, joins=joins, values=values, today="")


def simple_type(engine_type: str) -> str:
    """DOUBLE, numeric(10,2), INT -> number; VARCHAR -> text; TIMESTAMP -> date."""
    low = engine_type.lower()
    if re.search(r"int|num|dec|real|doub|float|hugeint|serial|money", low):
        return "number"
    if re.search(r"date|time", low):
        return "date"
    return "boolean" if "bool" in low or low == "bit" else "text"


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
