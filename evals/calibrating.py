"""Fit the confidence of the compiled path: `python -m evals.calibrating REPORT.json [--blind b-]`.

Takes the verdicts of an `answers` report, reads the features of the same questions again (no model, no query),
and fits confidence.yaml's logistic curve by maximum a posteriori: a Gaussian prior around hand-set weights, because
wrong answers are too few to learn from alone. Cases whose id begins with --blind are only measured.
Prints the section to put into the file; it writes nothing.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from assistant import assembly
from assistant.conversation import Turn, complete
from assistant.nl2sql.plans.confidence import probability, threshold
from assistant.parts import Parts
from assistant.settings import load_settings
from evals.environment import ROOT
from evals.loaders import WrittenCase, read_written, yaml_files
from evals.statistics import calibration_error

_CASES = ROOT / "evals" / "cases" / "answers"
_PRIOR = 1.0  # standard deviation of a weight around its prior
_PRIOR_BIAS = -8.5
_PRIOR_WEIGHTS = {  # all exact and covered: 0.97; misspelt twice: 0.6; a tenth uncovered: 0.95
    "link": 6.0, "coverage": 6.0, "passed_over": -1.0, "stated": -0.5, "follow_up": -0.3, "operators": -0.5,
    "hollow": -2.0,
}  # fmt: skip
_USUAL = {
    "link": 1.0,
    "coverage": 1.0,
}  # where nearly all answers lie: the bias is learnt there, the slopes by the others
_STEPS = 4000
_RATE = 0.05
_SHOWN = ("answered", "partly_suppressed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An answer of the compiled path: its features, and whether it was right."""

    case_id: str
    features: Mapping[str, float]
    right: bool


def judged_answers(report: Mapping[str, Any], cases: Sequence[WrittenCase], parts: Parts) -> list[Judged]:
    """The report's answers with figures, with the features that linking gives them now."""
    verdicts = {one["id"]: one for one in report["cases"]}
    found = []
    for case in cases:
        verdict = verdicts.get(case.id)
        if verdict is None or verdict["scores"]["status"]["answer"] not in _SHOWN:
            continue
        features = _features(case, parts)
        if features:
            found.append(Judged(case_id=case.id, features=features, right=bool(verdict["passed"])))
    return found


def _features(case: WrittenCase, parts: Parts) -> Mapping[str, float]:
    """{} where the question is not answered from a plan."""
    history: tuple[Turn, ...] = ()
    lang: Any = case.lang
    for text in (*case.before, case.question):
        read = complete(text, history, model=parts.model, values=parts.values, as_of=parts.as_of, lang=lang)
        linked = read.linked
        plan = linked.plan if linked.outcome == "plan" else None
        history = (*history, Turn(question=read.text, plan=plan, asked_back=linked.outcome == "clarify"))
    return dict(linked.features) if linked.outcome == "plan" else {}


def fit(judged: Sequence[Judged]) -> tuple[float, dict[str, float]]:
    """(bias, weights) of the most probable curve; gradient ascent, deterministic. Without cases: the prior."""
    names = list(_PRIOR_WEIGHTS)
    usual = [_USUAL.get(name, 0.0) for name in names]
    level = _PRIOR_BIAS + sum(weight * at for weight, at in zip(_PRIOR_WEIGHTS.values(), usual, strict=True))
    start = [level, *_PRIOR_WEIGHTS.values()]
    rows = [[1.0, *(one.features.get(n, 0.0) - at for n, at in zip(names, usual, strict=True))] for one in judged]
    weights = list(start)
    for _ in range(_STEPS):
        slope = [(begun - weight) / _PRIOR**2 for begun, weight in zip(start, weights, strict=True)]
        for row, one in zip(rows, judged, strict=True):
            miss = float(one.right) - probability(sum(w * x for w, x in zip(weights, row, strict=True)))
            slope = [s + miss * x for s, x in zip(slope, row, strict=True)]
        weights = [w + _RATE * s / max(len(rows), 1) ** 0.5 for w, s in zip(weights, slope, strict=True)]
    bias = weights[0] - sum(weight * at for weight, at in zip(weights[1:], usual, strict=True))
    return bias, dict(zip(names, weights[1:], strict=True))


def error_of(judged: Sequence[Judged], bias: float, weights: Mapping[str, float]) -> float | None:
    """Expected calibration error of a curve on these answers, ten bins; None without any."""
    pairs = [(_at(one, bias, weights), one.right) for one in judged]
    return calibration_error(pairs) if pairs else None


def _at(one: Judged, bias: float, weights: Mapping[str, float]) -> float:
    return probability(bias + sum(weight * one.features.get(name, 0.0) for name, weight in weights.items()))


def section(path: str, bar: float, bias: float, weights: Mapping[str, float], fitted: str) -> str:
    """The curve as it stands in confidence.yaml."""
    lines = [f"  - path: {path}", f"    bias: {bias:.3f}", f"    threshold: {bar}", "    weights:"]
    lines += [f"      - {{feature: {name}, weight: {weight:.3f}}}" for name, weight in weights.items()]
    return "\n".join([*lines, f'    fitted: "{fitted}"'])


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("report", type=Path)
    parser.add_argument("--cases", type=Path, default=_CASES)
    parser.add_argument("--blind", default="b-", help="prefix of the ids that are only measured")
    options = parser.parse_args(arguments)
    parts = assembly.build(load_settings())
    report = json.loads(options.report.read_text(encoding="utf-8"))
    cases = [case for file in yaml_files(options.cases) for case, _ in read_written(file)]
    judged = judged_answers(report, cases, parts)
    seen = [one for one in judged if not one.case_id.startswith(options.blind)]
    blind = [one for one in judged if one.case_id.startswith(options.blind)]
    bias, weights = fit(seen)
    own, other = error_of(seen, bias, weights), error_of(blind, bias, weights)
    fitted = (
        f"answers, n {len(seen)}, ece {_shown(own)}; kept apart n {len(blind)}, ece {_shown(other)}; {date.today()}"
    )
    sys.stdout.write(section("compiled", threshold("compiled"), bias, weights, fitted) + "\n")
    return 0


def _shown(value: float | None) -> str:
    return "not measured" if value is None or math.isnan(value) else f"{value:.3f}"


if __name__ == "__main__":
    raise SystemExit(main())
