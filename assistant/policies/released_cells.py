"""The values of the ledger, and its Protocol (POLICY_SPEC 2.4, G6).

Two answers that are each safe can together tell of a few units: the ledger finds that before the second one is given.
Who could put answers together is a collusion group: a department acting for a purpose. ledger.py keeps the cells,
differencing.py compares them, publication.py ties the ledger to a release.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from assistant.domain import AuthorizedQuery, Purpose, ResultTable, Scalar, User


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerKey:
    """Whose answers are compared: one dataset, one collusion group."""

    dataset: str
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerCell:
    """One aggregate over one set of units. `unit_set`: serialised 64-bit roaring bitmap of unit hashes."""

    row: int  # of the result that it stands in
    predicate_hash: str  # of the query and the row's keys: the same question again
    aggregate: str
    unit_set: bytes
    min_units: int
    data_version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerReview:
    """Rows that must not be released, and the state of the ledger that this was read from."""

    unsafe_rows: frozenset[int] = frozenset()
    version: int = 0


class LedgerMoved(Exception):
    """Somebody of the group recorded an answer since the review: review again."""


class Ledger(Protocol):
    """Raises StoreUnavailable when it cannot be read or written; no ledger, no answer."""

    def review(self, key: LedgerKey, cells: Sequence[LedgerCell]) -> LedgerReview:
        """Compare new cells (of one result) with what the group was given before."""
        ...

    def record(self, key: LedgerKey, cells: Sequence[LedgerCell], *, after: int | None = None) -> None:
        """Remember released cells of one result. With `after` (a review's version): raises LedgerMoved if it moved."""
        ...

    def rows_used(self, subject: str, dataset: str, days: int = 30) -> int:
        """Unit rows that the subject was given of the dataset in a rolling window."""
        ...

    def add_rows(self, subject: str, dataset: str, rows: int) -> None: ...


def collusion_group(user: User, purpose: Purpose) -> str:
    """Those who could put their answers together."""
    return f"{user.department}|{purpose.code}"


def cells_of(
    result: ResultTable, query: AuthorizedQuery, rows: Sequence[int], *, data_version: str = ""
) -> dict[str, tuple[LedgerCell, ...]]:
    """{dataset: cells} of the given rows, one per set of units that a figure in the row stands on."""
    found: dict[str, list[LedgerCell]] = {}
    aggregate = ",".join(sorted({(fact.aggregate or "").lower() for fact in query.columns} - {""}))
    for row in rows:
        predicate = _digest(query.sql, tuple(result.rows[row][i] for i in query.key_columns))
        for threshold, facts in zip(query.thresholds, result.cells[row], strict=True):
            chosen = (part.unit_set for part in facts.magnitudes)
            sets = dict.fromkeys(item for item in (facts.unit_set, *facts.also, *chosen) if item)
            found.setdefault(threshold.table, []).extend(
                LedgerCell(
                    row=row,
                    predicate_hash=predicate,
                    aggregate=aggregate,
                    unit_set=item,
                    min_units=threshold.min_units,
                    data_version=data_version,
                )
                for item in sets
            )
    return {dataset: tuple(cells) for dataset, cells in found.items()}


def _digest(sql: str, keys: tuple[Scalar, ...]) -> str:
    return hashlib.sha256(repr((sql, keys)).encode("utf-8", "surrogatepass")).hexdigest()[:32]
