"""CatalogFilter -> table. Metadata only: no row of any governed table is read here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import product

from assistant.domain import CatalogResource, Level, Scalar, Text
from assistant.errors import UserError
from assistant.steward import fields
from assistant.steward.definitions import definition_table
from assistant.steward.entries import completeness
from assistant.steward.estate import Estate
from assistant.steward.fields import ITEM_FIELDS, Row, size
from assistant.steward.filters import CatalogFilter, Condition, Op, Subject
from assistant.steward.lookups import Lookups, metric_is_about
from assistant.steward.measures import MEASURES, OF_GROUPS, measure
from assistant.steward.tables import StewardTable
from assistant.steward.vocabulary import label

_COLUMNS = {
    Subject.RESOURCE: ("resource_id", "name", "provider", "owner_office", "category"),
    Subject.ELEMENT: ("item", "name", "provider", "level", "role"),
    Subject.METRIC: ("name", "definition", "owner", "document", "article"),
}
_NUMBERS: dict[str, Callable[[CatalogResource], float]] = {
    "completeness": completeness,
    "items": lambda resource: float(len(resource.elements)),
}


def apply_filter(asked: CatalogFilter, estate: Estate) -> StewardTable:
    """The table of a filter over what this person may see. Raises UserError for counts that are not theirs to see."""
    if asked.subject is Subject.DEFINITION:
        return definition_table(asked, estate)
    lookups = Lookups(estate)
    found = [row for row in _rows(asked.subject, estate) if _fits(row, asked, lookups)]
    if asked.group_by or asked.measures or _of_groups(asked):
        return _grouped(found, asked, estate)
    return _listed(found, asked, estate)


# --------------------------------------------------------------------------- which rows


def _rows(subject: Subject, estate: Estate) -> Iterable[Row]:
    match subject:
        case Subject.RESOURCE:
            return (Row(resource=one) for one in estate.resources)
        case Subject.ELEMENT:
            return (Row(resource=resource, element=element) for resource, element in estate.elements())
        case Subject.METRIC:
            return (Row(metric=one) for one in estate.metrics)
        case _:
            if estate.requests is None:
                raise UserError(
                    Text(
                        zh="请求统计只向目录管理员和审计员提供。可以改问目录本身，例如：更新周期超期的目录。",
                        en="Counts of requests are for stewards and auditors. Ask about the catalog itself instead, "
                        "for example: which resources are overdue.",
                    )
                )
            return estate.requests


def _fits(row: Row, asked: CatalogFilter, lookups: Lookups) -> bool:
    """Conditions on items hold for one and the same item of a resource; 不含 holds for all of its items."""
    of_items = [one for one in asked.conditions if one.field in ITEM_FIELDS]
    groups = _of_groups(asked)
    whole = [one for one in asked.conditions if one.field not in ITEM_FIELDS and one not in groups]
    if not all(_holds(one, row, lookups) for one in whole):
        return False
    if row.element is not None or row.resource is None:
        return all(_holds(one, row, lookups) for one in of_items)
    items = [Row(resource=row.resource, element=element) for element in row.resource.elements]
    none = [one for one in of_items if one.op is Op.HAS_NOT]
    if any(_any_of(one, item, lookups) for one in none for item in items):
        return False
    return not _wanted(asked) or bool(_fitting_items(row, asked, lookups))


def _of_groups(asked: CatalogFilter) -> list[Condition]:
    """The conditions on groups: on what only groups have, or on the measure that is shown of them."""
    shown = asked.measures if asked.group_by else ()
    return [one for one in asked.conditions if one.field in OF_GROUPS or one.field in shown]


def _wanted(asked: CatalogFilter) -> list[Condition]:
    """What one and the same item of a resource must be."""
    return [one for one in asked.conditions if one.field in ITEM_FIELDS and one.op is not Op.HAS_NOT]


def _fitting_items(row: Row, asked: CatalogFilter, lookups: Lookups) -> list[str]:
    """The names of the items of a resource that make it fit."""
    elements = row.resource.elements if row.resource is not None else ()
    items = [Row(resource=row.resource, element=element) for element in elements]
    wanted = _wanted(asked)
    return [item.element.name for item in items if item.element and all(_holds(one, item, lookups) for one in wanted)]


def _any_of(one: Condition, item: Row, lookups: Lookups) -> bool:
    return bool(set(fields.values(item, one.field, lookups.estate.as_of)) & set(one.values))


def _holds(one: Condition, row: Row, lookups: Lookups) -> bool:
    if one.op is Op.ABOUT:
        return any(_is_about(word, row, lookups) for word in one.values)
    if one.op is Op.SAME_MEANING:
        return row.element is not None and any(row.element.element_id in lookups.same_meaning(w) for w in one.values)
    if _is_number(one.field):
        return _compares(one.op, float(_number(row, one.field, lookups.estate) or 0), float(one.values[0]))
    found = fields.values(row, one.field, lookups.estate.as_of)
    match one.op:
        case Op.MISSING:
            return not found
        case Op.PRESENT:
            return bool(found)
        case Op.IS | Op.HAS:
            return bool(set(found) & set(one.values))
        case Op.IS_NOT | Op.HAS_NOT:
            return not set(found) & set(one.values)
        case Op.CONTAINS | Op.CONTAINS_NOT:
            return _contains(found, one.values) is (one.op is Op.CONTAINS)
        case _:
            return bool(found) and _compares(one.op, _ordered(one.field, found[0]), _ordered(one.field, one.values[0]))


def _contains(found: Sequence[str], words: Sequence[str]) -> bool:
    return any(word.lower() in text.lower() for word in words for text in found)


def _ordered(field: str, value: str) -> float | str:
    return float(Level[value]) if field == "level" and value in Level.__members__ else value


def _compares(op: Op, found: float | str, wanted: float | str) -> bool:
    match op:
        case Op.AT_LEAST:
            return found >= wanted  # type: ignore[operator]
        case Op.AT_MOST:
            return found <= wanted  # type: ignore[operator]
        case Op.BELOW:
            return found < wanted  # type: ignore[operator]
        case Op.ABOVE:
            return found > wanted  # type: ignore[operator]
        case _:
            return found == wanted


def _is_about(word: str, row: Row, lookups: Lookups) -> bool:
    if row.metric is not None:
        return metric_is_about(word, row.metric)
    return row.resource is not None and row.resource.resource_id in lookups.about(word)


# --------------------------------------------------------------------------- lists


def _listed(rows: Sequence[Row], asked: CatalogFilter, estate: Estate) -> StewardTable:
    extra = [one.field for one in asked.conditions if one.field != "about" and not _is_number(one.field)]
    extra += [one for one in asked.columns if not _is_number(one)]
    if asked.subject is Subject.RESOURCE and set(extra) & ITEM_FIELDS:  # which items, not what each of them is
        extra = [one for one in extra if one not in ITEM_FIELDS] + (["item"] if _wanted(asked) else [])
    columns = tuple(dict.fromkeys((*_COLUMNS[asked.subject], *extra)))
    named = (*(one.field for one in asked.conditions), *asked.columns, *(asked.order[:1] if asked.order else ()))
    numbers = tuple(dict.fromkeys(one for one in named if _is_number(one)))
    ordered = _ordered_rows(rows, asked, estate)[: asked.limit]
    return StewardTable(
        columns=(*columns, *numbers),
        labels=tuple(label("measures" if one in _NUMBERS else "fields", one) for one in (*columns, *numbers)),
        rows=tuple(
            (*(_cell(row, one, asked, estate) for one in columns), *(_number(row, one, estate) for one in numbers))
            for row in ordered
        ),
        ids=tuple(_id(row) for row in ordered),
    )


def _ordered_rows(rows: Sequence[Row], asked: CatalogFilter, estate: Estate) -> list[Row]:
    found = sorted(rows, key=_id)
    if asked.order is None:
        return found
    name, direction = asked.order
    if _is_number(name):
        return sorted(found, key=lambda row: _number(row, name, estate) or 0, reverse=direction == "desc")
    dated = [row for row in found if fields.values(row, name, estate.as_of)]
    undated = [row for row in found if not fields.values(row, name, estate.as_of)]
    return sorted(dated, key=lambda row: fields.values(row, name, estate.as_of), reverse=direction == "desc") + undated


def _is_number(field: str) -> bool:
    return field in _NUMBERS or field.endswith("_size")


def _number(row: Row, name: str, estate: Estate) -> float | int | None:
    if name not in _NUMBERS:
        return size(row, name, estate.as_of)
    if row.resource is None:
        return None
    found = _NUMBERS[name](row.resource)
    return found if name == "completeness" else int(found)


def _cell(row: Row, field: str, asked: CatalogFilter, estate: Estate) -> Scalar:
    if field == "item" and row.resource is not None and row.element is None:
        return "、".join(_fitting_items(row, asked, Lookups(estate))) or None
    found = fields.values(row, field, estate.as_of)
    return "、".join(found) if found else None


def _id(row: Row) -> str:
    if row.element is not None:
        return row.element.element_id
    if row.resource is not None:
        return row.resource.resource_id
    return row.metric.id if row.metric is not None else ""


# --------------------------------------------------------------------------- counts


def _grouped(rows: Sequence[Row], asked: CatalogFilter, estate: Estate) -> StewardTable:
    groups: dict[tuple[str, ...], list[Row]] = {(): list(rows)} if not asked.group_by else {}
    for row in rows if asked.group_by else ():
        keys = [fields.values(row, name, estate.as_of) or ("",) for name in asked.group_by]
        for key in product(*keys):
            groups.setdefault(key, []).append(row)
    wanted = _of_groups(asked)
    whole = _weight(rows if asked.group_by else list(_rows(asked.subject, estate)))
    kept = {key: group for key, group in groups.items() if _group_fits(group, wanted, whole, estate)}
    measures = tuple(name for name in asked.measures if name in MEASURES) or ("count",)
    found = [(key, [_measured(name, group, whole, estate) for name in measures]) for key, group in kept.items()]
    found.sort(key=lambda pair: pair[0])
    if asked.order and asked.order[0] in measures:
        at = measures.index(asked.order[0])
        found.sort(key=lambda pair: pair[1][at], reverse=asked.order[1] == "desc")
    found = found[: asked.limit]
    named = ("provider",) if "departments" in measures and "provider" not in asked.group_by else ()
    return StewardTable(
        columns=(*asked.group_by, *measures, *named),
        labels=(
            *(label("fields", one) for one in asked.group_by),
            *(label("measures", one) for one in measures),
            *(label("fields", one) for one in named),
        ),
        rows=tuple(
            (*(one or None for one in key), *numbers, *(_departments(kept[key]) for _ in named))
            for key, numbers in found
        ),
        ids=("",) * len(found),
    )


def _departments(group: Sequence[Row]) -> str:
    return "、".join(sorted({row.resource.provider for row in group if row.resource is not None}))


def _weight(rows: Iterable[Row]) -> int:
    return sum(row.weight for row in rows)


def _group_fits(group: Sequence[Row], wanted: Sequence[Condition], whole: int, estate: Estate) -> bool:
    return all(_compares(one.op, _measured(one.field, group, whole, estate), float(one.values[0])) for one in wanted)


def _measured(name: str, group: Sequence[Row], whole: int, estate: Estate) -> float | int:
    """`whole`: how many rows a share is of: those of all groups, or where there are none, of the whole catalog."""
    if name == "share":
        return _weight(group) / whole if whole else 0.0
    found = measure(name, group, estate.as_of)
    return int(found) if name in ("count", "items", "departments") else float(found)
