"""What a question asked for and nobody may know yet: the quarters of its time that are not published. Pure."""

from __future__ import annotations

from datetime import date

from assistant.domain import QueryPlan, Text
from assistant.nl2sql.plans import periods
from assistant.nl2sql.plans.calendars import DAY, clipped
from assistant.nl2sql.plans.semantic_model import SemanticModel


def left_out(plan: QueryPlan, model: SemanticModel, as_of: date) -> Text | None:
    """前三季度 where the third is not published: the sentence that only the published part is counted, else None."""
    if plan.period is None or not any(part.entity in model.releases for m in plan.metrics for part in model.parts(m)):
        return None
    said = [link.span for link in plan.links if link.kind == "period"]
    named = [m.period for span in said for m in periods.find(span, as_of) if m.period is not None and m.kind == "span"]
    asked = [one for one in (clipped(period, None, as_of) for period in named) if one is not None]
    if not any(one.start >= plan.period.start and one.end > plan.period.end for one in asked):
        return None
    if max(one.end for one in asked) > as_of + DAY:
        return None
    label = plan.period.label
    return Text(
        zh=f"所问时间里有季度尚未公布，以上只是{label.zh}的数。",
        en=f"Some quarters of that time are not published yet: these are the figures of {label.en} only.",
    )
