"""Intervals, tests and curves. Standard library only; each definition names its source."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

Item = TypeVar("Item")
Z95 = 1.959963984540054  # two-sided 95 % of the normal distribution


def mean(values: Sequence[float]) -> float | None:
    """Arithmetic mean; None of nothing, which is not zero."""
    return math.fsum(values) / len(values) if values else None


def percentile(values: Sequence[float], share: float) -> float | None:
    """The `share` (0-1) quantile by linear interpolation between order statistics (Hyndman & Fan 1996, type 7)."""
    if not values:
        return None
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def wilson(successes: int, n: int, z: float = Z95) -> tuple[float, float] | None:
    """Score interval of a proportion without continuity correction (Wilson 1927, JASA 22). None for n = 0."""
    if n == 0:
        return None
    share = successes / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, centre - half), min(1.0, centre + half)


def share_intervals(shares: Mapping[str, float | None], n: int) -> dict[str, tuple[float, float]]:
    """{name: Wilson interval} of metrics that are shares of the same n cases; what was not measured has none."""
    known = {name: round(share * n) for name, share in shares.items() if share is not None}
    return {name: found for name, count in known.items() if (found := wilson(count, n)) is not None}


def bootstrap(
    values: Sequence[Item],
    *,
    statistic: Callable[[Sequence[Item]], float | None],
    seed: int = 7,
    rounds: int = 2000,
) -> tuple[float, float] | None:
    """Percentile bootstrap 95 % interval of a statistic of independent cases (Efron 1979); seeded. None below n = 2."""
    if len(values) < 2:
        return None
    draw = random.Random(seed)
    drawn = [statistic(draw.choices(values, k=len(values))) for _ in range(rounds)]
    found = sorted(value for value in drawn if value is not None)
    low, high = percentile(found, 0.025), percentile(found, 0.975)
    return (low, high) if low is not None and high is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class McNemar:
    """Paired comparison of two systems on the same cases."""

    both: int
    only_first: int
    only_second: int
    neither: int
    p_value: float  # exact, two-sided


def mcnemar(pairs: Sequence[tuple[bool, bool]]) -> McNemar:
    """Exact McNemar test: the discordant pairs under Binomial(n, 1/2), two-sided (McNemar 1947; Fagerland 2013)."""
    both = sum(first and second for first, second in pairs)
    only_first = sum(first and not second for first, second in pairs)
    only_second = sum(second and not first for first, second in pairs)
    n, fewer = only_first + only_second, min(only_first, only_second)
    tail = sum(math.comb(n, k) for k in range(fewer + 1)) / 2**n
    return McNemar(
        both=both,
        only_first=only_first,
        only_second=only_second,
        neither=len(pairs) - both - n,
        p_value=min(1.0, 2 * tail),
    )


def calibration_error(judged: Sequence[tuple[float, bool]], bins: int = 10) -> float | None:
    """Expected calibration error: |accuracy - mean confidence| over equal-width bins, weighted by their size.

    `judged` are (confidence 0-1, right). Naeini, Cooper & Hauskrecht 2015; a confidence of 1 falls in the last bin.
    """
    if not judged:
        return None
    groups: dict[int, list[tuple[float, bool]]] = {}
    for confidence, right in judged:
        groups.setdefault(min(int(confidence * bins), bins - 1), []).append((confidence, right))
    gaps = (abs(math.fsum(c for c, _ in group) - sum(right for _, right in group)) for group in groups.values())
    return math.fsum(gaps) / len(judged)


def risk_coverage(judged: Sequence[tuple[float, bool]]) -> list[tuple[float, float]]:
    """(coverage, risk) when only the most confident are answered: one point a distinct confidence, so ties are not cut.

    El-Yaniv & Wiener 2010. Coverage is the share of `judged`; risk is the share of wrong among those answered.
    """
    ordered = sorted(judged, key=lambda pair: -pair[0])
    points, wrong = [], 0
    for place, (confidence, right) in enumerate(ordered, start=1):
        wrong += not right
        if place == len(ordered) or ordered[place][0] != confidence:
            points.append((place / len(ordered), wrong / place))
    return points


def accuracy_at(judged: Sequence[tuple[float, bool]], coverage: float) -> float | None:
    """Share right among the `coverage` most confident, expected over the order of ties at the edge."""
    if not judged:
        return None
    wanted = max(1, math.ceil(coverage * len(judged) - 1e-9))
    ordered = sorted(judged, key=lambda pair: -pair[0])
    edge = ordered[wanted - 1][0]
    above = [right for confidence, right in ordered if confidence > edge]
    tied = [right for confidence, right in ordered if confidence == edge]
    return (sum(above) + (wanted - len(above)) * sum(tied) / len(tied)) / wanted


def class_f1(pairs: Sequence[tuple[str, str]], name: str) -> float | None:
    """F1 of one class over (gold, said): 2 TP / (2 TP + FP + FN), van Rijsbergen 1979. None where the gold has none."""
    if all(gold != name for gold, _ in pairs):
        return None
    hits = sum(gold == said == name for gold, said in pairs)
    misses = sum((gold == name) != (said == name) for gold, said in pairs)
    return 2 * hits / (2 * hits + misses)
