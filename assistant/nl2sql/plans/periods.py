"""Which time a question speaks of, in Chinese (periods_en.py: in English). Pure.

Everything relative is counted from the day the data end (`as_of`), never from the clock. A period that would run past
that day ends there: on 2025-10-31 the year 2025 is January to October, and its 上年同期 is January to October 2024.
Texts come normalised (normalising.py): digits, half width, lower case.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from assistant.domain import Period
from assistant.nl2sql.plans.calendars import DAY, last_month, month_start, period_of, shift_months

Kind: TypeAlias = Literal["span", "up_to", "listed", "every", "same_last_year", "previous", "now", "named", "average"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """Words that name a time: `up_to` 截至…, `listed` one figure a year, `named` any of `readings`, `average` 日均."""

    start: int  # position in the normalised text
    end: int
    kind: Kind
    period: Period | None  # None: same_last_year, previous, every, named, average
    grain: str | None = None
    readings: tuple[Period, ...] = ()


@dataclass(frozen=True, slots=True)
class Context:
    as_of: date
    year: int | None  # the year named before in the same question


Rule: TypeAlias = tuple[re.Pattern[str], Callable[[re.Match[str], Context], Mention | None]]
Found: TypeAlias = tuple[re.Match[str], Callable[[re.Match[str], Context], Mention | None]]

_YEAR = (
    r"(?:(?P<year>(?<!\d)(?:19|20)\d\d)\s*(?:年度?|(?=[上下]半年|第?[1-4]季|q[1-4]|前\d|年))"
    r"|(?P<relative>今年|本年度|本年|当年|去年|上年度|上一年|上年|前年|明年))"
)
_RELATIVE = {"去年": -1, "上年": -1, "上一年": -1, "上年度": -1, "前年": -2, "明年": 1}
_TO = r"(?:-|至|到|—)"


def year_of(match: re.Match[str], context: Context) -> int:
    """The year that a match names, else the one named before, else this year."""
    groups = match.groupdict()
    if groups.get("year"):
        return int(groups["year"])
    if groups.get("relative"):
        return context.as_of.year + _RELATIVE.get(groups["relative"], 0)
    return context.year or context.as_of.year


def named_year(match: re.Match[str]) -> bool:
    return bool(match.groupdict().get("year") or match.groupdict().get("relative"))


def span(match: re.Match[str], start: date, end: date, kind: Kind = "span", grain: str | None = None) -> Mention | None:
    """A mention of [start, end); None where the words make no period."""
    if end <= start:
        return None
    return Mention(start=match.start(), end=match.end(), kind=kind, period=period_of(start, end), grain=grain)


def months(match: re.Match[str], year: int, first: int, last: int, kind: Kind = "span") -> Mention | None:
    if not 1 <= first <= last <= 12:
        return None
    return span(match, month_start(year, first), month_start(year, last + 1), kind)


def _month(match: re.Match[str], context: Context) -> Mention | None:
    month = int(match["month"])
    year = year_of(match, context)
    if not named_year(match) and context.year is None and month > context.as_of.month:
        year -= 1  # 12月 said in October is last December
    return months(match, year, month, month)


def _month_range(match: re.Match[str], context: Context) -> Mention | None:
    return months(match, year_of(match, context), int(match["first"]), int(match["last"]))


def _long_range(match: re.Match[str], context: Context) -> Mention | None:
    start = month_start(int(match["year"]), int(match["first"] or 1))
    last = int(match["last"] or 12)
    if not (1 <= start.month <= 12 and 1 <= last <= 12):
        return None
    listed = match["first"] is None and match["last"] is None
    end = month_start(int(match["year2"]), last + 1)
    return span(match, start, end, "listed" if listed else "span", "year" if listed else None)


def _day(match: re.Match[str], context: Context) -> Mention | None:
    try:
        day = date(year_of(match, context), int(match["month"]), int(match["day"]))
    except ValueError:
        return None
    return span(match, day, day + DAY)


def _half(match: re.Match[str], context: Context) -> Mention | None:
    first = 1 if match["half"] == "上" else 7
    return months(match, year_of(match, context), first, first + 5)


def _quarter(match: re.Match[str], context: Context) -> Mention | None:
    first = 3 * int(match["quarter"]) - 2
    return months(match, year_of(match, context), first, first + 2)


def _first_quarters(match: re.Match[str], context: Context) -> Mention | None:
    return months(match, year_of(match, context), 1, 3 * int(match["quarter"]))


def _first_months(match: re.Match[str], context: Context) -> Mention | None:
    return months(match, year_of(match, context), 1, int(match["month"]))


def _year(match: re.Match[str], context: Context) -> Mention | None:
    year = year_of(match, context)
    return span(match, date(year, 1, 1), date(year + 1, 1, 1))


def _up_to(match: re.Match[str], context: Context) -> Mention | None:
    year = year_of(match, context)
    month = int(match["month"]) if match["month"] else 12
    if not 1 <= month <= 12:
        return None
    if match["day"]:
        try:
            end = date(year, month, int(match["day"])) + DAY
        except ValueError:
            return None
    else:
        end = month_start(year, month + 1)
    return span(match, date(year, 1, 1), end, "up_to")


def _year_end(match: re.Match[str], context: Context) -> Mention | None:
    year = year_of(match, context)
    return span(match, date(year, 1, 1), date(year + 1, 1, 1), "up_to")


def _now(match: re.Match[str], context: Context) -> Mention | None:
    return span(match, date(context.as_of.year, 1, 1), context.as_of + DAY, "now")


def _recent(match: re.Match[str], context: Context) -> Mention | None:
    return recent(match, context, int(match["count"]), match["unit"])


def recent(match: re.Match[str], context: Context, count: int, unit: str) -> Mention | None:
    """近三年: the last calendar years, this one included as far as it goes; 近6个月, 近30天: up to the as-of day."""
    as_of = context.as_of
    if not 1 <= count <= 1000:
        return None
    if unit.startswith(("年", "year")) and count > 1:
        return span(match, date(as_of.year - count + 1, 1, 1), date(as_of.year + 1, 1, 1), "listed", "year")
    if unit.startswith(("天", "日", "day")):
        return span(match, as_of - count * DAY + DAY, as_of + DAY)
    if unit.startswith(("周", "week")):
        return span(match, as_of - 7 * count * DAY + DAY, as_of + DAY)
    each = 12 if unit.startswith(("年", "year")) else 3 if "季" in unit or unit.startswith("quarter") else 1
    last = last_month(as_of)
    return span(match, shift_months(last.start, 1 - each * count), last.end)


def _half_year_back(match: re.Match[str], context: Context) -> Mention | None:
    return recent(match, context, 6, "月")


def _relative_month(match: re.Match[str], context: Context) -> Mention | None:
    offset = -1 if match[0].startswith("上") else 0
    first = month_start(context.as_of.year, context.as_of.month + offset)
    return span(match, first, month_start(first.year, first.month + 1))


def _relative_quarter(match: re.Match[str], context: Context) -> Mention | None:
    first = month_start(context.as_of.year, 3 * ((context.as_of.month - 1) // 3) + 1)
    if match[0].startswith("上"):
        first = month_start(first.year, first.month - 3)
    return span(match, first, month_start(first.year, first.month + 3))


def _relative_day(match: re.Match[str], context: Context) -> Mention | None:
    day = context.as_of - DAY if match[0] == "昨天" else context.as_of
    return span(match, day, day + DAY)


def _relative_week(match: re.Match[str], context: Context) -> Mention | None:
    monday = context.as_of - context.as_of.weekday() * DAY - (7 * DAY if match[0].startswith("上") else 0 * DAY)
    return span(match, monday, monday + 7 * DAY)


def _since(match: re.Match[str], context: Context) -> Mention | None:
    start = month_start(year_of(match, context), int(match["month"] or 1))
    return span(match, start, context.as_of + DAY)


def told(kind: Kind) -> Callable[[re.Match[str], Context], Mention | None]:
    """A rule for words that name no time but what one is compared with."""
    return lambda match, _: Mention(start=match.start(), end=match.end(), kind=kind, period=None)


def _year_start(match: re.Match[str], context: Context) -> Mention | None:
    return span(match, date(context.as_of.year, 1, 1), context.as_of + DAY)


_Y = f"(?:{_YEAR}的?)?"
_UNTIL = "(?:截至到?|截止到|截止至|截止)"
_COUNTED = r"\s*(?:\d|\.|%|件|户|人|元|个|家|名|套|次|条|吨|岁|平方|张|份|笔|宗|公里|米)"
RULES: tuple[Rule, ...] = tuple(
    (re.compile(pattern), rule)
    for pattern, rule in (
        (
            r"(?:去年|上年|上一年|上年度|往年|前1年)?的?同期|同期|(?:去年|上年)的?(?:这个?时候|此时|这会儿?|同1时[候间]?|同时)",
            told("same_last_year"),
        ),
        # 比上年 counts from the year that is named beside it, which need not be this one
        (r"(?<=[比较与和跟同])(?:上年度|上年|上一年|上1年|前一年|前1年)(?!末|底|初)", told("same_last_year")),
        (r"(?<=[比较])(?:上1?个?月|上1?个?季度?|前1个?月|前1个?季度?|上期)(?!旬|同期|末|底|初|半)", told("previous")),
        (r"(?<=[和与跟同])(?:上1?个?月|上1?个?季度?|前1个?月|上期)(?=相?比|对比|比较|相较)", told("previous")),
        (
            rf"(?P<year>20\d\d)年?(?:(?P<first>\d\d?)月份?)?{_TO}(?P<year2>20\d\d)年?(?:(?P<last>\d\d?)月份?)?",
            _long_range,
        ),
        (rf"(?:{_UNTIL}|至|到){_Y}(?P<month>\d\d?)月(?:(?P<day>\d\d?)[日号]|底|末|份)?(?:为止)?", _up_to),
        (rf"{_Y}(?P<month>\d\d?)月(?P<day>)(?:底|末)", _up_to),
        (rf"(?:{_UNTIL}|至|到)?{_YEAR}的?(?:年底|年末|底|末)(?:为止)?", _year_end),
        (rf"{_UNTIL}{_YEAR}", _year_end),
        (
            rf"(?:{_UNTIL}|到)?(?:目前|(?<![出发体展表呈])现在|当前|眼下|今天|今日|至今|现有|现存|尚有|在册|实有)(?:为止)?|最新",
            _now,
        ),
        (rf"{_Y}(?P<first>\d\d?)月?份?{_TO}(?P<last>\d\d?)月份?", _month_range),
        (rf"{_Y}前(?P<month>\d\d?)个?月", _first_months),
        (rf"{_Y}前(?P<quarter>[23])个?季度?", _first_quarters),
        (rf"{_Y}第?(?P<quarter>[1-4])季度?", _quarter),
        (rf"{_Y}q(?P<quarter>[1-4])(?!\d)", _quarter),
        (rf"{_Y}(?P<half>[上下])半年", _half),
        (rf"{_Y}(?P<month>\d\d?)月(?P<day>\d\d?)[日号]", _day),
        (r"(?P<year>20\d\d)[-/.](?P<month>\d\d?)[-/.](?P<day>\d\d?)", _day),
        (rf"(?:自|从)?{_YEAR}(?:(?P<month>\d\d?)月)?(?:以来|至今|以后|之后|起)", _since),
        (r"年初(?:以来|至今|到现在)", _year_start),
        (rf"(?<![a-z.\d]){_Y}(?P<month>\d\d?)月份?", _month),
        (r"(?P<year>20\d\d)[-/.](?P<month>0[1-9]|1[0-2])(?!\d)", _month),
        (r"(?:最近|近|过去|过往)的?(?P<count>\d+)个?(?P<unit>年|季度|月|周|天|日)", _recent),
        (r"(?:最近|近|过去)半年", _half_year_back),
        (r"上1?个?月|本月|当月|这个月", _relative_month),
        (r"上1?个?季度?|本季度?|当季", _relative_quarter),
        (r"昨天|今天", _relative_day),
        (r"上周|本周|这周|上星期|本星期", _relative_week),
        (rf"{_YEAR}(?:全年)?", _year),
    )
)
_BARE_YEAR = (re.compile(rf"(?<![\d.过于少满到])(?P<year>20[0-4]\d)(?!{_COUNTED})"), _year)


def find(text: str, as_of: date) -> tuple[Mention, ...]:
    """Every mention of time in a normalised text, in order; the longest words win where two overlap."""
    from assistant.nl2sql.plans import asked_rates, holidays, periods_days, periods_en, periods_every

    others = (*periods_en.RULES, *periods_days.RULES, *periods_every.RULES, *holidays.RULES, *asked_rates.RULES)
    candidates = [
        (match, rule)
        for pattern, rule in (*RULES, *others, _BARE_YEAR)
        for match in pattern.finditer(text)
        if match.end() > match.start() and rule(match, Context(as_of, None)) is not None
    ]
    candidates.sort(key=lambda pair: pair[0].start() - pair[0].end())
    taken: list[Found] = []
    for match, rule in candidates:
        if all(match.end() <= other.start() or other.end() <= match.start() for other, _ in taken):
            taken.append((match, rule))
    taken.sort(key=lambda pair: pair[0].start())
    return _read_in_order(taken, as_of)


def _read_in_order(taken: list[Found], as_of: date) -> tuple[Mention, ...]:
    found = []
    year: int | None = None
    for match, rule in taken:
        mention = rule(match, Context(as_of, year))
        if mention is not None:
            found.append(mention)
            if mention.period is not None and named_year(match):
                year = mention.period.start.year
    return tuple(found)
