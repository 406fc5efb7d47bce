"""readings: where a question can be read in several ways, are all of them found? AMBROSIA through the chat's pipeline.

A reading is found when something that the product shows has the rows of that reading's gold: the answer itself, or the
answer to one of the questions that it offers to choose from (each is put to it as a click would).

- all_readings_found: share of the ambiguous questions of which every reading was found (AllFound of Saparina & Lapata
  2024, "AMBROSIA: A Benchmark for Parsing Ambiguous Questions into Database Queries"); readings_found: the mean share.
- asked_back: share of the ambiguous questions to which it asked back or offered choices; silent: share answered with
  one reading and no other named.
- execution_accuracy, needless, wrong: of the plain questions, right at once; asked back though plain; wrong rows shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from assistant import asking
from assistant.answer_format import answer_json
from assistant.parts import Parts
from assistant.settings import Settings
from evals.answerability import DUMPS_FILE, READINGS_FILE, benchmark_file, dumped_database, load_dumps, load_readings
from evals.cost import costs, used
from evals.environment import evals_hash, files_hash, key_of, subject
from evals.gold import run_gold
from evals.open_bench import OpenBench
from evals.open_workspace import PURPOSE, USER
from evals.reading import wrong
from evals.result_tables import Rows, same_rows
from evals.scorers import preview
from evals.statistics import wilson
from evals.task import Case, Interval, Metrics, Observed, Result, Score, Summary, Verdict

MOST_CHOICES = 4  # as many as the product may offer
_SHOWN = ("answered", "partly_suppressed", "no_data")


class ReadingsTask:
    """All questions of one AMBROSIA file; each database is a workspace of its own."""

    suite = "readings"
    even = False

    def __init__(self, path: Path, settings: Settings, lang: str | None = None) -> None:
        file = benchmark_file(path, READINGS_FILE)
        self.cases: Sequence[Case] = tuple(case for case in load_readings(path) if lang in (None, case.lang))
        self._dumps = load_dumps(path)
        for name in sorted({case.body["database"] for case in self.cases} - set(self._dumps)):
            raise wrong(f"没有库 {name} 的脚本。", f"has no script of the database {name}.", file.parent / DUMPS_FILE)
        self._data = files_hash([file, file.parent / DUMPS_FILE])
        self._settings, self._open = settings, OpenBench(settings)
        self._file: Path | None = None

    def key(self) -> str:
        own = {"data": self._data, "harvest": evals_hash("open_workspace.py", "answerability.py")}
        return key_of(subject(self._settings) | own)

    def alone(self, case: Case) -> bool:
        return True  # one database at a time, and the model

    def observe(self, case: Case) -> Observed:
        """What was shown at once, what each offered question shows, and the rows of every gold."""
        script = self._dumps[case.body["database"]]

        def source(folder: Path) -> tuple[Path, Mapping[str, str]]:
            self._file = folder / "dumped.sqlite"
            dumped_database(script, self._file)
            return self._file, {}

        bench = self._open.opened(case.body["database"], source)
        assert self._file is not None
        with bench.case() as parts:
            first = _ask(case.text, parts, case.id)
            offered = [option["question"] for option in first["options"]][:MOST_CHOICES]
            shown = [_shown(_ask(question, parts, case.id)) for question in offered]
        golds = [run_gold(self._file, sql) for sql in case.body["golds"]]
        return {
            "status": first["status"],
            "sql": first["sql"],
            "said": first["text"][:160],
            "confidence": first["confidence"],
            "rows": _shown(first)["rows"],
            "offered": shown,
            "golds": golds,
        } | used(first)

    def score(self, case: Case, observed: Observed) -> Verdict:
        golds = observed["golds"]
        if any(gold is None for gold in golds):
            unknown = Score(value=None, why="a gold statement does not run")
            return Verdict(state="not_scored", passed=None, scores={"readings_found": unknown})
        if observed["status"] == "failed":
            return Verdict(state="failed", passed=None, scores={})
        found = [any(_same(gold, rows) for rows in _tables(observed)) for gold in golds]
        said = f"{observed['status']}, {len(observed['offered'])} offered; {preview(observed['rows'] or [], 2)}"
        why = "" if all(found) else f"{sum(found)} of {len(found)} readings"
        if len(golds) > 1:
            share = Score(value=sum(found) / len(found), answer=said, why=why)
            scores = {"readings_found": share, "all_readings_found": Score(value=float(all(found)), answer=said)}
            return Verdict(state="scored", passed=all(found), scores=scores)
        right = observed["rows"] is not None and _same(golds[0], observed["rows"])
        scores = {"execution_accuracy": Score(value=float(right), answer=said, why=why)}
        if observed["rows"] is None:
            return Verdict(state="abstained", passed=None, scores=scores)
        return Verdict(state="scored", passed=right, scores=scores)

    def summarise(self, results: Sequence[Result]) -> Summary:
        asked = [one for one in results if one.verdict.state != "not_scored"]
        several = [one for one in asked if len(one.case.body["golds"]) > 1]
        plain = [one for one in asked if len(one.case.body["golds"]) == 1]
        intervals: dict[str, Interval] = {}
        for name, group in (("all_readings_found", several), ("execution_accuracy", plain)):
            interval = wilson(sum(bool(one.verdict.passed) for one in group), len(group))
            intervals |= {name: interval} if interval else {}
        kinds = sorted({dict(one.case.strata)["ambig_type"] for one in asked})
        return Summary(
            metrics=_metrics(asked) | costs([one.observed for one in asked]),
            intervals=intervals,
            by={"ambig_type": {kind: _group(asked, kind) for kind in kinds}},
            notes=(_NOTE,),
            extra={"ambiguous": len(several), "plain": len(plain)},
        )

    def conditions(self) -> Mapping[str, Any]:
        return {"llm": self._open.model or self._settings.llm, "corpus": self._data[:12], "data": READINGS_FILE}

    def close(self) -> None:
        self._open.close()


_NOTE = (
    "all_readings_found, readings_found, asked_back and silent are shares of the ambiguous questions; "
    "execution_accuracy, needless and wrong of the plain ones. Readings with the same rows are found together."
)


def _ask(text: str, parts: Parts, conversation: str) -> dict[str, Any]:
    return answer_json(
        asking.ask(text, user_id=USER, purpose_code=PURPOSE, parts=parts, lang="en", conversation_id=conversation)
    )


def _shown(answer: Mapping[str, Any]) -> dict[str, Any]:
    table = answer["table"] if answer["status"] in _SHOWN else None
    return {"status": answer["status"], "sql": answer["sql"], "rows": table["rows"] if table else None}


def _tables(observed: Observed) -> list[Rows]:
    every = [observed["rows"], *(one["rows"] for one in observed["offered"])]
    return [rows for rows in every if rows is not None]


def _same(gold: Rows, rows: Rows) -> bool:
    return same_rows(gold, rows, ordered=False)


def _metrics(asked: Sequence[Result]) -> Metrics:
    several = [one for one in asked if len(one.case.body["golds"]) > 1]
    plain = [one for one in asked if len(one.case.body["golds"]) == 1]
    return {
        "all_readings_found": _share(several, lambda one: bool(one.verdict.passed)),
        "readings_found": _share(several, lambda one: _value(one, "readings_found")),
        "asked_back": _share(several, _asked_back),
        "silent": _share(several, lambda one: one.observed.get("rows") is not None and not one.observed["offered"]),
        "execution_accuracy": _share(plain, lambda one: bool(one.verdict.passed)),
        "needless": _share(plain, lambda one: one.observed.get("status") == "clarify"),
        "failed": _share(asked, lambda one: one.verdict.state == "failed"),
        "wrong": _share(plain, lambda one: one.verdict.passed is False),
    }


def _asked_back(one: Result) -> bool:
    return one.observed.get("status") == "clarify" or bool(one.observed.get("offered"))


def _value(one: Result, name: str) -> float:
    score = one.verdict.scores.get(name)
    return score.value or 0.0 if score else 0.0


def _share(group: Sequence[Result], of: Any) -> float | None:
    return sum(float(of(one)) for one in group) / len(group) if group else None


def _group(asked: Sequence[Result], kind: str) -> Metrics:
    group = [one for one in asked if dict(one.case.strata)["ambig_type"] == kind]
    measured = _metrics(group)
    kept = ("all_readings_found", "readings_found", "asked_back", "execution_accuracy", "needless")
    return {"n": float(len(group))} | {name: measured[name] for name in kept}
