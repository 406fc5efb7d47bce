"""How sure an answer is: a calibrated probability from features that the two paths emit, and the bar for answering.

The form is a logistic curve with a handful of weights in confidence.yaml, one section a path: small enough to be read
and to be fitted on some hundred questions (evals/calibrating.py: maximum a posteriori, with the hand-set weights as
prior). Features are numbers 0-1, booleans 0 or 1. Those of the compiled path:

    link        the weakest link of the plan (exact 1.0, implied 0.81, misspelt 0.56-0.85)
    coverage    share of the content words that something explains
    passed_over share of the content that only carries the sentence (verbs, politeness), where a filter could hide
    stated      a declared default reading was taken
    follow_up   the question continues the one before
    operators   comparisons, bounds, shares, ranks of the plan, four or more = 1
    hollow      the result is empty or nothing but NULL and zero (execution sanity)
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from assistant.errors import SemanticModelError
from assistant.yaml_source import build, read_yaml

_FILE = Path(__file__).with_name("confidence.yaml")
_SUREST = 0.999  # nothing is certain


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    feature: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One path: p = 1 / (1 + exp(-(bias + sum(weight * feature)))). `fitted` says on what, when, and how well."""

    path: str
    bias: float
    threshold: float
    weights: tuple[Weight, ...]
    fitted: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Curves:
    curves: tuple[Curve, ...]


def calibrated(path: str, features: Mapping[str, float]) -> float:
    """Probability 0-1 that an answer of `path` ("compiled" or "model") with these features is right.

    A feature without a weight and a weight without a feature count nothing. Raises KeyError for an unknown path.
    """
    curve = _curves()[path]
    return probability(curve.bias + sum(one.weight * features.get(one.feature, 0.0) for one in curve.weights))


def shifted(path: str, confidence: float, features: Mapping[str, float]) -> float:
    """A probability with features that became known later (what the engine returned)."""
    curve = _curves()[path]
    change = sum(one.weight * features.get(one.feature, 0.0) for one in curve.weights)
    return probability(logit(confidence) + change) if change else confidence


def curve_of(path: str) -> Curve:
    """The curve as it stands in the file. Raises KeyError for an unknown path."""
    return _curves()[path]


def threshold(path: str) -> float:
    """Below it an answer becomes a question back."""
    return _curves()[path].threshold


def probability(score: float) -> float:
    """The logistic curve, kept away from certainty.

    >>> probability(0.0), round(probability(2.0), 3)
    (0.5, 0.881)
    """
    if score < -700:
        return 1.0 - _SUREST
    return min(max(1.0 / (1.0 + math.exp(-score)), 1.0 - _SUREST), _SUREST)


def logit(confidence: float) -> float:
    held = min(max(confidence, 1.0 - _SUREST), _SUREST)
    return math.log(held / (1.0 - held))


@cache
def _curves() -> Mapping[str, Curve]:
    found = build(Curves, read_yaml(_FILE, SemanticModelError))
    return {curve.path: curve for curve in found.curves}
