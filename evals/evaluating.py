"""One suite from choice to files: run, report, compare with what stood there, gate, write JSON, HTML and JUnit."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from pathlib import Path

from assistant.domain import Text
from assistant.errors import UserError
from evals.compare import Comparison, compare
from evals.environment import models_of
from evals.gates import SuiteGates, breaches, load_gates
from evals.html_page import html_page
from evals.junit import junit
from evals.observations import Observations
from evals.reading import json_document
from evals.report import Report, previous, report_of, write_report
from evals.run import run
from evals.suites.choosing import Choice, make_task, workers_of

PUBLISHED = Path(__file__).resolve().parent / "reports" / "published"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """A finished suite; `breaches` is empty where nothing is gated or everything holds."""

    report: Report
    breaches: tuple[str, ...]
    comparison: Comparison | None
    interrupted: bool


def evaluate_suite(choice: Choice, out: Path | None, *, fresh: bool = False) -> Evaluated:
    """Run one suite. With `out` three files are written there: <suite>.json, .html, .junit.xml."""
    task = make_task(choice)
    remember_choice(choice)
    gates: SuiteGates | None = load_gates().get(choice.suite) if choice.gated else None
    limit = choice.limit if choice.limit is not None or gates is None else gates.limit
    try:
        workers = workers_of(choice)
        done = run(task, observations(choice), limit=limit, seed=choice.seed, fresh=fresh, workers=workers)
        summary = task.summarise(done.results)
        report = report_of(
            task,
            done,
            summary,
            seed=choice.seed,
            limit=limit,
            options=_words(choice),
            models=models_of(choice.settings),
        )
    finally:
        task.close()
    published = previous(PUBLISHED / f"{choice.suite}.json")
    found = breaches(report, gates, published)
    earlier = (previous(out / f"{choice.suite}.json") if out else None, published)
    compared = (compare(before, report) for before in earlier if before is not None)
    comparison = next((one for one in compared if one.shared), None)  # another benchmark's report says nothing
    if out is not None:
        write_report(report, out / f"{choice.suite}.json")
        (out / f"{choice.suite}.html").write_text(html_page(report, comparison, found), encoding="utf-8")
        (out / f"{choice.suite}.junit.xml").write_text(junit([(report, found)]), encoding="utf-8")
    return Evaluated(report=report, breaches=tuple(found), comparison=comparison, interrupted=done.interrupted)


def observations(choice: Choice) -> Observations:
    return Observations(choice.settings.state / "evals" / "observations.sqlite")


def _words(choice: Choice) -> str:
    words = [f"--lang {choice.lang}"] if choice.lang else []
    words += [f"--data {choice.data.name}"] if choice.data else []
    return " ".join([*words, *([f"--baseline {choice.baseline}"] if choice.baseline else [])])


# --------------------------------------------------------------------------- going on after an interruption


def _last_choice(state: Path) -> Path:
    return state / "evals" / "last_run.json"


def remember_choice(choice: Choice) -> None:
    """What was asked for, so that `--resume` need not be told again."""
    kept = {name: str(value) if isinstance(value, Path) else value for name, value in _resumable(choice).items()}
    path = _last_choice(choice.settings.state)
    path.parent.mkdir(parents=True, exist_ok=True)
    known = json_document(path) if path.is_file() else {}
    beside = path.with_name(f".{path.name}.{os.getpid()}")  # swapped in whole: another run may be reading it
    beside.write_text(json.dumps(known | {choice.suite: kept}, ensure_ascii=False), encoding="utf-8")
    os.replace(beside, path)


def _resumable(choice: Choice) -> dict[str, object]:
    return {name: getattr(choice, name) for name in ("data", "lang", "baseline", "limit", "seed", "gated")}


def resumed(choice: Choice) -> Choice:
    """The last run of this suite in this workspace, as it was asked for. Raises UserError where there was none."""
    path = _last_choice(choice.settings.state)
    kept = json_document(path).get(choice.suite) if path.is_file() else None
    if not kept:
        raise UserError(
            Text(
                zh=f"没有可以继续的 {choice.suite} 评测。请去掉 --resume 重新开始。",
                en=f"There is no {choice.suite} run to go on with. Start one without --resume.",
            )
        )
    data = Path(kept.pop("data")) if kept.get("data") else None
    return replace(choice, **{**kept, "data": data})
