"""Which figures a question names, and which of several meant ones its other words tell. Pure."""

from __future__ import annotations

from itertools import pairwise

from assistant.nl2sql.plans.asked_means import take_duration, take_mean_of_column
from assistant.nl2sql.plans.join_paths import reaches
from assistant.nl2sql.plans.lexicon import Tag
from assistant.nl2sql.plans.narrowing import narrowed
from assistant.nl2sql.plans.semantic_model import SemanticModel
from assistant.nl2sql.plans.superfluous_figures import drop_counted, drop_owners, drop_whole, drop_wider
from assistant.nl2sql.plans.terms import Terms, implied_link, link_of
from assistant.nl2sql.plans.value_metrics import defined_by, plain_counts

_HOW_MANY = ("many", "how many", "number of", "count of", "几笔", "几起", "几件")
_NOUNS: dict[str, tuple[str, ...]] = {
    "金额": ("元", "万元"),
    "人数": ("人",),
    "户数": ("户", "家"),
    "家数": ("家", "户"),
    "件数": ("件", "宗"),
    "条数": ("条", "行"),
    "行数": ("行", "条"),
    "次数": ("次", "人次"),
    "套数": ("套",),
    "笔数": ("笔",),
    "宗数": ("宗",),
    "张数": ("张",),
    "份数": ("份",),
    "天数": ("天",),
}
_MONEY = ("amount", "amounts", "money", "sum", "value")
_HOW_MUCH = ("多少", "几", "有多少")
_AGAINST = ("比", "较", "than", "versus", "vs", "against")
_AND = ("和", "与", "及", "以及", "跟", "、", "and", "&")


def read_metrics(tags: tuple[Tag, ...], model: SemanticModel, terms: Terms) -> None:
    for index, tag in enumerate(tags):
        found = () if _splits(index, tags) else tag.of("metric")
        if found and not _is_rather_a_value(index, tags, model) and not _is_bounded(index, tags, model):
            for sense in found[:1]:
                terms.at.setdefault(sense.target, index)
                if sense.target not in terms.metrics:
                    terms.metrics.append(sense.target)
                    terms.links.append(link_of(tag, sense.target, "metric"))
    drop_owners(tags, model, terms)
    drop_whole(tags, model, terms)
    drop_wider(tags, model, terms)
    drop_counted(tags, model, terms)
    _count_not_sum(tags, model, terms)
    _take_asked_unit(tags, model, terms)
    _take_measure(tags, model, terms)
    take_duration(tags, model, terms)
    take_mean_of_column(tags, model, terms)
    _take_nouns(tags, model, terms)
    _take_noun_of_context(tags, model, terms)
    _add_asked_unit(tags, model, terms)
    _add_listed(tags, model, terms)
    if terms.metrics:
        return
    persons = _persons_among(tags, model)
    if persons is not None:
        metric, index = persons
        terms.metrics, terms.at = [metric], {metric: index}
        terms.links.append(implied_link(tags[index], metric))
        terms.stated.append(metric)
        return
    for index, tag in enumerate(tags):
        for sense in tag.of("readings"):
            ambiguity = model.ambiguities[int(sense.target)]
            settled = any(word in other.text for word in ambiguity.beside for other in tags)
            default = ambiguity.readings[0] if settled else ambiguity.default or narrowed(ambiguity, tags, model)
            if default:
                terms.metrics.append(default)
                terms.at[default] = index
                terms.links.append(link_of(tag, default, "metric"))
                terms.stated.append(default)
                _add_asked_unit(tags, model, terms)
                take_duration(tags, model, terms)
            else:
                terms.ambiguity, terms.ambiguous_text = ambiguity, tag.text
            return


def _splits(index: int, tags: tuple[Tag, ...]) -> bool:
    """visits by hospital: what stands behind `by` splits the figure, though hospitals can be counted too."""
    behind = index > 0 and tags[index - 1].is_operator("each") and bool(tags[index].of("dimension"))
    return behind and any(other.of("metric") for at, other in enumerate(tags) if at != index)


def _persons_among(tags: tuple[Tag, ...], model: SemanticModel) -> tuple[str, int] | None:
    """How many people received subsidies: of the two vague words one says persons, and the other of which rows."""
    said = {
        index: model.ambiguities[int(s.target)].readings for index, tag in enumerate(tags) for s in tag.of("readings")
    }
    units = {index: [model.metric_by_id[one].unit for one in readings] for index, readings in said.items()}
    if not any(set(found) == {"人"} for found in units.values()):
        return None
    fitting = [
        (one, index)
        for index, readings in said.items()
        if set(units[index]) != {"人"}
        for one in readings
        if model.metric_by_id[one].unit == "人"
    ]
    return fitting[0] if len(fitting) == 1 else None


def _count_not_sum(tags: tuple[Tag, ...], model: SemanticModel, terms: Terms) -> None:
    """How many fines: a sum of money is not counted, its rows are."""
    for metric, index in list(terms.at.items()):
        before = tags[index - 1].text if index else ""
        if "元" not in model.metric_by_id[metric].unit or before not in _HOW_MANY or metric not in terms.metrics:
            continue
        plain = plain_counts(model.metric_by_id[metric].entity, model)
        if len(plain) == 1:
            terms.metrics[terms.metrics.index(metric)] = plain[0].id
            terms.at[plain[0].id] = terms.at.pop(metric)
            terms.links = [link for link in terms.links if link.target != metric]
            terms.links.append(implied_link(tags[index], plain[0].id))


def _take_asked_unit(tags: tuple[Tag, ...], model: SemanticModel, terms: Terms) -> None:
    """吃低保的有多少户: the one figure of the same rows that is counted in 户, where the one named is counted in 人."""
    if len(terms.metrics) != 1 or terms.metrics[0] not in terms.at:
        return
    named = model.metric_by_id[terms.metrics[0]]
    asked = {tag.text for before, tag in pairwise(tags) if before.text in _HOW_MUCH}
    others = [
        m for m in model.metrics
        if m.entity == named.entity and m.timing == named.timing and m.unit in asked and not m.is_ratio
    ]  # fmt: skip
    if sum("多少" in tag.text or tag.text in _HOW_MUCH for tag in tags) != 1:
        return  # 多少家医疗机构，多少张床: two questions
    if not asked or named.unit in asked or len(others) != 1 or not named.unit or named.where != others[0].where:
        return
    index = terms.at.pop(named.id)
    terms.metrics, terms.at[others[0].id] = [others[0].id], index
    terms.links = [*(link for link in terms.links if link.target != named.id), implied_link(tags[index], others[0].id)]


def _take_measure(tags: tuple[Tag, ...], model: SemanticModel, terms: Terms) -> None:
    """The average price of a home: the word for a measure, and the thing that it is of, which is not counted."""
    named = [model.metric_by_id[metric] for metric in terms.metrics if metric in terms.at]
    if len(named) != 1 or named[0].expression != "count(*)":
        return
    counted = terms.at[named[0].id]
    for index, tag in enumerate(tags):
        for sense in tag.of("readings"):
            default = model.ambiguities[int(sense.target)].default
            meant = model.metric_by_id.get(default)
            asked = counted > 0 and tags[counted - 1].text in (*_HOW_MANY, *_HOW_MUCH)
            of_it = index < counted and tag.text.isascii() and not asked
            if meant is not None and of_it and (meant.entity, meant.where) == (named[0].entity, named[0].where):
                terms.metrics, terms.at = [default], {default: index}
                terms.links = [*(link for link in terms.links if link.target != named[0].id)]
                terms.links.append(link_of(tag, default, "metric"))
                terms.stated.append(default)
                return


def measure_noun(tag: Tag) -> tuple[str, ...]:
    """The units of what 金额, 条数, 人数 ask for, where the word is nothing else; () for other words."""
    kinds = {sense.kind for sense in tag.senses}
    return _NOUNS.get(tag.text, ()) if kinds and kinds <= {"filler", "known", "readings"} else ()


def _take_nouns(tags: tuple[Tag, ...], model: SemanticModel, terms: Terms) -> None:
    """出让面积及金额, 共享数据条数: a noun of measure names the figure of the same rows that is measured so."""
    named = [model.metric_by_id[metric] for metric in terms.metrics if metric in terms.at]
    if len(named) != 1 or named[0].is_ratio:
        return
    for index, tag in enumerate(tags):
        wanted = measure_noun(tag)
        if not wanted or named[0].unit.startswith(wanted) or index < terms.at[named[0].id]:
            continue
        others = [m for m in model.metrics if m.entity == named[0].entity and m.unit in wanted and m.additive]
        if len(others) != 1 or others[0].timing != named[0].timing:
            continue
        listed = tags[index - 1].text in _AND
        terms.metrics = [named[0].id, others[0].id] if listed else [others[0].id]
        terms.at = {**(terms.at if listed else {}), others[0].id: index}
        kept = [link for link in terms.links if listed or link.target != named[0].id]
        terms.links = [*kept, implied_link(tag, others[0].id)]
        return


def _take_noun_of_context(tags: tuple[Tag, ...], model: SemanticModel, terms: Terms) -> None:
    """A noun of measure alone, after a count: the figure of the same rows that is measured so."""
    before = [model.metric_by_id[metric] for metric in terms.context]
    if terms.metrics or len(before) != 1 or before[0].is_ratio:
        return
    for index, tag in enumerate(tags):
        wanted = measure_noun(tag) or (_NOUNS["金额"] if tag.text in _MONEY else ())
        if not wanted or before[0].unit.startswith(wanted):
            continue
        others = [m for m in model.metrics if m.entity == before[0].entity and m.unit in wanted and m.additive]
        if len(others) == 1 and others[0].timing == before[0].timing:
            terms.metrics, terms.at[others[0].id] = [others[0].id], index
            terms.links.append(implied_link(tag, others[0].id))
            terms.defining |= {index}
            return


def _add_asked_unit(tags: tuple[Tag, ...], model: SemanticModel, terms: Terms) -> None:
    """每个月卖出多少套，均价多少: the clause that asks for a unit wants the figure of the same rows that has it."""
    named = [model.metric_by_id[metric] for metric in terms.metrics if metric in terms.at]
    if len(named) != 1 or named[0].is_ratio:
        return
    for index, (before, tag) in enumerate(pairwise(tags), 1):
        stops = [at for at, other in enumerate(tags) if not other.content and other.text in tuple(",，、;；")]
        apart = any(index < at < terms.at[named[0].id] or terms.at[named[0].id] < at < index for at in stops)
        if before.text not in _HOW_MUCH or not apart or named[0].unit == tag.text:
            continue
        others = [m for m in model.metrics if m.entity == named[0].entity and m.unit == tag.text and not m.is_ratio]
        others = [m for m in others if m.timing == named[0].timing and m.where == named[0].where]
        if len(others) == 1 and others[0].id not in terms.metrics:
            first = index < terms.at[named[0].id]
            terms.metrics = [others[0].id, named[0].id] if first else [named[0].id, others[0].id]
            terms.at[others[0].id] = index
            terms.links.append(implied_link(tag, others[0].id))
        return


def _add_listed(tags: tuple[Tag, ...], model: SemanticModel, terms: Terms) -> None:
    """新设和注销: a value that defines a figure, listed right after another one of the same rows, is that figure."""
    for index, tag in enumerate(tags[2:], 2):
        named_at = next((at for at in range(index - 2, -1, -1) if not _says_whose_rows(tags[at])), -1)
        before = next((m for m, at in terms.at.items() if at == named_at), None)
        if before is None or tags[index - 1].text not in (*_AND, *_AGAINST) or tag.of("metric"):
            continue
        named = [m for s in tag.of("value") if s.value for m in defined_by(s.target, s.value.code, model)]
        own = next((m.id for m in named if m.entity == model.parts(before)[0].entity), None)
        if own is not None and own not in terms.metrics:
            terms.metrics.append(own)
            terms.at[own] = index
            terms.links.append(implied_link(tag, own))
            terms.defining |= {index}


def _says_whose_rows(tag: Tag) -> bool:
    """新开(的企业)比注销的: behind the name of the figure."""
    return tag.is_filler or (bool(tag.of("readings") or tag.of("entity")) and not tag.of("metric"))


def _is_bounded(index: int, tags: tuple[Tag, ...], model: SemanticModel) -> bool:
    """注册资本超过1000万元的新设企业数: the amount bounds the rows of another metric, it is not counted itself."""
    numeric = any(model.dimension_by_id[s.target].kind == "number" for s in tags[index].of("dimension"))
    following = next((tag for tag in tags[index + 1 :] if not tag.is_filler), None)
    bounded = following is not None and (
        following.is_operator("gt", "ge", "lt", "le")
        or (following.number is not None and any(t.is_operator("ge_after", "lt_after", "le_after") for t in tags))
        or (following.number is not None and sum(tag.number is not None for tag in tags) > 1)  # 100万到500万之间
    )
    if not numeric or not bounded:
        return False
    tables = {model.dimension_by_id[s.target].table for s in tags[index].of("dimension")}
    return any(
        tag.of("metric") or tag.of("readings") or _kind_of(tag, model) in tables
        for at, tag in enumerate(tags)
        if at != index
    )


def _kind_of(tag: Tag, model: SemanticModel) -> str:
    """The table whose rows a word names by their kind, an entity's word in it: 外资企业."""
    tables = {model.dimension_by_id[sense.target].table for sense in tag.of("value")}
    for entity in model.entities:
        if entity.table in tables and tag.text.endswith((*entity.synonyms, *entity.synonyms_en)):
            return entity.table
    return ""


def _is_rather_a_value(index: int, tags: tuple[Tag, ...], model: SemanticModel) -> bool:
    """罚款类行政处罚数: 罚款 is a kind of penalty there, because a metric of the same table follows."""
    values = tags[index].of("value")
    if not values:
        return False
    for other in tags[index + 1 : index + 4]:
        for sense in other.of("metric"):
            metric = model.metric_by_id[sense.target]
            dimensions = [model.dimension_by_id[value.target] for value in values]
            if not other.of("value") and any(reaches(model, metric, d) for d in dimensions):
                return True
    return False
