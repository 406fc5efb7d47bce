"""A plan in words: what will be computed, said before any number. Pure.

`restate` is the sentence above the answer; `question` is the shortest complete question with the same plan (follow-ups
are shown as it); `definitions` gives the 口径 of every metric with the article that fixes it.
"""

from __future__ import annotations

from dataclasses import dataclass

from assistant.domain import Lang, LinkStrength, PlanFilter, QueryPlan
from assistant.language import to_traditional
from assistant.nl2sql import calendars
from assistant.nl2sql.calendars import DAY
from assistant.nl2sql.semantic_model import Metric, SemanticModel
from assistant.nl2sql.values import ValueIndex

_GRAIN = {"year": ("年", "year"), "quarter": ("季度", "quarter"), "month": ("月", "month"), "day": ("日", "day")}
_OPS = {
    "ge": ("不低于", "at least"),
    "gt": ("超过", "more than"),
    "le": ("不超过", "at most"),
    "lt": ("低于", "less than"),
}
_SIGNS = {">=": "ge", ">": "gt", "<=": "le", "<": "lt"}


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


@dataclass(frozen=True, slots=True)
class _Words:
    """The pieces of a plan in one language."""

    plan: QueryPlan
    model: SemanticModel
    values: ValueIndex | None
    english: bool

    def metrics(self) -> str:
        names = [self._name(metric) for metric in self.plan.metrics]
        return ", ".join(names) if self.english else "、".join(names)

    def _name(self, metric_id: str) -> str:
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
        return label + self._quarters(dated)

    def _everything(self, metrics: list[Metric]) -> str:
        first = self.model.entity_by_table[metrics[0].entity].data_from
        last = calendars.day_text(self.model.as_of)
        if first is None:
            return f"up to {last.en}" if self.english else f"截至{last.zh}"
        label = calendars.period_of(first, self.model.as_of + DAY).label
        return f"all data, {label.en}" if self.english else f"全部数据（{label.zh}）"

    def _quarters(self, metrics: list[Metric]) -> str:
        """Quarterly returns: which quarters are meant, where that is less than the period says."""
        if not any(metric.time_format == "quarter" for metric in metrics) or self.plan.period is None:
            return ""
        asked = calendars.quarters(self.plan.period)
        releases = self.model.releases.get(metrics[0].entity)
        used = tuple(q for q in asked if releases is None or q in releases.released) or asked
        if not used or (len(used) == len(asked) and calendars.quarters(self.plan.period)[-1] == _last(self.plan)):
            return ""
        span = used[0] if len(used) == 1 else f"{used[0]}{'–' if self.english else '至'}{used[-1]}"
        return f" (published quarters {span})" if self.english else f"（已有季度：{span}）"

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

    def groups(self) -> list[str]:
        names = [self.model.dimension_by_id[d] for d in self.plan.dimensions]
        found = [dimension.name_en.lower() if self.english else dimension.name for dimension in names]
        return [*found, _GRAIN[self.plan.grain][self.english]] if self.plan.grain else found

    def sentence_zh(self) -> str:
        pieces = [self.period()]
        pieces += [f"范围：{'；'.join(self.filters())}"] if self.plan.filters else []
        pieces += [f"按{'、'.join(self.groups())}" if self.groups() else "合计"]
        text = "，".join(pieces) + f"，统计{self.metrics()}"
        for kind in self.plan.comparisons:
            text += f"，并与{self._base(kind)}比较"
        if "share" in self.plan.derived:
            text += "，计算占比"
        if "cumulative" in self.plan.derived:
            text += "，逐期累计"
        for metric, op, number in self.plan.having:
            text += f"，只列{self._having(metric, op, number)}的"
        for metric in self.plan.without:
            text += f"，只计没有{self._name(metric)}记录的"
        return text + self._order_zh() + self._fuzzy_zh() + "。"

    def _base(self, kind: str) -> str:
        period = self.plan.period
        if kind == "yoy":
            base = calendars.same_period_last_year(period) if period and not self.plan.grain else None
            word = ("上年同期", "the same period last year")
        else:
            base = calendars.previous_period(period) if period and not self.plan.grain else None
            word = ("上期", "the previous period")
        label = "" if base is None else (f" ({base.label.en})" if self.english else f"（{base.label.zh}）")
        return word[self.english] + label

    def _having(self, target: str, op: str, number: float) -> str:
        metric_id = target.removesuffix("_yoy_rate")
        metric = self.model.metric_by_id[metric_id]
        name = self._name(metric_id)
        if target != metric_id:
            name += " growth" if self.english else "同比增速"
        if op == "=":
            return f"{name} is zero" if self.english else f"{name}为0"
        percent = metric.unit == "%" or target != metric_id
        shown = f"{_plain(number * 100)}%" if percent else f"{_plain(number)}{'' if self.english else metric.unit}"
        return f"{name} {_OPS[_SIGNS[op]][1]} {shown}" if self.english else f"{name}{_OPS[_SIGNS[op]][0]}{shown}"

    def _order_zh(self) -> str:
        if self.plan.order_by is None:
            return ""
        target, direction = self.plan.order_by
        by = f"{self._ordered_by(target)}{'从高到低' if direction == 'desc' else '从低到高'}"
        return f"，按{by}取前{self.plan.limit}" if self.plan.limit else f"，按{by}排列"

    def _ordered_by(self, target: str) -> str:
        for suffix, words in {"_rate": ("增速", " growth"), "_change": ("增减", " change")}.items():
            for kind in self.plan.comparisons:
                if target.endswith(f"_{kind}{suffix}"):
                    return self._name(target.removesuffix(f"_{kind}{suffix}")) + words[self.english]
        return self._name(target)

    def _fuzzy_zh(self) -> str:
        guessed = [item for item in self.plan.links if item.strength is not LinkStrength.EXACT and item.score < 0.9]
        if not guessed:
            return ""
        return "（近似匹配：" + "、".join(f"“{item.span}”" for item in guessed) + "）"

    def sentence_en(self) -> str:
        text = self.metrics()
        text += f" by {', '.join(self.groups())}" if self.groups() else ", total"
        text += f", {self.period()}"
        text += f", only {'; '.join(self.filters())}" if self.plan.filters else ""
        for kind in self.plan.comparisons:
            text += f", compared with {self._base(kind)}"
        text += ", with shares" if "share" in self.plan.derived else ""
        text += ", cumulative" if "cumulative" in self.plan.derived else ""
        for metric, op, number in self.plan.having:
            text += f", where {self._having(metric, op, number)}"
        for metric in self.plan.without:
            text += f", without any {self._name(metric).lower()}"
        if self.plan.order_by:
            target, direction = self.plan.order_by
            text += f", {'highest' if direction == 'desc' else 'lowest'} {self._ordered_by(target)} first"
            text += f", first {self.plan.limit}" if self.plan.limit else ""
        return text + "."

    def question_zh(self) -> str:
        """时间 + 范围 + 各维度 + 指标 + 比较 + 排序."""
        plan = self.plan
        text = "" if plan.period is None else self._period_words()
        if self._asks_for_none():
            within = "".join(self.filters())
            return f"{text}{within}没有{self._name(plan.metrics[0])}的{self.groups()[0]}"
        text += "".join(_asked_filter(f, item.op) for f, item in zip(self.filters(), plan.filters, strict=True))
        text += "".join(f"各{self.model.dimension_by_id[d].name}" for d in plan.dimensions)
        text += f"每{_GRAIN[plan.grain][0]}" if plan.grain else ""
        text += "".join(f"没有{self._name(metric)}的" for metric in plan.without)
        text += "和".join(self._name(metric) for metric in plan.metrics)
        text += "合计" if self._sums_values() else ""
        text += "占比" if "share" in plan.derived else ""
        text += "累计" if "cumulative" in plan.derived else ""
        text += "".join({"yoy": "，和上年同期比", "mom": "，环比"}[kind] for kind in plan.comparisons)
        for metric, op, number in plan.having:
            text += f"，{self._having(metric, op, number)}"
        return text + self._asked_order_zh()

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
        by = self._ordered_by(target)[len(self._name(self.plan.metrics[0])) :]
        if self.plan.limit:
            return f"，{by}{'最高' if direction == 'desc' else '最低'}的{self.plan.limit}个"
        if "rank" in self.plan.derived:
            return "排名"
        return f"，{by}{'从高到低' if direction == 'desc' else '从低到高'}"

    def question_en(self) -> str:
        plan = self.plan
        if self._asks_for_none():
            scope = [*self.filters(), *([self._period_words()] if plan.period else [])]
            within = "".join(f" in {item}" for item in scope)
            return f"{self.groups()[0]} without any {self._name(plan.metrics[0])}{within}"
        text = " and ".join(self._name(metric) for metric in plan.metrics)
        text += " share" if "share" in plan.derived else ""
        text += " cumulative" if "cumulative" in plan.derived else ""
        names = [self.model.dimension_by_id[d].name_en.lower() for d in plan.dimensions]
        text += "".join(f" by {name}" for name in names)
        text += f" by {_GRAIN[plan.grain][1]}" if plan.grain else ""
        text += " in total" if self._sums_values() else ""
        text += "".join(f" in {item}" if not item.startswith("excluding") else f" {item}" for item in self.filters())
        text += f" in {self._period_words()}" if plan.period else ""
        text += "".join(
            {"yoy": ", compared with the same period last year", "mom": ", month on month"}[kind]
            for kind in plan.comparisons
        )
        text += "".join(f", {self._having(metric, op, n)}" for metric, op, n in plan.having)
        if plan.order_by:
            up = plan.order_by[1] == "asc"
            by = self._ordered_by(plan.order_by[0])[len(self._name(plan.metrics[0])) :]
            if plan.limit:
                text += f",{by} {'lowest' if up else 'highest'} {plan.limit}"
            elif "rank" in plan.derived:
                text += ", ranking"
            else:
                text += f",{by} {'lowest first' if up else 'highest first'}"
        return text


def _plain(number: float) -> str:
    """1000000, not 1e+06; 0.5."""
    rounded = round(number, 6)
    return str(int(rounded)) if rounded == int(rounded) else str(rounded)


def _asked_filter(words: str, op: str) -> str:
    if op == "not_in":
        return words.replace("不含", "除", 1) + "以外"
    return words


def _last(plan: QueryPlan) -> str:
    """The quarter in which the period ends."""
    assert plan.period is not None
    day = plan.period.end - DAY
    return f"{day.year}Q{(day.month + 2) // 3}"
