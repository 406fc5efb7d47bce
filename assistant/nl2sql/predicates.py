"""Predicate -> filter uses: who is compared with what, and whether the comparison always restricts its scan."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from sqlglot import exp

from assistant.domain import Scalar, Usage
from assistant.nl2sql import expressions
from assistant.nl2sql.flows import Flow, Origin, combine
from assistant.nl2sql.functions import Kind, classify, is_call
from assistant.nl2sql.literals import distance, literals_of
from assistant.nl2sql.reading import Environment, Reading

_OPERATORS: dict[type[exp.Expr], str] = {
    exp.EQ: "=", exp.NEQ: "<>", exp.NullSafeEQ: "=", exp.NullSafeNEQ: "<>", exp.Is: "is",
    exp.GT: ">", exp.GTE: ">=", exp.LT: "<", exp.LTE: "<=",
}  # fmt: skip
_RANGES = (exp.GT, exp.GTE, exp.LT, exp.LTE)
_PATTERNS = (exp.Like, exp.ILike, exp.SimilarTo, exp.Glob, exp.RegexpLike, exp.RegexpILike, exp.Escape)
_FLIPPED = {">": "<", ">=": "<=", "<": ">", "<=": ">="}


def emit(
    node: exp.Expr,
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
        if isinstance(node, exp.Or) and conjunct and not negated:
            _alternatives(node, env, notes, _Manner(conjunct, within, negated))
    elif isinstance(node, exp.Not):
        emit(node.this, env, notes, conjunct=conjunct, within=within, negated=not negated)
    else:
        _leaf(node, env, notes, _Manner(conjunct, within, negated))


def _alternatives(node: exp.Or, env: Environment, notes: Reading, manner: _Manner) -> None:
    """`c IN (a) OR c = b` is `c IN (a, b)`: alternatives on one column restrict it to their values."""
    columns: list[exp.Expr] = []
    values: list[Scalar] = []
    for leaf in (part.unnest() for part in node.flatten()):
        if not isinstance(leaf, exp.EQ | exp.In) or leaf.args.get("query") or leaf.args.get("unnest"):
            return
        literals = literals_of(*([leaf.expression] if isinstance(leaf, exp.EQ) else leaf.expressions))
        if not isinstance(leaf.this, exp.Column) or not literals:
            return
        columns.append(leaf.this)
        values += literals
    if len(set(columns)) == 1:
        flow = expressions.read(columns[0], env, notes)
        _record(columns[0], flow, Usage.FILTER_EQUAL, env, notes, manner, "in", tuple(values))


class _Manner:
    """How a leaf predicate stands: restricting or not, where, and under a NOT or not."""

    __slots__ = ("conjunct", "negated", "within")

    def __init__(self, conjunct: bool, within: Collection[str] | None, negated: bool) -> None:
        self.conjunct, self.within, self.negated = conjunct, within, negated

    def holds(self, node: exp.Expr, flow: Flow) -> bool:
        """True when the predicate restricts the base scan of the raw column `node`."""
        if not (self.conjunct and flow.raw and flow.restricts):
            return False
        tables = {column.table for column in node.find_all(exp.Column)}
        return self.within is None or tables <= set(self.within)

    def operator(self, operator: str) -> str:
        return f"not {operator}" if self.negated else operator


def _leaf(node: exp.Expr, env: Environment, notes: Reading, manner: _Manner) -> None:
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


def _is_pattern_call(node: exp.Expr) -> bool:
    found = classify(node) if is_call(node) else None
    return found is not None and found.kind is Kind.PATTERN


def _comparison(node: exp.Expr, env: Environment, notes: Reading, manner: _Manner) -> None:
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
    _record(left, flows[0], usage, env, notes, manner, operator, literals_of(right))


def _between_columns(
    node: exp.Expr, flows: tuple[Flow, Flow], env: Environment, notes: Reading, operator: str, manner: _Manner
) -> None:
    """Two sides with columns: an equality of two scans is a join, the rest is a comparison that decides."""
    if any(_on_groups(flow, side) for flow, side in zip(flows, (node.this, node.expression), strict=True)):
        notes.having_use(combine(flows), operator)
        return
    if any(_is_subquery(flow) for flow in flows):
        _with_subquery(node, flows, notes, operator, manner)
        return
    scans = [{origin.scan for origin in flow.origins} for flow in flows]
    join = isinstance(node, exp.EQ | exp.NullSafeEQ) and not (scans[0] & scans[1]) and not operator.startswith("not")
    for side, flow, other in ((node.this, *flows), (node.expression, *flows[::-1])):
        holds = join and bool(flow.raw and other.raw) and manner.holds(side, flow)
        for origin in sorted(flow.origins, key=lambda o: o.place):
            for partner in sorted(other.origins, key=lambda o: o.place):
                where = f"{partner.table}.{partner.column}"
                detail = (where if flow.raw and other.raw else f"~{where}") if join else f"{operator} {where}"
                notes.use(origin, Usage.JOIN if join else Usage.FILTER_OTHER, detail=detail, conjunct=holds)


def _is_subquery(flow: Flow) -> bool:
    return flow.grouped or any(origin.usage is Usage.SUBQUERY for origin in flow.origins)


def _with_subquery(node: exp.Expr, flows: tuple[Flow, Flow], notes: Reading, operator: str, manner: _Manner) -> None:
    """A base column compared with what a subquery says: a filter whose constant the subquery supplies."""
    usage = Usage.FILTER_RANGE if isinstance(node, _RANGES) else Usage.FILTER_EQUAL
    for side, flow in zip((node.this, node.expression), flows, strict=True):
        for origin in sorted(flow.origins, key=lambda o: o.place):
            if _is_subquery(flow):
                notes.use(origin, Usage.SUBQUERY, detail="scalar", aggregate=origin.aggregate)
            else:
                notes.use(origin, usage, detail=f"{operator} subquery", conjunct=manner.holds(side, flow))


def _on_groups(flow: Flow, node: exp.Expr) -> bool:
    """True for the value of an aggregate tested where rows are groups (HAVING, or WHERE outside a grouped query)."""
    return flow.grouped and not flow.rank and node.find(exp.Query) is None


def _between(node: exp.Between, env: Environment, notes: Reading, manner: _Manner) -> None:
    flow = expressions.read(node.this, env, notes)
    low, high = node.args["low"], node.args["high"]
    bounds = combine([expressions.read(low, env, notes), expressions.read(high, env, notes)])
    operator = manner.operator("between")
    _record(node.this, flow, Usage.FILTER_RANGE, env, notes, manner, operator, literals_of(low, high))
    if bounds.origins:
        _record(low, bounds, Usage.FILTER_OTHER, env, notes, manner, operator)


def _in(node: exp.In, env: Environment, notes: Reading, manner: _Manner) -> None:
    if node.args.get("query") is not None:
        membership(node, env, notes)
        return
    flow = expressions.read(node.this, env, notes)
    others = combine([expressions.read(item, env, notes) for item in node.expressions])
    if node.args.get("unnest") is not None:
        others = combine([others, expressions.read(node.args["unnest"], env, notes)])
    values = literals_of(*node.expressions)
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
    if _on_groups(outer, node.this):
        notes.having_use(outer, "in")
    else:
        notes.use_all(outer.origins, Usage.SUBQUERY, detail="in")
    origins = outer.origins | frozenset(replace(o, usage=Usage.SUBQUERY) for o in deciding)
    return replace(combine([outer, columns]), origins=origins)


def _chooses(node: exp.Expr) -> bool:
    """True when a condition inside the compared value decides the comparison."""
    return any(isinstance(n, (exp.Case, exp.If, *expressions.PREDICATES)) for n in node.walk())


def _inner_conditions(node: exp.Expr, env: Environment, notes: Reading) -> None:
    for predicate in expressions.outermost_predicates(node):
        if predicate is not node:
            emit(predicate, env, notes, conjunct=False)


def _record(
    node: exp.Expr,
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
    if _on_groups(flow, node):
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


def _span(values: tuple[Scalar, ...]) -> float | None:
    return distance(values[0], values[1]) if len(values) == 2 else None
