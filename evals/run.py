"""Run a task: sample, observe or find what was observed, score, sum up. Ctrl-C keeps what is done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.domain import Text
from assistant.errors import StoreUnavailable
from evals.observations import Observations, case_key
from evals.progress import Progress
from evals.sampling import sample
from evals.side_by_side import Outcome, Workers, observe
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
    workers: Workers | None = None,
) -> Run:
    """Every sampled case once. `fresh` measures again what is stored; `workers` take what may run beside other cases.

    Results stand in the order of the benchmark, however they were measured. Raises AuditUnavailable,
    ConfigurationError, StoreUnavailable: the installation is broken, not a case.
    """
    cases = sample(task.cases, limit, seed, even=task.even)
    shown = progress or Progress(task.suite, len(cases))
    key = task.key()
    done: dict[str, Result] = {}
    interrupted = False
    try:
        for result in _results(task, cases, key, store, fresh, workers):
            done[result.case.id] = result
            shown.step(cached=result.cached, passed=result.verdict.passed)
    except KeyboardInterrupt:
        interrupted = True
    results = tuple(done[case.id] for case in cases if case.id in done)
    return Run(results=results, asked_for=len(cases), interrupted=interrupted)


def _results(
    task: Task, cases: Sequence[Case], key: str, store: Observations, fresh: bool, workers: Workers | None
) -> Iterator[Result]:
    """The stored ones, then those that may run side by side, then the others one by one."""
    pending: list[Case] = []
    for case in cases:
        found = None if fresh else store.find(case_key(case, key))
        if found is None:
            pending.append(case)
        else:
            yield _result(task, case, Outcome(observed=found[0], seconds=found[1]), cached=True)
    beside = [case for case in pending if not task.alone(case)]
    if workers is not None and workers.worth(beside):
        returned = set()
        for case, outcome in workers.observed(beside):
            returned.add(case.id)
            yield _kept(task, case, outcome, key, store)
        pending = [case for case in pending if case.id not in returned]
    for case in pending:
        yield _kept(task, case, observe(task, case), key, store)


def _kept(task: Task, case: Case, outcome: Outcome, key: str, store: Observations) -> Result:
    """Kept as soon as it is known. A failure is not, raised or told as one: what failed may work next time."""
    if outcome.broken:
        assert outcome.error is not None
        raise StoreUnavailable(outcome.error)
    result = _result(task, case, outcome, cached=False)
    if outcome.observed is not None and result.verdict.state != "failed":
        store.keep(case_key(case, key), task.suite, case, outcome.observed, outcome.seconds)
    return result


def _result(task: Task, case: Case, outcome: Outcome, *, cached: bool) -> Result:
    if outcome.observed is None:
        error = outcome.error or Text(zh="", en="")
        observed: Observed = {"error": error.en, "error_zh": error.zh}
        verdict = Verdict(state="failed", passed=None, scores={})
        return Result(case=case, verdict=verdict, observed=observed, seconds=outcome.seconds)
    verdict = task.score(case, outcome.observed)
    return Result(case=case, verdict=verdict, observed=outcome.observed, seconds=outcome.seconds, cached=cached)


def states(results: Sequence[Result]) -> dict[str, int]:
    """How many cases ended in each state; the four are never added up."""
    found = dict.fromkeys(("scored", "abstained", "failed", "not_scored"), 0)
    for result in results:
        found[result.verdict.state] += 1
    return found
