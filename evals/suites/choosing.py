"""Which task a suite name means, with its default data. The only place that knows all suites."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from assistant.domain import Text
from assistant.errors import UserError
from assistant.settings import Settings
from evals.benchmark_data import shared_folder
from evals.side_by_side import Workers, cores
from evals.task import Notice, Task

# `all` runs them in this order, the slowest last
SUITES = ("policy", "retrieval", "steward", "answers", "safety", "triage", "readings", "nl2sql")
CASES = Path(__file__).resolve().parent.parent / "cases"
_FIXTURE = Path(__file__).resolve().parent.parent.parent / "tests" / "workspaces" / "policy_fixture"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the user asked for. `workspace_given`: --workspace was there, so no suite may take another one."""

    suite: str
    settings: Settings
    notice: Notice
    data: Path | None = None
    lang: str | None = None
    baseline: str | None = None
    workspace_given: bool = False
    limit: int | None = None
    seed: int = 7
    gated: bool = False  # the gate sample, and the gates of thresholds.yaml
    workers: int | None = None  # processes for cases that need no language model; None: as many as cores


def workers_of(choice: Choice) -> Workers:
    """Worker processes that build the same task for themselves, without a word."""
    return Workers(partial(make_task, replace(choice, notice=_silent)), choice.workers or cores())


def _silent(what: str, done: int, total: int) -> None:
    """A worker's preparation is no news."""


def make_task(choice: Choice) -> Task:
    """The task, ready to run. Raises UserError where its data are absent, ConfigurationError where they are wrong."""
    task = _MAKERS[choice.suite](choice)
    if not task.cases:
        task.close()
        raise UserError(
            Text(
                zh=f"{choice.suite} 没有可测的用例（或没有这种语言的用例）。",
                en=f"There is no case of {choice.suite} to measure (or none in that language).",
            )
        )
    return task


def _policy(choice: Choice) -> Task:
    from evals.suites.policy import PolicyTask
    from evals.workbench import Bench, prepare

    file = choice.data or shared_folder("policy")
    settings = choice.settings
    if choice.data is None and not choice.workspace_given:
        settings = replace(settings, workspace=_FIXTURE, state=_FIXTURE / ".state")
    return PolicyTask(file, Bench(prepare(settings, choice.notice, dense=False)))


def _retrieval(choice: Choice) -> Task:
    from assistant.retrieval.encoder import load_encoder
    from evals.suites.retrieval import RetrievalTask

    folder = choice.data or shared_folder("retrieval", "govpolicy")
    return RetrievalTask(folder, load_encoder(choice.settings), choice.settings, choice.notice, choice.lang)


def _steward(choice: Choice) -> Task:
    from evals.steward_cases import FILES
    from evals.suites.steward import StewardTask

    return StewardTask([choice.data] if choice.data else FILES, choice.settings, choice.lang)


def _answers(choice: Choice) -> Task:
    from evals.suites.answers import AnswersTask
    from evals.workbench import Bench, prepare

    path = choice.data or CASES / "answers"
    return AnswersTask(path, Bench(prepare(choice.settings, choice.notice)), choice.lang)


def _safety(choice: Choice) -> Task:
    from evals.suites.safety import SafetyTask
    from evals.workbench import Bench, prepare

    data = choice.data or _safety_data()
    return SafetyTask(data, CASES / "safety", Bench(prepare(choice.settings, choice.notice)), choice.lang)


def _safety_data() -> Path | None:
    """The attack collections beside the checkout; without them our own cases are still asked."""
    try:
        return shared_folder("safety")
    except UserError:
        return None


def _triage(choice: Choice) -> Task:
    from evals.suites.triage import TriageTask

    return TriageTask(choice.data or shared_folder("safety"), choice.settings, choice.lang)


def _readings(choice: Choice) -> Task:
    from evals.suites.readings import ReadingsTask

    return ReadingsTask(choice.data or shared_folder("safety"), choice.settings, choice.lang)


def _nl2sql(choice: Choice) -> Task:
    from evals.suites.nl2sql import Nl2SqlTask
    from evals.suites.zero_shot import no_model

    folder = choice.data or shared_folder("nl2sql", "spider_dev")
    if choice.baseline and choice.settings.llm == "none":
        raise no_model()
    return Nl2SqlTask(folder, choice.settings, choice.notice, lang=choice.lang, baseline=choice.baseline)


_MAKERS = {
    "policy": _policy,
    "retrieval": _retrieval,
    "steward": _steward,
    "answers": _answers,
    "safety": _safety,
    "triage": _triage,
    "readings": _readings,
    "nl2sql": _nl2sql,
}
