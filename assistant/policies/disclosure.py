"""What may be shown of a result: ResultTable -> ReleasedTable. The only maker of ReleasedTable.

Primary rules first (suppression.py), then what earlier answers make unsafe (a LedgerReview), then further cells so that
none of those can be worked out (secondary.py). Keys stay, unsafe figures become None; where a zero is as telling as a
small number, the whole row is left out, because its key would say "not zero". The reason is the same for all of them,
and that rows are left out of such a table is said always, whether or not there were any.
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
    Release,
    ReleasedTable,
    ResultTable,
    Scalar,
    Suppression,
    Text,
)
from assistant.policies import identifiers
from assistant.policies.arrangement import arranged, cut
from assistant.policies.cell_table import CellTable
from assistant.policies.released_cells import LedgerReview
from assistant.policies.suppression import counts, fits, is_additive, linked, primary, value_columns
from assistant.policies.unit_sets import RowUnits

Kind: TypeAlias = Literal["primary", "secondary"]

_WHY = Text(
    zh="为保护个体信息，部分单元按规则不予公布",
    en="Some cells are withheld by rule to protect the units behind them",
)
_GATE = "G5"


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
    """The table without its hidden cells, in the query's order, and the verdict."""
    columns = value_columns(query)
    listed = _listed(result, query, hidden)
    kept, truncated = cut(query, listed) if query.thresholds else (listed, result.truncated)
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
        truncated=truncated,
        rows_withheld=leaves_rows_out(query) or _is_cut(query),
        rounded=query.rounded,
        among_published=_is_cut(query),
    )
    changed = bool(suppressions) or _lacks_rows(result, query, listed)
    return Release(table=table, decision=_decision(query, changed))


def _listed(result: ResultTable, query: AuthorizedQuery, hidden: Hidden) -> tuple[int, ...]:
    """The rows that may be listed, arranged; before the cut."""
    if not query.thresholds:
        return tuple(range(len(result.rows)))
    withheld = _withheld(result, query, hidden)
    return arranged(result, query, (row for row in range(len(result.rows)) if row not in withheld), hidden.cells)


def _lacks_rows(result: ResultTable, query: AuthorizedQuery, listed: Collection[int]) -> bool:
    """Whether the verdict may say that rows are missing: only of enough units, or where nothing is listed at all.

    That somebody has a rare value is not to be seen: fewer than k units that are left out leave no trace, and of a
    table without a row nobody learns whether there was any. Of a cut table what is in sight is all that may tell.
    """
    if not leaves_rows_out(query):
        return False
    if not listed or not fits(result, query):
        return True
    if _is_cut(query):
        return False
    missing = sorted(set(range(len(result.rows))) - set(listed))
    return all(
        RowUnits([result.cells[row][place] for row in missing]).together(range(len(missing))) >= threshold.min_units
        for place, threshold in enumerate(query.thresholds)
    )


def suppressed(result: ResultTable, query: AuthorizedQuery, unsafe_rows: Collection[int] = ()) -> Hidden:
    """Which cells go, primary and secondary, given rows that the ledger found unsafe."""
    if not query.thresholds:
        return Hidden()
    first = primary(result, query)
    columns = value_columns(query)
    rows = {*first.rows, *(row for row in unsafe_rows if 0 <= row < len(result.rows))}
    if not fits(result, query) or result.truncated:  # part of a table cannot be judged
        return _marked(columns, range(len(result.rows)), {}, {})
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
    """Rows of which at least one figure is left: what the ledger has to compare."""
    columns = value_columns(query)
    if not fits(result, query):
        return ()
    every = range(len(result.rows))
    return tuple(row for row in every if not all(row in hidden.cells.get(column, ()) for column in columns))


def rows_given(result: ResultTable, query: AuthorizedQuery, hidden: Hidden) -> frozenset[int]:
    """Those of them that are within the query's cut: what the ledger has to remember."""
    kept, _ = cut(query, _listed(result, query, hidden))
    return frozenset(kept) & frozenset(rows_shown(result, query, hidden))


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


def leaves_rows_out(query: AuthorizedQuery) -> bool:
    """True for the tables in which rows on too few units are left out whole: a property of the query alone.

    So it is wherever a protected column chose the units or made the rows, and a row's presence would tell a small
    number from none; rows by open keys alone stay.
    """
    keyed = bool(query.key_columns)
    return any(
        threshold.protected_keys or (keyed and (threshold.zero_is_disclosive or threshold.protected_columns))
        for threshold in query.thresholds
    )


def _is_cut(query: AuthorizedQuery) -> bool:
    """The query itself asks for some of the rows: withheld ones are passed by."""
    return bool(query.thresholds) and (query.limit is not None or query.offset > 0)


def _withheld(result: ResultTable, query: AuthorizedQuery, hidden: Hidden) -> frozenset[int]:
    if not leaves_rows_out(query):
        return frozenset()
    columns = value_columns(query)
    if not columns:  # bare keys: DISTINCT over what is protected
        return primary(result, query).rows
    return frozenset.intersection(*(frozenset(hidden.cells.get(column, ())) for column in columns))


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
