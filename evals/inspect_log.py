"""A report as an `.eval` log, which the field's viewer opens (`inspect view`). Needs the package inspect_ai, which is
not a dependency of ours: without it there is a sentence and nothing else is lost.

One sample a case: input is the question, each of our scores one of theirs with its answer and explanation; a score that
does not apply is left out, because None is not zero. States stand in the sample's metadata, metrics in the results.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assistant.domain import Text
from assistant.errors import UserError
from evals.report import Report

PACKAGE = "inspect_ai"


def need_inspect() -> None:
    """Raises UserError where the package is missing; asked before hours are spent on measuring."""
    if importlib.util.find_spec(PACKAGE) is None:
        raise UserError(
            Text(
                zh="写出 .eval 日志需要 inspect_ai。请运行 pip install inspect-ai，或去掉 --inspect。",
                en="Writing an .eval log needs inspect_ai. Run pip install inspect-ai, or leave --inspect out.",
            )
        )


def write_inspect_log(report: Report, folder: Path) -> Path:
    """<folder>/<suite>.eval. Raises UserError where the package is missing."""
    need_inspect()
    log = importlib.import_module("inspect_ai.log")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{report['suite']}.eval"
    path.unlink(missing_ok=True)
    log.write_eval_log(_log(report, log), str(path), format="eval")
    return path


def _log(report: Report, log: Any) -> Any:
    env, suite = report["environment"], str(report["suite"])
    scores = importlib.import_module("inspect_ai.scorer")
    samples = [_sample(case, log, scores.Score) for case in report["cases"]]
    data = {"name": str(env.get("data") or env.get("workspace") or suite), "samples": env.get("of")}
    spec = log.EvalSpec(
        created=str(env["at"]),
        task=f"govdata/{suite}",
        dataset=log.EvalDataset(**data, sample_ids=[case["id"] for case in report["cases"]]),
        model=f"govdata/{env.get('llm') or 'none'}",
        config=log.EvalConfig(limit=env.get("limit"), epochs=1),
        metadata={"environment": env, "notes": report["notes"], "extra": report["extra"], "by": report["by"]},
    )
    done = sum(case["state"] != "failed" for case in report["cases"])
    results = log.EvalResults(total_samples=len(samples), completed_samples=done, scores=[_metrics(report, suite, log)])
    status = "cancelled" if env.get("interrupted") else "success"
    return log.EvalLog(status=status, eval=spec, results=results, samples=samples)


def _metrics(report: Report, suite: str, log: Any) -> Any:
    """Metrics that were measured; the interval stands beside the value."""
    found = {}
    for name, value in report["metrics"].items():
        if value is not None:
            interval = report["intervals"].get(name)
            found[name] = log.EvalMetric(
                name=name, value=value, metadata={"interval_95": interval} if interval else None
            )
    return log.EvalScore(name=suite, scorer=suite, metrics=found)


def _sample(case: Mapping[str, Any], log: Any, score: Any) -> Any:
    scores = {
        name: score(value=one["value"], answer=one.get("answer"), explanation=one.get("why"))
        for name, one in case["scores"].items()
        if one["value"] is not None
    }
    kept = ("state", "passed", "lang", "strata", "seconds", "cached", "error")
    return log.EvalSample(
        id=case["id"],
        epoch=1,
        input=str(case.get("text") or case["id"]),
        target="",
        scores=scores,
        metadata={name: case[name] for name in kept if name in case},
    )
