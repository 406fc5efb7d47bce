"""The declared ways from one table to another. Joins are derived from them, never invented by a model. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinPair:
    """`left` references `right` (many to one): left_table.left_column = right_table.right_column."""

    left_table: str
    left_column: str
    right_table: str
    right_column: str

    @classmethod
    def of(cls, left: str, right: str) -> JoinPair:
        """From two element ids: JoinPair.of("order.city", "city.code")."""
        left_table, _, left_column = left.partition(".")
        right_table, _, right_column = right.partition(".")
        return cls(left_table=left_table, left_column=left_column, right_table=right_table, right_column=right_column)

    def between(self, one: str, other: str) -> bool:
        """True when the pair joins these two tables, in whichever direction."""
        ends = (self.left_table.lower(), self.right_table.lower())
        return ends in ((one.lower(), other.lower()), (other.lower(), one.lower()))


def pairs_between(one: str, other: str, joins: Iterable[JoinPair]) -> tuple[JoinPair, ...]:
    """Every declared pair of two tables, in declaration order."""
    return tuple(pair for pair in joins if pair.between(one, other))


def path(start: Iterable[str], goal: str, joins: Sequence[JoinPair]) -> tuple[JoinPair, ...] | None:
    """The shortest chain of pairs from any table of `start` to `goal`; None when they do not meet.

    Ties are broken by declaration order, so the same schema always gives the same path.
    """
    sources = [table.lower() for table in start]
    if goal.lower() in sources:
        return ()
    back: dict[str, tuple[str, JoinPair] | None] = dict.fromkeys(sources)
    queue = deque(sources)
    while queue:
        here = queue.popleft()
        for pair in joins:
            ends = (pair.left_table.lower(), pair.right_table.lower())
            if here not in ends:
                continue
            there = ends[1] if ends[0] == here else ends[0]
            if there in back:
                continue
            back[there] = (here, pair)
            if there == goal.lower():
                return _walk(back, there)
            queue.append(there)
    return None


def is_of_one(table: str, other: str, joins: Iterable[JoinPair]) -> bool:
    """True where every row of `table` belongs to at most one row of `other`: many to one, however many steps."""
    pairs = tuple(joins)
    reached, waiting = {table.lower()}, [table.lower()]
    while waiting:
        here = waiting.pop()
        ahead = [pair.right_table.lower() for pair in pairs if pair.left_table.lower() == here]
        waiting += [one for one in ahead if one not in reached]
        reached |= set(ahead)
    return other.lower() in reached


def connect(tables: Sequence[str], joins: Sequence[JoinPair]) -> tuple[str, ...]:
    """The tables with the ones that lie between them added (a tree grown from the first)."""
    if not tables:
        return ()
    found = [tables[0]]
    for table in tables[1:]:
        for pair in path(found, table, joins) or ():
            found += [name for name in (pair.left_table, pair.right_table) if name not in found]
        if table not in found:
            found.append(table)
    return tuple(found)


def _walk(back: dict[str, tuple[str, JoinPair] | None], end: str) -> tuple[JoinPair, ...]:
    chain: list[JoinPair] = []
    step = back[end]
    while step is not None:
        chain.append(step[1])
        step = back[step[0]]
    return tuple(reversed(chain))
