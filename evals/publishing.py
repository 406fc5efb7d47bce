"""`python -m evals.publishing REPORT.json ...`: reports fit to stand in the repository, for later runs to compare with.

What was asked and answered is left out: benchmarks of others keep their licences and stay where they are. Ids, states
and values remain, which is all that a comparison needs.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from evals.evaluating import PUBLISHED
from evals.report import Report, read_report, write_report


def publishable(report: Report) -> Report:
    """The report without texts; whole otherwise."""
    return {**report, "cases": [_bare(case) for case in report["cases"]]}


_KEPT = ("id", "fingerprint", "lang", "state", "passed", "seconds", "cached")


def _bare(case: dict[str, Any]) -> dict[str, Any]:
    kept = {name: case[name] for name in _KEPT if name in case}
    scores = {name: {"value": score["value"], "unit": score["unit"]} for name, score in case["scores"].items()}
    return {**kept, "strata": case["strata"], "scores": scores}


def main(paths: list[str]) -> int:
    for path in paths:
        report = read_report(Path(path))
        target = write_report(publishable(report), PUBLISHED / f"{report['suite']}.json")
        sys.stdout.write(f"{target}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
