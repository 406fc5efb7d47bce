"""Calendar arithmetic on half-open periods, and the one way each period is written. Pure."""

from __future__ import annotations

from datetime import date, timedelta

from assistant.domain import Period, Text

_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip
_NUMERALS = "一二三四"
_ORDINALS = ("first", "second", "third", "fourth")
DAY = timedelta(days=1)


def month_start(year: int, month: int) -> date:
    """First day of a month; months below 1 and above 12 run into the neighbouring years."""
    index = year * 12 + month - 1
    return date(index // 12, index % 12 + 1, 1)


def shift_months(day: date, months: int) -> date:
    """The same day of another month, or that month's last day (29 February -> 28 February)."""
    first = month_start(day.year, day.month + months)
    last = month_start(first.year, first.month + 1) - DAY
    return first.replace(day=min(day.day, last.day))


def shift_period(period: Period, months: int) -> Period:
    """The period moved by whole months. Its end moves as an exclusive end, so a whole February stays whole."""
    return period_of(shift_months(period.start, months), shift_months(period.end, months))


def months_between(start: date, end: date) -> int | None:
    """Whole months of [start, end), None where it does not begin and end on the first of a month."""
    if start.day != 1 or end.day != 1:
        return None
    return (end.year - start.year) * 12 + end.month - start.month


def previous_period(period: Period) -> Period:
    """The period of the same length just before: 环比."""
    months = months_between(period.start, period.end)
    if months is not None:
        return shift_period(period, -months)
    return period_of(period.start - (period.end - period.start), period.start)


def same_period_last_year(period: Period) -> Period:
    """上年同期: the same months a year earlier; ten months are compared with ten months."""
    return shift_period(period, -12)


def clipped(period: Period, first: date | None, as_of: date) -> Period | None:
    """The part of the period that has data; None where none has."""
    start = max(period.start, first) if first else period.start
    end = min(period.end, as_of + DAY)
    return period_of(start, end) if start < end else None


def period_of(start: date, end: date) -> Period:
    """[start, end) with its label in both languages."""
    return Period(start=start, end=end, label=_label(start, end))


def quarters(period: Period) -> tuple[str, ...]:
    """The quarters that lie wholly inside, as 2024Q1."""
    found = []
    first = month_start(period.start.year, 3 * ((period.start.month - 1) // 3) + 1)
    while first < period.end:
        following = month_start(first.year, first.month + 3)
        if first >= period.start and following <= period.end:
            found.append(f"{first.year}Q{(first.month + 2) // 3}")
        first = following
    return tuple(found)


def quarter_span(names: tuple[str, ...]) -> Period:
    """From the first of the quarters (2024Q1) to the end of the last."""
    first, last = min(names), max(names)
    start = month_start(int(first[:4]), 3 * int(first[-1]) - 2)
    return period_of(start, month_start(int(last[:4]), 3 * int(last[-1]) + 1))


def years(period: Period) -> tuple[int, ...]:
    """The calendar years that the period touches."""
    return tuple(range(period.start.year, (period.end - DAY).year + 1))


def split(period: Period, grain: str) -> tuple[Period, ...]:
    """The period cut at the starts of years, quarters or months."""
    step = {"year": 12, "quarter": 3, "month": 1}[grain]
    found = []
    start = period.start
    while start < period.end:
        index = (start.year * 12 + start.month - 1) // step * step + step
        following = min(date(index // 12, index % 12 + 1, 1), period.end)
        found.append(period_of(start, following))
        start = following
    return tuple(found)


def day_text(day: date) -> Text:
    return Text(zh=f"{day.year}年{day.month}月{day.day}日", en=f"{day.day} {_MONTHS[day.month - 1]} {day.year}")


def _label(start: date, end: date) -> Text:
    months = months_between(start, end)
    last = end - DAY
    if months is None:
        if last == start:
            return day_text(start)
        one, two = day_text(start), day_text(last)
        return Text(zh=f"{one.zh}至{two.zh}", en=f"{one.en} to {two.en}")
    if start.year == last.year:
        return _within_year(start.year, start.month, months)
    if start.month == 1 and months % 12 == 0:
        return Text(zh=f"{start.year}—{last.year}年", en=f"{start.year}–{last.year}")
    one = Text(zh=f"{start.year}年{start.month}月", en=f"{_MONTHS[start.month - 1]} {start.year}")
    return Text(zh=f"{one.zh}至{last.year}年{last.month}月", en=f"{one.en} to {_MONTHS[last.month - 1]} {last.year}")


def _within_year(year: int, month: int, months: int) -> Text:
    if months == 12:
        return Text(zh=f"{year}年", en=f"{year}")
    if months == 6 and month in (1, 7):
        first = month == 1
        return Text(zh=f"{year}年{'上' if first else '下'}半年", en=f"{'first' if first else 'second'} half of {year}")
    if months == 3 and month % 3 == 1:
        index = month // 3
        return Text(zh=f"{year}年第{_NUMERALS[index]}季度", en=f"{_ORDINALS[index]} quarter of {year}")
    if months == 1:
        return Text(zh=f"{year}年{month}月", en=f"{_MONTHS[month - 1]} {year}")
    last = month + months - 1
    return Text(zh=f"{year}年{month}—{last}月", en=f"{_MONTHS[month - 1]}–{_MONTHS[last - 1]} {year}")


def last_month(as_of: date) -> Period:
    """The last month that is complete on `as_of`."""
    following = as_of + DAY
    first = month_start(following.year, following.month - 1)
    return period_of(first, month_start(first.year, first.month + 1))
