"""A figure that is not named but implied: 领取育儿补贴的人数 is the recipients of subsidies, of that programme. Pure.

Only where every value and dimension of the question that belongs to one topic belongs to the same one, and the words
for a quantity (人数, 多少钱, how many) fit exactly one kind of figure there. Marked as fuzzy and said.
"""

from __future__ import annotations

import re

from assistant.nl2sql.plans.join_paths import path
from assistant.nl2sql.plans.lexicon import Tag
from assistant.nl2sql.plans.semantic_model import Metric, SemanticModel

# words for a quantity -> units they are counted in; the first that fits decides
_QUANTITIES: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (re.compile(r"人次|\bvisits?\b"), ("人次",)),
    (re.compile(r"人数|多少人|几个人|(?:how many|number of) (?:people|persons|residents|recipients)"), ("人",)),
    (re.compile(r"金额|多少钱|多少资金|总额|支出|花费|开支|how much (?:money)?|\bamount\b"), ("元", "万元")),
    (re.compile(r"(?:多少|几)(?:亩|公顷|平方米|平米)|面积|\barea\b|how many hectares"), ("平方米",)),
)
_HOW_MANY = re.compile(r"几|数|量|笔|件|次|how many|number|count|占比|比例|share")
_COUNT = re.compile(
    r"多少|数量|几|数|量|比例|占比|构成|最多|最少|排名|前\d|趋势|走势|情况|同比|环比|没有|各|每|分|按|"
    r"20\d\d|今年|去年|前年|增速|增长|this year|last year|growth|"
    r"how many|number|share|count|\bchange|\bby\b|\btop\b|\bmost\b|\bfewest\b|\bwithout\b|\btrend"
)


def implied_metrics(tags: tuple[Tag, ...], text: str, model: SemanticModel) -> tuple[str, ...]:
    """The metrics meant, one for each quantity that is asked for; () where none or several are possible."""
    table = _topic_table(tags, model)
    if table is None:
        return ()
    metrics = [metric for metric in model.metrics if metric.entity == table]
    asked = [
        _only([metric for metric in metrics if metric.unit in units and metric.better != "lower"])
        for pattern, units in _QUANTITIES
        if pattern.search(text)
    ]
    if asked:
        return tuple(dict.fromkeys(metric for metric in asked if metric)) if all(asked) else ()
    one = _counted(metrics, table, text, model) if _COUNT.search(text) else None
    return (one,) if one else ()


def is_open(metric_id: str, text: str, model: SemanticModel) -> int | None:
    """Whether the rows that a bare 农机购置补贴 names may as well be summed as counted: the place of that ambiguity."""
    if _HOW_MANY.search(text) or any(pattern.search(text) for pattern, _ in _QUANTITIES):
        return None
    for index, ambiguity in enumerate(model.ambiguities):
        units = {model.metric_by_id[one].unit for one in ambiguity.readings} - {"%"}
        rows = {model.metric_by_id[one].entity for one in ambiguity.readings}
        if metric_id in ambiguity.readings[1:] and len(units) > 1 and len(rows) == 1 and not ambiguity.default:
            return index
    return None


def _counted(metrics: list[Metric], table: str, text: str, model: SemanticModel) -> str | None:
    """The figure of rows that are only named: how many there are, or their sum where nobody counts them."""
    measured = [m for m in metrics if m.unit and re.search(f"(?:多少|几){re.escape(m.unit)}", text)]
    if measured and not any(_plain_count(metric) for metric in measured):
        return _only([metric for metric in measured if metric.additive and metric.timing == "flow"])
    # Where nobody counts the rows (a tax return is no event), the first sum that the model declares is what is asked.
    return (
        _only([metric for metric in metrics if _plain_count(metric)])
        or _only([m for m in metrics if _plain_sum(m) and not _is_dimension_table(table, model)])
        or _only([m for m in metrics if m.expression.startswith("count(distinct") and not m.where])
    )


def _topic_table(tags: tuple[Tag, ...], model: SemanticModel) -> str | None:
    """The one table with metrics of its own that the values and dimensions of the question stand in."""
    counted = {metric.entity for metric in model.metrics}
    said: list[set[str]] = []
    for tag in tags:
        if tag.of("readings"):
            continue  # 企业 is a kind of download user too, but that is not what it says
        dimensions = [model.dimension_by_id[s.target] for s in (*tag.of("value"), *tag.of("dimension"))]
        found = {d.table for d in dimensions if not d.code} & counted  # shared dimension tables belong to no topic
        if found:
            said.append(found)
    # 二级医院住院人次: visits join to hospitals, not the other way round.
    fitting = [
        table
        for table in sorted(set().union(*said))
        if all(table in found or any(path(model, table, other) for other in found) for found in said)
    ]
    own = [table for table in fitting if all(table in found for found in said)] or fitting
    return own[0] if len(own) == 1 else None


def _plain_count(metric: Metric) -> bool:
    return metric.expression == "count(*)" and (not metric.where or metric.timing == "snapshot")


def _plain_sum(metric: Metric) -> bool:
    return metric.additive and metric.expression.startswith("sum(") and not metric.where


def _is_dimension_table(table: str, model: SemanticModel) -> bool:
    """只看县: a kind of district asks for no square kilometres."""
    return any(dimension.table == table and dimension.code for dimension in model.dimensions)


def _only(metrics: list[Metric]) -> str | None:
    """The only one, or the first of those that sum plainly over a period, where the model lists several."""
    preferred = [metric for metric in metrics if metric.timing == "flow"] or metrics
    additive = [metric for metric in preferred if metric.additive] or preferred
    return additive[0].id if additive else None
