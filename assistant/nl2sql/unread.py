"""What the reader passed by: every column, table, query and window must have been read, wherever it stands.

The reader goes by the clauses that it knows. A query tucked into a place where none is expected (LIMIT (SELECT ...),
VALUES ((SELECT ...)), a window frame) would decide the result unseen; it is refused by the name of that place.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlglot import exp

_MEANINGFUL = (exp.Column, exp.TableColumn, exp.Table, exp.Select, exp.Window)
_PLACES = (
    exp.Limit, exp.Offset, exp.Values, exp.WindowSpec, exp.DataType, exp.CTE, exp.Order, exp.Group, exp.Join,
    exp.Select,
)  # fmt: skip


def unread(tree: exp.Expr, seen: Collection[int]) -> Iterator[str]:
    """The clauses of `tree` with something in them that was never read (`seen`: ids of the nodes that were)."""
    places = dict.fromkeys(
        _place(node) for node in tree.walk() if isinstance(node, _MEANINGFUL) and id(node) not in seen
    )
    yield from places


def _place(node: exp.Expr) -> str:
    place = node.find_ancestor(*_PLACES)
    return f"expression in {place.key}" if place is not None else node.key
