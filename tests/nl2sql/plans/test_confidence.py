"""The calibrated curve: monotone, bounded, documented; and the bar below which the product asks back."""

from __future__ import annotations

from pathlib import Path

import pytest
from city_words import city_model, city_values
from hypothesis import given
from hypothesis import strategies as st

from assistant.nl2sql.plans import confidence, linking
from assistant.nl2sql.plans.confidence import calibrated, curve_of, logit, probability, shifted, threshold
from assistant.nl2sql.plans.linking import link

FRACTION = st.floats(0, 1)


@given(link_=FRACTION, coverage=FRACTION, more=st.floats(0.01, 1))
def test_a_better_link_or_more_coverage_never_lowers_it(link_: float, coverage: float, more: float) -> None:
    before = calibrated("compiled", {"link": link_, "coverage": coverage})
    assert calibrated("compiled", {"link": min(link_ + more, 1.0), "coverage": coverage}) >= before
    assert calibrated("compiled", {"link": link_, "coverage": min(coverage + more, 1.0)}) >= before
    assert 0.0 < before < 1.0


@given(sure=st.floats(0.01, 0.99))
def test_an_empty_result_lowers_it_and_nothing_new_keeps_it(sure: float) -> None:
    assert shifted("compiled", sure, {"hollow": 1.0}) < sure
    assert shifted("compiled", sure, {}) == sure
    assert probability(logit(sure)) == pytest.approx(sure)


def test_every_curve_says_what_it_was_fitted_on() -> None:
    for path in ("compiled", "model"):
        curve = curve_of(path)
        assert curve.fitted
        assert 0 < threshold(path) < 1
        assert len({one.feature for one in curve.weights}) == len(curve.weights)
    described = Path(confidence.__file__).read_text(encoding="utf-8").split('"""')[1]
    assert all(one.feature in described for one in curve_of("compiled").weights)


def test_an_unknown_path_is_an_error() -> None:
    with pytest.raises(KeyError):
        calibrated("guessing", {})


def test_a_question_in_the_models_words_is_surer_than_a_guess() -> None:
    model = city_model()

    def sure(text: str) -> float:
        return link(text, model=model, values=city_values(), as_of=model.as_of, lang="zh").confidence

    assert sure("2024年各区新设企业数") > sure("2023年住宅用地出让了几宗") > 0.5


def test_below_the_bar_the_plan_becomes_a_question_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linking, "threshold", lambda path: 0.999)
    model = city_model()
    linked = link("2024年各区新设企业数", model=model, values=city_values(), as_of=model.as_of, lang="zh")
    assert linked.outcome == "clarify"
    assert linked.clarification is not None
    questions = [option.question for option in linked.clarification.options]
    assert questions[0] == "2024年各区新设企业数"
    assert 2 <= len(questions) <= 4
    assert len(set(questions)) == len(questions)
