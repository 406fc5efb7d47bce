"""A task whose subject is a dictionary: for the tests of running, reporting and comparing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from assistant.domain import Text
from assistant.errors import ModelUnavailable
from evals.task import Case, Observed, Result, Score, Summary, Verdict


class ToyTask:
    """Answers what `answers` says; "boom" raises, "stop" is Ctrl-C, "unsure" is an abstention."""

    suite = "toy"
    even = False

    def __init__(self, answers: Mapping[str, str], *, key: str = "k") -> None:
        self.cases: Sequence[Case] = tuple(
            Case(id=name, text=f"question {name}", lang="en", strata=(("lang", "en"),), body={"gold": "yes"})
            for name in answers
        )
        self._answers, self._key = answers, key
        self.asked: list[str] = []
        self.closed = False

    def key(self) -> str:
        return self._key

    def alone(self, case: Case) -> bool:
        return case.id.startswith("alone")

    def observe(self, case: Case) -> Observed:
        said = self._answers[case.id]
        if said == "stop":
            raise KeyboardInterrupt
        if said == "boom":
            raise ModelUnavailable(Text(zh="坏了", en="broken"))
        self.asked.append(case.id)
        return {"said": said}

    def score(self, case: Case, observed: Observed) -> Verdict:
        said = observed["said"]
        if said == "unsure":
            return Verdict(state="abstained", passed=None, scores={})
        right = said == case.body["gold"]
        score = Score(value=float(right), answer=said, why="" if right else "expected yes")
        return Verdict(state="scored", passed=right, scores={"right": score})

    def summarise(self, results: Sequence[Result]) -> Summary:
        return Summary(metrics={"right": sum(bool(one.verdict.passed) for one in results) / max(1, len(results))})

    def conditions(self) -> Mapping[str, Any]:
        return {"model": "toy"}

    def close(self) -> None:
        self.closed = True
