"""The interpretation in pieces that can be changed one by one: figure, time, splits, filters, comparison, order.

Every change is a complete question that links to the changed plan again, so choosing it runs without a language model,
is remembered and is audited like any other question. Offered is only what can be computed (plan_checks.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from assistant.domain import Lang, Option, Period, PlanFilter, QueryPlan
from assistant.language import to_traditional
from assistant.nl2sql.plans import calendars
from assistant.nl2sql.plans.interpretation import metric_name, question
from assistant.nl2sql.plans.join_paths import dimensions_of
from assistant.nl2sql.plans.phrases import dice
from assistant.nl2sql.plans.plan_checks import finding_of
from assistant.nl2sql.plans.semantic_model import SemanticModel
from assistant.nl2sql.plans.values import ValueIndex

Kind = Literal["metric", "period", "dimension", "filter", "comparison"]
MOST = 6  # changes of one chip
_DAY = calendars.DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A piece of the interpretation; `changes`: what it can be changed to, each with the complete question."""

    kind: Kind
    label: str
    changes: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class _Editor:
    plan: QueryPlan
    model: SemanticModel
    values: ValueIndex
    lang: Lang

    def chip(self, kind: Kind, label: str, edits: Iterator[tuple[str, QueryPlan]]) -> Chip:
        """Without what changes nothing or cannot be computed."""
        found: dict[str, Option] = {}
        for name, plan in edits:
            if plan != self.plan and finding_of(plan, self.model) is None:
                asked = question(plan, self.model, self.lang, self.values)
                found.setdefault(asked, Option(label=self.shown(name), question=asked))
            if len(found) == MOST:
                break
        return Chip(kind=kind, label=self.shown(label), changes=tuple(found.values()))

    def shown(self, text: str) -> str:
        return to_traditional(text) if self.lang == "zh-Hant" else text

    def said(self, zh: str, en: str) -> str:
        return en if self.lang == "en" else zh

    def metrics(self) -> Iterator[tuple[str, QueryPlan]]:
        first = self.model.metric_by_id[self.plan.metrics[0]]
        others = [m for m in self.model.metrics if m.topic == first.topic and m.id not in self.plan.metrics]
        plain = replace(self.plan, having=(), order_by=None, limit=None, derived=(), share_of=(), counted="")
        for metric in sorted(others, key=lambda metric: -dice(metric.name, first.name)):
            yield metric_name(metric, self.lang), replace(plain, metrics=(metric.id,))

    def periods(self) -> Iterator[tuple[str, QueryPlan]]:
        for period in _periods(self.plan, self.model):
            yield self.said(period.label.zh, period.label.en), replace(self.plan, period=period, pieces=())

    def splits(self) -> Iterator[tuple[str, QueryPlan]]:
        metric = self.model.metric_by_id[self.plan.metrics[0]]
        plain = replace(self.plan, dimensions=(), order_by=None, limit=None, derived=(), having=(), counted="")
        yield self.said("合计", "Total"), plain
        taken = {item.dimension for item in self.plan.filters}
        for dimension in dimensions_of(self.model, metric):
            if dimension.id not in taken:
                yield self.said(dimension.name, dimension.name_en), replace(plain, dimensions=(dimension.id,))

    def comparisons(self) -> Iterator[tuple[str, QueryPlan]]:
        yield self.said("不比较", "No comparison"), replace(self.plan, comparisons=(), order_by=None, limit=None)
        if not self.plan.pieces:
            yield self.said("和上年同期比", "Same period last year"), replace(self.plan, comparisons=("yoy",))

    def filters(self, place: int) -> Iterator[tuple[str, QueryPlan]]:
        """Without the filter, or with another value of the same dimension."""
        item = self.plan.filters[place]
        rest = (*self.plan.filters[:place], *self.plan.filters[place + 1 :])
        yield self.said("不限", "No filter"), replace(self.plan, filters=rest, share_of=())
        if item.op != "in" or len(item.values) != 1:
            return
        for value in self.values.values:
            if value.dimension == item.dimension and value.code not in item.values:
                other = PlanFilter(dimension=item.dimension, op="in", values=(value.code,), labels=(value.label,))
                filters = (*self.plan.filters[:place], other, *self.plan.filters[place + 1 :])
                yield self.said(value.label, value.label_en or value.label), replace(self.plan, filters=filters)


def chips_of(plan: QueryPlan, model: SemanticModel, values: ValueIndex, lang: Lang) -> tuple[Chip, ...]:
    """The pieces of a plan, in the order in which they are said. `values`: what the asker may see of them."""
    editor = _Editor(plan, model, values, lang)
    names = [metric_name(model.metric_by_id[metric], lang) for metric in plan.metrics]
    found = [editor.chip("metric", ", ".join(names) if lang == "en" else "、".join(names), editor.metrics())]
    if plan.period is not None:
        found.append(editor.chip("period", editor.said(plan.period.label.zh, plan.period.label.en), editor.periods()))
    split = [model.dimension_by_id[name] for name in plan.dimensions]
    label = editor.said("、".join(d.name for d in split) or "合计", ", ".join(d.name_en for d in split) or "Total")
    found.append(editor.chip("dimension", label, editor.splits()))
    for place, item in enumerate(plan.filters):
        dimension = model.dimension_by_id[item.dimension]
        label = editor.said("、".join(item.labels) or dimension.name, dimension.name_en)
        found.append(editor.chip("filter", label, editor.filters(place)))
    if plan.period is not None and not plan.counted:
        label = editor.said("比较", "Comparison")
        found.append(editor.chip("comparison", label, editor.comparisons()))
    return tuple(chip for chip in found if chip.changes)


def _periods(plan: QueryPlan, model: SemanticModel) -> Iterator[Period]:
    """This year so far, last year, the same period a year before, and this year's quarters that are over."""
    as_of = model.as_of
    assert plan.period is not None
    entity = model.entity_by_table.get(model.parts(plan.metrics[0])[0].entity)
    first = entity.data_from if entity else None
    year = calendars.period_of(calendars.month_start(as_of.year, 1), as_of + _DAY)
    last = calendars.period_of(calendars.month_start(as_of.year - 1, 1), calendars.month_start(as_of.year, 1))
    quarters = [one for one in calendars.split(year, "quarter") if one.end <= as_of]
    for period in (calendars.same_period_last_year(plan.period), year, last, *reversed(quarters)):
        if first is None or period.start >= first:
            yield period
