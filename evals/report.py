"""A run as one JSON document (CONTRACT section 4), schema versioned; what HTML, JUnit and `compare` are made from."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

from evals.environment import environment
from evals.loaders import body_json
from evals.reading import EvaluationDataError, json_document, wrong
from evals.run import Run, states
from evals.task import SCHEMA_VERSION, Case, Result, Score, Summary, Task

Report: TypeAlias = dict[str, Any]
_DIGITS = 6


def report_of(
    task: Task,
    run: Run,
    summary: Summary,
    *,
    seed: int,
    limit: int | None,
    options: str = "",
    models: Mapping[str, Any] | None = None,
) -> Report:
    """{"suite", "n", "metrics", "intervals", "by", "cases", "environment", ...}; `models` as environment.models_of."""
    return {
        "schema_version": SCHEMA_VERSION,
        "suite": task.suite,
        "n": len(run.results),
        "metrics": _rounded(summary.metrics),
        "intervals": {name: [round(low, 4), round(high, 4)] for name, (low, high) in summary.intervals.items()},
        "by": {split: {name: _rounded(one) for name, one in groups.items()} for split, groups in summary.by.items()},
        "states": states(run.results),
        "extra": dict(summary.extra),
        "notes": [*([partial(run)] if run.interrupted else []), *summary.notes],
        "cases": [case_json(result) for result in run.results],
        "environment": environment()
        | dict(task.conditions())
        | {
            "models": dict(models or {}),
            "seed": seed,
            "limit": limit,
            "of": len(task.cases),
            "cached": run.cached,
            "interrupted": run.interrupted,
            "options": options,
        },
    }


def partial(run: Run) -> str:
    """An interrupted run is no result: its cases are the first ones that were done, not a sample."""
    return f"Interrupted: {len(run.results)} of {run.asked_for} cases; partial / 中断，未跑完。Go on with --resume."


def case_json(result: Result) -> dict[str, Any]:
    verdict = result.verdict
    return {
        "id": result.case.id,
        "fingerprint": fingerprint(result.case),
        "text": result.case.text,
        "lang": result.case.lang,
        "strata": dict(result.case.strata),
        "state": verdict.state,
        "passed": verdict.passed,
        "scores": {name: score_json(score) for name, score in verdict.scores.items()},
        "seconds": round(result.seconds, 4),
        "cached": result.cached,
    } | ({"error": result.observed["error"]} if "error" in result.observed else {})


def fingerprint(case: Case) -> str:
    """Of what is asked and what is right: two reports share a case where it is the same."""
    content = json.dumps([case.text, case.lang, body_json(case)], ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def score_json(score: Score) -> dict[str, Any]:
    shown: dict[str, Any] = {"value": _round(score.value), "unit": score.unit}
    return shown | {name: text for name, text in (("answer", score.answer), ("why", score.why)) if text}


def _rounded(metrics: Mapping[str, float | None]) -> dict[str, float | None]:
    return {name: _round(value) for name, value in metrics.items()}


def _round(value: float | None) -> float | int | None:
    if value is None or isinstance(value, int):
        return value
    return int(value) if value.is_integer() and abs(value) < 1e12 else round(value, _DIGITS)


def write_report(report: Report, path: Path) -> Path:
    """Beside and swapped in: a reader never sees half a report."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    os.replace(beside, path)
    return path


def read_report(path: Path) -> Report:
    """A report of this schema. Raises EvaluationDataError."""
    document = json_document(path)
    if not isinstance(document, dict) or document.get("schema_version") != SCHEMA_VERSION or not _whole(document):
        zh, en = f"不是第 {SCHEMA_VERSION} 版评测报告。", f"is not an evaluation report of schema {SCHEMA_VERSION}."
        raise wrong(zh, en, path, key="schema_version")
    return document


_PARTS = {"suite": str, "n": int, "metrics": dict, "by": dict, "states": dict, "environment": dict, "cases": list}
_CASE_PARTS = {"id": str, "state": str, "scores": dict, "strata": dict}


def _whole(document: Mapping[str, Any]) -> bool:
    """Whether a report has what comparing and showing it need."""
    if not all(isinstance(document.get(name), kind) for name, kind in _PARTS.items()):
        return False
    return all(
        isinstance(case, dict) and "passed" in case and all(isinstance(case.get(n), k) for n, k in _CASE_PARTS.items())
        for case in document["cases"]
    )


def previous(path: Path) -> Report | None:
    """The report that stands at `path`, if it can still be read."""
    try:
        return read_report(path) if path.is_file() else None
    except EvaluationDataError:
        return None
