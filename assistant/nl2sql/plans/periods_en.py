"""English words for time: the same periods as periods.py makes of the Chinese ones. Pure."""

from __future__ import annotations

import re
from datetime import date

from assistant.nl2sql.plans.calendars import DAY, month_start
from assistant.nl2sql.plans.periods import Context, Mention, Rule, months, recent, span, told

_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec)"
)
_ORDINAL = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "last": 4}
_Y = r"(?P<year>20\d\d|this year|last year|the previous year)"
_OF = r"(?:\s*(?:of|in|,)?\s*(?:the\s+)?" + _Y + ")?"


def _year_of(match: re.Match[str], context: Context) -> int:
    written = match.groupdict().get("year")
    if not written:
        return context.year or context.as_of.year
    if written.isdigit():
        return int(written)
    return context.as_of.year - (0 if written.startswith("this") else 1)


def _number(name: str) -> int:
    return _NAMES.index(name[:3]) + 1


def _month(match: re.Match[str], context: Context) -> Mention | None:
    month, year = _number(match["month"]), _year_of(match, context)
    if not match["year"] and context.year is None and month > context.as_of.month:
        year -= 1
    return months(match, year, month, month)


def _month_range(match: re.Match[str], context: Context) -> Mention | None:
    return months(match, _year_of(match, context), _number(match["first"]), _number(match["last"]))


def _day(match: re.Match[str], context: Context) -> Mention | None:
    try:
        day = date(_year_of(match, context), _number(match["month"]), int(match["day"]))
    except ValueError:
        return None
    return span(match, day, day + DAY)


def _quarter(match: re.Match[str], context: Context) -> Mention | None:
    groups = match.groupdict()
    quarter = int(groups["quarter"]) if groups.get("quarter") else _ORDINAL[match["ordinal"]]
    return months(match, _year_of(match, context), 3 * quarter - 2, 3 * quarter)


def _half(match: re.Match[str], context: Context) -> Mention | None:
    groups = match.groupdict()
    half = int(groups["half"]) if groups.get("half") else _ORDINAL[match["ordinal"]]
    first = 1 if half == 1 else 7
    return months(match, _year_of(match, context), first, first + 5)


def _first_months(match: re.Match[str], context: Context) -> Mention | None:
    count = int(match["count"]) * (3 if match["unit"] == "quarter" else 1)
    return months(match, _year_of(match, context), 1, count)


def _year(match: re.Match[str], context: Context) -> Mention | None:
    year = _year_of(match, context)
    return span(match, date(year, 1, 1), date(year + 1, 1, 1))


def _recent(match: re.Match[str], context: Context) -> Mention | None:
    return recent(match, context, int(match["count"]), match["unit"])


def _last_unit(match: re.Match[str], context: Context) -> Mention | None:
    size = 1 if match["unit"] == "month" else 3
    back = size if match["which"] != "this" else 0
    as_of = context.as_of
    first = month_start(as_of.year, (as_of.month - 1) // size * size + 1 - back)
    return span(match, first, month_start(first.year, first.month + size))


def _to_date(match: re.Match[str], context: Context) -> Mention | None:
    return span(match, date(context.as_of.year, 1, 1), context.as_of + DAY)


def _since(match: re.Match[str], context: Context) -> Mention | None:
    month = _number(match["month"]) if match["month"] else 1
    return span(match, month_start(_year_of(match, context), month), context.as_of + DAY)


def _years(match: re.Match[str], context: Context) -> Mention | None:
    first, last = sorted((int(match["from"]), int(match["to"])))
    return span(match, date(first, 1, 1), date(last + 1, 1, 1), "listed", "year")


def _two_years(match: re.Match[str], context: Context) -> Mention | None:
    """2023 and 2024 follow each other; 2022 and 2024 are two separate years."""
    return _years(match, context) if abs(int(match["to"]) - int(match["from"])) == 1 else None


def _long_range(match: re.Match[str], context: Context) -> Mention | None:
    end = month_start(int(match["to"]), _number(match["last"]) + 1)
    return span(match, month_start(int(match["from"]), _number(match["first"])), end)


def _up_to(match: re.Match[str], context: Context) -> Mention | None:
    month = _number(match["month"]) if match["month"] else 12
    year = _year_of(match, context)
    return span(match, date(year, 1, 1), month_start(year, month + 1), "up_to")


def _now(match: re.Match[str], context: Context) -> Mention | None:
    return span(match, date(context.as_of.year, 1, 1), context.as_of + DAY, "now")


def _every(match: re.Match[str], context: Context) -> Mention | None:
    word = match["unit"]
    grain = {"year": "year", "annual": "year", "quarter": "quarter", "month": "month", "daily": "day", "day": "day"}
    found = next(value for name, value in grain.items() if word.startswith(name))
    return Mention(start=match.start(), end=match.end(), kind="every", period=None, grain=found)


_TO = r"\s*(?:-|to|and|through|until)\s*"
_IN = r"\b(?:in|during|for|of|over|throughout)?\s*(?:the\s+)?"
RULES: tuple[Rule, ...] = tuple(
    (re.compile(pattern), rule)
    for pattern, rule in (
        (r"\b(?:the\s+)?same (?:period|months?|time|quarter)(?: of| in)?(?: the)? (?:last|previous|prior) year\b"
         r"|\b(?:the\s+)?same period (?:a|one|1) year (?:ago|before|earlier)\b|\b(?:the\s+)?same period\b"
         r"|\b(?:at )?(?:this|the same) (?:time|point) last year\b|\ba year ago\b"
         r"|\b(?:the|a|one|1) year (?:before|earlier|prior)\b|\bthe (?:prior|preceding) year\b",
         told("same_last_year")),
        (r"(?:(?<=with)|(?<=to)|(?<=against)|(?<=versus)|(?<=vs)|(?<=than)|(?<=over)|(?<=from)|(?<=on))\s+(?:the )?"
         r"(?:previous|preceding|prior|last) (?:month|quarter|period)\b|\bthe (?:month|quarter) before\b",
         told("previous")),
        (rf"{_IN}q(?P<quarter>[1-4])\b{_OF}", _quarter),
        (rf"{_IN}(?P<year>20\d\d)\s*q(?P<quarter>[1-4])\b", _quarter),
        (rf"{_IN}(?P<ordinal>first|1st|second|2nd|third|3rd|fourth|4th) quarter\b{_OF}", _quarter),
        (rf"{_IN}h(?P<half>[12])\b{_OF}", _half),
        (rf"{_IN}(?P<ordinal>first|1st|second|2nd|last) half\b{_OF}", _half),
        (rf"{_IN}first (?P<count>\d+) (?P<unit>month|quarter)s?\b{_OF}", _first_months),
        (rf"\b(?:from |between )?(?P<first>{_MONTH}){_TO}(?P<last>{_MONTH})\b{_OF}", _month_range),
        (rf"{_IN}(?P<month>{_MONTH}) (?P<day>\d\d?)(?:st|nd|rd|th)?\b,?\s*(?P<year>20\d\d)", _day),
        (rf"{_IN}(?P<day>\d\d?) (?P<month>{_MONTH}) (?P<year>20\d\d)", _day),
        (rf"\b(?:from )?(?P<first>{_MONTH}) (?P<from>20\d\d){_TO}(?P<last>{_MONTH}) (?P<to>20\d\d)\b",
         _long_range),
        (rf"{_IN}(?!may\b(?!,? 20))(?P<month>{_MONTH})\b\.?,?{_OF}", _month),
        (rf"\b(?:as of|as at|by|until|up to|at)\s+(?:the\s+)?(?:end of\s+)?(?P<month>{_MONTH})\b{_OF}", _up_to),
        (rf"\b(?:as of|as at|by|until|up to|at)?\s*(?:the\s+)?(?:end of|year end)\s+(?P<month>){_Y}", _up_to),
        (rf"\bend of (?P<month>{_MONTH})\b{_OF}", _up_to),
        (r"\b(?:year to date|year-to-date|ytd|so far this year|this year so far)\b", _to_date),
        (rf"\bsince (?:the (?:start|beginning) of )?(?:(?P<month>{_MONTH}) )?{_Y}", _since),
        (r"\b(?:from |between )?(?P<from>20\d\d)\s*(?:-|to|through|until)\s*(?P<to>20\d\d)\b", _years),
        (r"\bbetween (?P<from>20\d\d) and (?P<to>20\d\d)\b", _years),
        (r"\b(?P<from>20\d\d) and (?P<to>20\d\d)\b", _two_years),
        (r"\b(?:in|over|during|for)?\s*(?:the )?(?:past|last|previous|recent|most recent) (?P<count>\d+)"
         r" (?P<unit>years?|quarters?|months?|weeks?|days?)\b", _recent),
        (r"\b(?:in|during|for)?\s*(?:the )?(?P<which>last|previous|this|current) (?P<unit>month|quarter)\b",
         _last_unit),
        (r"\b(?:now|currently|at present|at the moment|latest|to date|right now)\b", _now),
        (r"\b(?:in )?(?:per|by|each|every|for each|which|what) (?P<unit>years?|quarters?|months?|days?)\b", _every),
        (r"\b(?P<unit>annually|annual|quarterly|monthly|daily|yearly)\b", _every),
        (rf"{_IN}{_Y}\b", _year),
    )
)  # fmt: skip
