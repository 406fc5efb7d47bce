"""Secondary suppression: margins, hierarchies, the line rule and the audit by linear programming."""

from __future__ import annotations

import pytest
from cell_builders import counts, magnitude, result, threshold, unit_set

from assistant.domain import CellFacts, ReleasedTable, Scalar
from assistant.policies.disclosure import release
from assistant.policies.feasibility import Equation, intervals, too_narrow
from assistant.policies.margins import structure_of
from assistant.policies.secondary import protection


def hidden(table: ReleasedTable, keys: int = 1) -> set[tuple[Scalar, ...]]:
    """Keys of the rows without a figure."""
    return {row[:keys] for row in table.rows if row[keys] is None}


def blocks(sizes: dict[tuple[Scalar, ...], int]) -> dict[tuple[Scalar, ...], range]:
    """Disjoint units for every key."""
    found, start = {}, 0
    for key, size in sizes.items():
        found[key] = range(start, start + size)
        start += size
    return found


# --------------------------------------------------------------------------- one dimension


def test_one_small_cell_takes_the_smallest_safe_one_along() -> None:
    made = release(*counts(blocks({("a",): 90, ("b",): 40, ("c",): 3, ("d",): 60})))
    assert hidden(made.table) == {("c",), ("b",)}


def test_two_small_cells_that_together_are_enough_need_no_third() -> None:
    made = release(*counts(blocks({("a",): 90, ("b",): 40, ("c",): 6, ("d",): 7})))
    assert hidden(made.table) == {("c",), ("d",)}


def test_two_small_cells_that_together_are_few_do() -> None:
    """The total less what is shown would be a figure about seven people."""
    made = release(*counts(blocks({("a",): 90, ("b",): 40, ("c",): 3, ("d",): 4})))
    assert hidden(made.table) == {("b",), ("c",), ("d",)}


def test_a_single_group_has_no_line() -> None:
    assert hidden(release(*counts(blocks({("a",): 90}))).table) == set()


def test_all_small_is_all_hidden_and_nothing_more() -> None:
    made = release(*counts(blocks({("a",): 3, ("b",): 4})))
    assert hidden(made.table) == {("a",), ("b",)}


def test_a_complement_of_hidden_cells_must_not_be_one_firm() -> None:
    """p% holds for the sum of what is hidden, not only for each cell."""
    rule = threshold(3, magnitudes=("s",))
    shares = {"a": [1000.0, 2.0, 1.0], "b": [10.0] * 5, "c": [60.0] * 5, "d": [200.0] * 5}
    cells, start = [], 0
    for own in shares.values():
        cells.append(
            CellFacts(
                units=len(own), unit_set=unit_set(range(start, start + len(own))), magnitudes=(magnitude("s", own),)
            )
        )
        start += len(own)
    rows = [(key, sum(own)) for key, own in shares.items()]
    made = release(*result(rows, cells, values=("s",), rule=rule, aggregates={"s": "sum"}))
    assert hidden(made.table) == {("a",), ("c",)}  # b, the smallest, would leave 50 beside a thousand


# --------------------------------------------------------------------------- totals


@pytest.mark.parametrize("name", [None, "合计", "全市"])
def test_a_shown_total_is_a_total_whatever_it_is_called(name: str | None) -> None:
    groups = blocks({("a",): 90, ("b",): 40, ("c",): 3, ("d",): 60})
    made = release(*counts({**groups, (name,): range(193)}))
    assert hidden(made.table) == {("c",), ("b",)}
    assert (name, 193) in made.table.rows


def test_an_unknown_value_is_no_total() -> None:
    """NULL as a group of its own: its units are others."""
    made = release(*counts(blocks({("a",): 90, ("b",): 40, (None,): 3, ("d",): 60})))
    assert hidden(made.table) == {(None,), ("b",)}


def test_without_unit_sets_sizes_decide_what_is_a_total() -> None:
    sizes = {("a",): 90, ("b",): 40, ("c",): 3, (None,): 133}
    rows = [(*key, size) for key, size in sizes.items()]
    made = release(*result(rows, [CellFacts(units=size) for size in sizes.values()]))
    assert hidden(made.table) == {("c",), ("b",)}


def test_a_total_of_a_small_group_goes_with_it() -> None:
    groups = blocks({("a", "x"): 90, ("a", "y"): 40, ("b", "x"): 2, ("b", "y"): 3})
    shown: dict[tuple[Scalar, ...], range | list[int]] = dict(groups)
    shown[("a", None)] = range(130)
    shown[("b", None)] = range(130, 135)
    shown[(None, None)] = range(135)
    made = release(*counts(shown, keys=("d", "g")))
    gone = hidden(made.table, 2)
    assert {("b", "x"), ("b", "y"), ("b", None)} <= gone
    assert ("a", None) in gone  # else the total less it gives b
    assert (None, None) not in gone


# --------------------------------------------------------------------------- two dimensions, hierarchies


def test_a_cross_table_closes_a_rectangle() -> None:
    sizes = {(a, b): 40 + 10 * i + 3 * j for i, a in enumerate("ABCD") for j, b in enumerate("xyz")}
    sizes[("B", "y")] = 4
    gone = hidden(release(*counts(blocks(sizes), keys=("d", "g"))).table, 2)
    assert len(gone) == 4
    rows, columns = {a for a, _ in gone}, {b for _, b in gone}
    assert (len(rows), len(columns)) == (2, 2)
    assert ("B", "y") in gone


def test_a_category_too_small_to_publish_costs_one_more_cell_not_the_table() -> None:
    """Its own total could not be published either, so it is not taken to be known."""
    sizes = {(d, e): 15 + 5 * i + j for i, d in enumerate("abcdef") for j, e in enumerate(["han", "hui", "man"])}
    sizes[("e", "rare")] = 2
    gone = hidden(release(*counts(blocks(sizes), keys=("d", "e"))).table, 2)
    assert ("e", "rare") in gone
    assert len(gone) <= 4


def test_a_name_beside_its_code_is_no_dimension() -> None:
    sizes: dict[tuple[Scalar, ...], int] = {("1", "one"): 90, ("2", "two"): 40, ("3", "three"): 3, ("4", "four"): 60}
    gone = hidden(release(*counts(blocks(sizes), keys=("code", "name"))).table, 2)
    assert gone == {("3", "three"), ("2", "two")}


def test_streets_are_protected_within_their_district() -> None:
    """The district's total is obtainable: the complement must come from the same district."""
    sizes: dict[tuple[Scalar, ...], int] = {
        ("A", "a1"): 90, ("A", "a2"): 3, ("A", "a3"): 80,
        ("B", "b1"): 20, ("B", "b2"): 30, ("B", "b3"): 40,
    }  # fmt: skip
    gone = hidden(release(*counts(blocks(sizes), keys=("d", "street"))).table, 2)
    assert gone == {("A", "a2"), ("A", "a3")}


def test_a_district_of_one_small_street_is_protected_among_the_districts() -> None:
    sizes: dict[tuple[Scalar, ...], int] = {
        ("A", "a1"): 90, ("A", "a2"): 70, ("B", "b1"): 3, ("C", "c1"): 50, ("C", "c2"): 60,
    }  # fmt: skip
    gone = hidden(release(*counts(blocks(sizes), keys=("d", "street"))).table, 2)
    assert ("B", "b1") in gone
    assert gone & {("C", "c1"), ("C", "c2"), ("A", "a1"), ("A", "a2")}


def test_absent_combinations_of_a_sensitive_table_count_as_hidden_zeros() -> None:
    """Whether nobody or a few have it must look the same, so the few's complements go for nobody too."""
    rule = threshold(zero_is_disclosive=True)
    full = {(a, b): 40 + 10 * i + 3 * j for i, a in enumerate("ABCD") for j, b in enumerate("xyz")}
    few, none = dict(full), dict(full)
    few[("B", "y")] = 4
    del none[("B", "y")]
    first = release(*counts(blocks(few), keys=("d", "s"), rule=rule)).table
    second = release(*counts(blocks(none), keys=("d", "s"), rule=rule)).table
    assert {row[:2] for row in first.rows} == {row[:2] for row in second.rows}
    assert (first.suppressions, first.rows_withheld) == (second.suppressions, second.rows_withheld)


# --------------------------------------------------------------------------- structure and audit


def test_three_dimensions_have_all_their_totals() -> None:
    keys = [(a, b, c) for a in "AB" for b in "xy" for c in "12"]
    structure = structure_of(keys, [10] * 8, lambda row, others: False, fill=False)
    assert len(structure.totals) == 3 * 4 + 3 * 2 + 1
    assert len(structure.lines) == 12 + 2 * 6 + 3


def test_of_a_very_large_table_only_the_nearest_totals_are_formed() -> None:
    keys = [(f"{a}", f"{b}", f"{c}", f"{d}") for a in range(6) for b in range(6) for c in range(6) for d in range(6)]
    structure = structure_of(keys, [10] * len(keys), lambda row, others: False, fill=False)
    assert len(structure.lines) == 4 * 6**3
    assert {len(line.cells) for line in structure.lines} == {6}


@pytest.mark.parametrize(
    ("equations", "expected"),
    [
        ([], (0.0, float("inf"))),
        ([Equation(plus=(0,))], (5.0, 5.0)),
        ([Equation(plus=(0, 1))], (0.0, 12.0)),
        ([Equation(plus=(0, 1)), Equation(plus=(0, 2))], (0.0, 8.0)),
        ([Equation(plus=(0, 1)), Equation(plus=(1, 2)), Equation(plus=(0, 2))], (5.0, 5.0)),
        ([Equation(plus=(0,), minus=(1,))], (0.0, float("inf"))),
        ([Equation(plus=(1,), minus=(0,)), Equation(plus=(1, 2))], (0.0, 8.0)),
    ],
)
def test_feasible_intervals(equations: list[Equation], expected: tuple[float, float]) -> None:
    values = {0: 5.0, 1: 7.0, 2: 3.0}
    assert intervals((0,), equations, values, signed=False)[0] == pytest.approx(expected)


def test_figures_of_both_signs_are_bound_by_equations_only() -> None:
    values = {0: 5.0, 1: -7.0}
    low, high = intervals((0,), [Equation(plus=(0, 1))], values, signed=True)[0]
    assert (low, high) == (float("-inf"), float("inf"))


def test_the_audit_agrees_with_exact_intervals() -> None:
    """One solution stands for many cells; the answer must be that of solving for each."""
    lines = [tuple(range(i * 5, i * 5 + 5)) for i in range(5)] + [tuple(range(j, 25, 5)) for j in range(5)]
    values = {cell: float((cell * 7) % 11) for cell in range(25)}
    shown = {cell for cell in range(25) if cell % 3 == 0}
    equations = [Equation(plus=tuple(c for c in line if c not in shown)) for line in lines]
    needs = {cell: protection(values[cell], 60.0) for cell in range(25) if cell not in shown}
    exact = intervals(needs, equations, values, signed=False)
    narrow = {
        cell for cell, (low, high) in needs.items() if exact[cell][0] > low + 1e-6 or exact[cell][1] < high - 1e-6
    }
    assert too_narrow(needs, equations, values, signed=False) == narrow
    assert 0 < len(narrow) < len(needs)


@pytest.mark.parametrize(
    ("value", "percent", "expected"),
    [(100.0, 10.0, (90.0, 110.0)), (3.0, 10.0, (2.0, 4.0)), (0.0, 10.0, (0.0, 1.0)), (-50.0, 10.0, (-55.0, -45.0))],
)
def test_protection(value: float, percent: float, expected: tuple[float, float]) -> None:
    assert protection(value, percent) == pytest.approx(expected)


def test_the_same_table_is_always_suppressed_the_same_way() -> None:
    sizes = {(a, b): (17 * i + 5 * j) % 37 + 1 for i, a in enumerate("ABCDEF") for j, b in enumerate("wxyz")}
    first = release(*counts(blocks(sizes), keys=("d", "g"))).table
    again = release(*counts(blocks(sizes), keys=("d", "g"))).table
    assert first == again
