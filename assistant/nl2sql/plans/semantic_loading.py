"""`<workspace>/semantic/**/*.yaml` into a SemanticModel; what is wrong is named by file, line and key."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.domain import Text
from assistant.errors import ConfigurationError, SemanticModelError
from assistant.nl2sql.plans.semantic_model import (
    Ambiguity,
    Dimension,
    Entity,
    Join,
    Metric,
    NamedValue,
    Releases,
    SemanticModel,
    VerifiedQuestion,
)
from assistant.workspace import load_workspace
from assistant.yaml_source import Node, joined, read_folder, try_build

if TYPE_CHECKING:
    from assistant.catalog import Catalog

_LISTS: dict[str, Any] = {
    "entities": Entity,
    "joins": Join,
    "dimensions": Dimension,
    "metrics": Metric,
    "ambiguities": Ambiguity,
    "verified": VerifiedQuestion,
    "value_names": NamedValue,
}
_WORDS = ("fillers", "out_of_scope")


@dataclass(slots=True)
class _Found:
    """What the files hold so far."""

    items: dict[str, list[tuple[Any, Node]]] = field(default_factory=lambda: {key: [] for key in _LISTS})
    words: dict[str, list[str]] = field(default_factory=lambda: {key: [] for key in _WORDS})
    errors: list[ConfigurationError] = field(default_factory=list)

    def built(self, key: str) -> tuple[Any, ...]:
        return tuple(item for item, _ in self.items[key])


def load(workspace: Path, catalog: Catalog | None) -> SemanticModel:
    """See semantic_model.load_semantic_model."""
    card = load_workspace(workspace)
    as_of = card.as_of or date.today()
    folder = workspace / "semantic"
    if not folder.is_dir():
        return SemanticModel(as_of=as_of, resources=_resources(catalog), vocabulary=_vocabulary(catalog))
    found = _read(folder)
    _check_references(found)
    if found.errors:
        raise joined(found.errors)
    return SemanticModel(
        as_of=as_of,
        city=card.name,
        **{key: found.built(key) for key in _LISTS},
        fillers=tuple(found.words["fillers"]),
        out_of_scope=tuple(found.words["out_of_scope"]),
        releases=_releases(catalog, as_of),
        resources=_resources(catalog),
        vocabulary=_vocabulary(catalog),
        places={
            f"{key}:{item.id}": (str(node.file), node.line)
            for key in ("metrics", "dimensions")
            for item, node in found.items[key]
        },
    )


def _read(folder: Path) -> _Found:
    nodes, errors = read_folder(folder, SemanticModelError)
    found = _Found(errors=errors)
    for node in nodes:
        if not isinstance(node.value, dict):
            found.errors.append(node.problem("应为键值对。", "must be a mapping."))
            continue
        found.errors.extend(node.unknown_keys((*_LISTS, *_WORDS)))
        for key, child in node.value.items():
            _read_key(key, child, found)
    return found


def _read_key(key: str, node: Node, found: _Found) -> None:
    if not isinstance(node.value, tuple):
        found.errors.append(node.problem("应为列表。", "must be a list."))
    elif key in _LISTS:
        for item in node.value:
            built = try_build(_LISTS[key], item, found.errors, SemanticModelError)
            if built is not None:
                found.items[key].append((built, item))
    elif key in _WORDS:
        found.words[key].extend(child.raw or "" for child in node.value)


def _check_references(found: _Found) -> None:
    """Names that are used must be declared, names that are declared must differ."""
    for key, attribute in (("metrics", "id"), ("dimensions", "id"), ("entities", "table"), ("verified", "id")):
        seen: set[str] = set()
        for item, node in found.items[key]:
            name = getattr(item, attribute)
            if name in seen:
                found.errors.append(node.problem(f"{name} 重复。", f"{name} is declared twice."))
            seen.add(name)
    tables = {entity.table for entity in found.built("entities")}
    metrics = {metric.id for metric in found.built("metrics")}
    dimensions = {dimension.id for dimension in found.built("dimensions")}
    for metric, node in found.items["metrics"]:
        _check_metric(metric, node, tables, metrics, found.errors)
    for item, node in found.items["ambiguities"]:
        _known((*item.readings, *([item.default] if item.default else [])), metrics, node, found.errors)
    for dimension, node in found.items["dimensions"]:
        places = (dimension.table, dimension.order_column.partition(".")[0], *dimension.instead_in)
        _known(places, tables, node, found.errors)
        _known([dimension.parent] if dimension.parent else [], dimensions, node, found.errors)
    for join, node in found.items["joins"]:
        _known(join.tables, tables, node, found.errors)
    for verified, node in found.items["verified"]:
        _known(verified.metrics, metrics, node, found.errors)
        _known(verified.dimensions, dimensions, node, found.errors)


def _check_metric(
    metric: Metric, node: Node, tables: set[str], metrics: set[str], errors: list[ConfigurationError]
) -> None:
    if metric.is_ratio:
        _known([metric.numerator, metric.denominator], metrics, node, errors)
    elif not metric.expression or not metric.entity:
        errors.append(
            node.problem(
                "指标应写明 entity 与 expression，或 numerator 与 denominator。",
                "a metric needs entity and expression, or numerator and denominator.",
            )
        )
    else:
        _known([metric.entity], tables, node, errors)
    if not metric.is_ratio and metric.timing != "snapshot" and not metric.time:
        errors.append(node.problem("缺少 time（时间列）。", "the key time (a date column) is missing."))


def _known(names: Iterable[str], known: set[str], node: Node, errors: list[ConfigurationError]) -> None:
    for name in names:
        if name not in known:
            errors.append(
                SemanticModelError(
                    Text(zh=f"没有声明 {name}。", en=f"{name} is not declared."),
                    file=node.file,
                    line=node.line,
                    key=node.key,
                )
            )


def _releases(catalog: Catalog | None, as_of: date) -> dict[str, Releases]:
    if catalog is None:
        return {}
    return {
        resource.table: Releases(
            column=resource.release_column,
            released=frozenset(period for period, day in resource.releases if day is not None and day <= as_of),
        )
        for resource in catalog.resources
        if resource.table and resource.release_column
    }


def _resources(catalog: Catalog | None) -> dict[str, str]:
    return {r.table: r.resource_id for r in catalog.resources if r.table} if catalog else {}


def _vocabulary(catalog: Catalog | None) -> frozenset[str]:
    if catalog is None:
        return frozenset()
    words: set[str] = set()
    for resource in catalog.resources:
        words.update((resource.name, resource.name_en.lower(), *resource.synonyms))
        for element in resource.elements:
            words.update((element.name, element.name_en.lower(), *element.synonyms))
    return frozenset(word for word in words if len(word) > 1)
