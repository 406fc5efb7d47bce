"""QueryPlan -> SqlDraft without a model, for everything the semantic model can express.

Plain shapes, because the gate must count who stands behind each number: one aggregate SELECT over a base table joined
along declared keys wherever that is enough; a subquery with windows around it for share, rank and running totals; one
CTE a fact table, joined on the shared keys, where several are asked together, so that nothing fans out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from assistant.domain import QueryPlan, SqlDraft, Text
from assistant.nl2sql.plans.asked_rows import RowRequest
from assistant.nl2sql.plans.compiling_legs import Leg, conditions_of, filter_of, keys_of, on_clause, select_of, within
from assistant.nl2sql.plans.compiling_measures import Measures, Part, filled, measures_of, ref
from assistant.nl2sql.plans.compiling_time import between, column, in_period
from assistant.nl2sql.plans.compiling_windows import window_values
from assistant.nl2sql.plans.join_paths import path
from assistant.nl2sql.plans.outputs import output_columns, outputs_of, shown_dimensions
from assistant.nl2sql.plans.plan_checks import NotExpressible, check
from assistant.nl2sql.plans.semantic_model import Metric, SemanticModel

__all__ = ["NotExpressible", "compile_plan", "compile_rows", "output_columns"]

DRAFTER = "compiled"
_WINDOWS = ("rank", "cumulative", "gap", "times")
_OPS = {">": exp.GT, ">=": exp.GTE, "<": exp.LT, "<=": exp.LTE, "=": exp.EQ}


def compile_plan(plan: QueryPlan, model: SemanticModel, *, dialect: str = "duckdb") -> SqlDraft:
    """One read-only statement with the columns of outputs_of(plan, model). Raises NotExpressible."""
    check(plan, model)
    tree = _absent(plan, model) if any(op == "=" for _, op, _ in plan.having) else _query(plan, model)
    return SqlDraft(text=tree.sql(dialect=dialect, pretty=True, identify=True), drafter=DRAFTER)


def _query(plan: QueryPlan, model: SemanticModel) -> exp.Select:
    measures = measures_of(plan, model)
    _add_absences(plan, measures, model)
    windowed = any(o.role in _WINDOWS or (o.role == "share" and not plan.share_of) for o in outputs_of(plan, model))
    if len(measures.parts) == 1 and not measures.parts[0].variants and not windowed:
        return _flat(plan, model, measures)
    return _nested(plan, model, measures, windowed)


def _flat(plan: QueryPlan, model: SemanticModel, measures: Measures) -> exp.Select:
    """One aggregate SELECT."""
    leg = measures.parts[0].leg
    query = select_of(leg)
    shared = [c for c in leg.aggregates[0].conditions if all(c in a.conditions for a in leg.aggregates)]
    by_name = {aggregate.name: aggregate for aggregate in leg.aggregates}

    def substitute(name: str) -> exp.Expr:
        return within(by_name[name], shared)

    shown = [exp.alias_(key.expression.copy(), key.name, quoted=True) for key in leg.keys]
    for name in _value_names(plan, model):
        shown.append(exp.alias_(filled(measures.values[name], substitute), name, quoted=True))
    query.set("expressions", shown)
    for target, op, number in plan.having:
        query = query.having(_compared(filled(measures.values[target], substitute), op, number))
    orders = [key.order or column_of(key.name) for key in leg.keys]
    return _ordered(query, plan, [order.copy() for order in orders])


def column_of(name: str) -> exp.Column:
    return exp.column(name, quoted=True)


def _value_names(plan: QueryPlan, model: SemanticModel) -> list[str]:
    return [o.name for o in outputs_of(plan, model) if o.role not in ("dimension", "time")]


def _compared(value: exp.Expr, op: str, number: float) -> exp.Expr:
    if op not in _OPS:
        raise _not_expressible()
    return _OPS[op](this=value, expression=exp.Literal.number(f"{number:g}" if number != int(number) else int(number)))


def _ordered(query: exp.Select, plan: QueryPlan, keys: Sequence[exp.Expr]) -> exp.Select:
    orders: list[exp.Expr] = []
    if plan.order_by:
        target, direction = plan.order_by
        orders.append(exp.Ordered(this=column_of(target), desc=direction == "desc", nulls_first=False))
    orders += [exp.Ordered(this=key, desc=False, nulls_first=False) for key in keys]
    if orders:
        query = query.order_by(*orders)
    return query.limit(plan.limit) if plan.limit else query


def _nested(plan: QueryPlan, model: SemanticModel, measures: Measures, windowed: bool) -> exp.Select:
    """Aggregates below, windows and combinations above."""
    parts = measures.parts
    names = [f"part_{number}" for number in range(1, len(parts) + 1)]
    where_is = {a.name: name for part, name in zip(parts, names, strict=True) for a in part.shape.aggregates}

    def substitute(name: str) -> exp.Expr:
        found = exp.column(name, table=where_is[name], quoted=True)
        counted = len(parts) > 1 and _is_count(parts, name) and not name.endswith("_base")
        return exp.Coalesce(this=found, expressions=[exp.Literal.number(0)]) if counted else found

    def key(name: str) -> exp.Expr:
        return _key_column(name, parts, names)

    keys = [o.name for o in outputs_of(plan, model) if o.role in ("dimension", "time")]
    values = {**measures.values, **window_values(plan, model, key)}
    # A share of a ratio metric refers to the metric, which is made of two aggregates itself.
    made = {name: value for name, value in measures.values.items() if name not in where_is}

    def written(name: str) -> exp.Expr:
        whole = filled(values[name], lambda inner: exp.paren(made[inner].copy()) if inner in made else ref(inner))
        return filled(whole, substitute)

    shown = [exp.alias_(key(name), name, quoted=True) for name in keys]
    shown += [exp.alias_(written(name), name, quoted=True) for name in _value_names(plan, model)]
    query = _joined(exp.select(*shown), parts, names, [_source(part) for part in parts])
    orders = [key(f"{name}__order") if _has_order(name, parts) else key(name) for name in keys]
    if plan.having and windowed:
        return _filtered_above(query, plan, model)
    for target, op, number in plan.having:
        query = query.where(_compared(written(target), op, number))
    return _ordered(query, plan, orders)


def _filtered_above(query: exp.Select, plan: QueryPlan, model: SemanticModel) -> exp.Select:
    """Bounds apply after shares and ranks were taken over everything."""
    shown = [exp.column(o.name, table="found", quoted=True) for o in outputs_of(plan, model)]
    above = exp.select(*shown).from_(query.subquery("found"))
    for target, op, number in plan.having:
        above = above.where(_compared(exp.column(target, table="found", quoted=True), op, number))
    keys = [column_of(o.name) for o in outputs_of(plan, model) if o.role in ("dimension", "time")]
    return _ordered(above, plan, keys)


def _is_count(parts: list[Part], name: str) -> bool:
    found = [a.expression for part in parts for a in part.shape.aggregates if a.name == name]
    return bool(found) and isinstance(found[0], exp.Count)


def _has_order(name: str, parts: list[Part]) -> bool:
    return any(key.name == name and key.order is not None for part in parts for key in part.shape.keys)


def _key_column(name: str, parts: list[Part], names: list[str]) -> exp.Expr:
    """The key from every part that is joined as an equal, else from the first that has it."""
    plain = name.removesuffix("__order")
    having = [(part, n) for part, n in zip(parts, names, strict=True) if plain in part.key_names]
    equals = [n for part, n in having if not part.optional] or [having[0][1]]
    return _first_of([exp.column(name, table=n, quoted=True) for n in equals])


def _first_of(columns: list[exp.Column]) -> exp.Expr:
    return columns[0] if len(columns) == 1 else exp.Coalesce(this=columns[0], expressions=columns[1:])


def _source(part: Part) -> exp.Query:
    """The part's rows; a stock over time is one SELECT a point in time, under each other."""
    if not part.variants:
        return select_of(part.leg, with_order=True)
    union: exp.Query | None = None
    for literal, leg in part.variants:
        select = select_of(leg, with_order=True)
        select.set("expressions", [exp.alias_(literal.copy(), part.grain, quoted=True), *select.expressions])
        union = select if union is None else exp.union(union, select, distinct=False, copy=False)
    assert union is not None
    return union


def _joined(query: exp.Select, parts: list[Part], names: list[str], sources: list[exp.Query]) -> exp.Select:
    for name, source in zip(names, sources, strict=True):
        query = query.with_(exp.to_identifier(name, quoted=True), as_=source, copy=False)
    query = query.from_(exp.to_table(names[0], quoted=True))
    before: list[tuple[Part, str]] = [(parts[0], names[0])]
    for part, name in list(zip(parts, names, strict=True))[1:]:
        shared = [k for k in _join_keys(part) if any(k in _join_keys(other) for other, _ in before)]
        conditions = [_same_key(key, before, name) for key in shared]
        equals = not part.optional and set(_join_keys(part)) == set(_join_keys(parts[0]))
        table = exp.to_table(name, quoted=True)
        if not conditions:
            query = query.join(table, join_type="cross")
        else:
            query = query.join(table, on=exp.and_(*conditions), join_type="full" if equals else "left")
        before.append((part, name))
    return query


def _join_keys(part: Part) -> list[str]:
    """Keys to join on: codes where there are any, since names may repeat."""
    found = [f"{key.name}__order" if key.order is not None else key.name for key in part.shape.keys]
    return [*found, part.grain] if part.variants else found


def _same_key(key: str, before: list[tuple[Part, str]], name: str) -> exp.Expr:
    having = [(part, n) for part, n in before if key in _join_keys(part)]
    equals = [n for part, n in having if not part.optional] or [having[0][1]]
    left = _first_of([exp.column(key, table=n, quoted=True) for n in equals])
    return exp.EQ(this=left, expression=exp.column(key, table=name, quoted=True))


def _add_absences(plan: QueryPlan, measures: Measures, model: SemanticModel) -> None:
    """没有…的: no row of the other table belongs to the counted unit."""
    for metric_id in plan.without:
        metric = model.parts(metric_id)[0]
        for part in measures.parts:
            for leg in [leg for _, leg in part.variants] or [part.leg]:
                leg.where.append(_not_exists(metric, leg.table, plan, model))


def _not_exists(metric: Metric, table: str, plan: QueryPlan, model: SemanticModel) -> exp.Expr:
    steps = path(model, metric.entity, table)
    if not steps or len(steps) != 1:
        raise _not_expressible()
    conditions = [on_clause(steps[0]), *conditions_of(metric, model), in_period(metric, plan.period, model)]
    inner = exp.select(exp.Literal.number(1)).from_(exp.to_table(metric.entity, quoted=True))
    inner = inner.where(*[condition for condition in conditions if condition is not None])
    return exp.not_(exp.Exists(this=inner))


def _absent(plan: QueryPlan, model: SemanticModel) -> exp.Select:
    """没有新设企业的街道: all members of the dimension, less those that have any."""
    if len(plan.dimensions) != 1 or len(plan.metrics) != 1 or plan.grain or plan.comparisons or plan.derived:
        raise _not_expressible()
    dimension = model.dimension_by_id[plan.dimensions[0]]
    if not dimension.code:
        raise _not_expressible()
    measures = measures_of(_without_zero(plan), model)
    if len(measures.parts) != 1 or measures.parts[0].variants:
        raise _not_expressible()
    spine = _spine(plan, model, dimension.table)
    name, order = plan.metrics[0], f"{spine.keys[-1].name}__order"
    table, _, code = dimension.code.partition(".")
    value = exp.Coalesce(this=exp.column(name, table="part_1", quoted=True), expressions=[exp.Literal.number(0)])
    shown = [exp.alias_(key.expression.copy(), key.name, quoted=True) for key in spine.keys]
    query = exp.select(*shown, exp.alias_(value.copy(), name, quoted=True))
    query = query.from_(exp.to_table(spine.table, quoted=True))
    for join in spine.joins:
        query = query.join(exp.to_table(join.tables[1], quoted=True), on=on_clause(join), join_type="inner")
    same = exp.EQ(this=column(table, code), expression=exp.column(order, table="part_1", quoted=True))
    inner = select_of(measures.parts[0].leg, with_order=True)
    query = query.with_(exp.to_identifier("part_1", quoted=True), as_=inner)
    query = query.join(exp.to_table("part_1", quoted=True), on=same, join_type="left")
    query = query.where(*spine.where, exp.EQ(this=value, expression=exp.Literal.number(0)))
    return query.order_by(exp.Ordered(this=column(table, code), desc=False, nulls_first=False))


def _without_zero(plan: QueryPlan) -> QueryPlan:
    return replace(plan, having=(), order_by=None, limit=None)


def _spine(plan: QueryPlan, model: SemanticModel, table: str) -> Leg:
    leg = Leg(table=table)
    leg.keys = keys_of(shown_dimensions(plan, model), leg, model)
    for item in plan.filters:
        condition = filter_of(item, leg, model)
        if condition is not None:
            leg.where.append(condition)
    return leg


def compile_rows(request: RowRequest, model: SemanticModel, *, dialect: str = "duckdb") -> SqlDraft:
    """Single rows, exactly as asked for; whether anybody may see them is the gate's decision."""
    leg = Leg(table=request.table)
    for element in request.elements:
        leg.join_to(path(model, request.table, element.partition(".")[0]) or ())
    conditions = [condition for item in request.filters if (condition := filter_of(item, leg, model)) is not None]
    metric = Metric(id="rows", name="", name_en="", definition="", definition_en="", entity=request.table,
                    where=request.where)  # fmt: skip
    conditions += conditions_of(metric, model)
    if request.period is not None and request.time:
        conditions.append(between(column(request.table, request.time), request.period))
    for element, text in request.literals:
        table, _, name = element.partition(".")
        leg.join_to(path(model, request.table, table) or ())
        conditions.append(exp.EQ(this=column(table, name), expression=exp.Literal.string(text)))
    shown = [exp.alias_(column(*_split(e)), _split(e)[1], quoted=True) for e in request.elements]
    query = exp.select(*shown).from_(exp.to_table(request.table, quoted=True))
    for join in leg.joins:
        query = query.join(exp.to_table(join.tables[1], quoted=True), on=on_clause(join), join_type="inner")
    if conditions:
        query = query.where(*conditions)
    return SqlDraft(text=query.sql(dialect=dialect, pretty=True, identify=True), drafter=DRAFTER)


def _split(element: str) -> tuple[str, str]:
    table, _, name = element.partition(".")
    return table, name


def _not_expressible() -> NotExpressible:
    return NotExpressible(
        Text(
            zh="这种组合暂不能直接计算，请拆成几个问题分别查询。",
            en="This combination cannot be computed in one go. Please ask it as several questions.",
        )
    )
