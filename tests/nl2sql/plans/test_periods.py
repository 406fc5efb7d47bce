"""Words for time to periods (tests/cases/periods.yaml), and the calendar they stand on."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import yaml
from city_words import CASES, city_model, city_values
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain import Period
from assistant.nl2sql.plans import calendars
from assistant.nl2sql.plans.calendars import DAY, period_of
from assistant.nl2sql.plans.linking import link
from assistant.nl2sql.plans.normalising import normalise
from assistant.nl2sql.plans.periods import find

AS_OF = date(2025, 10, 31)
CASE_LIST = yaml.safe_load((CASES / "periods.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASE_LIST, ids=lambda case: case["id"])
def test_words_for_time(case: dict[str, Any]) -> None:
    mentions = find(normalise(case["text"]), AS_OF)
    if case.get("none"):
        assert [m.period for m in mentions if m.kind != "every"] in (
            [],
            [period_of(date(2024, 1, 1), date(2025, 1, 1))],
        )
        return
    assert len(mentions) == 1
    mention = mentions[0]
    assert mention.kind == case.get("kind", "span")
    assert mention.grain == case.get("grain")
    if "first" in case:
        assert mention.period is not None
        assert (mention.period.start, mention.period.end - DAY) == (case["first"], case["last"])


@given(
    start=st.dates(date(2015, 1, 1), date(2030, 12, 31)),
    months=st.integers(min_value=1, max_value=40),
)
def test_a_label_of_whole_months_is_read_as_the_same_period(start: date, months: int) -> None:
    first = start.replace(day=1)
    period = period_of(first, calendars.month_start(first.year, first.month + months))
    for label in (period.label.zh, period.label.en):
        mentions = find(normalise(label), AS_OF)
        assert [m.period for m in mentions] == [period], label


@given(start=st.dates(date(2015, 1, 1), date(2030, 12, 31)), months=st.integers(min_value=1, max_value=24))
def test_last_year_has_as_many_months(start: date, months: int) -> None:
    first = start.replace(day=1)
    period = period_of(first, calendars.month_start(first.year, first.month + months))
    base = calendars.same_period_last_year(period)
    assert calendars.months_between(base.start, base.end) == months
    assert calendars.shift_period(base, 12) == period


def test_a_leap_february_is_compared_with_a_whole_february() -> None:
    february = period_of(date(2024, 2, 1), date(2024, 3, 1))
    base = calendars.same_period_last_year(february)
    assert (base.start, base.end) == (date(2023, 2, 1), date(2023, 3, 1))


def test_quarters_are_whole_ones() -> None:
    assert calendars.quarters(period_of(date(2025, 1, 1), date(2025, 11, 1))) == ("2025Q1", "2025Q2", "2025Q3")
    assert calendars.quarters(period_of(date(2025, 2, 1), date(2025, 4, 1))) == ()


def _period(text: str) -> Period | None:
    linked = link(text, model=city_model(), values=city_values(), as_of=AS_OF, lang="zh")
    return linked.plan.period if linked.plan else None


def test_a_year_that_is_not_over_ends_at_the_as_of_day() -> None:
    """Ten months are never compared with twelve: the base shifts the clipped period."""
    period = _period("2025年热线工单量，和上年同期比")
    assert period == period_of(date(2025, 1, 1), date(2025, 11, 1))
    base = calendars.same_period_last_year(period)
    assert (base.start, base.end) == (date(2024, 1, 1), date(2024, 11, 1))


def test_a_month_inside_a_year_is_the_month() -> None:
    assert _period("2024年临江区3月热线工单量") == period_of(date(2024, 3, 1), date(2024, 4, 1))


def test_two_halves_of_two_years_are_a_comparison() -> None:
    linked = link(
        "2024年上半年和2023年上半年热线工单量", model=city_model(), values=city_values(), as_of=AS_OF, lang="zh"
    )
    assert linked.plan is not None
    assert linked.plan.comparisons == ("yoy",)
    assert linked.plan.period == period_of(date(2024, 1, 1), date(2024, 7, 1))


def test_distant_periods_are_asked_back() -> None:
    linked = link("2022年1月和2024年上半年热线工单量", model=city_model(), values=city_values(), as_of=AS_OF, lang="zh")
    assert linked.outcome == "clarify"
