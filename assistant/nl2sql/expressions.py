"""Expression -> Flow: which base columns reach the value of an expression, explicitly or by choosing it.

Anything whose flow is not known here is a finding that names it: the reader is an allow-list of node classes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from sqlglot import exp

from assistant.domain import ColumnUse, OutputKind, Usage
from assistant.nl2sql import predicates
from assistant.nl2sql.aggregate_uses import used_by, weighs
from assistant.nl2sql.clauses import bare_value, implied_conditions, is_whole_table, unwrap_aggregate
from assistant.nl2sql.flows import ROW_LEVEL, AggregateKey, Flow, Form, Origin, Relation, combine
from assistant.nl2sql.functions import AGGREGATE_USAGE, Kind, classify, is_aggregate, is_call, written_name
from assistant.nl2sql.reading import Environment, Reading
from assistant.nl2sql.straightness import form_of, is_bent, is_stepped
from assistant.nl2sql.weights import weight_of, weight_of_case

# Nodes through which values simply flow: the result is derived from all children.
_PLAIN: tuple[type[exp.Expr], ...] = (
    exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.Neg, exp.DPipe, exp.BitwiseAnd, exp.BitwiseOr,
    exp.BitwiseXor, exp.BitwiseNot, exp.BitwiseLeftShift, exp.BitwiseRightShift, exp.And, exp.Or, exp.Not, exp.Xor,
    exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Is, exp.Between, exp.Like,
    exp.ILike, exp.SimilarTo, exp.Glob, exp.RegexpLike, exp.RegexpILike, exp.Escape, exp.Cast, exp.TryCast,
    exp.Interval, exp.Tuple, exp.Array, exp.Bracket, exp.Slice, exp.PropertyEQ, exp.Dot, exp.JSONExtract,
    exp.JSONExtractScalar, exp.ToMap, exp.Ordered, exp.JSONKeyValue, exp.Collate, exp.In,
)  # fmt: skip
_SILENT: tuple[type[exp.Expr], ...] = (
    exp.Literal, exp.Boolean, exp.Null, exp.DataType, exp.Var, exp.Identifier, exp.JSONPath, exp.JSONPathPart,
    exp.IntervalSpan, exp.DataTypeParam,
)  # fmt: skip
PREDICATES: tuple[type[exp.Expr], ...] = (exp.Predicate, exp.Connector, exp.Not, exp.In, exp.Between)


def read(node: exp.Expr, env: Environment, notes: Reading) -> Flow:
    """The flow of `node` in `env`; what it cannot read becomes a finding in `notes`."""
    notes.seen.add(id(node))
    if env.grouped and not env.inside_aggregate and node in env.keys:
        notes.saw(node)
        return env.keys[node]
    if isinstance(node, exp.Column):
        return _column(node, env, notes)
    if isinstance(node, exp.Paren | exp.Alias):
        return read(node.this, env, notes)
    if isinstance(node, _SILENT):
        return Flow()
    if isinstance(node, exp.Case | exp.If):
        return _case(node, env, notes)
    if isinstance(node, exp.Coalesce):
        return _coalesce(node, env, notes)
    if isinstance(node, exp.Window):
        return _window(node, env, notes)
    if isinstance(node, exp.TableColumn):
        return _whole_row(node, env, notes)
    if isinstance(node, exp.Exists | exp.Any | exp.All | exp.Query):
        return subquery(node, env, notes)
    if isinstance(node, exp.In) and node.args.get("query") is not None:
        return predicates.membership(node, env, notes).conditional()
    return _of_children(node, env, notes) if isinstance(node, _PLAIN) else _call(node, env, notes)


def _of_children(node: exp.Expr, env: Environment, notes: Reading) -> Flow:
    parts = [(child, read(child, env, notes)) for child in node.iter_expressions()]
    flow = combine(flow for _, flow in parts)
    bent, form = is_bent(node, parts), form_of(node, parts)
    return replace(flow, bent=bent, form=form, weight=weight_of(node, parts), stepped=is_stepped(node, parts))


def _call(node: exp.Expr, env: Environment, notes: Reading) -> Flow:
    if isinstance(node, exp.Filter | exp.WithinGroup | exp.IgnoreNulls | exp.RespectNulls) or is_aggregate(node):
        return aggregate(node, env, notes)
    found = classify(node) if is_call(node) else None
    if found is None:
        notes.refuse("unknown_function" if is_call(node) else "unsupported_syntax", written_name(node))
        return Flow()
    notes.functions.add(written_name(node))
    if found.kind in (Kind.RANK, Kind.OFFSET):
        notes.refuse("aggregate_misplaced", written_name(node))
    if found.kind is Kind.MARGIN:
        notes.saw(node)
        return Flow(kind=OutputKind.KEY)
    if isinstance(node, exp.Explode | exp.Unnest):
        return unnested(node, env, notes)
    return _of_children(node, env, notes)


def unnested(node: exp.Unnest | exp.Explode, env: Environment, notes: Reading) -> Flow:
    """The values of UNNEST. Unless a list is written out item by item, its columns decide how many rows there are."""
    arguments = node.expressions or ([node.this] if isinstance(node.this, exp.Expr) else [])
    flows = [read(argument, env, notes) for argument in arguments]
    for argument, flow in zip(arguments, flows, strict=True):
        if not isinstance(argument.unnest(), exp.Array | exp.Struct):
            deciding = [replace(origin, usage=Usage.DERIVED) for origin in flow.origins]
            notes.use_all(deciding, Usage.CAN_RAISE, detail="rows of a list")
    return combine(flows)


def _column(node: exp.Column, env: Environment, notes: Reading) -> Flow:
    if not node.table and node.name in env.aliases:
        return env.aliases[node.name]
    scope: Environment | None = env
    crossed: list[Environment] = []
    while scope is not None:
        relation = scope.sources.get(node.table)
        if relation is not None and node.name in relation.columns:
            return _resolved(node, relation, scope, crossed, notes)
        crossed.append(scope)
        scope = scope.parent
    notes.refuse("unknown_column", node.name)
    return Flow()


def _resolved(
    node: exp.Column, relation: Relation, scope: Environment, crossed: list[Environment], notes: Reading
) -> Flow:
    flow = relation.columns[node.name]
    if crossed:
        for inner in crossed:
            inner.correlated = True
        notes.use_all(flow.origins, Usage.SUBQUERY, detail="correlated")
        return replace(flow, restricts=False)
    if scope.grouped and not scope.inside_aggregate:
        notes.refuse("not_grouped", node.name)
    return flow


def _whole_row(node: exp.TableColumn, env: Environment, notes: Reading) -> Flow:
    scope: Environment | None = env
    while scope is not None and node.name not in scope.sources:
        scope = scope.parent
    if scope is None:
        notes.refuse("unknown_column", node.name)
        return Flow()
    flow = combine(scope.sources[node.name].columns.values())
    origins = (replace(o, usage=Usage.WHOLE_ROW) if o.usage in ROW_LEVEL else o for o in flow.origins)
    return replace(flow, origins=frozenset(origins))


def _case(node: exp.Expr, env: Environment, notes: Reading) -> Flow:
    """Results flow explicitly, conditions implicitly: which branch was taken tells about them."""
    branches = node.args.get("ifs") or [node]
    conditions = [read(branch.this, env, notes).conditional() for branch in branches]
    if isinstance(node, exp.Case) and node.this is not None:
        conditions.append(read(node.this, env, notes).conditional())
    results = [branch.args["true"] for branch in branches]
    results += [value for value in (node.args.get("default"), node.args.get("false")) if value is not None]
    flows = [read(result, env, notes) for result in results]
    weight = weight_of_case(list(zip(results, flows, strict=True)), any(flow.origins for flow in conditions))
    return replace(combine([*flows, *conditions]), weight=weight)


def _coalesce(node: exp.Coalesce, env: Environment, notes: Reading) -> Flow:
    """JOIN ... USING (c) names c as COALESCE(a.c, b.c): the join made them equal, so the value is still raw."""
    parts = [node.this, *node.expressions]
    flows = [read(part, env, notes) for part in parts]
    joined = env.select is not None and all(isinstance(part, exp.Column) for part in parts)
    if joined and len({part.name for part in parts}) == 1 and all(flow.raw for flow in flows):
        return replace(
            flows[0],
            origins=frozenset().union(*(flow.origins for flow in flows)),
            raw=frozenset().union(*(flow.raw for flow in flows)),
            restricts=all(flow.restricts for flow in flows),
        )
    pairs = list(zip(parts, flows, strict=True))
    return replace(combine(flows), bent=is_bent(node, pairs), weight=weight_of(node, pairs))


def subquery(node: exp.Expr, env: Environment, notes: Reading) -> Flow:
    """A query used as a value: EXISTS, ANY and ALL, or a scalar subquery."""
    query = node.this if isinstance(node, exp.Exists | exp.Any | exp.All) else node
    if not isinstance(query.unnest(), exp.Query):
        return combine([read(query, env, notes)])  # ANY over a list
    value = bare_value(query) if isinstance(node, exp.Subquery) else None
    if value is not None:
        notes.seen.add(id(query.unnest()))
        return combine([read(value, env, notes)])
    before = set(notes.uses)
    relation = notes.read_query(query, env, notes)
    plain = isinstance(node, exp.Subquery | exp.Query) and relation.single_row and not relation.correlated
    columns = Flow() if isinstance(node, exp.Exists) else combine(relation.columns.values())
    if plain:
        return replace(columns, mixes_rows=True)
    detail = "correlated" if relation.correlated else "exists" if isinstance(node, exp.Exists) else "scalar"
    deciding = decided_inside(before, relation, columns, notes)
    notes.use_all(deciding, Usage.SUBQUERY, detail=detail)
    if detail == "scalar" and not relation.single_row:
        notes.use_all(deciding, Usage.CAN_RAISE, detail="scalar subquery")
    origins = frozenset(replace(o, usage=Usage.SUBQUERY) for o in deciding)
    return replace(columns.conditional(), origins=origins, kind=OutputKind.DERIVED, aggregates=frozenset())


def decided_inside(
    before: Collection[ColumnUse], relation: Relation, columns: Flow, notes: Reading
) -> frozenset[Origin]:
    """The columns that decide what a subquery says: its output, its predicates, and the rows it scans."""
    inside = {Origin(use.table, use.column, use.scan) for use in notes.uses if use not in before}
    inside |= {Origin(o.table, o.column, o.scan) for o in columns.origins}
    inside |= {Origin(table, "*", scan) for table, scan in relation.scans}
    return frozenset(inside)


def aggregate(node: exp.Expr, env: Environment, notes: Reading) -> Flow:
    """An aggregate call with its FILTER and WITHIN GROUP: columns take the aggregate's usage."""
    call, conditions, extra = unwrap_aggregate(node)
    found = classify(call) if isinstance(call, exp.Func) else None
    if found is None or found.kind not in AGGREGATE_USAGE:
        notes.refuse("unknown_function" if found is None else "aggregate_misplaced", written_name(call))
        return Flow()
    if not env.grouped or env.inside_aggregate:
        notes.refuse("aggregate_misplaced", written_name(call))
        return Flow()
    name = written_name(call)
    notes.functions.add(name)
    inner = replace_environment(env)
    arguments = [child for child in call.iter_expressions() if not isinstance(child, exp.Star)] + extra
    values = [_argument(argument, inner, notes) for argument in arguments]
    chosen = [_condition(condition, inner, notes) for condition in conditions]
    notes.weighed |= weighs(call, found.kind, values)
    flows, used = [*values, *chosen], used_by(call, found.kind, values, chosen)
    origins = frozenset().union(*(flow.origins for flow in used))
    notes.single_values(origins, name, whole=is_whole_table(env.select))
    if not any(o.column != "*" for o in origins):
        rows = {Origin(table, "*", scan, Usage.COUNT, "count") for table, scan in env.scans()}
        origins = origins | frozenset(rows)
    key: AggregateKey = (id(env.select), node)
    mixes = any(flow.mixes_rows for flow in flows)
    carried = frozenset().union(*(flow.aggregates for flow in flows))
    return Flow(origins=origins, kind=OutputKind.AGGREGATE, aggregates=carried | {key}, mixes_rows=mixes)


def replace_environment(env: Environment) -> Environment:
    """The same names, seen from inside an aggregate call: base rows, not groups."""
    return replace(env, inside_aggregate=True)


def _argument(node: exp.Expr, env: Environment, notes: Reading) -> Flow:
    """An argument of an aggregate; the conditions inside it filter like a WHERE would."""
    if isinstance(node, exp.Distinct):
        parts = [
            part for item in node.expressions for part in (item.expressions if isinstance(item, exp.Tuple) else [item])
        ]
        flows = [_argument(part, env, notes) for part in parts]
        return flows[0] if len(flows) == 1 else combine(flows)
    if isinstance(node, exp.Order):
        first = [_argument(node.this, env, notes)] if isinstance(node.this, exp.Expr) else []
        flows = [*first, *(read(ordered.this, env, notes) for ordered in node.expressions)]
        return replace(combine(flows), form=min((flow.form for flow in flows if flow.origins), default=Form.MADE))
    for predicate in outermost_predicates(node):
        predicates.emit(predicate, env, notes, conjunct=False)
    return read(node, env, notes)


def _condition(node: exp.Expr, env: Environment, notes: Reading) -> Flow:
    predicates.emit(node, env, notes, conjunct=False)
    return read(node, env, notes).conditional()


def outermost_predicates(node: exp.Expr) -> Iterator[exp.Expr]:
    """The boolean expressions inside a value, outermost first, subqueries excepted; CASE x WHEN v is x = v."""
    for found in node.walk(prune=lambda n: isinstance(n, (*PREDICATES, exp.Query))):
        if isinstance(found, PREDICATES):
            yield found
        else:
            yield from implied_conditions(found)


def _window(node: exp.Window, env: Environment, notes: Reading) -> Flow:
    """Over groups a window mixes result rows; over base rows it looks from one unit at others."""
    call, conditions, extra = unwrap_aggregate(node.this)
    found = classify(call) if isinstance(call, exp.Func) else None
    if found is None or (found.kind not in AGGREGATE_USAGE and found.kind not in (Kind.RANK, Kind.OFFSET)):
        notes.refuse("unknown_function", written_name(call))
        return Flow()
    notes.functions.add(written_name(call))
    arguments = [child for child in call.iter_expressions() if not isinstance(child, exp.Star)]
    parts = [*arguments, *conditions, *extra, *(node.args.get("partition_by") or ())]
    order = node.args.get("order")
    parts += [ordered.this for ordered in order.expressions] if order is not None else []
    flows = [read(part, env, notes) for part in parts if not isinstance(part, exp.Distinct)]
    flows += [read(item, env, notes) for part in parts if isinstance(part, exp.Distinct) for item in part.expressions]
    if node.args.get("spec") is not None and node.args["spec"].find(exp.Column) is not None:
        notes.refuse("unsupported_syntax", "window frame of a column")
    merged = combine(flows)
    over_groups = env.grouped or not env.row_scans()
    if not over_groups:
        merged = merged.used_as(Usage.WINDOW, aggregate=written_name(call))
        used = (origin for origin in merged.origins if origin.usage is Usage.WINDOW)
        for origin in sorted(used, key=lambda o: (o.place, o.detail)):
            notes.use(origin, Usage.WINDOW, aggregate=written_name(call), detail=origin.detail)
        return replace(merged, kind=OutputKind.DERIVED, mixes_rows=True)
    rank = found.kind is Kind.RANK
    kind = OutputKind.AGGREGATE if merged.grouped or not rank else merged.kind
    return replace(merged, kind=kind, mixes_rows=True, rank=rank)
