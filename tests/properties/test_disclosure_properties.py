"""What must hold for any table: POLICY_SPEC 2.3 and 8.5 as properties."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import HealthCheck, Phase, given, settings

sys.path.append(str(Path(__file__).resolve().parents[1] / "policies"))

from cell_builders import counts, threshold

from assistant.domain import AuthorizedQuery, ResultTable, Scalar
from assistant.policies.disclosure import release
from assistant.policies.feasibility import Equation, intervals
from assistant.policies.ledger import LedgerReview

K = 10
SOME = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking solves thousands of programmes
)
SIZES = st.one_of(st.integers(1, 12), st.integers(10, 300))

Groups = dict[tuple[Scalar, ...], range]


def blocks(sizes: dict[tuple[Scalar, ...], int]) -> Groups:
    found: Groups = {}
    start = 0
    for key, size in sizes.items():
        found[key] = range(start, start + size)
        start += size
    return found


@st.composite
def one_way(draw: st.DrawFn) -> Groups:
    return blocks({(f"r{i}",): size for i, size in enumerate(draw(st.lists(SIZES, min_size=1, max_size=9)))})


@st.composite
def two_way(draw: st.DrawFn, *, full: bool = False) -> Groups:
    rows, columns = draw(st.integers(2, 5)), draw(st.integers(2, 4))
    keys = [(f"r{i}", f"c{j}") for i in range(rows) for j in range(columns)]
    return blocks({key: draw(SIZES) for key in keys if full or draw(st.integers(0, 9)) > 0})


def with_totals(groups: Groups) -> dict[tuple[Scalar, ...], list[int]]:
    """As GROUP BY ROLLUP over the last key shows it."""
    shown: dict[tuple[Scalar, ...], list[int]] = {key: list(units) for key, units in groups.items()}
    for key, units in groups.items():
        shown.setdefault((*key[:-1], None), []).extend(units)
    return shown


def figures(
    table: ResultTable, query: AuthorizedQuery, unsafe: frozenset[int] = frozenset()
) -> dict[tuple[Scalar, ...], Scalar]:
    """{keys: figure or None} of what was released."""
    made = release(table, query, ledger=LedgerReview(unsafe_rows=unsafe))
    width = len(query.key_columns)
    return {row[:width]: row[width] for row in made.table.rows}


@SOME
@given(st.one_of(one_way(), two_way()), st.booleans())
def test_no_released_cell_stands_on_few(groups: Groups, zero: bool) -> None:
    rule = threshold(K, zero_is_disclosive=zero)
    keys = [f"k{i}" for i in range(len(next(iter(groups), ("",))))]
    if not groups:
        return
    for key, figure in figures(*counts(groups, keys=keys, rule=rule)).items():
        assert figure is None or len(groups[key]) >= K


@SOME
@given(one_way())
def test_the_total_gives_no_small_group_away(groups: Groups) -> None:
    """One way: whoever knows the total and what is shown knows the sum of the rest, which is none or enough."""
    shown = figures(*counts(groups))
    rest = [len(groups[key]) for key, figure in shown.items() if figure is None]
    everyone = sum(len(units) for units in groups.values())
    if rest and everyone >= K:
        assert sum(rest) >= K or len(rest) == len(groups)
        assert len(rest) > 1 or len(groups) == 1


@SOME
@given(two_way(full=True))
def test_no_small_cell_can_be_solved_from_the_totals(groups: Groups) -> None:
    """Two ways: with all totals known that could be published, every small cell keeps an interval of values.

    (A row with one column only is a total itself; there the ledger stops the second of the two answers.)
    """
    shown = figures(*counts(groups, keys=("a", "b")))
    cells = {key: i for i, key in enumerate(groups)}
    values = {i: float(len(groups[key])) for key, i in cells.items()}
    equations = []
    for d in (0, 1):
        for value in sorted({str(key[d]) for key in groups}):
            line = [key for key in groups if key[d] == value]
            gone = tuple(cells[key] for key in line if shown[key] is None)
            if gone and sum(len(groups[key]) for key in line) >= K and _total_is_publishable(groups, d):
                equations.append(Equation(plus=gone))
    small = [cells[key] for key, units in groups.items() if len(units) < K]
    for cell, (low, high) in intervals(small, equations, values, signed=False).items():
        assert high - low >= 1.0, (cell, low, high)


def _total_is_publishable(groups: Groups, d: int) -> bool:
    """No total of this dimension is itself small (a small one takes another total along)."""
    sums: dict[Scalar, int] = {}
    for key, units in groups.items():
        sums[key[d]] = sums.get(key[d], 0) + len(units)
    return min(sums.values()) >= K


@SOME
@given(st.one_of(one_way(), two_way()))
def test_shown_totals_are_safe_as_well(groups: Groups) -> None:
    if not groups:
        return
    shown = with_totals(groups)
    width = len(next(iter(groups)))
    released = figures(*counts(shown, keys=[f"k{i}" for i in range(width)]))
    for key, units in shown.items():
        if key[-1] is None and released[key] is not None:
            parts = [part for part in groups if part[:-1] == key[:-1]]
            hidden = [len(groups[part]) for part in parts if released[part] is None]
            assert len(units) >= K
            assert not hidden or (len(hidden) > 1 and sum(hidden) >= K)


@SOME
@given(st.one_of(one_way(), two_way()), st.sets(st.integers(0, 12), max_size=4))
def test_release_is_deterministic_and_never_takes_back(groups: Groups, unsafe: set[int]) -> None:
    """Releasing what was released (its hidden figures are gone, its cells the same) shows nothing that was hidden."""
    if not groups:
        return
    table, query = counts(groups, keys=[f"k{i}" for i in range(len(next(iter(groups))))])
    review = LedgerReview(unsafe_rows=frozenset(unsafe))
    first = release(table, query, ledger=review).table
    assert release(table, query, ledger=review).table == first
    again = release(replace(table, rows=first.rows), query, ledger=review).table
    hidden = {(s.row, s.column) for s in first.suppressions}
    assert hidden <= {(s.row, s.column) for s in again.suppressions}


@SOME
@given(one_way(), st.sets(st.integers(0, 8), max_size=3))
def test_release_is_idempotent_one_way(groups: Groups, unsafe: set[int]) -> None:
    table, query = counts(groups)
    review = LedgerReview(unsafe_rows=frozenset(unsafe))
    first = release(table, query, ledger=review).table
    assert release(replace(table, rows=first.rows), query, ledger=review).table.rows == first.rows


@SOME
@given(one_way(), st.sets(st.integers(0, 8), max_size=4))
def test_more_doubts_of_the_ledger_never_show_them(groups: Groups, unsafe: set[int]) -> None:
    table, query = counts(groups)
    shown = figures(table, query, frozenset(unsafe))
    for row, key in enumerate(groups):
        assert row not in unsafe or shown[key] is None


@SOME
@given(one_way(), st.integers(1, 30), st.integers(0, 30))
def test_raising_k_never_shows_a_smaller_cell(groups: Groups, k: int, more: int) -> None:
    """The least cell shown does not shrink, and no cell under the larger threshold is shown."""
    low = figures(*counts(groups, rule=threshold(k)))
    high = figures(*counts(groups, rule=threshold(k + more)))
    shown_high = [len(groups[key]) for key, figure in high.items() if figure is not None]
    assert all(size >= k + more for size in shown_high)
    shown_low = [len(groups[key]) for key, figure in low.items() if figure is not None]
    assert sum(shown_high) <= sum(shown_low) or len(shown_high) <= len(shown_low)
