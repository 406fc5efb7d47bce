"""From the tags of a question to bounds, order and cut-off: 超过1000件, 65岁以上, 最高的三个, 前五名, 从低到高."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeAlias

from assistant.domain import PlanFilter
from assistant.nl2sql.plans.join_paths import reaches
from assistant.nl2sql.plans.lexicon import Tag
from assistant.nl2sql.plans.normalising import normalise
from assistant.nl2sql.plans.semantic_model import SemanticModel
from assistant.nl2sql.plans.terms import Terms

Direction: TypeAlias = Literal["asc", "desc"]
Bound: TypeAlias = Literal["ge", "gt", "le", "lt"]

_BEFORE: tuple[Bound, ...] = ("gt", "ge", "lt", "le")
_AFTER: dict[str, Bound] = {"ge_after": "ge", "lt_after": "lt", "le_after": "le"}
_SYMBOL = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}
_AGE = ("岁", "周岁", "year old", "years old", "aged", "older than", "younger than", "and older", "or older")
MAX_LIMIT = 1000
_ALONE = (
    "增长", "增加", "上升", "提高", "上涨", "下降", "减少", "下滑", "降低", "下跌", "负增长",
    "少", "低", "多", "高", "grew", "rose", "fell", "declined",
)  # fmt: skip
_OTHER_UNITS = {"平方米": ("平米", "平", "square metre", "square meter", "m2", "sqm")}
_SLOWEST, _FASTEST = ("最慢", "slowest"), ("最快", "fastest", "quickest")
_WINNERS = ("most", "least", "top", "bottom", "rank", "best", "worst", "sort", "descending", "ascending")
_CHANGES = ("growth", "decline", "yoy", "mom", "improve")
_TO = ("到", "至", "-", "and", "to")
_OF_A_RANGE = re.compile(r"^\s*(?:周?岁|[万亿]?元|平方米|平|兆瓦)?(?:之间|间)|^\s*周?岁|^\s*years? old")
_BEFORE_A_RANGE = re.compile(r"(?:between|aged|from)\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    having: tuple[tuple[str, str, float], ...] = ()
    filters: tuple[PlanFilter, ...] = ()
    direction: Direction | None = None
    limit: int | None = None
    rank: bool = False
    by_growth: bool = False  # 增长最快: by the rate of change
    by_change: bool = False  # 增量最大: by the change
    falls: bool = False  # 降得最多: only what fell
    metric: str = ""  # the one that a superlative stands beside, where several are asked for
    used: frozenset[int] = frozenset()  # tags that were understood here: numbers and their units


def read_order(tags: tuple[Tag, ...], text: str, terms: Terms, model: SemanticModel) -> Order:
    having, filters, used = _bounds(tags, text, terms, model)
    direction, limit, more = _cut(tags, terms, model, used)
    growth = any(tag.is_operator(*_CHANGES) for tag in tags)
    declining = any(tag.is_operator("decline") for tag in tags) or _lower_is_improved(tags, terms, model)
    falls = declining and direction == "desc"
    if falls:
        direction = "asc"  # 下降最多: the smallest rate
    winner = direction is not None and growth and _beside_growth(tags)
    if not having and direction is None:
        having = _fell_or_rose(tags, terms)
    return Order(
        having=having,
        filters=filters,
        direction=direction,
        limit=limit,
        rank=any(tag.is_operator("rank") for tag in tags),
        by_growth=winner and not any("量" in tag.text for tag in tags if tag.is_operator("growth")),
        metric=_ranked(tags, terms),
        falls=winner and falls and not _lower_is_improved(tags, terms, model),
        by_change=winner and any("量" in tag.text for tag in tags if tag.is_operator("growth")),
        used=used | more,
    )


def _ranked(tags: tuple[Tag, ...], terms: Terms) -> str:
    """工单办结时间最短: the last figure named before the superlative."""
    at = next((index for index, tag in enumerate(tags) if tag.is_operator(*_WINNERS)), -1)
    return max(((index, metric) for metric, index in terms.at.items() if index < at), default=(0, ""))[1]


def _fell_or_rose(tags: tuple[Tag, ...], terms: Terms) -> tuple[tuple[str, str, float], ...]:
    """哪些行业同比下降了: only those whose figure fell, or rose."""
    which = any(tag.is_operator("which") and tag.text.startswith(("哪些", "which")) for tag in tags)
    at = [
        i
        for i, tag in enumerate(tags)
        if tag.is_operator("growth", "decline") and tag.text.removesuffix("了") in _ALONE
    ]
    said = [tags[i] for i in at]
    named = len(at) == 1 and at[0] + 2 in terms.dimension_at and tags[at[0] + 1].text == "的"  # 同比下降的部门
    if not (which or named) or len(said) != 1 or len(terms.subjects) != 1 or not terms.dimensions:
        return ()
    return ((f"{terms.subjects[0]}_yoy_rate", "<" if said[0].is_operator("decline") else ">", 0.0),)


def _lower_is_improved(tags: tuple[Tag, ...], terms: Terms, model: SemanticModel) -> bool:
    """改善最大 of a concentration is the largest fall."""
    lower = bool(terms.subjects) and model.metric_by_id[terms.subjects[0]].better == "lower"
    return lower and any(tag.is_operator("improve") for tag in tags)


def _beside_growth(tags: tuple[Tag, ...]) -> bool:
    at = [i for i, tag in enumerate(tags) if tag.is_operator(*_CHANGES)]
    winners = [i for i, tag in enumerate(tags) if tag.is_operator(*_WINNERS)]
    near = (
        3 if any(tag.is_operator("growth", "decline", "improve") for tag in tags) else 1
    )  # 同比最快, but 最高的区和同比
    return any(abs(one - two) <= near for one in at for two in winners)


def _bounds(
    tags: tuple[Tag, ...], text: str, terms: Terms, model: SemanticModel
) -> tuple[tuple[tuple[str, str, float], ...], tuple[PlanFilter, ...], frozenset[int]]:
    having: list[tuple[str, str, float]] = []
    filters: list[PlanFilter] = []
    used: set[int] = set()
    ends = _ranges(tags, text)
    for index, tag in enumerate(tags):
        if tag.is_operator("negative", "positive") and terms.subjects:
            having.append((terms.subjects[0], "<" if tag.is_operator("negative") else ">", 0.0))
        if tag.number is None:
            continue
        op, last = ends.get(index, (_op_of(index, tags), index))
        if op is None:
            continue
        target, number = _target(last, tags, text, terms, model, tag.number)
        if target is None:
            continue
        used.add(index)
        if target in model.dimension_by_id:
            filters.append(PlanFilter(dimension=target, op=op, values=(number,)))
        else:
            having.append((target, _SYMBOL[op], number))
    return tuple(having), tuple(filters), frozenset(used)


def _ranges(tags: tuple[Tag, ...], text: str) -> dict[int, tuple[Bound, int]]:
    """30岁到45岁之间, between 30 and 45: number -> (its bound, the number that carries the unit)."""
    found: dict[int, tuple[Bound, int]] = {}
    numbers = [index for index, tag in enumerate(tags) if tag.number is not None]
    for first, last in pairwise(numbers):
        between = [
            tag for tag in tags[first + 1 : last] if tag.text not in ("岁", "周岁", "元", "万元", "平方米", "平")
        ]
        if len(between) != 1 or between[0].text not in _TO or _op_of(first, tags) or _op_of(last, tags):
            continue
        if _OF_A_RANGE.match(text[tags[last].end :]) or _BEFORE_A_RANGE.search(text[: tags[first].start]):
            found |= {first: ("ge", last), last: ("le", last)}
    return found


def _op_of(index: int, tags: tuple[Tag, ...]) -> Bound | None:
    before = next((tag for tag in reversed(tags[max(0, index - 2) : index]) if not tag.is_filler), None)
    for name in _BEFORE:
        if before is not None and before.is_operator(name):
            return name
    for tag in tags[index + 1 : index + 4]:
        for after, bound in _AFTER.items():
            if tag.is_operator(after):
                return bound
        if not tag.is_filler and tag.content:
            return None
    return None


def _target(
    index: int, tags: tuple[Tag, ...], text: str, terms: Terms, model: SemanticModel, number: float
) -> tuple[str | None, float]:
    """(dimension or metric or output, number in its unit)."""
    around = text[max(0, tags[index].start - 24) : tags[index].end + 12]
    after = text[tags[index].end : tags[index].end + 3]
    if after.startswith(("岁", "周岁")) or any(word in around for word in _AGE[2:]):
        return _age(terms, model), number
    numeric = _nearest_number_dimension(index, terms, model)
    nearest = max((at for at in terms.at.values() if at < index), default=-1)
    if numeric is not None and numeric[0] > nearest:
        return numeric[1], _scaled(number, after, model.dimension_by_id[numeric[1]].unit)
    if not terms.subjects:
        return None, number
    measured = _dimension_of_unit(text[tags[index].end :].lstrip(), terms, model)
    if measured is not None:
        return measured, number
    growth = any(tag.is_operator("growth", "yoy", "decline") for tag in tags[:index])
    at_metric = next((m for m, at in terms.at.items() if at == nearest), terms.subjects[0])
    if growth and tags[index].text.endswith("%"):
        return f"{at_metric}_yoy_rate", number
    return at_metric, _scaled(number, after, model.metric_by_id[at_metric].unit)


def _dimension_of_unit(following: str, terms: Terms, model: SemanticModel) -> str | None:
    """90平方米以下的住房: the only quantity of these rows with that unit, where no figure asked for has it too."""
    subjects = [model.metric_by_id[metric] for metric in terms.subjects]
    found = [
        d
        for d in model.dimensions
        if d.kind == "number" and d.unit and following.startswith((normalise(d.unit), *_OTHER_UNITS.get(d.unit, ())))
    ]
    fitting = [d for d in found if all(reaches(model, metric, d) and metric.unit != d.unit for metric in subjects)]
    return fitting[0].id if len(fitting) == 1 else None


def _age(terms: Terms, model: SemanticModel) -> str | None:
    age = next((d for d in model.dimensions if d.kind == "age"), None)
    fits = age is not None and all(reaches(model, model.metric_by_id[m], age) for m in terms.subjects)
    return age.id if age is not None and fits and terms.subjects else None


def _nearest_number_dimension(index: int, terms: Terms, model: SemanticModel) -> tuple[int, str] | None:
    found = [
        (at, dimension)
        for at, dimension in terms.dimension_at.items()
        if model.dimension_by_id[dimension].kind in ("number", "age") and at < index
    ]
    return max(found, default=None)


def _scaled(number: float, after: str, unit: str) -> float:
    """1000万元 is read as 10,000,000 元; a metric in 万元 wants 1000."""
    if unit.startswith("万元") and not after.startswith("万") and number >= 10_000:
        return number / 10_000
    return number


def _cut(
    tags: tuple[Tag, ...], terms: Terms, model: SemanticModel, taken: frozenset[int]
) -> tuple[Direction | None, int | None, frozenset[int]]:
    directed = [index for index, tag in enumerate(tags) if _direction(tag, terms, model) is not None]
    directed.sort(key=lambda index: _number_near(index, tags, taken) is None)  # 最多的行业前十: ten, not one
    for index in directed:
        tag, direction = tags[index], _direction(tags[index], terms, model)
        number = _number_near(index, tags, taken)
        listed = tag.is_operator("top", "bottom")
        if listed and number is None and tag.text != "top":
            continue
        if number is None and index + 1 < len(tags) and tags[index + 1].text == "first":
            return direction, None, frozenset({index + 1})  # dirtiest first: in that order, all of them
        limit = int(tags[number].number or 1) if number is not None else 1
        used = frozenset({number}) if number is not None else frozenset[int]()
        return direction, min(limit, MAX_LIMIT), used
    if any(tag.is_operator("ascending") for tag in tags):
        return "asc", None, frozenset()
    if any(tag.is_operator("descending", "rank", "sort") for tag in tags):
        return "desc", None, frozenset()
    return None, None, frozenset()


def _direction(tag: Tag, terms: Terms, model: SemanticModel) -> Direction | None:
    lasting = bool(terms.subjects) and model.metric_by_id[terms.subjects[0]].unit in ("天", "小时", "工作日")
    if lasting and tag.text in _SLOWEST:
        return "desc"  # 办得最慢: takes longest
    if lasting and tag.text in _FASTEST:
        return "asc"
    if tag.is_operator("most", "top"):
        return "desc"
    if tag.is_operator("least", "bottom"):
        return "asc"
    lower = bool(terms.subjects) and model.metric_by_id[terms.subjects[0]].better == "lower"
    if tag.is_operator("best"):
        return "asc" if lower else "desc"
    if tag.is_operator("worst"):
        return "desc" if lower else "asc"
    return None


def _number_near(index: int, tags: tuple[Tag, ...], taken: frozenset[int]) -> int | None:
    """前5, 最高的3个, 3个最高的, top 5 districts, which 3 districts had the most."""
    for at in (index + 1, index + 2, index + 3, index - 1, index - 2):
        if not 0 <= at < len(tags) or at in taken:
            continue
        number = tags[at].number
        between = tags[min(at, index) + 1 : max(at, index)]
        if (
            number is not None
            and number == int(number)
            and 1 <= number <= MAX_LIMIT
            and all(t.is_filler for t in between)
        ):
            return at
    return _counted_dimension(index, tags, taken)


def _counted_dimension(index: int, tags: tuple[Tag, ...], taken: frozenset[int]) -> int | None:
    """Which 3 districts had the most tickets: the number stands before the dimension word."""
    for at, tag in enumerate(tags[:-1]):
        following = next((t for t in tags[at + 1 : at + 3] if not t.is_filler), None)
        if tag.number is not None and at not in taken and following is not None and following.of("dimension"):
            return at if tag.number == int(tag.number) and tag.number <= MAX_LIMIT else None
    return None
