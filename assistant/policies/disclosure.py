"""What may be shown of a result: ResultTable -> ReleasedTable. The only maker of ReleasedTable.

Primary rules first (suppression.py), then what earlier answers make unsafe (a LedgerReview), then further cells so that
none of those can be worked out (secondary.py). Keys stay, unsafe figures become None; where a zero is as telling as a
small number, the whole row is left out, because its key would say "not zero". The reason is the same for all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from assistant.domain import (
    AuthorizedQuery,
    Decision,
    Outcome,
    Reason,
    ReleasedTable,
    ResultTable,
    Scalar,
    Suppression,
    Text,
    UnitThreshold,
)
from assistant.policies import identifiers
from assistant.policies.cell_table import CellTable
from assistant.policies.released_cells import LedgerReview
from assistant.policies.suppression import counts, fits, is_additive, linked, primary, value_columns

Kind: TypeAlias = Literal["primary", "secondary"]

_WHY = Text(
    zh="为保护个体信息，部分单元按规则不予公布",
    en="Some cells are withheld by rule to protect the units behind them",
)
_GATE = "G5"


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """The table and the verdict on it: ALLOW, or SUPPRESS with constant reasons."""

    table: ReleasedTable
    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """Suppressed cells: {column: {row: kind}}."""

    cells: Mapping[int, Mapping[int, Kind]] = field(default_factory=dict)


def release(
    result: ResultTable,
    query: AuthorizedQuery,
    *,
    ledger: LedgerReview | None = None,
    redact: tuple[int, ...] = (),
) -> Release:
    """Make a result fit to be shown.

    `ledger`: rows that earlier answers make unsafe. `redact`: positions of free-text columns, whose identifiers are
    masked in place. A result whose cells do not match its query is suppressed whole.
    """
    return released(result, query, suppressed(result, query, ledger.unsafe_rows if ledger else ()), redact=redact)


def released(result: ResultTable, query: AuthorizedQuery, hidden: Hidden, *, redact: tuple[int, ...] = ()) -> Release:
    """The table without its hidden cells, and the verdict."""
    columns = value_columns(query)
    withheld = _withheld(result, query, hidden)
    kept = [row for row in range(len(result.rows)) if row not in withheld]
    shown = [_shown(result.rows[row], row, hidden, redact) for row in kept]
    suppressions = tuple(
        Suppression(row=place, column=column, kind=hidden.cells[column][row], rule=_rule(query))
        for place, row in enumerate(kept)
        for column in columns
        if row in hidden.cells.get(column, {})
    )
    table = ReleasedTable(
        columns=result.columns,
        rows=tuple(shown),
        suppressions=suppressions,
        truncated=result.truncated,
        rows_withheld=bool(withheld),
    )
    return Release(table=table, decision=_decision(query, bool(suppressions or withheld)))


def suppressed(result: ResultTable, query: AuthorizedQuery, unsafe_rows: Collection[int] = ()) -> Hidden:
    """Which cells go, primary and secondary, given rows that the ledger found unsafe."""
    if not query.thresholds:
        return Hidden()
    first = primary(result, query)
    columns = value_columns(query)
    rows = {*first.rows, *(row for row in unsafe_rows if 0 <= row < len(result.rows))}
    if not fits(result, query):
        return _marked(columns, rows, {}, {})
    tables = [CellTable(result, query, place) for place in range(len(query.thresholds))]
    for table in tables:
        rows |= table.nested(rows)
    unsafe = {column: frozenset(rows | first.outputs.get(column, frozenset())) for column in columns}
    cells = _completed(query, tables, frozenset(rows), _withheld_before(result, query), unsafe)
    if any(cells.values()):
        for column in _across_rows(result, query, columns):
            cells[column] = set(range(len(result.rows)))
    return _marked(columns, rows, cells, unsafe)


def rows_shown(result: ResultTable, query: AuthorizedQuery, hidden: Hidden) -> tuple[int, ...]:
    """Rows of which at least one figure is left: what the ledger has to know about."""
    columns = value_columns(query)
    if not fits(result, query):
        return ()
    every = range(len(result.rows))
    return tuple(row for row in every if not all(row in hidden.cells.get(column, ()) for column in columns))


def _completed(
    query: AuthorizedQuery,
    tables: Sequence[CellTable],
    rows: frozenset[int],
    before: frozenset[int],
    unsafe: Mapping[int, frozenset[int]],
) -> dict[int, set[int]]:
    """{column: rows to hide}: first the rows that go as a whole, then single outputs and what is linked to them."""
    additive = [column for column in unsafe if is_additive(query.columns[column])]
    summed = [column for column in additive if not query.columns[column].mixes_rows]
    whole = rows | before
    for table in tables:
        whole = table.complete_rows(rows, whole, summed)
    cells = {column: set(whole if column in additive else rows | unsafe[column]) for column in unsafe}
    for column in additive:
        for table in tables:
            if unsafe[column] - rows or (cells[column] and table.sums_secrets(column)):
                found = table.complete_output(column, unsafe[column], frozenset(cells[column]))
                for other in linked(column, query):
                    cells[other] |= found if other in additive else frozenset()
    return cells


def _withheld_before(result: ResultTable, query: AuthorizedQuery) -> frozenset[int]:
    """Rows without a count: SQL has no such thing, so an earlier release hid it."""
    columns = [i for i in value_columns(query) if counts(query.columns[i])]
    return frozenset(row for row, values in enumerate(result.rows) if any(values[i] is None for i in columns))


def _across_rows(result: ResultTable, query: AuthorizedQuery, columns: Sequence[int]) -> Iterator[int]:
    """Columns computed from several rows that would tell a hidden one: running totals, previous values, ranks.

    A total repeated on every row, or a share of it, tells no more than the total, which is taken to be known.
    """
    plain = [column for column in columns if not query.columns[column].mixes_rows]
    for column in columns:
        if query.columns[column].mixes_rows and not _repeats_total(result, column, plain):
            yield column


def _repeats_total(result: ResultTable, column: int, plain: Sequence[int]) -> bool:
    values = [_number(row[column]) for row in result.rows]
    if len(set(values)) == 1:
        return True
    for other in plain:
        ratios = {
            round(value / base, 9)
            for value, row in zip(values, result.rows, strict=True)
            if value is not None and (base := _number(row[other]))
        }
        if len(ratios) == 1 and None not in values and len(values) > 2:
            return True
    return False


def _number(value: Scalar) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _marked(
    columns: Iterable[int],
    rows: Collection[int],
    cells: Mapping[int, Collection[int]],
    unsafe: Mapping[int, Collection[int]],
) -> Hidden:
    marks: dict[int, dict[int, Kind]] = {}
    for column in columns:
        first = {*rows, *unsafe.get(column, ())}
        every = sorted({*first, *cells.get(column, ())})
        marks[column] = {row: "primary" if row in first else "secondary" for row in every}
    return Hidden(cells=marks)


def _withheld(result: ResultTable, query: AuthorizedQuery, hidden: Hidden) -> frozenset[int]:
    """Rows left out whole: that they are there would tell a small number from none.

    So it is wherever a protected column chose the units or made the rows; rows by open keys alone stay.
    """
    if not any(_rows_tell(threshold, bool(query.key_columns)) for threshold in query.thresholds):
        return frozenset()
    columns = value_columns(query)
    if not columns:  # bare keys: DISTINCT over what is protected
        return primary(result, query).rows
    return frozenset.intersection(*(frozenset(hidden.cells.get(column, ())) for column in columns))


def _rows_tell(threshold: UnitThreshold, keyed: bool) -> bool:
    if threshold.protected_keys:
        return True
    return keyed and (threshold.zero_is_disclosive or bool(threshold.protected_columns))


def _shown(row: Sequence[Scalar], place: int, hidden: Hidden, redact: Collection[int]) -> tuple[Scalar, ...]:
    return tuple(
        None if place in hidden.cells.get(column, ()) else _redacted(value) if column in redact else value
        for column, value in enumerate(row)
    )


def _redacted(value: Scalar) -> Scalar:
    return identifiers.redact(value) if isinstance(value, str) else value


def _rule(query: AuthorizedQuery) -> str:
    """One rule for all suppressed cells of an answer, whatever made them unsafe."""
    return next((threshold.rule for threshold in query.thresholds if threshold.rule), "")


def _decision(query: AuthorizedQuery, changed: bool) -> Decision:
    if not changed:
        return Decision(outcome=Outcome.ALLOW, gate=_GATE)
    reasons = dict.fromkeys(Reason(rule=t.rule, clause=t.clause, text=_WHY) for t in query.thresholds)
    return Decision(outcome=Outcome.SUPPRESS, reasons=tuple(reasons), gate=_GATE)
