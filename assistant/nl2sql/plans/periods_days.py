"""From one day to another, in Chinese and English: 2025年1月29日至2月4日, 3 March 2025 to 14 March 2025. Pure."""

from __future__ import annotations

import re
from datetime import date

from assistant.nl2sql.plans.calendars import DAY
from assistant.nl2sql.plans.periods import _YEAR, Context, Mention, Rule, recent, span, year_of
from assistant.nl2sql.plans.periods_en import _MONTH, _number

_TO = r"\s*(?:-|至|到|to|until|through|and)\s*"
_ENGLISH = (
    rf"(?:(?P<day#>\d\d?)(?:st|nd|rd|th)? (?P<month#>{_MONTH})"
    rf"|(?P<month#b>{_MONTH}) (?P<day#b>\d\d?)(?:st|nd|rd|th)?),?(?: (?P<year#>20\d\d))?"
)


def _chinese(match: re.Match[str], context: Context) -> Mention | None:
    year = year_of(match, context)
    last_year = int(match["year2"] or year)
    return _span(match, (year, int(match["month"]), int(match["day"])),
                 (last_year, int(match["month2"] or match["month"]), int(match["day2"])))  # fmt: skip


def _english(match: re.Match[str], context: Context) -> Mention | None:
    found = []
    for n in ("1", "2"):
        month, day = match[f"month{n}"] or match[f"month{n}b"], match[f"day{n}"] or match[f"day{n}b"]
        found.append((match[f"year{n}"], _number(month), int(day)))
    year = int(found[0][0] or found[1][0] or context.year or context.as_of.year)
    return _span(match, (year, *found[0][1:]), (int(found[1][0] or year), *found[1][1:]))


def _span(match: re.Match[str], first: tuple[int, int, int], last: tuple[int, int, int]) -> Mention | None:
    try:
        return span(match, date(*first), date(*last) + DAY)
    except ValueError:
        return None


def _several_years(match: re.Match[str], context: Context) -> Mention | None:
    """这几年, in recent years: three of them, the least that it may be; the answer says which."""
    return recent(match, context, 3, "年")


RULES: tuple[Rule, ...] = (
    (re.compile(r"(?:这|近|最近|过去)(?:几|些|数)年(?:间|来|以来|里)?(?!前)"), _several_years),
    (re.compile(r"\b(?:in |over |during )?(?:recent|(?:the )?(?:last|past) few) years\b"), _several_years),
    (
        re.compile(
            rf"(?:从|自)?(?:{_YEAR}的?)?(?P<month>\d\d?)月(?P<day>\d\d?)[日号]?{_TO}"
            r"(?:(?P<year2>20\d\d)年)?(?:(?P<month2>\d\d?)月)?(?P<day2>\d\d?)[日号]"
        ),
        _chinese,
    ),
    (
        re.compile(rf"\b(?:from |between )?{_ENGLISH.replace('#', '1')}{_TO}{_ENGLISH.replace('#', '2')}\b"),
        _english,
    ),
)
