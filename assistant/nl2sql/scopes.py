"""Queries -> Relations: CTEs, set operations, grouping, HAVING, QUALIFY, DISTINCT, order and limit."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from assistant.domain import OutputKind, Usage
from assistant.nl2sql import predicates
from assistant.nl2sql.bins import bin_of
from assistant.nl2sql.clauses import group_expressions, own_aggregates, own_windows
from assistant.nl2sql.expressions import read
from assistant.nl2sql.flows import ROW_LEVEL, Flow, Origin, Relation, merge_branches
from assistant.nl2sql.raising import can_raise
from assistant.nl2sql.reading import Environment, Reading
from assistant.nl2sql.select_parts import conjuncts
from assistant.nl2sql.sources import read_from


def read_query(node: exp.Expr, parent: Environment, notes: Reading) -> Relation:
    """The relation a query yields, seen from `parent`; CTEs are followed once per reference."""
    notes.seen.add(id(node))
    env = Environment(parent=parent, path=parent.path)
    with_ = node.args.get("with_")
    if with_ is not None:
        if with_.args.get("recursive"):
            notes.refuse("recursive_cte")
            return Relation()
        for cte in with_.expressions:
            # A CTE sees those before it only: it is read in the scope as it stands now.
            env.ctes[cte.alias] = (cte.this, Environment(parent=env.parent, ctes=dict(env.ctes)))
    if isinstance(node, exp.Subquery):
        inner = read_query(node.this, env, notes)
        return _ordered(node, inner, replace(env, aliases=inner.columns, correlated=inner.correlated), notes)
    if isinstance(node, exp.SetOperation):
        return _set_operation(node, env, notes)
    if isinstance(node, exp.Select):
        return _select(node, env, notes)
    notes.refuse("unsupported_syntax", node.key)
    return Relation()


def _set_operation(node: exp.SetOperation, env: Environment, notes: Reading) -> Relation:
    if node.args.get("by_name") or node.args.get("side") or node.args.get("on"):
        notes.refuse("unsupported_syntax", "UNION BY NAME")
    left = read_query(node.left, env, notes)
    right = read_query(node.right, env, notes)
    if len(left.columns) != len(right.columns):
        notes.refuse("unsupported_syntax", "set operation with unequal columns")
    pairs = list(zip(left.columns.items(), right.columns.values(), strict=False))
    if isinstance(node, exp.Union):
        columns = {name: merge_branches(flow, other) for (name, flow), other in pairs}
    else:
        deciding = [origin for _, other in pairs for origin in other.origins]
        notes.use_all(deciding, Usage.SUBQUERY, detail=node.key)
        columns = {name: _decided_by(flow, other) for (name, flow), other in pairs}
    merged = Relation(
        columns=columns,
        scans=left.scans + right.scans,
        row_scans=left.row_scans + right.row_scans,
        opaque=left.opaque or right.opaque,
        limited=left.limited or right.limited,
        mixed=(left.mixed or left.merged) and (right.mixed or right.merged) and (left.mixed or right.mixed),
        correlated=left.correlated or right.correlated,
        countable=left.countable and right.countable and isinstance(node, exp.Union),
    )
    if node.args.get("distinct") or not isinstance(node, exp.Union):
        merged = _distinct(merged, notes)
    return _ordered(node, merged, replace(env, aliases=merged.columns), notes)


def _decided_by(flow: Flow, other: Flow) -> Flow:
    """EXCEPT and INTERSECT: the other branch decides which rows stay."""
    return replace(merge_branches(flow, other.conditional()), kind=flow.kind, raw=frozenset(), restricts=False)


def _select(node: exp.Select, env: Environment, notes: Reading) -> Relation:
    env.select = node
    read_from(node, env, notes)
    env.grouped = node.args.get("group") is not None or any(True for _ in own_aggregates(node))
    where = node.args.get("where")
    if where is not None:
        rows = replace(env, grouped=False)
        predicates.emit(where.this, rows, notes, conjunct=True)
        env.correlated = env.correlated or rows.correlated
        _check_raising(where.this, rows, notes)
    for join in node.args.get("joins") or ():
        if join.args.get("on") is not None:
            _check_raising(join.args["on"], replace(env, grouped=False), notes)
    _group_keys(node, env, notes)
    columns = _projections(node, env, notes)
    _conditions_on_result(node, env, notes)
    relation = _relation(node, env, columns)
    if node.args.get("distinct") is not None:
        if node.args["distinct"].args.get("on") is not None:
            notes.refuse("unsupported_syntax", "DISTINCT ON")
        relation = _distinct(relation, notes)
        env = replace(env, aliases=relation.columns)
    else:
        env.aliases = columns
    return _ordered(node, relation, env, notes)


def _relation(node: exp.Select, env: Environment, columns: dict[str, Flow]) -> Relation:
    inputs = list(env.sources.values())
    windows = any(True for _ in own_windows(node))
    opaque = windows or any(relation.opaque for relation in inputs)
    if opaque:
        columns = {name: replace(flow, restricts=False) for name, flow in columns.items()}
    return Relation(
        columns=columns,
        scans=env.scans(),
        row_scans=() if env.grouped else env.row_scans(),
        single_row=(env.grouped and node.args.get("group") is None) or not inputs,
        opaque=opaque,
        limited=any(relation.limited for relation in inputs),
        mixed=not env.grouped and any(relation.mixed or (relation.scans and relation.merged) for relation in inputs),
        correlated=env.correlated or any(relation.correlated for relation in inputs),
        countable=all(relation.countable for relation in inputs)
        and not (env.grouped and any(relation.limited for relation in inputs)),
    )


def _group_keys(node: exp.Select, env: Environment, notes: Reading) -> None:
    rows = replace(env, grouped=False)
    margins = node.find(exp.Rollup, exp.Cube, exp.GroupingSets) is not None
    for key in group_expressions(node):
        flow = read(key, rows, notes)
        _check_raising(key, rows, notes)
        detail, span = bin_of(key)
        kept = flow.used_as(Usage.GROUP, detail=detail)
        notes.use_all([o for o in flow.origins if o.usage in ROW_LEVEL], Usage.GROUP, detail=detail, span=span)
        raw = flow.raw if not margins else frozenset()
        restricts = flow.restricts and not margins
        env.keys[key] = replace(kept, kind=_key_kind(flow), raw=raw, restricts=restricts, span=span)
    if node.args.get("group") is not None:
        notes.saw(node.args["group"])  # group_expressions gives every key once
    env.correlated = env.correlated or rows.correlated


def _key_kind(flow: Flow) -> OutputKind:
    if flow.kind is OutputKind.AGGREGATE:
        return OutputKind.AGGREGATE
    return OutputKind.KEY if flow.origins else OutputKind.CONSTANT


def _projections(node: exp.Select, env: Environment, notes: Reading) -> dict[str, Flow]:
    columns: dict[str, Flow] = {}
    for projection in node.expressions:
        if isinstance(projection, exp.Star) or isinstance(projection.unalias(), exp.Star):
            notes.refuse("unresolved_star")
            continue
        flow = read(projection, env, notes)
        _check_raising(projection, env, notes)
        name = projection.alias_or_name
        if name in columns:
            notes.refuse("unsupported_syntax", f"two outputs named {name}")
        columns[name] = flow
    return columns


def _conditions_on_result(node: exp.Select, env: Environment, notes: Reading) -> None:
    having, qualify = node.args.get("having"), node.args.get("qualify")
    if having is not None:
        for conjunct in conjuncts(having.this):
            notes.having_use(read(conjunct, env, notes), conjunct.key)
        _check_raising(having.this, env, notes)
    if qualify is not None:
        notes.limited = True
        flow = read(qualify.this, env, notes)
        _check_raising(qualify.this, env, notes)
        if env.merged:
            for conjunct in conjuncts(qualify.this):
                if not any(_is_rank(window, env, notes) for window in conjunct.find_all(exp.Window)):
                    notes.having_use(read(conjunct, env, notes), conjunct.key)
        else:
            notes.use_all(flow.origins, Usage.LIMIT, detail="qualify")


def _is_rank(window: exp.Window, env: Environment, notes: Reading) -> bool:
    return read(window, env, notes).rank


def _distinct(relation: Relation, notes: Reading) -> Relation:
    """DISTINCT groups by every output column."""
    columns: dict[str, Flow] = {}
    for name, flow in relation.columns.items():
        detail = "" if flow.raw else "expression"
        rows = [origin for origin in flow.origins if origin.usage in ROW_LEVEL]
        notes.use_all(rows, Usage.DISTINCT, detail=detail)
        kind = OutputKind.KEY if flow.kind in (OutputKind.RAW, OutputKind.DERIVED) else flow.kind
        columns[name] = replace(flow.used_as(Usage.DISTINCT, detail=detail), kind=kind, raw=flow.raw)
        columns[name] = replace(columns[name], restricts=flow.restricts)
    countable = relation.countable and not (relation.row_scans and relation.limited)
    return replace(relation, columns=columns, row_scans=(), countable=countable)


def _ordered(node: exp.Expr, relation: Relation, env: Environment, notes: Reading) -> Relation:
    """ORDER BY and LIMIT: on base rows they pick units, on groups they only arrange what is released."""
    order, limit, offset = node.args.get("order"), node.args.get("limit"), node.args.get("offset")
    keys = [ordered.this for ordered in order.expressions] if order is not None else []
    flows = [read(key, env, notes) for key in keys]
    limited = limit is not None or offset is not None
    relation.correlated = relation.correlated or env.correlated
    if relation.row_scans:
        origins = [o for flow in flows for o in flow.origins if not flow.grouped or o.usage in ROW_LEVEL]
        _hidden_order(flows, relation, notes)
        notes.use_all(origins, Usage.ORDER)
        if limited:
            notes.use_all(origins, Usage.LIMIT)
            relation = replace(relation, limited=True, opaque=True)
            relation.columns = {name: replace(flow, restricts=False) for name, flow in relation.columns.items()}
    else:
        _hidden_order(flows, relation, notes)
    for key in keys:
        _check_raising(key, env, notes)
    if limited:
        notes.limited = True
        notes.limit_rows = _rows(limit)
    if node.parent is None:
        notes.order_outputs = tuple(key.name for key in keys if isinstance(key, exp.Column) and not key.table)
    return relation


def _hidden_order(flows: list[Flow], relation: Relation, notes: Reading) -> None:
    """Groups arranged by a figure that is not shown: the order tells it."""
    shown = frozenset().union(*(flow.aggregates for flow in relation.columns.values()))
    for flow in flows:
        if flow.aggregates - shown:
            notes.use_all(flow.origins, Usage.ORDER, detail="hidden aggregate")


def _rows(limit: exp.Expr | None) -> int | None:
    count = limit.args.get("expression") or limit.args.get("count") if limit is not None else None
    return int(count.name) if isinstance(count, exp.Literal) and count.name.isdigit() else None


def _check_raising(root: exp.Expr, env: Environment, notes: Reading) -> None:
    if not can_raise(root):
        return
    quiet = replace(env, aliases=env.aliases)
    origins: set[Origin] = set()
    seen = set(notes.seen)  # to know its columns is not to have read the clause
    for column in root.find_all(exp.Column):
        if column.find_ancestor(exp.Query) is root.find_ancestor(exp.Query):
            flow = read(column, replace(quiet, inside_aggregate=True), notes)
            origins |= {Origin(o.table, o.column, o.scan) for o in flow.origins}
    notes.seen = seen
    notes.use_all(origins, Usage.CAN_RAISE)
