"""Equal members of different populations: what answers tell of those whom they leave out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from cell_builders import counts, threshold, unit_set
from hypothesis import given
from hypothesis import strategies as st
from ledger_stores import KEY

from assistant.domain import AuthorizedQuery, CellFacts, Outcome, ResultTable
from assistant.policies import feasibility
from assistant.policies.ledger import CellLedger, LedgerCell
from assistant.policies.populations import Figure, certain_rows
from assistant.policies.publication import publish
from assistant.policies.unit_sets import bitmap_of

# --------------------------------------------------------------------------- populations


def chosen(members: Iterable[int], population: Iterable[int], k: int = 10) -> tuple[ResultTable, AuthorizedQuery]:
    """One count of `members`, whom a sensitive condition chose from `population`."""
    inside = tuple(members)
    table, query = counts({(): inside}, keys=(), rule=threshold(k))
    left = unit_set(set(population) - set(inside))
    facts = CellFacts(units=len(inside), unit_set=unit_set(inside), left_out=(left,))
    return replace(table, cells=((facts,),)), query


def told(ledger: CellLedger, *asked: tuple[ResultTable, AuthorizedQuery]) -> list[bool]:
    """Whether each of some questions in turn gets its figure."""
    return [publish(*one, ledger, group="g").table.rows[0][0] is not None for one in asked]


def figure(row: int, members: Iterable[int], *rests: Iterable[int]) -> list[LedgerCell]:
    """The cells of one figure with several populations."""
    counted = LedgerCell(
        row=row,
        predicate_hash="p",
        aggregate="count",
        unit_set=unit_set(members),
        min_units=10,
        others=tuple(unit_set(one) for one in rests),
    )
    return [counted, *(replace(counted, unit_set=one, others=(), left_out=True) for one in counted.others)]


def test_equal_members_of_populations_that_differ_by_few(ledger: CellLedger) -> None:
    """The figure is the same: so none of the four has it."""
    first = chosen(range(100), range(1000))
    assert told(ledger, first, chosen(range(100), range(996)), chosen(range(100), range(1004))) == [True, False, False]


def test_equal_members_of_populations_that_differ_by_many(ledger: CellLedger) -> None:
    """The figure is the same: of the hundred between the populations nobody has it, and any few of them are known."""
    assert told(ledger, chosen(range(100), range(1000)), chosen(range(100), range(900))) == [True, False]


def test_other_members_of_populations_that_differ_by_many(ledger: CellLedger) -> None:
    assert told(ledger, chosen(range(100), range(1000)), chosen(range(60), range(900))) == [True, True]


def test_equal_rests_of_populations_that_differ_by_many(ledger: CellLedger) -> None:
    """Districts by faith, and one of them without its minorities: all of the forty-three have the faith."""
    assert told(ledger, chosen(range(538), range(560)), chosen(range(43, 538), range(43, 560))) == [True, False]


def test_a_rest_that_two_other_figures_have_between_them(ledger: CellLedger) -> None:
    """The same where the district's figure is the difference of two unions: neither of them is alike to the third."""
    district, minorities, further = range(560), range(43), range(1000, 3000)
    asked = [
        chosen([*range(538), *range(1000, 2800)], [*district, *further]),
        chosen(range(1000, 2800), further),
        chosen(range(len(minorities), 538), range(len(minorities), 560)),
    ]
    assert told(ledger, *asked) == [True, True, False]


def test_the_same_unions_with_some_of_both_in_the_difference(ledger: CellLedger) -> None:
    district, further = range(560), range(1000, 3000)
    asked = [
        chosen([*range(510), *range(1000, 2800)], [*district, *further]),
        chosen(range(1000, 2800), further),
        chosen(range(50, 460), [*range(50, 560)]),
    ]
    assert told(ledger, *asked) == [True, True, True]


def test_a_tracker_counts_its_few_twice_and_others_once(ledger: CellLedger) -> None:
    """q(few or pad) + q(few or not pad) - q(all but others): nobody among the few and the others, together not few."""
    few, others, pad, rest = range(9), range(9, 20), range(20, 1000), range(1000, 3000)
    asked = [
        chosen(range(100, 134), [*few, *pad], k=20),
        chosen(range(1500, 1562), [*few, *others, *rest], k=20),
        chosen([*range(100, 134), *range(1500, 1562)], [*few, *pad, *rest], k=20),
    ]
    assert told(ledger, *asked) == [True, True, False]


def test_the_opposite_is_the_same_secret(ledger: CellLedger) -> None:
    """Who has it among a thousand, who has it not among nine hundred of them: none of the hundred has it."""
    assert told(ledger, chosen(range(100), range(1000)), chosen(range(100, 900), range(900))) == [True, False]


def test_figures_about_two_secrets_say_nothing_together(ledger: CellLedger) -> None:
    """The same numbers, but the second figure chose other people by another condition."""
    first, second = chosen(range(100), range(1000)), chosen(range(50, 150), range(900))
    assert told(ledger, first, second) == [True, True]


def test_what_was_certain_before_refuses_nothing_new(ledger: CellLedger) -> None:
    """A hundred became certain (given before this rule was there): other figures of the secret are not held up."""
    ledger.record(KEY, [*figure(0, range(100), range(100, 1000)), *figure(1, range(100), range(100, 900))])
    assert ledger.review(KEY, figure(2, range(60), range(200, 800))).unsafe_rows == frozenset()


def test_one_figure_of_two_populations_tells_nothing_of_those_between(ledger: CellLedger) -> None:
    """Found ill among all residents, and among those who went to hospital: who never went was known not to be found."""
    cells = figure(0, range(100), range(100, 1000), range(100, 600))
    assert ledger.review(KEY, cells).unsafe_rows == frozenset()
    ledger.record(KEY, cells)
    assert ledger.review(KEY, figure(0, range(80), range(100, 500))).unsafe_rows == frozenset()


def test_figures_of_two_populations_in_one_result_tell_of_those_between(ledger: CellLedger) -> None:
    cells = [*figure(0, range(100), range(100, 1000)), *figure(1, range(100), range(100, 600))]
    assert ledger.review(KEY, cells).unsafe_rows == {1}


def test_nearly_all_of_a_difference(ledger: CellLedger) -> None:
    """Twenty more in the population, seventeen more with it: three without."""
    more = chosen([*range(100), *range(1000, 1017)], range(1020))
    assert told(ledger, chosen(range(100), range(1000)), more) == [True, False]


def test_a_tracker_whose_target_has_nothing(ledger: CellLedger) -> None:
    """q(few or pad) + q(few or not pad) = q(everyone): none of the few has it."""
    few, pad, rest = range(3), range(3, 500), range(500, 1000)
    asked = [
        chosen(range(100, 200), [*few, *pad]),
        chosen(range(600, 700), [*few, *rest]),
        chosen([*range(100, 200), *range(600, 700)], range(1000)),
    ]
    assert told(ledger, *asked) == [True, True, False]


def test_two_sensitive_attributes_of_one_population(ledger: CellLedger) -> None:
    """Their rests differ by whom one of them has and the other not, and are nearly equal in size: no variants."""
    first, second = chosen(range(500), range(5000)), chosen([*range(495, 530)], range(5000))
    assert told(ledger, first, second, chosen(range(2000, 2100), range(5000))) == [True, True, True]


def test_figures_of_another_secret_do_not_hide_the_one_that_completes_it() -> None:
    """Recipients of four areas of 400, of whom the last has none. Each figure also has all recipients as a population:
    who of them lives in the area. Taken for the same secret, it turns the figures of the other areas round.
    """
    areas = [range(start, start + 400) for start in (0, 400, 800, 1200)]
    recipients = [set(area[:count]) for area, count in zip(areas, (100, 80, 60, 0), strict=True)]
    everyone = set().union(*recipients)

    def of(row: int, *places: int) -> list[Figure]:
        counted = set().union(*(recipients[place] for place in places))
        people = {unit for place in places for unit in areas[place]}
        rests = (people - counted, everyone - counted)
        return [Figure(row, bitmap_of(sorted(counted)), bitmap_of(sorted(rest))) for rest in rests]

    released = [*of(-1, 2), *of(-1, 1), *of(-1, 0, 1, 3)]
    for order in permutations(range(0, 6, 2)):
        heard = [figure for place in order for figure in released[place : place + 2]]
        assert certain_rows(of(0, 0), heard) == {0}, order
    assert certain_rows(of(0, 0), released[:4]) == frozenset()


def test_nobody_of_a_population_looks_like_few(ledger: CellLedger) -> None:
    assert told(ledger, chosen((), range(400)), chosen(range(3), range(400))) == [False, False]


def test_all_but_few_of_a_population(ledger: CellLedger) -> None:
    assert told(ledger, chosen(range(396), range(400))) == [False]


def test_rows_by_a_sensitive_key_have_their_neighbours_as_population(ledger: CellLedger) -> None:
    """Religion by area, then without four people of whom none is a Daoist: their row must not say so."""
    rule = threshold(sensitive_keys=("d",))
    before = counts({("佛",): range(100), ("道",): range(100, 200), ("无",): range(200, 900)}, rule=rule)
    after = counts({("佛",): range(100), ("道",): range(100, 200), ("无",): range(200, 896)}, rule=rule)
    assert publish(*before, ledger, group="g").decision.outcome is Outcome.ALLOW
    shown = [row for row in publish(*after, ledger, group="g").table.rows if row[1] is not None]
    assert shown == []


@given(st.integers(1, 5), st.integers(1, 24), st.integers(0, 2**32 - 1))
def test_a_few_columns_at_a_time_find_what_all_at_once_find(figures: int, columns: int, seed: int) -> None:
    """Constraints are only added when violated; the answer is that of the whole linear program."""
    rows = np.random.default_rng(seed).integers(-1, 2, (figures, columns)).astype(np.int8)
    whole = feasibility.raised_columns(rows)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(feasibility, "_COLUMNS", 2)
        piecewise = feasibility.raised_columns(rows)
    assert whole is not None
    assert piecewise is not None
    assert whole.any() == piecewise.any()
