"""Proofs from a query's conjuncts: that a scan is limited to a territory, or to released periods.

A predicate proves something only when it always restricts its scan (`conjunct`) and its literals lie within the allowed
set. Nothing is guessed: no proof, no data (POLICY_SPEC 2.2: silent filtering hides scope errors).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date

from assistant.domain import CatalogResource, ColumnUse, QueryFacts, RowFilter, Usage

_INCLUDING = ("=", "==", "in", "is")


@dataclass(frozen=True, slots=True)
class Scan:
    """One reading of a base table; a self-join has two."""

    table: str
    path: str


def scans_of(facts: QueryFacts, table: str) -> tuple[Scan, ...]:
    """Every scan of `table` that any use names; one unnamed scan where none does (COUNT(*) alone)."""
    paths = sorted({use.scan for use in facts.uses if use.table == table})
    return tuple(Scan(table, path) for path in paths) or (Scan(table, ""),)


def is_within(facts: QueryFacts, row_filter: RowFilter, scan: Scan) -> bool:
    """True when a conjunct fixes the filter's column of this scan to values of the filter."""
    allowed = {str(value) for value in row_filter.values}
    return any(
        use.usage is Usage.FILTER_EQUAL
        and use.detail.strip().lower() in _INCLUDING
        and bool(use.values)
        and all(value is not None and str(value) in allowed for value in use.values)
        for use in _conjuncts(facts, scan, row_filter.column)
    )


def proven_scans(
    facts: QueryFacts, row_filter: RowFilter, linked: Callable[[str, str], bool], proven: Collection[Scan] = ()
) -> tuple[Scan, ...]:
    """The scans of the filter's table that lie within it, by their own conjunct or by an inner join.

    `linked(a, b)` says which pairs of element ids identify the same unit; `proven` are scans of other tables that were
    proven to lie within the subject's territory.
    """
    return tuple(
        scan
        for scan in scans_of(facts, row_filter.table)
        if is_within(facts, row_filter, scan) or _joined_to(facts, scan, linked, proven)
    )


def _joined_to(facts: QueryFacts, scan: Scan, linked: Callable[[str, str], bool], proven: Collection[Scan]) -> bool:
    """Rows of a scan inner-joined on the unit to a proven scan belong to units of that territory."""
    tables = {other.table for other in proven}
    return any(
        use.usage is Usage.JOIN
        and use.conjunct
        and use.table == scan.table
        and use.scan == scan.path
        and use.detail.rpartition(".")[0] in tables
        and linked(use.element_id, use.detail)
        for use in facts.uses
    )


def embargo_holds(resource: CatalogResource, facts: QueryFacts, today: date) -> bool:
    """True when some scan of the resource may read a period that is not released on `today`."""
    if resource.release_column is None or resource.table is None:
        return False
    released = {period for period, day in resource.releases if day is not None and day <= today}
    barred = [period for period, _ in resource.releases if period not in released]
    return not all(
        _only_released(_conjuncts(facts, scan, resource.release_column), released, barred)
        for scan in scans_of(facts, resource.table)
    )


def _only_released(uses: tuple[ColumnUse, ...], released: set[str], barred: list[str]) -> bool:
    for use in uses:
        listed = use.usage is Usage.FILTER_EQUAL and use.detail.strip().lower() in _INCLUDING
        if listed and use.values and all(str(value) in released for value in use.values):
            return True
    low = [bound for use in uses for bound in _bounds(use, (">", ">="))]
    high = [bound for use in uses for bound in _bounds(use, ("<", "<="))]
    if not (low and high):  # an open end reaches periods that nobody listed
        return False
    first = max(value for value, _ in low)
    last, included = min(high)
    known = first in {*released, *barred} and last in ({*released} if included else {*released, *barred})
    return known and not any(first <= period < last or (included and period == last) for period in barred)


def _bounds(use: ColumnUse, operators: tuple[str, str]) -> tuple[tuple[str, bool], ...]:
    """(literal, included) that bounds the column on one side."""
    if use.usage is not Usage.FILTER_RANGE or not use.values or any(v is None for v in use.values):
        return ()
    operator = use.detail.strip().lower()
    if operator == "between" and len(use.values) == 2:
        return ((str(use.values[0] if operators[0] == ">" else use.values[1]), True),)
    if operator in operators and len(use.values) == 1:
        return ((str(use.values[0]), operator.endswith("=")),)
    return ()


def _conjuncts(facts: QueryFacts, scan: Scan, column: str) -> tuple[ColumnUse, ...]:
    return tuple(
        use
        for use in facts.uses
        if use.conjunct and use.table == scan.table and use.scan == scan.path and use.column == column
    )
