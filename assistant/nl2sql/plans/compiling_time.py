"""The time part of compiled SQL: which rows a period selects, and the key of a grain."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlglot import exp

from assistant.domain import Period
from assistant.nl2sql.plans import calendars
from assistant.nl2sql.plans.calendars import DAY
from assistant.nl2sql.plans.semantic_model import Metric, SemanticModel


def day_literal(day: date) -> exp.Expr:
    return exp.cast(exp.Literal.string(day.isoformat()), exp.DataType.Type.DATE)


def column(table: str, name: str) -> exp.Column:
    return exp.column(name, table=table, quoted=True)


def asked_quarters(metric: Metric, period: Period | None, model: SemanticModel) -> tuple[str, ...]:
    """The quarters that a period means for a table of quarters: whole ones, and published ones where any is.

    A question about an unpublished quarter alone keeps it: the gate refuses it with its clause.
    """
    releases = model.releases.get(metric.entity)
    if period is None:
        return tuple(sorted(releases.released)) if releases else ()
    asked = calendars.quarters(period)
    published = tuple(quarter for quarter in asked if releases is None or quarter in releases.released)
    return published or asked


def quarters_before(quarters: tuple[str, ...], months: int) -> tuple[str, ...]:
    """The same quarters `months` months earlier."""
    found = []
    for quarter in quarters:
        first = calendars.month_start(int(quarter[:4]), 3 * int(quarter[-1]) - 2 - months)
        found.append(f"{first.year}Q{(first.month + 2) // 3}")
    return tuple(found)


def in_period(metric: Metric, period: Period | None, model: SemanticModel, back: int = 0) -> exp.Expr | None:
    """The condition on the metric's rows; `back`: the same period so many months earlier. None: no condition."""
    if metric.timing == "snapshot":
        return None
    time = column(metric.entity, metric.time)
    if metric.timing == "stock":
        last = (period.end if period else model.as_of + DAY) - DAY
        if back:
            last = calendars.shift_months(last + DAY, -back) - DAY
        return alive_on(metric, last)
    if metric.time_format == "quarter":
        quarters = asked_quarters(metric, period, model)
        return _among(time, [exp.Literal.string(q) for q in quarters_before(quarters, back)])
    if period is None:
        return None
    shifted = calendars.shift_period(period, -back) if back else period
    if metric.time_format == "year":
        return _among(time, [exp.Literal.number(year) for year in calendars.years(shifted)])
    return between(time, shifted)


def in_pieces(metric: Metric, pieces: Sequence[Period], model: SemanticModel) -> exp.Expr | None:
    """The rows of any of several separate periods."""
    found = [in_period(metric, piece, model) for piece in pieces]
    tests = [exp.paren(test) if isinstance(test, exp.And) else test for test in found if test is not None]
    return exp.paren(exp.or_(*tests)) if tests else None


def between(time: exp.Expr, period: Period) -> exp.Expr:
    return exp.and_(
        exp.GTE(this=time.copy(), expression=day_literal(period.start)),
        exp.LT(this=time.copy(), expression=day_literal(period.end)),
    )


def alive_on(metric: Metric, day: date) -> exp.Expr:
    begun = exp.LTE(this=column(metric.entity, metric.time), expression=day_literal(day))
    if not metric.time_end:
        return begun
    ended = column(metric.entity, metric.time_end)
    still = exp.or_(
        exp.Is(this=ended.copy(), expression=exp.Null()),
        exp.GT(this=ended.copy(), expression=day_literal(day)),
    )
    return exp.and_(begun, exp.paren(still))


def _among(value: exp.Expr, literals: list[exp.Expr]) -> exp.Expr | None:
    if not literals:
        return None
    if len(literals) == 1:
        return exp.EQ(this=value, expression=literals[0])
    return exp.In(this=value, expressions=literals)


def grain_key(metric: Metric, grain: str, year: int | None = None) -> exp.Expr:
    """The key of a time grain: 2024, 2024Q1, 2024-03 or a date.

    With `year` the row's own year is replaced by it, so that this year and last year meet on the same key (同比).
    """
    time = column(metric.entity, metric.time)
    if metric.time_format == "quarter":
        if grain == "year":
            return exp.Substring(this=time, start=exp.Literal.number(1), length=exp.Literal.number(4))
        if year is None:
            return time
        part = exp.Substring(this=time, start=exp.Literal.number(5), length=exp.Literal.number(2))
        return exp.DPipe(this=exp.Literal.string(str(year)), expression=part)
    if metric.time_format == "year":
        return time
    if grain == "year":
        return exp.Extract(this=exp.var("year"), expression=time)
    if grain == "quarter":
        number = exp.cast(exp.Extract(this=exp.var("quarter"), expression=time.copy()), exp.DataType.Type.VARCHAR)
        prefix: exp.Expr = (
            exp.Literal.string(f"{year}Q")
            if year is not None
            else exp.DPipe(
                this=exp.cast(exp.Extract(this=exp.var("year"), expression=time.copy()), exp.DataType.Type.VARCHAR),
                expression=exp.Literal.string("Q"),
            )
        )
        return exp.DPipe(this=prefix, expression=number)
    if grain == "month":
        if year is None:
            return exp.TimeToStr(this=time, format=exp.Literal.string("%Y-%m"))
        month = exp.TimeToStr(this=time, format=exp.Literal.string("%m"))
        return exp.DPipe(this=exp.Literal.string(f"{year}-"), expression=month)
    return exp.cast(time, exp.DataType.Type.DATE)


def grain_literal(period: Period, grain: str) -> exp.Expr:
    """The key of one whole period, written as grain_key writes it."""
    start = period.start
    if grain == "year":
        return exp.Literal.number(start.year)
    if grain == "quarter":
        return exp.Literal.string(f"{start.year}Q{(start.month + 2) // 3}")
    return exp.Literal.string(f"{start.year}-{start.month:02d}")


def same_months(metric: Metric, last: date) -> exp.Expr | None:
    """Months up to that of `last`, in every year: years are compared over the same months. None for whole years."""
    if metric.time_format != "date" or ((last + DAY).month == 1 and (last + DAY).day == 1):
        return None
    month = exp.Extract(this=exp.var("month"), expression=column(metric.entity, metric.time))
    return exp.LTE(this=month, expression=exp.Literal.number(last.month))
