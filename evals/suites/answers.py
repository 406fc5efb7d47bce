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
from evals.engine_gold import EngineGold
from evals.environment import code_hash, files_hash, folder_hash, key_of
from evals.loaders import Expectation, WrittenCase, load_written_cases, yaml_files
from evals.result_tables import holds_rows, same_rows
from evals.scorers import preview, supported_sentences
from evals.statistics import mean, percentile, wilson
from evals.task import Case, Interval, Metrics, Observed, Result, Score, State, Summary, Verdict
from evals.workbench import Bench, model_id

_SHOWN = ("answered", "partly_suppressed")
_IDENTIFIER = re.compile(r"(?<!\d)(?:\d{17}[\dXx]|1[3-9]\d{9})(?!\d)")
_SPLITS = ("lang", "expected", "kind", "status")


class AnswersTask:
    """The cases of evals/cases/answers (or of a file) over one workspace."""

    suite = "answers"
    even = False

    def __init__(self, path: Path, bench: Bench, lang: str | None = None) -> None:
        self.cases: Sequence[Case] = load_written_cases(path, lang)
        self._bench, self._files = bench, files_hash(yaml_files(path))
        self._workspace = folder_hash(bench.parts.settings.workspace)
        self._gold = EngineGold(bench.parts.settings)
        self._texts: dict[str, str] | None = None

    def key(self) -> str:
        settings = self._bench.parts.settings
        return key_of(
            {
                "code": code_hash(),
                "workspace": self._workspace,
                "llm": f"{settings.llm}@{settings.llm_base_url}",
                "encoder": settings.encoder,
            }
        )

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
        if expect.articles and status in _SHOWN:
            scores |= _citation_scores(expect, answer, observed["unquoted"])
        problem = _problem(expect, observed)
        state = _state(expect, status, problem)
        if state == "scored":
            scores["right"] = Score(value=float(not problem), answer=_said(answer), why=problem)
            return Verdict(state=state, passed=not problem, scores=scores)
        scores["right"] = Score(value=0.0, answer=_said(answer), why=f"{status} instead of {expect.status}")
        return Verdict(state=state, passed=None, scores=scores)

    def summarise(self, results: Sequence[Result]) -> Summary:
        interval = wilson(sum(bool(one.verdict.passed) for one in results), len(results))
        intervals: dict[str, Interval] = {"right": interval} if interval else {}
        names = {split: _split(split) for split in _SPLITS}
        return Summary(
            metrics=_metrics(results),
            intervals=intervals,
            by={split: _grouped(results, name_of) for split, name_of in names.items()},
            notes=(_NOTE,),
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
    "Every case is in the denominator of right, wrong and asked_back. A gold may stand on any of several readings; "
    "further columns of an answer do no harm, missing rows do. Suppressed cells agree with any gold value."
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


def _problem(expect: Expectation, observed: Observed) -> str:
    """What is wrong with an answer of an acceptable status; "" = nothing."""
    answer = observed["answer"]
    status, table = answer["status"], answer["table"]
    if status not in (expect.status, *expect.also):
        return f"{status} instead of {expect.status}"
    if expect.status not in _SHOWN and _identifiers(answer):
        return "an identifier is shown"
    if status in _SHOWN and expect.gold and (why := _against_golds(expect, observed)):
        return why
    if status in _SHOWN and expect.articles and not _cites(expect, answer):
        return f"cites {', '.join(item['id'] for item in answer['evidence'][:3]) or 'nothing'}"
    if status == "refused" and expect.gate and answer["decision"]["gate"] != expect.gate:
        return f"refused at {answer['decision']['gate']} instead of {expect.gate}"
    cited = {reason["rule"] for reason in answer["decision"]["reasons"]}
    if expect.rules and status == "refused" and not cited & set(expect.rules):
        return f"cites {', '.join(sorted(cited))}"
    if expect.level and table and answer["level"] != expect.level:
        return f"level {answer['level']} instead of {expect.level}"
    return ""


def _against_golds(expect: Expectation, observed: Observed) -> str:
    table = observed["answer"]["table"]
    if table is None:
        return "no table"
    golds = [gold for gold in observed["golds"] if gold is not None]
    if not golds:
        return "no gold statement runs"
    hidden = frozenset((row, column) for row, column, _ in table["suppressed"])
    for gold in golds:
        if expect.ordered and not hidden:
            if same_rows(gold, table["rows"], ordered=True):
                return ""
        elif holds_rows(gold, table["rows"], hidden=hidden, withheld=bool(table.get("rows_withheld"))):
            return ""
    return f"{len(table['rows'])} rows; the gold has {len(golds[0])}: {preview(golds[0], 2)}"


def _cites(expect: Expectation, answer: Mapping[str, Any]) -> bool:
    return any(item["id"] in expect.articles and item["in_force"] for item in answer["evidence"])


def _citation_scores(expect: Expectation, answer: Mapping[str, Any], unquoted: Sequence[str]) -> dict[str, Score]:
    cited = [item for item in answer["evidence"] if item["kind"] == "policy"]
    supported, total, first = supported_sentences(answer["text"], [item["quote"] for item in cited])
    ids = ", ".join(item["id"] for item in cited)
    return {
        "cited_article": Score(value=float(_cites(expect, answer)), answer=ids),
        "quote_verbatim": Score(value=float(bool(cited) and not unquoted), answer=ids, why=", ".join(unquoted)),
        "in_force": Score(value=float(all(item["in_force"] for item in cited)), answer=ids),
        "supported_sentences": Score(value=supported / total if total else None, answer=answer["text"][:80], why=first),
    }


def _state(expect: Expectation, status: str, problem: str) -> State:
    """An honest "I cannot" where an answer was expected is an abstention and not a wrong answer."""
    if status == "failed":
        return "failed"
    if problem and expect.status in _SHOWN and status not in _SHOWN:
        return "abstained"
    return "scored"


def _identifiers(answer: Mapping[str, Any]) -> bool:
    table = answer["table"]
    cells = [str(value) for row in table["rows"] for value in row if value is not None] if table else []
    return any(_IDENTIFIER.search(text) for text in (*cells, answer["text"]))


def _said(answer: Mapping[str, Any]) -> str:
    table = answer["table"]
    return preview(table["rows"], 2) if table else str(answer["text"])[:80].replace("\n", " ")


def _bare(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _metrics(results: Sequence[Result]) -> Metrics:
    if not results:
        return {}
    n = len(results)
    seconds = [one.seconds for one in results]
    back = sum(one.verdict.state == "abstained" and _status(one) == "clarify" for one in results)
    metrics: Metrics = {
        "right": sum(bool(one.verdict.passed) for one in results) / n,
        "wrong": sum(one.verdict.passed is False for one in results) / n,
        "asked_back": back / n,
        "abstained": sum(one.verdict.state == "abstained" for one in results) / n,
        "failed": sum(one.verdict.state == "failed" for one in results) / n,
    }
    for name in ("supported_sentences", "cited_article", "quote_verbatim", "in_force"):
        scores = [one.verdict.scores.get(name) for one in results]
        metrics[name] = mean([score.value for score in scores if score is not None and score.value is not None])
    return metrics | {"seconds_p50": percentile(seconds, 0.5), "seconds_p95": percentile(seconds, 0.95)}


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
    kept = ("right", "wrong", "asked_back", "abstained")
    found: dict[str, Metrics] = {}
    for name, group in sorted(groups.items()):
        measured = _metrics(group)
        found[name] = {"n": float(len(group))}
        found[name] |= {key: measured[key] for key in kept}
    return found
