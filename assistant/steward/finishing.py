"""What a draft has found, made into one filter: rows or groups, what is measured of them, in which order.

Every step knows one thing that a question leaves unsaid: that a rate is shown by department, that 最多 ranks the noun
it is followed by, that a condition on a count is one on groups.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, cast

from assistant.steward.draft import Draft
from assistant.steward.filters import CatalogFilter, Condition, Op, Subject
from assistant.steward.measures import OF_GROUPS, RATE_OF
from assistant.steward.surroundings import Surroundings

RANKED = ("provider", "category", "owner_office", "base_database", "rule")  # what 最多的… ranks without saying 按
DAYS = ("updated_on", "published_on", "level")  # rows are ordered by them, groups are not
_OF_ITEMS = frozenset(("level", "role", "type", "item"))  # counted by these, the items are the rows


@dataclass(slots=True)
class _Shape:
    """The filter while it is made."""

    subject: Subject
    conditions: list[Condition]
    group_by: list[str]
    measures: list[str]
    order: tuple[str, str] | None


def finished(
    around: Surroundings, draft: Draft, subject: Subject, conditions: list[Condition], renamed: Mapping[str, str]
) -> CatalogFilter:
    """The filter of `draft`; `renamed` says what a word of the catalog means where the rows are something else."""
    shape = _Shape(subject, conditions, [], list(draft.measures), draft.order)
    groups = draft.group_by or _whose(around, draft)
    if "base_database" in draft.idle:  # 六大基础库中哪个库
        groups = ["base_database" if name == "category" else name for name in groups]
    shape.group_by = [renamed.get(name, name) for name in groups]
    _all_of_a_group(around, shape)
    _bounds(around, draft, shape)
    _ranks(around, draft, shape)
    _compares(around, shape)
    _shares(around, draft, shape)
    _measures_of_groups(shape)
    _counts_items(draft, shape)
    _implied(shape)
    used = {*shape.group_by, *(one.field for one in shape.conditions)}
    beside = (renamed.get(name, name) for name in draft.idle)  # 列出名称、级别: they chose nothing and are shown
    return CatalogFilter(
        subject=shape.subject,
        conditions=tuple(shape.conditions),
        group_by=tuple(dict.fromkeys(shape.group_by)),
        measures=tuple(shape.measures),
        order=cast(tuple[str, Literal["asc", "desc"]] | None, shape.order),
        limit=draft.limit,
        columns=tuple(dict.fromkeys(name for name in beside if name not in used)),
    )


def _whose(around: Surroundings, draft: Draft) -> list[str]:
    """没有口径的指标归谁: counted by department, unless the rows themselves are asked for."""
    if (head := around.head_at_end()) in RANKED and draft.conditions and not draft.measures:
        return [head]
    listed = around.saw("which") and any(asked for _, asked in draft.subjects)
    if around.asks_who() and around.saw("collect", "holds", "present") and not draft.measures and not listed:
        return ["provider"]  # 还有谁登记了
    return ["provider"] if around.saw("whose") and not draft.measures and not listed else []


def _all_of_a_group(around: Surroundings, shape: _Shape) -> None:
    """哪些部门一个资源都没挂接: not one, so that the rate of the group is 0."""
    if not shape.group_by or not around.all_of():
        return
    for place, one in enumerate(shape.conditions):
        if one.field in RATE_OF and one.op is Op.IS:
            every = one.values == ("yes",) and not around.not_one()
            op, bound = (Op.AT_LEAST, "1") if every else (Op.AT_MOST, "0")
            shape.conditions[place] = Condition(field=RATE_OF[one.field], op=op, values=(bound,))


def _bounds(around: Surroundings, draft: Draft, shape: _Shape) -> None:
    """A condition on what only groups have makes groups, and is shown."""
    bounded = [one.field for one in shape.conditions if one.field in OF_GROUPS and one.field != "departments"]
    if around.begins_with("provider") and not draft.subjects and not shape.group_by:
        rows = [one.field for one in shape.conditions if one.field in ("completeness", "items")]
        shape.group_by = ["provider"] if rows else []  # departments with completeness below 90%
    if shape.group_by and not any(asked for _, asked in draft.subjects):  # 完整率不足九成的部门, not …的资源
        bounded += [one.field for one in shape.conditions if one.field in ("completeness", "items")]
    if bounded and not shape.group_by:
        shape.group_by = [name for name in draft.idle if name in RANKED][:1] or ["provider"]
    shape.measures = list(dict.fromkeys((*shape.measures, *bounded)))


def _ranks(around: Surroundings, draft: Draft, shape: _Shape) -> None:
    measures = shape.measures
    ranked = around.saw("rank") and bool(measures or shape.group_by)
    ranked = ranked or (draft.limit is not None and measures[:1] not in ([], ["count"]))  # 完整率前十
    ranked = ranked or around.ranks_counts()
    shape.order = draft.order or (((measures or ["count"])[0], "desc") if ranked else None)
    if shape.order is None:
        return
    if not shape.group_by and (shape.order[0] not in ("items", *DAYS) or ranked):
        shape.group_by = [name for name in draft.idle if name in RANKED][:1]
        shape.group_by = shape.group_by or _ranked(around, draft, shape.order[0])
    if not shape.group_by:
        shape.measures = [name for name in measures if name != shape.order[0]]  # it orders rows
    if draft.from_end:
        shape.order = (shape.order[0], "asc")  # 完整度排名后五位
    named = {one.field for one in shape.conditions} | set(draft.idle)
    if shape.order[0] == "updated_on" and named & {"updated_on", "published_on"} == {"published_on"}:
        shape.order = ("published_on", shape.order[1])  # published since 2021, newest first


def _ranked(around: Surroundings, draft: Draft, measure: str) -> list[str]:
    """谁的目录最不完整: departments; 人口和法人谁最多, 三家里完整度最差的是: those that were named."""
    several = _several(draft.conditions)
    asked = around.saw_who() or (around.saw("which") and measure == "count")
    if several and (asked or (several[0] == "provider" and not draft.subjects)):
        return several[:1]
    return ["provider"] if around.saw_who() else []


def _several(conditions: list[Condition]) -> list[str]:
    return [
        one.field
        for one in conditions
        if one.field in ("provider", "category") and one.op is Op.IS and len(one.values) > 1
    ]


def _compares(around: Surroundings, shape: _Shape) -> None:
    """民政局与人社局谁的挂接率高: each for itself."""
    several = _several(shape.conditions)
    rates = [name for name in shape.measures if name.endswith("rate") or name == "completeness"]
    if several and not shape.group_by and rates:
        shape.group_by = [several[0]]


def _shares(around: Surroundings, draft: Draft, shape: _Shape) -> None:
    if around.saw("share"):
        rates = [RATE_OF[one.field] for one in shape.conditions if one.field in RATE_OF and one.values == ("yes",)]
        rates = rates or [name for name in shape.measures if name.endswith("_rate")] or ["count", "share"]
        shape.measures = list(dict.fromkeys((*(name for name in shape.measures if name != "count"), *rates)))
        if shape.order is not None and shape.order[0] == "count" and "count" not in shape.measures:
            shape.order = (rates[0], shape.order[1])  # worst first, of the shares
    kept = [one for one in shape.conditions if RATE_OF.get(one.field) not in shape.measures]
    if len(kept) < len(shape.conditions) and "count" in shape.measures:
        draft.ignored += [around.flagged()]  # 超期资源的数量和超期率: one is of these, the other of all
    shape.conditions = kept


def _measures_of_groups(shape: _Shape) -> None:
    order = shape.order[0] if shape.order is not None and shape.order[0] not in DAYS else ""
    if shape.group_by and not shape.measures:
        shape.measures = [order or "count"]
    if shape.group_by and order and order not in shape.measures:
        shape.measures.append(order)


def _counts_items(draft: Draft, shape: _Shape) -> None:
    """四级字段最多的资源, 准标识字段超过三个的资源: such items are counted."""
    bounded = any(one.field == "items" for one in shape.conditions)
    ordered = shape.order is not None and shape.order[0] == "items"
    if shape.subject is Subject.RESOURCE and draft.qualifies_items and (ordered or bounded):
        shape.subject, shape.group_by = Subject.ELEMENT, shape.group_by or ["name"]
        shape.measures = list(dict.fromkeys((*shape.measures, "items")))
    if shape.subject is Subject.RESOURCE and "items" in shape.measures and set(shape.group_by) & _OF_ITEMS:
        shape.subject = Subject.ELEMENT
    if shape.subject is Subject.ELEMENT:
        shape.measures = list(dict.fromkeys("count" if name == "items" else name for name in shape.measures))
        shape.order = ("count", shape.order[1]) if shape.order is not None and ordered else shape.order
        renamed = (replace(one, field="count") if one.field == "items" else one for one in shape.conditions)
        shape.conditions = list(renamed) if shape.group_by else shape.conditions


def _implied(shape: _Shape) -> None:
    named = {one.field for one in shape.conditions}
    if "base_database" in shape.group_by and "base_database" not in named:
        shape.conditions = [*shape.conditions, Condition(field="base_database", op=Op.PRESENT)]
    if "departments" in named and not shape.group_by:
        shape.subject, shape.group_by, shape.measures = Subject.ELEMENT, ["item"], ["departments"]
