"""The facts a decision was made on, as they stand in an audit record, and back again for replay.

Compared values are kept as keyed tokens. A replay therefore proves a territory filter by comparing tokens: it gives
the decision point a subject whose filter values were made into tokens with the same key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from assistant.domain import ColumnUse, OutputFact, OutputKind, QueryFacts, Shape, Usage

_READ_BACK: dict[str, Callable[[Any], Any]] = {
    "usage": Usage,
    "kind": OutputKind,
    "shape": Shape,
}


def describe_facts(facts: QueryFacts, token: Callable[[object], str]) -> dict[str, Any]:
    """JSON of the facts; `values` of every column use as tokens."""
    described = _fields_of(facts)
    described["uses"] = [
        _fields_of(use) | {"values": [None if value is None else token(value) for value in use.values]}
        for use in facts.uses
    ]
    described["outputs"] = [_fields_of(output) for output in facts.outputs]
    return described


def recorded_facts(record: Mapping[str, Any]) -> QueryFacts | None:
    """The facts of an audit record with tokens for values; None where the decision fell before there was a query.

    Raises KeyError, TypeError or ValueError where the record is of another version.
    """
    described = record.get("facts")
    if not described:
        return None
    known = dict(described)
    known["uses"] = tuple(ColumnUse(**_values_of(use)) for use in described["uses"])
    known["outputs"] = tuple(OutputFact(**_values_of(output)) for output in described["outputs"])
    return QueryFacts(**_values_of(known))


def _fields_of(value: Any) -> dict[str, Any]:
    return {one.name: getattr(value, one.name) for one in fields(value)}


def _values_of(described: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _READ_BACK[name](value) if name in _READ_BACK else tuple(value) if isinstance(value, list) else value
        for name, value in described.items()
    }
