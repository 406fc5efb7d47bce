"""steward: hand-written questions to the catalog; the filter that each compiles to must be exactly the gold one.

No model, no index, no rows: a filter is right when it is equal as a whole (subject, every condition, groups, measures,
order, limit). A follow-up is put after the gold filter of the question before it. What no filter answers must be asked
back (`asks_back`), and what one does answer should not be: `asked_back_in_vain` is the share of those that were.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from assistant.catalog import load_catalog
from assistant.nl2sql.plans.semantic_model import load_semantic_model
from assistant.settings import Settings
from assistant.steward.filters import filter_from_json
from assistant.steward.questions import compile_question
from assistant.steward.vocabulary import vocabulary
from assistant.workspace import load_workspace
from evals.environment import code_hash, files_hash, folder_hash, key_of
from evals.statistics import wilson
from evals.steward_cases import StewardCase, cases
from evals.task import Case, Interval, Metrics, Observed, Result, Score, Summary, Verdict


class StewardTask:
    """The questions of one or several files of steward cases over one workspace's catalog."""

    suite = "steward"
    even = False

    def __init__(self, files: Sequence[Path], settings: Settings, lang: str | None = None) -> None:
        """Raises CatalogError where the catalog is wrong, ConfigurationError where a case is."""
        written = [one for file in files for one in cases(file)]
        self._golds = {one.id: one.gold for one in written}
        self.cases: Sequence[Case] = tuple(_case(one) for one in written if lang in (None, one.language))
        catalog = load_catalog(settings.workspace)
        metrics = load_semantic_model(settings.workspace, catalog).metrics
        names = [name for one in metrics for name in (one.name, *one.synonyms)]
        self._known = vocabulary(catalog.resources, names)
        self._as_of = load_workspace(settings.workspace).as_of or date.today()
        self._files, self._corpus = files_hash(list(files)), folder_hash(settings.workspace / "catalog")

    def key(self) -> str:
        return key_of({"code": code_hash("assistant/steward"), "catalog": self._corpus, "as_of": str(self._as_of)})

    def alone(self, case: Case) -> bool:
        return False

    def observe(self, case: Case) -> Observed:
        written: StewardCase = case.body["written"]
        after = self._golds[written.after] if written.after else None
        compiled = compile_question(written.question, self._known, self._as_of, after=after)
        return {
            "filter": compiled.filter.as_json(),
            "unread": list(compiled.unread),
            "open": list(compiled.open),
        }

    def score(self, case: Case, observed: Observed) -> Verdict:
        gold = case.body["written"].gold
        found = filter_from_json(observed["filter"])
        open_words = ", ".join(observed["open"])
        if gold is None:
            back = Score(value=float(bool(open_words)), answer=open_words, why="" if open_words else "not asked back")
            return Verdict(state="scored", passed=bool(open_words), scores={"asked_back": back})
        why = "" if found == gold else f"gold {gold.as_json()}; not used: {', '.join(observed['unread']) or 'nothing'}"
        score = Score(value=float(found == gold), answer=str(found.as_json()), why=why)
        vain = Score(value=float(bool(open_words)), answer=open_words)
        return Verdict(state="scored", passed=found == gold, scores={"exact": score, "asked_back_in_vain": vain})

    def summarise(self, results: Sequence[Result]) -> Summary:
        listed = [one for one in results if "exact" in one.verdict.scores]
        interval = wilson(sum(bool(one.verdict.passed) for one in listed), len(listed))
        intervals: dict[str, Interval] = {"exact": interval} if interval else {}
        languages = sorted({one.case.lang for one in results})
        return Summary(
            metrics=_metrics(results),
            intervals=intervals,
            by={"lang": {lang: _metrics([one for one in results if one.case.lang == lang]) for lang in languages}},
            notes=(_NOTE,),
        )

    def conditions(self) -> Mapping[str, Any]:
        return {"corpus": self._corpus[:12], "cases": self._files[:12], "as_of": str(self._as_of)}

    def close(self) -> None:
        """Nothing is held."""


_NOTE = "The heads of the case files say what was right at first sight, before anything was mended for them."


def _case(written: StewardCase) -> Case:
    return Case(
        id=written.id,
        text=written.question,
        lang=written.language,
        strata=(("lang", written.language),),
        body={"written": written},
    )


def _metrics(results: Sequence[Result]) -> Metrics:
    means = {name: _mean(results, name) for name in ("exact", "asked_back", "asked_back_in_vain")}
    return {"n": float(len(results)), **means}


def _mean(results: Sequence[Result], name: str) -> float | None:
    values = [one.verdict.scores[name].value for one in results if name in one.verdict.scores]
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
