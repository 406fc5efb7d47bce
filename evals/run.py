"""Run a task: sample, observe or find what was observed, score, sum up. Ctrl-C keeps what is done."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.errors import AssistantError, AuditUnavailable, ConfigurationError, StoreUnavailable
from evals.observations import Observations, case_key
from evals.progress import Progress
from evals.sampling import sample
from evals.task import Case, Observed, Result, Task, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """All results in the order of the benchmark, and whether somebody broke it off."""

    results: tuple[Result, ...]
    asked_for: int  # cases
    interrupted: bool = False

    @property
    def cached(self) -> int:
        return sum(result.cached for result in self.results)


def run(
    task: Task,
    store: Observations,
    *,
    limit: int | None = None,
    seed: int = 7,
    fresh: bool = False,
    progress: Progress | None = None,
) -> Run:
    """Every sampled case once. `fresh` measures again what is stored.

    Raises AuditUnavailable, ConfigurationError, StoreUnavailable: the installation is broken, not a case.
    """
    cases = sample(task.cases, limit, seed, even=task.even)
    shown = progress or Progress(task.suite, len(cases))
    results: list[Result] = []
    key = task.key()
    try:
        for case in cases:
            result = _one(task, case, case_key(case, key), store, fresh)
            results.append(result)
            shown.step(cached=result.cached, passed=result.verdict.passed)
    except KeyboardInterrupt:
        return Run(results=tuple(results), asked_for=len(cases), interrupted=True)
    return Run(results=tuple(results), asked_for=len(cases))


def _one(task: Task, case: Case, key: str, store: Observations, fresh: bool) -> Result:
    found = None if fresh else store.find(key)
    if found is not None:
        observed, seconds = found
        return Result(case=case, verdict=task.score(case, observed), observed=observed, seconds=seconds, cached=True)
    start = time.perf_counter()
    try:
        observed = task.observe(case)
    except (AuditUnavailable, ConfigurationError, StoreUnavailable):
        raise
    except AssistantError as error:
        return _failed(case, error, time.perf_counter() - start)
    seconds = time.perf_counter() - start
    store.keep(key, task.suite, case, observed, seconds)
    return Result(case=case, verdict=task.score(case, observed), observed=observed, seconds=seconds)


def _failed(case: Case, error: AssistantError, seconds: float) -> Result:
    """Not kept: what failed may work next time."""
    observed: Observed = {"error": error.text.en, "error_zh": error.text.zh}
    verdict = Verdict(state="failed", passed=None, scores={})
    return Result(case=case, verdict=verdict, observed=observed, seconds=seconds)


def states(results: Sequence[Result]) -> dict[str, int]:
    """How many cases ended in each state; the four are never added up."""
    found = dict.fromkeys(("scored", "abstained", "failed", "not_scored"), 0)
    for result in results:
        found[result.verdict.state] += 1
    return found
