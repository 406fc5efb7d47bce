"""Fitting the confidence: towards what the answers show, no further than they allow."""

from __future__ import annotations

import pytest
import yaml

from evals.calibrating import Judged, error_of, fit, section


def answers(right: int, wrong: int, **features: float) -> list[Judged]:
    verdicts = [True] * right + [False] * wrong
    return [Judged(case_id=f"c{at}", features=features, right=one) for at, one in enumerate(verdicts)]


def test_without_answers_the_prior_stays() -> None:
    bias, weights = fit([])
    assert bias == -8.5
    assert weights["link"] == 6.0


def test_many_wrong_answers_with_a_weak_link_lower_it() -> None:
    weak, strong = answers(5, 45, link=0.6, coverage=1.0), answers(50, 0, link=1.0, coverage=1.0)
    bias, weights = fit([*weak, *strong])
    assert bias + weights["link"] * 0.6 + weights["coverage"] < 0 < bias + weights["link"] + weights["coverage"]
    assert weights["hollow"] == -2.0  # nothing was seen of it


def test_the_error_of_a_fitted_curve_is_small_and_of_a_boastful_one_is_not() -> None:
    seen = answers(30, 30, link=0.8, coverage=1.0)
    bias, weights = fit(seen)
    assert error_of(seen, bias, weights) == pytest.approx(0.0, abs=0.1)
    assert (error_of(seen, 9.0, {}) or 0) > 0.4
    assert error_of([], bias, weights) is None


def test_the_section_is_what_the_file_wants() -> None:
    bias, weights = fit([])
    written = yaml.safe_load("curves:\n" + section("compiled", 0.6, bias, weights, "nothing, n 0"))
    assert written["curves"][0]["path"] == "compiled"
    assert {one["feature"] for one in written["curves"][0]["weights"]} == set(weights)
