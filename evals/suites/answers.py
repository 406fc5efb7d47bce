"""answers: hand-written questions to a workspace; numbers against gold SQL, articles against the documents, refusals
against their gate.

`right`: the status is the expected one (or one that is as honest) and what it shows is right. `wrong`: something was
shown that must not be believed or must not be shown. `asked_back`: a question back where an answer was expected. What
is neither (no data, out of scope, refused where an answer was expected) is an abstention, and is shown apart.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from assistant import asking
from assistant.answer_format import answer_json
from assistant.parts import Parts
from assistant.retrieval import ingest
from evals.cost import costs, used
from evals.engine_gold import EngineGold
from evals.environment import files_hash, folder_hash, key_of, subject
from evals.loaders import Expectation, WrittenCase, load_written_cases, yaml_files
from evals.statistics import accuracy_at, calibration_error, mean, risk_coverage, share_intervals
from evals.suites.answer_scores import PARTS, SHOWN, part_scores, problem, said
from evals.task import Case, Metrics, Observed, Result, Score, State, Summary, Verdict
from evals.workbench import Bench, model_id, need_users

_SPLITS = ("lang", "expected", "kind", "status")


class AnswersTask:
    """The cases of evals/cases/answers (or of a file) over one workspace."""

    suite = "answers"
    even = False

    def __init__(self, path: Path, bench: Bench, lang: str | None = None) -> None:
        self.cases: Sequence[Case] = load_written_cases(path, lang)
        self._bench, self._files = bench, files_hash(yaml_files(path))
        self._workspace = folder_hash(bench.parts.settings.workspace)
        need_users((case.body["written"].user for case in self.cases), bench.parts)
        self._gold = EngineGold(bench.parts.settings)
        self._texts: dict[str, str] | None = None

    def key(self) -> str:
        return key_of(subject(self._bench.parts.settings) | {"workspace": self._workspace})

    def alone(self, case: Case) -> bool:
        return self._bench.parts.settings.llm != "none"

    def observe(self, case: Case) -> Observed:
        written: WrittenCase = case.body["written"]
        with self._bench.case() as parts:
            for earlier in written.before:
                _ask(earlier, written, parts, case.id)
            answer = _ask(written.question, written, parts, case.id)
        golds = [self._gold.rows(sql) for sql in written.expect.gold]
        return {"answer": _kept(answer), "golds": golds, "unquoted": self._unquoted(answer)}

    def _unquoted(self, answer: Mapping[str, Any]) -> list[str]:
        """Cited articles whose quote does not occur, word for word, in the workspace's documents."""
        if self._texts is None:
            found = ingest.read_documents(self._bench.parts.settings.workspace / "documents")
            self._texts = {}
            for passage in found.passages:
                self._texts[passage.source_id] = self._texts.get(passage.source_id, "") + _bare(passage.text)
        cited = [item for item in answer["evidence"] if item["kind"] == "policy"]
        return [
            item["id"] for item in cited if _bare(item["quote"]) not in self._texts.get(item["id"].split("#")[0], "")
        ]

    def score(self, case: Case, observed: Observed) -> Verdict:
        written: WrittenCase = case.body["written"]
        expect, answer = written.expect, observed["answer"]
        status = answer["status"]
        scores: dict[str, Score] = {"status": Score(value=None, answer=status, why=f"expected {expect.status}")}
        if expect.gold and all(gold is None for gold in observed["golds"]):
            unknown = Score(value=None, answer=said(answer), why="no gold statement runs")
            return Verdict(state="not_scored", passed=None, scores={"right": unknown})
        scores |= part_scores(expect, observed)
        why = problem(expect, observed)
        state = _state(expect, status, why)
        if state == "scored":
            scores["right"] = Score(value=float(not why), answer=said(answer), why=why)
            return Verdict(state=state, passed=not why, scores=scores)
        scores["right"] = Score(value=0.0, answer=said(answer), why=f"{status} instead of {expect.status}")
        return Verdict(state=state, passed=None, scores=scores)

    def summarise(self, results: Sequence[Result]) -> Summary:
        results = [one for one in results if one.verdict.state != "not_scored"]
        metrics = _metrics(results)
        shares = {name: metrics.get(name) for name in ("right", "wrong", "asked_back", "abstained", "failed")}
        names = {split: _split(split) for split in _SPLITS}
        return Summary(
            metrics=metrics,
            intervals=share_intervals(shares, len(results)),
            by={split: _grouped(results, name_of) for split, name_of in names.items()},
            notes=(_NOTE,),
            extra=_confidence(results),
        )

    def conditions(self) -> Mapping[str, Any]:
        parts = self._bench.parts
        return {
            "llm": model_id(parts),
            "encoder": parts.settings.encoder,
            "workspace": parts.workspace.name,
            "corpus": self._workspace[:12],
            "cases": self._files[:12],
            "policy_version": parts.policies.version,
            "catalog_version": parts.catalog.version,
        }

    def close(self) -> None:
        self._gold.close()
        self._bench.close()


_NOTE = (
    "Every case is in the denominator of right, wrong and asked_back, except where no gold runs. A gold may stand on "
    "any of several readings; further columns of an answer do no harm, missing rows do. Suppressed cells agree with "
    "any gold value."
)


def _ask(text: str, written: WrittenCase, parts: Parts, conversation: str) -> dict[str, Any]:
    lang: Any = written.lang
    return answer_json(
        asking.ask(
            text,
            user_id=written.user,
            purpose_code=written.purpose,
            parts=parts,
            lang=lang,
            conversation_id=conversation,
        )
    )


def _kept(answer: Mapping[str, Any]) -> dict[str, Any]:
    """What scoring and the report need; ids and sequence numbers differ from run to run."""
    names = ("status", "text", "interpretation", "sql", "drafter", "table", "level", "decision", "evidence")
    return {name: answer[name] for name in (*names, "confidence", "model", "timings_ms")}


def _state(expect: Expectation, status: str, problem: str) -> State:
    """An honest "I cannot" where an answer was expected is an abstention and not a wrong answer."""
    if status == "failed":
        return "failed"
    if problem and expect.status in SHOWN and status not in SHOWN:
        return "abstained"
    return "scored"


def _bare(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _judged(results: Sequence[Result]) -> list[tuple[float, bool]]:
    """(confidence, right) of every question that was answered or should have been; an abstention has confidence 0."""
    found = []
    for one in results:
        shown = _status(one) in SHOWN
        if shown or one.case.body["written"].expect.status in SHOWN:
            sure = float(one.observed["answer"]["confidence"]) if shown else 0.0
            found.append((sure, bool(one.verdict.passed) and shown))
    return found


def _confidence(results: Sequence[Result]) -> dict[str, Any]:
    judged = _judged(results)
    curve = [(round(coverage, 4), round(risk, 4)) for coverage, risk in risk_coverage(judged)]
    return {"right_among_surest_half": accuracy_at(judged, 0.5), "risk_coverage": curve}


def _metrics(results: Sequence[Result]) -> Metrics:
    if not results:
        return {}
    n = len(results)
    back = sum(one.verdict.state == "abstained" and _status(one) == "clarify" for one in results)
    metrics: Metrics = {
        "right": sum(bool(one.verdict.passed) for one in results) / n,
        "wrong": sum(one.verdict.passed is False for one in results) / n,
        "asked_back": back / n,
        "abstained": sum(one.verdict.state == "abstained" for one in results) / n,
        "failed": sum(one.verdict.state == "failed" for one in results) / n,
    }
    for name in PARTS:
        scores = [one.verdict.scores.get(name) for one in results]
        metrics[name] = mean([score.value for score in scores if score is not None and score.value is not None])
    shown = [one for one in results if _status(one) in SHOWN]
    judged = [(float(one.observed["answer"]["confidence"]), bool(one.verdict.passed)) for one in shown]
    answers = [one.observed["answer"] for one in results if "answer" in one.observed]
    return metrics | {"calibration_error": calibration_error(judged)} | costs([used(answer) for answer in answers])


def _status(result: Result) -> str:
    return str(result.observed.get("answer", {}).get("status", ""))


def _split(name: str) -> Callable[[Result], str]:
    if name == "kind":
        return lambda one: str(one.case.body["written"].kind)
    return _status if name == "status" else lambda one: dict(one.case.strata)[name]


def _grouped(results: Sequence[Result], name_of: Callable[[Result], str]) -> dict[str, Metrics]:
    groups: dict[str, list[Result]] = {}
    for result in results:
        groups.setdefault(name_of(result) or "-", []).append(result)
    kept = ("right", "wrong", "asked_back", "abstained", *PARTS)
    found: dict[str, Metrics] = {}
    for name, group in sorted(groups.items()):
        measured = _metrics(group)
        found[name] = {"n": float(len(group))}
        found[name] |= {key: measured[key] for key in kept}
    return found
