"""The pieces of a plan in one language: metric, period, filters, groups, bounds. Sentences: interpretation.py. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.domain import Period, PlanFilter, QueryPlan
from assistant.nl2sql.plans import calendars
from assistant.nl2sql.plans.calendars import DAY
from assistant.nl2sql.plans.outputs import divisor_words
from assistant.nl2sql.plans.semantic_model import Metric, SemanticModel
from assistant.nl2sql.plans.values import ValueIndex

GRAINS = {"year": ("年", "year"), "quarter": ("季度", "quarter"), "month": ("月", "month"), "day": ("日", "day")}
_OPS = {
    "ge": ("不低于", "at least"),
    "gt": ("超过", "more than"),
    "le": ("不超过", "at most"),
    "lt": ("低于", "less than"),
}
_METRIC_OF = re.compile(r"(?:_(?:yoy|mom)_(?:rate|change)|_share|_per)$")
_SIGNS = {">=": "ge", ">": "gt", "<=": "le", "<": "lt"}


@dataclass(frozen=True, slots=True)
class PlanWords:
    """`values` supplies English names of values; without it they stay as stored."""

    plan: QueryPlan
    model: SemanticModel
    values: ValueIndex | None
    english: bool

    def metrics(self) -> str:
        names = [self.name_of(metric) for metric in self.plan.metrics]
        return ", ".join(names) if self.english else "、".join(names)

    def name_of(self, metric_id: str) -> str:
        metric = self.model.metric_by_id[metric_id]
        return metric.name_en if self.english else metric.name

    def period(self) -> str:
        """The period as the metrics use it: whole published quarters, the last day of a stock, the as-of day."""
        metrics = [part for m in self.plan.metrics for part in self.model.parts(m)]
        dated = [metric for metric in metrics if metric.timing != "snapshot"]
        as_of = calendars.day_text(self.model.as_of)
        if not dated:
            return f"as of {as_of.en}" if self.english else f"截至{as_of.zh}"
        if all(metric.timing == "stock" for metric in dated) and not self.plan.grain:
            day = calendars.day_text(self.plan.period.end - DAY) if self.plan.period else as_of
            return f"as of {day.en}" if self.english else f"截至{day.zh}"
        if self.plan.period is None:
            return self._everything(dated)
        label = self.plan.period.label.en if self.english else self.plan.period.label.zh
        return label + self._same_months()

    def _same_months(self) -> str:
        """Years compared with each other are compared over the same months, which has to be said."""
        period = self.plan.period
        if not (self.plan.grain == "year" and self.plan.comparisons and period) or period.end.month == 1:
            return ""
        last = (period.end - DAY).month
        return f" (January to month {last} of every year)" if self.english else f"（各年均为1—{last}月）"

    def _everything(self, metrics: list[Metric]) -> str:
        first = self.model.entity_by_table[metrics[0].entity].data_from
        last = calendars.day_text(self.model.as_of)
        if first is None:
            return f"up to {last.en}" if self.english else f"截至{last.zh}"
        label = self._all_time(metrics[0], calendars.period_of(first, self.model.as_of + DAY)).label
        return f"all data, {label.en}" if self.english else f"全部数据（{label.zh}）"

    def _all_time(self, metric: Metric, whole: Period) -> Period:
        """Everything on record: of quarterly returns the whole quarters, and the published ones where not all are."""
        if metric.time_format != "quarter":
            return whole
        releases = self.model.releases.get(metric.entity)
        quarters = tuple(q for q in calendars.quarters(whole) if releases is None or q in releases.released)
        return calendars.quarter_span(quarters) if quarters else whole

    def filters(self) -> list[str]:
        return [self._filter(item) for item in self.plan.filters]

    def _filter(self, item: PlanFilter) -> str:
        dimension = self.model.dimension_by_id[item.dimension]
        if item.op in ("in", "not_in"):
            labels = [self._value(item, position) for position in range(len(item.values))]
            text = (", " if self.english else "、").join(labels)
            if item.op == "in":
                return text
            return f"excluding {text}" if self.english else f"不含{text}"
        word = _OPS[item.op][self.english]
        number = _plain(float(str(item.values[0])))
        if self.english:
            return f"{dimension.name_en.lower()} {word} {number}"
        return f"{dimension.name}{word}{number}{dimension.unit}"

    def _value(self, item: PlanFilter, position: int) -> str:
        label = item.labels[position] if position < len(item.labels) else str(item.values[position])
        if self.english and self.values is not None:
            found = self.values.by_code.get((item.dimension, item.values[position]))
            return found.label_en or label if found else label
        return label

    def per_words(self) -> str:
        """日均, 每万人; in English after the figure."""
        return divisor_words(self.plan, self.model, "en" if self.english else "zh") + (" " if self.english else "")

    def groups(self) -> list[str]:
        names = [self.model.dimension_by_id[d] for d in self.plan.dimensions]
        found = [dimension.name_en.lower() if self.english else dimension.name for dimension in names]
        return [*found, GRAINS[self.plan.grain][self.english]] if self.plan.grain else found

    def base_words(self, kind: str) -> str:
        period = self.plan.period
        if kind == "yoy":
            base = calendars.same_period_last_year(period) if period and not self.plan.grain else None
            word = ("上年同期", "the same period last year")
        else:
            base = calendars.previous_period(period) if period and not self.plan.grain else None
            word = ("上期", "the previous period")
        label = "" if base is None else (f" ({base.label.en})" if self.english else f"（{base.label.zh}）")
        return word[self.english] + label

    def having_words(self, target: str, op: str, number: float) -> str:
        metric_id = _METRIC_OF.sub("", target)
        metric = self.model.metric_by_id[metric_id]
        name = self.name_of(metric_id)
        if target.endswith("_share"):
            name += " share" if self.english else "占比"
        elif target.endswith("_per"):
            name = self.per_words() + name
        elif target.endswith("_change"):
            name += " change" if self.english else "增减"
        elif target != metric_id:
            name += " growth" if self.english else "环比增速" if "_mom_" in target else "同比增速"
        if op == "=":
            return f"{name} is zero" if self.english else f"{name}为0"
        percent = metric.unit == "%" or target.endswith(("_rate", "_share"))
        shown = f"{_plain(number * 100)}%" if percent else f"{_plain(number)}{'' if self.english else metric.unit}"
        return f"{name} {_OPS[_SIGNS[op]][1]} {shown}" if self.english else f"{name}{_OPS[_SIGNS[op]][0]}{shown}"

    def ordered_by(self, target: str) -> str:
        for suffix, words in {"_rate": ("增速", " growth"), "_change": ("增减", " change")}.items():
            for kind in self.plan.comparisons:
                if target.endswith(f"_{kind}{suffix}"):
                    return self.name_of(target.removesuffix(f"_{kind}{suffix}")) + words[self.english]
        if target.endswith("_per"):
            return self.per_words() + self.name_of(target.removesuffix("_per"))
        if target.endswith("_share"):
            return self.name_of(target.removesuffix("_share")) + (" share" if self.english else "占比")
        return self.name_of(target)


def _plain(number: float) -> str:
    """1000000, not 1e+06; 0.5."""
    rounded = round(number, 6)
    return str(int(rounded)) if rounded == int(rounded) else str(rounded)
