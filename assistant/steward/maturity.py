"""Self-assessment of maturity (政务数据发展白皮书 2023): computed where there is evidence, asked where not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from assistant.domain import LabelStatus, OpenType, SharingType, Text
from assistant.errors import ConfigurationError
from assistant.steward.entries import required_keys
from assistant.steward.estate import Estate
from assistant.steward.quality import Coverage, ResourceQuality
from assistant.steward.vocabulary import base_databases
from assistant.yaml_source import build, read_yaml

_FILE = Path(__file__).with_name("maturity.yaml")
LOWEST, HIGHEST = 1, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidenced:
    """A measure, and the values from which level 2, 3, 4 and 5 hold."""

    measure: str
    steps: tuple[float, ...]

    def level(self, value: float) -> int:
        """1-5."""
        return LOWEST + sum(value >= step for step in self.steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    id: str
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Ability:
    id: str
    part: str  # 基础保障 | 数据支撑 | 价值实现
    name: Text
    evidence: tuple[Evidenced, ...]
    ask: tuple[Asked, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureName:
    """How a measure is called; `share`: a ratio, shown as a percentage."""

    id: str
    name: Text
    share: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One measured value and the level it stands for."""

    measure: str
    value: float
    level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """One ability. `level` 1-5, the lowest of its evidence and answers (a chain is as strong as that); None where
    nothing is known. `open`: questions that nobody answered yet."""

    ability: Ability
    level: int | None
    evidence: tuple[Evidence, ...]
    answered: tuple[tuple[str, int], ...]
    open: tuple[Asked, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Beyond:
    """What stands outside the catalog: documents (in force, all), roles, the engine's coverage."""

    documents: int = 0
    documents_in_force: int = 0
    roles: int = 0
    coverage: Coverage | None = None


def rate(
    estate: Estate, assessed: Iterable[ResourceQuality], beyond: Beyond, answers: Mapping[str, int] | None = None
) -> tuple[Rated, ...]:
    """All 17 abilities. `answers` are levels 1-5 by question id, given by the departments."""
    measured = measures(estate, tuple(assessed), beyond)
    return tuple(_rated(one, measured, answers or {}) for one in abilities())


def measures(estate: Estate, assessed: tuple[ResourceQuality, ...], beyond: Beyond) -> dict[str, float]:
    """Every measure that has evidence; what has none is absent. Ratios are 0-1, the rest are counts."""
    found = _of_catalog(estate, assessed) | _of_items(estate) | _of_requests(estate)
    if estate.metrics:
        found["metrics"] = len(estate.metrics)
        found["metrics_defined"] = _share(bool(one.definition and one.owner) for one in estate.metrics)
    if beyond.documents:
        found["documents"] = beyond.documents
        found["documents_in_force"] = beyond.documents_in_force / beyond.documents
    if beyond.roles:
        found["roles"] = beyond.roles
    if beyond.coverage is not None and beyond.coverage.tables is not None:
        found["tables_covered"] = beyond.coverage.tables
    return found


def _of_catalog(estate: Estate, assessed: tuple[ResourceQuality, ...]) -> dict[str, float]:
    listed = estate.resources
    if not listed:
        return {}
    conditional = [one for one in listed if {"sharing_condition", "sharing_basis"} & set(required_keys(one))]
    checked = [one.rules for one in assessed if one.rules is not None]
    found = {
        "owner_rate": _share(bool(one.owner_office) for one in listed),
        "providers": float(len({one.provider for one in listed})),
        "completeness": _mean(one.completeness for one in assessed),
        "items_complete": _mean(one.items for one in assessed),
        "mounted_rate": _share(bool(one.table) for one in listed),
        "timely_rate": _share(not one.overdue for one in assessed),
        "base_databases": float(len({one.category for one in listed} & set(base_databases()))),
        "shared_rate": _share(one.sharing_type is not SharingType.NOT_SHARED for one in listed),
        "open_rate": _share(one.open_type is not OpenType.NOT_OPEN for one in listed),
        "conditions_stated": _share(bool(one.sharing_condition or one.sharing_basis) for one in conditional),
    }
    if checked:
        found |= {"rules_passed": _mean(checked), "rules_cover": len(checked) / len(listed)}
    return found


def _of_items(estate: Estate) -> dict[str, float]:
    items = [element for _, element in estate.elements()]
    if not items:
        return {}
    labels = [one.label for one in items if one.label is not None]
    collectors: dict[str, set[str]] = {}
    for resource, element in estate.elements():
        collectors.setdefault(element.name, set()).add(resource.provider)
    return {
        "labelled_rate": len(labels) / len(items),
        "confirmed_rate": sum(one.status is LabelStatus.CONFIRMED for one in labels) / len(items),
        "labels_with_basis": sum(bool(one.basis) for one in labels) / len(items),
        "code_lists": _share(bool(one.code_list) for one in items),
        "single_source": _share(len(departments) == 1 for departments in collectors.values()),
    }


def _of_requests(estate: Estate) -> dict[str, float]:
    if not estate.requests:
        return {}
    total = sum(row.weight for row in estate.requests)
    counted = [(row.counted or {}, row.weight) for row in estate.requests]
    allowed = sum(weight for one, weight in counted if set(one.get("verdict", ())) & {"allow", "mask", "suppress"})
    departments = {name for one, _ in counted for name in one.get("department", ())}
    return {
        "requests": float(total),
        "audited": 1.0,
        "answered_rate": allowed / total,
        "departments_asking": float(len(departments)),
    }


def _rated(ability: Ability, measured: Mapping[str, float], answers: Mapping[str, int]) -> Rated:
    evidence = tuple(
        Evidence(measure=one.measure, value=measured[one.measure], level=one.level(measured[one.measure]))
        for one in ability.evidence
        if one.measure in measured
    )
    answered = tuple((one.id, min(HIGHEST, max(LOWEST, answers[one.id]))) for one in ability.ask if one.id in answers)
    levels = [one.level for one in evidence] + [level for _, level in answered]
    return Rated(
        ability=ability,
        level=min(levels) if levels else None,
        evidence=evidence,
        answered=answered,
        open=tuple(one for one in ability.ask if one.id not in answers),
    )


def abilities() -> tuple[Ability, ...]:
    """The model of maturity.yaml. Raises ConfigurationError naming file, line and key."""
    return _model().abilities


def measure_names() -> Mapping[str, MeasureName]:
    """How each measure is called, by its id. Raises ConfigurationError as `abilities` does."""
    return {one.id: one for one in _model().measures}


@cache
def _model() -> _Model:
    return build(_Model, read_yaml(_FILE, ConfigurationError))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Model:
    abilities: tuple[Ability, ...]
    measures: tuple[MeasureName, ...]


def _share(flags: Iterable[bool]) -> float:
    listed = list(flags)
    return sum(listed) / len(listed) if listed else 0.0


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return sum(listed) / len(listed) if listed else 0.0
