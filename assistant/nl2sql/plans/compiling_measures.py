"""Which aggregates a plan needs, on which legs, and how its value columns are made of them.

A value column is an expression over named aggregates, written with placeholder columns `__agg.<name>`; compiling.py
puts the aggregate itself there (one SELECT) or the column of a subquery (windows, several legs).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from sqlglot import exp

from assistant.domain import Period, QueryPlan
from assistant.nl2sql.plans import calendars
from assistant.nl2sql.plans.asked_rates import lengths
from assistant.nl2sql.plans.calendars import DAY, months_between
from assistant.nl2sql.plans.compiling_legs import (
    Aggregate,
    Key,
    Leg,
    conditions_of,
    expression_of,
    filter_of,
    keys_of,
    parent_filters,
)
from assistant.nl2sql.plans.compiling_time import (
    asked_quarters,
    column,
    grain_key,
    grain_literal,
    in_period,
    in_pieces,
    quarters_before,
    same_months,
)
from assistant.nl2sql.plans.outputs import has_rate, shown_dimensions
from assistant.nl2sql.plans.semantic_model import Metric, SemanticModel

PLACEHOLDER = "__agg"
_STEP_MONTHS = {"year": 12, "quarter": 3, "month": 1}


@dataclass(slots=True)
class Part:
    """One leg with what identifies it. `variants`: (key of a time point, its leg) where a stock is asked over time."""

    key: tuple[object, ...]
    leg: Leg
    optional: bool = False  # joined to the others, never the first: base values, denominators
    variants: list[tuple[exp.Expr, Leg]] = field(default_factory=list)
    grain: str = ""  # the key that tells the variants apart

    @property
    def shape(self) -> Leg:
        """The leg that shows which keys and aggregates the part has."""
        return self.variants[0][1] if self.variants else self.leg

    @property
    def key_names(self) -> list[str]:
        found = [key.name for key in self.shape.keys]
        return [*found, self.grain] if self.variants else found


@dataclass(slots=True)
class Measures:
    parts: list[Part] = field(default_factory=list)
    values: dict[str, exp.Expr] = field(default_factory=dict)  # output name -> expression over placeholders


def ref(name: str) -> exp.Column:
    return exp.column(name, table=PLACEHOLDER, quoted=True)


def measures_of(plan: QueryPlan, model: SemanticModel) -> Measures:
    return _Collector(plan, model).collect()


class _Collector:
    def __init__(self, plan: QueryPlan, model: SemanticModel) -> None:
        self._plan, self._model = plan, model
        self._found = Measures()

    def collect(self) -> Measures:
        plan = self._plan
        for metric_id in plan.metrics:
            metric = self._model.metric_by_id[metric_id]
            self._value(metric, metric.id, 0, None)
            for kind in plan.comparisons:
                self._value(metric, f"{metric.id}_{kind}_base", self._months_back(kind), kind)
                self._compared(metric, kind)
            if plan.per:
                self._divided(metric)
            if plan.share_of and "share" in plan.derived and metric.has_parts:
                self._aggregate(metric, f"{metric.id}__all", 0, None, whole=True)
                self._found.values[f"{metric.id}_share"] = _ratio(ref(metric.id), ref(f"{metric.id}__all"))
                self._found.values[f"{metric.id}_whole"] = ref(f"{metric.id}__all")
        self._found.parts.sort(key=lambda part: part.optional)
        return self._found

    def _months_back(self, kind: str) -> int:
        if kind == "yoy":
            return 12
        if self._plan.grain:
            return _STEP_MONTHS[self._plan.grain]
        period = self._plan.period
        assert period is not None, "mom without a grain has a period (asked_time.py)"
        return months_between(period.start, period.end) or 0

    def _value(self, metric: Metric, name: str, back: int, kind: str | None) -> None:
        if not metric.is_ratio:
            self._aggregate(metric, name, back, kind)
            self._found.values[name] = ref(name)
            return
        over, under = self._model.metric_by_id[metric.numerator], self._model.metric_by_id[metric.denominator]
        self._aggregate(over, f"{name}__n", back, kind)
        self._aggregate(under, f"{name}__d", back, kind)
        value = _ratio(ref(f"{name}__n"), ref(f"{name}__d"))
        if metric.scale != 1:
            scaled = exp.Mul(this=ref(f"{name}__n"), expression=exp.Literal.number(f"{metric.scale:.1f}"))
            value = exp.Div(this=scaled, expression=not_zero(ref(f"{name}__d")))
        self._found.values[name] = value

    def _divided(self, metric: Metric) -> None:
        """The figure for every day, month or person of the denominator."""
        values, plan = self._found.values, self._plan
        under = self._model.metric_by_id.get(plan.per)
        if under is None:
            values[f"{metric.id}_per"] = self._per_time(metric)
            return
        self._aggregate(under, f"{metric.id}_per__d", 0, None)
        factor = exp.Literal.number(f"{plan.per_scale:.1f}")
        over = exp.Mul(this=_wrapped(values[metric.id]), expression=factor)
        values[f"{metric.id}_per"] = exp.Div(this=over, expression=not_zero(ref(f"{metric.id}_per__d")))

    def _per_time(self, metric: Metric) -> exp.Expr:
        """Divided by the days or months of the period, or of each part of it where the figure is split over time."""
        value = _wrapped(self._found.values[metric.id])
        counts = [exp.Literal.number(f"{length:.1f}") for length in lengths(self._plan) if length is not None]
        grain, period = self._plan.grain, self._plan.period
        if len(set(counts)) == 1 or not grain or period is None:
            return exp.Div(this=exp.Mul(this=value, expression=exp.Literal.number("1.0")), expression=counts[0])
        case = exp.Case()
        for part, count in zip(self._pieces(period), counts, strict=True):
            share = exp.Div(this=exp.Literal.number("1.0"), expression=count)
            case = case.when(exp.EQ(this=grain_key(metric, grain), expression=grain_literal(part, grain)), share)
        return exp.Mul(this=value, expression=exp.paren(case))

    def _compared(self, metric: Metric, kind: str) -> None:
        values = self._found.values
        now, base = values[metric.id], values[f"{metric.id}_{kind}_base"]
        change = exp.Sub(this=_wrapped(now), expression=_wrapped(base))
        values[f"{metric.id}_{kind}_change"] = change
        if has_rate(metric):
            values[f"{metric.id}_{kind}_rate"] = _ratio(exp.paren(change.copy()), _wrapped(base))

    def _aggregate(self, metric: Metric, name: str, back: int, kind: str | None, *, whole: bool = False) -> None:
        """Add the aggregate to the leg where its rows are."""
        apart = bool(kind) and self._base_stands_apart(metric, kind)
        part = self._part(metric, back if apart else 0, optional=apart or name.endswith("__d"))
        for position, leg in enumerate([leg for _, leg in part.variants] or [part.leg]):
            conditions = self._conditions(metric, back, leg, position if part.variants else None)
            if not whole:
                conditions += self._share_filters(leg)
            leg.aggregates.append(Aggregate(name, expression_of(metric, self._model), conditions))

    def _base_stands_apart(self, metric: Metric, kind: str | None) -> bool:
        """Base values over a time grain meet the current ones on a shifted key, unless one year meets one other."""
        plan = self._plan
        if not plan.grain or metric.timing != "flow":
            return False
        period = plan.period
        one_year = period is not None and period.start.year == (period.end - DAY).year
        return not (kind == "yoy" and one_year and plan.grain in ("month", "quarter"))

    def _conditions(self, metric: Metric, back: int, leg: Leg, variant: int | None) -> list[exp.Expr]:
        period = self._plan.period
        if variant is not None and period is not None:
            period = self._pieces(period)[variant]
        apart = self._plan.pieces if variant is None and metric.timing == "flow" else ()
        dated = in_pieces(metric, apart, self._model) if apart else in_period(metric, period, self._model, back)
        found = [*conditions_of(metric, self._model), dated]
        if self._plan.grain == "year" and self._plan.comparisons and period is not None and metric.timing == "flow":
            found.append(same_months(metric, period.end - DAY))
        return [condition for condition in found if condition is not None]

    def _share_filters(self, leg: Leg) -> list[exp.Expr]:
        chosen = [item for item in self._plan.filters if item.dimension in self._plan.share_of]
        found = [filter_of(item, leg, self._model) for item in chosen]
        return [condition for condition in found if condition is not None]

    def _part(self, metric: Metric, back: int, *, optional: bool) -> Part:
        keyed = bool(self._plan.grain) and metric.timing != "snapshot"
        identity: tuple[object, ...] = (metric.entity, back)
        if keyed:
            identity += (metric.timing, metric.time, metric.time_end)
        for part in self._found.parts:
            if part.key == identity:
                part.optional = part.optional and optional
                return part
        part = Part(key=identity, leg=Leg(table=metric.entity), optional=optional)
        if keyed and metric.timing == "stock":
            part.variants = [(literal, self._dressed(metric, back, None)) for literal in self._points()]
            part.grain = self._plan.grain or ""
        else:
            part.leg = self._dressed(metric, back, self._plan.grain if keyed else None)
        self._found.parts.append(part)
        return part

    def _points(self) -> list[exp.Expr]:
        plan, grain = self._plan, self._plan.grain or "year"
        period = plan.period or calendars.period_of(self._first_day(), self._model.as_of + DAY)
        return [grain_literal(piece, grain) for piece in self._pieces(period)]

    def _pieces(self, period: Period) -> tuple[Period, ...]:
        return self._plan.pieces or calendars.split(period, self._plan.grain or "year")

    def _first_day(self) -> date:
        metric = self._model.parts(self._plan.metrics[0])[0]
        return self._model.entity_by_table[metric.entity].data_from or self._model.as_of

    def _dressed(self, metric: Metric, back: int, grain: str | None) -> Leg:
        """A leg with the keys and filters that its table has."""
        plan, model = self._plan, self._model
        leg = Leg(table=metric.entity)
        leg.keys = keys_of(shown_dimensions(plan, model), leg, model)
        if grain:
            leg.keys.append(Key(name=grain, expression=self._time_key(metric, grain, back)))
        for item in plan.filters:
            if item.dimension not in plan.share_of:
                condition = filter_of(item, leg, model)
                if condition is not None:
                    leg.where.append(condition)
        leg.where += parent_filters(plan, leg, model)
        return leg

    def _time_key(self, metric: Metric, grain: str, back: int) -> exp.Expr:
        plan, period = self._plan, self._plan.period
        if back:
            return self._shifted_key(metric, grain, back)
        if "yoy" in plan.comparisons and not self._base_stands_apart(metric, "yoy") and period is not None:
            return grain_key(metric, grain, period.start.year)
        return grain_key(metric, grain)

    def _shifted_key(self, metric: Metric, grain: str, back: int) -> exp.Expr:
        """The key of the period that a base row is compared with: its own key, `back` months later."""
        if metric.time_format == "quarter":
            now = asked_quarters(metric, self._plan.period, self._model)
            case = exp.Case()
            for later, earlier in zip(now, quarters_before(now, back), strict=True):
                shown = later if grain == "quarter" else later[:4]
                test = exp.EQ(this=column(metric.entity, metric.time), expression=exp.Literal.string(earlier))
                case = case.when(test, exp.Literal.string(shown))
            return case
        if metric.time_format == "year":
            return exp.Add(this=column(metric.entity, metric.time), expression=exp.Literal.number(back // 12))
        key = grain_key(metric, grain)
        later_day = exp.Add(
            this=column(metric.entity, metric.time),
            expression=exp.Interval(this=exp.Literal.string(str(back)), unit=exp.var("MONTH")),
        )
        return key.transform(lambda node: later_day.copy() if isinstance(node, exp.Column) else node)


def _wrapped(value: exp.Expr) -> exp.Expr:
    return exp.paren(value.copy()) if isinstance(value, exp.Binary) else value.copy()


def not_zero(value: exp.Expr) -> exp.Expr:
    return exp.Nullif(this=value.copy(), expression=exp.Literal.number(0))


def _ratio(over: exp.Expr, under: exp.Expr) -> exp.Expr:
    times_one = exp.Mul(this=over.copy(), expression=exp.Literal.number("1.0"))
    return exp.Div(this=times_one, expression=not_zero(under))


Substitute = Callable[[str], exp.Expr]


def filled(value: exp.Expr, substitute: Substitute) -> exp.Expr:
    """The expression with every placeholder replaced."""

    def step(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column) and node.table == PLACEHOLDER:
            return substitute(node.name)
        return node

    return value.copy().transform(step)
