"""The decision point: admit(), visible(), visible_tables(), authorize(). Deny by default; deterministic; no parsing.

A verdict is the max over all gates, tables and (column, use) pairs; the first REFUSE stops; several grants on one table
are alternatives, so the mildest of their verdicts counts, unless one of them withholds the table. Texts are constant.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import date

from assistant.catalog import Catalog
from assistant.domain import (
    CatalogResource,
    Category,
    Decision,
    Finding,
    Grant,
    GrantMode,
    Level,
    Obligation,
    OpenType,
    Outcome,
    Purpose,
    QueryFacts,
    Reason,
    RowCap,
    SharingType,
    User,
    VisibilityFilter,
)
from assistant.policies.gates import GATES, NOT_SERVED, Stop, in_force, needs_owner, subject_stop
from assistant.policies.judgement import ROW_MODES, Judgement, Situation, judge, territory_filters
from assistant.policies.policy_set import PolicySet
from assistant.policies.proofs import Scan, is_within, scans_of
from assistant.policies.protection import is_important, row_cap, use_of

_INVISIBLE = re.compile(r"[\s\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]+")


def admit(user: User, purpose: Purpose, text: str, policies: PolicySet) -> Decision:
    """G0 and G2, before anything is read: no secrecy mark in the words, and a registered data purpose."""
    if secrecy_mark(text, policies, requests=True):
        return _stopped(Stop("R-G0-001", Outcome.REFUSE), policies)
    stop = subject_stop(user, purpose, policies)
    return _stopped(stop, policies) if stop is not None else Decision(outcome=Outcome.ALLOW, gate="G2")


def refuse_statement(findings: Iterable[Finding | str], policies: PolicySet) -> Decision:
    """G1 for what the SQL gate did not accept (findings or their codes): one rule a class, whatever it would touch."""
    codes = {finding if isinstance(finding, str) else finding.code for finding in findings}
    rules = sorted({policies.statements.get(code, "R-G1-003") for code in codes}) or ["R-G1-003"]
    stopped = _stopped(Stop(rules[0], Outcome.REFUSE), policies)
    return replace(stopped, reasons=tuple(policies.reason(rule) for rule in rules))


def secrecy_mark(text: str, policies: PolicySet, *, requests: bool = False) -> bool:
    """True when the text bears a secrecy mark; with `requests`, also when it asks for marked material."""
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    patterns = (*policies.marks, *policies.mark_requests) if requests else policies.marks
    return any(pattern.search(plain) for pattern in patterns)


def visible(user: User, purpose: Purpose, policies: PolicySet) -> VisibilityFilter:
    """What of the catalog and the documents this subject may find; without a data purpose, what is public."""
    outside = policies.is_public(user) or subject_stop(user, purpose, policies) is not None
    return VisibilityFilter(
        max_level=Level.G1 if outside else min(user.clearance, Level.G4),
        departments=() if outside else (user.department,),
        public_only=outside,
    )


def visible_tables(user: User, purpose: Purpose, policies: PolicySet, catalog: Catalog, today: date) -> frozenset[str]:
    """Tables whose names and code lists may be shown to this user (prompts, value index, suggestions)."""
    outside = policies.is_public(user) or subject_stop(user, purpose, policies) is not None
    found = set()
    for table, resource in catalog.by_table.items():
        if resource.level in NOT_SERVED or Category.WORK_SECRET in resource.categories:
            continue
        if outside:
            if resource.open_type is OpenType.UNCONDITIONAL and not is_important(resource):
                found.add(table)
            continue
        grants = grants_for(user, purpose, resource, policies, today)
        withheld = any(grant.mode is GrantMode.NONE for grant in grants)
        if not withheld and (grants or resource.sharing_type is not SharingType.NOT_SHARED):
            found.add(table)
    return frozenset(found)


def grants_for(
    user: User, purpose: Purpose, resource: CatalogResource, policies: PolicySet, today: date
) -> tuple[Grant, ...]:
    """The subject's active grants for this table and purpose, and what sharing and openness give by themselves."""
    found = [
        grant
        for grant in user.grants
        if purpose.code in grant.purposes
        and in_force(grant.valid_from, grant.valid_to, today)
        and _covers(grant, resource)
    ]
    by_itself = _standing(user, resource, policies)
    if by_itself is not None:
        found.append(_standing_grant(by_itself, resource, purpose))
    return tuple(sorted(found, key=lambda grant: grant.grant_id))


def _covers(grant: Grant, resource: CatalogResource) -> bool:
    if grant.dataset == resource.table:
        return True
    statistics = Category.STATISTICAL_INDIVIDUAL in resource.categories  # the aggregate form is shared
    return grant.dataset == "*" and (resource.sharing_type is not SharingType.NOT_SHARED or statistics)


def _standing(user: User, resource: CatalogResource, policies: PolicySet) -> str | None:
    """The rule under which a table may be used without a grant."""
    if resource.open_type is OpenType.UNCONDITIONAL:
        return "R-G3-020"
    if policies.is_public(user):
        return None
    return "R-G3-021" if resource.sharing_type is SharingType.UNCONDITIONAL else None


def _standing_grant(rule: str, resource: CatalogResource, purpose: Purpose) -> Grant:
    return Grant(grant_id=rule, dataset=str(resource.table), mode=GrantMode.AGGREGATE, purposes=(purpose.code,))


def authorize(
    user: User,
    purpose: Purpose,
    facts: QueryFacts,
    policies: PolicySet,
    catalog: Catalog,
    *,
    today: date,
    rows_used: Callable[[str], int] = lambda table: 0,
) -> Decision:
    """Gates G1 to G5 over the facts of one validated query.

    `rows_used(name)` is how many unit rows this subject drew in the rolling window from a table, or under a grant
    (protection.use_of).
    """
    here = Situation(user=user, purpose=purpose, facts=facts, policies=policies, catalog=catalog)
    objections: list[Stop] = []
    for gate in GATES:
        stop = gate(here, today)
        if stop is not None and stop.outcome is Outcome.REFUSE:
            return _stopped(stop, policies)
        if stop is not None:
            objections.append(stop)
    judged = [_table(here, catalog.by_table[table], today, rows_used) for table in sorted(facts.tables)]
    judged += [_of_stop(stop, policies) for stop in objections]
    return _decision(judged, policies)


def _table(here: Situation, resource: CatalogResource, today: date, rows_used: Callable[[str], int]) -> Judgement:
    """The mildest of what the subject's grants say of one table."""
    return min(_options(here, resource, today, rows_used), key=lambda option: (option.outcome, option.order))


def _options(
    here: Situation, resource: CatalogResource, today: date, rows_used: Callable[[str], int]
) -> tuple[Judgement, ...]:
    grants = grants_for(here.user, here.purpose, resource, here.policies, today)
    if any(grant.mode is GrantMode.NONE for grant in grants):
        return (_of_stop(Stop("R-G3-014", Outcome.REFUSE), here.policies),)
    if not grants:
        return (_of_stop(_without_grant(here, resource), here.policies),)
    proven = _proven_elsewhere(here, resource, today)
    return tuple(_with_cap(here, resource, grant, judge(here, resource, grant, proven), rows_used) for grant in grants)


def _without_grant(here: Situation, resource: CatalogResource) -> Stop:
    if here.policies.is_public(here.user):
        curable = resource.open_type is OpenType.CONDITIONAL
        return Stop("R-G3-010", Outcome.NEEDS_APPROVAL) if curable else Stop("R-G3-009", Outcome.REFUSE)
    if resource.sharing_type is SharingType.NOT_SHARED:
        return Stop("R-G3-007", Outcome.REFUSE)
    return Stop("R-G3-008", Outcome.NEEDS_APPROVAL)


def _proven_elsewhere(here: Situation, resource: CatalogResource, today: date) -> tuple[Scan, ...]:
    """Scans of other tables that lie within the territory of a row grant by their own conjuncts."""
    found: list[Scan] = []
    for table in here.facts.tables:
        other = here.catalog.by_table[table]
        if other is resource:
            continue
        for grant in grants_for(here.user, here.purpose, other, here.policies, today):
            filters = territory_filters(here, other, grant) if grant.mode in ROW_MODES else ()
            scans = scans_of(here.facts, table)
            if filters and all(is_within(here.facts, f, scan) for f in filters for scan in scans):
                found.extend(scans)
    return tuple(dict.fromkeys(found))


def _with_cap(
    here: Situation, resource: CatalogResource, grant: Grant, judged: Judgement, rows_used: Callable[[str], int]
) -> Judgement:
    """The row cap of the grant's rows, and the reason why the table may be used at all."""
    standing = grant.grant_id if grant.grant_id in here.policies.rules else "R-G3-022"
    judged = replace(judged, order=(grant.grant_id,))
    if judged.outcome > Outcome.SUPPRESS:
        return judged
    judged = replace(judged, reasons=(here.policies.reason(standing), *judged.reasons))
    if not judged.unit_rows:
        return judged
    table = str(resource.table)
    cap = row_cap(here.catalog, resource, here.facts, here.policies)
    own = use_of(grant)
    left = _rows_left(grant, cap, rows_used(table), rows_used(own) if own else 0)
    if left <= 0:
        stopped = _of_stop(Stop("R-G5-020", Outcome.NEEDS_APPROVAL), here.policies)
        return replace(stopped, order=judged.order)
    return replace(judged, obligations=(*judged.obligations, RowCap(table=table, rows=left, use=own)))


def _rows_left(grant: Grant, cap: int, used: int, used_here: int) -> int:
    """Unit rows that may still leave in the rolling window: within the class cap, or beyond it as far as an approved
    case says; and never more under a grant than it says itself. `used` is of the table, `used_here` of the grant.
    """
    if grant.row_cap is None:
        return cap - used
    extra = grant.row_cap if grant.mode is GrantMode.CASE and grant.approval_doc else 0
    return min(grant.row_cap - used_here, cap + extra - used)


def tables_to_approve(
    user: User,
    purpose: Purpose,
    facts: QueryFacts,
    policies: PolicySet,
    catalog: Catalog,
    *,
    today: date,
    rows_used: Callable[[str], int] = lambda table: 0,
) -> tuple[str, ...]:
    """Of a query that needs approval, the tables to file a request for (grants.draft_request)."""
    here = Situation(user=user, purpose=purpose, facts=facts, policies=policies, catalog=catalog)
    found = {table for table in facts.tables if needs_owner(here, catalog.by_table[table], today)}
    for table in facts.tables:
        outcomes = [option.outcome for option in _options(here, catalog.by_table[table], today, rows_used)]
        if min(outcomes) > Outcome.SUPPRESS and Outcome.NEEDS_APPROVAL in outcomes:
            found.add(table)
    return tuple(sorted(found))


def _decision(judged: Collection[Judgement], policies: PolicySet) -> Decision:
    """Max over all judgements; obligations united; reasons of the decisive ones, sorted, so order cannot matter."""
    outcome = max((one.outcome for one in judged), default=Outcome.ALLOW)
    runs = outcome <= Outcome.SUPPRESS
    decisive = judged if runs else [one for one in judged if one.outcome is outcome]
    reasons = _sorted((reason for one in decisive for reason in one.reasons), policies)
    obligations = [obligation for one in judged for obligation in one.obligations] if runs else []
    first = policies.rules[reasons[0].rule] if reasons else None
    return Decision(
        outcome=outcome,
        reasons=reasons,
        obligations=_sorted_obligations(obligations),
        gate=_gate(reasons, policies) if runs else (first.gate if first else ""),
        offer=policies.offer(first.id) if first is not None and not runs else None,
    )


def _gate(reasons: Collection[Reason], policies: PolicySet) -> str:
    return max((policies.rules[reason.rule].gate for reason in reasons), default="G3")


def _sorted(reasons: Iterable[Reason], policies: PolicySet) -> tuple[Reason, ...]:
    """One reason a rule: of several grounds the one that stands first in rules.yaml."""
    order = {ground.clause: place for place, ground in enumerate(policies.grounds)}

    def rank(reason: Reason) -> tuple[str, int, str]:
        return reason.rule, order.get(reason.clause.partition("；《")[0], len(order)), reason.clause

    found: dict[str, Reason] = {}
    for reason in sorted(dict.fromkeys(reasons), key=rank):
        found.setdefault(reason.rule, reason)
    return tuple(found.values())


def _sorted_obligations(obligations: Iterable[Obligation]) -> tuple[Obligation, ...]:
    return tuple(sorted(dict.fromkeys(obligations), key=lambda one: (type(one).__name__, repr(one))))


def _of_stop(stop: Stop, policies: PolicySet) -> Judgement:
    return Judgement(outcome=stop.outcome, reasons=(policies.reason(stop.rule),))


def _stopped(stop: Stop, policies: PolicySet) -> Decision:
    return Decision(
        outcome=stop.outcome,
        reasons=(policies.reason(stop.rule),),
        gate=policies.rules[stop.rule].gate,
        offer=policies.offer(stop.rule),
    )
