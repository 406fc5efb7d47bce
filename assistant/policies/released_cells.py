"""The values of the ledger, and its Protocol (POLICY_SPEC 2.4, G6).

Two answers that are each safe can together tell of a few units: the ledger finds that before the second one is given.
Who could put answers together is a collusion group: a department. ledger.py keeps the cells, differencing.py compares
them, publication.py ties the ledger to a release.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from assistant.domain import AuthorizedQuery, CellFacts, ResultTable, Scalar, User
from assistant.policies.amounts import LedgerAmounts
from assistant.policies.given_answers import GivenAnswers
from assistant.policies.unit_sets import disjoint, joined, less


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerKey:
    """Whose answers are compared: one dataset, one collusion group."""

    dataset: str
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerCell:
    """One aggregate over one set of units. `unit_set`: their hashes (unit_sets.hashes_of)."""

    row: int  # of the result that it stands in
    predicate_hash: str  # of the query and the row's keys: the same question again
    aggregate: str
    unit_set: bytes
    min_units: int
    data_version: str = ""
    left_out: bool = False  # not whom the figure counts, but whom its sensitive conditions left out
    others: tuple[bytes, ...] = ()  # each with `unit_set` a population of the figure: cells of their own, too


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerReview:
    """Rows that must not be released, and the state of the ledger that this was read from."""

    unsafe_rows: frozenset[int] = frozenset()
    version: int = 0


class LedgerMoved(Exception):
    """Somebody of the group recorded an answer since the review: review again."""


class Ledger(Protocol):
    """Raises StoreUnavailable when it cannot be read or written; no ledger, no answer."""

    @property
    def answers(self) -> GivenAnswers:
        """The answers that were given last, to be given again."""
        ...

    def review(
        self, key: LedgerKey, cells: Sequence[LedgerCell], amounts: Sequence[LedgerAmounts] = ()
    ) -> LedgerReview:
        """Compare new cells and totals (of one result) with what the group was given before."""
        ...

    def record(
        self,
        key: LedgerKey,
        cells: Sequence[LedgerCell],
        amounts: Sequence[LedgerAmounts] = (),
        *,
        after: int | None = None,
    ) -> None:
        """Remember released cells and totals of one result.

        With `after` (a review's version): raises LedgerMoved where somebody of the group recorded since.
        """
        ...

    def rows_used(self, subject: str, dataset: str, days: int = 30) -> int:
        """Unit rows that the subject was given of the dataset in a rolling window."""
        ...

    def take_rows(self, subject: str, limits: Mapping[str, int], rows: int, *, days: int = 30) -> bool:
        """Count unit rows that are about to be given, under every name of `limits`, unless one would go beyond.

        False where somebody took rows in between: then nothing is counted, and nothing may be given.
        """
        ...


def collusion_group(user: User) -> str:
    """Those who could put their answers together: a department, for whatever purpose its people ask.

    Stricter than department and purpose (POLICY_SPEC 2.4): somebody with two purposes could subtract one answer from
    the other.
    """
    return user.department


def cells_of(result: ResultTable, query: AuthorizedQuery, rows: Sequence[int]) -> dict[str, tuple[LedgerCell, ...]]:
    """{dataset: cells} of the given rows: the sets of units that a figure in the row stands on, then those left out.

    Whoever knows the population of a figure (everybody whom its open conditions reach) knows with the members also how
    many are not: both sets are compared, so that two answers with equal members do not tell of a few that none of them
    is one.
    """
    found: dict[str, list[LedgerCell]] = {}
    aggregate = ",".join(sorted({(fact.aggregate or "").lower() for fact in query.columns} - {""}))
    for place, threshold in enumerate(query.thresholds):
        others = _left_out_by_keys(result, query, place)
        for row in rows:
            predicate = _digest(query.sql, tuple(result.rows[row][i] for i in query.key_columns))
            members, left_out = _sets(result.cells[row][place])
            rest = tuple(dict.fromkeys([*left_out, *others.get(row, ())]))
            for item in dict.fromkeys([*members, *rest]):
                found.setdefault(threshold.table, []).append(
                    LedgerCell(
                        row=row,
                        predicate_hash=predicate,
                        aggregate=aggregate,
                        unit_set=item,
                        min_units=threshold.min_units,
                        data_version=result.data_version,
                        left_out=item not in members,
                        others=tuple(one for one in rest if disjoint(item, one)) if item in members else (),
                    )
                )
            found.setdefault(threshold.table, [])
    return {dataset: tuple(cells) for dataset, cells in found.items()}


def _sets(facts: CellFacts) -> tuple[dict[bytes, None], list[bytes]]:
    """(who stands behind the figures of a row, whom they leave out)."""
    chosen = [part.unit_set for part in facts.magnitudes if part.unit_set]
    members = dict.fromkeys(item for item in (facts.unit_set, *facts.also, *chosen) if item)
    beside = (less(facts.unit_set, one) for one in chosen)
    return members, [item for item in (*facts.left_out, *beside) if item]


def _left_out_by_keys(result: ResultTable, query: AuthorizedQuery, place: int) -> dict[int, tuple[bytes, ...]]:
    """{row: the units of its neighbours}, where rows are told apart by a sensitive key: whoever is in another row."""
    names = set(query.thresholds[place].sensitive_keys)
    sensitive = {i for i in query.key_columns if query.columns[i].name in names}
    if not sensitive:
        return {}
    tables: dict[tuple[Scalar, ...], list[int]] = {}
    for row, values in enumerate(result.rows):
        tables.setdefault(tuple(values[i] for i in query.key_columns if i not in sensitive), []).append(row)
    found = {}
    for members in tables.values():
        everyone = joined([result.cells[row][place].unit_set for row in members])
        for row in members:
            found[row] = (less(everyone, result.cells[row][place].unit_set),)
    return {row: tuple(one for one in sets if one) for row, sets in found.items()}


def _digest(sql: str, keys: tuple[Scalar, ...]) -> str:
    return hashlib.sha256(repr((sql, keys)).encode("utf-8", "surrogatepass")).hexdigest()[:32]
