"""Order and top-N of a released table: only published cells are ranked.

Ranking inside the query would tell the place of a suppressed figure, and a tiny group could push a published one out.
So the query runs without LIMIT, and what was released is ordered here; a row whose figure is withheld has no rank.
"""

from __future__ import annotations

from dataclasses import replace

from assistant.domain import ReleasedTable, Suppression


def top(table: ReleasedTable, column: int, *, descending: bool, limit: int | None) -> ReleasedTable:
    """Rows ordered by the published figures of `column`; the rest follow in their own order, or are left out by `limit`.

    Figures that are equal to the last one kept are kept too: a cut among equals would be arbitrary.
    """
    ranked = [place for place, row in enumerate(table.rows) if row[column] is not None]
    ranked.sort(key=lambda place: table.rows[place][column], reverse=descending)  # type: ignore[arg-type, return-value]
    rest = [place for place, row in enumerate(table.rows) if row[column] is None]
    order = [*ranked, *rest]
    if limit is not None and ranked:
        last = table.rows[ranked[min(limit, len(ranked)) - 1]][column]
        order = [place for at, place in enumerate(ranked) if at < limit or table.rows[place][column] == last]
    moved = {old: new for new, old in enumerate(order)}
    kept = tuple(
        Suppression(row=moved[one.row], column=one.column, kind=one.kind, rule=one.rule)
        for one in table.suppressions
        if one.row in moved
    )
    return replace(table, rows=tuple(table.rows[place] for place in order), suppressions=kept)
