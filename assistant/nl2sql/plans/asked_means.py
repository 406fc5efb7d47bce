"""Means that a question asks for without their name: how long, the average size of what is counted. Pure."""

from __future__ import annotations

import re

from assistant.nl2sql.plans.lexicon import Tag
from assistant.nl2sql.plans.semantic_model import Metric, SemanticModel
from assistant.nl2sql.plans.terms import Terms, implied_link

_LASTING = ("longest", "shortest", "slowest", "fastest", "quickest", "最长", "最短", "最久", "最慢", "最快")
_TIMES = ("hours", "days", "小时", "天")
_HOW_LONG = re.compile(
    r"多久|多长时间|(?:多少|几)个?(?:小时|天|工作日)(?!数)"
    r"|\bhow (?:long|quickly|fast|soon|many (?:hours|days))\b"
)
_TAKES = re.compile(r"\btakes?\b|\btook\b|办|处理|解决|处置|结|用|花|要|需")


def take_duration(tags: tuple[Tag, ...], model: SemanticModel, terms: Terms) -> None:
    """Tickets that take longest, how long it takes to resolve one: the mean time of the rows that are named."""
    named = [model.metric_by_id[metric] for metric in terms.metrics if metric in terms.at]
    text = (" " if any(tag.text.isascii() for tag in tags) else "").join(tag.text for tag in tags)
    lasting = any(tag.text in _LASTING for tag in tags) or bool(_HOW_LONG.search(text) and _TAKES.search(text))
    meant = any(tag.is_operator("mean") for tag in tags) and any(tag.text in _TIMES for tag in tags)
    grew = any(tag.is_operator("growth", "decline", "yoy", "mom", "improve") for tag in tags)  # 同比最快
    if len(named) != 1 or grew or not (lasting or meant) or named[0].expression != "count(*)":
        return
    times = [
        m for m in model.metrics
        if m.entity == named[0].entity and m.unit in ("小时", "天") and m.expression.startswith("avg(")
    ]  # fmt: skip
    if len(times) == 1:
        _take(named[0], times[0], tags, terms)


def take_mean_of_column(tags: tuple[Tag, ...], model: SemanticModel, terms: Terms) -> None:
    """The average size of the homes sold: the mean of a column of the rows that are counted, where it is declared."""
    named = [model.metric_by_id[metric] for metric in terms.metrics if metric in terms.at]
    if len(named) != 1 or named[0].expression != "count(*)" or not any(tag.is_operator("mean") for tag in tags):
        return
    columns = {model.dimension_by_id[s.target].column for tag in tags for s in tag.of("dimension")}
    wanted = {f"avg({column.partition('.')[2]})" for column in columns if column.startswith(f"{named[0].entity}.")}
    rows = (named[0].entity, named[0].where, named[0].timing)
    means = [m for m in model.metrics if (m.entity, m.where, m.timing) == rows and m.expression in wanted]
    if len(means) == 1:
        _take(named[0], means[0], tags, terms)


def _take(named: Metric, meant: Metric, tags: tuple[Tag, ...], terms: Terms) -> None:
    index = terms.at.pop(named.id)
    terms.metrics, terms.at[meant.id] = [meant.id], index
    terms.links = [*(link for link in terms.links if link.target != named.id), implied_link(tags[index], meant.id)]


def mean_instead(metric: Metric, model: SemanticModel) -> tuple[str, str]:
    """(declared mean, "") of the column that a figure sums, else ("", the plain count of its rows); ("", "") for none.

    A sum over rows that are about persons has two means, one of each row and one of each person: then it is asked.
    """
    column = re.fullmatch(r"sum\((\w+)\)", metric.expression)
    if column is None:
        return "", ""
    own = [m for m in model.metrics if (m.entity, m.where, m.timing) == (metric.entity, metric.where, metric.timing)]
    means = [m.id for m in own if m.expression == f"avg({column[1]})"]
    if means:
        return means[0], ""
    counts = [m.id for m in own if m.expression == "count(*)"]
    persons = any(m.expression.startswith("count(distinct") and m.unit == "人" for m in own)
    return ("", counts[0]) if len(counts) == 1 and not persons else ("", "")
