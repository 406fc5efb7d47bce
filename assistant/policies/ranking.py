"""Order, top-N and bounds of a released table: only published figures are ranked or compared.

Inside the query they would tell the place or the size of a suppressed figure, and a tiny group could push a published
one out. So the query returns every group, and what was released is ordered and cut here; a withheld figure has no rank.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from assistant.domain import ReleasedTable

BOUNDS: dict[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


def bounded(table: ReleasedTable, column: int, op: str, number: float) -> ReleasedTable:
    """The rows whose published figure in `column` satisfies the bound; a withheld figure satisfies none."""
    holds = BOUNDS[op]
    kept = [place for place, row in enumerate(table.rows) if row[column] is not None and holds(row[column], number)]
    return _chosen(table, kept, among=True)


def top(table: ReleasedTable, column: int, *, descending: bool, limit: int | None) -> ReleasedTable:
    """Rows ordered by the published figures of `column`; the rest follow in their own order; `limit` cuts.

    Figures that are equal to the last one kept are kept too: a cut among equals would be arbitrary.
    """
    ranked = [place for place, row in enumerate(table.rows) if row[column] is not None]
    ranked.sort(key=lambda place: table.rows[place][column], reverse=descending)  # type: ignore[arg-type, return-value]
    rest = [place for place, row in enumerate(table.rows) if row[column] is None]
    order = [*ranked, *rest]
    if limit is not None and ranked:
        last = table.rows[ranked[min(limit, len(ranked)) - 1]][column]
        order = [place for at, place in enumerate(ranked) if at < limit or table.rows[place][column] == last]
    return _chosen(table, order, among=limit is not None)


def _chosen(table: ReleasedTable, order: Sequence[int], *, among: bool) -> ReleasedTable:
    """These rows in this order, with their suppressions. `among`: others are left out for their figures."""
    moved = {old: new for new, old in enumerate(order)}
    kept = tuple(replace(one, row=moved[one.row]) for one in table.suppressions if one.row in moved)
    told = table.among_published or (among and bool(table.suppressions or table.rows_withheld))
    rows = tuple(table.rows[place] for place in order)
    return replace(table, rows=rows, suppressions=kept, among_published=told)
