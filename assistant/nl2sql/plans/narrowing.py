"""Which of several readings the other words of a question tell: by measure word, or by a piece of a name. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from assistant.nl2sql.plans.lexicon import Tag
from assistant.nl2sql.plans.normalising import normalise
from assistant.nl2sql.plans.phrases import units
from assistant.nl2sql.plans.semantic_model import Ambiguity, Metric, SemanticModel

_SUMS = ("多少钱", "几块钱", "多少元", "how much money")
_CASH = ("钱", "的钱", "资金", "money", "cash")  # 哪个项目花的钱最多
_DAYS = ("天数", "多少天", "几天", "days")
_ASKING = ("多少", "几", "有多少", "how many", "how much")  # no words of a name


def narrowed(ambiguity: Ambiguity, tags: tuple[Tag, ...], model: SemanticModel) -> str:
    """The one reading that the other words of the question tell; "" where they do not."""
    return (
        _by_measure(ambiguity, tags, model)
        or _by_words(ambiguity, tags, model)
        or _by_rows(ambiguity, tags, model)
        or _by_days(ambiguity, tags, model)
    )


def _by_days(ambiguity: Ambiguity, tags: tuple[Tag, ...], model: SemanticModel) -> str:
    """空气质量评为优的天数: the only figure of the same rows, whatever they are, that is counted in days."""
    own = {model.metric_by_id[one].entity for one in ambiguity.readings}
    told = any(_tables_of(tag, model) & own for tag in tags if tag.of("value"))
    if not told or not any(word in "".join(tag.text for tag in tags) for word in _DAYS):
        return ""
    found = [m.id for m in model.metrics if m.entity in own and m.unit == "天" and not m.where]
    return found[0] if len(found) == 1 else ""


def _by_rows(ambiguity: Ambiguity, tags: tuple[Tag, ...], model: SemanticModel) -> str:
    """信用等级为C的企业数: firms as the rows of that value count them, where only one figure of those rows does."""
    own = {model.metric_by_id[one].entity for one in ambiguity.readings}
    units_ = {model.metric_by_id[one].unit for one in ambiguity.readings}
    tables = {table for tag in tags for table in _tables_of(tag, model)}
    if len(tables) != 1 or tables & own or len(units_) != 1:
        return ""
    counted = [m.id for m in model.metrics if m.entity in tables and m.expression.startswith("count(distinct")]
    fitting = [one for one in counted if model.metric_by_id[one].unit in units_ and not model.metric_by_id[one].where]
    return fitting[0] if len(fitting) == 1 else ""


def _tables_of(tag: Tag, model: SemanticModel) -> set[str]:
    if tag.of("readings"):
        return set()  # 企业 is a kind of download user too
    dimensions = [model.dimension_by_id[sense.target] for sense in (*tag.of("value"), *tag.of("dimension"))]
    return {dimension.table for dimension in dimensions if not dimension.code}


def _by_words(ambiguity: Ambiguity, tags: tuple[Tag, ...], model: SemanticModel) -> str:
    """The only reading in whose names another word of the question occurs: businesses newly registered."""
    pieces = {one: _pieces_of(model.metric_by_id[one]) for one in ambiguity.readings}
    said = {
        piece
        for tag in tags
        if not (
            tag.of("readings")
            or tag.of("dimension")
            or tag.of("value")
            or tag.text in _ASKING
            or tag.is_operator("share")
            or tag.number is not None
        )
        for piece in _pieces(tag.text)
    }
    own = {one: found - set().union(*(pieces[o] for o in pieces if o != one)) for one, found in pieces.items()}
    fitting = [one for one in ambiguity.readings if own[one] & said]
    return fitting[0] if len(fitting) == 1 else ""


def _pieces_of(metric: Metric) -> set[str]:
    return {piece for name in _names(metric) for piece in _pieces(normalise(name))}


def _pieces(text: str) -> set[str]:
    """Words of English, pairs of characters of Chinese."""
    row = units(text)
    words = {unit.text for unit in row if unit.is_word and len(unit.text) > 3}
    return words | {a.text + b.text for a, b in pairwise(row) if not (a.text.isascii() or b.text.isascii())}


def _by_measure(ambiguity: Ambiguity, tags: tuple[Tag, ...], model: SemanticModel) -> str:
    """有多少套, 超过10宗 ask for the only one of the readings counted so; "" where none or several are."""
    asked = [tag.text for before, tag in pairwise(tags) if before.text.endswith(("多少", "几"))]
    money = [one for one in ambiguity.readings if model.metric_by_id[one].unit in ("元", "万元")]
    if len(money) == 1 and any(tag.text.endswith(_SUMS) or tag.text in _CASH for tag in tags):
        return money[0]  # 补贴发了多少钱
    rows = {d.unit for d in model.dimensions if d.kind == "number"}  # 90平方米以下 bounds the rows
    bounds = [tag.text for before, tag in pairwise(tags) if before.number is not None and tag.text not in rows]
    for unit in (*asked, *bounds):
        fitting = [one for one in ambiguity.readings if model.metric_by_id[one].unit == unit]
        if len(fitting) == 1:
            return fitting[0]
    return ""


def pieces_of(names: Iterable[str]) -> set[str]:
    """What names are recognised by: English words of more than three letters, pairs of Chinese characters."""
    return {piece for name in names for piece in _pieces(normalise(name))}


def in_a_name(word: str, metrics: tuple[Metric, ...]) -> bool:
    """New in "new enterprises were registered": the word belongs to a name of the figure, not to a value."""
    if not word.isascii():
        return any(normalise(word) in normalise(name) for metric in metrics for name in _names(metric))
    said = {unit.text for unit in units(word)}
    return any(said <= {unit.text for unit in units(normalise(name))} for metric in metrics for name in _names(metric))


def _names(metric: Metric) -> tuple[str, ...]:
    return (metric.name, metric.name_en, *metric.synonyms, *metric.synonyms_en)


def is_what_is_counted(index: int, tags: tuple[Tag, ...], metrics: tuple[Metric, ...]) -> bool:
    """多少件事项: with the measure word of the metric before it, the noun is the thing counted, not a split."""
    if index < 2 or not metrics or not metrics[0].unit:
        return False
    counted = tags[index - 2].text + tags[index - 1].text
    return counted.endswith((f"多少{metrics[0].unit}", f"几{metrics[0].unit}"))
