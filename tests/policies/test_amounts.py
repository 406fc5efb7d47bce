"""A refresh of the data that changes the amounts of a few is noticed (POLICY_SPEC 2.4, time differencing)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from cell_builders import amounts, unit_set
from hypothesis import given
from hypothesis import strategies as st
from ledger_stores import DAY, KEY, Clock, Store
from policy_worlds import World
from release_worlds import ReleaseWorld

from assistant.domain import Outcome, Scalar
from assistant.policies.amounts import AmountIndex, LedgerAmounts, NewAmounts, ReleasedAmounts, sums_of
from assistant.policies.ledger import CellLedger, LedgerCell
from assistant.policies.unit_sets import bitmap_of, hashes_of

PAY = {unit: 5000.0 + unit for unit in range(400)}


def total(shares: dict[int, float], version: str = "", *, row: int = 0, k: int = 10) -> LedgerAmounts:
    return LedgerAmounts(
        row=row,
        unit_set=unit_set(shares),
        amounts=amounts(shares),
        measure="pay",
        min_units=k,
        data_version=version,
    )


def changed(units: range, by: float = 100.0) -> dict[int, float]:
    return {unit: pay + by if unit in units else pay for unit, pay in PAY.items()}


def sums(one: LedgerAmounts) -> Any:
    return sums_of(one.amounts, lambda numbers: numbers)


def unsafe(before: Sequence[LedgerAmounts] | LedgerAmounts, after: LedgerAmounts) -> bool:
    index = AmountIndex()
    given = [before] if isinstance(before, LedgerAmounts) else before
    sets = {str(place).encode(): members(one.unit_set) for place, one in enumerate(given)}
    index.add(
        ReleasedAmounts(place, str(place).encode(), b"", sums(one), one.min_units, one.data_version)
        for place, one in enumerate(given)
    )
    new = NewAmounts(after.row, members(after.unit_set), b"", sums(after), after.min_units, after.data_version)
    return index.unsafe_rows([new], lambda digests: [sets[one] for one in digests]) == {after.row}


def members(packed: bytes) -> Any:
    """A bitmap of units by their place in PAY."""
    known = {number: unit for unit in PAY for number in hashes_of(unit_set([unit])).tolist()}
    return bitmap_of(np.array(sorted(known[one] for one in hashes_of(packed).tolist()), dtype=np.int64))


# --------------------------------------------------------------------------- the comparison


@given(st.sets(st.sampled_from(sorted(PAY)), min_size=1, max_size=9), st.floats(1, 1e6))
def test_nobody_among_the_few_whose_amounts_changed_is_missed(units: set[int], by: float) -> None:
    after = {unit: pay + by if unit in units else pay for unit, pay in PAY.items()}
    assert unsafe(total(PAY, "monday"), total(after, "tuesday"))


@given(st.sets(st.sampled_from(sorted(PAY)), min_size=1, max_size=9))
def test_nor_among_those_who_came_or_went(units: set[int]) -> None:
    fewer = {unit: pay for unit, pay in PAY.items() if unit not in units}
    assert unsafe(total(PAY, "monday"), total(fewer, "tuesday"))
    assert unsafe(total(fewer, "monday"), total(PAY, "tuesday"))


@pytest.mark.parametrize("many", [range(16), range(40), range(400)], ids=str)
def test_changes_of_many_are_not_refused(many: range) -> None:
    assert not unsafe(total(PAY, "monday"), total(changed(many), "tuesday"))


def test_the_same_amounts_are_the_same_answer() -> None:
    assert not unsafe(total(PAY, "monday"), total(PAY, "tuesday"))


def test_one_state_of_the_data_is_left_to_the_sets_of_units() -> None:
    assert not unsafe(total(PAY, "monday"), total(changed(range(3)), "monday"))


def test_an_unknown_state_may_be_another_one() -> None:
    assert unsafe(total(PAY), total(changed(range(3))))
    assert unsafe(total(PAY, "monday"), total(changed(range(3))))


def test_the_larger_of_two_thresholds_counts() -> None:
    after = changed(range(8))
    assert not unsafe(total(PAY, "monday", k=3), total(after, "tuesday", k=3))
    assert unsafe(total(PAY, "monday", k=3), total(after, "tuesday", k=10))
    assert unsafe(total(PAY, "monday", k=10), total(after, "tuesday", k=3))


# --------------------------------------------------------------------------- several totals together

MEN, WOMEN = range(200), range(200, 400)


def part(units: range, shares: dict[int, float], version: str) -> LedgerAmounts:
    return total({unit: shares[unit] for unit in units}, version)


def test_the_whole_and_the_rest_of_before_are_the_part_of_before() -> None:
    before = [total(PAY, "monday"), part(WOMEN, PAY, "monday")]
    assert unsafe(before, part(MEN, changed(range(4)), "tuesday"))
    assert not unsafe(before, part(MEN, changed(range(40)), "tuesday"))
    assert not unsafe(before, part(MEN, PAY, "tuesday"))


def test_the_parts_of_before_are_the_whole_of_before() -> None:
    before = [part(MEN, PAY, "monday"), part(WOMEN, PAY, "monday")]
    assert unsafe(before, total(changed(range(4)), "tuesday"))
    assert not unsafe(before, total(changed(range(40)), "tuesday"))


def test_the_last_part_completes_a_whole_of_before() -> None:
    later = changed(range(198, 202))
    given = [total(PAY, "monday"), part(MEN, later, "tuesday")]
    assert unsafe(given, part(WOMEN, later, "tuesday"))


def test_parts_that_are_no_part_of_a_known_whole_tell_nothing() -> None:
    assert not unsafe([part(MEN, PAY, "monday")], part(WOMEN, changed(range(200, 204)), "tuesday"))


# --------------------------------------------------------------------------- kept in every store


def ask(ledger: CellLedger, shares: dict[int, float], version: str) -> list[int]:
    cell = LedgerCell(
        row=0, predicate_hash="p", aggregate="sum", unit_set=unit_set(PAY), min_units=10, data_version=version
    )
    review = ledger.review(KEY, [cell], [total(shares, version)])
    if not review.unsafe_rows:
        ledger.record(KEY, [cell], [total(shares, version)], after=review.version)
    return sorted(review.unsafe_rows)


def test_it_is_noticed_by_another_process(store: Store) -> None:
    assert ask(store.open(), PAY, "monday") == []
    assert ask(store.open(), changed(range(3)), "tuesday") == [0]
    assert ask(store.open(), changed(range(40)), "wednesday") == []


def test_what_was_withheld_is_not_compared_with(ledger: CellLedger) -> None:
    """Three changed on Tuesday and nothing was said; on Wednesday forty differ from what was said on Monday."""
    assert ask(ledger, PAY, "monday") == []
    assert ask(ledger, changed(range(3)), "tuesday") == [0]
    assert ask(ledger, changed(range(40)), "wednesday") == []
    assert ask(ledger, changed(range(43)), "thursday") == [0]


def test_it_is_forgotten_with_the_window(ledger: CellLedger, clock: Clock, store: Store) -> None:
    assert ask(ledger, PAY, "monday") == []
    clock.now += 31 * DAY
    assert ask(ledger, changed(range(3)), "next month") == []
    assert store.rows("select count(*) from amounts") == [(1,)]


def test_no_amounts_are_stored(ledger: CellLedger, store: Store) -> None:
    """A stolen ledger: the sums of a lone unit are not its number, which anybody could compute."""
    lone = {7: PAY[7]}
    assert ask(ledger, lone, "monday") == []
    ((kept,),) = store.rows("select sums from amounts")
    assert amounts(lone) not in bytes(kept)


# --------------------------------------------------------------------------- from the statement to the figure


@pytest.fixture(scope="module")
def world(fixture_world: World, tmp_path_factory: pytest.TempPathFactory) -> ReleaseWorld:
    return ReleaseWorld(fixture_world, tmp_path_factory.mktemp("refresh"))


TOTAL = "SELECT SUM(base_salary) AS s FROM hr_civil_servant"
BY_OFFICE = "SELECT dept_name, SUM(base_salary) AS s FROM hr_civil_servant GROUP BY dept_name ORDER BY dept_name"
MEAN = "SELECT AVG(base_salary) AS s FROM hr_civil_servant"
NESTED = (
    "SELECT SUM(x) AS s FROM (SELECT dept_name, SUM(base_salary) AS x FROM hr_civil_servant GROUP BY dept_name) AS t"
)
RAISED = (
    "UPDATE hr_civil_servant SET base_salary = base_salary + 1000"
    " WHERE emp_id IN (SELECT emp_id FROM hr_civil_servant ORDER BY emp_id LIMIT {})"
)


def shown(world: ReleaseWorld, later: ReleaseWorld, first: str, then: str, name: str) -> list[tuple[Scalar, ...]]:
    ledger = world.fresh_ledger(name)
    before = world.ask("bd_analyst", first, ledger)
    assert before.outcome <= Outcome.SUPPRESS
    assert before.table is not None
    after = later.ask("bd_analyst", then, ledger)
    assert after.table is not None
    return list(after.table.rows)


def by_key(rows: list[tuple[Scalar, ...]]) -> dict[Scalar, Scalar]:
    return {row[0]: row[1] for row in rows}


@pytest.mark.parametrize(("first", "then"), [(TOTAL, TOTAL), (MEAN, MEAN), (TOTAL, MEAN), (NESTED, NESTED)])
def test_the_raise_of_one_person_is_not_told(world: ReleaseWorld, first: str, then: str) -> None:
    assert shown(world, world.refreshed(RAISED.format(1)), first, then, "one") == [(None,)]
    assert shown(world, world.refreshed(RAISED.format(9)), first, then, "nine") == [(None,)]


def test_only_the_office_of_that_person_is_withheld(world: ReleaseWorld) -> None:
    before = by_key(shown(world, world, BY_OFFICE, BY_OFFICE, "before"))
    after = by_key(shown(world, world.refreshed(RAISED.format(1)), BY_OFFICE, BY_OFFICE, "after"))
    assert {office for office in before if after[office] != before[office]} == {
        office for office, pay in after.items() if pay is None and before[office] is not None
    }
    assert any(pay is not None for pay in after.values())


def test_a_raise_for_many_is(world: ReleaseWorld) -> None:
    assert shown(world, world.refreshed(RAISED.format(30)), TOTAL, TOTAL, "many") != [(None,)]


def test_data_that_were_written_again_unchanged_answer_as_before(world: ReleaseWorld) -> None:
    later = world.refreshed("UPDATE hr_civil_servant SET base_salary = base_salary")
    assert shown(world, later, BY_OFFICE, BY_OFFICE, "again") == shown(world, world, BY_OFFICE, BY_OFFICE, "same")
