"""What a catalog entry owes and how it stands: due day, marks, identifying items, completeness."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

from assistant.domain import CatalogResource, Category, ColumnRole, DataElement, Level, OpenType, SharingType
from assistant.steward.vocabulary import identifier_kinds

_SENSITIVE_ROLES = (ColumnRole.DIRECT_ID, ColumnRole.SENSITIVE_ATTR, ColumnRole.SECRET_MEASURE, ColumnRole.FREE_TEXT)
_CYCLE_DAYS = {"实时": 1, "每日": 1, "每周": 7}
_CYCLE_MONTHS = {"每月": 1, "每季度": 3, "每年": 12}


def due_on(resource: CatalogResource) -> date | None:
    """The day by which the next update is due; None where there is no fixed cycle or no update was ever recorded."""
    last = resource.updated_on or resource.published_on
    if last is None:
        return None
    if resource.update_cycle in _CYCLE_DAYS:
        return last + timedelta(days=_CYCLE_DAYS[resource.update_cycle])
    months = _CYCLE_MONTHS.get(resource.update_cycle)
    if months is None:
        return None
    year, month = divmod(last.year * 12 + last.month - 1 + months, 12)
    return date(year, month + 1, min(last.day, calendar.monthrange(year, month + 1)[1]))


def is_overdue(resource: CatalogResource, as_of: date) -> bool:
    """Updated on + cycle < as of (云澜市信息资源目录编制规范第十二条: the actual update is recorded by the system)."""
    due = due_on(resource)
    return due is not None and due < as_of


def is_marked_sensitive(element: DataElement) -> bool:
    """The item carries a label that protects it: its role, or 4级, or sensitive personal information."""
    label = element.label
    if label is None:
        return False
    protected = label.role in _SENSITIVE_ROLES or label.level >= Level.G4
    return protected or Category.SENSITIVE_PERSONAL in label.categories


def identifiers_of(element: DataElement) -> tuple[str, ...]:
    """Kinds of identifying items that its name, synonyms or column tell."""
    said = (element.name, *element.synonyms, element.column or "")
    return tuple(kind for kind, one in identifier_kinds().items() if any(one.pattern.search(word) for word in said))


# Core metadata that every resource must have; a condition or basis only where its type asks for it
# (政务信息资源目录编制指南(试行); GB/T 21063.3; 云澜市信息资源目录编制规范第五条、第十条、第十一条).
_ALWAYS = (
    "category",
    "name",
    "resource_id",
    "provider",
    "provider_code",
    "owner_office",
    "abstract",
    "format",
    "sharing_type",
    "sharing_method",
    "open_type",
    "update_cycle",
    "published_on",
    "updated_on",
)


def required_keys(resource: CatalogResource) -> tuple[str, ...]:
    """The core metadata keys that this resource owes."""
    keys = [key for key in _ALWAYS if key != "sharing_method" or resource.sharing_type is not SharingType.NOT_SHARED]
    if resource.sharing_type is SharingType.CONDITIONAL:
        keys.append("sharing_condition")
    if resource.sharing_type is SharingType.NOT_SHARED:
        keys.append("sharing_basis")
    if resource.open_type is OpenType.CONDITIONAL:
        keys.append("open_condition")
    return tuple(keys)


def missing_keys(resource: CatalogResource) -> tuple[str, ...]:
    """The core metadata keys that it owes and does not give."""
    return tuple(key for key in required_keys(resource) if not str(getattr(resource, key) or "").strip())


def completeness(resource: CatalogResource) -> float:
    """Share of the owed core metadata keys that are filled in, 0-1."""
    owed = required_keys(resource)
    return 1 - len(missing_keys(resource)) / len(owed)
