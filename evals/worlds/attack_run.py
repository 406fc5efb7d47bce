"""All attacks on all targets; `run_attacks` is all that a suite needs."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from assistant.parts import Parts
from evals.worlds.attack_session import Score, Session, Step, World
from evals.worlds.attack_targets import TARGETS, Target
from evals.worlds.attacks import ATTACKS
from evals.worlds.governed_fixture import WORKSPACE, base_file, fixture_parts, fresh_ledger, opened


def campaign(parts: Parts, file: Path, target: Target, *, statements: int, seed: int) -> Score:
    """All attacks against one target in turn under the ledger of `parts`; at least `statements` statements.

    `file`: a closed copy of the warehouse that `parts` run on, for the referee.
    """
    world = World(file, target, random.Random(f"{seed}/{target.name}"))
    session = Session(parts, world)
    for name, step in steps_of(world, statements):
        session.ask(name, step)
    score = session.solve()
    refuse_false_figures(session)
    world.close()
    return score


def steps_of(world: World, statements: int) -> Iterator[tuple[str, Step]]:
    """At least `statements` steps, each with the name of its attack, as many of every attack."""
    each = -(-statements // len(ATTACKS))
    for name, attack in ATTACKS.items():
        for step in islice(attack(world), each):
            yield name, step


def refuse_false_figures(session: Session) -> None:
    """Raises AssertionError where the clear data contradict what the harness takes a figure for."""
    wrong = session.false_figures()
    if wrong:
        raise AssertionError(f"{session.world.target.name}: {wrong} figures are not what the harness takes them for")


def run_attacks(
    scratch: Path,
    *,
    workspace: Path = WORKSPACE,
    seed: int = 2,
    statements: int = 2000,
    targets: Sequence[Target] = TARGETS,
) -> tuple[Score, ...]:
    """One Score a target, each with a ledger of its own; at least `statements` statements in all."""
    file = base_file(scratch, workspace)
    clear = Path(shutil.copyfile(file, scratch / "clear.duckdb"))
    warehouse = opened(file)
    parts = fixture_parts(scratch, warehouse, workspace)
    each = -(-statements // len(targets))
    scores = tuple(
        campaign(replace(parts, ledger=fresh_ledger()), clear, target, statements=each, seed=seed) for target in targets
    )
    warehouse.close()
    return scores


def attempted(scores: Sequence[Score]) -> str:
    """Counts over all scores, in one line."""
    names = ("asked", "released", "withheld", "refused", "equations", "unit_rows", "disagreements")
    total = ", ".join(f"{name} {sum(getattr(score, name) for score in scores)}" for name in names)
    singled = sum(len(score.singled_out) for score in scores)
    absent = sum(len(score.known_absent) for score in scores)
    return f"{total}, singled out {singled}, known absent {absent}"
