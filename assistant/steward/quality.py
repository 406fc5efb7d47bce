"""Quality of the catalog: completeness, duplication, timeliness, mounting, and the results of quality rules.

云澜市数据质量管理办法第五条 names the dimensions; 云澜市信息资源目录编制规范第五条、第六条 what an entry owes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from assistant.domain import CatalogResource, DataElement, Text
from assistant.steward.entries import completeness, is_overdue, missing_keys
from assistant.steward.estate import Estate
from assistant.steward.tables import StewardTable
from assistant.steward.vocabulary import label

_ITEM_KEYS = ("name_en", "description", "synonyms", "label")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleResult:
    """What the quality rules found on one resource: rows looked at and failed (sums over its checks)."""

    resource_id: str
    checked: int
    failed: int

    @property
    def passed(self) -> float:
        """Share of rows that passed, 0-1; 1 where nothing was looked at."""
        return 1 - self.failed / self.checked if self.checked else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceQuality:
    """One resource. Ratios are 0-1; `rules` is None where no rule was run on it."""

    resource: CatalogResource
    completeness: float  # of the core metadata it owes
    missing: tuple[str, ...]  # which are not filled in
    items: float  # completeness of its items' own metadata
    duplicated: tuple[str, ...]  # items that another department collects under the same name
    overdue: bool
    mounted: bool
    rules: float | None

    @property
    def score(self) -> float:
        """Mean of what is known, 0-1: completeness, items, not duplicated, timely, mounted, rules passed."""
        total = max(1, len(self.resource.elements))
        parts = [
            self.completeness,
            self.items,
            1 - len(self.duplicated) / total,
            float(not self.overdue),
            float(self.mounted),
        ]
        return sum(parts if self.rules is None else [*parts, self.rules]) / (len(parts) + (self.rules is not None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How much of the engine is in the catalog, 0-1; None where the engine was not looked at."""

    tables: float | None
    columns: float | None


def assess(estate: Estate, results: Iterable[RuleResult] = ()) -> tuple[ResourceQuality, ...]:
    """Every visible resource, worst first."""
    by_id = {one.resource_id: one for one in results}
    collectors = _collectors(estate.resources)
    found = [_assessed(one, by_id.get(one.resource_id), collectors, estate.as_of) for one in estate.resources]
    return tuple(sorted(found, key=lambda one: (one.score, one.resource.resource_id)))


def coverage(resources: Iterable[CatalogResource], schema: Mapping[str, Mapping[str, str]]) -> Coverage:
    """Share of the engine's tables and columns that the catalog describes."""
    described = {one.table: {item.column for item in one.elements} for one in resources if one.table}
    columns = [(table, column) for table, listed in schema.items() for column in listed]
    known = [(table, column) for table, column in columns if column in described.get(table, set())]
    return Coverage(
        tables=sum(table in described for table in schema) / len(schema) if schema else None,
        columns=len(known) / len(columns) if columns else None,
    )


def quality_table(assessed: Sequence[ResourceQuality]) -> StewardTable:
    """The assessment as a table."""
    labels = (
        Text(zh="信息资源代码", en="Code"),
        Text(zh="名称", en="Name"),
        Text(zh="提供方", en="Provider"),
        Text(zh="质量得分", en="Score"),
        Text(zh="元数据完整率", en="Completeness"),
        Text(zh="未填写", en="Not filled in"),
        Text(zh="数据项完整率", en="Items complete"),
        Text(zh="多头采集的数据项", en="Items collected elsewhere too"),
        Text(zh="更新超期", en="Overdue"),
        Text(zh="已挂接", en="Mounted"),
        Text(zh="规则合格率", en="Rules passed"),
    )
    return StewardTable(
        columns=(
            "resource_id",
            "name",
            "provider",
            "score",
            "completeness",
            "missing",
            "items",
            "duplicated",
            "overdue",
            "mounted",
            "rules",
        ),
        labels=labels,
        rows=tuple(
            (
                one.resource.resource_id,
                one.resource.name,
                one.resource.provider,
                round(one.score, 4),
                round(one.completeness, 4),
                "、".join(label("fields", key).zh for key in one.missing) or None,
                round(one.items, 4),
                "、".join(one.duplicated) or None,
                "yes" if one.overdue else "no",
                "yes" if one.mounted else "no",
                None if one.rules is None else round(one.rules, 4),
            )
            for one in assessed
        ),
        ids=tuple(one.resource.resource_id for one in assessed),
    )


def _assessed(
    resource: CatalogResource, result: RuleResult | None, collectors: Mapping[str, set[str]], as_of: date
) -> ResourceQuality:
    filled = [_filled(item) for item in resource.elements]
    return ResourceQuality(
        resource=resource,
        completeness=completeness(resource),
        missing=missing_keys(resource),
        items=sum(filled) / len(filled) if filled else 0.0,
        duplicated=tuple(item.name for item in resource.elements if len(collectors[item.name]) > 1),
        overdue=is_overdue(resource, as_of),
        mounted=bool(resource.table),
        rules=result.passed if result is not None else None,
    )


def _filled(item: DataElement) -> float:
    """English name, meaning, synonyms, label; a code list says the meaning too, and a number owes its unit."""
    present = [bool(getattr(item, key)) for key in _ITEM_KEYS]
    present[1] = present[1] or bool(item.code_list)
    if item.type in ("number", "integer"):
        present.append(bool(item.unit))
    return sum(present) / len(present)


def _collectors(resources: Iterable[CatalogResource]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for resource in resources:
        for item in resource.elements:
            found.setdefault(item.name, set()).add(resource.provider)
    return found
