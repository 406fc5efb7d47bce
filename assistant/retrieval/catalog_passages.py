"""Catalog resources, data items and metrics as passages of their own kind. Pure.

Who may see an entry: what is open to the public is public; what departments share is known to every department, which
is what a catalog is for; what is not shared is known to its provider. Important data and above keep their own level.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from typing import Protocol

from assistant.domain import CatalogResource, DataElement, Level, OpenType, Passage, SharingType
from assistant.retrieval.library import encode

_LISTED_ELEMENTS = 60  # names in a resource's own passage; further items are found by their own passages


class HasResources(Protocol):
    @property
    def resources(self) -> tuple[CatalogResource, ...]: ...


class MetricText(Protocol):
    """What a metric must tell to be found: the semantic model's metrics fit."""

    @property
    def metric_id(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def text(self) -> str: ...


def catalog_passages(catalog: HasResources, metrics: Iterable[MetricText] = ()) -> tuple[Passage, ...]:
    """One passage a resource, one a data item, one a metric."""
    found: list[Passage] = []
    for resource in catalog.resources:
        whole = _resource(resource)
        found.append(whole)
        found.extend(_element(resource, element, whole) for element in resource.elements)
    found.extend(
        identified(
            Passage(
                passage_id="",
                kind="metric",
                source_id=metric.metric_id,
                title=metric.name,
                section="",
                text=metric.text,
            )
        )
        for metric in metrics
    )
    return tuple(found)


def identified(passage: Passage) -> Passage:
    """The passage with its id: the SHA-256 of everything else in it."""
    bare = replace(passage, passage_id="")
    return replace(bare, passage_id=hashlib.sha256(encode(bare).encode()).hexdigest())


def _resource(resource: CatalogResource) -> Passage:
    lines = (
        _line("", resource.name_en),
        _line("又称", "、".join(resource.synonyms)),
        _line("代码", resource.resource_id),
        _line("分类", resource.category),
        _line("提供方", " ".join(filter(None, (resource.provider, resource.owner_office)))),
        _line("摘要", resource.abstract),
        _line("", resource.abstract_en),
        _line("信息项", "、".join(element.name for element in resource.elements[:_LISTED_ELEMENTS])),
        _line("共享类型", " ".join(filter(None, (resource.sharing_type, resource.sharing_condition)))),
        _line("开放属性", " ".join(filter(None, (resource.open_type, resource.open_condition)))),
        _line("更新周期", resource.update_cycle),
    )
    return identified(
        Passage(
            passage_id="",
            kind="catalog",
            source_id=resource.resource_id,
            title=resource.name,
            section="",
            text="\n".join(filter(None, lines)),
            level=_level(resource),
            department=resource.provider,
            is_public=_is_public(resource),
            issued_on=resource.updated_on or resource.published_on,
            issuer=resource.provider,
            open_type=resource.open_type,
            doc_no=resource.resource_id,
        )
    )


def _element(resource: CatalogResource, element: DataElement, whole: Passage) -> Passage:
    codes = "、".join(f"{code} {name}" for code, name in element.code_list)
    lines = (
        f"{resource.name}：{element.name}",
        _line("", element.name_en),
        _line("又称", "、".join(element.synonyms)),
        _line("字段", element.column or ""),
        _line("说明", element.description),
        _line("单位", element.unit or ""),
        _line("代码表", codes),
        _line("提供方", resource.provider),
    )
    label = element.label.level if element.label is not None else Level.G1
    return identified(
        replace(
            whole,
            kind="element",
            source_id=element.element_id,
            title=element.name,
            section=resource.name,
            text="\n".join(filter(None, lines)),
            level=max(whole.level, label) if label >= Level.IMP else whole.level,
        )
    )


def _line(name: str, value: str) -> str:
    return f"{name}：{value}" if name and value else value


def _is_public(resource: CatalogResource) -> bool:
    return resource.open_type != OpenType.NOT_OPEN or resource.sharing_type != SharingType.NOT_SHARED


def _level(resource: CatalogResource) -> Level:
    if resource.level >= Level.IMP:
        return resource.level
    if resource.open_type != OpenType.NOT_OPEN:
        return Level.G1
    # The entry of a shared resource is internal, not the data's own level: departments must learn that it exists.
    return Level.G2 if resource.sharing_type != SharingType.NOT_SHARED else max(resource.level, Level.G2)
