"""The catalog of a workspace: one YAML file a resource, checked, indexed by id and table, with a version.

The keys of a file are the fields of `CatalogResource`; an item of `elements` has the fields of `DataElement` and of its
`Classification` side by side, so that one line describes one column:

    - {column: gender, name: 性别, type: string, role: quasi_id, level: G2, categories: [personal], code_list: {男: 男}}
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from assistant.catalog_checks import check_files, check_resource
from assistant.domain import CatalogResource, Classification, DataElement
from assistant.errors import CatalogError, ConfigurationError
from assistant.yaml_source import Node, joined, read_folder, try_build


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreKey:
    """One core metadata key of a resource: where it comes from and what DCAT calls it."""

    key: str
    name: str  # 政务信息资源目录编制指南(试行); GB/T 21063.3
    name_en: str
    dcat: str  # W3C DCAT 3 / DCTERMS term, "" where there is none


CORE_METADATA = (
    CoreKey(key="category", name="信息资源分类", name_en="Category", dcat="dcat:theme"),
    CoreKey(key="name", name="信息资源名称", name_en="Title", dcat="dct:title"),
    CoreKey(key="resource_id", name="信息资源代码", name_en="Identifier", dcat="dct:identifier"),
    CoreKey(key="provider", name="信息资源提供方", name_en="Provider", dcat="dct:publisher"),
    CoreKey(
        key="provider_code", name="信息资源提供方代码", name_en="Provider code", dcat="dct:publisher/dct:identifier"
    ),
    CoreKey(key="owner_office", name="责任处室", name_en="Responsible office", dcat="dcat:contactPoint"),
    CoreKey(key="abstract", name="信息资源摘要", name_en="Abstract", dcat="dct:description"),
    CoreKey(key="format", name="信息资源格式", name_en="Format", dcat="dct:format"),
    CoreKey(key="elements", name="信息项", name_en="Data items", dcat="csvw:tableSchema"),
    CoreKey(key="sharing_type", name="共享类型", name_en="Sharing type", dcat="dct:accessRights"),
    CoreKey(key="sharing_condition", name="共享条件", name_en="Sharing condition", dcat="odrl:hasPolicy"),
    CoreKey(key="sharing_method", name="共享方式", name_en="Sharing method", dcat="dcat:distribution"),
    CoreKey(key="sharing_basis", name="不予共享依据", name_en="Legal basis", dcat="dcatap:applicableLegislation"),
    CoreKey(key="open_type", name="开放属性", name_en="Openness", dcat="dct:accessRights"),
    CoreKey(key="open_condition", name="开放条件", name_en="Condition of opening", dcat="odrl:hasPolicy"),
    CoreKey(key="update_cycle", name="更新周期", name_en="Update cycle", dcat="dct:accrualPeriodicity"),
    CoreKey(key="published_on", name="发布日期", name_en="Issued", dcat="dct:issued"),
    CoreKey(key="updated_on", name="更新日期", name_en="Modified", dcat="dct:modified"),
    CoreKey(key="related", name="关联资源代码", name_en="Related resources", dcat="dct:relation"),
    CoreKey(key="level", name="数据级别", name_en="Level", dcat="dct:accessRights"),
)

LABEL_KEYS = tuple(f.name for f in dataclasses.fields(Classification))
_ITEM_KEYS = tuple(f.name for f in dataclasses.fields(DataElement) if f.name not in ("element_id", "label"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """All resources of a workspace. Made by load_catalog or read_catalog; lookups return None for the unknown."""

    resources: tuple[CatalogResource, ...]
    version: str  # 16 hex digits of the SHA-256 of the files
    by_id: Mapping[str, CatalogResource] = field(init=False)
    by_table: Mapping[str, CatalogResource] = field(init=False)
    elements: Mapping[str, DataElement] = field(init=False)  # by element id

    def __post_init__(self) -> None:
        by_id = {r.resource_id: r for r in self.resources}
        by_table = {r.table: r for r in self.resources if r.table}
        elements = {e.element_id: e for r in self.resources for e in r.elements}
        object.__setattr__(self, "by_id", MappingProxyType(by_id))
        object.__setattr__(self, "by_table", MappingProxyType(by_table))
        object.__setattr__(self, "elements", MappingProxyType(elements))

    def element(self, element_id: str) -> DataElement | None:
        """The data item called `<table>.<column>` or `<resource_id>.<name>`."""
        return self.elements.get(element_id)

    def resource_of(self, element_id: str) -> CatalogResource | None:
        """The resource that an item belongs to."""
        owner = element_id.partition(".")[0]
        return self.by_table.get(owner) or self.by_id.get(owner)


def load_catalog(workspace: Path) -> Catalog:
    """The catalog of `<workspace>/catalog`. Raises CatalogError that lists every wrong file, line and key."""
    catalog, errors = read_catalog(workspace)
    if errors:
        raise joined(errors)
    return catalog


def read_catalog(workspace: Path) -> tuple[Catalog, list[ConfigurationError]]:
    """What is right in `<workspace>/catalog`, and what is wrong with the rest; wrong resources are left out."""
    folder = workspace / "catalog"
    nodes, errors = read_folder(folder, CatalogError)
    found: list[tuple[CatalogResource, Node]] = []
    for node in nodes:
        resource = _resource(node, errors)
        if resource is not None:
            found.append((resource, node))
    errors.extend(check_files(found))
    wrong = {error.file for error in errors}
    right = tuple(resource for resource, node in found if str(node.file) not in wrong)
    return Catalog(resources=right, version=_version(nodes, folder)), errors


def _resource(node: Node, errors: list[ConfigurationError]) -> CatalogResource | None:
    if not isinstance(node.value, dict):
        errors.append(node.problem("应为一份信息资源（键值对）。", "must be one resource (a mapping)."))
        return None
    before = len(errors)
    rest = dataclasses.replace(node, value={k: n for k, n in node.value.items() if k != "elements"})
    resource = try_build(CatalogResource, rest, errors)
    owner = _written(node, "table") or _written(node, "resource_id")
    elements = _elements(node, owner, errors)
    if resource is None or len(errors) > before:
        return None
    resource = dataclasses.replace(resource, elements=elements)
    errors.extend(check_resource(resource, node))
    return resource if len(errors) == before else None


def _elements(node: Node, owner: str, errors: list[ConfigurationError]) -> tuple[DataElement, ...]:
    listed = node.get("elements")
    if listed is None or not isinstance(listed.value, tuple) or not listed.value:
        errors.append(
            (listed or node).problem("elements 应为信息项列表，至少一项。", "elements must list at least one item.")
        )
        return ()
    items = (_element(item, owner, errors) for item in listed.value)
    return tuple(item for item in items if item is not None)


def _element(node: Node, owner: str, errors: list[ConfigurationError]) -> DataElement | None:
    if not isinstance(node.value, dict):
        errors.append(node.problem("信息项应为键值对。", "an item must be a mapping."))
        return None
    before = len(errors)
    errors.extend(node.unknown_keys((*_ITEM_KEYS, *LABEL_KEYS)))
    own = {k: n for k, n in node.value.items() if k in _ITEM_KEYS}
    column = own.get("column") or own.get("name")
    element_id = f"{owner}.{column.raw if column else ''}"
    own["element_id"] = dataclasses.replace(node, value=element_id, raw=element_id)
    element = try_build(DataElement, dataclasses.replace(node, value=own), errors)
    label = _label(node, errors)
    if element is None or len(errors) > before:
        return None
    return dataclasses.replace(element, label=label)


def _label(node: Node, errors: list[ConfigurationError]) -> Classification | None:
    """The item's label; None where it has no label key at all: then the item is not served."""
    keys = {k: n for k, n in node.mapping().items() if k in LABEL_KEYS}
    if not keys:
        return None
    return try_build(Classification, dataclasses.replace(node, value=keys), errors)


def _written(node: Node, key: str) -> str:
    found = node.get(key)
    return (found.raw or "") if found is not None else ""


def _version(nodes: list[Node], folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(node.file for node in nodes):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]
