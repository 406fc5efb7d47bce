"""Questions about single persons, firms or records: names, ID numbers, lists, "who". Pure.

They are understood like any other question, so that a row query can be compiled and the one gate can refuse it with its
clause, or allow it to those who may. Nothing is decided here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from assistant.domain import Period, PlanFilter
from assistant.nl2sql.plans.join_paths import path, reaches
from assistant.nl2sql.plans.lexicon import Tag
from assistant.nl2sql.plans.semantic_model import Entity, Metric, SemanticModel
from assistant.nl2sql.plans.terms import Terms

_WHO = ("谁", "有谁", "哪些人", "哪个人", "who")  # 是谁 asks who somebody is, not who there are
_COUNTED = re.compile(r"多少|几|\bhow (?:many|much)\b")
_NAME = re.compile(r"^[一-鿿]{2,4}$|^[a-z]{2,}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class RowRequest:
    """Rows of `table`, with `elements` ("<table>.<column>") shown; joined as declared. No limit: the gate's matter."""

    table: str
    elements: tuple[str, ...]
    filters: tuple[PlanFilter, ...] = ()
    period: Period | None = None
    time: str = ""  # date column of `table` that the period selects
    where: str = ""  # predicate of the metric that named the rows
    literals: tuple[tuple[str, str], ...] = ()  # (element, text compared with): a person asked for by name
    names_fields: bool = False  # the question named what to show; else the rows themselves are asked for


def asks_for_rows(tags: tuple[Tag, ...], model: SemanticModel, terms: Terms) -> bool:
    """True where fields of single rows are asked for, or a list of the rows themselves."""
    if any(_is_field(tag, tags, model) for tag in tags):
        return True
    nouns = [i for i, tag in enumerate(tags) if tag.of("entity") or _is_person_metric(tag, model)]
    if any(tag.is_operator("list") and not (tag.text == "谁" and _is_comparison(tags)) for tag in tags) and nouns:
        return True
    return any(_which_before(i, tags) and not tags[i].of("dimension") for i in nouns)


def _is_field(tag: Tag, tags: tuple[Tag, ...], model: SemanticModel) -> bool:
    """A field word that is not meant as a value of a dimension (电话 is a channel of tickets), nor as a metric."""
    if not tag.of("field") or tag.text in _counted_nouns(tags):
        return False
    if tag.of("metric"):
        return any(t.is_operator("list", "enumerate") for t in tags)
    senses = [model.dimension_by_id[s.target] for s in (*tag.of("value"), *tag.of("dimension"))]
    metrics = [model.metric_by_id[sense.target] for other in tags for sense in other.of("metric")]
    fits = any(reaches(model, metric, dimension) for metric in metrics for dimension in senses)
    return not fits or any(t.is_operator("list", "enumerate") for t in tags)


def _counted_nouns(tags: tuple[Tag, ...]) -> frozenset[str]:
    """接了多少电话: what stands right after 多少 is counted. 电话是多少 asks for the number itself."""
    return frozenset(after.text for tag, after in pairwise(tags) if tag.text in ("多少", "几个", "how many"))


def _is_comparison(tags: tuple[Tag, ...]) -> bool:
    """临江区和松烟区谁的企业更多: 谁 is a district there."""
    return any(tag.is_operator("descending", "ascending") and tag.text[0] in "谁哪更" for tag in tags)


def _is_person_metric(tag: Tag, model: SemanticModel) -> bool:
    return any(model.parts(sense.target)[0].unit in ("人", "户", "家") for sense in tag.of("metric"))


def _which_before(index: int, tags: tuple[Tag, ...]) -> bool:
    before = [tag for tag in tags[max(0, index - 2) : index] if not tag.is_filler]
    return bool(before) and before[-1].is_operator("which") and before[-1].text in ("哪些", "哪几个", "which", "哪个")


def read_persons(tags: tuple[Tag, ...], text: str, model: SemanticModel) -> RowRequest | None:
    """谁…: persons are wanted and no word says which rows. Those of the first table of persons that the values fit.

    None where nobody is asked for, or something is counted.
    """
    if _COUNTED.search(text) or not any(tag.is_operator("list") and tag.text in _WHO for tag in tags):
        return None
    named = [tag.of("value") for tag in tags if tag.of("value")]
    if not named:
        return None
    persons = {metric.entity for metric in model.metrics if metric.unit == "人"}
    for entity in model.entities:
        tables = ({model.dimension_by_id[sense.target].table for sense in senses} for senses in named)
        if entity.table not in persons or not entity.fields:
            continue
        if all(any(path(model, entity.table, table) is not None for table in fitting) for fitting in tables):
            return RowRequest(table=entity.table, elements=(entity.fields[0].element,))
    return None


def read_rows(tags: tuple[Tag, ...], terms: Terms, period: Period | None, model: SemanticModel) -> RowRequest | None:
    """The rows asked for; None where no table is named."""
    fields = _fields(tags, model)
    metric = model.parts(terms.metrics[0])[0] if terms.metrics else None
    table = _table(tags, metric, fields, model)
    if table is None:
        return None
    elements = fields or _default_fields(table, model)
    reachable = tuple(e for e in elements if path(model, table, e.partition(".")[0]) is not None)
    if len(reachable) < len(elements):  # name the table that holds the field rather than drop what was asked
        table, reachable = elements[0].partition(".")[0], elements
    filters = _filters(tags, table, terms, model)
    same = metric is not None and metric.entity == table
    time = _row_time(table, model)
    if same and metric is not None:
        time = metric.time if metric.timing == "flow" else ""
    return RowRequest(
        table=table,
        elements=tuple(e for e in reachable if path(model, table, e.partition(".")[0]) is not None),
        filters=filters,
        period=period if time else None,
        time=time if time and _is_dated(table, time, model) else "",
        where=metric.where if same and metric is not None else "",
        literals=_literals(tags, elements, model),
        names_fields=bool(fields),
    )


def _row_time(table: str, model: SemanticModel) -> str:
    """The date of a row where no figure says which one is meant: that of the table's first figure of a period."""
    dated = [m for m in model.metrics if m.entity == table and m.time_format == "date" and m.timing != "snapshot"]
    return dated[0].time if dated and all(metric.timing == "flow" for metric in dated) else ""


def _is_dated(table: str, time: str, model: SemanticModel) -> bool:
    return any(m.entity == table and m.time == time and m.time_format == "date" for m in model.metrics)


def _fields(tags: tuple[Tag, ...], model: SemanticModel) -> tuple[str, ...]:
    found = [tag.of("field")[0].target for tag in tags if _is_field(tag, tags, model)]
    return tuple(dict.fromkeys(found))


def _table(tags: tuple[Tag, ...], metric: Metric | None, fields: tuple[str, ...], model: SemanticModel) -> str | None:
    """The rows' table: what the metric counts, else the entity named, else the table of the field."""
    own = {element.partition(".")[0] for element in fields}
    if metric is not None and all(path(model, metric.entity, table) is not None for table in own):
        return metric.entity
    for tag in tags:
        for sense in tag.of("entity"):
            if all(path(model, sense.target, table) is not None for table in own):
                return sense.target
    return next(iter(own), None)


def _default_fields(table: str, model: SemanticModel) -> tuple[str, ...]:
    """Who or what a row is: the table's own naming field, else that of the person or firm behind it, else its key."""
    entity: Entity = model.entity_by_table[table]
    if entity.fields:
        return (entity.fields[0].element,)
    for other in model.entities:
        if other.fields and path(model, table, other.table):
            return (other.fields[0].element,)
    return (f"{table}.{entity.key}",)


def _filters(tags: tuple[Tag, ...], table: str, terms: Terms, model: SemanticModel) -> tuple[PlanFilter, ...]:
    kept = [f for f in terms.filters if path(model, table, model.dimension_by_id[f.dimension].table) is not None]
    if terms.metrics:
        return tuple(kept)
    for tag in tags:  # no metric chose the sense of the values: the table does
        senses = [s for s in tag.of("value") if path(model, table, model.dimension_by_id[s.target].table) is not None]
        for sense in senses[:1]:
            if sense.value is not None and not tag.of("entity") and not tag.of("field"):
                kept.append(
                    PlanFilter(dimension=sense.target, op="in", values=(sense.value.code,), labels=(sense.value.label,))
                )
    return tuple(dict.fromkeys(kept))


def _literals(tags: tuple[Tag, ...], elements: tuple[str, ...], model: SemanticModel) -> tuple[tuple[str, str], ...]:
    """王某某的手机号: an unknown word right before the field is the name looked for.

    Any other unknown word (a disease, a cause) is none: it stays unexplained, and the rows are not shown without it.
    """
    entity = model.entity_by_table.get(elements[0].partition(".")[0]) if elements else None
    if entity is None or not entity.fields:
        return ()
    naming = entity.fields[0].element
    return tuple(
        (naming, tag.text)
        for index, tag in enumerate(tags)
        if tag.unknown and _NAME.match(tag.text) and _is_asked_about(index, tags)
    )


def _is_asked_about(index: int, tags: tuple[Tag, ...]) -> bool:
    """The next word with content is a field, perhaps after the rest of a name."""
    following = next((tag for tag in tags[index + 1 :] if not (tag.is_filler or tag.unknown) and tag.content), None)
    before = next((tag for tag in reversed(tags[:index]) if not tag.is_filler), None)
    return (following is not None and bool(following.of("field"))) or (before is not None and bool(before.of("field")))
