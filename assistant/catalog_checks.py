"""What must hold in a catalog beyond the shape of its files: within a resource, between files, and with the engine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from assistant.domain import CatalogResource, DataElement, Finding, Level, OpenType, SharingType, Text
from assistant.errors import ConfigurationError

if TYPE_CHECKING:
    from assistant.catalog import Catalog
    from assistant.yaml_source import Node

TYPES = ("string", "integer", "number", "date", "datetime", "boolean")
CYCLES = ("实时", "每日", "每周", "每月", "每季度", "每年", "不定期", "一次性")
MASKS = ("full", "name", "id18", "phone", "address", "free_text", "email", "plate")
NOT_SERVED = (Level.CORE, Level.WS, Level.SS)

_ENGINE_TYPES = {
    "string": ("varchar", "char", "text", "enum", "uuid"),
    "integer": ("int", "bigint", "smallint", "tinyint", "hugeint"),
    "number": ("double", "float", "real", "decimal", "numeric", "int", "bigint", "hugeint"),
    "date": ("date",),
    "datetime": ("timestamp", "datetime"),
    "boolean": ("bool",),
}


def check_resource(resource: CatalogResource, node: Node) -> Iterator[ConfigurationError]:
    """Errors within one resource; `node` is its file's top, for the lines."""
    yield from _core(resource, node)
    yield from _governance(resource, node)
    yield from _unit(resource, node)
    yield from _releases(resource, node)
    listed = node.child("elements").sequence()
    for element, item in zip(resource.elements, listed, strict=True):
        yield from _element(element, resource, item)
    columns = Counter(e.column or "" for e in resource.elements)
    names = Counter(e.name for e in resource.elements)
    for element, item in zip(resource.elements, listed, strict=True):
        if (element.column and columns[element.column] > 1) or names[element.name] > 1:
            yield item.problem(f"信息项 {element.name} 重复。", f"the item {element.name} is there twice.")


def check_files(found: Sequence[tuple[CatalogResource, Node]]) -> Iterator[ConfigurationError]:
    """Errors between files: codes and tables used twice, relations to resources that do not exist."""
    ids: dict[str, Node] = {}
    tables: dict[str, Node] = {}
    for resource, node in found:
        for key, value, seen in (("resource_id", resource.resource_id, ids), ("table", resource.table, tables)):
            if value is None:
                continue
            first = seen.setdefault(value, node)
            if first is not node:
                zh, en = f"{value} 已用于 {first.file.name}。", f"{value} is already used in {first.file.name}."
                yield _at(node, key).problem(zh, en)
    for resource, node in found:
        for code in resource.related:
            if code not in ids:
                yield _at(node, "related").problem(
                    f"关联资源 {code} 不存在。", f"the related resource {code} does not exist."
                )


def check_against_schema(catalog: Catalog, schema: Mapping[str, Mapping[str, str]]) -> tuple[Finding, ...]:
    """Compare with the engine's {table: {column: type}}: every physical column must be described and labelled."""
    found: list[Finding] = []
    for table, columns in sorted(schema.items()):
        resource = catalog.by_table.get(table)
        if resource is None:
            zh, en = f"表 {table} 未编目，不提供服务。", f"The table {table} is not in the catalog and is not served."
            found.append(_finding("table_not_in_catalog", zh, en, f"catalog/{table}.yaml"))
            continue
        found.extend(_columns(resource, table, columns))
    for table in sorted(set(catalog.by_table) - set(schema)):
        zh, en = f"编目的表 {table} 不在库中。", f"The cataloged table {table} is not in the engine."
        found.append(_finding("table_not_in_engine", zh, en, catalog.by_table[table].resource_id))
    return tuple(found)


def _columns(resource: CatalogResource, table: str, columns: Mapping[str, str]) -> Iterator[Finding]:
    described = {e.column: e for e in resource.elements if e.column}
    for column, kind in columns.items():
        element = described.get(column)
        where = f"{table}.{column}"
        if element is None:
            zh, en = f"列 {where} 未编目，不提供服务。", f"The column {where} is not in the catalog and is not served."
            yield _finding("column_not_in_catalog", zh, en, resource.resource_id)
        elif element.label is None:
            zh, en = f"列 {where} 未分类分级，不提供服务。", f"The column {where} is not classified and is not served."
            yield _finding("column_without_label", zh, en, resource.resource_id)
        elif not kind.lower().startswith(_ENGINE_TYPES[element.type]):
            zh = f"列 {where} 编目为 {element.type}，库中为 {kind}。"
            en = f"The column {where} is {element.type} in the catalog and {kind} in the engine."
            yield _finding("type_differs", zh, en, resource.resource_id)
    for missing in sorted(set(described) - set(columns)):
        zh, en = (
            f"编目的列 {table}.{missing} 不在库中。",
            f"The cataloged column {table}.{missing} is not in the engine.",
        )
        yield _finding("column_not_in_engine", zh, en, resource.resource_id)


def _core(resource: CatalogResource, node: Node) -> Iterator[ConfigurationError]:
    for key in ("resource_id", "name", "category", "provider"):
        if not getattr(resource, key).strip():
            yield _at(node, key).problem(f"{key} 为必填项。", f"{key} must be filled in.")
    if "." in resource.resource_id:
        yield _at(node, "resource_id").problem("代码不得含点号。", "a code must not contain a dot.")
    if resource.update_cycle not in CYCLES:
        zh, en = f"应为 {'、'.join(CYCLES)} 之一。", f"must be one of {', '.join(CYCLES)}."
        yield _at(node, "update_cycle").problem(zh, en)
    if resource.published_on and resource.updated_on and resource.updated_on < resource.published_on:
        yield _at(node, "updated_on").problem("早于发布日期。", "is before published_on.")


def _governance(resource: CatalogResource, node: Node) -> Iterator[ConfigurationError]:
    if resource.sharing_type is SharingType.NOT_SHARED and not resource.sharing_basis.strip():
        zh, en = "不予共享必须写明法律依据。", "不予共享 (not shared) needs its legal basis."
        yield _at(node, "sharing_basis").problem(zh, en)
    if resource.sharing_type is SharingType.CONDITIONAL and not resource.sharing_condition.strip():
        zh, en = "有条件共享必须写明条件。", "有条件共享 (conditional) needs its condition."
        yield _at(node, "sharing_condition").problem(zh, en)
    if resource.open_type is OpenType.CONDITIONAL and not resource.open_condition.strip():
        zh, en = "有条件开放必须写明条件。", "有条件开放 (conditional) needs its condition."
        yield _at(node, "open_condition").problem(zh, en)
    if resource.level in NOT_SERVED and resource.table:
        zh, en = (
            f"{resource.level.name} 级资源不得挂接库表。",
            f"level {resource.level.name} is never served: no table.",
        )
        yield _at(node, "table").problem(zh, en)


def _unit(resource: CatalogResource, node: Node) -> Iterator[ConfigurationError]:
    if resource.table is None:
        return
    if (resource.unit is None) != (resource.unit_column is None):
        zh, en = "unit 与 unit_column 应同时填写。", "unit and unit_column go together."
        yield _at(node, "unit").problem(zh, en)
    if resource.unit_column and resource.unit_column not in {e.column for e in resource.elements}:
        zh, en = f"{resource.unit_column} 不是本资源的列。", f"{resource.unit_column} is no column of this resource."
        yield _at(node, "unit_column").problem(zh, en)


def _releases(resource: CatalogResource, node: Node) -> Iterator[ConfigurationError]:
    if bool(resource.releases) != (resource.release_column is not None):
        zh, en = "release_column 与 releases 应同时填写。", "release_column and releases go together."
        yield _at(node, "releases").problem(zh, en)
    if resource.release_column and resource.release_column not in {e.column for e in resource.elements}:
        zh, en = (
            f"{resource.release_column} 不是本资源的列。",
            f"{resource.release_column} is no column of this resource.",
        )
        yield _at(node, "release_column").problem(zh, en)


def _element(element: DataElement, resource: CatalogResource, node: Node) -> Iterator[ConfigurationError]:
    if element.type not in TYPES:
        yield _at(node, "type").problem(f"应为 {'、'.join(TYPES)} 之一。", f"must be one of {', '.join(TYPES)}.")
    if resource.table and element.column is None:
        zh, en = "有库表的资源，每个信息项都要写 column。", "an item of a resource with a table needs its column."
        yield node.problem(zh, en)
    if resource.table is None and element.column is not None:
        yield _at(node, "column").problem("本资源没有库表。", "this resource has no table.")
    label = element.label
    if label is None:
        return
    if label.mask is not None and label.mask not in MASKS:
        yield _at(node, "mask").problem(f"应为 {'、'.join(MASKS)} 之一。", f"must be one of {', '.join(MASKS)}.")
    if label.bin_width is not None and label.bin_width <= 0:
        yield _at(node, "bin_width").problem("应为正数。", "must be positive.")
    if label.level in NOT_SERVED and resource.level not in NOT_SERVED:
        zh, en = "信息项级别高于资源级别。", "the item's level is above the resource's."
        yield _at(node, "level").problem(zh, en)
    if label.valid_from and label.valid_to and label.valid_to <= label.valid_from:
        yield _at(node, "valid_to").problem("应晚于 valid_from。", "must be after valid_from.")


def _at(node: Node, key: str) -> Node:
    """The node of `key` where it is written, else the mapping itself."""
    return node.get(key) or node


def _finding(code: str, zh: str, en: str, hint: str) -> Finding:
    return Finding(code=code, message=Text(zh=zh, en=en), hint=hint)
