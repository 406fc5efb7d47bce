"""Execution accuracy against hand-computed pairs of tables."""

from __future__ import annotations

import random
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.result_tables import cell, holds_rows, orders_rows, same_rows

CASES = [
    # gold, got, ordered, tolerant, strict, why
    ([(1, "a"), (2, "b")], [(2, "b"), (1, "a")], False, True, True, "a multiset has no order"),
    ([(1, "a"), (2, "b")], [(2, "b"), (1, "a")], True, False, False, "the gold orders its rows"),
    ([(1, "a")], [("a", 1)], False, True, False, "columns permuted: headline yes, strict no"),
    ([(1,), (1,)], [(1,)], False, False, False, "duplicates count"),
    ([(1,), (1,), (2,)], [(1,), (2,), (2,)], False, False, False, "the same set, another multiset"),
    ([], [], False, True, True, "both empty"),
    ([(None,)], [(0,)], False, False, False, "NULL is not zero"),
    ([(1, 2)], [(1, 2, 3)], False, False, False, "a further column is another answer here"),
    ([(1, 2), (2, 1)], [(1, 2), (1, 2)], False, False, False, "columns agree one by one, rows do not"),
    ([(0.1 + 0.2,)], [(0.3,)], False, True, True, "engines differ in the last bits"),
    ([(1.0,)], [(1.001,)], False, False, False, "but not in the fourth digit"),
    ([("Paris",)], [("paris",)], False, False, False, "text is compared exactly"),
]


@pytest.mark.parametrize(("gold", "got", "ordered", "tolerant", "strict", "why"), CASES)
def test_tables(gold: list, got: list, ordered: bool, tolerant: bool, strict: bool, why: str) -> None:
    assert same_rows(gold, got, ordered=ordered) is tolerant, why
    assert same_rows(gold, got, ordered=ordered, strict=True) is strict, why


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (3, 3.0),
        (3, Decimal("3.000")),
        (True, 1),
        ("12", 12),
        (date(2024, 1, 2), "2024-01-02"),
        (datetime(2024, 1, 2), "2024-01-02"),
        (datetime(2024, 1, 2, 3, 4), "2024-01-02 03:04:00"),
        (b"x", "x"),
        (-0.0, 0),
    ],
)
def test_cells_that_are_equal(left: object, right: object) -> None:
    assert cell(left) == cell(right)


@pytest.mark.parametrize(("left", "right"), [("012", 12), ("1e3", 1000), (None, ""), ("None", None), ("1 ", "1x")])
def test_cells_that_are_not(left: object, right: object) -> None:
    assert cell(left) != cell(right)


@pytest.mark.parametrize(
    ("sql", "ordered"),
    [
        ("select a from t order by a", True),
        ("SELECT a FROM t ORDER\n BY a LIMIT 1", True),
        ("select a from (select a from t order by a)", False),
        ("select a, rank() over (order by a) from t", False),
        ("select ' order by ' from t", False),
        ("select a from t -- order by a", False),
        ('select "order by" from t', False),
        ("select a from t where b in (select b from u order by b) union select c from v order by 1", True),
    ],
)
def test_top_level_order(sql: str, ordered: bool) -> None:
    assert orders_rows(sql) is ordered


ROWS = st.lists(st.tuples(st.integers(-3, 3), st.sampled_from("ab"), st.integers(0, 2)), max_size=6)


@given(ROWS, st.randoms(use_true_random=False))
def test_any_permutation_of_rows_and_columns_is_the_same_answer(rows: list, draw: random.Random) -> None:
    places = [0, 1, 2]
    draw.shuffle(places)
    other = [tuple(row[at] for at in places) for row in rows]
    draw.shuffle(other)
    assert same_rows(rows, other, ordered=False)


@given(ROWS, ROWS)
def test_tolerant_equality_is_that_of_some_permutation(left: list, right: list) -> None:
    import itertools

    def bag(rows: list) -> list:
        return sorted(rows, key=repr)

    expected = len(left) == len(right) and any(
        bag(left) == bag([tuple(row[at] for at in place) for row in right])
        for place in itertools.permutations(range(3))
    )
    assert same_rows(left, right, ordered=False) is expected


HOLDS = [
    ([("A", 1)], [("A", 1, 0.5)], frozenset(), True, "a further column does no harm"),
    ([("A", 1), ("B", 2)], [("A", 1)], frozenset(), False, "a missing row does"),
    ([("A", 1)], [("A", 1), ("B", 2)], frozenset(), False, "so does one too many"),
    ([("A", 1)], [("A", None)], frozenset({(0, 1)}), True, "a suppressed cell agrees with anything"),
    ([("A", 1)], [("A", None)], frozenset(), False, "a NULL that was not suppressed does not"),
    ([("A", 1)], [(None, None)], frozenset({(0, 0), (0, 1)}), False, "a row with nothing shown says nothing"),
    ([("A", 1), ("B", 2)], [("B", 1), ("A", 2)], frozenset(), False, "values must stand beside their keys"),
    ([("A", 1), ("B", 2)], [("B", 2), ("A", None)], frozenset({(1, 1)}), True, "the visible rows are taken first"),
]


@pytest.mark.parametrize(("gold", "got", "hidden", "expected", "why"), HOLDS)
def test_answers_that_hold_the_gold(gold: list, got: list, hidden: frozenset, expected: bool, why: str) -> None:
    assert holds_rows(gold, got, hidden=hidden) is expected, why


def test_rows_may_be_missing_only_where_the_answer_says_so() -> None:
    gold, got = [("A", 1), ("B", 20)], [("B", 20)]
    assert holds_rows(gold, got, withheld=True)
    assert not holds_rows(gold, got)
    assert not holds_rows(gold, [("B", 21)], withheld=True)
    assert not holds_rows(gold, [("B", 20)] * 2, withheld=True)
