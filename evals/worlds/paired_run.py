"""The corpus asked in many pairs of worlds (POLICY_SPEC 8.3); `run_paired_worlds` is all that a suite needs."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from assistant.governing import Governed
from assistant.parts import Parts
from evals.worlds.governed_fixture import WORKSPACE, base_file, fixture_parts, fresh_ledger, opened
from evals.worlds.paired_worlds import Change, Observed, draw_change, judged, observe, other_world
from evals.worlds.query_corpus import DATA, Asked, corpus
from evals.worlds.referee import Verdict, compare, summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A query that passes the gates, with what one sees of it in the first world."""

    asked: Asked
    governed: Governed
    first: Observed


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstWorld:
    file: Path  # a closed copy, to make other worlds from
    parts: Parts
    questions: tuple[Asked, ...]
    askings: tuple[Asking, ...]  # what passes the gates; the others are decided without a row


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedReport:
    """What a run came to. `verdicts`: comparisons by Verdict; `leaks`: change, statement and why, a text each."""

    questions: int
    run: int  # questions that pass the gates
    worlds: int
    verdicts: Mapping[Verdict, int] = field(default_factory=dict)
    leaks: tuple[str, ...] = ()

    @property
    def comparisons(self) -> int:
        return sum(self.verdicts.values())

    @property
    def summary(self) -> str:
        return summary(self.verdicts)


def first_world(
    scratch: Path,
    *,
    workspace: Path = WORKSPACE,
    seed: int = 1,
    laundered: int = 110,
    generated: int = 150,
    cases: Path = DATA,
) -> FirstWorld:
    """Build the fixture below `scratch` and ask every question of the corpus there."""
    file = base_file(scratch, workspace)
    copy = Path(shutil.copyfile(file, scratch / "plain.duckdb"))
    parts = fixture_parts(scratch, opened(file), workspace)
    questions = corpus(parts.schema, seed=seed, laundered=laundered, generated=generated, cases=cases)
    return asked_in(copy, parts, questions)


def asked_in(file: Path, parts: Parts, questions: Sequence[Asked]) -> FirstWorld:
    """The first world with these questions asked. `file`: a closed copy of the warehouse that `parts` run on."""
    verdicts = [(asked, judged(asked, parts)) for asked in questions]
    askings = tuple(
        Asking(asked=asked, governed=governed, first=seen(asked, governed, parts))
        for asked, governed in verdicts
        if governed.authorized is not None
    )
    return FirstWorld(file=file, parts=parts, questions=tuple(questions), askings=askings)


def seen(asked: Asked, governed: Governed, parts: Parts) -> Observed:
    """As somebody sees it who was told nothing before."""
    return observe(asked, governed, replace(parts, ledger=fresh_ledger()))


def differences(first: FirstWorld, change: Change, target: Path) -> tuple[Counter[Verdict], list[str]]:
    """One other world, built at `target`, against the first: verdicts of all that read the changed table; the leaks."""
    warehouse = opened(other_world(first.file, target, change))
    parts = replace(first.parts, warehouse=warehouse)
    counted: Counter[Verdict] = Counter()
    leaks = []
    for one in first.askings:
        if change.table in one.asked.sql.lower():
            second = seen(one.asked, one.governed, parts)
            pair = (one.first, second)
            if second.bucket != one.first.bucket:
                pair = _without_noise(one, first.parts, parts, second)
            found = compare(*pair, one.governed, change)
            counted[found.verdict] += 1
            if found.verdict is Verdict.LEAK:
                leaks.append(f"{change}\n  {one.asked.user_id}: {one.asked.sql}\n  {found.why}")
    warehouse.close()
    target.unlink()
    return counted, leaks


def _without_noise(one: Asking, here: Parts, there: Parts, second: Observed) -> tuple[Observed, Observed]:
    """Both with the time bucket of their quickest of three runs: a busy machine is no difference of worlds."""
    pair = []
    for before, parts in ((one.first, here), (second, there)):
        again = [seen(one.asked, one.governed, parts).bucket for _ in range(2)]
        pair.append(replace(before, bucket=min(before.bucket, *again)))
    return pair[0], pair[1]


def compared_worlds(
    first: FirstWorld, changes: Iterable[Change], scratch: Path, *, tick: Callable[[int], None] = lambda _: None
) -> PairedReport:
    """The first world against one other world a change; `tick` hears the number of every finished world."""
    total: Counter[Verdict] = Counter()
    leaks: list[str] = []
    worlds = 0
    for worlds, change in enumerate(changes, start=1):
        counted, found = differences(first, change, scratch / f"w{worlds}.duckdb")
        total += counted
        leaks += found
        tick(worlds)
    return PairedReport(
        questions=len(first.questions),
        run=len(first.askings),
        worlds=worlds,
        verdicts=dict(total),
        leaks=tuple(leaks),
    )


def drawn_changes(first: FirstWorld, *, seed: int, worlds: int) -> Iterable[Change]:
    draw = random.Random(seed)
    return (draw_change(first.file, first.parts, draw) for _ in range(worlds))


def run_paired_worlds(
    scratch: Path,
    *,
    workspace: Path = WORKSPACE,
    seed: int = 1,
    worlds: int = 8,
    laundered: int = 110,
    generated: int = 150,
    cases: Path = DATA,
    tick: Callable[[int], None] = lambda _: None,
) -> PairedReport:
    """`worlds` random changes of one protected value, each compared over the whole corpus.

    `scratch`: an empty folder for the warehouses (a few MiB a world, removed as it goes). Deterministic in `seed`.
    """
    first = first_world(scratch, workspace=workspace, seed=seed, laundered=laundered, generated=generated, cases=cases)
    return compared_worlds(first, drawn_changes(first, seed=seed, worlds=worlds), scratch, tick=tick)
