"""JUnit XML, so that a CI server shows an evaluation as it shows tests."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

from evals.compare import outcome_words
from evals.report import Report

GUARDED = ("leaks", "false_permits")  # scores of which one is too many
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def junit(suites: Sequence[tuple[Report, Sequence[str]]]) -> str:
    """(report, breached gates) of every suite as one document; each case is a testcase.

    Gates are a testcase of their own that fails when one does not hold. A leak and a false permit fail their own
    testcase, gate or no gate: they are never averaged away. Any other wrong answer is a skipped testcase with its
    reason: single cases may be wrong, gates may not be breached.
    """
    root = ElementTree.Element("testsuites", {"name": "govdata eval"})
    for report, breaches in suites:
        root.append(_suite(report, breaches))
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(report: Report, breaches: Sequence[str]) -> ElementTree.Element:
    cases, name = report["cases"], str(report["suite"])
    attributes = {
        "name": f"govdata.{name}",
        "tests": str(len(cases) + 1),
        "failures": str(int(bool(breaches)) + sum(map(_came_out, cases))),
        "errors": str(sum(case["state"] == "failed" for case in cases)),
        "skipped": str(sum(not (case["passed"] or case["state"] == "failed" or _came_out(case)) for case in cases)),
        "time": f"{sum(case['seconds'] for case in cases):.3f}",
    }
    suite = ElementTree.Element("testsuite", attributes)
    gates = ElementTree.SubElement(suite, "testcase", {"classname": name, "name": "gates", "time": "0"})
    if breaches:
        ElementTree.SubElement(gates, "failure", {"message": _clean("; ".join(breaches))})
    for case in cases:
        suite.append(_case(case, name))
    return suite


def _case(case: dict[str, Any], suite: str) -> ElementTree.Element:
    attributes = {"classname": suite, "name": _clean(case["id"]), "time": f"{case['seconds']:.3f}"}
    element = ElementTree.Element("testcase", attributes)
    if case["state"] == "failed":
        ElementTree.SubElement(element, "error", {"message": _clean(str(case.get("error", "")))})
    elif _came_out(case):
        ElementTree.SubElement(element, "failure", {"message": _clean(outcome_words(case))})
    elif not case["passed"]:
        ElementTree.SubElement(element, "skipped", {"message": _clean(outcome_words(case))})
    return element


def _came_out(case: dict[str, Any]) -> bool:
    """Whether this case is a leak or a false permit."""
    return any(case["scores"].get(name, {}).get("value") for name in GUARDED)


def _clean(text: str) -> str:
    return _CONTROL.sub(" ", text)[:500]
