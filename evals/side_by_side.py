"""Cases that need no language model, observed in worker processes: what they do is computing, so threads would wait.

Each worker builds a task of its own and answers one case at a time; the caller keeps the observations, in its order.
Ctrl-C belongs to the caller: workers ignore it and are told to stop.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.util import Finalize
from pathlib import Path

from assistant.domain import Text
from assistant.errors import AssistantError, AuditUnavailable, ConfigurationError, StoreUnavailable
from evals.task import Case, Observed, Task

WORTH = 150  # cases; a worker takes about six seconds of a processor to start
INSTALLATION = (AuditUnavailable, ConfigurationError, StoreUnavailable)  # not a case's fault: stops the run


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one case. `error` is set where it failed, and says why; `broken`: the installation is."""

    observed: Observed | None
    seconds: float
    error: Text | None = None
    broken: bool = False


def observe(task: Task, case: Case) -> Outcome:
    """One case, timed. Raises the errors of INSTALLATION; anything else that is raised is the case's outcome.

    What the product does not expect is caught too: a defect that one question meets is a failed case of the report and
    no reason to lose the other ones of a run of hours.
    """
    start = time.perf_counter()
    try:
        observed = _observed(task, case)
    except INSTALLATION:
        raise
    except AssistantError as error:
        return Outcome(observed=None, seconds=time.perf_counter() - start, error=error.text)
    return Outcome(observed=observed, seconds=time.perf_counter() - start)


class ProductBroke(AssistantError):
    """The product met something that it does not expect."""


def _observed(task: Task, case: Case) -> Observed:
    try:
        return task.observe(case)
    except AssistantError:
        raise
    except Exception as error:
        raise ProductBroke(_defect(error)) from error


def _defect(error: Exception) -> Text:
    """What broke, and where in the code: what a maintainer needs of a report."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    said = f"{type(error).__name__}: {error}"[:300]
    return Text(zh=f"程序出错（{where}）：{said}", en=f"the program broke ({where}): {said}")


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Workers:
    """A pool whose processes each hold the task that `make` builds; `make` must be picklable."""

    def __init__(self, make: Callable[[], Task], count: int) -> None:
        self._make, self._count = make, count

    def worth(self, cases: Sequence[Case]) -> bool:
        return self._count > 1 and len(cases) >= WORTH

    def observed(self, cases: Sequence[Case]) -> Iterator[tuple[Case, Outcome]]:
        """(case, outcome) as they come. A case whose worker died is left out: the caller asks it itself."""
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(self._count, mp_context=context, initializer=_start, initargs=(self._make,))
        try:
            running: dict[Future[Outcome], Case] = {pool.submit(_observe, case): case for case in cases}
            for done in as_completed(running):
                try:
                    yield running[done], done.result()
                except BrokenProcessPool:
                    return
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


_TASKS: list[Task] = []  # of this worker process: one


def _start(make: Callable[[], Task]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _TASKS.append(make())
    Finalize(None, _TASKS[0].close, exitpriority=10)


def _observe(case: Case) -> Outcome:
    try:
        return observe(_TASKS[0], case)
    except INSTALLATION as error:  # told in words: errors of ours do not travel between processes
        return Outcome(observed=None, seconds=0.0, error=error.text, broken=True)
