"""Seasons as months, festivals and school holidays as what they may mean: nobody's data have a column for them. Pure.

A season is the three months of the meteorological calendar (QX/T 152-2012 names 3-5, 6-8, 9-11, 12-2 月) and is read as
such. A festival is asked back: the days themselves, or the months around them; both are offered with their dates.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from assistant.domain import Period
from assistant.nl2sql.plans.calendars import DAY, month_start, period_of
from assistant.nl2sql.plans.periods import _YEAR, Context, Mention, Rule, named_year, span, year_of

_SEASONS = {"春": 3, "夏": 6, "秋": 9, "冬": 12, "spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
# First days of the lunar festivals: 国务院办公厅 announces the holidays by them every year.
_LUNAR = {
    "春节": ("2022-02-01", "2023-01-22", "2024-02-10", "2025-01-29", "2026-02-17", "2027-02-06"),
    "端午": ("2022-06-03", "2023-06-22", "2024-06-10", "2025-05-31", "2026-06-19", "2027-06-09"),
    "中秋": ("2022-09-10", "2023-09-29", "2024-09-17", "2025-10-06", "2026-09-25", "2027-09-15"),
    "清明": ("2022-04-05", "2023-04-05", "2024-04-04", "2025-04-04", "2026-04-05", "2027-04-05"),
}
_FIXED = {"元旦": (1, 1, 1), "五一": (5, 1, 5), "国庆": (10, 1, 7)}  # month, day, days
_LONG = {"春节": 7, "端午": 3, "中秋": 3, "清明": 3}  # days
_MONTHS = {"暑假": ((7, 8), (7, 9)), "寒假": ((1, 2), (2, 2)), "汛期": ((4, 9), (6, 8)), "采暖季": ((1, 3), (11, 12))}
_NAMES = {
    "春节": "春节|过年|新春佳节|农历新年|spring festival|(?:chinese|lunar) new year",
    "端午": "端午节?|dragon boat festival",
    "中秋": "中秋节?|mid autumn(?: festival)?|mid-autumn(?: festival)?|moon festival",
    "清明": "清明节?|qingming(?: festival)?|tomb[- ]sweeping day",
    "元旦": "元旦节?|new year'?s? day",
    "五一": "五1|51劳动节|51(?=假期|期间|长假|黄金周|小长假)|五一|5[.·]1|劳动节|labou?r day|may day",
    "国庆": "国庆节?|十一(?=假期|期间|长假|黄金周)|11(?=长假|黄金周)|国庆黄金周|黄金周|national day|golden week",
    "暑假": "暑假|暑期|summer (?:holidays?|vacation)",
    "寒假": "寒假|winter (?:holidays?|vacation)",
    "汛期": "汛期|主汛期|flood season",
    "采暖季": "采暖季|供暖季|heating season",
}
_AROUND = r"(?:的?(?:黄金周|小?长假|假期|放假|当天|那天|前后|期间)+| holidays?| period| golden week)*"
_EN_YEAR = r"(?:\s*(?:of|in)?\s*(?P<year_en>20\d\d|this year|last year))?"


def _season(match: re.Match[str], context: Context) -> Mention | None:
    first = _SEASONS[match["season"]]
    year = _year(match, context)
    start = month_start(year, first)
    if start > context.as_of and not (named_year(match) or match.groupdict().get("year_en")):
        start = month_start(year - 1, first)
    return span(match, start, month_start(start.year, start.month + 3))


def _year(match: re.Match[str], context: Context) -> int:
    written = match.groupdict().get("year_en") or ""
    if written:
        return int(written) if written.isdigit() else context.as_of.year - written.startswith("last")
    return year_of(match, context)


def _festival(name: str) -> Callable[[re.Match[str], Context], Mention | None]:
    def read(match: re.Match[str], context: Context) -> Mention | None:
        year = _year(match, context)
        told = named_year(match) or match.groupdict().get("year_en") or context.year
        found = _readings(name, year)
        if not told and found and found[0].start > context.as_of:
            found = _readings(name, year - 1)
        if not found:
            return None
        return Mention(start=match.start(), end=match.end(), kind="named", period=None, readings=found)

    return read


def _readings(name: str, year: int) -> tuple[Period, ...]:
    """What the words may mean in that year, the narrowest first; () for a lunar year that is not listed."""
    if name in _MONTHS:
        return tuple(period_of(month_start(year, one), month_start(year, two + 1)) for one, two in _MONTHS[name])
    if name in _FIXED:
        month, day, days = _FIXED[name]
        first = date(year, month, day)
    else:
        listed = next((date.fromisoformat(day) for day in _LUNAR[name] if day.startswith(str(year))), None)
        if listed is None:
            return ()
        first, days = listed, _LONG[name]
    end = first + timedelta(days=days)
    last = end - DAY
    around = period_of(month_start(first.year, first.month), month_start(last.year, last.month + 1))
    return (period_of(first, end), around)


def _rules() -> tuple[Rule, ...]:
    found: list[tuple[str, Callable[[re.Match[str], Context], Mention | None]]] = [
        (rf"(?:{_YEAR}的?)?(?P<season>[春夏秋冬])(?:季|天|日(?!\d))", _season),
        (rf"{_YEAR}的?(?P<season>[春夏秋冬])(?!节|运|令|耕|收|招|游)", _season),
        (rf"\b(?:in |during |over )?(?:the |last |this )?(?P<season>spring|summer|autumn|winter)(?! festival| holiday"
         rf"| vacation)\b{_EN_YEAR}", _season),
        (r"\b(?:in )?(?:the )?(?P<season>fall)(?: of)? (?P<year_en>20\d\d)\b", _season),
    ]  # fmt: skip
    for name, words in _NAMES.items():
        found.append((rf"(?:{_YEAR}的?)?(?:{words}){_AROUND}{_EN_YEAR}", _festival(name)))
    return tuple((re.compile(pattern), rule) for pattern, rule in found)


RULES = _rules()
