"""Whether a plan can be written as SQL at all, said before anything is compiled: a typed finding, never an exception.

What the sentence reader makes passes by construction; plans also come from edited chips, from memory and from other
programs, so every combination is checked here once.
"""

from __future__ import annotations

from dataclasses import replace

from assistant.domain import Finding, QueryPlan, Text
from assistant.errors import UserError
from assistant.nl2sql.plans import calendars
from assistant.nl2sql.plans.asked_rates import is_divisible
from assistant.nl2sql.plans.join_paths import reaches
from assistant.nl2sql.plans.outputs import outputs_of
from assistant.nl2sql.plans.semantic_model import Metric, SemanticModel

GRAINS = ("year", "quarter", "month", "day")
_COARSEST = {"quarter": ("year", "quarter"), "year": ("year",), "date": GRAINS}
_OPS = (">", ">=", "<", "<=", "=")
_NUMBERS = ("number", "age")


class NotExpressible(UserError):
    """The plan asks for a combination that the compiler does not write."""


def finding_of(plan: QueryPlan, model: SemanticModel) -> Finding | None:
    """Why the plan cannot be computed; None = it can. `code` is plan.<what>."""
    if not plan.metrics or not set(plan.metrics) <= model.metric_by_id.keys():
        return _finding("metric", "没有这个指标。", "There is no such figure.")
    named = (*plan.dimensions, *(item.dimension for item in plan.filters), *plan.share_of)
    if not set(named) <= model.dimension_by_id.keys():
        return _finding("dimension", "没有这个维度。", "There is no such dimension.")
    metrics = [model.metric_by_id[metric] for metric in plan.metrics]
    return _reach(plan, metrics, model) or _time(plan, metrics, model) or _outputs(plan, model)


def fits(plan: QueryPlan, model: SemanticModel) -> bool:
    """Whether a plan that was changed by a follow-up still goes together; finding_of says why not, where it knows."""
    metrics = [model.metric_by_id[metric] for metric in plan.metrics]
    named = [*plan.dimensions, *(item.dimension for item in plan.filters)]
    if not all(reaches(model, metric, model.dimension_by_id[d]) for metric in metrics for d in named):
        return False
    dated = any(part.timing != "snapshot" for metric in metrics for part in model.parts(metric.id))
    if not dated and (plan.grain or plan.comparisons or plan.period):
        return False
    grouped = bool(plan.dimensions or plan.grain)
    return grouped or not (plan.limit or "rank" in plan.derived)


def check(plan: QueryPlan, model: SemanticModel) -> None:
    """Raises NotExpressible with the finding's words."""
    found = finding_of(plan, model)
    if found is not None:
        raise NotExpressible(found.message)


def _reach(plan: QueryPlan, metrics: list[Metric], model: SemanticModel) -> Finding | None:
    for name in (*plan.dimensions, *(item.dimension for item in plan.filters)):
        dimension = model.dimension_by_id[name]
        missing = next((metric for metric in metrics if not reaches(model, metric, dimension)), None)
        if missing is not None:
            return _finding(
                "reach",
                f"{missing.name}的数据里没有“{dimension.name}”，不能按它查询。",
                f"The data of {missing.name_en} do not record {dimension.name_en.lower()}.",
            )
        if name in plan.dimensions and dimension.kind in _NUMBERS:
            return _finding(
                "group",
                f"“{dimension.name}”是数量，只能作条件，不能用来分组。",
                f"{dimension.name_en} is a quantity: it can be a condition, not a split.",
            )
    return None


def _time(plan: QueryPlan, metrics: list[Metric], model: SemanticModel) -> Finding | None:
    parts = [part for metric in metrics for part in model.parts(metric.id)]
    dated = [part for part in parts if part.timing != "snapshot"]
    if not dated and (plan.grain or plan.comparisons):
        return _finding(
            "snapshot",
            "该指标只有时点数，不能按时间比较。",
            "This figure has one date only: nothing to compare.",
        )
    allowed = set(GRAINS).intersection(*(_COARSEST[part.time_format] for part in dated)) if dated else set(GRAINS)
    if any(part.timing == "stock" for part in dated):
        allowed.discard("day")
    if plan.grain and plan.grain not in allowed:
        return _finding("grain", "该指标没有这么细的时间。", "This figure is not kept by so fine a time.")
    if (
        any(metric.is_ratio for metric in metrics)
        and plan.grain
        and not all(model.parts(metric.id)[0].timing != "snapshot" for metric in metrics)
    ):
        return _finding("grain", "该指标的分子没有历史，不能按时间分列。", "The figure's numerator has no history.")
    return _comparison(plan, dated) or _quarters(plan, dated, model)


def _comparison(plan: QueryPlan, dated: list[Metric]) -> Finding | None:
    if not plan.comparisons:
        return None
    if plan.grain == "day" or (plan.period is None and not plan.grain):
        return _finding(
            "comparison",
            "比较需要一段时间，且不细于月。",
            "A comparison needs a period, in months or longer.",
        )
    if "mom" in plan.comparisons and any(part.time_format == "year" for part in dated) and plan.grain != "year":
        return _finding("comparison", "该指标按年度评价，没有环比。", "This figure is kept by year only.")
    return None


def _quarters(plan: QueryPlan, dated: list[Metric], model: SemanticModel) -> Finding | None:
    """Quarterly returns: a period without one whole quarter selects nothing, and a comparison of all time nothing."""
    quarterly = [part for part in dated if part.time_format == "quarter"]
    if not quarterly:
        return None
    empty = plan.period is not None and not calendars.quarters(plan.period)
    endless = plan.period is None and bool(plan.comparisons) and any(m.entity not in model.releases for m in quarterly)
    if empty or endless:
        return _finding("quarters", "该指标按季度申报，请写明完整的季度或年度。", "Name whole quarters or years.")
    return None


def _outputs(plan: QueryPlan, model: SemanticModel) -> Finding | None:
    grouped = bool(plan.dimensions or plan.grain)
    if "cumulative" in plan.derived and not plan.grain:
        return _finding("cumulative", "累计需要按时间分列。", "A running total needs a time grain.")
    if "rank" in plan.derived and not plan.dimensions:
        return _finding("rank", "排名需要分组。", "A ranking needs groups.")
    if "share" in plan.derived and not grouped and not plan.share_of:
        return _finding("share", "占比需要分组或范围。", "A share needs groups or a scope.")
    if "versus" in plan.derived and len(plan.dimensions) + bool(plan.grain) != 1:
        return _finding("versus", "只能比较两组。", "Only two groups can be set against each other.")
    if plan.per and not is_divisible(plan, model):
        return _finding("per", "该指标不能这样平均。", "This figure cannot be averaged like this.")
    names = {output.name for output in outputs_of(plan, model)}
    wanted = {target for target, _, _ in plan.having} | ({plan.order_by[0]} if plan.order_by else set())
    if not wanted <= names or any(op not in _OPS for _, op, _ in plan.having):
        return _finding("having", "条件或排序所指的列不在结果中。", "A bound or order names a column not shown.")
    if any(metric not in model.metric_by_id for metric in plan.without):
        return _finding("metric", "没有这个指标。", "There is no such figure.")
    return None


def _finding(what: str, zh: str, en: str) -> Finding:
    return Finding(code=f"plan.{what}", message=Text(zh=zh, en=en))


def fitted(plan: QueryPlan, model: SemanticModel) -> QueryPlan:
    """那企业呢: another metric keeps what it can be split and filtered by."""
    first = model.metric_by_id[plan.metrics[0]]
    split = {d.id for d in model.dimensions if reaches(model, first, d)}
    order = (plan.metrics[0], plan.order_by[1]) if plan.order_by else None
    return replace(
        plan,
        dimensions=tuple(d for d in plan.dimensions if d in split),
        filters=tuple(item for item in plan.filters if item.dimension in split),
        derived=tuple(d for d in plan.derived if first.additive or d == "rank"),
        having=(),
        order_by=order,
    )
