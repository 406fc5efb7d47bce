"""The semantic model against the catalog and the warehouse: every column exists, types fit, every metric compiles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from sqlglot import exp
from sqlglot.errors import SqlglotError

from assistant.domain import Finding, PlanFilter, QueryPlan, SqlDraft, Text, ValidatedQuery
from assistant.nl2sql import validation
from assistant.nl2sql.plans import calendars
from assistant.nl2sql.plans.compiling import NotExpressible, compile_plan
from assistant.nl2sql.plans.compiling_legs import conditions_of, expression_of
from assistant.nl2sql.plans.join_paths import dimensions_of
from assistant.nl2sql.plans.plan_checks import finding_of
from assistant.nl2sql.plans.semantic_model import Metric, SemanticModel, VerifiedQuestion

if TYPE_CHECKING:
    from assistant.catalog import Catalog

Schema = Mapping[str, Mapping[str, str]]

_TYPES = {"date": ("DATE", "TIMESTAMP"), "quarter": ("VARCHAR", "TEXT"), "year": ("INT",)}


def check(model: SemanticModel, catalog: Catalog | None, schema: Schema) -> tuple[Finding, ...]:
    """Findings in the order of the files; empty when all is well."""
    found = [*_check_columns(model, schema), *_check_metrics(model, schema), *_check_verified(model)]
    if not found:
        found += _check_compiling(model, schema)
    if catalog is not None:
        found += _check_catalog(model, catalog)
    return tuple(found)


def _finding(code: str, zh: str, en: str, model: SemanticModel, key: str = "") -> Finding:
    file, line = model.places.get(key, ("", 0))
    where = f"{file}:{line} " if file else ""
    return Finding(code=code, message=Text(zh=where + zh, en=where + en), line=line or None)


def _check_columns(model: SemanticModel, schema: Schema) -> Iterator[Finding]:
    for entity in model.entities:
        yield from _exists(f"{entity.table}.{entity.key}", model, schema)
        for item in entity.fields:
            yield from _exists(item.element, model, schema)
    for join in model.joins:
        for element in (join.left, join.right):
            yield from _exists(element, model, schema)
    for dimension in model.dimensions:
        for element in dict.fromkeys((dimension.column, dimension.order_column)):
            yield from _exists(element, model, schema, f"dimensions:{dimension.id}")


def _exists(element: str, model: SemanticModel, schema: Schema, key: str = "") -> Iterator[Finding]:
    table, _, column = element.partition(".")
    if table not in schema:
        yield _finding("unknown_table", f"没有表 {table}。", f"there is no table {table}.", model, key)
    elif column not in schema[table]:
        yield _finding("unknown_column", f"没有列 {element}。", f"there is no column {element}.", model, key)


def _check_metrics(model: SemanticModel, schema: Schema) -> Iterator[Finding]:
    for metric in model.metrics:
        if metric.is_ratio:
            continue
        key = f"metrics:{metric.id}"
        yield from _check_expression(metric, model, schema)
        for column in filter(None, (metric.time, metric.time_end)):
            yield from _exists(f"{metric.entity}.{column}", model, schema, key)
        kind = schema.get(metric.entity, {}).get(metric.time, "").upper()
        if kind and not any(kind.startswith(name) or name in kind for name in _TYPES[metric.time_format]):
            wanted = metric.time_format
            yield _finding(
                "type_mismatch",
                f"指标 {metric.id} 的时间列 {metric.time} 是 {kind}，不合 time_format {wanted}。",
                f"the time column {metric.time} of {metric.id} is {kind}, which does not fit time_format {wanted}.",
                model,
                key,
            )


def _check_expression(metric: Metric, model: SemanticModel, schema: Schema) -> Iterator[Finding]:
    key = f"metrics:{metric.id}"
    try:
        trees = [expression_of(metric, model), *conditions_of(metric, model)]
    except SqlglotError:
        yield _finding(
            "syntax", f"指标 {metric.id} 的公式无法解析。", f"the formula of {metric.id} cannot be parsed.", model, key
        )
        return
    if trees[0].find(exp.AggFunc) is None:
        yield _finding(
            "no_aggregate",
            f"指标 {metric.id} 的公式没有汇总函数。",
            f"the formula of {metric.id} has no aggregate function.",
            model,
            key,
        )
    for tree in trees:
        for column in tree.find_all(exp.Column):
            yield from _exists(f"{column.table}.{column.name}", model, schema, key)


def _check_compiling(model: SemanticModel, schema: Schema) -> Iterator[Finding]:
    """Each metric alone, and by the nearest dimension: the draft must pass the gate as anybody's SQL."""
    for metric in model.metrics:
        reached = dimensions_of(model, metric)[:1]
        for dimensions in ((), tuple(d.id for d in reached)):
            plan = QueryPlan(metrics=(metric.id,), dimensions=dimensions)
            yield from _passes(metric, plan, model, schema)


def _passes(metric: Metric, plan: QueryPlan, model: SemanticModel, schema: Schema) -> Iterator[Finding]:
    try:
        draft: SqlDraft = compile_plan(plan, model)
    except NotExpressible as problem:
        yield _finding("not_expressible", problem.text.zh, problem.text.en, model, f"metrics:{metric.id}")
        return
    checked = validation.validate(draft, schema=schema)
    if isinstance(checked, ValidatedQuery):
        return
    for item in checked:
        yield _finding(
            item.code,
            f"指标 {metric.id} 编译后未通过校验：{item.message.zh}",
            f"{metric.id} compiles to SQL that fails validation: {item.message.en}",
            model,
            f"metrics:{metric.id}",
        )


def _check_verified(model: SemanticModel) -> Iterator[Finding]:
    for question in model.verified:
        if question.expires_on <= model.as_of:
            yield _finding(
                "expired",
                f"核定问数 {question.id} 已于 {question.expires_on} 到期，请重新核定。",
                f"the verified question {question.id} expired on {question.expires_on}; have it approved again.",
                model,
            )
        problem = finding_of(_plan_of(question, model), model)
        if problem is not None:
            yield _finding(
                "verified",
                f"核定问数 {question.id} 不能计算：{problem.message.zh}",
                f"the verified question {question.id} cannot be computed: {problem.message.en}",
                model,
            )


def _plan_of(question: VerifiedQuestion, model: SemanticModel) -> QueryPlan:
    """The approved question over the whole year before, with a value of every parameter."""
    year = model.as_of.year
    period = calendars.period_of(calendars.month_start(year - 1, 1), calendars.month_start(year, 1))
    dated = any(parameter.kind == "period" for parameter in question.parameters)
    chosen = tuple(p.dimension for p in question.parameters if p.kind == "dimension")
    return QueryPlan(
        metrics=question.metrics,
        dimensions=question.dimensions,
        filters=tuple(PlanFilter(dimension=name, op="in", values=("",)) for name in chosen),
        grain=question.grain or None,
        comparisons=question.comparisons,
        derived=question.derived,
        period=period if dated else None,
    )


def _check_catalog(model: SemanticModel, catalog: Catalog) -> Iterator[Finding]:
    """What is asked about must be catalogued; a table without a resource is served to nobody."""
    for entity in model.entities:
        if entity.table not in catalog.by_table:
            yield _finding(
                "uncatalogued",
                f"表 {entity.table} 没有对应的信息资源。",
                f"no catalog resource describes the table {entity.table}.",
                model,
            )
