"""Which splits a question asks for: 各区, 按行业, 三个县, by district; a word that only names a value is none. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.domain import LinkStrength
from assistant.nl2sql.plans.join_paths import path, reaches
from assistant.nl2sql.plans.lexicon import Sense, Tag
from assistant.nl2sql.plans.narrowing import is_what_is_counted, pieces_of
from assistant.nl2sql.plans.normalising import normalise
from assistant.nl2sql.plans.semantic_model import Dimension, Metric, SemanticModel
from assistant.nl2sql.plans.terms import Terms, implied_dimension, implied_link, link_of, simple_metrics
from assistant.nl2sql.plans.value_metrics import plain_counts

_WITHIN = ("里", "里头", "里面", "当中", "之中")
_FEW = 999  # groups that a number may count
NEAR = 2  # tags between a value and the dimension word that merely names it


def pick_dimension(
    senses: tuple[Sense, ...], metrics: tuple[Metric, ...], model: SemanticModel, tags: tuple[Tag, ...] = ()
) -> Dimension | None:
    """The dimension that all metrics reach, nearest to the first one; None where none does.

    Of several columns of the same rows (who provides, who uses) the one whose part in them `tags` tell.
    """
    candidates = [model.dimension_by_id[sense.target] for sense in senses]
    fitting = [d for d in candidates if all(reaches(model, metric, d) for metric in metrics)]
    if not fitting or not metrics:
        return None
    base = model.parts(metrics[0].id)[0].entity
    nearest = min(fitting, key=lambda d: len(path(model, base, d.table) or ()))
    rivals = rivals_of(nearest, fitting)
    return in_its_part(rivals, tags) or nearest


def rivals_of(dimension: Dimension, fitting: Sequence[Dimension]) -> list[Dimension]:
    """The other columns of the same rows that the same words may mean, with it."""
    return [one for one in dict.fromkeys(fitting) if one.table == dimension.table and not one.code]


def in_its_part(rivals: Sequence[Dimension], tags: tuple[Tag, ...]) -> Dimension | None:
    """提供, 使用, provided: the one of these columns in whose names alone a word of the question occurs."""
    text = "".join(tag.text for tag in tags)
    pieces = {one.id: pieces_of((one.name, one.name_en, *one.synonyms, *one.synonyms_en)) for one in rivals}
    said = pieces_of((text, *(tag.text for tag in tags)))
    own = [one for one in rivals if (pieces[one.id] - set().union(*(pieces[o] for o in pieces if o != one.id))) & said]
    return own[0] if len(own) == 1 else None


def read_dimensions(tags: tuple[Tag, ...], model: SemanticModel, terms: Terms) -> None:
    metrics = simple_metrics(terms, model)
    for index, tag in enumerate(tags):
        senses = tag.of("dimension")
        if not senses and names_a_metric(index, tag, terms):
            _add_inside(index, tags, metrics, model, terms)
            continue
        if not senses:
            _add_kind(index, tags, metrics, model, terms)
            continue
        if names_a_metric(index, tag, terms):
            continue
        chosen = pick_dimension(senses, metrics, model, tags)
        if chosen is None:
            if metrics and not is_guess(tag) and not _names_a_value(index, tags, frozenset(s.target for s in senses)):
                terms.misfit = terms.misfit or (tag.text, senses[0].target)
            continue
        chosen = _part_instead(chosen, tag, metrics, model)
        terms.dimension_at[index] = chosen.id
        if chosen.kind == "number":
            continue
        if chosen.kind == "age":
            banded = next((d for d in model.dimensions if d.kind == "band" and d.column == chosen.column), None)
            if banded is None or not _is_marked(index, tags):
                continue
            chosen = banded
        if not _is_marked(index, tags) and _names_a_value(index, tags, _same_rows(chosen, model)):
            continue
        if not _is_marked(index, tags) and _is_of_a_kind(index, chosen, tags, model):
            continue
        if not _is_marked(index, tags) and (_is_owner(index, tags) or _is_frame(index, tags)):
            continue
        if _is_a_kind(index, chosen, tags, model) and not _stands_for_things(index, tags):
            continue
        if is_what_is_counted(index, tags, metrics) or _is_asked_itself(index, chosen, tags, model, terms):
            continue
        if chosen.id not in terms.dimensions:
            terms.dimensions.append(chosen.id)
            terms.links.append(link_of(tag, chosen.id, "dimension"))


def group_winners(tags: tuple[Tag, ...], model: SemanticModel, terms: Terms) -> None:
    """三级医院住院人次前五名是哪几家: the things that a value is a kind of, where some of them are to win."""
    which = any(tag.is_operator("which") for tag in tags)
    winners = any(tag.is_operator("most", "least", "top", "bottom", "best", "worst") for tag in tags)
    if terms.dimensions or not (which and winners):
        return
    metrics = simple_metrics(terms, model)
    for index, tag in enumerate(tags):
        kinds = [model.dimension_by_id[sense.target] for sense in tag.of("value")]
        tables = {kind.table for kind in kinds if not kind.code}  # 三级医院; 松烟区 is a thing itself
        things = [
            one for one in model.dimensions
            if one.code and one.table in tables and one.kind == "category"
            and tag.text.endswith(tuple(normalise(word) for word in (one.name, *one.synonyms, *one.synonyms_en)))
            and metrics and all(reaches(model, metric, one) for metric in metrics)
        ]  # fmt: skip
        if len(things) == 1:
            terms.dimensions.append(things[0].id)
            terms.dimension_at[index] = things[0].id
            terms.links.append(implied_dimension(tag, things[0].id))
            return


def _part_instead(dimension: Dimension, tag: Tag, metrics: tuple[Metric, ...], model: SemanticModel) -> Dimension:
    """规上工业各行业: where all rows lie in a section or two, the model declares that the word means its parts."""
    tables = {part.entity for metric in metrics for part in model.parts(metric.id)}
    names = tuple(normalise(name) for name in (dimension.name, dimension.name_en))
    parts = [one for one in model.dimensions if one.parent == dimension.id and tables and tables <= set(one.instead_in)]
    return parts[0] if parts and not any(name.endswith(tag.text) for name in names) else dimension


def _is_asked_itself(
    index: int, dimension: Dimension, tags: tuple[Tag, ...], model: SemanticModel, terms: Terms
) -> bool:
    """多少家医疗机构，多少张床: the hospitals are counted too, where one figure counts them."""
    before = [tag.text for tag in tags[max(0, index - 2) : index]]
    following = tags[index + 1] if index + 1 < len(tags) else None
    averaged = bool({"每", "平均每"} & set(before)) and following is not None and following.is_operator("mean")
    asked = bool({"多少", "几", "有多少"} & set(before))
    if not dimension.code or not terms.metrics or not (asked or averaged):
        return False
    counts = plain_counts(dimension.table, model)
    if len(counts) != 1:
        return False
    if counts[0].id not in terms.metrics:
        terms.metrics.insert(0, counts[0].id)
        terms.at[counts[0].id] = index
        terms.links.append(implied_link(tags[index], counts[0].id))
    return True


def _add_inside(
    index: int, tags: tuple[Tag, ...], metrics: tuple[Metric, ...], model: SemanticModel, terms: Terms
) -> None:
    """哪所学校学生最多: the name of the figure begins with what it is wanted by."""
    before = tags[index - 1] if index else None
    if before is None or not before.is_operator("each", "which") or not tags[index].of("metric"):
        return
    named = [
        d
        for d in model.dimensions
        if d.code
        and any(tags[index].text.startswith(normalise(word)) for word in d.synonyms if len(word) > 1)
        and all(reaches(model, metric, d) for metric in metrics)
    ]
    if len(named) == 1 and named[0].id not in terms.dimensions:
        terms.dimensions.append(named[0].id)
        terms.dimension_at[index] = named[0].id
        terms.links.append(link_of(tags[index], named[0].id, "dimension"))


def _is_owner(index: int, tags: tuple[Tag, ...]) -> bool:
    """本区的医院有几张床: what all of them have together."""
    following = [tag.text for tag in tags[index + 1 : index + 3]]
    return bool(following) and (
        following[0] in ("有几", "有多少", "共有几", "一共有")
        or following in (["有", "几"], ["有", "多少"], ["共有", "多少"])
    )


def _is_frame(index: int, tags: tuple[Tag, ...]) -> bool:
    """政务事项里走手机办的, 哪一区的医院病床最多: of all of them; something else is split, or is to win."""
    following = tags[index + 1].text if index + 1 < len(tags) else ""
    if following in _WITHIN:
        return True
    return any(
        tags[at].of("dimension") and at != index and _before(at, tags).is_operator("which")
        for at in range(1, len(tags))
        if not tags[at].of("metric")
    ) and any(tag.is_operator("most", "least", "best", "worst") for tag in tags)


def _before(index: int, tags: tuple[Tag, ...]) -> Tag:
    """The word before, a number or a particle apart."""
    return next((tag for tag in reversed(tags[:index]) if not tag.is_filler and tag.number is None), tags[index])


def _is_a_kind(index: int, dimension: Dimension, tags: tuple[Tag, ...], model: SemanticModel) -> bool:
    """In the counties: the word is a kind of district, and a word for a district."""
    kinds = [model.dimension_by_id[sense.target] for sense in tags[index].of("value")]
    return any(kind.table == dimension.table and not kind.code for kind in kinds)


def _is_of_a_kind(index: int, dimension: Dimension, tags: tuple[Tag, ...], model: SemanticModel) -> bool:
    """二级以上医院: a kind of them stands right before the word, so they are not wanted one by one."""
    before = tags[index - 1].of("value") if index else ()
    kinds = [model.dimension_by_id[sense.target] for sense in before]
    return bool(kinds) and all(kind.table == dimension.table and not kind.code for kind in kinds)


def _same_rows(dimension: Dimension, model: SemanticModel) -> frozenset[str]:
    """行政许可类事项: a value of another column of the same rows says which matters, not that they are wanted apart."""
    same = (d for d in model.dimensions if d.table == dimension.table and not (d.code or d.parent or dimension.parent))
    return frozenset({dimension.id, *(d.id for d in same)} if not dimension.code else {dimension.id})


def _add_kind(
    index: int, tags: tuple[Tag, ...], metrics: tuple[Metric, ...], model: SemanticModel, terms: Terms
) -> None:
    """各县, 哪些三级医院: a kind of a thing stands for the things of that kind, which are wanted apart."""
    kinds = {model.dimension_by_id[sense.target].table for sense in tags[index].of("value")}
    named = [d for d in model.dimensions if d.table in kinds and d.code and not d.parent]
    if len(kinds) != 1 or len(named) != 1 or not metrics:
        return
    if any(sense.target == named[0].id for sense in tags[index].of("value")):
        return
    if not all(reaches(model, metric, named[0]) for metric in metrics) or not _stands_for_things(index, tags):
        return
    if named[0].id not in terms.dimensions:
        terms.dimensions.append(named[0].id)
        terms.links.append(link_of(tags[index], named[0].id, "dimension"))


def _stands_for_things(index: int, tags: tuple[Tag, ...]) -> bool:
    """After 各 or 哪个, after a number (三个县), or last after a bound or a superlative (低于50的县)."""
    rest = [tag for tag in tags[index + 1 :] if tag.content and not tag.is_filler and not tag.is_operator("which")]
    bounded = any(t.is_operator("most", "least", "gt", "ge", "lt", "le", "top", "bottom") for t in tags[:index])
    counted = describing_number(index, tags) is not None
    return _is_marked(index, tags) or counted or (bounded and not rest)


def describing_number(index: int, tags: tuple[Tag, ...]) -> int | None:
    """三个县, 12个区: the number says how many there are, nothing else. Not where a number may be a cut-off."""
    if any(tag.is_operator("most", "least", "top", "bottom", "best", "worst") for tag in tags):
        return None
    for at in range(index - 1, max(-1, index - 3), -1):
        if tags[at].number is not None:  # 1年级 is no number of grades
            number = tags[at].number or 0.0
            few = number.is_integer() and number <= _FEW
            return at if few and (at < index - 1 or tags[index].of("value")) else None
        if not tags[at].is_filler or tags[at].text in ("的", "of"):  # 单价过20000的街道
            return None
    return None


def names_a_metric(index: int, tag: Tag, terms: Terms) -> bool:
    return index in terms.defining or any(sense.target in terms.metrics for sense in tag.of("metric"))


def is_guess(tag: Tag) -> bool:
    """A misspelt word that might mean a value, of which the metric knows nothing: then it was no misspelling."""
    return tag.strength is not LinkStrength.EXACT


def _is_marked(index: int, tags: tuple[Tag, ...]) -> bool:
    """各, 按, 每个, which, by … before the word, or 拆开 after it."""
    before = [tag for tag in tags[max(0, index - 2) : index] if not tag.is_filler and tag.number is None]
    after = [tag for tag in tags[index + 1 : index + 3] if not tag.is_filler]
    return bool(before and before[-1].is_operator("each", "which")) or bool(after and after[0].is_operator("split"))


def _names_a_value(index: int, tags: tuple[Tag, ...], dimensions: frozenset[str]) -> bool:
    """渠道为微信, 临江区辖区: a value of the same dimension stands beside the word."""
    window = range(max(0, index - NEAR), min(len(tags), index + NEAR + 1))
    return any(sense.target in dimensions for i in window if i != index for sense in tags[i].of("value"))
