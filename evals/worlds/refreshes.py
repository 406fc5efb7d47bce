"""The attacks once more after the data were refreshed: the same statements before and after, under one ledger.

A refresh that changes a few amounts turns every answered pair into a difference. The solver gets one more unknown for
each changed unit: by how much it changed. Where that is fixed for fewer than k of them, they are singled out.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from evals.worlds.attack_run import refuse_false_figures, steps_of
from evals.worlds.attack_session import Score, Session, World
from evals.worlds.attack_targets import Target
from evals.worlds.governed_fixture import WORKSPACE, base_file, fixture_parts, fresh_ledger, opened
from evals.worlds.unit_solver import solved


def refreshed_campaign(
    scratch: Path, target: Target, *, changed: int, statements: int, seed: int, workspace: Path = WORKSPACE
) -> Score:
    """All attacks on a target before and after a refresh that raises the amounts of `changed` units.

    `target.refresh` must say how. The score adds up both sittings; `singled_out` holds the units whose raise is told.
    """
    file = base_file(scratch, workspace)
    before = World(
        Path(shutil.copyfile(file, scratch / "before.duckdb")), target, random.Random(f"{seed}/{target.name}")
    )
    raised = _drawn(before, changed)
    later = _refreshed(file, scratch / "later.duckdb", target, [before.units[place] for place in raised])
    after = World(Path(shutil.copyfile(later, scratch / "after.duckdb")), target, before.draw)
    parts = replace(fixture_parts(scratch, opened(file), workspace), ledger=fresh_ledger())
    sittings = Session(parts, before), Session(replace(parts, warehouse=opened(later)), after)
    steps = list(steps_of(before, statements))
    for sitting in sittings:
        for attack, step in steps:
            sitting.ask(attack, step)
        refuse_false_figures(sitting)
    score = _together(*sittings, raised)
    for world in (before, after):
        world.close()
    return score


def _drawn(world: World, changed: int) -> list[int]:
    """Places of units that have some of the secret."""
    truth = world.secrets()
    return sorted(world.draw.sample(np.flatnonzero(truth > 0).tolist(), changed))


def _refreshed(file: Path, later: Path, target: Target, units: Sequence[str]) -> Path:
    import duckdb

    shutil.copyfile(file, later)
    listed = ", ".join(f"'{unit}'" for unit in units)
    with duckdb.connect(str(later)) as database:
        database.execute(target.refresh.format(units=listed))
    return later


def _together(before: Session, after: Session, raised: Sequence[int]) -> Score:
    """One system over the amounts before and the raises."""
    old, new = before.known_sums(), after.known_sums()
    rows = np.vstack(
        [np.hstack([old, np.zeros((len(old), len(raised)), dtype=np.int8)]), np.hstack([new, new[:, raised]])]
    )
    first = before.world.secrets()
    truth = np.concatenate([first, (after.world.secrets() - first)[list(raised)]])
    score = before.score
    for name in ("asked", "released", "withheld", "refused", "unit_rows", "disagreements"):
        setattr(score, name, getattr(score, name) + getattr(after.score, name))
    score.equations = len(rows)
    for told in solved(rows, rows @ truth, k=before.world.target.k, binary=False):
        units = {place if place < len(first) else raised[place - len(first)] for place in told.units}
        score.singled_out.update(before.world.units[place] for place in units)
    return score
