"""One table of a query under one grant: columns, territory, then the decision table over every (column, use) pair."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from assistant.catalog import Catalog
from assistant.domain import (
    CatalogResource,
    Classification,
    ColumnRole,
    ColumnUse,
    Grant,
    GrantMode,
    Mask,
    Obligation,
    Outcome,
    Purpose,
    QueryFacts,
    Reason,
    Rounding,
    RowFilter,
    Shape,
    Usage,
    User,
)
from assistant.policies.conditions import CONDITIONS, CellVerdict, UseContext, is_pinned
from assistant.policies.policy_set import PolicySet
from assistant.policies.proofs import Scan, proven_scans, scans_of
from assistant.policies.protection import ROWS, ground_of, has_hidden_choice, is_unit_table, labels_used, threshold_of

ROW_MODES = (GrantMode.ROW_MASKED, GrantMode.ROW_RAW, GrantMode.CASE)
_SHOWN = (Usage.OUTPUT, Usage.DERIVED, Usage.WHOLE_ROW)
AT_RELEASE = "free_text"  # the one mask that is applied to the result, not at the scan
_DEFAULT_MASKS: Mapping[ColumnRole, str] = {ColumnRole.FREE_TEXT: AT_RELEASE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """One request: who, why, what, under which policies."""

    user: User
    purpose: Purpose
    facts: QueryFacts
    policies: PolicySet
    catalog: Catalog


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What one table may give under one grant."""

    outcome: Outcome
    reasons: tuple[Reason, ...] = ()
    obligations: tuple[Obligation, ...] = ()
    unit_rows: bool = False  # rows of single units leave: the row cap applies
    order: tuple[str, ...] = field(default=())  # a stable key among equals


def shows_rows(facts: QueryFacts, table: str) -> bool:
    """True when rows of this table show one by one in the result; unknown counts as yes."""
    return facts.shape is Shape.ROWS and (not facts.row_tables or table in facts.row_tables)


def judge(here: Situation, resource: CatalogResource, grant: Grant, proven: Collection[Scan]) -> Judgement:
    """The verdict of one grant. `proven` are scans of other tables that lie within the subject's territory."""
    if grant.mode is GrantMode.CASE and not grant.approval_doc:
        return _stop(here, "R-G3-013", Outcome.NEEDS_APPROVAL)
    if grant.columns and not _columns_used(here.facts, resource) <= set(grant.columns):
        return _stop(here, "R-G3-012", Outcome.REFUSE)
    filters = territory_filters(here, resource, grant)
    if not all(_is_proven(here, row_filter, proven) for row_filter in filters):
        return _stop(here, "R-G3-011", Outcome.REFUSE)
    rows = _by_mode(here, resource, grant)
    cells = _by_aggregate_table(here, resource, grant)
    best = cells if rows is None or (cells.outcome <= Outcome.SUPPRESS and cells.outcome < rows.outcome) else rows
    linked = tuple(f for f in filters if _is_own(here, f))
    return replace(best, obligations=(*linked, *best.obligations))


def territory_filters(here: Situation, resource: CatalogResource, grant: Grant) -> tuple[RowFilter, ...]:
    """The grant's own filters; else, for rows, the subject's region on the table's territory column."""
    if grant.row_filters or grant.mode not in ROW_MODES or here.user.region is None:
        return grant.row_filters
    columns = [e.column for e in resource.elements if e.column in here.policies.territory_columns]
    return tuple(
        RowFilter(table=str(resource.table), column=str(column), values=(here.user.region,)) for column in columns[:1]
    )


def _is_proven(here: Situation, row_filter: RowFilter, proven: Collection[Scan]) -> bool:
    found = proven_scans(here.facts, row_filter, here.policies.pair_is_listed, proven)
    return set(found) == set(scans_of(here.facts, row_filter.table))


def _is_own(here: Situation, row_filter: RowFilter) -> bool:
    """Applied at the scan too, where the query itself states it; a linked scan is limited by its join."""
    return _is_proven(here, row_filter, ())


def _columns_used(facts: QueryFacts, resource: CatalogResource) -> set[str]:
    return {use.column for use in facts.uses if use.table == resource.table and use.column != ROWS}


def _by_mode(here: Situation, resource: CatalogResource, grant: Grant) -> Judgement | None:
    """The row modes' own table, where it applies: masked rows for rows, raw rows and cases for anything."""
    if grant.mode is GrantMode.ROW_MASKED and not shows_rows(here.facts, str(resource.table)):
        return None
    if grant.mode not in ROW_MODES:
        return None
    mode = GrantMode.ROW_MASKED if grant.mode is GrantMode.ROW_MASKED else GrantMode.ROW_RAW
    judged = _by_table(here, resource, grant, mode)
    if judged.outcome <= Outcome.SUPPRESS and not shows_rows(here.facts, str(resource.table)):
        return _pinned_aggregate(here, resource, judged)
    return replace(judged, unit_rows=is_unit_table(resource))


def _pinned_aggregate(here: Situation, resource: CatalogResource, judged: Judgement) -> Judgement | None:
    """Totals of the one case that was looked up need no threshold; other aggregates do."""
    scans = scans_of(here.facts, str(resource.table))
    if all(is_pinned(here.facts, resource, scan.path) for scan in scans):
        return replace(judged, unit_rows=is_unit_table(resource))
    return None


def _by_aggregate_table(here: Situation, resource: CatalogResource, grant: Grant) -> Judgement:
    if is_unit_table(resource) and shows_rows(here.facts, str(resource.table)):
        judged = _by_table(here, resource, grant, GrantMode.AGGREGATE)
        floor = _stop(here, "R-G5-003", Outcome.AGGREGATE_ONLY)
        return judged if judged.outcome >= floor.outcome else floor
    return _by_table(here, resource, grant, GrantMode.AGGREGATE)


def _by_table(here: Situation, resource: CatalogResource, grant: Grant, mode: GrantMode) -> Judgement:
    """Max over all (column, use) pairs; a pair that the table does not know is refused."""
    verdicts: list[tuple[CellVerdict, Reason]] = []
    masks: list[Mask] = []
    for use, label in labels_used(here.catalog, resource, here.facts):
        row = here.policies.table.get(mode, {}).get(use.usage)
        if row is None:
            return _stop(here, "R-G1-001", Outcome.REFUSE)
        verdict = _verdict(here, resource, grant, row.cell(label.role), use, label)
        rule = row.rule
        if verdict.outcome is Outcome.MASK:
            masks.append(Mask(table=use.table, column=use.column, kind=_mask_kind(label, use)))
            rule = "R-G4-300"
            if _joins_on(here.facts, use):
                verdict, rule = CellVerdict(outcome=Outcome.REFUSE), "R-G4-301"
        elif _above_clearance(here, verdict, use, label, mode):
            verdict, rule = CellVerdict(outcome=Outcome.REFUSE), "R-G3-015"
        verdicts.append((verdict, here.policies.reason(rule, ground_of(resource, label))))
    return _combined(here, resource, grant, mode, verdicts, masks)


def _verdict(
    here: Situation, resource: CatalogResource, grant: Grant, word: str, use: ColumnUse, label: Classification
) -> CellVerdict:
    context = UseContext(
        use=use,
        label=label,
        resource=resource,
        facts=here.facts,
        grant=grant,
        policies=here.policies,
        hidden_choice=has_hidden_choice(here.catalog, here.facts),
    )
    return CONDITIONS[word](context)


def _above_clearance(
    here: Situation, verdict: CellVerdict, use: ColumnUse, label: Classification, mode: GrantMode
) -> bool:
    """A value that would be shown as it is, above what the subject may see."""
    shown = use.usage in _SHOWN and verdict.outcome is Outcome.ALLOW
    return shown and mode is not GrantMode.AGGREGATE and label.level > here.user.clearance


def _joins_on(facts: QueryFacts, use: ColumnUse) -> bool:
    """A join on a masked value would join on stars."""
    return any(
        other.usage is Usage.JOIN and (other.table, other.column) == (use.table, use.column) for other in facts.uses
    )


def _mask_kind(label: Classification, use: ColumnUse) -> str:
    """Free text is redacted at release, where it is shown as it is; what is computed from it is computed from a mask.

    A piece, a code or a test of a text would pass every recogniser (POLICY_SPEC 4: the scanner is a backstop).
    """
    kind = label.mask or _DEFAULT_MASKS.get(label.role, "full")
    return "full" if kind == AT_RELEASE and use.usage is not Usage.OUTPUT else kind


def _combined(
    here: Situation,
    resource: CatalogResource,
    grant: Grant,
    mode: GrantMode,
    verdicts: list[tuple[CellVerdict, Reason]],
    masks: list[Mask],
) -> Judgement:
    outcome = max((verdict.outcome for verdict, _ in verdicts), default=Outcome.ALLOW)
    reasons = [reason for verdict, reason in verdicts if verdict.outcome is outcome and outcome > Outcome.ALLOW]
    obligations: list[Obligation] = [*dict.fromkeys(masks)]
    if any(verdict.rounded for verdict, _ in verdicts) and outcome <= Outcome.SUPPRESS:
        obligations.append(Rounding(table=str(resource.table), digits=here.policies.thresholds.percentile_digits))
    protect = is_unit_table(resource) or any(verdict.protect for verdict, _ in verdicts)
    one_by_one = is_unit_table(resource) and shows_rows(here.facts, str(resource.table))  # AGGREGATE_ONLY anyway
    if mode is GrantMode.AGGREGATE and protect and outcome <= Outcome.SUPPRESS and not one_by_one:
        threshold = threshold_of(
            here.catalog,
            resource,
            here.facts,
            here.policies,
            zero=any(verdict.zero for verdict, _ in verdicts),
            factor=max((verdict.factor for verdict, _ in verdicts), default=1),
            least=max([grant.min_units or 0, *(verdict.least for verdict, _ in verdicts)]),
        )
        if threshold is None:
            return _stop(here, "R-G5-002", Outcome.REFUSE)
        if not here.facts.countable:
            return _stop(here, "R-G5-001", Outcome.REFUSE)
        obligations.append(threshold)
        reasons.append(here.policies.reason(threshold.rule))
    return Judgement(
        outcome=outcome,
        reasons=tuple(dict.fromkeys(sorted(reasons, key=lambda r: (r.rule, r.clause)))),
        obligations=tuple(obligations),
    )


def _stop(here: Situation, rule: str, outcome: Outcome) -> Judgement:
    return Judgement(outcome=outcome, reasons=(here.policies.reason(rule),))
