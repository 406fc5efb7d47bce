"""Equal members of different populations: what answers tell of those whom they leave out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from cell_builders import counts, threshold, unit_set

from assistant.domain import AuthorizedQuery, CellFacts, Outcome, ResultTable
from assistant.policies.ledger import (
    CellLedger,
)
from assistant.policies.publication import publish

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


def test_equal_members_of_populations_that_differ_by_few(ledger: CellLedger) -> None:
    """The figure is the same: so none of the four has it."""
    first = chosen(range(100), range(1000))
    assert told(ledger, first, chosen(range(100), range(996)), chosen(range(100), range(1004))) == [True, False, False]


def test_equal_members_of_populations_that_differ_by_many(ledger: CellLedger) -> None:
    assert told(ledger, chosen(range(100), range(1000)), chosen(range(100), range(900))) == [True, True]


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
