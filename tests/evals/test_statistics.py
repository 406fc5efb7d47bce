"""Intervals and tests by hand and against scipy and scikit-learn, which are installed: nothing here may be skipped."""

from __future__ import annotations

import math
import random

import numpy
import pytest
from scipy import stats
from sklearn import calibration
from sklearn.metrics import f1_score

from evals import statistics as ours
from evals.suites.triage import macro_f1


def test_wilson_by_hand() -> None:
    low, high = ours.wilson(8, 10) or (0, 0)  # Newcombe 1998, table I
    assert (round(low, 4), round(high, 4)) == (0.4902, 0.9433)
    assert ours.wilson(0, 0) is None
    assert (ours.wilson(0, 61) or (1, 1))[0] == 0


def test_wilson_and_mcnemar_against_scipy() -> None:
    for n in (1, 7, 40, 469):
        for successes in range(0, n + 1, max(1, n // 9)):
            expected = stats.binomtest(successes, n).proportion_ci(method="wilson")
            assert ours.wilson(successes, n) == pytest.approx((expected.low, expected.high), abs=1e-12)
    for broken, fixed in ((0, 1), (1, 5), (3, 3), (10, 2), (30, 12)):
        pairs = [(True, False)] * broken + [(False, True)] * fixed + [(True, True)] * 5
        assert ours.mcnemar(pairs).p_value == pytest.approx(stats.binomtest(broken, broken + fixed).pvalue)


def test_mcnemar_counts() -> None:
    found = ours.mcnemar([(True, True), (True, False), (False, False), (False, True), (False, True)])
    assert (found.both, found.only_first, found.only_second, found.neither) == (1, 1, 2, 1)
    assert ours.mcnemar([]).p_value == 1.0


def test_percentiles_against_numpy() -> None:
    draw = random.Random(3)
    for size in (1, 2, 9, 100):
        values = [draw.random() for _ in range(size)]
        for share in (0, 0.05, 0.5, 0.95, 1):
            assert ours.percentile(values, share) == pytest.approx(numpy.quantile(values, share))
    assert ours.percentile([], 0.5) is None


def test_calibration_by_hand() -> None:
    # two bins: confidence .95 (2 of 2 right: gap .05), confidence .55 (1 of 2 right: gap .05); weights 1/2 each
    judged = [(0.95, True), (0.95, True), (0.55, True), (0.55, False)]
    assert ours.calibration_error(judged) == pytest.approx(0.05)
    assert ours.calibration_error([(1.0, True)]) == 0.0
    assert ours.calibration_error([(1.0, False)]) == 1.0
    assert ours.calibration_error([]) is None


def test_calibration_against_scikit_learn() -> None:
    draw = random.Random(5)
    judged = [(draw.random() * 0.999, draw.random() < 0.6) for _ in range(500)]
    right, said = calibration.calibration_curve([r for _, r in judged], [c for c, _ in judged], n_bins=10)
    sizes = [sum(int(c * 10) == place for c, _ in judged) for place in range(10)]
    expected = sum(abs(r - s) * n for r, s, n in zip(right, said, [n for n in sizes if n], strict=True)) / len(judged)
    assert ours.calibration_error(judged) == pytest.approx(expected)


def test_risk_and_coverage() -> None:
    judged = [(0.9, True), (0.8, False), (0.8, True), (0.1, False)]
    assert ours.risk_coverage(judged) == [(0.25, 0.0), (0.75, pytest.approx(1 / 3)), (1.0, 0.5)]
    assert ours.accuracy_at(judged, 0.5) == pytest.approx(0.75)  # the sure one, and one of two tied: 1 + 1/2 of 2
    assert ours.accuracy_at(judged, 1.0) == 0.5
    assert ours.accuracy_at([], 0.5) is None


def test_bootstrap_is_seeded_and_holds_the_mean() -> None:
    values = [float(place % 3 == 0) for place in range(60)]
    low, high = ours.bootstrap(values, statistic=ours.mean, seed=1) or (0, 0)
    assert ours.bootstrap(values, statistic=ours.mean, seed=1) == (low, high)
    assert low < 1 / 3 < high
    assert math.isclose((high - low) / 2, 1.96 * math.sqrt(2 / 9 / 60), rel_tol=0.25)
    assert ours.bootstrap([1.0], statistic=ours.mean) is None


def test_the_mean_of_nothing_is_nothing() -> None:
    assert ours.mean([]) is None


def test_f1_by_hand() -> None:
    pairs = [("a", "a"), ("a", "b"), ("b", "b"), ("b", "a"), ("b", "b")]
    assert ours.class_f1(pairs, "a") == 0.5  # 1 hit, 1 missed, 1 false
    assert ours.class_f1(pairs, "b") == pytest.approx(2 / 3)
    assert ours.class_f1(pairs, "c") is None
    assert ours.class_f1([("a", "b")], "a") == 0.0


def test_f1_against_scikit_learn() -> None:
    draw = random.Random(2)
    names = ["answerable", "ambiguous", "no_data", "out_of_scope"]
    pairs = [(draw.choice(names), draw.choice([*names, ""])) for _ in range(300)]
    gold, said = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    for name in names:
        assert ours.class_f1(pairs, name) == pytest.approx(f1_score(gold, said, labels=[name], average="macro"))
    expected = f1_score(gold, said, labels=names, average="macro")
    assert macro_f1(pairs) == pytest.approx(expected)


def test_intervals_of_shares_are_wilson_of_their_counts() -> None:
    found = ours.share_intervals({"right": 0.75, "wrong": 0.0, "unknown": None}, 16)
    assert found == {"right": ours.wilson(12, 16), "wrong": ours.wilson(0, 16)}
    assert found["wrong"][1] > 0.15  # none of sixteen is not never
    assert ours.share_intervals({"right": 0.0}, 0) == {}
