"""Constants written out in a query: their values, and how far apart two of them are."""

from __future__ import annotations

from datetime import date, datetime

from sqlglot import exp

from assistant.domain import Scalar


class NotLiteral:
    """The answer of literal_of for anything that is not a constant written out."""


NOT_LITERAL = NotLiteral()


def literals_of(*nodes: exp.Expr) -> tuple[Scalar, ...]:
    """The constants that all of `nodes` write out; empty when one of them is none."""
    found = [literal_of(node) for node in nodes]
    known = tuple(value for value in found if not isinstance(value, NotLiteral))
    return known if len(known) == len(found) else ()


def literal_of(node: exp.Expr) -> Scalar | NotLiteral:
    """The constant that `node` writes out: text, number, date, boolean or NULL."""
    node = node.unnest()
    if isinstance(node, exp.Neg):
        inner = literal_of(node.this)
        return -inner if isinstance(inner, int | float) else NOT_LITERAL
    if isinstance(node, exp.Null):
        return None
    if isinstance(node, exp.Boolean):
        return bool(node.this)
    if isinstance(node, exp.Cast):
        return _cast_literal(node)
    if not isinstance(node, exp.Literal):
        return NOT_LITERAL
    if node.is_string:
        return node.name
    return int(node.name) if node.name.isdigit() else float(node.name)


def _cast_literal(node: exp.Cast) -> Scalar | NotLiteral:
    inner = literal_of(node.this)
    kind = node.to.this
    if not isinstance(inner, str):
        return inner if isinstance(inner, int | float) and kind in exp.DataType.NUMERIC_TYPES else NOT_LITERAL
    try:
        if kind is exp.DataType.Type.DATE:
            return date.fromisoformat(inner)
        if kind in exp.DataType.TEMPORAL_TYPES:
            return datetime.fromisoformat(inner)
    except ValueError:
        return NOT_LITERAL
    return inner if kind in exp.DataType.TEXT_TYPES else NOT_LITERAL


def distance(low: Scalar, high: Scalar) -> float | None:
    """How far apart two bounds are, days for dates; None when they cannot be compared."""
    first, second = _as_number(low), _as_number(high)
    return None if first is None or second is None else abs(second - first)


def _as_number(value: Scalar) -> float | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).toordinal() + (value.hour * 3600 + value.minute * 60 + value.second) / 86400
    if isinstance(value, date):
        return float(value.toordinal())
    return float(value) if isinstance(value, int | float) else None
