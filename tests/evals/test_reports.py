"""Reports: the document, what changed, JUnit, the page, the gates."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from evals.compare import compare, comparison_json, comparison_text
from evals.gates import Gate, SuiteGates, breaches, load_gates
from evals.html_page import html_page
from evals.junit import junit
from evals.observations import Observations
from evals.publishing import publishable
from evals.reading import EvaluationDataError
from evals.report import Report, previous, read_report, report_of, write_report
from evals.reporting_all import combined
from evals.run import run
from tests.evals.toy_task import ToyTask


def report(folder: Path, **answers: str) -> Report:
    task = ToyTask(answers)
    done = run(task, Observations(folder / "o.sqlite"), fresh=True)
    return report_of(task, done, task.summarise(done.results), seed=7, limit=None)


def test_the_document_has_the_contract_shape(tmp_path: Path) -> None:
    found = report(tmp_path, a="yes", b="no")
    assert {"suite", "n", "metrics", "by", "cases", "environment", "schema_version"} <= set(found)
    assert found["n"] == 2
    assert found["metrics"] == {"right": 0.5}
    assert found["cases"][1]["scores"]["right"] == {"value": 0, "unit": "share", "answer": "no", "why": "expected yes"}
    environment = found["environment"]
    assert {"commit", "cores", "packages", "seed", "cached", "model"} <= set(environment)
    json.dumps(found)


def test_a_report_is_read_back_and_a_stranger_is_not(tmp_path: Path) -> None:
    found = report(tmp_path, a="yes")
    path = write_report(found, tmp_path / "deep" / "toy.json")
    assert read_report(path) == json.loads(json.dumps(found))
    other = tmp_path / "other.json"
    other.write_text('{"suite": "x"}')
    with pytest.raises(EvaluationDataError, match="schema_version"):
        read_report(other)
    assert previous(other) is None
    assert previous(tmp_path / "absent.json") is None


def test_newly_broken_comes_first(tmp_path: Path) -> None:
    before = report(tmp_path, a="yes", b="no", c="yes", d="no", gone="yes")
    after = report(tmp_path, a="no", b="yes", c="yes", d="unsure", new="yes")
    found = compare(before, after)
    assert [one.id for one in found.broken] == ["a"]
    assert [one.id for one in found.fixed] == ["b"]
    assert [one.id for one in found.moved] == ["d"]
    assert (found.same_right, found.only_before, found.only_after) == (1, ("gone",), ("new",))
    assert found.broken[0].before == "right"
    assert found.broken[0].after == "wrong: expected yes"
    text = comparison_text(found)
    assert text.index("newly broken: a") < text.index("newly fixed: b")
    assert comparison_json(found)["mcnemar"] == {"broken": 1, "fixed": 1, "p_value": 1.0}
    assert not found.worse_beyond_noise


def test_a_drop_counts_only_beyond_noise(tmp_path: Path) -> None:
    right = report(tmp_path, **{f"c{n}": "yes" for n in range(20)})
    five = report(tmp_path, **{f"c{n}": "no" if n < 5 else "yes" for n in range(20)})
    six = report(tmp_path, **{f"c{n}": "no" if n < 6 else "yes" for n in range(20)})
    assert not compare(right, five).worse_beyond_noise  # 5 of 5: p = 0.0625
    assert compare(right, six).worse_beyond_noise  # 6 of 6: p = 0.031
    assert not compare(six, right).worse_beyond_noise


def test_gates(tmp_path: Path) -> None:
    found = report(tmp_path, a="yes", b="no")

    def broken(**limits: float) -> list[str]:
        gate = Gate(metric="right", why="w", **limits)
        return breaches(found, SuiteGates(suite="toy", gates=(gate,)), None)

    assert broken(at_least=0.5) == broken(at_most=0.5) == []
    assert len(broken(at_least=0.6)) == len(broken(at_most=0.4)) == 1
    absent = SuiteGates(suite="toy", gates=(Gate(metric="leaks", at_most=0, why="w"),))
    assert breaches(found, absent, None) == ["leaks was not measured"]
    assert breaches(found, None, None) == []
    right = report(tmp_path, **{f"c{n}": "yes" for n in range(20)})
    wrong = report(tmp_path, **{f"c{n}": "no" for n in range(20)})
    assert breaches(wrong, SuiteGates(suite="toy"), right)
    assert not breaches(wrong, SuiteGates(suite="toy", no_drop=False), right)


def test_the_published_gates_load_and_stop_every_leak() -> None:
    gates = load_gates()
    assert {"policy", "retrieval", "steward", "answers", "safety", "triage", "readings", "nl2sql"} == set(gates)
    zero = {(suite, gate.metric) for suite, one in gates.items() for gate in one.gates if gate.at_most == 0}
    assert {("policy", "false_permits"), ("safety", "leaks")} <= zero


def test_a_wrong_gate_file_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "thresholds.yaml"
    file.write_text("suites:\n  - suite: policy\n    gates:\n      - {metric: exact, at_lest: 1, why: w}\n")
    with pytest.raises(EvaluationDataError, match=r"thresholds.yaml:4 .*at_lest"):
        load_gates(file)


def test_junit_fails_on_gates_and_not_on_single_cases(tmp_path: Path) -> None:
    found = report(tmp_path, a="yes", b="no", c="boom\x00")
    good, bad = (ElementTree.fromstring(junit([(found, gates)])) for gates in ([], ["leaks = 1 \x01"]))
    assert good.find(".//failure") is None
    assert bad.find(".//failure") is not None
    suite = good[0]
    assert (suite.get("tests"), suite.get("skipped"), suite.get("errors")) == ("4", "2", "0")


def test_the_page_is_self_contained_escaped_and_opens_with_what_changed(tmp_path: Path) -> None:
    before = report(tmp_path, a="yes")
    found = report(tmp_path, a="<script>alert(1)</script>")
    page = html_page(found, compare(before, found), ["leaks = 1"])
    assert "<script>alert" not in page
    assert not re.search(r"(?:src|href)\s*=|https?://|@import|url\(", page)
    assert page.index("what changed") < page.index("metrics") < page.index("cases</h2>")
    assert page.index("gates that do not hold") < page.index("what changed")
    assert "no earlier report" in html_page(found, None, [])


def test_what_is_published_holds_no_text_and_can_still_be_compared(tmp_path: Path) -> None:
    before, after = report(tmp_path, a="yes", b="no"), report(tmp_path, a="no", b="no")
    bare = publishable(before)
    assert "question" not in json.dumps(bare["cases"])
    assert "expected yes" not in json.dumps(bare["cases"])
    assert [one.id for one in compare(bare, after).broken] == ["a"]


def test_the_risk_coverage_curve_is_drawn() -> None:
    from evals.html_page import _curve

    drawn = _curve([(0.5, 0.0), (1.0, 0.5)])
    assert 'points="220.0,170.0 220.0,170.0 400.0,170.0 400.0,90.0"' in drawn
    assert _curve([]) == ""


def test_an_edited_case_is_neither_broken_nor_fixed(tmp_path: Path) -> None:
    before, after = report(tmp_path, a="yes", b="yes"), report(tmp_path, a="no", b="yes")
    assert compare(before, after).test.only_first == 1
    after["cases"][0]["fingerprint"] = "another question"
    found = compare(before, after)
    assert (found.broken, found.edited, found.shared) == ((), ("a",), 1)
    assert "edited in between, not compared: a" in comparison_text(found)
    del after["cases"][0]["fingerprint"]  # a report of before there were any
    assert [one.id for one in compare(before, after).broken] == ["a"]


def test_what_else_changed_is_told(tmp_path: Path) -> None:
    before, after = report(tmp_path, a="yes"), report(tmp_path, a="yes")
    after["environment"] |= {"code": "other", "models": {"llm": {"id": "bigger"}}, "at": "later", "cached": 9}
    found = compare(before, after)
    assert {name for name, _, _ in found.conditions} == {"code", "models.llm.id"}
    assert comparison_json(found)["conditions"]["models.llm.id"] == {"before": "", "after": "bigger"}
    assert "bigger" in html_page(after, found, [])


def test_the_page_says_leaks_before_anything_else(tmp_path: Path) -> None:
    found = report(tmp_path, a="yes")
    assert "leaks" not in html_page(found, None, [])
    found["metrics"]["leaks"] = 2
    found["extra"]["leak_rate_upper_95"] = 0.25
    page = html_page(found, None, [])
    assert 0 < page.index("leaks: 2") < page.index("what changed")
    assert "0.250" in page


def test_a_page_of_all_suites_can_be_made(tmp_path: Path) -> None:
    found = combined({"toy": report(tmp_path, a="yes", b="no")}, {})
    page = html_page(found, compare(found, found), [])
    assert "toy/a" in page
    assert "{&#x27;" not in page  # nothing nested is shown as program text


def test_a_leak_is_never_averaged_away(tmp_path: Path) -> None:
    """One of a thousand fails its own testcase and the gate."""
    found = report(tmp_path, **{f"c{n}": "yes" for n in range(20)})
    found["cases"][3]["scores"]["leaks"] = {"value": 1, "unit": "count", "why": "t.phone"}
    found["cases"][3]["passed"] = False
    suite = ElementTree.fromstring(junit([(found, [])]))[0]
    assert [one.get("name") for one in suite if one.find("failure") is not None] == ["c3"]
    assert suite.get("failures") == "1"


def test_a_gate_on_failures_holds_for_suites_without_such_a_share(tmp_path: Path) -> None:
    found = report(tmp_path, a="yes", b="boom")
    gates = SuiteGates(suite="toy", gates=(Gate(metric="failed", at_most=0, why="broke"),))
    assert breaches(found, gates, None) == ["failed = 1, at most 0: broke"]
