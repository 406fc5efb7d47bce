"""Predicate -> filter uses: who is compared with what, and whether the comparison always restricts its scan."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime

from sqlglot import exp

from assistant.domain import Scalar, Usage
from assistant.nl2sql import expressions
from assistant.nl2sql.flows import Flow, Origin, combine
from assistant.nl2sql.functions import Kind, classify, is_call
from assistant.nl2sql.reading import Environment, Reading

_OPERATORS: dict[type[exp.Expression], str] = {
    exp.EQ: "=", exp.NEQ: "<>", exp.NullSafeEQ: "=", exp.NullSafeNEQ: "<>", exp.Is: "is",
    exp.GT: ">", exp.GTE: ">=", exp.LT: "<", exp.LTE: "<=",
}  # fmt: skip
_RANGES = (exp.GT, exp.GTE, exp.LT, exp.LTE)
_PATTERNS = (exp.Like, exp.ILike, exp.SimilarTo, exp.Glob, exp.RegexpLike, exp.RegexpILike, exp.Escape)
_FLIPPED = {">": "<", ">=": "<=", "<": ">", "<=": ">="}


def emit(
    node: exp.Expression,
    env: Environment,
    notes: Reading,
    *,
    conjunct: bool,
    within: Collection[str] | None = None,
    negated: bool = False,
) -> None:
    """Record the filter uses of a predicate.

    `conjunct`: it is AND-ed at the top, so it always restricts. `within`: only the scans behind these sources are
    restricted (the nullable side of an outer join); None means all of them.
    """
    node = node.unnest()
    if isinstance(node, exp.And):
        for side in (node.this, node.expression):
            emit(side, env, notes, conjunct=conjunct and not negated, within=within, negated=negated)
    elif isinstance(node, exp.Or | exp.Xor):
        for side in (node.this, node.expression):
            emit(side, env, notes, conjunct=False, within=within, negated=negated)
    elif isinstance(node, exp.Not):
        emit(node.this, env, notes, conjunct=conjunct, within=within, negated=not negated)
    else:
        _leaf(node, env, notes, _Manner(conjunct, within, negated))


class _Manner:
    """How a leaf predicate stands: restricting or not, where, and under a NOT or not."""

    __slots__ = ("conjunct", "negated", "within")

    def __init__(self, conjunct: bool, within: Collection[str] | None, negated: bool) -> None:
        self.conjunct, self.within, self.negated = conjunct, within, negated

    def holds(self, node: exp.Expression, flow: Flow) -> bool:
        """True when the predicate restricts the base scan of the raw column `node`."""
        if not (self.conjunct and flow.raw and flow.restricts):
            return False
        tables = {column.table for column in node.find_all(exp.Column)}
        return self.within is None or tables <= set(self.within)

    def operator(self, operator: str) -> str:
        return f"not {operator}" if self.negated else operator


def _leaf(node: exp.Expression, env: Environment, notes: Reading, manner: _Manner) -> None:
    if isinstance(node, exp.In):
        _in(node, env, notes, manner)
    elif isinstance(node, exp.Between):
        _between(node, env, notes, manner)
    elif isinstance(node, _PATTERNS) or _is_pattern_call(node):
        _record(node, expressions.read(node, env, notes), Usage.FILTER_PATTERN, env, notes, manner, "like")
    elif type(node) in _OPERATORS:
        _comparison(node, env, notes, manner)
    elif isinstance(node, exp.Column):
        flow = expressions.read(node, env, notes)
        _record(node, flow, Usage.FILTER_EQUAL, env, notes, manner, "=", (not manner.negated,))
    else:
        _inner_conditions(node, env, notes)
        _record(node, expressions.read(node, env, notes), Usage.FILTER_OTHER, env, notes, manner, node.key)


def _is_pattern_call(node: exp.Expression) -> bool:
    found = classify(node) if is_call(node) else None
    return found is not None and found.kind is Kind.PATTERN


def _comparison(node: exp.Expression, env: Environment, notes: Reading, manner: _Manner) -> None:
    left, right = node.this, node.expression
    flows = expressions.read(left, env, notes), expressions.read(right, env, notes)
    operator = manner.operator(_OPERATORS[type(node)])
    if flows[0].origins and flows[1].origins:
        _between_columns(node, flows, env, notes, operator, manner)
        return
    if flows[1].origins:
        left, right, flows = right, left, (flows[1], flows[0])
        operator = _FLIPPED.get(operator, operator)
    usage = Usage.FILTER_RANGE if isinstance(node, _RANGES) else Usage.FILTER_EQUAL
    if _chooses(left):
        _inner_conditions(left, env, notes)
        usage = Usage.FILTER_OTHER
    literal = literal_of(right)
    values = () if literal is _NOT_LITERAL else (literal,)
    _record(left, flows[0], usage, env, notes, manner, operator, values)


def _between_columns(
    node: exp.Expression, flows: tuple[Flow, Flow], env: Environment, notes: Reading, operator: str, manner: _Manner
) -> None:
    """Two sides with columns: an equality of two scans is a join, the rest is a comparison that decides."""
    if any(_on_groups(flow, env) for flow in flows):
        notes.having_use(combine(flows), operator)
        return
    if any(_is_subquery(flow) for flow in flows):
        _with_subquery(node, flows, notes, operator, manner)
        return
    scans = [{origin.scan for origin in flow.origins} for flow in flows]
    join = isinstance(node, exp.EQ | exp.NullSafeEQ) and not (scans[0] & scans[1]) and not operator.startswith("not")
    sides = (node.this, node.expression)
    for flow, other, side, facing in ((*flows, *sides), (*flows[::-1], *sides[::-1])):
        if isinstance(node, exp.EQ) and join and flow.raw and _is_scalar_query(facing, other):
            _record(side, flow, Usage.FILTER_EQUAL, env, notes, manner, "= subquery")
            notes.use_all(flow.origins, Usage.SUBQUERY, detail="scalar")
            continue
        holds = manner.holds(side, flow)
        aggregate = flow.grouped or any(o.usage is Usage.SUBQUERY for o in flow.origins)
        for origin in sorted(flow.origins, key=lambda o: o.place):
            if aggregate:
                notes.use(origin, Usage.SUBQUERY, detail="scalar", aggregate=origin.aggregate)
                continue
            for partner in sorted(other.origins, key=lambda o: o.place):
                where = f"{partner.table}.{partner.column}"
                plain = bool(flow.raw and other.raw)
                usage = Usage.JOIN if join else Usage.FILTER_OTHER
                detail = (where if plain else f"~{where}") if join else f"{operator} {where}"
                notes.use(origin, usage, detail=detail, conjunct=join and plain and holds)


def _is_scalar_query(node: exp.Expression, flow: Flow) -> bool:
    """A subquery compared by `=`: at most one row, so the other side is fixed to one value."""
    query = isinstance(node.unnest(), exp.Query)
    return query and bool(flow.origins) and all(origin.usage is Usage.SUBQUERY for origin in flow.origins)


def _is_subquery(flow: Flow) -> bool:
    return flow.grouped or any(origin.usage is Usage.SUBQUERY for origin in flow.origins)


def _with_subquery(
    node: exp.Expression, flows: tuple[Flow, Flow], notes: Reading, operator: str, manner: _Manner
) -> None:
    """A base column compared with what a subquery says: a filter whose constant the subquery supplies."""
    usage = Usage.FILTER_RANGE if isinstance(node, _RANGES) else Usage.FILTER_EQUAL
    for side, flow in zip((node.this, node.expression), flows, strict=True):
        for origin in sorted(flow.origins, key=lambda o: o.place):
            if _is_subquery(flow):
                notes.use(origin, Usage.SUBQUERY, detail="scalar", aggregate=origin.aggregate)
            else:
                notes.use(origin, usage, detail=f"{operator} subquery", conjunct=manner.holds(side, flow))


def _on_groups(flow: Flow, env: Environment) -> bool:
    """True for the value of an aggregate tested where rows are groups (HAVING, or WHERE outside a grouped query)."""
    return flow.grouped and env.merged and not flow.rank


def _between(node: exp.Between, env: Environment, notes: Reading, manner: _Manner) -> None:
    flow = expressions.read(node.this, env, notes)
    low, high = node.args["low"], node.args["high"]
    bounds = combine([expressions.read(low, env, notes), expressions.read(high, env, notes)])
    ends = tuple(value for value in (literal_of(low), literal_of(high)) if value is not _NOT_LITERAL)
    operator = manner.operator("between")
    _record(node.this, flow, Usage.FILTER_RANGE, env, notes, manner, operator, ends if len(ends) == 2 else ())
    if bounds.origins:
        _record(low, bounds, Usage.FILTER_OTHER, env, notes, manner, operator)


def _in(node: exp.In, env: Environment, notes: Reading, manner: _Manner) -> None:
    if node.args.get("query") is not None:
        membership(node, env, notes)
        return
    flow = expressions.read(node.this, env, notes)
    items = [literal_of(item) for item in node.expressions]
    others = combine([expressions.read(item, env, notes) for item in node.expressions])
    if node.args.get("unnest") is not None:
        others = combine([others, expressions.read(node.args["unnest"], env, notes)])
    values = () if _NOT_LITERAL in items or not items else tuple(items)
    usage = Usage.FILTER_OTHER if _chooses(node.this) else Usage.FILTER_EQUAL
    _record(node.this, flow, usage, env, notes, manner, manner.operator("in"), values)
    if others.origins:
        _record(node, others, Usage.FILTER_OTHER, env, notes, manner, manner.operator("in"))


def membership(node: exp.In, env: Environment, notes: Reading) -> Flow:
    """x IN (SELECT ...): both sides decide."""
    outer = expressions.read(node.this, env, notes)
    query = node.args["query"]
    before = set(notes.uses)
    relation = notes.read_query(query, env, notes)
    columns = combine(relation.columns.values())
    deciding = expressions.decided_inside(before, relation, columns, notes)
    notes.use_all(deciding, Usage.SUBQUERY, detail="in")
    if _on_groups(outer, env):
        notes.having_use(outer, "in")
    else:
        notes.use_all(outer.origins, Usage.SUBQUERY, detail="in")
    origins = outer.origins | frozenset(replace(o, usage=Usage.SUBQUERY) for o in deciding)
    return replace(combine([outer, columns]), origins=origins)


def _chooses(node: exp.Expression) -> bool:
    """True when a condition inside the compared value decides the comparison."""
    return any(isinstance(n, (exp.Case, exp.If, *expressions.PREDICATES)) for n in node.walk())


def _inner_conditions(node: exp.Expression, env: Environment, notes: Reading) -> None:
    for predicate in expressions.outermost_predicates(node):
        if predicate is not node:
            emit(predicate, env, notes, conjunct=False)


def _record(
    node: exp.Expression,
    flow: Flow,
    usage: Usage,
    env: Environment,
    notes: Reading,
    manner: _Manner,
    detail: str,
    values: tuple[Scalar, ...] = (),
) -> None:
    if not flow.origins:
        return
    if flow.rank:
        notes.limited = True
        return
    if flow.grouped and env.merged:
        notes.having_use(flow, detail)
        return
    holds = manner.holds(node, flow)
    for origin in sorted(flow.origins, key=lambda o: o.place):
        if flow.grouped or origin.usage is Usage.SUBQUERY:
            notes.use(origin, Usage.SUBQUERY, detail="scalar", aggregate=origin.aggregate)
        else:
            span = _span(values) if detail == "between" else None
            _use(origin, usage, notes, detail, values if flow.raw else (), holds, span)


def _use(
    origin: Origin,
    usage: Usage,
    notes: Reading,
    detail: str,
    values: tuple[Scalar, ...],
    holds: bool,
    span: float | None,
) -> None:
    notes.use(origin, usage, detail=detail, values=values, conjunct=holds, span=span)


class _NotLiteral:
    """The answer of literal_of for anything that is not a constant written out."""


_NOT_LITERAL = _NotLiteral()


def literal_of(node: exp.Expression) -> Scalar | _NotLiteral:
    """The constant that `node` writes out: text, number, date, boolean or NULL."""
    node = node.unnest()
    if isinstance(node, exp.Neg):
        inner = literal_of(node.this)
        return -inner if isinstance(inner, int | float) else _NOT_LITERAL
    if isinstance(node, exp.Null):
        return None
    if isinstance(node, exp.Boolean):
        return bool(node.this)
    if isinstance(node, exp.Cast):
        return _cast_literal(node)
    if not isinstance(node, exp.Literal):
        return _NOT_LITERAL
    if node.is_string:
        return node.name
    return int(node.name) if node.name.isdigit() else float(node.name)


def _cast_literal(node: exp.Cast) -> Scalar | _NotLiteral:
    inner = literal_of(node.this)
    kind = node.to.this
    if not isinstance(inner, str):
        return inner if isinstance(inner, int | float) and kind in exp.DataType.NUMERIC_TYPES else _NOT_LITERAL
    try:
        if kind is exp.DataType.Type.DATE:
            return date.fromisoformat(inner)
        if kind in exp.DataType.TEMPORAL_TYPES:
            return datetime.fromisoformat(inner)
    except ValueError:
        return _NOT_LITERAL
    return inner if kind in exp.DataType.TEXT_TYPES else _NOT_LITERAL


def _span(values: tuple[Scalar, ...]) -> float | None:
    return distance(values[0], values[1]) if len(values) == 2 else None


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
