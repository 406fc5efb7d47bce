"""Percentiles in round numbers (POLICY_SPEC 2.1): the exact one is the value of a single unit.

Rounded is every call of the statement, where it stands: of a difference taken from an exact one, all digits are told.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from assistant.nl2sql.functions import Kind, classify, is_call

_WRAPPERS = (exp.Filter, exp.WithinGroup, exp.IgnoreNulls, exp.RespectNulls)


def round_percentiles(tree: exp.Expr, digits: int) -> exp.Expr:
    """`tree` (changed in place) with every percentile call to `digits` significant digits."""
    for call in [node for node in tree.walk() if is_percentile(node)]:
        whole = _with_wrappers(call)
        singles = [rounded(single, digits) for single in _singles(whole)]
        listed = call.find(exp.Array) is not None
        whole.replace(exp.Array(expressions=singles) if listed else singles[0])
    return tree


def _singles(whole: exp.Expr) -> Iterator[exp.Expr]:
    """One call a percentile, of a call that asks for a list of them."""
    listed = whole.find(exp.Array)
    for share in listed.expressions if listed is not None else ():
        single = whole.copy()
        single.find(exp.Array).replace(share.copy())  # type: ignore[union-attr]
        yield single
    if listed is None:
        yield whole


def is_percentile(node: exp.Expr) -> bool:
    found = classify(node) if is_call(node) else None
    return found is not None and found.kind is Kind.PERCENTILE


def is_rounded(call: exp.Expr, digits: int, dialect: str) -> bool:
    """True when a percentile call of a parsed statement stands in nothing but its own rounding."""
    whole = _with_wrappers(call)
    around = whole.find_ancestor(exp.Coalesce)
    return around is not None and around.sql(dialect=dialect) == rounded(whole, digits).sql(dialect=dialect)


def rounded(value: exp.Expr, digits: int) -> exp.Expr:
    """COALESCE(ROUND(v, digits - 1 - FLOOR(LOG10(ABS(v)))), v): 7515 -> 7520; a zero has no logarithm and stays."""
    value = value.copy()
    for node in value.walk():
        node.type = None  # a known type changes how some calls are written
    number = exp.Cast(this=value, to=exp.DataType.build(exp.DataType.Type.DOUBLE))
    size = exp.Nullif(this=exp.Abs(this=number.copy()), expression=exp.Literal.number(0))
    magnitude = exp.Floor(this=exp.Log(this=exp.Literal.number(10), expression=size))
    places = exp.cast(exp.Sub(this=exp.Literal.number(digits - 1), expression=magnitude), exp.DataType.Type.INT)
    return exp.Coalesce(this=exp.Round(this=number.copy(), decimals=places), expressions=[number])


def _with_wrappers(call: exp.Expr) -> exp.Expr:
    while isinstance(call.parent, _WRAPPERS):
        call = call.parent
    return call
