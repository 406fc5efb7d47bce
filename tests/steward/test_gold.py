"""The hand-written steward questions of evals/cases/steward*.yaml: the filter must be exactly right."""

from __future__ import annotations

from collections import Counter

import pytest

from assistant.catalog import Catalog
from assistant.language import to_traditional
from assistant.nl2sql.plans.semantic_model import load_semantic_model
from assistant.steward.questions import compile_question
from assistant.steward.vocabulary import Vocabulary, vocabulary
from tests.steward.conftest import AS_OF, ROOT
from tests.steward.gold import FILES, StewardCase, cases

LISTED = tuple(case for file in FILES for case in cases(file))
BY_ID = {one.id: one for one in LISTED}
TARGET = 0.95


@pytest.fixture(scope="module")
def known(city: Catalog) -> Vocabulary:
    metrics = load_semantic_model(ROOT / "corpora", city).metrics
    return vocabulary(city.resources, [name for one in metrics for name in (one.name, *one.synonyms)])


def _right(case: StewardCase, known: Vocabulary, question: str) -> bool:
    after = BY_ID[case.after].gold if case.after else None
    compiled = compile_question(question, known, AS_OF, after=after)
    return bool(compiled.open) if case.gold is None else compiled.filter == case.gold


def test_there_are_enough_questions_in_three_scripts() -> None:
    languages = Counter(one.language for one in LISTED)
    assert len(LISTED) >= 80
    assert len(BY_ID) == len(LISTED)
    assert languages["zh"] >= 40
    assert languages["zh-Hant"] >= 12
    assert languages["en"] >= 25


@pytest.mark.parametrize("language", ["zh", "zh-Hant", "en"])
def test_filters_are_right_in_every_language(language: str, known: Vocabulary) -> None:
    asked = [one for one in LISTED if one.language == language]
    wrong = [one.id for one in asked if not _right(one, known, one.question)]
    assert 1 - len(wrong) / len(asked) >= TARGET, wrong


def test_what_a_filter_answers_is_seldom_asked_back(known: Vocabulary) -> None:
    """And what none answers is: both together, since either alone is easily reached."""
    answerable = [one for one in LISTED if one.gold is not None and not one.after]
    vain = [one.id for one in answerable if compile_question(one.question, known, AS_OF).open]
    assert len(vain) / len(answerable) <= 1 - TARGET, vain
    beyond = [one for one in LISTED if one.gold is None]
    missed = [one.id for one in beyond if not compile_question(one.question, known, AS_OF).open]
    assert len(beyond) >= 50
    assert 1 - len(missed) / len(beyond) >= TARGET, missed


def test_traditional_script_compiles_as_simplified_does(known: Vocabulary) -> None:
    asked = [one for one in LISTED if one.language == "zh"]
    wrong = [one.id for one in asked if not _right(one, known, to_traditional(one.question))]
    assert 1 - len(wrong) / len(asked) >= TARGET, wrong
