"""What a filter can ask of a row of the catalog: every field as text values, every measure as a number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Protocol

from assistant.domain import CatalogResource, DataElement, LabelStatus
from assistant.steward.entries import identifiers_of, is_marked_sensitive, is_overdue
from assistant.steward.vocabulary import base_databases


class MetricEntry(Protocol):
    """What a metric tells of itself: the semantic model's metrics fit."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def name_en(self) -> str: ...
    @property
    def definition(self) -> str: ...
    @property
    def topic(self) -> str: ...
    @property
    def synonyms(self) -> tuple[str, ...]: ...
    @property
    def unit(self) -> str: ...
    @property
    def owner(self) -> str: ...
    @property
    def document(self) -> str: ...
    @property
    def article(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row before it is shown: a resource, an item of one, a metric, or one cell of the audit counts."""

    resource: CatalogResource | None = None
    element: DataElement | None = None
    metric: MetricEntry | None = None
    counted: Mapping[str, tuple[str, ...]] | None = None  # of requests (usage.py)
    weight: int = 1  # how many requests


Getter = Callable[[Row, date], tuple[str, ...]]


def values(row: Row, field: str, as_of: date) -> tuple[str, ...]:
    """The values of a field; () = not filled in, or the row has no such field."""
    getter = _getters().get(field)
    return getter(row, as_of) if getter else ()


def _text(name: str) -> Getter:
    def get(row: Row, as_of: date) -> tuple[str, ...]:
        found = getattr(row.resource, name, "") if row.resource is not None else ""
        return (str(found),) if found and str(found).strip() else ()

    return get


def _of_item(name: str) -> Getter:
    def get(row: Row, as_of: date) -> tuple[str, ...]:
        found = getattr(row.element, name, "") if row.element is not None else ""
        return (str(found),) if found and str(found).strip() else ()

    return get


def _of_label(name: str) -> Getter:
    def get(row: Row, as_of: date) -> tuple[str, ...]:
        label = row.element.label if row.element is not None else None
        found = getattr(label, name, "") if label is not None else ""
        return (str(found),) if found and str(found).strip() else ()

    return get


def _flag(read: Callable[[Row, date], bool | None]) -> Getter:
    def get(row: Row, as_of: date) -> tuple[str, ...]:
        found = read(row, as_of)
        return () if found is None else ("yes",) if found else ("no",)

    return get


def _name(row: Row, as_of: date) -> tuple[str, ...]:
    if row.metric is not None:
        return (row.metric.name,)
    return _text("name")(row, as_of)


def _name_en(row: Row, as_of: date) -> tuple[str, ...]:
    named = row.metric or row.element or row.resource
    return (named.name_en,) if named is not None and named.name_en else ()


def _synonyms(row: Row, as_of: date) -> tuple[str, ...]:
    named = row.metric or row.element or row.resource
    return tuple(named.synonyms) if named is not None else ()


def _unit(row: Row, as_of: date) -> tuple[str, ...]:
    if row.metric is not None:
        return (row.metric.unit,) if row.metric.unit else ()
    return _of_item("unit")(row, as_of)


def _level(row: Row, as_of: date) -> tuple[str, ...]:
    if row.element is not None:
        return (row.element.label.level.name,) if row.element.label is not None else ()
    return (row.resource.level.name,) if row.resource is not None else ()


def _categories(row: Row, as_of: date) -> tuple[str, ...]:
    if row.element is not None:
        return tuple(one.value for one in row.element.label.categories) if row.element.label is not None else ()
    return tuple(one.value for one in row.resource.categories) if row.resource is not None else ()


def _category(row: Row, as_of: date) -> tuple[str, ...]:
    if row.counted is not None:
        return row.counted.get("category", ())
    return _text("category")(row, as_of)


def _provider(row: Row, as_of: date) -> tuple[str, ...]:
    """Of a request: who provides what was asked for."""
    if row.counted is not None:
        return row.counted.get("provider", ())
    return _text("provider")(row, as_of)


def _base(row: Row, as_of: date) -> tuple[str, ...]:
    return tuple(one for one in _category(row, as_of) if one in base_databases())


def _counted(name: str) -> Getter:
    def get(row: Row, as_of: date) -> tuple[str, ...]:
        return row.counted.get(name, ()) if row.counted is not None else ()

    return get


def _request_name(row: Row, as_of: date) -> tuple[str, ...]:
    return _counted("resource")(row, as_of) if row.counted is not None else _name(row, as_of)


def _published(characters: int) -> Getter:
    """The year (4 characters) or month (7) of the day of issue."""

    def get(row: Row, as_of: date) -> tuple[str, ...]:
        return tuple(day[:characters] for day in _text("published_on")(row, as_of))

    return get


def _month(row: Row, as_of: date) -> tuple[str, ...]:
    """Of a request: 2025-10."""
    return tuple(dict.fromkeys(day[:7] for day in _counted("asked_on")(row, as_of)))


def _metric(name: str) -> Getter:
    def get(row: Row, as_of: date) -> tuple[str, ...]:
        found = getattr(row.metric, name, "") if row.metric is not None else ""
        return (str(found),) if found else ()

    return get


def _confirmed(row: Row, as_of: date) -> bool | None:
    label = row.element.label if row.element is not None else None
    return None if row.element is None else label is not None and label.status is LabelStatus.CONFIRMED


@cache
def _getters() -> Mapping[str, Getter]:
    whole = [
        "resource_id",
        "provider_code",
        "owner_office",
        "abstract",
        "format",
        "sharing_type",
        "sharing_condition",
        "sharing_method",
        "sharing_basis",
        "open_type",
        "open_condition",
        "update_cycle",
        "published_on",
        "updated_on",
    ]
    found: dict[str, Getter] = {name: _text(name) for name in whole}
    found |= {name: _of_item(name) for name in ("type", "description")}
    found |= {name: _of_label(name) for name in ("role", "basis")}
    found |= {name: _metric(name) for name in ("definition", "owner", "document", "article", "topic")}
    found |= {name: _counted(name) for name in ("department", "rule", "verdict", "resource", "asked_on")}
    found |= {
        "name": _request_name,
        "name_en": _name_en,
        "synonyms": _synonyms,
        "unit": _unit,
        "level": _level,
        "categories": _categories,
        "category": _category,
        "provider": _provider,
        "base_database": _base,
        "month": _month,
        "published_month": _published(7),
        "published_year": _published(4),
        "related": lambda row, _: row.resource.related if row.resource is not None else (),
        "item": lambda row, _: (row.element.name,) if row.element is not None else (),
        "holds": lambda row, _: identifiers_of(row.element) if row.element is not None else (),
        "code_list": lambda row, _: tuple(name for _, name in row.element.code_list) if row.element is not None else (),
        "mounted": _flag(lambda row, _: bool(row.resource.table) if row.resource is not None else None),
        "overdue": _flag(lambda row, day: is_overdue(row.resource, day) if row.resource is not None else None),
        "sensitive": _flag(lambda row, _: is_marked_sensitive(row.element) if row.element is not None else None),
        "labelled": _flag(lambda row, _: row.element.label is not None if row.element is not None else None),
        "confirmed": _flag(_confirmed),
    }
    return MappingProxyType(found)


ITEM_FIELDS = frozenset(
    ("item", "holds", "type", "unit", "description", "code_list", "role", "basis", "sensitive", "labelled", "confirmed")
)
GROUPABLE = frozenset(
    [
        "provider",
        "category",
        "base_database",
        "owner_office",
        "sharing_type",
        "open_type",
        "update_cycle",
        "level",
        "type",
        "role",
        "item",
        "format",
        "topic",
        "owner",
        "document",
        "rule",
        "verdict",
        "department",
        "resource",
        "name",
        "month",
        "published_month",
        "published_year",
    ]
)
LISTED = ("synonyms", "code_list", "related")  # fields of several values: their size is how many
# Fields of free text or of several values: they hold words and have a length.
_TEXTS = ("abstract", "name", "description", "definition", "sharing_condition", "open_condition", "sharing_basis")
SIZED = (*_TEXTS, *LISTED)
KNOWN_FIELDS = (
    *sorted(_getters()),
    *(f"{name}_size" for name in SIZED),
    "about",
    "term",
    "completeness",
    "items",
    "departments",
)


def size(row: Row, field: str, as_of: date) -> int:
    """Of a text its characters, of a list its values; 0 where nothing is filled in. `field` ends in _size."""
    name = field.removesuffix("_size")
    found = values(row, name, as_of)
    return len(found) if name in LISTED else len("".join(found))
