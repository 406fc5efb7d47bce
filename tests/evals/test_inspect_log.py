"""The `.eval` log: read back with the package's own reader where it is installed; a sentence where it is not."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from assistant.errors import UserError
from evals.inspect_log import PACKAGE, need_inspect, write_inspect_log

REPORT: dict[str, Any] = {
    "schema_version": 1,
    "suite": "toy",
    "n": 2,
    "metrics": {"right": 0.5, "unmeasured": None},
    "intervals": {"right": [0.1, 0.9]},
    "by": {"lang": {"zh": {"n": 2}}},
    "states": {"scored": 1, "failed": 1},
    "extra": {},
    "notes": ["a note"],
    "cases": [
        {
            "id": "a",
            "text": "各区新设企业数",
            "lang": "zh",
            "strata": {"lang": "zh"},
            "state": "scored",
            "passed": True,
            "scores": {
                "right": {"value": 1, "unit": "share", "answer": "临江区, 3", "why": "3 rows"},
                "none": {"value": None, "unit": "share"},
            },
            "seconds": 0.5,
            "cached": False,
        },
        {"id": "b", "text": "q", "lang": "zh", "strata": {}, "state": "failed", "passed": None, "scores": {}}
        | {"seconds": 0.1, "cached": False, "error": "broken"},
    ],
    "environment": {"at": "2026-11-23T00:00:00+00:00", "llm": "m@12345678", "limit": 2, "of": 9, "interrupted": False},
}


def test_without_the_package_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match="inspect-ai"):
        need_inspect()
    with pytest.raises(UserError, match="--inspect"):
        write_inspect_log(REPORT, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.filterwarnings("ignore")  # the package's own imports
def test_the_package_reads_it_back(tmp_path: Path) -> None:
    log = pytest.importorskip(f"{PACKAGE}.log", reason="inspect_ai is an optional package and is not installed")
    path = write_inspect_log(REPORT, tmp_path)
    read = log.read_eval_log(str(path))
    assert (path.name, read.status, read.eval.task, read.eval.model) == (
        "toy.eval",
        "success",
        "govdata/toy",
        "govdata/m@12345678",
    )
    assert read.eval.metadata["environment"]["of"] == 9
    metrics = read.results.scores[0].metrics
    assert {name: one.value for name, one in metrics.items()} == {"right": 0.5}
    assert [(one.id, one.input) for one in read.samples] == [("a", "各区新设企业数"), ("b", "q")]
    score = read.samples[0].scores["right"]
    assert (score.value, score.answer, score.explanation) == (1, "临江区, 3", "3 rows")
    assert set(read.samples[0].scores) == {"right"}
    assert read.samples[1].metadata["error"] == "broken"
    again = write_inspect_log({**REPORT, "environment": REPORT["environment"] | {"interrupted": True}}, tmp_path)
    assert log.read_eval_log(str(again)).status == "cancelled"
