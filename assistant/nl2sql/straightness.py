"""Whether an expression keeps its column straight, or bends it until a total tells of single values.

SUM(x) of many tells of nobody. SUM(GREATEST(0, 1 - ABS(x - 9000))) counts who has exactly 9000, SUM(1 / (x - 9000))
shows whether anybody is near, SUM(FLOOR((x - 9000) / 1e9)) how many lie below: conditions written as arithmetic, which
no rule for conditions sees. Straight are: the column itself, sums and differences, products and quotients with ordinary
constants or with other columns, parts of a date, rounding of the bare column. Everything else is bent.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from assistant.nl2sql.flows import Flow, Form
from assistant.nl2sql.literals import NotLiteral, literal_of

_SUMS = (exp.Add, exp.Sub, exp.Neg, exp.Paren, exp.Alias, exp.Tuple, exp.Ordered, exp.Interval)
CONDITIONS = (exp.Predicate, exp.Connector, exp.Not)  # recorded as filters
_FLOATS = {exp.DataType.Type.DOUBLE, exp.DataType.Type.FLOAT}
# parts of a date, and roundings, whose steps nobody who asks can shift: no constant goes into them
_OF_THE_COLUMN = {
    "year", "month", "day", "quarter", "week", "weekofyear", "dayofweek", "dayofweekiso", "dayofyear", "hour", "minute",
    "second", "extract", "datediff", "timetounix", "cast", "trycast", "abs", "round", "floor", "ceil", "trunc",
}  # fmt: skip
_NAMED_OF_THE_COLUMN = {"date_part", "datepart", "weekday", "yearweek", "era", "century", "decade"}
_LARGEST = 1e9  # of a constant that multiplies or divides: beyond it a product can leave the range of numbers


def is_bent(node: exp.Expr, parts: Sequence[tuple[exp.Expr, Flow]]) -> bool:
    """True when `node` bends the columns of its `parts` (its operands with their flows), or one of them is bent."""
    carrying = [(part, flow) for part, flow in parts if flow.origins]
    if not carrying or isinstance(node, CONDITIONS):
        return False
    guarded = parts[1][0] if isinstance(node, exp.Div) and is_guarded(parts[1][0]) else None
    if any(flow.bent for part, flow in carrying if part is not guarded):
        return True
    if isinstance(node, (*_SUMS, exp.Nullif)):  # NULLIF is a condition (clauses.implied_conditions)
        return False
    if isinstance(node, exp.Mul):
        return not _is_ordinary(parts) or _is_squared(carrying)
    if isinstance(node, exp.Div | exp.IntDiv):
        return isinstance(node, exp.IntDiv) or not _divides_straight(parts)
    if isinstance(node, exp.Coalesce):
        return not all(flow.origins or literal_of(part) in (0, None) for part, flow in parts)
    if isinstance(node, exp.Cast) and (node.to.this in _FLOATS or isinstance(node.this.unnest(), CONDITIONS)):
        return False
    return not (_is_of_the_column(node) and all(flow.raw or _is_of_the_column(part) for part, flow in carrying))


def form_of(node: exp.Expr, parts: Sequence[tuple[exp.Expr, Flow]]) -> Form:
    """How far `node` is from the columns of its `parts`; an expression that is not known puts values of its own in."""
    forms = [flow.form for _, flow in parts if flow.origins]
    if not forms:
        return Form.MADE
    floats = isinstance(node, exp.Cast) and node.to.this in _FLOATS
    if floats or isinstance(node, exp.Mul | exp.Div | exp.Neg | exp.Ordered | exp.Nullif):  # NULLIF is a condition
        return min(forms)
    if isinstance(node, exp.Add | exp.Sub | exp.IntDiv) or _is_of_the_column(node):
        return min(*forms, Form.SHIFTED)
    return Form.MADE


def is_stepped(node: exp.Expr, parts: Sequence[tuple[exp.Expr, Flow]]) -> bool:
    """True when `node` rounds its columns or takes a part of them: with each way another total of the same rows."""
    floats = isinstance(node, exp.Cast) and node.to.this in _FLOATS
    return any(flow.stepped for _, flow in parts) or (
        not floats and _is_of_the_column(node) and any(flow.origins for _, flow in parts)
    )


def _is_of_the_column(node: exp.Expr) -> bool:
    node = node.unnest()
    if isinstance(node, exp.Anonymous):
        alone = node.name.lower() == "age" and len(node.expressions) == 1  # AGE(day, column) steps where one likes
        return alone or node.name.lower() in _NAMED_OF_THE_COLUMN
    return node.key in _OF_THE_COLUMN


def _is_ordinary(parts: Sequence[tuple[exp.Expr, Flow]]) -> bool:
    """Constants that are numbers of an ordinary size."""
    numbers = [literal_of(part) for part, flow in parts if not flow.origins]
    return all(_is_number(number) and 1 / _LARGEST <= abs(number) <= _LARGEST for number in numbers)  # type: ignore[arg-type]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool | NotLiteral)


def _is_squared(carrying: Sequence[tuple[exp.Expr, Flow]]) -> bool:
    """x * x: a higher moment for every factor more."""
    places = [{origin.place for origin in flow.origins} for _, flow in carrying]
    return any(one & other for i, one in enumerate(places) for other in places[:i])


def _divides_straight(parts: Sequence[tuple[exp.Expr, Flow]]) -> bool:
    """By an ordinary constant, or by a bare column (NULLIF(column, 0) included)."""
    divisor, flow = parts[1]
    if flow.origins:
        return bool(flow.raw) or is_guarded(divisor)
    return _is_ordinary([parts[1]])


def is_guarded(divisor: exp.Expr) -> bool:
    """NULLIF(column, 0): a division that gives NULL instead of infinity."""
    divisor = divisor.unnest()
    return (
        isinstance(divisor, exp.Nullif) and isinstance(divisor.this, exp.Column) and literal_of(divisor.expression) == 0
    )
