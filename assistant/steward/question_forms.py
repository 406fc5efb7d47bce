"""The questions with a form of their own: definitions side by side, one item under several names or from several
departments, counts of requests. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from assistant.steward.draft import Draft
from assistant.steward.filters import CatalogFilter, Condition, Op, Subject
from assistant.steward.interpreting import Interpreter


def for_subject(one: Condition, subject: Subject) -> Condition:
    """An item either is an ID number or is not; a resource holds one."""
    if subject is Subject.ELEMENT and one.field in ("holds", "item") and one.op in (Op.HAS, Op.HAS_NOT):
        return replace(one, op=Op.IS if one.op is Op.HAS else Op.IS_NOT)
    if subject is Subject.ELEMENT and one.field == "level" and one.op in (Op.MISSING, Op.PRESENT):
        return Condition(field="labelled", op=Op.IS, values=("no" if one.op is Op.MISSING else "yes",))
    return one


def definitions(interpreter: Interpreter, draft: Draft, topics: Sequence[str]) -> CatalogFilter | None:
    """两个部门对“常住人口”的定义有何不同; `topics` are the words that the catalog does not know."""
    kept = [one for one in draft.conditions if one.field == "provider"]
    around = interpreter.around
    # 公安局和民政局讲的“流动人口”是不是一回事: what several departments mean, unless items are asked for
    compared = any(len(one.values) > 1 for one in kept) and all(one is not Subject.ELEMENT for one, _ in draft.subjects)
    same, differs = around.saw_same(), around.saw("differ_definition")
    if not (differs or (same and compared)) or (around.saw("same", "differ") and not compared):
        return None
    asked = "definition" in draft.idle or "description" in draft.idle or around.saw_definition() or (same and compared)
    terms = (*draft.terms, *(topics if differs else ()))
    if not asked or not terms:
        return None
    term = Condition(field="term", op=Op.IS, values=(terms[0],))
    return CatalogFilter(subject=Subject.DEFINITION, conditions=(term, *kept))


def same_items(interpreter: Interpreter, draft: Draft) -> CatalogFilter | None:
    """同义异名, and 一数一源: one item, several departments."""
    named = Condition(field="provider", op=Op.PRESENT)  # 有几家单位在采集
    kept = [one for one in draft.conditions if one.field != "departments" and one != named]
    rest = [for_subject(one, Subject.ELEMENT) for one in kept]
    another_name = interpreter.around.saw("differ", "renamed") and interpreter.around.saw_quoted()
    if (interpreter.around.saw_same() or another_name) and draft.terms:
        term = draft.terms[0]
        found = [*rest, Condition(field="item", op=Op.SAME_MEANING, values=(term,))]
        if interpreter.around.saw("differ", "renamed"):
            found.append(Condition(field="item", op=Op.IS_NOT, values=(term,)))
        return CatalogFilter(subject=Subject.ELEMENT, conditions=tuple(found))
    sources = interpreter.around.saw("single_source", "same_item") or "departments" in _counted(draft)
    sources = sources or (bool(draft.terms) and "departments" in draft.measures)
    if "category" in draft.group_by:  # 提供部门最多的分类: departments are counted, no item is
        return None
    both = any(one.field == "provider" and one.op is Op.IS and len(one.values) > 1 for one in draft.conditions)
    sources = sources or (both and interpreter.around.saw("collect") and interpreter.around.says_together())
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
        order=_ranked_by_departments(interpreter, draft),
        limit=draft.limit,
    )


def _ranked_by_departments(interpreter: Interpreter, draft: Draft) -> tuple[str, Literal["asc", "desc"]] | None:
    if draft.order is not None:
        return ("departments", "asc" if draft.order[1] == "asc" else "desc")
    return ("departments", "desc") if interpreter.around.saw("rank") else None


def _counted(draft: Draft) -> set[str]:
    """What thresholds and the order are about."""
    return {one.field for one in draft.conditions} | ({draft.order[0]} if draft.order else set())


def requests(interpreter: Interpreter, draft: Draft) -> CatalogFilter | None:
    """谁在用人口库, 被拒最多的请求: counts from the audit trail."""
    asked = any(subject is Subject.REQUEST for subject, _ in draft.subjects)
    judged = any(one.field == "verdict" for one in draft.conditions)
    only_theirs = {"rule", "month"} & {*draft.group_by, *draft.idle}
    if not (asked or judged or only_theirs or interpreter.around.saw("usage")):
        return None
    theirs = interpreter.around.of_their_data()
    conditions = [one if theirs and one.field == "provider" else _of_request(one) for one in draft.conditions]
    conditions += [day for day, _ in draft.days]
    group_by = [{"provider": "department", "name": "resource"}.get(name, name) for name in draft.group_by]
    plain_count = "count" in draft.measures and draft.order is None
    # 被拒超过五次的, 被拒次数前三
    ranked = draft.limit is not None or any(one.field == "count" for one in conditions)
    by_whom = ranked or interpreter.around.saw("which") or interpreter.around.saw_who()
    by_whom = by_whom or (interpreter.around.saw("usage") and not interpreter.around.asks_how_often())
    if not group_by and (by_whom or not plain_count):
        group_by = _asked_of(interpreter, draft, conditions)
    if (
        group_by == ["rule"]
        and interpreter.around.saw_who()
        and not any(one.field == "department" for one in conditions)
    ):
        group_by = ["department", "rule"]  # who was refused, and by which rule
    measures = ("count", "share") if interpreter.around.saw("share") else ("count",)
    ranked = interpreter.around.saw_most_used() or bool(
        group_by and (interpreter.around.saw("rank") or draft.limit is not None)
    )
    order = draft.order or (("count", "desc") if ranked else None)
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
    if (
        "provider" in draft.idle
        or fields & {"category", "resource", "base_database", "provider"}
        or interpreter.around.saw_who()
    ):
        return ["department"]
    if "verdict" in fields and not any(subject is Subject.RESOURCE for subject, _ in draft.subjects):
        return ["resource", "rule"]
    return ["resource"]
