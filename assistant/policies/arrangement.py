"""The order and the cut that a query asks for, on the rows that may be shown: a withheld figure has no place in them.

Rows that the query leaves in no order, and equals, stand by their keys, so that the engine's order tells nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from assistant.domain import AuthorizedQuery, ResultTable, Scalar


def arranged(
    result: ResultTable, query: AuthorizedQuery, kept: Iterable[int], hidden: Mapping[int, Collection[int]]
) -> tuple[int, ...]:
    """`kept` rows in the query's order. `hidden`: {column: rows whose figure is withheld there}; they come last."""
    rows = sorted(kept)
    if not query.ordered:
        rows.sort(key=lambda row: [_sortable(result.rows[row][key]) for key in query.key_columns])
    for key in reversed(query.order):
        values = [row for row in rows if _has_place(result, row, key.column, hidden)]
        others = [row for row in rows if not _has_place(result, row, key.column, hidden)]
        values.sort(key=lambda row: _sortable(result.rows[row][key.column]), reverse=key.descending)
        first = key.nulls_first and key.column in query.key_columns
        rows = [*others, *values] if first else [*values, *others]
    return tuple(rows)


def cut(query: AuthorizedQuery, rows: Sequence[int]) -> tuple[tuple[int, ...], bool]:
    """The rows that the query's own OFFSET and LIMIT leave, and whether the limit on what is shown cut more off."""
    own = rows[query.offset :] if query.limit is None else rows[query.offset : query.offset + query.limit]
    most = query.shown_limit if query.shown_limit is not None else query.row_limit
    return tuple(own[:most]), len(own) > most


def _has_place(result: ResultTable, row: int, column: int, hidden: Mapping[int, Collection[int]]) -> bool:
    return result.rows[row][column] is not None and row not in hidden.get(column, ())


def _sortable(value: Scalar) -> tuple[bool, str, Scalar]:
    """NULL last; numbers among each other, whatever their type."""
    if value is None:
        return (True, "", 0)
    kind = "number" if isinstance(value, bool | int | float) else type(value).__name__
    return (False, kind, value)
