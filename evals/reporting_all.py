"""`eval all`: the suites' reports as one document of the same shape."""

from __future__ import annotations

from collections.abc import Mapping

from assistant.domain import Text
from evals.environment import environment
from evals.report import Report
from evals.task import SCHEMA_VERSION


def combined(reports: Mapping[str, Report], absent: Mapping[str, Text]) -> Report:
    """Metrics as `<suite>.<metric>`; the suites' own reports below `by`; cases named `<suite>/<id>`."""
    return {
        "schema_version": SCHEMA_VERSION,
        "suite": "all",
        "n": sum(report["n"] for report in reports.values()),
        "metrics": {
            f"{suite}.{name}": value for suite, report in reports.items() for name, value in report["metrics"].items()
        },
        "intervals": {
            f"{suite}.{name}": value for suite, report in reports.items() for name, value in report["intervals"].items()
        },
        "by": {suite: report["by"] for suite, report in reports.items()},
        "states": {suite: report["states"] for suite, report in reports.items()},
        "extra": {suite: report["extra"] for suite, report in reports.items()},
        "notes": [skipped(suite, text) for suite, text in absent.items()],
        "cases": [
            {**case, "id": f"{suite}/{case['id']}"} for suite, report in reports.items() for case in report["cases"]
        ],
        "environment": environment()
        | {
            "interrupted": any(report["environment"]["interrupted"] for report in reports.values()),
            "suites": {suite: report["environment"] for suite, report in reports.items()},
        },
    }


def skipped(suite: str, text: Text) -> str:
    """A suite that could not be run is not a suite with zero right."""
    return f"{suite}: not scored / 未评测: {text.zh}"
