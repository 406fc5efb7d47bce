"""What an aggregate makes of the columns that flow into it: how each is used, and whether some rows weigh more."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from assistant.domain import Usage
from assistant.nl2sql.clauses import MOMENT, told
from assistant.nl2sql.flows import ROW_LEVEL, Flow, Form, Weight
from assistant.nl2sql.functions import Kind, written_name

_TOTALS = (Kind.MAGNITUDE, Kind.MOMENT)


def used_by(call: exp.Expr, kind: Kind, values: Sequence[Flow], conditions: Sequence[Flow]) -> list[Flow]:
    """The flows of an aggregate's arguments and conditions under the use that it makes of them."""
    usage, detail = _use(call, kind, values)
    bends = kind in (*_TOTALS, Kind.COUNT)
    name = written_name(call)
    return [
        flow.used_as(Usage.EXTREME, aggregate=name, detail="bent")
        if bends and flow.bent
        else flow.used_as(usage, aggregate=name, detail=detail)
        for flow in (*values, *conditions)
    ]


def weighs(call: exp.Expr, kind: Kind, values: Sequence[Flow]) -> bool:
    """True where some rows count for more in a total; DISTINCT leaves out rows whose value another one has."""
    if kind not in _TOTALS:
        return False
    return isinstance(call.this, exp.Distinct) or any(flow.weight is Weight.WEIGHED or flow.bent for flow in values)


def _use(call: exp.Expr, kind: Kind, values: Sequence[Flow]) -> tuple[Usage, str | None]:
    usage, detail = told(call, kind)
    if usage is Usage.PERCENTILE:
        return usage, " ".join([str(detail), *_marks(values)])
    if usage is Usage.EXTREME and any(o.usage is Usage.WHOLE_ROW for flow in values for o in flow.origins):
        return Usage.COLLECT, detail  # FIRST(t): a row as a whole is a listing of one
    if kind is Kind.MAGNITUDE and any(flow.stepped or _is_joint(flow) for flow in values):
        return usage, MOMENT
    return usage, detail


def _marks(values: Sequence[Flow]) -> list[str]:
    """What a percentile's value is besides the column: "made" or "shifted"."""
    form = min((flow.form for flow in values if flow.origins), default=Form.SCALED)
    return [] if form is Form.SCALED else [form.name.lower()]


def _is_joint(flow: Flow) -> bool:
    """Several columns in one total, its conditions aside: a sum of products is a joint moment."""
    values = {origin.place for origin in flow.origins if origin.usage in ROW_LEVEL and origin.detail != "condition"}
    return len(values) > 1
