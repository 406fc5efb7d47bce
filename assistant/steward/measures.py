"""What is measured over the rows of one group: counts, and rates of 0-1."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from assistant.steward.entries import completeness, is_overdue
from assistant.steward.fields import Row

# `share` is of all rows, so it is computed beside the groups.
MEASURES = (
    "count",
    "mounted_rate",
    "overdue_rate",
    "timely_rate",
    "completeness",
    "labelled_rate",
    "items",
    "departments",
    "share",
)
RATES = ("mounted_rate", "overdue_rate", "timely_rate", "completeness", "labelled_rate")
RATE_OF = {"overdue": "overdue_rate", "mounted": "mounted_rate", "labelled": "labelled_rate"}  # of a flag
# What a single row cannot have: a condition on one of these is a condition on groups.
OF_GROUPS = frozenset(("count", "mounted_rate", "overdue_rate", "timely_rate", "labelled_rate", "departments", "share"))


def measure(name: str, rows: Sequence[Row], as_of: date) -> float:
    """One measure of a group of rows."""
    resources = list({row.resource.resource_id: row.resource for row in rows if row.resource is not None}.values())
    match name:
        case "count":
            return sum(row.weight for row in rows)
        case "items":
            items = [row for row in rows if row.element is not None]
            return len(items) or sum(len(one.elements) for one in resources)
        case "departments":
            return len({one.provider for one in resources})
        case "mounted_rate":
            return _share([bool(one.table) for one in resources])
        case "overdue_rate":
            return _share([is_overdue(one, as_of) for one in resources])
        case "timely_rate":
            return _share([not is_overdue(one, as_of) for one in resources])
        case "labelled_rate":
            return _share([element.label is not None for one in resources for element in one.elements])
        case _:
            return sum(map(completeness, resources)) / len(resources) if resources else 0.0


def _share(flags: Sequence[bool]) -> float:
    return sum(flags) / len(flags) if flags else 0.0
