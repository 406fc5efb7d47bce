"""triage: is this a question for this database at all? TriageSQL's types against the typed outcomes of the product.

A question is `answerable` where a statement was drafted and passed the gate (the tables are empty, so what it returns
says nothing), `ambiguous` where the product asked back, `no_data` and `out_of_scope` where it said so. TriageSQL's
`unanswerable by sql` and `small talk` are both out of scope for a system that answers from data, hence four classes;
`extra.confusion` keeps all five apart.

Source: Zhang et al. 2020, "Did You Ask a Good Question? A Cross-Domain Question Intention Classification Benchmark for
Text-to-SQL"; F1 a class and its unweighted mean (macro), as there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from assistant import asking
from assistant.answer_format import answer_json
from assistant.settings import Settings
from evals.answerability import TRIAGE_FILE, benchmark_file, empty_database, load_triage
from evals.cost import costs, used
from evals.environment import evals_hash, files_hash, key_of, subject
from evals.open_bench import OpenBench
from evals.open_workspace import PURPOSE, USER
from evals.statistics import bootstrap, class_f1, wilson
from evals.task import Case, Interval, Metrics, Observed, Result, Score, Summary, Verdict

CLASSES = ("answerable", "ambiguous", "no_data", "out_of_scope")
_STATUSES = {
    "answered": "answerable",
    "partly_suppressed": "answerable",
    "clarify": "ambiguous",
    "no_data": "no_data",
    "out_of_scope": "out_of_scope",
}


class TriageTask:
    """All questions of one TriageSQL file; each schema is a workspace of its own."""

    suite = "triage"
    even = True

    def __init__(self, path: Path, settings: Settings, lang: str | None = None) -> None:
        self.cases: Sequence[Case] = tuple(case for case in load_triage(path) if lang in (None, case.lang))
        self._file = benchmark_file(path, TRIAGE_FILE)
        self._data = files_hash([self._file])
        self._settings, self._open = settings, OpenBench(settings)

    def key(self) -> str:
        own = {"data": self._data, "harvest": evals_hash("open_workspace.py", "answerability.py")}
        return key_of(subject(self._settings) | own)

    def alone(self, case: Case) -> bool:
        return self._settings.llm != "none"

    def observe(self, case: Case) -> Observed:
        schema = case.body["schema"]

        def source(folder: Path) -> tuple[Path, Mapping[str, str]]:
            return folder / "empty.sqlite", empty_database(schema, folder / "empty.sqlite")

        with self._open.opened(repr(schema), source).case() as parts:
            answer = answer_json(asking.ask(case.text, user_id=USER, purpose_code=PURPOSE, parts=parts, lang="en"))
        kept = {name: answer[name] for name in ("status", "sql", "confidence", "options")}
        return kept | {"said": answer["text"][:160]} | used(answer)

    def score(self, case: Case, observed: Observed) -> Verdict:
        honest, said = case.body["honest"], outcome_class(observed)
        why = "" if said == honest else f"{said or observed['status']} instead of {honest}: {observed['said']}"
        scores = {"accuracy": Score(value=float(said == honest), answer=observed["sql"] or observed["status"], why=why)}
        if observed["status"] == "failed":
            return Verdict(state="failed", passed=None, scores=scores)
        return Verdict(state="scored", passed=said == honest, scores=scores)

    def summarise(self, results: Sequence[Result]) -> Summary:
        pairs = [(one.case.body["honest"], outcome_class(one.observed)) for one in results]
        right = sum(gold == said for gold, said in pairs)
        drawn = bootstrap(pairs, statistic=macro_f1, rounds=500)
        found = {"accuracy": wilson(right, len(pairs)), "macro_f1": drawn}
        intervals: dict[str, Interval] = {name: one for name, one in found.items() if one is not None}
        return Summary(
            metrics=_metrics(pairs) | {"failed": _failed(results)} | costs([one.observed for one in results]),
            intervals=intervals,
            by={"type": _by_type(results)},
            notes=(_EMPTY,),
            extra={"confusion": confusion(results)},
        )

    def conditions(self) -> Mapping[str, Any]:
        return {"llm": self._open.model or self._settings.llm, "corpus": self._data[:12], "data": self._file.name}

    def close(self) -> None:
        self._open.close()


_EMPTY = (
    "The benchmark has no rows and no types: the databases are empty, so no value can be linked. "
    "false_answers: a statement although the honest outcome is another; missed_answers: the other way round; shares of "
    "those questions."
)


def outcome_class(observed: Observed) -> str:
    """One of CLASSES; "" for a failure or a refusal, which are right for no question of an open database."""
    if observed.get("sql"):
        return "answerable"
    return _STATUSES.get(str(observed.get("status")), "")


def macro_f1(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Unweighted mean of the F1 of the classes that occur in the gold."""
    scores = [score for name in CLASSES if (score := class_f1(pairs, name)) is not None]
    return sum(scores) / len(scores) if scores else None


def _metrics(pairs: Sequence[tuple[str, str]]) -> Metrics:
    if not pairs:
        return {}
    asked = [said for gold, said in pairs if gold == "answerable"]
    others = [said for gold, said in pairs if gold != "answerable"]
    found: Metrics = {"macro_f1": macro_f1(pairs)} | {f"f1_{name}": class_f1(pairs, name) for name in CLASSES}
    found["accuracy"] = sum(gold == said for gold, said in pairs) / len(pairs)
    found["false_answers"] = sum(said == "answerable" for said in others) / len(others) if others else None
    found["missed_answers"] = sum(said != "answerable" for said in asked) / len(asked) if asked else None
    return found


def _failed(results: Sequence[Result]) -> float | None:
    return sum(one.verdict.state == "failed" for one in results) / len(results) if results else None


def confusion(results: Sequence[Result]) -> dict[str, dict[str, int]]:
    """{type of the benchmark: {outcome of ours: cases}}."""
    found: dict[str, Counter[str]] = {}
    for one in results:
        said = outcome_class(one.observed) or str(one.observed.get("status", "failed"))
        found.setdefault(dict(one.case.strata)["type"], Counter())[said] += 1
    return {kind: dict(counted) for kind, counted in sorted(found.items())}


def _by_type(results: Sequence[Result]) -> dict[str, Metrics]:
    groups: dict[str, list[Result]] = {}
    for one in results:
        groups.setdefault(dict(one.case.strata)["type"], []).append(one)
    return {
        kind: {"n": float(len(group)), "accuracy": sum(bool(one.verdict.passed) for one in group) / len(group)}
        for kind, group in sorted(groups.items())
    }
