"""A resource as the YAML of a catalog file, one line an item: what an import writes for a person to check and label."""

from __future__ import annotations

import dataclasses
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import Any

from assistant.domain import CatalogResource, Classification, DataElement, Text
from assistant.errors import CatalogError
from assistant.steward.yaml_patch import flow_text


def as_yaml(resource: CatalogResource) -> str:
    """The text of `<catalog>/<code>.yaml`; reading it again gives the same resource."""
    lines = [f"# {resource.name}：{resource.provider}".replace("\n", " ")]
    for one in dataclasses.fields(CatalogResource):
        value = getattr(resource, one.name)
        if one.name == "elements" or value in (None, "", ()):
            continue
        if one.name == "releases":
            value = dict(value)
        lines.append(f"{one.name}: {flow_text(_plain(value))}")
    lines.append("elements:")
    lines += [f"  - {flow_text(_plain(_item(element)))}" for element in resource.elements]
    return "\n".join(lines) + "\n"


def write_drafts(resources: tuple[CatalogResource, ...], folder: Path) -> tuple[Path, ...]:
    """One new file a resource. Raises CatalogError rather than overwrite one, or leave the folder by a code."""
    paths = [folder / f"{one.resource_id}.yaml" for one in resources]
    for one, path in zip(resources, paths, strict=True):
        if path.parent.resolve() != folder.resolve() or not one.resource_id.strip(". "):
            raise _refused(one.resource_id, "代码不能作文件名", "the code cannot be a file name")
        if path.exists():
            raise _refused(path.name, "文件已存在，不会覆盖", "the file exists and is not overwritten")
    folder.mkdir(parents=True, exist_ok=True)
    for one, path in zip(resources, paths, strict=True):
        path.write_text(as_yaml(one), encoding="utf-8")
    return tuple(paths)


def _item(element: DataElement) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in dataclasses.fields(DataElement):
        value = getattr(element, one.name)
        if one.name not in ("element_id", "label") and value not in (None, "", ()):
            found[one.name] = dict(value) if one.name == "code_list" else value
    if element.label is not None:
        for one in dataclasses.fields(Classification):
            value = getattr(element.label, one.name)
            if value not in (None, "", ()) or one.name in ("level", "role"):
                found[one.name] = value
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, IntEnum):
        return value.name
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    return value


def _refused(what: str, zh: str, en: str) -> CatalogError:
    return CatalogError(Text(zh=f"{what}：{zh}。请换一个目录。", en=f"{what}: {en}. Name another folder."))
