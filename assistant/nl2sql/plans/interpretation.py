"""A plan in words: what will be computed, said before any number. Pure.

`restate` is the sentence above the answer; `question` is the shortest complete question with the same plan (follow-ups
are shown as it); `definitions` gives the 口径 of every metric with the article that fixes it.
"""

from __future__ import annotations

from dataclasses import dataclass

from assistant.domain import Lang, LinkStrength, QueryPlan
from assistant.language import to_traditional
from assistant.nl2sql.plans.calendars import months_between, previous_period
from assistant.nl2sql.plans.plan_words import GRAINS, PlanWords
from assistant.nl2sql.plans.semantic_model import Metric, SemanticModel
from assistant.nl2sql.plans.values import ValueIndex


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """Where a number's meaning is fixed."""

    metric_id: str
    label: str
    meaning: str  # 口径
    unit: str
    resource_id: str  # catalog resource of the base table; "" where the model has no catalog
    document: str
    article: str


def restate(plan: QueryPlan, model: SemanticModel, lang: Lang, values: ValueIndex | None = None) -> str:
    """One sentence: period, filters, grouping, metric, comparison, order. `values` supplies English value names."""
    if lang == "en":
        return _Words(plan, model, values, english=True).sentence_en()
    sentence = _Words(plan, model, values, english=False).sentence_zh()
    return to_traditional(sentence) if lang == "zh-Hant" else sentence


def question(plan: QueryPlan, model: SemanticModel, lang: Lang, values: ValueIndex | None = None) -> str:
    """A complete question that links to this plan again."""
    if lang == "en":
        return _Words(plan, model, values, english=True).question_en()
    text = _Words(plan, model, values, english=False).question_zh()
    return to_traditional(text) if lang == "zh-Hant" else text


def metric_name(metric: Metric, lang: Lang) -> str:
    name = metric.name_en if lang == "en" else metric.name
    return to_traditional(name) if lang == "zh-Hant" else name


def definitions(plan: QueryPlan, model: SemanticModel, lang: Lang) -> tuple[Definition, ...]:
    """One for every metric of the plan, and for the parts of a ratio."""
    metrics: dict[str, Metric] = {}
    for metric_id in plan.metrics:
        metric = model.metric_by_id[metric_id]
        metrics[metric.id] = metric
        if metric.is_ratio:
            metrics.update((part.id, part) for part in model.parts(metric.id))
    return tuple(_definition(metric, model, lang) for metric in metrics.values())


def _definition(metric: Metric, model: SemanticModel, lang: Lang) -> Definition:
    label, meaning = (metric.name_en, metric.definition_en) if lang == "en" else (metric.name, metric.definition)
    document = metric.document
    if lang == "zh-Hant":
        label, meaning = to_traditional(label), to_traditional(meaning)
    table = model.parts(metric.id)[0].entity
    return Definition(
        metric_id=metric.id,
        label=label,
        meaning=meaning,
        unit=metric.unit,
        resource_id=model.resources.get(table, ""),
        document=document,
        article=metric.article,
    )


class _Words(PlanWords):
    """Whole sentences."""

    def _within(self) -> bool:
        """A share of everything in the same group, not of the sum over the groups."""
        return bool(self.plan.share_of and self.groups())

    def sentence_zh(self) -> str:
        pieces = [self.period()]
        pieces += [f"范围：{'；'.join(self.filters())}"] if self.plan.filters else []
        pieces += [f"按{'、'.join(self.groups())}" if self.groups() else "合计"]
        text = "，".join(pieces) + f"，统计{self.metrics()}"
        text += self._per_zh() if self.plan.per else ""
        for kind in self.plan.comparisons:
            text += f"，并与{self.base_words(kind)}比较"
        if "share" in self.plan.derived:
            text += f"，计算占各{'、'.join(self.groups())}全部的比重" if self._within() else "，计算占比"
        text += "，两者相比" if "versus" in self.plan.derived else ""
        if "cumulative" in self.plan.derived:
            text += "，逐期累计"
        for metric, op, number in self.plan.having:
            text += f"，只{'数' if self.plan.counted else '列'}{self.having_words(metric, op, number)}的"
        if self.plan.counted:
            text += f"，共有几个{self.model.dimension_by_id[self.plan.counted].name}"
        for metric in self.plan.without:
            text += f"，只计没有{self.name_of(metric)}记录的"
        return text + self._order_zh() + self._fuzzy_zh() + "。"

    def _order_zh(self) -> str:
        if self.plan.order_by is None:
            return ""
        target, direction = self.plan.order_by
        by = f"{self.ordered_by(target)}{'从高到低' if direction == 'desc' else '从低到高'}"
        return f"，按{by}取前{self.plan.limit}" if self.plan.limit else f"，按{by}排列"

    def _guessed(self) -> list[str]:
        """The words that were not taken as they stand: misspelt, implied, or only close to a name."""
        return list(dict.fromkeys(one.span for one in self.plan.links if one.strength is not LinkStrength.EXACT))

    def _fuzzy_zh(self) -> str:
        guessed = self._guessed()
        return "（近似匹配：" + "、".join(f"“{span}”" for span in guessed) + "）" if guessed else ""

    def _fuzzy_en(self) -> str:
        guessed = self._guessed()
        return " (matched approximately: " + ", ".join(f"“{span}”" for span in guessed) + ")" if guessed else ""

    def sentence_en(self) -> str:
        text = self.metrics()
        text += f" by {', '.join(self.groups())}" if self.groups() else ", total"
        text += f", {self.period()}"
        text += f", only {'; '.join(self.filters())}" if self.plan.filters else ""
        text += f", {self.per_words().strip()}" if self.plan.per else ""
        for kind in self.plan.comparisons:
            text += f", compared with {self.base_words(kind)}"
        if "share" in self.plan.derived:
            text += f", share of all in each {', '.join(self.groups())}" if self._within() else ", with shares"
        text += ", one against the other" if "versus" in self.plan.derived else ""
        text += ", cumulative" if "cumulative" in self.plan.derived else ""
        for metric, op, number in self.plan.having:
            text += f", where {self.having_words(metric, op, number)}"
        if self.plan.counted:
            text += f", counting the {self.model.dimension_by_id[self.plan.counted].name_en.lower()} groups"
        for metric in self.plan.without:
            text += f", without any {self.name_of(metric).lower()}"
        if self.plan.order_by:
            target, direction = self.plan.order_by
            text += f", {'highest' if direction == 'desc' else 'lowest'} {self.ordered_by(target)} first"
            text += f", first {self.plan.limit}" if self.plan.limit else ""
        return text + self._fuzzy_en() + "."

    def question_zh(self) -> str:
        """时间 + 范围 + 各维度 + 指标 + 比较 + 排序."""
        plan = self.plan
        text = "" if plan.period is None else self._period_words()
        if self._asks_for_none():
            within = "".join(self.filters())
            return f"{text}{within}没有{self.name_of(plan.metrics[0])}的{self.groups()[0]}"
        if "whole" in plan.derived:
            figures = "和".join(self.name_of(metric) for metric in plan.metrics)
            return f"{text}{figures}总共多少，其中{''.join(self.filters())}占比"
        filters = "".join(_asked_filter(f, item.op) for f, item in zip(self.filters(), plan.filters, strict=True))
        groups = "".join(f"各{self.model.dimension_by_id[d].name}" for d in plan.dimensions)
        text += groups + filters if self._within() else filters + groups  # the order tells of what a share is
        text += f"每{GRAINS[plan.grain][0]}" if plan.grain and not plan.pieces else ""
        text += "".join(f"没有{self.name_of(metric)}的" for metric in plan.without)
        text += self._divided_zh("和".join(self.name_of(metric) for metric in plan.metrics))
        text += "合计" if self._sums_values() else ""
        text += "占比" if "share" in plan.derived else ""
        text += "相差多少" if "versus" in plan.derived else ""
        text += "累计" if "cumulative" in plan.derived else ""
        text += "".join(
            {"yoy": "，和上年同期比", "mom": self._before("，和{}比", "，环比")}[k] for k in plan.comparisons
        )
        for metric, op, number in plan.having:
            text += f"，{self.having_words(metric, op, number)}"
        if self.plan.counted:
            text += f"的{self.model.dimension_by_id[self.plan.counted].name}有几个"
        return text + self._asked_order_zh()

    def _before(self, named: str, plain: str) -> str:
        """What the period before is called; 环比 alone is of one month or quarter, or month by month."""
        period = self.plan.period
        if period is None or self.plan.grain or months_between(period.start, period.end) in (1, 3, None):
            return plain
        label = previous_period(period).label
        return named.format(label.en if self.english else label.zh)

    def _per_zh(self) -> str:
        under = self.model.metric_by_id.get(self.plan.per)
        each = f"（{self.per_words()}）" if self.plan.per_scale != 1 else ""
        return f"，计算{self.per_words()}" if under is None else f"，除以{under.name}{each}"

    def _divided_zh(self, figures: str) -> str:
        """日均热线工单量; a figure divided by another one is written out."""
        plan = self.plan
        if not plan.per:
            return figures
        if plan.per in self.model.metric_by_id and plan.per_scale == 1:
            return f"{figures}除以{self.name_of(plan.per)}"
        return self.per_words() + figures

    def _divided_en(self) -> str:
        plan = self.plan
        if plan.per not in self.model.metric_by_id:
            return f", average per {plan.per}"
        each = f" per {plan.per_scale:.0f} residents"
        return each if plan.per_scale != 1 else f" divided by {self.name_of(plan.per).lower()}"

    def _sums_values(self) -> bool:
        """Several values of a dimension that is not split by: without a word for it they would be listed."""
        listed = [f.dimension for f in self.plan.filters if f.op == "in" and len(f.values) > 1]
        return any(dimension not in self.plan.dimensions for dimension in listed)

    def _asks_for_none(self) -> bool:
        return any(op == "=" for _, op, _ in self.plan.having) and bool(self.plan.dimensions)

    def _period_words(self) -> str:
        assert self.plan.period is not None
        return self.plan.period.label.en if self.english else self.plan.period.label.zh

    def _asked_order_zh(self) -> str:
        if self.plan.order_by is None:
            return ""
        target, direction = self.plan.order_by
        by = self.ordered_by(target)[len(self.name_of(self.plan.metrics[0])) :]
        if self.plan.limit:
            return f"，{by}{'最高' if direction == 'desc' else '最低'}的{self.plan.limit}个"
        if "rank" in self.plan.derived:
            return "排名" if direction == "desc" else "排名，从低到高"
        return f"，{by}{'从高到低' if direction == 'desc' else '从低到高'}"

    def question_en(self) -> str:
        plan = self.plan
        if self._asks_for_none():
            scope = [*self.filters(), *([self._period_words()] if plan.period else [])]
            within = "".join(f" in {item}" for item in scope)
            return f"{self.groups()[0]} without any {self.name_of(plan.metrics[0])}{within}"
        if "whole" in plan.derived:
            figures = " and ".join(self.name_of(metric) for metric in plan.metrics)
            dated = f" in {self._period_words()}" if plan.period else ""
            return f"how much {figures}{dated}, of which {' '.join(self.filters())} share"
        text = f"how many {self.groups()[0]} groups: " if plan.counted else ""
        text += " and ".join(self.name_of(metric) for metric in plan.metrics)
        text += self._divided_en() if plan.per else ""
        text += " share" if "share" in plan.derived else ""
        text += " difference" if "versus" in plan.derived else ""
        text += " cumulative" if "cumulative" in plan.derived else ""
        names = [self.model.dimension_by_id[d].name_en.lower() for d in plan.dimensions]
        text += "".join(f" by {name}" for name in names)
        text += f" by {GRAINS[plan.grain][1]}" if plan.grain and not plan.pieces else ""
        text += " in total" if self._sums_values() else ""
        text += "".join(f" in {item}" if not item.startswith("excluding") else f" {item}" for item in self.filters())
        text += f" in {self._period_words()}" if plan.period else ""
        text += "".join(
            {
                "yoy": ", compared with the same period last year",
                "mom": self._before(", compared with {}", ", month on month"),
            }[kind]
            for kind in plan.comparisons
        )
        text += "".join(f", {self.having_words(metric, op, n)}" for metric, op, n in plan.having)
        if plan.order_by:
            up = plan.order_by[1] == "asc"
            by = self.ordered_by(plan.order_by[0])[len(self.name_of(plan.metrics[0])) :]
            if plan.limit:
                text += f",{by} {'lowest' if up else 'highest'} {plan.limit}"
            elif "rank" in plan.derived:
                text += ", ranking, lowest first" if up else ", ranking"
            else:
                text += f",{by} {'lowest first' if up else 'highest first'}"
        return text


def _asked_filter(words: str, op: str) -> str:
    if op == "not_in":
        return words.replace("不含", "除", 1) + "以外"
    return words
