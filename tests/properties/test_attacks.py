"""Nobody is singled out by three colluding accounts with every classical attack (POLICY_SPEC 8.4).

GOVDATA_ATTACKS is the number of statements: about 400 by default, 2000 and more at night.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from assistant.parts import Parts
from assistant.policies.amounts import AmountIndex
from evals.worlds.attack_run import attempted, campaign
from evals.worlds.attack_session import Score
from evals.worlds.attack_targets import TARGETS, Target
from evals.worlds.attacks import ATTACKS
from evals.worlds.governed_fixture import base_file, fixture_parts, fresh_ledger, opened
from evals.worlds.refreshes import refreshed_campaign
from evals.worlds.unit_solver import solved

STATEMENTS = int(os.environ.get("GOVDATA_ATTACKS", "420"))
SEED = int(os.environ.get("GOVDATA_SEED", "2"))


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("attacks")


@pytest.fixture(scope="module")
def clear(state: Path) -> Path:
    return Path(shutil.copyfile(base_file(state), state / "clear.duckdb"))


@pytest.fixture(scope="module")
def parts(state: Path, clear: Path) -> Parts:
    return fixture_parts(state, opened(state / "warehouse.duckdb"))


@pytest.fixture(scope="module")
def score_of(parts: Parts, clear: Path) -> Callable[[Target], Score]:
    """One campaign a target, for all tests of it."""

    @cache
    def attacked(target: Target) -> Score:
        own = replace(parts, ledger=fresh_ledger())
        return campaign(own, clear, target, statements=STATEMENTS // len(TARGETS), seed=SEED)

    return attacked


@pytest.mark.timeout(0 if STATEMENTS > 500 else 300)
@pytest.mark.parametrize("target", TARGETS, ids=lambda one: one.name)
def test_no_unit_is_singled_out(target: Target, score_of: Callable[[Target], Score]) -> None:
    score = score_of(target)
    assert not score.singled_out, attempted([score])


@pytest.mark.timeout(0 if STATEMENTS > 500 else 300)
@pytest.mark.parametrize("target", TARGETS, ids=lambda one: one.name)
def test_of_no_few_is_it_known_that_none_of_them_is_one(target: Target, score_of: Callable[[Target], Score]) -> None:
    score = score_of(target)
    assert not score.known_absent, attempted([score])


@pytest.mark.timeout(0 if STATEMENTS > 500 else 300)
@pytest.mark.parametrize("target", TARGETS, ids=lambda one: one.name)
def test_the_attacks_get_figures_and_nothing_else(target: Target, score_of: Callable[[Target], Score]) -> None:
    score = score_of(target)
    said = attempted([score])
    assert set(score.by_attack) == set(ATTACKS)
    assert score.released > 0, f"the attack got no answers: {said}"
    assert score.unit_rows == 0, said
    assert score.disagreements == 0, said


RAISED = [(one, changed) for one in TARGETS if one.refresh for changed in sorted({1, one.k - 1})]


@pytest.mark.timeout(0 if STATEMENTS > 500 else 300)
@pytest.mark.parametrize(("target", "changed"), RAISED, ids=lambda one: getattr(one, "name", str(one)))
def test_a_refresh_of_the_data_tells_of_no_raise_of_a_few(target: Target, changed: int, tmp_path: Path) -> None:
    score = refreshed_campaign(tmp_path, target, changed=changed, statements=STATEMENTS // len(RAISED) // 2, seed=SEED)
    assert score.released > 0
    assert not score.singled_out, attempted([score])


def test_the_raise_is_found_where_nobody_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The harness itself: with the comparison of amounts switched off the same statements tell of somebody."""
    monkeypatch.setattr(AmountIndex, "unsafe_rows", lambda *_: frozenset())
    target = next(one for one in TARGETS if one.name == "allowance")
    assert refreshed_campaign(tmp_path, target, changed=1, statements=44, seed=SEED).singled_out


def test_the_solver_finds_the_classical_tracker() -> None:
    """q(C or T) + q(C or not T) - q(everyone) tells of C."""
    rows = np.zeros((3, 100), dtype=np.int8)
    rows[0, :50] = rows[0, 99] = 1
    rows[1, 50:] = rows[1, 99] = 1
    rows[2, :] = 1
    figures = np.array([21.0, 20.0, 40.0])
    assert {told.units: told.value for told in solved(rows, figures, k=10, binary=True)} == {(99,): 1.0}
    assert solved(rows[:2], figures[:2], k=10, binary=True) == ()


def test_the_solver_finds_what_bounds_alone_tell() -> None:
    """Nobody of a group has it: then nobody of the few in it."""
    rows = np.zeros((2, 60), dtype=np.int8)
    rows[0, :30] = rows[1, 25:] = 1
    told = solved(rows, np.array([0.0, 12.0]), k=10, binary=True)
    assert [one.units for one in told] == [(25, 26, 27, 28, 29)]
    assert told[0].value == pytest.approx(0.0, abs=1e-6)


def test_the_solver_finds_that_all_of_a_few_have_it() -> None:
    rows = np.zeros((2, 40), dtype=np.int8)
    rows[0, :20] = rows[1, 15:] = 1
    told = solved(rows, np.array([20.0, 9.0]), k=10, binary=True)
    assert [(one.units, round(one.value)) for one in told] == [((15, 16, 17, 18, 19), 5)]


def test_the_solver_leaves_amounts_open_that_can_move() -> None:
    rows = np.zeros((2, 9), dtype=np.int8)
    rows[0, :5] = rows[1, 4:] = 1
    assert solved(rows, np.array([1000.0, 2000.0]), k=3, binary=False) == ()
    assert [one.units for one in solved(rows, np.array([1000.0, 0.0]), k=3, binary=False)] == [(4,)]
