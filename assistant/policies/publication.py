"""A result is released under the ledger: compare with earlier answers, suppress, remember what was given.

Review and record are one step for the group: where a colleague's answer was recorded in between, both start again.
"""

from __future__ import annotations

from assistant.domain import AuthorizedQuery, Release, ResultTable
from assistant.policies.amounts import amounts_of
from assistant.policies.disclosure import release, released, rows_given, rows_shown, suppressed
from assistant.policies.released_cells import Ledger, LedgerKey, LedgerMoved, cells_of

_ATTEMPTS = 20


def publish(
    result: ResultTable,
    query: AuthorizedQuery,
    ledger: Ledger,
    *,
    group: str,
    redact: tuple[int, ...] = (),
) -> Release:
    """Release `result` to a collusion group (released_cells.collusion_group) and remember its cells.

    Raises StoreUnavailable when the ledger cannot be read or written: then nothing may be shown.
    """
    if not query.thresholds:
        return release(result, query, redact=redact)
    alone = suppressed(result, query)
    candidates = rows_shown(result, query, alone)
    for _ in range(_ATTEMPTS):
        cells = cells_of(result, query, candidates)
        totals = amounts_of(result, query, candidates)
        reviews = {
            name: ledger.review(LedgerKey(dataset=name, group=group), own, totals[name]) for name, own in cells.items()
        }
        unsafe = _without_units(result, candidates) | _nobody_of(result, candidates)
        unsafe = unsafe.union(*(review.unsafe_rows for review in reviews.values()))
        hidden = suppressed(result, query, unsafe) if unsafe else alone
        further = set(rows_shown(result, query, hidden)) - set(candidates)
        if further:  # a row that hid another one is hidden itself now, and that other one was not compared yet
            candidates = tuple(sorted({*candidates, *further}))
            continue
        shown = rows_given(result, query, hidden)
        kept = amounts_of(result, query, sorted(shown))
        try:
            for name, own in cells.items():
                given = [cell for cell in own if cell.row in shown]
                ledger.record(LedgerKey(dataset=name, group=group), given, kept[name], after=reviews[name].version)
        except LedgerMoved:
            continue
        return released(result, query, hidden, redact=redact)
    return released(result, query, suppressed(result, query, range(len(result.rows))), redact=redact)


def _without_units(result: ResultTable, rows: tuple[int, ...]) -> frozenset[int]:
    """Rows that stand on units without saying on which: the ledger could not compare them."""
    return frozenset(row for row in rows if any(cell.units and not cell.unit_set for cell in result.cells[row]))


def _nobody_of(result: ResultTable, rows: tuple[int, ...]) -> frozenset[int]:
    """Rows that say of a whole population that nobody in it was chosen: none looks like a small number."""
    return frozenset(row for row in rows if any(not cell.units and any(cell.left_out) for cell in result.cells[row]))
