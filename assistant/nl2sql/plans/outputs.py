"""Which columns a plan's result has, in order, before any SQL: names, labels, units, roles. Pure.

compiling.py writes exactly these columns; the screen and the narration label them from here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from assistant.domain import Column, Lang, QueryPlan
from assistant.language import to_traditional
from assistant.nl2sql.plans.asked_rates import population_of
from assistant.nl2sql.plans.semantic_model import Dimension, Metric, SemanticModel

OutputRole = Literal[
    "dimension",
    "time",
    "metric",
    "base",
    "change",
    "rate",
    "share",
    "rank",
    "cumulative",
    "per",
    "whole",
    "gap",
    "times",
]

_GRAINS = {
    "year": ("年份", "Year"),
    "quarter": ("季度", "Quarter"),
    "month": ("月份", "Month"),
    "day": ("日期", "Date"),
}
_BASE = {"yoy": ("上年同期", "same period last year"), "mom": ("上期", "previous period")}
_COMPARED = {"yoy": ("同比", "year on year"), "mom": ("环比", "on the previous period")}
_AVERAGES = {"day": "日均", "month": "月均", "quarter": "季均", "year": "年均"}
_UNITS = {"day": "天", "month": "月", "quarter": "季度", "year": "年"}
_COLUMN = re.compile(r"[a-z_][a-z0-9_]*", re.IGNORECASE)
_SQL_WORDS = (
    "count sum avg case when then end nullif distinct date_diff in and or is not null hour day year min max interval"
)
_NOT_COLUMNS = frozenset(_SQL_WORDS.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One result column. `of`: dimension id, metric id or grain."""

    name: str
    role: OutputRole
    of: str
    comparison: Literal["yoy", "mom"] | None = None


def outputs_of(plan: QueryPlan, model: SemanticModel) -> tuple[Output, ...]:
    """Keys first (dimensions, parents before them where names repeat, then time), then each metric with its company."""
    found = [Output(name=dimension_name(d), role="dimension", of=d.id) for d in shown_dimensions(plan, model)]
    if plan.grain:
        found.append(Output(name=plan.grain, role="time", of=plan.grain))
    for metric_id in plan.metrics:
        found += _metric_outputs(plan, model.metric_by_id[metric_id])
    return tuple(found)


def count_column(plan: QueryPlan, model: SemanticModel, lang: Lang, *, published_only: bool = False) -> Column:
    """The only column of a plan that counts the groups within its bounds (`plan.counted`).

    `published_only`: groups too small to be named may exist beside the counted ones, and the label says so.
    """
    dimension = model.dimension_by_id[plan.counted]
    english = f"Number of {'published ' if published_only else ''}groups by {dimension.name_en.lower()}"
    chinese = f"{dimension.name}个数" + ("（按公布的计）" if published_only else "")
    label = english if lang == "en" else chinese
    return Column(name=f"{plan.counted}_count", label=to_traditional(label) if lang == "zh-Hant" else label)


def shown_dimensions(plan: QueryPlan, model: SemanticModel) -> tuple[Dimension, ...]:
    found: list[Dimension] = []
    for dimension_id in plan.dimensions:
        dimension = model.dimension_by_id[dimension_id]
        parent = model.dimension_by_id.get(dimension.parent)
        if dimension.show_parent and parent is not None and parent not in found:
            found.append(parent)
        if dimension not in found:
            found.append(dimension)
    return tuple(found)


def dimension_name(dimension: Dimension) -> str:
    """The output's name: that of the column for a dimension table (district_name), else the dimension's id."""
    return dimension.column.partition(".")[2] if dimension.code else dimension.id


def has_rate(metric: Metric) -> bool:
    """A difference of rates is given in percentage points; its own rate of change would mislead."""
    return metric.unit != "%"


def _metric_outputs(plan: QueryPlan, metric: Metric) -> list[Output]:
    name = metric.id
    found = [Output(name=name, role="metric", of=name)]
    if plan.per:
        found.append(Output(name=f"{name}_per", role="per", of=name))
    for kind in plan.comparisons:
        found.append(Output(name=f"{name}_{kind}_base", role="base", of=name, comparison=kind))
        found.append(Output(name=f"{name}_{kind}_change", role="change", of=name, comparison=kind))
        if has_rate(metric):
            found.append(Output(name=f"{name}_{kind}_rate", role="rate", of=name, comparison=kind))
    if "share" in plan.derived and (metric.additive or (plan.share_of and metric.has_parts)):
        found.append(Output(name=f"{name}_share", role="share", of=name))
    if "whole" in plan.derived and plan.share_of and metric.has_parts:
        found.append(Output(name=f"{name}_whole", role="whole", of=name))
    if "versus" in plan.derived:
        found += [Output(name=f"{name}_gap", role="gap", of=name), Output(name=f"{name}_times", role="times", of=name)]
    if "cumulative" in plan.derived and metric.additive:
        found.append(Output(name=f"{name}_cumulative", role="cumulative", of=name))
    if "rank" in plan.derived and name == plan.metrics[0]:
        found.append(Output(name=f"{name}_rank", role="rank", of=name))
    return found


def output_columns(plan: QueryPlan, model: SemanticModel, lang: Lang = "zh") -> tuple[Column, ...]:
    """Labels, units and roles of the result. Ratios are 0-1 with unit "%"; a change of a ratio is 0-1 too."""
    columns = tuple(
        _per_column(output, plan, model, lang) if output.role == "per" else _column(output, model, lang)
        for output in outputs_of(plan, model)
    )
    if lang != "zh-Hant":
        return columns
    return tuple(_traditional(column) for column in columns)


def _traditional(column: Column) -> Column:
    return replace(column, label=to_traditional(column.label))


def _column(output: Output, model: SemanticModel, lang: Lang) -> Column:
    english = lang == "en"
    if output.role == "time":
        return Column(name=output.name, label=_GRAINS[output.of][english], role="key")
    if output.role == "dimension":
        dimension = model.dimension_by_id[output.of]
        label = dimension.name_en if english else dimension.name
        return Column(name=output.name, label=label, element_id=dimension.column, role="key")
    metric = model.metric_by_id[output.of]
    name = metric.name_en if english else metric.name
    unit = metric.unit or None
    if output.role in ("rate", "share"):
        unit = "%"
    elif output.role in ("rank", "times"):
        unit = None
    return Column(
        name=output.name,
        label=_label(output, name, english),
        unit=unit,
        element_id=_element(metric, model),
        role="value",
        derived="" if output.role in ("metric", "whole") else output.role,
    )


def _per_column(output: Output, plan: QueryPlan, model: SemanticModel, lang: Lang) -> Column:
    metric, under = model.metric_by_id[output.of], model.metric_by_id.get(plan.per)
    name = metric.name_en if lang == "en" else metric.name
    unit, each = metric.unit, divisor_words(plan, model, lang)
    if lang != "en":
        counted = f"{plan.per_scale:g}" if plan.per_scale != 1 else ""
        below = _UNITS[plan.per] if under is None else f"{counted}{under.unit}".replace("10000人", "万人")
        unit = f"{unit}/{below}"
    label = f"{name} {each}" if lang == "en" else f"{each}{name}"
    return Column(name=output.name, label=label, unit=unit, role="value")


def divisor_words(plan: QueryPlan, model: SemanticModel, lang: Lang) -> str:
    """日均, 每1000人, 人均; per day, per 1,000 residents: what a figure is divided by, as it is said."""
    under = model.metric_by_id.get(plan.per)
    if under is None:
        return f"per {plan.per}" if lang == "en" else _AVERAGES[plan.per]
    if lang == "en":
        return (
            f"per {plan.per_scale:,.0f} {under.name_en.lower()}"
            if plan.per_scale != 1
            else f"per {under.name_en.lower()}"
        )
    if plan.per_scale != 1:
        return f"每{plan.per_scale:.0f}{under.unit}".replace("10000", "万") + (
            "" if under.id == population_of(model) else under.name
        )
    return "人均" if under.id == population_of(model) else f"按{under.name}平均"


def _label(output: Output, name: str, english: bool) -> str:
    if output.comparison is not None:
        base, compared = _BASE[output.comparison][english], _COMPARED[output.comparison][english]
        if output.role == "base":
            return f"{name}, {base}" if english else f"{base}{name}"
        word = {"change": ("增减", "change"), "rate": ("增速", "growth")}[output.role][english]
        return f"{name}, {word} {compared}" if english else f"{name}{compared}{word}"
    words = {
        "whole": ("（全部）", "all"),
        "gap": ("比另一项多", "more than the other"),
        "times": ("为另一项的倍数", "times the other"),
        "share": ("占比", "share"),
        "rank": ("排名", "rank"),
        "cumulative": ("累计", "cumulative"),
    }
    if output.role == "metric":
        return name
    word = words[output.role][english]
    return f"{name}, {word}" if english else f"{name}{word}"


def _element(metric: Metric, model: SemanticModel) -> str | None:
    """The column that the metric sums or averages; None for plain counts and for ratios of two metrics."""
    if metric.is_ratio:
        return None
    words = [w for w in _COLUMN.findall(metric.expression) if w.lower() not in _NOT_COLUMNS]
    return f"{metric.entity}.{words[0]}" if words else None
