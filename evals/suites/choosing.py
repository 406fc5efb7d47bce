"""Which task a suite name means, with its default data. The only place that knows all suites."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from assistant.errors import UserError
from assistant.settings import Settings
from evals.benchmark_data import shared_folder
from evals.task import Notice, Task

SUITES = ("policy", "retrieval", "answers", "safety", "nl2sql")  # `all` runs them in this order, the slowest last
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


def make_task(choice: Choice) -> Task:
    """The task, ready to run. Raises UserError where its data are absent, ConfigurationError where they are wrong."""
    return _MAKERS[choice.suite](choice)


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


def _nl2sql(choice: Choice) -> Task:
    from evals.suites.nl2sql import Nl2SqlTask

    folder = choice.data or shared_folder("nl2sql", "spider_dev")
    return Nl2SqlTask(folder, choice.settings, choice.notice, lang=choice.lang, baseline=choice.baseline)


_MAKERS = {
    "policy": _policy,
    "retrieval": _retrieval,
    "answers": _answers,
    "safety": _safety,
    "nl2sql": _nl2sql,
}
