"""Proposed labels for items that no person has labelled: from name, comment, type, values and neighbours.

A proposal may only raise (POLICY_SPEC 1.2: proposed may only raise, never lower). A steward accepts or rejects it; the
verdict is remembered as a case: a rejected one is not made again, an accepted one counts as evidence elsewhere.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from assistant.domain import (
    CatalogResource,
    Category,
    Classification,
    ColumnRole,
    DataElement,
    LabelStatus,
    Level,
    PrivacyUnit,
    Scalar,
    Text,
)
from assistant.errors import ConfigurationError
from assistant.policies.column_evidence import column_evidence
from assistant.steward.entries import identifiers_of
from assistant.steward.label_cases import LabelCase
from assistant.steward.vocabulary import identifier_kinds
from assistant.yaml_source import read_yaml

_FILE = Path(__file__).with_name("labels.yaml")
_STRICTEST = (
    ColumnRole.NEUTRAL,
    ColumnRole.SURROGATE_KEY,
    ColumnRole.QUASI_ID,
    ColumnRole.FREE_TEXT,
    ColumnRole.SECRET_MEASURE,
    ColumnRole.SENSITIVE_ATTR,
    ColumnRole.DIRECT_ID,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clue:
    """One piece of evidence: what it makes of the item, and how sure it is (0-1)."""

    label: Classification
    confidence: float
    why: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelProposal:
    """A label to be put to a steward. `confidence` 0-1 over all clues that agree with its role or level."""

    resource_id: str
    element_id: str
    name: str
    label: Classification
    confidence: float
    clues: tuple[Clue, ...]


def propose_labels(
    resources: Iterable[CatalogResource],
    *,
    values: Mapping[str, Sequence[Scalar]] | None = None,
    cases: Sequence[LabelCase] = (),
    also_confirmed: bool = False,
) -> tuple[LabelProposal, ...]:
    """Proposals, surest first. `values` are samples by element id, where the caller may read any (a harvest does).

    Items with a confirmed label are left alone, unless `also_confirmed`: then only where the evidence is above it.
    """
    listed = tuple(resources)
    found = []
    for resource in listed:
        for element in resource.elements:
            confirmed = element.label is not None and element.label.status is LabelStatus.CONFIRMED
            if confirmed and not also_confirmed:
                continue
            clues = tuple(_clues(resource, element, listed, (values or {}).get(element.element_id, ()), cases))
            proposal = _proposal(resource, element, clues)
            if proposal is not None and not _rejected(proposal, cases):
                found.append(proposal)
    return tuple(sorted(found, key=lambda one: (-one.confidence, one.element_id)))


def raised(label: Classification | None, proposed: Classification) -> Classification:
    """The stricter of both in level and role, categories together; never lower than what stands there."""
    if label is None:
        return replace(proposed, status=LabelStatus.PROPOSED)
    stricter = _STRICTEST.index(proposed.role) > _STRICTEST.index(label.role)
    return replace(
        label,
        level=max(label.level, proposed.level),
        role=proposed.role if stricter else label.role,
        categories=tuple(
            dict.fromkeys((*(c for c in label.categories if c is not Category.OPEN), *proposed.categories))
        )
        if proposed.level > label.level or stricter
        else label.categories,
        special_type=label.special_type or proposed.special_type,
        mask=label.mask or proposed.mask,
        basis=proposed.basis if stricter and proposed.basis else label.basis or proposed.basis,
        status=LabelStatus.PROPOSED,
        evidence=proposed.evidence,
    )


def _proposal(resource: CatalogResource, element: DataElement, clues: tuple[Clue, ...]) -> LabelProposal | None:
    if not clues:
        return None
    strongest = max(clues, key=lambda one: (_STRICTEST.index(one.label.role), one.label.level, one.confidence))
    level = max(one.label.level for one in clues if one.confidence >= 0.3)
    agreeing = [one for one in clues if one.label.role is strongest.label.role or one.label.level >= level]
    doubt = 1.0
    for one in agreeing:
        doubt *= 1 - one.confidence
    evidence = "；".join(one.why.zh for one in clues)
    label = raised(element.label, replace(strongest.label, level=level, evidence=evidence))
    if element.label is not None and (label.level, label.role) == (element.label.level, element.label.role):
        return None
    return LabelProposal(
        resource_id=resource.resource_id,
        element_id=element.element_id,
        name=element.name,
        label=label,
        confidence=round(1 - doubt, 3),
        clues=clues,
    )


# --------------------------------------------------------------------------- clues


def _clues(
    resource: CatalogResource,
    element: DataElement,
    listed: Sequence[CatalogResource],
    sample: Sequence[Scalar],
    cases: Sequence[LabelCase],
) -> Iterable[Clue]:
    for kind in identifiers_of(element):
        called = identifier_kinds()[kind].label
        yield _of_kind(kind, Text(zh=f"名称或注释像{called.zh}", en=f"name or comment looks like: {called.en}"))
    said = f"{element.name} {element.column or ''}"
    if element.type == "string" and re.search(_known()["free_text"], said, re.IGNORECASE):
        yield _of_kind("free_text", Text(zh="自由文本", en="free text"))
    for one in column_evidence(sample, name=said, comment=element.description) if sample else ():
        why = Text(
            zh=f"取值有 {one.match:.1%} 符合 {one.kind}（样本 {one.n}，下限 {one.wilson_low:.1%}）",
            en=f"{one.match:.1%} of the values are {one.kind} (n {one.n}, lower bound {one.wilson_low:.1%})",
        )
        kind = {"id18": "id_card", "birth_date": "birth_date"}.get(one.kind, one.kind)
        clue = _of_kind(kind, why) if kind in _known()["kinds"] else _of_role(one.role, why)
        yield replace(clue, confidence=one.wilson_low)
    yield from _of_neighbours(resource, element, listed)
    for case in cases:
        if case.verdict == "accepted" and case.name == element.name:
            why = Text(zh=f"同名数据项曾被确认：{case.element_id}", en=f"accepted before for {case.element_id}")
            yield Clue(label=Classification(level=case.level, role=case.role), confidence=0.7, why=why)


def _of_neighbours(
    resource: CatalogResource, element: DataElement, listed: Sequence[CatalogResource]
) -> Iterable[Clue]:
    twins = [
        item
        for other in listed
        for item in other.elements
        if item.name == element.name
        and item.element_id != element.element_id
        and item.label is not None
        and item.label.status is LabelStatus.CONFIRMED
    ]
    labels = [item.label for item in twins if item.label is not None]
    if labels:
        # What most of them are: one protected copy (a survey's firm code) does not make every other one protected.
        ranked = Counter((one.level, _STRICTEST.index(one.role)) for one in labels).most_common()
        usual = max(pair for pair, count in ranked if count == ranked[0][1])
        agreed = next(one for one in labels if (one.level, _STRICTEST.index(one.role)) == usual)
        share = ranked[0][1] / len(labels)
        ids = "、".join(item.element_id for item in twins[:3])
        why = Text(
            zh=f"同名数据项已确认为 {agreed.level.name}：{ids}", en=f"confirmed {agreed.level.name} elsewhere: {ids}"
        )
        yield Clue(label=agreed, confidence=round(0.4 + 0.4 * share, 2), why=why)
    if resource.unit is PrivacyUnit.PERSON or Category.PERSONAL in resource.categories:
        why = Text(zh="所在资源描述个人", en="the resource describes persons")
        yield replace(_of_role(ColumnRole.QUASI_ID, why), confidence=0.35)


def _of_kind(kind: str, why: Text) -> Clue:
    entry = _known()["kinds"][kind]
    label = Classification(
        level=Level[entry["level"]],
        role=ColumnRole(entry["role"]),
        categories=tuple(Category(one) for one in entry["categories"]),
        special_type=entry.get("special_type"),
        mask=entry.get("mask"),
        basis=entry["basis"],
        status=LabelStatus.PROPOSED,
    )
    return Clue(label=label, confidence=float(entry["confidence"]), why=why)


def _of_role(role: ColumnRole, why: Text) -> Clue:
    entry = _known()["roles"].get(role.value, {"level": "G2", "categories": []})
    label = Classification(
        level=Level[entry["level"]],
        role=role,
        categories=tuple(Category(one) for one in entry["categories"]),
        mask=entry.get("mask"),
        basis="个人信息保护法第四条",
        status=LabelStatus.PROPOSED,
    )
    return Clue(label=label, confidence=0.5, why=why)


@cache
def _known() -> dict[str, Any]:
    found = read_yaml(_FILE, ConfigurationError).plain()
    assert isinstance(found, dict)
    return found


def _rejected(proposal: LabelProposal, cases: Sequence[LabelCase]) -> bool:
    """The last word on this item was no, and the proposal asks for nothing more than was refused then."""
    last = next((one for one in reversed(cases) if one.element_id == proposal.element_id), None)
    if last is None or last.verdict != "rejected":
        return False
    return proposal.label.level <= last.level and _STRICTEST.index(proposal.label.role) <= _STRICTEST.index(last.role)
