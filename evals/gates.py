"""Gates: which numbers must hold (thresholds.yaml). A leak is a gate, never an average; a drop counts beyond noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import ConfigurationError
from assistant.yaml_source import joined, read_yaml, try_build
from evals.compare import compare
from evals.reading import EvaluationDataError
from evals.report import Report

THRESHOLDS = Path(__file__).resolve().parent / "thresholds.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """One number of one suite; `failed` is a share where the suite has one, else a count.

    `at_most` and `at_least` are compared with the measured value itself.
    """

    metric: str
    why: str
    at_least: float | None = None
    at_most: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteGates:
    """`limit` and `options` make the gate set of this suite; `no_drop` compares with the published report."""

    suite: str
    limit: int | None = None  # cases; None = all
    gates: tuple[Gate, ...] = ()
    no_drop: bool = True


def load_gates(file: Path = THRESHOLDS) -> dict[str, SuiteGates]:
    """{suite: gates}. Raises EvaluationDataError with file, line and key."""
    node = read_yaml(file, EvaluationDataError)
    errors: list[ConfigurationError] = node.unknown_keys(("suites",))
    built = [try_build(SuiteGates, item, errors, EvaluationDataError) for item in node.child("suites").sequence()]
    if errors:
        raise joined(errors)
    return {one.suite: one for one in built if one is not None}


def breaches(report: Report, gates: SuiteGates | None, published: Report | None) -> list[str]:
    """What does not hold, one sentence each. A metric that was not measured breaches its gate."""
    if gates is None:
        return []
    found = [text for gate in gates.gates if (text := _breach(gate, report))]
    if gates.no_drop and published is not None:
        comparison = compare(published, report)
        if comparison.worse_beyond_noise:
            found.append(
                f"{len(comparison.broken)} cases newly broken against {len(comparison.fixed)} fixed since the "
                f"published report (McNemar p = {comparison.test.p_value:.3f})"
            )
    return found


def _breach(gate: Gate, report: Report) -> str:
    value = report["metrics"].get(gate.metric)
    if gate.metric == "failed" and value is None:  # suites without such a share: the count
        value = report["states"]["failed"]
    if value is None:
        return f"{gate.metric} was not measured"
    if gate.at_most is not None and value > gate.at_most:
        return f"{gate.metric} = {value:g}, at most {gate.at_most:g}: {gate.why}"
    if gate.at_least is not None and value < gate.at_least:
        return f"{gate.metric} = {value:g}, at least {gate.at_least:g}: {gate.why}"
    return ""


def breach_text(found: Sequence[str], suite: str) -> str:
    return "\n".join(f"gate {suite}: {text}" for text in found)
