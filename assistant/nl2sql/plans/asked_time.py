"""From the mentions of time in a question to one period, a grain and comparisons. Pure.

Rules worth knowing: a year that is not over ends at the as-of day; 同比 compares the same months of the year before;
近三年 asks for one figure a year unless a total or a winner is asked for; a snapshot has one date only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Literal, TypeAlias

from assistant.domain import Period, Text
from assistant.nl2sql.plans import calendars
from assistant.nl2sql.plans.asked_spans import innermost, part_of_each_year, shared_part, yearly_grain
from assistant.nl2sql.plans.calendars import DAY, months_between
from assistant.nl2sql.plans.periods import Mention
from assistant.nl2sql.plans.semantic_model import Metric, SemanticModel

_EACH = {"day": "/天", "month": "/月", "quarter": "/季度", "year": "/年"}  # how units of a figure for one of them end

Comparison: TypeAlias = Literal["yoy", "mom"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the operators of the question say about time."""

    yoy: bool = False
    mom: bool = False
    growth: bool = False
    rate: bool = False  # 增速, 增长率: how fast, not only which way
    vary: bool = False  # 变化: over time where there is a grain, else against last year
    compare: bool = False
    trend: bool = False
    total: bool = False
    winner: bool = False  # a superlative or top N: one figure each, not one a year
    beside: bool = True  # the time stands beside the word that compares: it is what is compared with
    with_things: bool = False  # 比注销的多几家: what is compared with is another figure, and no time


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedTime:
    period: Period | None = None
    grain: str | None = None
    comparisons: tuple[Comparison, ...] = ()
    no_data: Text | None = None
    unclear: bool = False  # several periods that make no single question
    per: str = ""  # a figure a day, a month …
    named: Mention | None = None  # words that may mean several times: 春节
    pieces: tuple[Period, ...] = ()  # several periods side by side; `period` is then their span


def read_time(
    mentions: tuple[Mention, ...], wishes: Wishes, metrics: tuple[Metric, ...], model: SemanticModel, as_of: date
) -> AskedTime:
    """`metrics`: the simple metrics (no ratios) whose rows the period selects."""
    named = next((mention for mention in mentions if mention.kind == "named"), None)
    if named is not None:
        return AskedTime(unclear=True, named=named)
    asked = _merged(mentions, wishes)
    if asked.unclear:
        return asked
    both = "mom" in asked.comparisons  # 下半年比上半年: the two are named, so they are compared whole
    averaged = next((mention.grain for mention in mentions if mention.kind == "average"), None)
    if metrics and all(metric.unit.endswith(_EACH.get(averaged or "", "-")) for metric in metrics):
        averaged = None  # 低保金平均每月多少: 元/月 is of a month already
    if averaged in ("month", "quarter") and metrics and all(m.expression.startswith("avg(") for m in metrics):
        asked, averaged = replace(asked, grain=averaged), None  # 臭氧月均值: the mean of each month
    if averaged and asked.period is None:
        asked = replace(asked, period=_everything(metrics, model, as_of))
    asked = replace(asked, per=averaged or "", grain=None if averaged == asked.grain else asked.grain)
    if not asked.pieces:
        asked = _with_comparisons(asked, mentions, wishes, as_of)
        asked = _with_grain(asked, mentions, wishes)
    asked = _fitted_pieces(asked, metrics, model, as_of) if asked.pieces else _fitted(asked, metrics, model, as_of)
    return _with_months(asked, as_of) if "mom" in asked.comparisons and not (asked.no_data or both) else asked


def _with_months(asked: AskedTime, as_of: date) -> AskedTime:
    """环比 is of one month or one quarter: of the last month where no time is named, month by month in a longer one."""
    if asked.grain is not None:
        return asked
    if asked.period is None:
        return replace(asked, period=calendars.last_month(as_of))
    months = months_between(asked.period.start, asked.period.end)
    return asked if months in (1, 3, None) else replace(asked, grain="month")


def _merged(mentions: tuple[Mention, ...], wishes: Wishes) -> AskedTime:
    """The period that several mentions make together."""
    spans = [mention for mention in mentions if mention.period is not None and mention.kind != "now"]
    if not spans:
        now = next((mention for mention in mentions if mention.kind == "now"), None)
        return AskedTime(period=now.period if now else None)
    grain = next((mention.grain for mention in spans if mention.grain), None)
    listed = any(mention.kind == "listed" for mention in spans)
    yearly = part_of_each_year(spans)
    periods = yearly or innermost(shared_part(spans))
    if len(periods) == 1:
        keep = listed and not (wishes.total or wishes.winner)
        return AskedTime(period=periods[0], grain=grain if keep else None)
    if yearly:
        whole = calendars.period_of(periods[0].start, periods[-1].end)
        return AskedTime(period=whole, grain="year", pieces=tuple(periods))
    return _several(periods, wishes)


def _several(periods: list[Period], wishes: Wishes) -> AskedTime:
    earlier, later = periods[0], periods[-1]
    if (len(periods) == 2 and wishes.compare) or wishes.growth:
        if calendars.same_period_last_year(later) == earlier:
            return AskedTime(period=later, comparisons=("yoy",))
        if calendars.previous_period(later) == earlier:
            return AskedTime(period=later, comparisons=("mom",))
    if len(periods) == 2 and calendars.same_period_last_year(later) == earlier and later.start > earlier.end:
        return AskedTime(period=later, comparisons=("yoy",))
    before = calendars.same_period_last_year(later)
    if len(periods) == 2 and wishes.compare and earlier.start <= before.start and before.end <= earlier.end:
        return AskedTime(period=later, comparisons=("yoy",))  # 三季度…和去年比: the same months of that year
    adjacent = all(one.end == two.start for one, two in pairwise(periods))
    sizes = {months_between(period.start, period.end) for period in periods}
    grain = {1: "month", 3: "quarter", 12: "year"}.get(sizes.pop() or 0) if len(sizes) == 1 else None
    whole = calendars.period_of(earlier.start, later.end)
    if adjacent and grain is not None:
        return AskedTime(period=whole, grain=None if wishes.total else grain)
    apart = grain or yearly_grain(periods)
    if apart is None or wishes.total or wishes.yoy or wishes.mom:
        return AskedTime(unclear=True)
    return AskedTime(period=whole, grain=apart, pieces=tuple(periods))


def _with_comparisons(asked: AskedTime, mentions: tuple[Mention, ...], wishes: Wishes, as_of: date) -> AskedTime:
    same = any(mention.kind == "same_last_year" for mention in mentions)
    found: list[Comparison] = list(asked.comparisons)
    this_year = calendars.period_of(date(as_of.year, 1, 1), as_of + DAY)
    last_year = calendars.period_of(date(as_of.year - 1, 1, 1), date(as_of.year, 1, 1))
    period = asked.period
    if same and period is None and not (wishes.compare or wishes.growth or wishes.yoy):
        return replace(asked, period=calendars.same_period_last_year(this_year))  # 去年同期…: the period itself
    if same or wishes.yoy:
        found.append("yoy")
    if any(mention.kind == "previous" for mention in mentions):
        found.append("mom")
        first = date(as_of.year, as_of.month, 1)
        period = period or calendars.period_of(first, as_of + DAY)  # 比上月: this month
    named = [mention for mention in mentions if mention.period is not None and mention.kind != "now"]
    twice = len(named) > 1 and all(mention.period == period for mention in named)
    if twice and (wishes.compare or wishes.growth) and not found:
        found.append("yoy")  # 2024年…比上年: the second word names what 2024 is compared with
    if wishes.compare and wishes.beside and not found and period == last_year and not wishes.mom:
        found.append("yoy")  # 和去年比: this year so far with the same months
        period = this_year
    if wishes.mom and "mom" not in found:
        found.append("mom")
    every = any(mention.kind == "every" for mention in mentions)
    varies = wishes.vary and not every and asked.grain is None
    several = asked.grain == "year" and not wishes.rate  # 近三年逐年下降了吗: the years side by side say so
    shown = wishes.trend or wishes.with_things or several or (every and not wishes.rate)
    if (wishes.growth or varies) and not found and not shown:
        found.append("yoy")
    if "yoy" in found and period is None and not every:
        period = this_year
    return replace(asked, period=period, comparisons=tuple(dict.fromkeys(found)))


def _with_grain(asked: AskedTime, mentions: tuple[Mention, ...], wishes: Wishes) -> AskedTime:
    every = next((mention.grain for mention in mentions if mention.kind == "every"), None)
    if every:
        return replace(asked, grain=every)
    if wishes.trend and asked.grain is None:
        months = months_between(asked.period.start, asked.period.end) if asked.period else None
        return replace(asked, grain="month" if months is not None and months <= 24 else "quarter")
    if wishes.trend and asked.grain == "year" and asked.period is not None:
        return asked
    return asked


def _fitted(asked: AskedTime, metrics: tuple[Metric, ...], model: SemanticModel, as_of: date) -> AskedTime:
    """Clipped to what the metrics have data for, or the reason why there is none."""
    dated = tuple(metric for metric in metrics if metric.timing != "snapshot")
    if not dated:
        return _snapshot(asked, as_of)
    if asked.period is None:
        return _unless_too_coarse(asked, dated)
    first = max((model.entity_by_table[m.entity].data_from or date.min for m in dated), default=date.min)
    period = calendars.clipped(asked.period, first if first > date.min else None, as_of)
    if period is None:
        return replace(asked, no_data=_outside(asked.period, first, as_of))
    if any(m.time_format == "quarter" for m in dated) and not calendars.quarters(period):
        return replace(asked, no_data=_TOO_SHORT)
    if all(m.time_format == "quarter" for m in dated):
        period = _published(period, dated, model)
    if any(m.time_format == "year" for m in dated) and (months_between(asked.period.start, asked.period.end) or 1) % 12:
        return replace(asked, no_data=_WHOLE_YEARS)
    if "yoy" in asked.comparisons and asked.grain is None:
        base = calendars.same_period_last_year(period)
        if base.end <= first:
            return replace(asked, no_data=_outside(base, first, as_of))
    if all(m.timing == "stock" for m in dated) and period.end == as_of + DAY and not (asked.grain or asked.comparisons):
        return replace(asked, period=None)  # a stock has a last day only, and this one is today
    return _unless_too_coarse(replace(asked, period=period), dated)


def _everything(metrics: tuple[Metric, ...], model: SemanticModel, as_of: date) -> Period | None:
    """From the first day of the data to the last; None where the first is not known."""
    first = max((model.entity_by_table[metric.entity].data_from or date.min for metric in metrics), default=date.min)
    return calendars.period_of(first, as_of + DAY) if first > date.min else None


def _fitted_pieces(asked: AskedTime, metrics: tuple[Metric, ...], model: SemanticModel, as_of: date) -> AskedTime:
    """Each of the periods as far as there are data; where one has none, or the grain is too fine, the reason why."""
    found = []
    for piece in asked.pieces:
        one = _fitted(AskedTime(period=piece, grain=asked.grain), metrics, model, as_of)
        if one.no_data is not None or one.period is None or one.grain != asked.grain:
            return replace(one, unclear=one.no_data is None)
        found.append(one.period)
    labels = [piece.label for piece in found]
    firsts, last = labels[:-1], labels[-1]
    both = Text(
        zh="、".join(one.zh for one in firsts) + f"和{last.zh}",
        en=", ".join(one.en for one in firsts) + f" and {last.en}",
    )
    whole = Period(start=found[0].start, end=found[-1].end, label=both)
    return replace(asked, period=whole, pieces=tuple(found))


def _published(period: Period, metrics: tuple[Metric, ...], model: SemanticModel) -> Period:
    """The whole quarters that are published, so that the period shown is the one computed. All, where none is."""
    asked = calendars.quarters(period)
    releases = [model.releases[m.entity].released for m in metrics if m.entity in model.releases]
    published = tuple(quarter for quarter in asked if all(quarter in released for released in releases))
    return calendars.quarter_span(published or asked)


def _snapshot(asked: AskedTime, as_of: date) -> AskedTime:
    covers = asked.period is None or asked.period.start <= as_of < asked.period.end
    if asked.comparisons or asked.grain or not covers:
        return replace(asked, no_data=_only_now(as_of))
    return AskedTime()


def _unless_too_coarse(asked: AskedTime, metrics: tuple[Metric, ...]) -> AskedTime:
    formats = {metric.time_format for metric in metrics}
    if ("quarter" in formats and asked.grain in ("month", "day")) or (
        "year" in formats and asked.grain in ("quarter", "month", "day")
    ):
        return replace(asked, grain="year" if "year" in formats else "quarter")
    return asked


def _outside(period: Period, first: date, as_of: date) -> Text:
    one, two = calendars.day_text(first), calendars.day_text(as_of)
    if first == date.min:
        return Text(
            zh=f"没有{period.label.zh}的数据：数据截至{two.zh}。",
            en=f"No data for {period.label.en}: the data end on {two.en}.",
        )
    return Text(
        zh=f"没有{period.label.zh}的数据：现有数据为{one.zh}至{two.zh}。请换一个时间再问。",
        en=f"No data for {period.label.en}: the data run from {one.en} to {two.en}. Please ask about another time.",
    )


def _only_now(as_of: date) -> Text:
    day = calendars.day_text(as_of)
    return Text(
        zh=f"该指标只有{day.zh}的时点数，没有历史数据，不能按时间比较。可以去掉时间再问。",
        en=f"This figure exists only as of {day.en}; there is no history to compare. Ask again without a time.",
    )


_TOO_SHORT = Text(
    zh="该指标按季度申报，所问时间内没有完整的季度。请按季度或年度再问。",
    en="This figure is reported by quarter and the time asked for holds no whole quarter. Ask by quarter or year.",
)
_WHOLE_YEARS = Text(
    zh="该指标按年度评价，没有更细的时间。请按年度再问。",
    en="This figure is reported by year only. Ask by year.",
)
