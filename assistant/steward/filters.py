"""What a steward's question compiles to: a filter over catalog metadata that is shown, edited, compared and kept."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Literal

from assistant.domain import Text
from assistant.errors import UserError


class Subject(StrEnum):
    """What the rows of the answer are."""

    RESOURCE = "resource"  # 信息资源
    ELEMENT = "element"  # 信息项
    METRIC = "metric"  # 指标
    DEFINITION = "definition"  # what each department means by one word
    REQUEST = "request"  # counts from the audit trail


class Op(StrEnum):
    IS = "is"  # one of the values
    IS_NOT = "is_not"
    HAS = "has"  # some item is one of the values
    HAS_NOT = "has_not"  # no item is
    MISSING = "missing"
    PRESENT = "present"
    SAME_MEANING = "same_meaning"
    ABOUT = "about"  # search
    CONTAINS = "contains"  # the text holds one of the words
    CONTAINS_NOT = "contains_not"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    BELOW = "below"
    ABOVE = "above"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Condition:
    """`field op values`; fields are those of fields.py. Dates are ISO days, ratios 0-1, flags yes or no."""

    field: str
    op: Op
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogFilter:
    """Conditions hold together (AND), the values of one condition are alternatives. `group_by` makes it counts."""

    subject: Subject = Subject.RESOURCE
    conditions: tuple[Condition, ...] = ()  # sorted: two filters that mean the same are equal
    group_by: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    order: tuple[str, Literal["asc", "desc"]] | None = None
    limit: int | None = None
    columns: tuple[str, ...] = field(default=(), compare=False)  # shown beside; they choose no row

    def __post_init__(self) -> None:
        alternatives = (replace(one, values=tuple(sorted(set(one.values)))) for one in self.conditions)
        object.__setattr__(self, "conditions", tuple(sorted(set(alternatives))))

    def on(self, field: str) -> tuple[Condition, ...]:
        """The conditions on one field."""
        return tuple(one for one in self.conditions if one.field == field)

    def without(self, fields: Iterable[str]) -> CatalogFilter:
        """The filter less everything it says about these fields."""
        gone = set(fields)
        return replace(self, conditions=tuple(one for one in self.conditions if one.field not in gone))

    def as_json(self) -> dict[str, Any]:
        """Plain values for a form, a log or a file; `filter_from_json` reads them back."""
        return {
            "subject": self.subject.value,
            "conditions": [
                {"field": one.field, "op": one.op.value, "values": list(one.values)} for one in self.conditions
            ],
            "group_by": list(self.group_by),
            "measures": list(self.measures),
            "order": list(self.order) if self.order else None,
            "limit": self.limit,
            "columns": list(self.columns),
        }


def filter_from_json(document: Mapping[str, Any]) -> CatalogFilter:
    """An edited filter. Raises UserError where a key, an operation or a field is not known."""
    from assistant.steward.fields import KNOWN_FIELDS
    from assistant.steward.measures import MEASURES

    try:
        order = document.get("order")
        limit = document.get("limit")
        found = CatalogFilter(
            subject=Subject(document.get("subject", "resource")),
            conditions=tuple(
                Condition(
                    field=str(one["field"]),
                    op=Op(one["op"]),
                    values=tuple(str(value) for value in one.get("values", ())),
                )
                for one in document.get("conditions", ())
            ),
            group_by=tuple(str(name) for name in document.get("group_by", ())),
            measures=tuple(str(name) for name in document.get("measures", ())),
            order=(str(order[0]), "asc" if order[1] == "asc" else "desc") if order else None,
            limit=None if limit is None else max(1, int(limit)),
            columns=tuple(str(name) for name in document.get("columns", ())),
        )
    except (KeyError, ValueError, TypeError, AttributeError, IndexError) as problem:
        raise _unreadable(str(problem)) from None
    unfit = [one for one in found.conditions if not _is_comparable(one, MEASURES)]
    if unfit:
        raise _unreadable(" ".join((unfit[0].field, unfit[0].op.value, *unfit[0].values)))
    named = {one.field for one in found.conditions} | set(found.group_by) | set(found.columns)
    unknown = sorted(named - set(KNOWN_FIELDS) - set(MEASURES)) + sorted(set(found.measures) - set(MEASURES))
    if unknown:
        raise _unreadable(", ".join(unknown))
    return found


def _is_comparable(one: Condition, measures: Iterable[str]) -> bool:
    """A comparison has one value, and a measure or a size is compared with a number."""
    if one.op in (Op.AT_LEAST, Op.AT_MOST, Op.BELOW, Op.ABOVE) and len(one.values) != 1:
        return False
    if one.field not in measures and not one.field.endswith("_size"):
        return True
    try:
        return [math.isfinite(float(value)) for value in one.values] == [True]
    except ValueError:
        return False


def _unreadable(what: str) -> UserError:
    return UserError(
        Text(
            zh=f"筛选条件无法识别：{what[:80]}。请按显示的格式修改，或重新提问。",
            en=f"The filter cannot be read: {what[:80]}. Edit it in the form it is shown, or ask again.",
        )
    )
