"""One aggregate SELECT over one base table: aggregates with their conditions, declared joins, keys and filters.

Conditions that all aggregates share go to WHERE; the rest go inside the aggregates as CASE WHEN, which every dialect
speaks (COUNT(*) FILTER does not transpile). This is the plain shape that the gate can count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import sqlglot
from sqlglot import exp

from assistant.domain import PlanFilter, QueryPlan
from assistant.nl2sql.plans import calendars
from assistant.nl2sql.plans.compiling_time import column, day_literal
from assistant.nl2sql.plans.join_paths import path
from assistant.nl2sql.plans.outputs import dimension_name
from assistant.nl2sql.plans.semantic_model import Dimension, Join, Metric, SemanticModel

_OPS = {"ge": exp.GTE, "gt": exp.GT, "le": exp.LTE, "lt": exp.LT}


@dataclass(slots=True)
class Aggregate:
    """A named aggregate; `conditions` restrict its rows."""

    name: str
    expression: exp.Expr
    conditions: list[exp.Expr]


@dataclass(slots=True)
class Key:
    """A GROUP BY key that is shown; `order` is grouped too and orders the rows."""

    name: str
    expression: exp.Expr
    order: exp.Expr | None = None


@dataclass(slots=True)
class Leg:
    """What one aggregate SELECT is made of."""

    table: str
    keys: list[Key] = field(default_factory=list)
    aggregates: list[Aggregate] = field(default_factory=list)
    where: list[exp.Expr] = field(default_factory=list)
    joins: list[Join] = field(default_factory=list)

    def join_to(self, steps: Sequence[Join]) -> None:
        self.joins += [join for join in steps if join not in self.joins]


@lru_cache(maxsize=1024)
def _parsed(sql: str) -> exp.Expr:
    return sqlglot.parse_one(sql, read="duckdb")


def expression_of(metric: Metric, model: SemanticModel) -> exp.Expr:
    return _own_columns(_parsed(_dated(metric.expression, model)).copy(), metric.entity)


def conditions_of(metric: Metric, model: SemanticModel) -> list[exp.Expr]:
    """The metric's own predicate as conjuncts, so that those it shares with another metric are seen as shared."""
    if not metric.where:
        return []
    tree = _own_columns(_parsed(_dated(metric.where, model)).copy(), metric.entity)
    return [part.copy() for part in tree.flatten()] if isinstance(tree, exp.And) else [tree]


def _dated(sql: str, model: SemanticModel) -> str:
    return sql.replace("{as_of}", f"DATE '{model.as_of.isoformat()}'")


def _own_columns(tree: exp.Expr, table: str) -> exp.Expr:
    """Every bare column belongs to the entity; a constant date minus years becomes a date."""

    def step(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column) and not node.table:
            return column(table, node.name)
        folded = _folded(node)
        return folded if folded is not None else node

    return tree.transform(step)


def _folded(node: exp.Expr) -> exp.Expr | None:
    if not isinstance(node, exp.Sub) or not isinstance(node.expression, exp.Interval):
        return None
    day, interval = node.this, node.expression
    if (
        not isinstance(day, exp.Cast)
        or not isinstance(day.this, exp.Literal)
        or interval.text("unit").upper() != "YEAR"
    ):
        return None
    from datetime import date

    return day_literal(calendars.shift_months(date.fromisoformat(day.this.name), -12 * int(interval.this.name)))


def keys_of(shown: Sequence[Dimension], leg: Leg, model: SemanticModel) -> list[Key]:
    """Dimensions as keys of the leg; their tables are joined. Those that its table does not reach are left out.

    A parent shown with its child is that of the child (street -> its district), not the one the row itself records:
    where the two contradict each other, a street must not appear under a district that it is not in.
    """
    found = []
    for dimension in shown:
        child = next((d for d in shown if d.show_parent and d.parent == dimension.id), None)
        steps = path(model, leg.table, dimension.table)
        if child is not None:
            first, second = path(model, leg.table, child.table), path(model, child.table, dimension.table)
            steps = (*first, *second) if first is not None and second is not None else steps
        if steps is not None:
            leg.join_to(steps)
            found.append(_key(dimension, model))
    return found


def _key(dimension: Dimension, model: SemanticModel) -> Key:
    shown: exp.Expr = column(*_split(dimension.column))
    if dimension.kind == "band":
        shown = _banded(dimension, shown, model)
        return Key(name=dimension_name(dimension), expression=shown)
    if any(value.name and value.name != str(value.code) for value in dimension.values):
        shown = _named(dimension, shown)
    order = column(*_split(dimension.code)) if dimension.code else None
    return Key(name=dimension_name(dimension), expression=shown, order=order)


def _named(dimension: Dimension, stored: exp.Expr) -> exp.Expr:
    case = exp.Case()
    for value in dimension.values:
        same = exp.EQ(this=stored.copy(), expression=exp.convert(value.code))
        case = case.when(same, exp.Literal.string(value.name))
    return case


def _banded(dimension: Dimension, stored: exp.Expr, model: SemanticModel) -> exp.Expr:
    """Bands of a number, or of the age at the as-of date as bounds on the birth date."""
    case = exp.Case()
    for band in dimension.bands:
        bounds: list[exp.Expr] = []
        if band.low is not None:
            bounds.append(_bound(dimension, stored, "ge", band.low, model))
        if band.high is not None:
            bounds.append(_bound(dimension, stored, "lt", band.high, model))
        case = case.when(exp.and_(*bounds), exp.Literal.string(band.name))
    return case


def _bound(dimension: Dimension, stored: exp.Expr, op: str, number: float, model: SemanticModel) -> exp.Expr:
    """`stored op number`; for ages: age >= 65 is born on or before the day 65 years ago."""
    if not (dimension.kind == "age" or dimension.age):
        return _OPS[op](this=stored.copy(), expression=exp.Literal.number(f"{number:g}"))
    years = int(number) + (1 if op in ("gt", "le") else 0)
    day = day_literal(calendars.shift_months(model.as_of, -12 * years))
    kind = exp.LTE if op in ("ge", "gt") else exp.GT
    return kind(this=stored.copy(), expression=day)


def filter_of(item: PlanFilter, leg: Leg, model: SemanticModel) -> exp.Expr | None:
    """The filter as a condition on the leg, its table joined where needed; None where the leg has no such thing."""
    dimension = model.dimension_by_id[item.dimension]
    steps = path(model, leg.table, dimension.table)
    if steps is None:
        return None
    target = dimension.filter_column
    if steps and steps[-1].right == target:  # the code stands in the table before: no join for it
        target, steps = steps[-1].left, steps[:-1]
    leg.join_to(steps)
    stored = column(*_split(target))
    if item.op in ("in", "not_in"):
        literals = [exp.convert(value) for value in item.values]
        found: exp.Expr = (
            exp.EQ(this=stored, expression=literals[0])
            if len(literals) == 1
            else exp.In(this=stored, expressions=literals)
        )
        return found if item.op == "in" else exp.not_(found)
    return _bound(dimension, stored, item.op, float(str(item.values[0])), model)


def parent_filters(plan: QueryPlan, leg: Leg, model: SemanticModel) -> list[exp.Expr]:
    """A filter on the parent of a shown child holds for the child too: 临江区各街道 lists streets of that district."""
    found = []
    for dimension_id in plan.dimensions:
        child = model.dimension_by_id[dimension_id]
        steps = path(model, leg.table, child.table)
        for item in plan.filters:
            if child.show_parent and item.dimension == child.parent and steps:
                inner = Leg(table=child.table)
                condition = filter_of(item, inner, model)
                if condition is not None and not inner.joins:
                    found.append(condition)
    return found


def _split(element: str) -> tuple[str, str]:
    table, _, name = element.partition(".")
    return table, name


def select_of(leg: Leg, *, having: Sequence[exp.Expr] = (), with_order: bool = False) -> exp.Select:
    """The aggregate SELECT. `with_order`: the ordering codes are outputs too (<name>__order), for a query around it."""
    shared = _shared(leg.aggregates)
    shown: list[exp.Expr] = [_alias(key.expression.copy(), key.name) for key in leg.keys]
    grouped: list[exp.Expr] = []
    for key in leg.keys:
        if key.order is not None:
            grouped.append(key.order.copy())
            if with_order:
                shown.append(_alias(key.order.copy(), f"{key.name}__order"))
        grouped.append(key.expression.copy())
    shown += [_alias(within(a, shared), a.name) for a in leg.aggregates]
    query = exp.select(*shown).from_(exp.to_table(leg.table, quoted=True))
    for join in leg.joins:
        query = query.join(exp.to_table(join.tables[1], quoted=True), on=on_clause(join), join_type="inner")
    conditions = [*leg.where, *shared, *_any_of(leg.aggregates, shared)]
    if conditions:
        query = query.where(*[condition.copy() for condition in conditions])
    if grouped:
        query = query.group_by(*grouped)
    for condition in having:
        query = query.having(condition)
    return query


def on_clause(join: Join) -> exp.Expr:
    return exp.EQ(this=column(*_split(join.left)), expression=column(*_split(join.right)))


def _alias(expression: exp.Expr, name: str) -> exp.Expr:
    return exp.alias_(expression, name, quoted=True)


def _shared(aggregates: list[Aggregate]) -> list[exp.Expr]:
    """Conditions that every aggregate has."""
    if not aggregates:
        return []
    first, *rest = aggregates
    return [c for c in first.conditions if all(c in other.conditions for other in rest)]


def _own(aggregate: Aggregate, shared: list[exp.Expr]) -> list[exp.Expr]:
    return [condition for condition in aggregate.conditions if condition not in shared]


def _any_of(aggregates: list[Aggregate], shared: list[exp.Expr]) -> list[exp.Expr]:
    """Rows that no aggregate counts need not be read, nor make a group of their own."""
    own = [_own(aggregate, shared) for aggregate in aggregates]
    if not own or not all(own):
        return []
    distinct: list[exp.Expr] = []
    for conditions in own:
        combined = exp.and_(*[c.copy() for c in conditions])
        if combined not in distinct:
            distinct.append(combined)
    return [exp.or_(*distinct)] if len(distinct) > 1 else distinct


def within(aggregate: Aggregate, shared: list[exp.Expr]) -> exp.Expr:
    """The aggregate over the rows of its own conditions, which WHERE does not select."""
    conditions = _own(aggregate, shared)
    if not conditions:
        return aggregate.expression.copy()
    test = exp.and_(*[condition.copy() for condition in conditions])

    def step(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.AggFunc):
            return node
        return _conditional(node, test)

    return aggregate.expression.copy().transform(step)


def _conditional(node: exp.AggFunc, test: exp.Expr) -> exp.Expr:
    def when(value: exp.Expr) -> exp.Expr:
        return exp.Case().when(test.copy(), value)

    inner = node.this
    if isinstance(inner, exp.Star):
        return type(node)(this=when(exp.Literal.number(1)))
    if isinstance(inner, exp.Distinct):
        return type(node)(this=exp.Distinct(expressions=[when(e.copy()) for e in inner.expressions]))
    return type(node)(this=when(inner.copy()))
