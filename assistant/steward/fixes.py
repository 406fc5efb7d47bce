"""Proposed fixes for what a question found: a unified diff of catalog files that a steward applies, never we."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.domain import CatalogResource, Classification, DataElement, Level, Text
from assistant.errors import CatalogError
from assistant.steward.entries import identifiers_of, is_marked_sensitive
from assistant.steward.estate import Estate
from assistant.steward.filters import CatalogFilter, Condition, Op, Subject
from assistant.steward.proposals import LabelProposal, propose_labels
from assistant.steward.tables import StewardTable
from assistant.steward.yaml_patch import Setting, patched
from assistant.yaml_source import read_folder

_COPIED = ("description", "name_en", "unit")  # what a same-named item elsewhere may lend


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One key of one resource (element_id "") or item, and where the value comes from."""

    resource_id: str
    element_id: str
    key: str
    value: Any
    why: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixes:
    """`diff` is for `git apply` or `patch -p1` in the workspace; `open` is what only a person can answer."""

    changes: tuple[Change, ...] = ()
    diff: str = ""
    open: tuple[Text, ...] = ()


def propose_fixes(asked: CatalogFilter, table: StewardTable, estate: Estate, workspace: Path) -> Fixes:
    """Fixes for the rows of the answer, as far as the catalog itself knows them. Raises CatalogError."""
    changes: list[Change] = []
    unknown: list[Text] = []
    resources = {one.resource_id: one for one in estate.resources}
    items = {element.element_id: (resource, element) for resource, element in estate.elements()}
    for row_id in dict.fromkeys(one for one in table.ids if one):
        found, left = _for_row(resources.get(row_id), items.get(row_id), asked, estate)
        changes += found
        unknown += left
    return Fixes(changes=tuple(changes), diff=as_diff(changes, workspace), open=tuple(dict.fromkeys(unknown)))


def as_diff(changes: Sequence[Change], workspace: Path) -> str:
    """One unified diff over all files that the changes touch, paths relative to the workspace."""
    if not changes:
        return ""
    nodes, _ = read_folder(workspace / "catalog", CatalogError)
    pieces: list[str] = []
    for node in nodes:
        known = node.value if isinstance(node.value, dict) else {}
        code = known["resource_id"].raw if "resource_id" in known else None
        settings = [setting for one in changes if one.resource_id == code for setting in _settings(one, node)]
        if not settings:
            continue
        before = node.file.read_text(encoding="utf-8")
        name = node.file.relative_to(workspace).as_posix()
        lines = difflib.unified_diff(
            before.splitlines(keepends=True),
            patched(before, settings).splitlines(keepends=True),
            f"a/{name}",
            f"b/{name}",
        )
        pieces += [line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines]
    return "".join(pieces)


def _settings(change: Change, node: Any) -> Iterator[Setting]:
    if not change.element_id:
        yield Setting((), change.key, change.value)
        return
    wanted = change.element_id.partition(".")[2]
    for place, item in enumerate(node.child("elements").sequence()):
        named = item.get("column") or item.get("name")
        if named is not None and named.raw == wanted:
            yield Setting(("elements", place), change.key, change.value)


# --------------------------------------------------------------------------- what can be proposed


def _for_row(
    resource: CatalogResource | None,
    pair: tuple[CatalogResource, DataElement] | None,
    asked: CatalogFilter,
    estate: Estate,
) -> tuple[list[Change], list[Text]]:
    changes: list[Change] = []
    unknown: list[Text] = []
    for one in asked.conditions:
        if pair is not None and asked.subject is Subject.ELEMENT:
            changes += _for_element(*pair, one, estate)
        elif resource is not None and asked.subject is Subject.RESOURCE:
            found = list(_for_resource(resource, one, asked, estate))
            changes += found
            if not found:
                unknown += _ask_owner(resource, one)
    return _distinct(changes), unknown


def _distinct(changes: list[Change]) -> list[Change]:
    seen: dict[tuple[str, str, str], Change] = {}
    for one in changes:
        seen.setdefault((one.resource_id, one.element_id, one.key), one)
    return list(seen.values())


def _for_resource(resource: CatalogResource, one: Condition, asked: CatalogFilter, estate: Estate) -> Iterator[Change]:
    if one == Condition(field="owner_office", op=Op.MISSING):
        yield from _office(resource, estate)
    elif one == Condition(field="sharing_basis", op=Op.MISSING):
        yield from _basis(resource)
    elif one.field in ("sensitive", "labelled") and one.values == ("no",):
        kinds = {value for held in asked.on("holds") for value in held.values}
        yield from _labels(resource, kinds)


def _office(resource: CatalogResource, estate: Estate) -> Iterator[Change]:
    """The office of the department's other resources: of the same category first, and only where they agree."""
    others = [one for one in estate.resources if one.provider == resource.provider and one.owner_office]
    for same in ([one for one in others if one.category == resource.category], others):
        offices = {one.owner_office for one in same}
        if len(offices) == 1:
            codes = "、".join(one.resource_id for one in same[:3])
            why = Text(zh=f"同部门资源的责任处室：{codes}", en=f"office of the department's resources {codes}")
            yield Change(
                resource_id=resource.resource_id, element_id="", key="owner_office", value=offices.pop(), why=why
            )
            return


def _basis(resource: CatalogResource) -> Iterator[Change]:
    laws = Counter(
        element.label.basis
        for element in resource.elements
        if element.label is not None and element.label.basis and element.label.level >= Level.G3
    )
    if laws:
        law, count = laws.most_common(1)[0]
        why = Text(zh=f"{count} 个数据项的定级依据", en=f"basis of the labels of {count} items")
        yield Change(resource_id=resource.resource_id, element_id="", key="sharing_basis", value=law, why=why)


def _labels(resource: CatalogResource, kinds: set[str]) -> Iterator[Change]:
    proposals = {one.element_id: one for one in propose_labels([resource], also_confirmed=True)}
    for element in resource.elements:
        concerned = not is_marked_sensitive(element) and (not kinds or kinds & set(identifiers_of(element)))
        if concerned and element.element_id in proposals:
            yield from label_changes(proposals[element.element_id], element.label)


def label_changes(proposal: LabelProposal, before: Classification | None) -> Iterator[Change]:
    """A proposed label as changes of its item's keys, only those that differ."""
    label = proposal.label
    values = {
        "level": label.level.name,
        "role": label.role.value,
        "categories": [one.value for one in label.categories],
        "special_type": label.special_type,
        "mask": label.mask,
        "basis": label.basis,
        "status": label.status.value,
    }
    why = Text(
        zh="；".join(one.why.zh for one in proposal.clues) + f"（置信度 {proposal.confidence:.0%}）",
        en="; ".join(one.why.en for one in proposal.clues) + f" (confidence {proposal.confidence:.0%})",
    )
    old = {name: getattr(before, name, None) for name in values}
    for key, value in values.items():
        if value in (None, "", []) or str(old[key]) == str(value):
            continue
        yield Change(resource_id=proposal.resource_id, element_id=proposal.element_id, key=key, value=value, why=why)


def _for_element(resource: CatalogResource, element: DataElement, one: Condition, estate: Estate) -> Iterator[Change]:
    if one.op is Op.SAME_MEANING:
        for word in one.values:
            if word != element.name and word not in element.synonyms:
                why = Text(zh=f"与“{word}”同义", en=f"means the same as “{word}”")
                value = [*element.synonyms, word]
                yield _on(resource, element, "synonyms", value, why)
    elif one.op is Op.MISSING and one.field in _COPIED:
        for _, twin in estate.elements():
            lent = getattr(twin, one.field)
            if twin.name == element.name and twin is not element and lent:
                why = Text(
                    zh=f"取自同名数据项 {twin.element_id}", en=f"from the item of the same name, {twin.element_id}"
                )
                yield _on(resource, element, one.field, lent, why)
                return
    elif one.field in ("sensitive", "labelled", "confirmed") and one.values == ("no",):
        for proposal in propose_labels([resource], also_confirmed=one.field == "sensitive"):
            if proposal.element_id == element.element_id:
                yield from label_changes(proposal, element.label)


def _on(resource: CatalogResource, element: DataElement, key: str, value: Any, why: Text) -> Change:
    return Change(resource_id=resource.resource_id, element_id=element.element_id, key=key, value=value, why=why)


def _ask_owner(resource: CatalogResource, one: Condition) -> Iterator[Text]:
    office = resource.owner_office or resource.provider
    named = f"{resource.resource_id} {resource.name}"
    if one == Condition(field="overdue", op=Op.IS, values=("yes",)):
        yield Text(
            zh=f"{named}：请{office}更新数据，或核实更新周期“{resource.update_cycle}”是否准确。",
            en=f"{named}: ask {office} to update the data, or to check the cycle {resource.update_cycle}.",
        )
    elif one.op is Op.MISSING:
        yield Text(
            zh=f"{named}：目录中没有可以参照的内容，请{office}补填。",
            en=f"{named}: the catalog holds nothing to go by; ask {office} to fill it in.",
        )
    elif one == Condition(field="mounted", op=Op.IS, values=("no",)):
        yield Text(
            zh=f"{named}：请{office}挂接数据，或注明原因和计划时间。",
            en=f"{named}: ask {office} to mount the data, or to state the reason and a date.",
        )
