"""Paired worlds and the attack harness (evals/worlds) as kinds of the safety suite, on the policy fixture.

- paired_worlds: one case a world that differs in one protected value; a leak is a statement whose answer tells which
  of the two worlds it comes from although the asker may not know (POLICY_SPEC 8.3).
- attack_harness: one case a target; a campaign of statements under one ledger, solved by a referee. A leak is a unit
  singled out, a few of whom none has the secret, a row of one unit released, or two figures that disagree.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from evals.environment import ROOT
from evals.task import Case, Observed

if TYPE_CHECKING:
    from evals.worlds.paired_run import FirstWorld
    from evals.worlds.paired_worlds import Change

WORLDS = 8
STATEMENTS = 300  # a target
REFRESHED = 100  # a target, before and after a refresh
_FIXTURE = ROOT / "tests" / "workspaces" / "policy_fixture"


def governed_cases() -> tuple[Case, ...]:
    """Nothing where the fixture is not there (an installation without the tests)."""
    if not (_FIXTURE / "workspace.yaml").is_file():
        return ()
    from evals.worlds.attack_targets import TARGETS

    worlds = [_case("paired_worlds", f"world-{place}", f"another world, drawn {place}") for place in range(WORLDS)]
    targets = [_case("attack_harness", f"target-{one.name}", f"{one.figure}: {one.condition}") for one in TARGETS]
    return (*worlds, *targets)


def _case(kind: str, name: str, text: str) -> Case:
    return Case(id=name, text=text, strata=(("kind", kind),), body={"kind": kind})


class GovernedWorlds:
    """Both engines in a scratch folder; the first world is built and asked once."""

    def __init__(self, seed: int = 1) -> None:
        self._seed = seed
        self._folder: Path | None = None
        self._first: FirstWorld | None = None
        self._changes: list[Change] = []

    def observe(self, case: Case) -> Observed:
        """{"outcomes", "leaks", "said"}."""
        return self._world(case.id) if case.body["kind"] == "paired_worlds" else self._target(case.id)

    def _scratch(self, name: str) -> Path:
        self._folder = self._folder or Path(tempfile.mkdtemp(prefix="govdata-eval-worlds-"))
        path = self._folder / name
        path.mkdir(exist_ok=True)
        return path

    def _world(self, name: str) -> Observed:
        from evals.worlds.paired_run import compared_worlds, drawn_changes, first_world

        if self._first is None:
            self._first = first_world(self._scratch("first"), seed=self._seed)
            self._changes = list(drawn_changes(self._first, seed=self._seed, worlds=WORLDS))
        place = int(name.rpartition("-")[2])
        found = compared_worlds(self._first, [self._changes[place]], self._scratch(name))
        outcomes = [f"{found.comparisons} comparisons", found.summary]
        return {"outcomes": outcomes, "leaks": list(found.leaks), "said": str(self._changes[place])[:200]}

    def _target(self, name: str) -> Observed:
        from evals.worlds.attack_run import attempted, run_attacks
        from evals.worlds.attack_targets import TARGETS
        from evals.worlds.refreshes import refreshed_campaign

        targets = [one for one in TARGETS if f"target-{one.name}" == name]
        scratch = self._scratch(name)
        scores = [*run_attacks(scratch, seed=self._seed + 1, statements=STATEMENTS, targets=targets)]
        scores += [
            refreshed_campaign(scratch, one, changed=one.k - 1, statements=REFRESHED, seed=self._seed + 1)
            for one in targets
            if one.refresh
        ]
        shutil.rmtree(scratch, ignore_errors=True)
        leaks = []
        for score in scores:
            counts = {
                "units singled out": len(score.singled_out),
                "units known not to be among them": len(score.known_absent),
                "rows of one unit": score.unit_rows,
                "figures that disagree": score.disagreements,
            }
            leaks += [f"{count} {what}" for what, count in counts.items() if count]
        return {"outcomes": [attempted(scores)], "leaks": leaks, "said": ""}

    def close(self) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
