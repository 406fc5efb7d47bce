"""Primary rules and the release itself (POLICY_SPEC 2.3). Single cells: tests/cases/disclosure.yaml."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from cell_builders import counts, magnitude, result, threshold, unit_set

from assistant.domain import CellFacts, Outcome, OutputKind, ResultOrder, UnitThreshold
from assistant.errors import ConfigurationError
from assistant.policies.disclosure import release
from assistant.policies.ledger import LedgerReview
from assistant.yaml_source import build, read_yaml

CASES = Path(__file__).resolve().parents[1] / "cases" / "disclosure.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class CellCase:
    """One cell of one output `x`: shown or not. `shares`: what each unit adds."""

    id: str
    title: str
    why: str
    shown: bool
    units: int
    base_units: int | None = None
    shares: tuple[float, ...] = ()
    chosen: bool = False  # a condition inside the aggregate picked the contributors
    aggregate: str = "count"
    k: int = 10
    secret: bool = False  # p% and dominance apply
    p_percent: float = 10.0
    dominance: tuple[float, float] = (2, 90.0)
    zero: bool = False
    sensitive_condition: bool = False
    protected_condition: bool = False  # a quasi-identifier or a sensitive item chose the units


def _cases() -> list[CellCase]:
    return [build(CellCase, node, ConfigurationError) for node in read_yaml(CASES).child("cells").sequence()]


@pytest.mark.parametrize("case", _cases(), ids=lambda case: case.id)
def test_a_cell(case: CellCase) -> None:
    rule = threshold(
        case.k,
        zero_is_disclosive=case.zero,
        magnitudes=("x",) if case.secret else (),
        p_percent=case.p_percent,
        dominance=(int(case.dominance[0]), case.dominance[1]),
        sensitive_conditions=("t.s",) if case.sensitive_condition else (),
        protected_columns=("t.q",) if case.protected_condition else (),
    )
    parts = (magnitude("x", case.shares, chosen=case.chosen),) if case.shares else ()
    cell = CellFacts(
        units=case.units, base_units=case.base_units, unit_set=unit_set(range(case.units)), magnitudes=parts
    )
    table, query = result([(1.0,)], [cell], keys=(), values=("x",), rule=rule, aggregates={"x": case.aggregate})
    made = release(table, query)
    assert (made.table.rows == ((1.0,),)) is case.shown, case.why
    assert made.decision.outcome is (Outcome.ALLOW if case.shown else Outcome.SUPPRESS)


def test_without_a_threshold_everything_is_shown() -> None:
    table, query = counts({("a",): range(2)})
    made = release(replace(table, cells=()), replace(query, thresholds=()))
    assert made.table.rows == (("a", 2),)
    assert made.decision.outcome is Outcome.ALLOW


@pytest.mark.parametrize("wrong", ["no cells", "too few rows", "too few thresholds", "short row"])
def test_a_result_that_does_not_fit_its_query_is_hidden_whole(wrong: str) -> None:
    table, query = counts({("a",): range(50), ("b",): range(50, 100)})
    if wrong == "no cells":
        table = replace(table, cells=())
    elif wrong == "too few rows":
        table = replace(table, cells=table.cells[:1])
    elif wrong == "too few thresholds":
        query = replace(query, thresholds=query.thresholds * 2)
    else:
        table = replace(table, rows=(("a",), ("b", 50)))
        query = replace(query, columns=query.columns)
    made = release(table, query)
    assert made.decision.outcome is Outcome.SUPPRESS
    assert all(row[1:] in ((None,), ()) for row in made.table.rows)


def test_keys_stay_and_figures_go() -> None:
    table, query = counts({("a",): range(100), ("b",): range(100, 160), ("c",): range(160, 163)})
    made = release(table, query)
    assert made.table.rows == (("a", 100), ("b", None), ("c", None))
    assert [(s.row, s.column, s.kind) for s in made.table.suppressions] == [(1, 1, "secondary"), (2, 1, "primary")]
    assert not made.table.rows_withheld


def test_where_zero_tells_as_much_as_few_the_whole_row_goes() -> None:
    groups = {("a",): range(100), ("b",): range(100, 160), ("c",): range(160, 163)}
    table, query = counts(groups, rule=threshold(zero_is_disclosive=True))
    made = release(table, query)
    assert made.table.rows == (("a", 100),)
    assert made.table.suppressions == ()
    assert made.table.rows_withheld


def test_the_reason_is_one_for_all() -> None:
    """Primary, secondary, dominance or ledger: the reader cannot tell them apart by rule, clause or words."""
    small = release(*counts({("a",): range(100), ("b",): range(200, 203)}))
    earlier = release(
        *counts({("a",): range(100), ("b",): range(200, 290)}), ledger=LedgerReview(unsafe_rows=frozenset({1}))
    )
    assert small.decision == earlier.decision
    assert {s.rule for s in (*small.table.suppressions, *earlier.table.suppressions)} == {"R-K"}
    (reason,) = small.decision.reasons
    assert reason.clause == "某法第一条"
    assert not any(character.isdigit() for character in reason.text.zh + reason.text.en)


def test_rows_of_the_ledger_are_suppressed() -> None:
    table, query = counts({("a",): range(100), ("b",): range(100, 200), ("c",): range(200, 320)})
    made = release(table, query, ledger=LedgerReview(unsafe_rows=frozenset({0, 99, -1})))
    assert made.table.rows == (("a", None), ("b", None), ("c", 120))


def test_only_the_dominated_sum_goes_and_its_mean_with_it() -> None:
    """The number of firms stays; what the sum could be worked out from does not."""
    rule = threshold(3, magnitudes=("s",))
    giants, even = [1000.0, 1.0, 1.0, 1.0], [50.0] * 40
    cells = [
        CellFacts(units=4, unit_set=unit_set(range(4)), magnitudes=(magnitude("s", giants), magnitude("m", giants))),
        CellFacts(units=40, unit_set=unit_set(range(4, 44)), magnitudes=(magnitude("s", even), magnitude("m", even))),
        CellFacts(units=40, unit_set=unit_set(range(44, 84)), magnitudes=(magnitude("s", even), magnitude("m", even))),
        CellFacts(units=40, unit_set=unit_set(range(84, 124)), magnitudes=(magnitude("s", even), magnitude("m", even))),
    ]
    rows = [("a", 1003.0, 250.75, 4), ("b", 2000.0, 50.0, 40), ("c", 2001.0, 50.0, 40), ("d", 2002.0, 50.0, 40)]
    table, query = result(
        rows,
        cells,
        values=("s", "m", "n"),
        rule=rule,
        aggregates={"s": "sum", "m": "avg", "n": "count"},
        sources={"s": ("t.v",), "m": ("t.v",), "n": ("t.id",)},
    )
    made = release(table, query)
    assert made.table.rows[0] == ("a", None, None, 4)
    assert made.table.rows[1] == ("b", None, None, 40)
    assert made.table.rows[2:] == (("c", 2001.0, 50.0, 40), ("d", 2002.0, 50.0, 40))


def test_a_sum_whose_contributors_nobody_counted_is_hidden() -> None:
    cell = CellFacts(units=50, unit_set=unit_set(range(50)))
    table, query = result([(5.0,)], [cell], keys=(), values=("s",), rule=threshold(magnitudes=("s",)))
    assert release(table, query).table.rows == ((None,),)


def test_a_median_has_no_complement() -> None:
    """Medians do not add up: hiding a second one would protect nothing."""
    sizes = {"a": 100, "b": 100, "c": 3}
    cells = [CellFacts(units=n, unit_set=unit_set(range(i * 200, i * 200 + n))) for i, n in enumerate(sizes.values())]
    rows = [("a", 5.0), ("b", 6.0), ("c", 7.0)]
    table, query = result(rows, cells, values=("m",), aggregates={"m": "quantile_cont"})
    assert release(table, query).table.rows == (("a", 5.0), ("b", 6.0), ("c", None))


@pytest.mark.parametrize(
    ("name", "figures", "hidden"),
    [
        ("running total", (100, 160, 163, 283), True),
        ("previous value", (None, 100, 60, 3), True),
        ("rank", (2, 3, 4, 1), True),
        ("total on every row", (283, 283, 283, 283), False),
        ("share of the total", (100 / 283, 60 / 283, 3 / 283, 120 / 283), False),
    ],
)
def test_columns_computed_across_rows(name: str, figures: tuple[float, ...], hidden: bool) -> None:
    """They are hidden with the first suppressed cell, unless all they tell is the total."""
    sizes = (100, 60, 3, 120)
    cells = [CellFacts(units=n, unit_set=unit_set(range(i * 200, i * 200 + n))) for i, n in enumerate(sizes)]
    rows = [(key, n, x) for key, n, x in zip("abcd", sizes, figures, strict=True)]
    table, query = result(rows, cells, values=("n", "x"), mixing=("x",))
    shown = [row[2] for row in release(table, query).table.rows]
    assert shown == ([None] * 4 if hidden else [figures[0], None, None, figures[3]]), name


def test_one_answer_that_contains_its_own_difference() -> None:
    """Two branches of a union over nearly the same people: the smaller goes."""
    table, query = counts({("all",): range(500), ("but three",): range(497)})
    assert release(table, query).table.rows == (("all", None), ("but three", None))
    cells = [CellFacts(units=500, unit_set=unit_set(range(500))), CellFacts(units=497, unit_set=unit_set(range(497)))]
    table, query = result([(500,), (497,)], cells, keys=())
    assert release(table, query).table.rows == ((500,), (None,))


def test_one_value_for_a_whole_group_is_class_disclosure() -> None:
    rule = threshold(zero_is_disclosive=True, sensitive_keys=("s",))
    groups = {("a", "x"): range(50), ("b", "x"): range(50, 100), ("b", "y"): range(100, 150)}
    made = release(*counts(groups, keys=("d", "s"), rule=rule))
    assert ("a", "x", 50) not in made.table.rows
    assert made.table.rows_withheld


def test_the_one_value_that_was_asked_for_is_no_class_disclosure() -> None:
    rule = threshold(zero_is_disclosive=True, sensitive_keys=("s",), sensitive_conditions=("t.s",))
    made = release(*counts({("a", "x"): range(50), ("b", "x"): range(50, 100)}, keys=("d", "s"), rule=rule))
    assert made.decision.outcome is Outcome.ALLOW


def test_free_text_is_redacted_and_other_text_is_not() -> None:
    table, query = counts({("我是张三，电话13800001234",): range(50)})
    query = replace(query, thresholds=(), columns=(replace(query.columns[0], kind=OutputKind.RAW), query.columns[1]))
    table = replace(table, cells=())
    assert release(table, query, redact=(0,)).table.rows == (("我是[姓名]，电话[手机号]", 50),)
    assert release(table, query).table.rows == table.rows


def test_a_larger_threshold_never_shows_more() -> None:
    groups = {
        (key,): range(i * 100, i * 100 + size)
        for i, (key, size) in enumerate(zip("abcdef", (3, 8, 15, 30, 60, 90), strict=True))
    }
    shown = []
    for k in (2, 5, 10, 20, 40, 80):
        rows = release(*counts(groups, rule=threshold(k))).table.rows
        shown.append(sum(row[1] is not None for row in rows))
    assert shown == sorted(shown, reverse=True)
    assert shown[0] == 6
    assert shown[-1] < 3


# --------------------------------------------------------------------------- what is said whether or not


def _guarded(**more: Any) -> UnitThreshold:
    return replace(threshold(10), protected_keys=("t.d",), **more)


def test_that_rows_are_left_out_is_said_of_the_kind_of_table_and_not_of_its_data() -> None:
    """The mark stands over a table without a small group as over one with it; the verdict needs k units left out."""
    large = {("a",): range(40), ("b",): range(40, 90)}
    one_more = {**large, ("rare",): range(90, 91)}
    for groups, keys in ((large, 2), (one_more, 2)):
        table, query = counts(groups, rule=_guarded())
        bare = replace(query, columns=query.columns[:1])
        made = release(replace(table, rows=tuple(row[:1] for row in table.rows), columns=table.columns[:1]), bare)
        assert (made.table.rows_withheld, made.decision.outcome) == (True, Outcome.ALLOW)
        assert len(made.table.rows) == keys


def test_a_table_without_a_row_does_not_say_whether_there_was_one() -> None:
    none = release(*counts({}, rule=_guarded()))
    few = release(*counts({("a",): range(3)}, rule=_guarded()))
    assert (none.table, none.decision) == (few.table, few.decision)
    assert none.decision.outcome is Outcome.SUPPRESS


def test_rows_are_ordered_and_cut_after_the_small_ones_are_gone() -> None:
    groups = {("c",): range(50), ("a",): range(50, 53), ("b",): range(60, 90), ("d",): range(100, 190)}
    table, query = counts(groups, rule=threshold(10))
    query = replace(query, order=(ResultOrder(column=1),), limit=2)
    assert [row[0] for row in release(table, query).table.rows] == ["c", "d"]  # b goes with a: the total tells
    whole = release(table, replace(query, limit=None)).table
    assert [row[1] for row in whole.rows] == [50, 90, None, None]
    assert [row[0] for row in whole.rows] == ["c", "d", "a", "b"]
    assert {suppression.row for suppression in whole.suppressions} == {2, 3}
    paged = release(table, replace(query, limit=1, offset=1)).table
    assert [row[0] for row in paged.rows] == ["d"]


def test_rows_in_the_order_of_a_key_that_is_not_shown_keep_it() -> None:
    table, query = counts({("c",): range(50), ("a",): range(50, 120), ("b",): range(120, 150)}, rule=threshold(10))
    assert [row[0] for row in release(table, query).table.rows] == ["a", "b", "c"]
    assert [row[0] for row in release(table, replace(query, ordered=True)).table.rows] == ["c", "a", "b"]


def test_more_rows_than_can_be_shown_are_cut_and_told() -> None:
    table, query = counts({(f"r{i:02d}",): range(100 * i, 100 * i + 20) for i in range(12)}, rule=threshold(10))
    made = release(table, replace(query, shown_limit=5)).table
    assert (len(made.rows), made.truncated) == (5, True)
    assert not release(table, replace(query, shown_limit=5, limit=5)).table.truncated


def test_part_of_a_table_is_not_judged() -> None:
    table, query = counts({("a",): range(40), ("b",): range(40, 90)}, rule=threshold(10))
    made = release(replace(table, truncated=True), query)
    assert {row[1] for row in made.table.rows} == {None}


@pytest.mark.parametrize(("left_out", "shown"), [(0, False), (5, False), (10, True), (400, True)])
def test_whom_the_sensitive_condition_alone_leaves_out_counts_too(left_out: int, shown: bool) -> None:
    """All 30 people of some street and age have it: that nobody of them is left out says it of everyone."""
    rule = replace(threshold(10), sensitive_conditions=("t.religion",))
    table, query = counts({("a",): range(30)}, rule=rule)
    facts = replace(table.cells[0][0], base_units=560, left_out=(unit_set(range(100, 100 + left_out)),))
    made = release(replace(table, cells=((facts,),)), query)
    assert (made.table.rows[0][1] == 30) is shown
