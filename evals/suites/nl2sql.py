"""nl2sql: Spider's and BIRD's questions through the same pipeline as the chat's, each database a workspace of its own.

Every question asked counts in every share's denominator. `abstained` (asked back, no data found, out of scope, not
understood) and failed cases are no wrong answers and are shown apart; they are no right ones either.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from assistant import asking
from assistant.answer_format import answer_json
from assistant.settings import Settings
from evals.cost import costs, used
from evals.environment import evals_hash, files_hash, key_of, subject
from evals.error_class import error_class
from evals.gold import run_gold
from evals.open_bench import OpenBench
from evals.open_workspace import PURPOSE, USER, names_of
from evals.result_tables import orders_rows
from evals.scorers import execution
from evals.sql_benchmark import load_sql_benchmark, load_words
from evals.statistics import accuracy_at, calibration_error, mcnemar, mean, risk_coverage, share_intervals
from evals.suites.zero_shot import ZeroShot
from evals.task import Case, Metrics, Notice, Observed, Result, Score, Summary, Verdict

_SHARES = ("execution_accuracy", "execution_accuracy_strict", "abstained", "wrong")  # of all questions asked
_ANSWERED = ("answered", "partly_suppressed")


class Nl2SqlTask:
    """All questions of one benchmark folder."""

    suite = "nl2sql"
    even = False

    def __init__(
        self, folder: Path, settings: Settings, notice: Notice, *, lang: str | None = None, baseline: str | None = None
    ) -> None:
        self.cases: Sequence[Case] = load_sql_benchmark(folder, lang)
        self._folder, self._baseline, self._settings = folder, baseline, settings
        self._tables = load_words(folder)
        self._data = files_hash([*folder.glob("*.json"), *{case.body["file"] for case in self.cases}])
        self._open = OpenBench(settings)
        self._zero_shot: ZeroShot | None = None

    def key(self) -> str:
        own = {"data": self._data, "baseline": self._baseline or "", "harvest": evals_hash("open_workspace.py")}
        return key_of(subject(self._settings) | own)

    def alone(self, case: Case) -> bool:
        return True  # one database at a time, and the model

    def observe(self, case: Case) -> Observed:
        """The product's answer, the gold's rows, and the baseline's where one is asked for."""
        file, name = case.body["file"], case.body["database"]
        bench = self._open.opened(name, lambda folder: (file, names_of(self._tables, name)))
        with bench.case() as parts:
            lang: Any = case.lang
            answer = answer_json(asking.ask(case.text, user_id=USER, purpose_code=PURPOSE, parts=parts, lang=lang))
        observed = _observed(answer) | {"gold_rows": run_gold(file, case.body["gold"])}
        if self._baseline:
            self._zero_shot = self._zero_shot or ZeroShot(bench.parts.chat())
            observed["baseline"] = self._zero_shot.ask(case.text, file)
        return observed

    def score(self, case: Case, observed: Observed) -> Verdict:
        gold = observed["gold_rows"]
        if gold is None:
            unknown = Score(value=None, why="the gold statement does not run")
            return Verdict(state="not_scored", passed=None, scores={"execution_accuracy": unknown})
        ordered = orders_rows(case.body["gold"])
        scores = execution(gold, observed["rows"], ordered=ordered, truncated=observed["truncated"])
        right = bool(scores["execution_accuracy"].value)
        why = f"{observed['status']}: {observed['said']}" if observed["said"] else observed["status"]
        scores["confidence"] = Score(value=observed["confidence"], answer=observed["sql"] or "", why=why)
        if "baseline" in observed:
            found = execution(gold, observed["baseline"]["rows"], ordered=ordered)
            scores |= {f"baseline_{name}": score for name, score in found.items()}
        if observed["status"] == "failed":
            return Verdict(state="failed", passed=None, scores=scores)
        if observed["rows"] is None:
            return Verdict(state="abstained", passed=None, scores=scores)
        return Verdict(state="scored", passed=right, scores=scores)

    def summarise(self, results: Sequence[Result]) -> Summary:
        asked = [result for result in results if result.verdict.state != "not_scored"]
        judged = [(_value(one, "confidence"), bool(one.verdict.passed)) for one in asked]
        metrics = _metrics(asked)
        shares = {name: metrics.get(name) for name in _SHARES}
        splits: dict[str, Callable[[Result], str]] = {
            name: _stratum(name) for name in ("hardness", "lang", "database")
        } | {"zh_value": lambda one: str(one.case.body.get("zh_value", "")), "error_class": error_of}
        return Summary(
            metrics=metrics,
            intervals=share_intervals(shares, len(asked)),
            by={name: groups for name, split in splits.items() if (groups := _grouped(asked, split))},
            notes=(_DENOMINATOR, _CONFIDENCE),
            extra={
                "right_among_surest_half": accuracy_at(judged, 0.5),
                "risk_coverage": [(round(x, 4), round(y, 4)) for x, y in risk_coverage(judged)],
            }
            | _against_baseline(asked),
        )

    def conditions(self) -> Mapping[str, Any]:
        own = {"llm": self._open.model or self._settings.llm, "corpus": self._data[:12], "data": self._folder.name}
        return own | ({"baseline": self._baseline} if self._baseline else {})

    def close(self) -> None:
        self._open.close()


_DENOMINATOR = (
    "Every question asked is in the denominator: an abstention is not wrong and not right. Row order counts only where "
    "the gold has a top-level ORDER BY; the headline allows any permutation of columns, strict does not."
)
_CONFIDENCE = "calibration_error is over answered questions; right_among_surest_half over all, an abstention last."


def _observed(answer: Mapping[str, Any]) -> Observed:
    table = answer["table"] if answer["status"] in _ANSWERED or answer["status"] == "no_data" else None
    return {
        "status": answer["status"],
        "sql": answer["sql"],
        "drafter": answer["drafter"],
        "said": "" if table else answer["text"][:160],
        "rows": table["rows"] if table else None,
        "truncated": bool(table and table["truncated"]),
        "confidence": answer["confidence"] if table else 0.0,
    } | used(answer)


def _value(result: Result, name: str) -> float:
    score = result.verdict.scores.get(name)
    return score.value or 0.0 if score else 0.0


def _metrics(asked: Sequence[Result]) -> Metrics:
    """CONTRACT section 4. Shares are of all questions asked."""
    if not asked:
        return {}
    answered = [one for one in asked if one.verdict.state == "scored"]
    drafted = [one for one in asked if one.observed.get("sql")]
    n = len(asked)
    metrics: Metrics = {
        "execution_accuracy": sum(_value(one, "execution_accuracy") for one in asked) / n,
        "execution_accuracy_strict": sum(_value(one, "execution_accuracy_strict") for one in asked) / n,
        "valid_sql": sum(one.observed["rows"] is not None for one in drafted) / len(drafted) if drafted else None,
        "abstained": sum(one.verdict.state == "abstained" for one in asked) / n,
        "wrong": sum(one.verdict.passed is False for one in asked) / n,
    }
    judged = [(_value(one, "confidence"), bool(one.verdict.passed)) for one in answered]
    return metrics | costs([one.observed for one in asked]) | {"calibration_error": calibration_error(judged)}


def _stratum(name: str) -> Callable[[Result], str]:
    return lambda result: dict(result.case.strata).get(name, "")


def _grouped(asked: Sequence[Result], name_of: Callable[[Result], str]) -> dict[str, Metrics]:
    groups: dict[str, list[Result]] = {}
    for result in asked:
        if name := name_of(result):
            groups.setdefault(name, []).append(result)
    kept = ("execution_accuracy", "execution_accuracy_strict", "abstained", "wrong", "seconds_p50")
    found: dict[str, Metrics] = {}
    for name, group in sorted(groups.items()):
        measured = _metrics(group)
        found[name] = {"n": float(len(group))}
        found[name] |= {key: measured[key] for key in kept}
    return found


def error_of(result: Result) -> str:
    """What kind of miss it is; "" for a right answer."""
    if result.verdict.passed:
        return ""
    observed = result.observed
    if result.verdict.state == "failed":
        return "failed"
    if observed.get("rows") is None:
        return f"abstained: {observed.get('status', '')}"
    gold = observed.get("gold_rows") or []
    return error_class(result.case.body["gold"], observed.get("sql") or "", gold, observed["rows"])


def _against_baseline(asked: Sequence[Result]) -> dict[str, Any]:
    """The bare model on the same cases: its numbers, and McNemar's test of the pipeline against it."""
    both = [one for one in asked if "baseline_execution_accuracy" in one.verdict.scores]
    if not both:
        return {}
    pairs = [(bool(one.verdict.passed), bool(_value(one, "baseline_execution_accuracy"))) for one in both]
    return {
        "baseline": {
            "n": len(both),
            "execution_accuracy": sum(second for _, second in pairs) / len(pairs),
            "execution_accuracy_strict": mean([_value(one, "baseline_execution_accuracy_strict") for one in both]),
            "valid_sql": mean([float(one.observed["baseline"]["rows"] is not None) for one in both]),
            **costs([one.observed["baseline"] | {"calls": 1} for one in both]),
        },
        "mcnemar_against_baseline": asdict(mcnemar(pairs)),
    }
