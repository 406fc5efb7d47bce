"""Gates G1 to G3 over the whole query: known and labelled, data purpose, levels, secrecy, release, openness.

Each gate is one small function from the situation to a verdict or None; GATES is their order (POLICY_SPEC 2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from assistant.domain import (
    CatalogResource,
    Category,
    ColumnRole,
    Level,
    OpenType,
    Outcome,
    Purpose,
    Usage,
    User,
)
from assistant.policies.judgement import Situation, shows_rows
from assistant.policies.policy_set import PolicySet
from assistant.policies.proofs import embargo_holds
from assistant.policies.protection import ROWS, is_important, label_of, labels_used

NOT_SERVED = (Level.CORE, Level.WS, Level.SS)
_NAMING = (ColumnRole.DIRECT_ID, ColumnRole.SURROGATE_KEY)
_HARMLESS = (Usage.COUNT, Usage.JOIN)


@dataclass(frozen=True, slots=True)
class Stop:
    """A gate's objection."""

    rule: str
    outcome: Outcome


Gate = Callable[[Situation, date], Stop | None]


def subject_stop(user: User, purpose: Purpose, policies: PolicySet) -> Stop | None:
    """G2: a role with data access, and a registered data purpose."""
    if not policies.has_data_access(user):
        return Stop("R-G2-001", Outcome.REFUSE)
    if purpose.code not in user.purposes or policies.purposes.get(purpose.code) != purpose:
        return Stop("R-G2-002", Outcome.REFUSE)
    if purpose.kind == "operations":
        return Stop("R-G2-003", Outcome.REFUSE)
    return None


def _resources(here: Situation) -> Iterator[CatalogResource]:
    for table in here.facts.tables:
        resource = here.catalog.by_table.get(table)
        if resource is not None:
            yield resource


def _known(here: Situation, today: date) -> Stop | None:
    named = {*here.facts.tables, *(use.table for use in here.facts.uses)}
    if not named <= set(here.facts.tables) or any(table not in here.catalog.by_table for table in named):
        return Stop("R-G1-001", Outcome.REFUSE)
    for use in here.facts.uses:
        resource = here.catalog.by_table[use.table]
        if use.column != ROWS and here.catalog.element(use.element_id) is None:
            return Stop("R-G1-001", Outcome.REFUSE)
        if label_of(here.catalog, resource, use.column, today) is None:
            return Stop("R-G1-002", Outcome.REFUSE)
    return None


def _subject(here: Situation, today: date) -> Stop | None:
    return subject_stop(here.user, here.purpose, here.policies)


def _served(here: Situation, today: date) -> Stop | None:
    for resource in _resources(here):
        levels = [resource.level, *(label.level for _, label in labels_used(here.catalog, resource, here.facts))]
        secret = Category.WORK_SECRET in resource.categories
        if secret or any(level in NOT_SERVED for level in levels):
            return Stop("R-G3-001", Outcome.REFUSE)
    return None


def _mosaic(here: Situation, today: date) -> Stop | None:
    used = {use.element_id for use in here.facts.uses}
    if any(group <= used for group in here.policies.mosaic_groups):
        return Stop("R-G3-004", Outcome.REFUSE)
    return None


def _statistics(here: Situation, today: date) -> Stop | None:
    """统计法 28: the individual form serves statistics only; no approval lifts it."""
    if here.purpose.kind == "statistical":
        return None
    for resource in _resources(here):
        labels = list(labels_used(here.catalog, resource, here.facts))
        everything = Category.STATISTICAL_INDIVIDUAL in resource.categories
        barred = [
            (use, label) for use, label in labels if everything or Category.STATISTICAL_INDIVIDUAL in label.categories
        ]
        naming = any(label.role in _NAMING and use.usage not in _HARMLESS for use, label in barred)
        rows = shows_rows(here.facts, str(resource.table)) and (everything or barred)
        listing = any(use.usage is Usage.COLLECT for use, _ in barred)
        if naming or rows or listing:
            return Stop("R-G3-005", Outcome.REFUSE)
    return None


def _released(here: Situation, today: date) -> Stop | None:
    """The embargo; the owner's statisticians may check single returns before release, nobody may aggregate them."""
    for resource in _resources(here):
        own = here.purpose.kind == "statistical" and here.user.department == resource.provider
        if own and shows_rows(here.facts, str(resource.table)):
            continue
        if embargo_holds(resource, here.facts, today):
            return Stop("R-G3-006", Outcome.REFUSE)
    return None


def _open_to_public(here: Situation, today: date) -> Stop | None:
    """Outside the government network only open data leaves (个人信息保护法 25; 政府信息公开条例 13-16)."""
    if not here.policies.is_public(here.user):
        return None
    worst: Stop | None = None
    for resource in _resources(here):
        if _has_important(here, resource):
            return Stop("R-G3-003", Outcome.REFUSE)
        levels = [label.level for use, label in labels_used(here.catalog, resource, here.facts) if use.column != ROWS]
        if resource.open_type is OpenType.NOT_OPEN or any(level > Level.G1 for level in levels):
            return Stop("R-G3-009", Outcome.REFUSE)
        if resource.open_type is OpenType.CONDITIONAL:
            worst = Stop("R-G3-010", Outcome.NEEDS_APPROVAL)
    return worst


def _important(here: Situation, today: date) -> Stop | None:
    """IMP needs approval for any use, also in aggregate, until the owner grades the derived form."""
    if any(needs_owner(here, resource, today) for resource in _resources(here)):
        return Stop("R-G3-002", Outcome.NEEDS_APPROVAL)
    return None


def needs_owner(here: Situation, resource: CatalogResource, today: date) -> bool:
    """Important data that no approved grant covers for this subject and purpose."""
    approved = any(
        grant.dataset == resource.table
        and grant.approval_doc
        and here.purpose.code in grant.purposes
        and in_force(grant.valid_from, grant.valid_to, today)
        for grant in here.user.grants
    )
    return _has_important(here, resource) and not approved


def _has_important(here: Situation, resource: CatalogResource) -> bool:
    return is_important(resource) or any(
        label.level is Level.IMP or Category.IMPORTANT in label.categories
        for _, label in labels_used(here.catalog, resource, here.facts)
    )


def in_force(valid_from: date | None, valid_to: date | None, today: date) -> bool:
    """[valid_from, valid_to): the last day of a grant is the day before valid_to."""
    return (valid_from is None or valid_from <= today) and (valid_to is None or today < valid_to)


GATES: tuple[Gate, ...] = (_known, _subject, _served, _open_to_public, _mosaic, _statistics, _released, _important)
