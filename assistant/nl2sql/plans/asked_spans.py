"""Several periods of one question: which contain others, which share a part of the year, which stand apart. Pure."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

from assistant.domain import Period
from assistant.nl2sql.plans import calendars
from assistant.nl2sql.plans.calendars import DAY, months_between
from assistant.nl2sql.plans.periods import Mention

_LENGTH = re.compile(r"(?:这|共|的)?(?P<n>\d+)个?(?P<unit>年|月|季度)(?:间|以来|内|里)?(?![\u4e00-\u9fff]?[度初底末])")
_MONTHS = {"年": 12, "季": 3, "月": 1}
_BARE = 5  # characters of a year without 全年


def part_of_each_year(spans: list[Mention]) -> list[Period]:
    """2023年到2025年每年上半年: the half year of every year of the longer one; [] where it is not said so."""
    periods = [mention.period for mention in spans if mention.period is not None]
    years = [p for p in periods if (months_between(p.start, p.end) or 0) >= 24]
    parts = [p for p in periods if (months_between(p.start, p.end) or 12) < 12]
    if len(periods) != 2 or len(years) != 1 or len(parts) != 1:
        return []
    first, last = years[0].start.year, (years[0].end - DAY).year
    return [calendars.shift_period(parts[0], 12 * (year - parts[0].start.year)) for year in range(first, last + 1)]


def shared_part(spans: list[Mention]) -> list[Period]:
    """2022年和2025年前三季度: the first three quarters of both, where a bare year stands right before the other."""
    periods = [mention.period for mention in spans if mention.period is not None]
    for at, (one, two) in enumerate(pairwise(spans)):
        first, later = periods[at], periods[at + 1]
        bare = one.end - one.start <= _BARE and months_between(first.start, first.end) == 12 and one.kind == "span"
        size = months_between(later.start, later.end) or 12
        if bare and 0 < two.start - one.end <= 1 and size < 12 and first.start.year != later.start.year:
            periods[at] = calendars.shift_period(later, 12 * (first.start.year - later.start.year))
    return periods


def innermost(periods: list[Period]) -> list[Period]:
    """Without those that contain another one: 2024年…3月 is March 2024."""
    kept: list[Period] = []
    for period in periods:
        inside = any(
            o is not period and o.start >= period.start and o.end <= period.end and o != period for o in periods
        )
        if not inside and period not in kept:
            kept.append(period)
    return sorted(kept, key=lambda p: p.start)


def yearly_grain(periods: list[Period]) -> str | None:
    """The first three quarters of two years: the year tells them apart where each lies in a year of its own."""
    inside = all(period.start.year == (period.end - DAY).year for period in periods)
    years = {period.start.year for period in periods}
    lengths = {months_between(period.start, period.end) for period in periods}
    alike = len(lengths) == 1 and lengths != {None} and len({period.start.month for period in periods}) == 1
    return "year" if inside and alike and len(years) == len(periods) else None


def with_length(text: str, mention: Mention) -> Mention:
    """2022到2024年三年间, 9月一个月: the length is said with the time, where it is that of the time."""
    said = _LENGTH.match(text, mention.end)
    months = months_between(mention.period.start, mention.period.end) if said and mention.period else None
    if said is None or months is None or int(said["n"]) * _MONTHS[said["unit"][0]] != months:
        return mention
    return replace(mention, end=said.end())
