"""日均, 每万人, 人均, A除以B: by what each figure is to be divided. Pure.

Only figures that add up are divided: a mean or a ratio of its own has its own denominator already.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from assistant.domain import Period, QueryPlan
from assistant.nl2sql.plans import calendars
from assistant.nl2sql.plans.calendars import DAY, months_between
from assistant.nl2sql.plans.periods import Context, Mention, Rule
from assistant.nl2sql.plans.semantic_model import Metric, SemanticModel

_GRAINS = {"日": "day", "天": "day", "月": "month", "季": "quarter", "年": "year", "dai": "day", "day": "day",
           "mon": "month", "qua": "quarter", "yea": "year", "ann": "year"}  # fmt: skip
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_SIZES = ("day", "month", "quarter", "year")
_UNIT = r"(?P<unit>天|日|月|季度?|年)"
_EN_UNIT = r"(?P<unit>day|month|quarter|year)"
_EN_ADVERB = r"(?P<unit>daily|monthly|quarterly|yearly|annual)"
_WHAT = r"(?: number| amount| count| total| volume)?(?: of)?(?: the)?"


def _average(match: re.Match[str], context: Context) -> Mention | None:
    grain = _GRAINS.get(match["unit"][:3]) or _GRAINS[match["unit"][0]]
    return Mention(start=match.start(), end=match.end(), kind="average", period=None, grain=grain)


_READ: Callable[[re.Match[str], Context], Mention | None] = _average
RULES: tuple[Rule, ...] = tuple(
    (re.compile(pattern), _READ)
    for pattern in (
        rf"(?:平均)?(?:每[1一]?个?|[1一]个?){_UNIT}(?:平均|均)",
        rf"平均(?:到|下来)?(?:每[1一]?个?|[1一]个?){_UNIT}",
        r"(?<![今去前当近全逐历上本这每各])(?P<unit>[日月季年])均(?:值|数)?(?![匀衡等已为由未不有无可])",
        rf"按{_UNIT}平均",
        rf"\b{_EN_ADVERB} (?:average|mean)\b{_WHAT}",
        rf"\b(?:average|mean) {_EN_ADVERB}\b{_WHAT}",
        rf"\bon average (?:per|a|each|every) {_EN_UNIT}\b",
        rf"\b(?:per|a|each|every) {_EN_UNIT} on average\b",
    )
)
_MEAN = re.compile(rf"\b(?:on average|(?:the )?(?:average|mean){_WHAT})(?= |$|[?.,])")
_EACH_TIME = re.compile(rf"\b(?:per|a|each|every) {_EN_UNIT}\b")

_COUNTS = {"百": 100, "千": 1000, "万": 10_000, "1万": 10_000, "十万": 100_000, "10万": 100_000, "百万": 1_000_000,
           "thousand": 1000, "ten thousand": 10_000, "hundred thousand": 100_000}  # fmt: skip
_HEAD = re.compile(
    r"每(?P<n>百|千|1?万|十万|10万|百万|100|1000|10000|100000)(?:名|个)?(?:常住)?(?:人口|居民|人)(?:中|里)?(?:的|有)?"
    r"|(?P<one>人均|每人平均|平均每个?人|平均到每个?人|每个?人|每位居民|每名居民)"
    r"|\bper (?P<m>100|1000|10000|100000|thousand|ten thousand|hundred thousand) "
    r"(?:people|residents|inhabitants|persons|population|population members|head)\b"
    r"|(?P<each>\bper capita\b|\bper head\b|\bper resident\b|\bper inhabitant\b|\bper person\b)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """`scale` people, or one; text[start:end] says so."""

    scale: float
    start: int
    end: int


def read_head(text: str) -> Rate | None:
    """每万人, 人均, per 1,000 residents, in a normalised text."""
    match = _HEAD.search(text)
    if match is None:
        return None
    written = match["n"] or match["m"]
    scale = 1.0 if written is None else float(_COUNTS.get(written) or written)
    return Rate(scale=scale, start=match.start(), end=match.end())


def with_averages(text: str, mentions: tuple[Mention, ...]) -> tuple[tuple[Mention, ...], tuple[tuple[int, int], ...]]:
    """average … per day: English says the two words apart. (the mentions, the places of the words for the mean)."""
    means = [match.span() for match in _MEAN.finditer(text)]
    apart = [m for m in mentions if m.kind == "every" and _EACH_TIME.search(text[m.start : m.end])]
    if not means or len(apart) != 1:
        return mentions, ()
    changed = Mention(start=apart[0].start, end=apart[0].end, kind="average", period=None, grain=apart[0].grain)
    return tuple(changed if m is apart[0] else m for m in mentions), tuple(means)


def population_of(model: SemanticModel) -> str:
    """The figure that the declared per-head figures are divided by; "" where the model has none."""
    under = Counter(metric.denominator for metric in model.metrics if metric.is_ratio and metric.scale > 1)
    return under.most_common(1)[0][0] if under else ""


def own_persons(metric: Metric, model: SemanticModel) -> str:
    """Whom the rows of a figure are about: patients of visits; "" where nobody counts them."""
    found = [
        other.id
        for other in model.metrics
        if other.entity == metric.entity and other.unit == "人" and other.expression.startswith("count(distinct")
    ]
    return found[0] if found else ""


def is_divisible(plan: QueryPlan, model: SemanticModel) -> bool:
    """Every figure adds up, nothing is compared, and the time is known and cut into whole parts."""
    metrics = [model.metric_by_id[metric] for metric in plan.metrics]
    if any(metric.is_ratio or not metric.additive for metric in metrics) or plan.comparisons or plan.derived:
        return False
    if plan.per in model.metric_by_id:
        return True
    dated = all(metric.timing == "flow" for metric in metrics) and plan.grain in (None, "year", "quarter", "month")
    coarse = any(metric.time_format != "date" for metric in metrics) and plan.per == "day"
    return dated and not coarse and None not in lengths(plan)


def is_mean_of_one(plan: QueryPlan, model: SemanticModel) -> bool:
    """2024年PM2.5年均值: the mean of a year is what a mean figure of that one year is anyway."""
    means = all(model.metric_by_id[metric].expression.startswith("avg(") for metric in plan.metrics)
    return means and plan.per in _SIZES and lengths(plan) == (1.0,)


def lengths(plan: QueryPlan) -> tuple[float | None, ...]:
    """How many days, months … each part of the plan's time has; None where it is no whole number of them."""
    if plan.period is None:
        return (None,)
    parts = plan.pieces or (calendars.split(plan.period, plan.grain) if plan.grain else (plan.period,))
    return tuple(_length(part, plan.per) for part in parts)


def _length(period: Period, unit: str) -> float | None:
    if unit == "day":
        return float((period.end - period.start) / DAY)
    months = months_between(period.start, period.end)
    size = _MONTHS.get(unit, 0)
    return None if months is None or not size or months % size or not months else months / size
