"""A sentence -> CatalogFilter, and a follow-up -> an edit of the last one. Deterministic; reads no data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, cast

from assistant.steward.draft import Draft
from assistant.steward.filters import CatalogFilter, Condition, Op, Subject
from assistant.steward.finishing import DAYS, finished
from assistant.steward.interpreting import Interpreter
from assistant.steward.measures import RATES
from assistant.steward.phrases import Reading, read
from assistant.steward.provider_names import names_bureau
from assistant.steward.question_forms import definitions, for_subject, requests, same_items
from assistant.steward.spoken_forms import put_aside
from assistant.steward.text_conditions import with_text_conditions
from assistant.steward.unused import content_of, unused, whole_words
from assistant.steward.vocabulary import Vocabulary

# What a word of the catalog means when the rows are something else.
_MEANT = {
    Subject.METRIC: {
        "owner_office": "owner",
        "provider": "owner",
        "category": "topic",
        "sharing_basis": "document",
        "basis": "document",
        "description": "definition",
        "abstract": "definition",
    },
    Subject.REQUEST: {"provider": "department", "name": "resource", "item": "resource"},
    Subject.RESOURCE: {"description": "abstract"},
    Subject.ELEMENT: {"abstract": "description", "sharing_basis": "basis", "definition": "description"},
    Subject.DEFINITION: {},
}
_ALONE_METRIC = frozenset(("definition", "document", "article", "owner"))
_ALONE_ELEMENT = frozenset(("type", "unit", "description", "code_list", "role", "basis", "labelled", "confirmed"))
_OF_EITHER = frozenset(("provider", "category", "level", "sensitive", "categories"))  # of a resource as of an item


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """The filter, and the words of the question that had no part in it (shown to the steward).

    `open` are those of them that say something: without them the filter answers another question.
    """

    filter: CatalogFilter
    unread: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    follow_up: bool = False


def compile_question(
    question: str, vocabulary: Vocabulary, as_of: date, *, after: CatalogFilter | None = None
) -> Compiled:
    """The filter that a question asks for. With `after`, 只看…, 按…统计, 去掉… edit that filter instead."""
    reading = with_text_conditions(read(question if after is None else put_aside(question), vocabulary, as_of))
    interpreter = Interpreter(reading, after)
    draft = interpreter.run()
    if after is not None and _is_follow_up(interpreter, draft, reading.topics(), after):
        return _compiled(reading, interpreter, _edited(after, draft, interpreter), follow_up=True)
    draft.ignored += interpreter.around.beyond_a_filter() if after is None else []
    return _compiled(reading, interpreter, _built(reading, interpreter, draft), follow_up=False)


def _compiled(reading: Reading, interpreter: Interpreter, built: CatalogFilter, *, follow_up: bool) -> Compiled:
    """The filter with what was not used of the question."""
    draft = interpreter.draft
    searched = [value for one in built.conditions if one.op is Op.ABOUT for value in one.values]
    if built.subject is Subject.DEFINITION:
        searched += [value for one in built.on("term") for value in one.values]
    days = () if built.on("asked_on") else tuple(text for _, text in draft.days)
    missing = any(one.op is Op.MISSING for one in built.conditions)  # with no description: each item by itself
    every = interpreter.around.all_of() if built.group_by and not follow_up and not missing else ""
    bounded = any(one.field.endswith("_rate") for one in built.conditions)
    left = (*days, *([every] if every and not bounded else []), *unused(draft, built, _MEANT[built.subject]))
    return Compiled(
        filter=built,
        unread=tuple(dict.fromkeys((*reading.unread, *left))),
        open=tuple(dict.fromkeys((*content_of(whole_words(reading), searched), *left))),
        follow_up=follow_up,
    )


def _built(reading: Reading, interpreter: Interpreter, draft: Draft) -> CatalogFilter:
    special = _of_own_form(interpreter, draft, reading.topics())
    if special is not None:
        return special
    subject = _subject(draft)
    topic = reading.narrowed_topic()
    if topic is not None and [one.field for one in draft.conditions] == ["category"]:
        draft.conditions[:] = [Condition(field="about", op=Op.ABOUT, values=(topic,))]
    conditions = _translated(draft.conditions, subject)
    if not conditions and not (
        draft.group_by or draft.measures or draft.order or interpreter.around.is_of_the_catalog()
    ):
        about = _searched(reading, draft)
        conditions = [Condition(field="about", op=Op.ABOUT, values=about)] if about else conditions
    return finished(interpreter.around, draft, subject, conditions, _MEANT[subject])


def _of_own_form(interpreter: Interpreter, draft: Draft, topics: Sequence[str]) -> CatalogFilter | None:
    return definitions(interpreter, draft, topics) or same_items(interpreter, draft) or requests(interpreter, draft)


def _searched(reading: Reading, draft: Draft) -> tuple[str, ...]:
    """Nothing of the catalog's own words was asked: what is left is searched for."""
    words = [word for word in reading.topics(asked=True) if len(word) > 1 and not names_bureau(word)]
    topics = [*reading.compounds(), *words]
    terms = (term for term in draft.terms if not any(term in topic for topic in topics))
    return tuple(dict.fromkeys((*terms, *topics)))


# --------------------------------------------------------------------------- which rows


def _subject(draft: Draft) -> Subject:
    """What was asked for by 哪些 or stands after 的; else the most telling noun; else what its conditions are about."""
    asked = [subject for subject, by_which in draft.subjects if by_which]
    named = [subject for subject, _ in draft.subjects]
    if asked:
        return _head(asked[-1], named)
    if named:
        return _head(named[0], named)
    fields = {one.field.removesuffix("_size") for one in draft.conditions}
    if any(one.field == "item" and one.op in (Op.CONTAINS, Op.CONTAINS_NOT) for one in draft.conditions):
        return Subject.ELEMENT  # 字段名带“金额”的
    if fields & _ALONE_METRIC:
        return Subject.METRIC
    if fields <= _ALONE_ELEMENT | _OF_EITHER and fields & _ALONE_ELEMENT:
        return Subject.ELEMENT
    return Subject.RESOURCE


def _head(subject: Subject, named: list[Subject]) -> Subject:
    return subject if subject is not Subject.REQUEST or len(set(named)) == 1 else Subject.REQUEST


def _translated(conditions: list[Condition], subject: Subject) -> list[Condition]:
    meant = _MEANT[subject]
    found = [for_subject(replace(one, field=meant.get(one.field, one.field)), subject) for one in conditions]
    if subject is not Subject.ELEMENT:
        return found
    # 没标单位的数据项: every item has a provider, what it lacks is its unit of measure
    units = [replace(one, field="unit") if one.field == "provider" and one.op is Op.MISSING else one for one in found]
    if any(one.field == "level" for one in units):  # 定级为二级: the level says that there is one
        units = [one for one in units if (one.field, one.values) != ("labelled", ("yes",))]
    return _alternatives(units)


def _alternatives(conditions: list[Condition]) -> list[Condition]:
    """A resource may hold a name and an address; an item is the one or the other."""
    draft = Draft()
    for one in conditions:
        if one.field in ("holds", "item") and one.op is Op.IS:
            draft.add(one.field, one.op, *one.values)
        else:
            draft.conditions.append(one)
    return draft.conditions


# --------------------------------------------------------------------------- follow-ups


def _is_follow_up(interpreter: Interpreter, draft: Draft, topics: Sequence[str], last: CatalogFilter) -> bool:
    """It edits where it says so, or where it names no rows of its own."""
    if interpreter.around.saw("drop", "ungroup"):
        return True
    if interpreter.around.saw("which") and any(asked for _, asked in draft.subjects):
        return False
    if interpreter.around.saw("subset", "also"):
        return True
    whole = _of_own_form(interpreter, draft, topics)
    if whole is not None and (whole.subject is not last.subject or whole.subject is not Subject.REQUEST):
        return False
    if interpreter.around.asks_whole() or (set(draft.measures) & set(RATES) and (draft.order or draft.group_by)):
        return False  # 挂接率最低的三个部门: measured and grouped, it needs nothing of the question before
    return not draft.subjects and not interpreter.around.counts_rows()


def _joined(one: Condition, last: CatalogFilter) -> Condition:
    """再加上…: its values beside those of the last filter."""
    same = [before for before in last.on(one.field) if before.op is one.op and one.op in (Op.IS, Op.HAS)]
    values = (value for each in (*same, one) for value in each.values)
    return replace(one, values=tuple(dict.fromkeys(values)))


def _order_kept(last: CatalogFilter, measures: Sequence[str]) -> tuple[str, Literal["asc", "desc"]] | None:
    """改看完整率: what was ordered by the measure that is gone is ordered by the new one."""
    if last.order is None or last.order[0] not in last.measures or last.order[0] in measures:
        return last.order
    return (measures[0], last.order[1]) if measures else None


def _edited(last: CatalogFilter, draft: Draft, interpreter: Interpreter) -> CatalogFilter:
    subject = last.subject
    renames = {"provider": "department", "name": "resource"} if subject is Subject.REQUEST else _MEANT[subject]
    conditions = [
        for_subject(replace(one, field=renames.get(one.field, one.field)), subject) for one in draft.conditions
    ]
    if interpreter.around.saw("also"):
        conditions = [_joined(one, last) for one in conditions]
    replaced = {one.field for one in conditions} | {renames.get(name, name) for name in draft.dropped}
    kept = [one for one in last.conditions if one.field not in replaced]
    group_by = tuple(renames.get(name, name) for name in draft.group_by) or last.group_by
    measures = tuple(draft.measures) or last.measures
    if group_by and not measures:
        measures = ("count",)
    if draft.order and group_by and draft.order[0] not in (*measures, *DAYS):
        measures = (*measures, draft.order[0])
    if "base_database" in group_by:
        kept.append(Condition(field="base_database", op=Op.PRESENT))
    if interpreter.around.saw("ungroup"):
        return replace(last, conditions=(*kept, *conditions), group_by=(), measures=(), order=None, limit=draft.limit)
    return replace(
        last,
        conditions=(*kept, *conditions),
        group_by=group_by,
        measures=measures,
        order=cast(tuple[str, Literal["asc", "desc"]] | None, draft.order) or _order_kept(last, measures),
        limit=draft.limit or last.limit,
    )
