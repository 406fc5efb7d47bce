"""The time of the question before: moved by a follow-up (再往前数两年的, and the year before), or kept by one. Pure."""

from __future__ import annotations

import re
from dataclasses import replace

from assistant.domain import Period, QueryPlan
from assistant.nl2sql.plans import calendars
from assistant.nl2sql.plans.plan_checks import finding_of
from assistant.nl2sql.plans.semantic_model import SemanticModel

_MONTHS = {"年": 12, "季": 3, "季度": 3, "月": 1, "year": 12, "quarter": 3, "month": 1}
_UNIT = r"(?P<unit>年|季度?|月)(?:份|的)?(?:情况|数据)?(?:呢|吧|吗|看看|看)?[?？]?$"
_BACK = re.compile(
    rf"^(?:那么?)?再?(?:(?:往|向)(?:前|回|上)|倒|推前|提早|提前|早|前)(?:再)?(?:推|倒|数|看|退|翻|挪|移)?(?P<n>\d)?个?{_UNIT}"
)
_ON = re.compile(rf"^(?:那么?)?再?(?:(?:往|向)后|推后|延后|晚|后)(?:再)?(?:推|数|看|挪|移)?(?P<n>\d)?个?{_UNIT}")
_ENGLISH = re.compile(
    r"^(?:and |what about |how about |now )?(?:the |a |one )?(?P<unit>year|quarter|month) "
    r"(?P<way>before|earlier|prior|previous|after|later)(?: that)?[?]?$"
)


def moved(normal: str, period: Period | None) -> Period | None:
    """The period that a normalised text moves `period` to; None where it says anything else."""
    if period is None or calendars.months_between(period.start, period.end) is None:
        return None
    english, back, on = _ENGLISH.match(normal), _BACK.match(normal), _ON.match(normal)
    if english is not None:
        months = _MONTHS[english["unit"]]
        return calendars.shift_period(period, months if english["way"] in ("after", "later") else -months)
    said = back or on
    if said is None:
        return None
    months = _MONTHS[said["unit"]] * int(said["n"] or 1)
    return calendars.shift_period(period, -months if back is not None else months)


def in_the_time_of(last: QueryPlan, said: QueryPlan, model: SemanticModel) -> QueryPlan | None:
    """罚款最高的是哪个部门 after a figure of the same rows in 2024: that of 2024, and not of all years.

    None where it splits and narrows nothing, or where the question before was about some of the rows only.
    """
    named = {*said.dimensions, *(item.dimension for item in said.filters)}
    narrower = any(item.dimension not in named for item in last.filters)
    timed = said.period or said.grain or said.comparisons
    if last.period is None or not named or narrower or timed:
        return None
    tables = [{part.entity for metric in plan.metrics for part in model.parts(metric)} for plan in (said, last)]
    dated = all(part.timing == "flow" for metric in said.metrics for part in model.parts(metric))
    plan = replace(said, period=last.period)
    return plan if dated and tables[0] == tables[1] and finding_of(plan, model) is None else None
