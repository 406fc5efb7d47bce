"""Nobody is singled out by three colluding accounts with every classical attack (POLICY_SPEC 8.4).

GOVDATA_ATTACKS is the number of statements: about 200 by default, 2000 and more at night.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from attack_harness import ATTACKS, TARGETS, Target, attempted, campaign, solved
from governed_fixture import base_file, fixture_parts, fresh_ledger, opened

from assistant.parts import Parts

QUERIES = int(os.environ.get("GOVDATA_ATTACKS", "216"))
SEED = int(os.environ.get("GOVDATA_SEED", "2"))


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("attacks")


@pytest.fixture(scope="module")
def parts(state: Path) -> Parts:
    return fixture_parts(state, opened(base_file(state)))


@pytest.mark.timeout(0 if QUERIES > 500 else 300)
@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_no_unit_is_singled_out(target: Target, parts: Parts, state: Path) -> None:
    clear = Path(shutil.copyfile(base_file(state), state / f"clear-{target.name}.duckdb"))
    own = replace(parts, ledger=fresh_ledger())
    score = campaign(own, clear, target, queries=QUERIES // len(TARGETS), seed=SEED)
    said = attempted([score])
    assert set(score.by_attack) == set(ATTACKS)
    assert not score.singled_out, said
    assert score.unit_rows == 0, said
    assert score.disagreements == 0, said


def test_the_solver_finds_the_classical_tracker() -> None:
    """q(C or T) + q(C or not T) - q(everyone) tells of C."""
    rows = np.zeros((3, 100), dtype=np.int8)
    rows[0, :50] = rows[0, 99] = 1
    rows[1, 50:] = rows[1, 99] = 1
    rows[0, 99] = 1
    rows[2, :] = 1
    figures = np.array([21.0, 20.0, 40.0])
    assert [99] in solved(rows, figures, k=10, binary=True)
    assert solved(rows[:2], figures[:2], k=10, binary=True) == []


def test_the_solver_finds_what_bounds_alone_tell() -> None:
    """Nobody of a group has it: then nobody of the few in it."""
    rows = np.zeros((2, 60), dtype=np.int8)
    rows[0, :30] = rows[1, 25:] = 1
    assert [25, 26, 27, 28, 29] in solved(rows, np.array([0.0, 12.0]), k=10, binary=True)
