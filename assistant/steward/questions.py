"""A sentence -> CatalogFilter, and a follow-up -> an edit of the last one. Deterministic; reads no data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, cast

from assistant.steward.draft import Draft
from assistant.steward.filters import CatalogFilter, Condition, Op, Subject
from assistant.steward.interpreting import Interpreter
from assistant.steward.phrases import Reading, read
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
_RATE_OF = {"overdue": "overdue_rate", "mounted": "mounted_rate", "labelled": "labelled_rate"}  # says it already
_RANKED = ("provider", "category", "owner_office", "base_database")  # what 最多的… ranks without saying 按
_OF_ITEMS = frozenset(("level", "role", "type", "item"))  # counted by these, the items are the rows
_ALONE_METRIC = frozenset(("definition", "document", "article", "owner"))
_ALONE_ELEMENT = frozenset(("type", "unit", "description", "code_list", "role", "basis", "labelled", "confirmed"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """The filter, and the words of the question that had no part in it (shown to the steward)."""

    filter: CatalogFilter
    unread: tuple[str, ...] = ()
    follow_up: bool = False


def compile_question(
    question: str, vocabulary: Vocabulary, as_of: date, *, after: CatalogFilter | None = None
) -> Compiled:
    """The filter that a question asks for. With `after`, 只看…, 按…统计, 去掉… edit that filter instead."""
    reading = read(question, vocabulary, as_of)
    interpreter = Interpreter(reading)
    draft = interpreter.run()
    if after is not None and _is_follow_up(interpreter, draft):
        return Compiled(filter=_edited(after, draft, interpreter), unread=reading.unread, follow_up=True)
    return Compiled(filter=_built(reading, interpreter, draft), unread=reading.unread)


def _built(reading: Reading, interpreter: Interpreter, draft: Draft) -> CatalogFilter:
    special = _definitions(interpreter, draft) or _same_items(interpreter, draft) or _requests(interpreter, draft)
    if special is not None:
        return special
    subject = _subject(draft)
    topic = reading.narrowed_topic()
    if topic is not None and [one.field for one in draft.conditions] == ["category"]:
        draft.conditions[:] = [Condition(field="about", op=Op.ABOUT, values=(topic,))]
    conditions = _translated(draft.conditions, subject)
    if not conditions and not draft.group_by and not draft.measures and not draft.order:
        about = _searched(reading, draft)
        conditions = [Condition(field="about", op=Op.ABOUT, values=about)] if about else conditions
    return _finished(interpreter, draft, subject, conditions)


def _finished(interpreter: Interpreter, draft: Draft, subject: Subject, conditions: list[Condition]) -> CatalogFilter:
    owners = ["provider"] if interpreter.around.saw("whose") and not draft.measures else []
    group_by = [_MEANT[subject].get(name, name) for name in draft.group_by or owners]
    measures = list(draft.measures)
    ranked = interpreter.around.saw("rank") and bool(measures)
    order = draft.order or ((measures[0], "desc") if ranked else None)
    if order is not None and not group_by and (order[0] not in ("items", "updated_on") or ranked):
        group_by = [name for name in draft.idle if name in _RANKED][:1]
    if order is not None and not group_by:
        measures = [name for name in measures if name != order[0]]  # it orders rows
    if interpreter.around.saw("share"):
        rates = [_RATE_OF[one.field] for one in conditions if one.field in _RATE_OF and one.values == ("yes",)]
        measures = list(dict.fromkeys((*(name for name in measures if name != "count"), *rates)))
    conditions = [one for one in conditions if _RATE_OF.get(one.field) not in measures]
    if group_by and not measures:
        measures = [order[0]] if order is not None and order[0] != "updated_on" else ["count"]
    if order is not None and group_by and order[0] not in (*measures, "updated_on"):
        measures.append(order[0])
    if subject is Subject.RESOURCE and draft.qualifies_items and order is not None and order[0] == "items":
        subject, group_by = Subject.ELEMENT, group_by or ["name"]  # 四级字段最多的资源: such items are counted
        measures = [*measures, "items"] if "items" not in measures else measures
    if subject is Subject.RESOURCE and "items" in measures and set(group_by) & _OF_ITEMS:
        subject = Subject.ELEMENT
    if subject is Subject.ELEMENT:  # where the rows are items, their number is the count
        measures = list(dict.fromkeys("count" if name == "items" else name for name in measures))
        order = ("count", order[1]) if order is not None and order[0] == "items" else order
    if "base_database" in group_by and not any(one.field == "base_database" for one in conditions):
        conditions = [*conditions, Condition(field="base_database", op=Op.PRESENT)]
    if any(one.field == "departments" for one in conditions) and not group_by:
        group_by, measures = ["item"], ["departments"]
        subject = Subject.ELEMENT
    return CatalogFilter(
        subject=subject,
        conditions=tuple(conditions),
        group_by=tuple(dict.fromkeys(group_by)),
        measures=tuple(measures),
        order=cast(tuple[str, Literal["asc", "desc"]] | None, order),
        limit=draft.limit,
    )


def _searched(reading: Reading, draft: Draft) -> tuple[str, ...]:
    """Nothing of the catalog's own words was asked: what is left is searched for."""
    return tuple(dict.fromkeys((*draft.terms, *(word for word in reading.topics() if len(word) > 1))))


# --------------------------------------------------------------------------- which rows


def _subject(draft: Draft) -> Subject:
    """What was asked for by 哪些 or stands after 的; else the most telling noun; else what its conditions are about."""
    asked = [subject for subject, by_which in draft.subjects if by_which]
    named = [subject for subject, _ in draft.subjects]
    if asked:
        return _head(asked[-1], named)
    if named:
        return _head(named[0], named)
    fields = {one.field for one in draft.conditions}
    if fields & _ALONE_METRIC:
        return Subject.METRIC
    if fields and fields <= _ALONE_ELEMENT | {"provider", "category"} and fields & _ALONE_ELEMENT:
        return Subject.ELEMENT
    return Subject.RESOURCE


def _head(subject: Subject, named: list[Subject]) -> Subject:
    return subject if subject is not Subject.REQUEST or len(set(named)) == 1 else Subject.REQUEST


def _translated(conditions: list[Condition], subject: Subject) -> list[Condition]:
    meant = _MEANT[subject]
    found = [replace(one, field=meant.get(one.field, one.field)) for one in conditions]
    return [_for_subject(one, subject) for one in found]


def _for_subject(one: Condition, subject: Subject) -> Condition:
    """An item either is an ID number or is not; a resource holds one."""
    if subject is Subject.ELEMENT and one.field in ("holds", "item") and one.op in (Op.HAS, Op.HAS_NOT):
        return replace(one, op=Op.IS if one.op is Op.HAS else Op.IS_NOT)
    return one


# --------------------------------------------------------------------------- the questions with a form of their own


def _definitions(interpreter: Interpreter, draft: Draft) -> CatalogFilter | None:
    """两个部门对“常住人口”的定义有何不同."""
    if not draft.terms or not interpreter.around.saw("differ_definition") or interpreter.around.saw("same", "differ"):
        return None
    asked = "definition" in draft.idle or "description" in draft.idle or interpreter.around.saw_definition()
    if not asked:
        return None
    kept = [one for one in draft.conditions if one.field == "provider"]
    term = Condition(field="term", op=Op.IS, values=(draft.terms[0],))
    return CatalogFilter(subject=Subject.DEFINITION, conditions=(term, *kept))


def _same_items(interpreter: Interpreter, draft: Draft) -> CatalogFilter | None:
    """同义异名, and 一数一源: one item, several departments."""
    named = Condition(field="provider", op=Op.PRESENT)  # 有几家单位在采集
    kept = [one for one in draft.conditions if one.field != "departments" and one != named]
    rest = [_for_subject(one, Subject.ELEMENT) for one in kept]
    if interpreter.around.saw_same() and draft.terms:
        term = draft.terms[0]
        found = [*rest, Condition(field="item", op=Op.SAME_MEANING, values=(term,))]
        if interpreter.around.saw("differ", "renamed"):
            found.append(Condition(field="item", op=Op.IS_NOT, values=(term,)))
        return CatalogFilter(subject=Subject.ELEMENT, conditions=tuple(found))
    sources = interpreter.around.saw("single_source", "same_item") or "departments" in _counted(draft)
    by_whom = "provider" in (*draft.group_by, *draft.idle) or named in draft.conditions or interpreter.around.saw_who()
    collected = interpreter.around.saw("collect") and by_whom
    if draft.terms and (sources or collected):
        same = Condition(field="item", op=Op.SAME_MEANING, values=(draft.terms[0],))
        return CatalogFilter(
            subject=Subject.ELEMENT, conditions=(*rest, same), group_by=("provider",), measures=("count",)
        )
    if not sources:
        return None
    several = [one for one in draft.conditions if one.field == "departments"]
    several = several or [Condition(field="departments", op=Op.AT_LEAST, values=("2",))]
    return CatalogFilter(
        subject=Subject.ELEMENT,
        conditions=(*rest, *several),
        group_by=("item",),
        measures=("departments",),
        order=("departments", draft.order[1]) if draft.order else None,  # type: ignore[arg-type]
        limit=draft.limit,
    )


def _counted(draft: Draft) -> set[str]:
    """What thresholds and the order are about."""
    return {one.field for one in draft.conditions} | ({draft.order[0]} if draft.order else set())


def _requests(interpreter: Interpreter, draft: Draft) -> CatalogFilter | None:
    """谁在用人口库, 被拒最多的请求: counts from the audit trail."""
    asked = any(subject is Subject.REQUEST for subject, _ in draft.subjects)
    judged = any(one.field == "verdict" for one in draft.conditions)
    if not (asked or judged or interpreter.around.saw("usage")):
        return None
    conditions = [_of_request(one) for one in draft.conditions]
    group_by = [{"provider": "department", "name": "resource"}.get(name, name) for name in draft.group_by]
    plain_count = "count" in draft.measures and draft.order is None
    if not group_by and not (
        plain_count and not interpreter.around.saw("which", "usage") and not interpreter.around.saw_who()
    ):
        group_by = _asked_of(interpreter, draft, conditions)
    measures = tuple(name for name in draft.measures if name == "count") or ("count",)
    order = draft.order or (("count", "desc") if interpreter.around.saw_most_used() else None)
    return CatalogFilter(
        subject=Subject.REQUEST,
        conditions=tuple(conditions),
        group_by=tuple(dict.fromkeys(group_by)),
        measures=measures,
        order=("count", order[1]) if order else None,  # type: ignore[arg-type]
        limit=draft.limit,
    )


def _of_request(one: Condition) -> Condition:
    renamed = {"provider": "department", "name": "resource"}.get(one.field, one.field)
    return replace(one, field=renamed)


def _asked_of(interpreter: Interpreter, draft: Draft, conditions: list[Condition]) -> list[str]:
    """Who, where a resource or category is named; which resource, where a department is; else resource and rule."""
    fields = {one.field for one in conditions}
    if "rule" in draft.idle:
        return ["rule"]
    if "provider" in draft.idle or fields & {"category", "resource", "base_database"} or interpreter.around.saw_who():
        return ["department"]
    if "verdict" in fields and not any(subject is Subject.RESOURCE for subject, _ in draft.subjects):
        return ["resource", "rule"]
    return ["resource"]


# --------------------------------------------------------------------------- follow-ups


def _is_follow_up(interpreter: Interpreter, draft: Draft) -> bool:
    """It edits where it says so, or where it names no rows of its own."""
    if interpreter.around.saw("drop", "ungroup"):
        return True
    if interpreter.around.saw("which") and any(asked for _, asked in draft.subjects):
        return False
    return interpreter.around.saw("subset") or not draft.subjects


def _joined(one: Condition, last: CatalogFilter) -> Condition:
    """再加上…: its values beside those of the last filter."""
    same = [before for before in last.on(one.field) if before.op is one.op and one.op in (Op.IS, Op.HAS)]
    values = (value for each in (*same, one) for value in each.values)
    return replace(one, values=tuple(dict.fromkeys(values)))


def _edited(last: CatalogFilter, draft: Draft, interpreter: Interpreter) -> CatalogFilter:
    subject = last.subject
    renames = {"provider": "department", "name": "resource"} if subject is Subject.REQUEST else _MEANT[subject]
    conditions = [
        _for_subject(replace(one, field=renames.get(one.field, one.field)), subject) for one in draft.conditions
    ]
    if interpreter.around.saw("also"):
        conditions = [_joined(one, last) for one in conditions]
    replaced = {one.field for one in conditions} | {renames.get(name, name) for name in draft.dropped}
    kept = [one for one in last.conditions if one.field not in replaced]
    group_by = tuple(renames.get(name, name) for name in draft.group_by) or last.group_by
    measures = tuple(draft.measures) or last.measures
    if group_by and not measures:
        measures = ("count",)
    if draft.order and group_by and draft.order[0] not in (*measures, "updated_on"):
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
        order=cast(tuple[str, Literal["asc", "desc"]] | None, draft.order) or last.order,
        limit=draft.limit or last.limit,
    )
