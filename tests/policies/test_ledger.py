"""Differences between answers, across turns, users of a group and data refreshes."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from cell_builders import ledger_cell, unit_set
from ledger_stores import DAY, KEY, Clock, Store, ask, districts

from assistant.errors import StoreUnavailable
from assistant.policies.ledger import (
    CellLedger,
    LedgerCell,
    LedgerKey,
    LedgerMoved,
    LedgerReview,
)
from assistant.policies.ledger_bounds import KEPT_DAYS

# --------------------------------------------------------------------------- what is allowed


def test_nothing_was_released_yet(ledger: CellLedger) -> None:
    assert ledger.review(KEY, [ledger_cell(0, range(5))]) == LedgerReview()


def test_the_same_question_again(ledger: CellLedger) -> None:
    assert ask(ledger, *districts()) == []
    assert ask(ledger, *districts()) == []


def test_districts_then_districts_by_gender_then_the_total(ledger: CellLedger) -> None:
    assert ask(ledger, *districts()) == []
    assert ask(ledger, *([x for x in d if x % 2 == g] for d in districts() for g in (0, 1))) == []
    assert ask(ledger, range(6000)) == []
    assert ask(ledger, range(1500)) == []


def test_crossing_classifications(ledger: CellLedger) -> None:
    assert ask(ledger, *districts()) == []
    assert ask(ledger, *([x for x in range(6000) if x % 7 == r] for r in range(7))) == []
    assert ask(ledger, *([x for x in range(6000) if x % 11 == r] for r in range(11))) == []


def test_a_small_group_mostly_inside_another_classification_is_no_variant_of_it(ledger: CellLedger) -> None:
    """An age group of a street beside an ethnic group of its district: 7 units outside tell nothing."""
    assert ask(ledger, range(57_000)) == []
    assert ask(ledger, [*range(143), *range(60_000, 60_007)]) == []


def test_but_the_part_inside_it_is(ledger: CellLedger) -> None:
    assert ask(ledger, range(57_000)) == []
    assert ask(ledger, [*range(143), *range(60_000, 60_007)]) == []
    assert ask(ledger, range(143)) == [0]


def test_disjoint_small_sets_do_not_matter_to_each_other(ledger: CellLedger) -> None:
    assert ask(ledger, range(12)) == []
    assert ask(ledger, range(100, 112)) == []


# --------------------------------------------------------------------------- what is not


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (range(560), range(557)),
        (range(557), range(560)),
        (range(560), range(3, 563)),
        (range(40), [*range(36), *range(100, 200)]),
        (range(20), range(11)),
        ([*range(36), *range(100, 200)], range(40)),
    ],
)
def test_sets_that_differ_by_few(ledger: CellLedger, before: Sequence[int], after: Sequence[int]) -> None:
    assert ask(ledger, before) == []
    assert ask(ledger, after) == [0]


def test_the_larger_of_two_thresholds_counts(ledger: CellLedger) -> None:
    assert ask(ledger, range(500), k=20) == []
    assert ask(ledger, range(485), k=10) == [0]


def test_a_total_whose_parts_are_known(ledger: CellLedger) -> None:
    assert ask(ledger, *districts(4)) == []
    assert ask(ledger, range(2003)) == [0]


def test_a_total_whose_parts_came_in_several_answers(ledger: CellLedger) -> None:
    assert ask(ledger, range(500)) == []
    assert ask(ledger, range(500, 900), range(900, 1000)) == []
    assert ask(ledger, range(1004)) == [0]


def test_the_last_part_of_a_known_total(ledger: CellLedger) -> None:
    assert ask(ledger, range(1000)) == []
    assert ask(ledger, range(400)) == []
    assert ask(ledger, range(400, 995)) == [0]


def test_parts_that_nearly_fill_a_known_total(ledger: CellLedger) -> None:
    """Three cells of one answer leave four people of a total given before; the smallest goes."""
    assert ask(ledger, range(1000)) == []
    assert ask(ledger, range(400), range(400, 900), range(900, 996)) == [2]


def test_a_system_of_sums(ledger: CellLedger) -> None:
    """No two sets differ by few and none covers another, but x - y - z + w is a figure about four people."""
    few, p, q, r, s = range(4), range(100, 200), range(200, 300), range(300, 400), range(400, 500)
    assert ask(ledger, [*few, *p, *q]) == []
    assert ask(ledger, [*p, *r]) == []
    assert ask(ledger, [*q, *s]) == []
    assert ask(ledger, [*r, *s]) == [0]


def test_overlaps_that_single_out_few(ledger: CellLedger) -> None:
    """Denning's general tracker: count(A or B) + count(A and B) = count(A) + count(B)."""
    secret = range(100, 104)
    tracker = range(200, 400)
    everyone = range(1000)
    assert ask(ledger, everyone) == []
    assert ask(ledger, tracker) == []
    assert ask(ledger, [*tracker, *secret]) == [0]
    rest = [x for x in everyone if x not in tracker]
    assert ask(ledger, rest) == []
    assert ask(ledger, [*rest[:100], *rest[104:]]) == [0]


def test_a_data_refresh_is_a_difference_in_time(ledger: CellLedger) -> None:
    old = LedgerCell(
        row=0,
        predicate_hash="q",
        aggregate="count",
        unit_set=unit_set(range(500)),
        min_units=10,
        data_version="2025-09",
    )
    ledger.record(KEY, [old])
    assert ask(ledger, range(503)) == [0]
    assert ask(ledger, range(520)) == []


# --------------------------------------------------------------------------- whose answers, and for how long


def test_groups_and_datasets_are_apart(ledger: CellLedger) -> None:
    assert ask(ledger, range(500)) == []
    assert ask(ledger, range(497), key=LedgerKey(dataset="t", group="统计局")) == []
    assert ask(ledger, range(497), key=LedgerKey(dataset="u", group=KEY.group)) == []
    assert ask(ledger, range(497)) == [0]


def test_the_ledger_outlives_the_process(ledger: CellLedger, store: Store) -> None:
    assert ask(ledger, *districts()) == []
    ledger.close()
    assert ask(store.open(), range(497)) == [0]


def test_two_processes_see_each_other(ledger: CellLedger, store: Store) -> None:
    other = store.open()
    assert ask(ledger, range(500)) == []
    assert ask(other, range(600, 1200)) == []
    assert ask(ledger, range(600, 1195)) == [0]
    assert ask(other, range(497)) == [0]


def test_a_colleague_in_between_means_review_again(ledger: CellLedger) -> None:
    review = ledger.review(KEY, [ledger_cell(0, range(500))])
    assert ask(ledger, range(497)) == []
    with pytest.raises(LedgerMoved):
        ledger.record(KEY, [ledger_cell(0, range(500))], after=review.version)
    assert ask(ledger, range(500)) == [0]


def test_answers_are_forgotten_after_the_window(ledger: CellLedger, store: Store, clock: Clock) -> None:
    other = LedgerKey(dataset="u", group="g")
    assert ask(ledger, range(500)) == []
    assert ask(ledger, range(500), key=other) == []
    clock.now += 31 * DAY
    ledger.record(KEY, [])
    assert ask(ledger, range(497)) == []  # nor is it remembered by the process that was open all the time
    assert ask(store.open(), range(300), key=other) == []
    assert store.rows("select count(*) from cells where grp = 'g'") == [(1,)]  # keys nobody asks about are swept too


def test_a_question_asked_again_is_remembered_longer(ledger: CellLedger, clock: Clock) -> None:
    assert ask(ledger, range(500)) == []
    clock.now += 20 * DAY
    assert ask(ledger, range(500)) == []
    clock.now += 20 * DAY
    assert ask(ledger, range(497)) == [0]


def test_the_number_of_cells_is_bounded(store: Store, clock: Clock) -> None:
    small = store.open(max_cells=20, window_days=90)
    for i in range(30):
        clock.now += 2 * DAY
        assert ask(small, range(i * 100, i * 100 + 50)) == []
    assert 10 < store.rows("select count(*) from cells")[0][0] <= 20
    assert ask(small, range(29 * 100, 29 * 100 + 47)) == [0]
    assert ask(small, range(47)) == []


def test_asking_for_much_makes_nothing_young_forgotten(store: Store, clock: Clock) -> None:
    """Or else a flood of harmless questions stood between the two halves of a difference."""
    small = store.open(max_cells=20, window_days=90)
    for i in range(20):
        assert ask(small, range(i * 100, i * 100 + 50)) == []
    with pytest.raises(StoreUnavailable, match="请联系管理员"):
        ask(small, range(5000, 5050))
    assert ask(small, range(50)) == []
    assert store.rows("select count(*) from cells") == [(20,)]
    clock.now += (KEPT_DAYS + 1) * DAY
    assert ask(small, range(47)) == [0]
    assert ask(small, range(5000, 5050)) == []
