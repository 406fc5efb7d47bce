"""What a workspace's own questions taught: where to look among articles, and whether there is an answer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assistant.domain import Evidence
from assistant.errors import ConfigurationError
from assistant.retrieval.heard import Heard
from assistant.retrieval.query_adapter import QueryAdapter
from assistant.retrieval.quoting import (
    SUPPORT_BY_MEANING,
    SUPPORT_UNASKED,
    SURE,
    SURE_BY_SUPPORT,
    answer_policy_question,
    best_support,
)
from assistant.retrieval.taught import FILE, Taught, load_taught, save_taught

QUESTION = "共享授权最长多久"
ARTICLE = "共享数据的授权最长不超过十二个月，到期自动失效。"


def taught(bias: float = 0.0) -> Taught:
    weights, shift = np.zeros((2, 2), np.float32), np.array([0.0, 1.0], np.float32)
    return Taught(QueryAdapter(weights, shift), np.array([2.0, 0.0], np.float32), bias)


def evidence(nearness: float, answerable: float | None) -> Evidence:
    return Evidence(
        passage_id="p", kind="policy", id="某市办法#第一条", title="某市办法", section="第一条", quote=ARTICLE,
        score=0.4, as_of=None, in_force=True, nearness=nearness, answerable=answerable,
    )  # fmt: skip


def test_a_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    save_taught(taught(0.5), "model a", tmp_path / FILE)
    found = load_taught(tmp_path, "model a")
    assert found is not None
    assert found.answerable([1.0, 0.0]) == pytest.approx(2.5)
    assert found.turn([1.0, 0.0]) == pytest.approx([0.5**0.5, 0.5**0.5])


def test_questions_that_were_heard_lift_what_they_were_answered_with(tmp_path: Path) -> None:
    heard = Heard(vectors=np.array([[1.0, 0.0], [0.0, 1.0]], np.float32), answers=((0, "known"), (1, "other")))
    save_taught(replace(taught(), heard=heard), "model a", tmp_path / FILE)
    found = load_taught(tmp_path, "model a")
    assert found is not None
    ranking = [("near", 0.90), ("known", 0.85), ("other", 0.80)]
    assert [name for name, _ in found.lifted(ranking, [1.0, 0.0])] == ["known", "near", "other"]
    assert found.lifted(ranking, [0.6, -0.8]) == ranking  # as far from both as any two questions
    assert taught().lifted(ranking, [1.0, 0.0]) == ranking


def test_another_encoder_and_a_workspace_without_lessons_are_untaught(tmp_path: Path) -> None:
    assert load_taught(tmp_path, "model a") is None
    save_taught(taught(), "model a", tmp_path / FILE)
    assert load_taught(tmp_path, "model b") is None


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE).parent.mkdir()
    (tmp_path / FILE).write_bytes(b"no archive")
    with pytest.raises(ConfigurationError, match="taught"):
        load_taught(tmp_path, "model a")


def test_a_sure_question_is_answered_by_a_farther_article_and_an_unsure_one_by_none() -> None:
    near = 0.2
    best = best_support(QUESTION, [evidence(near, None)], lambda token: 1.0)
    assert best > 0.35
    even = SURE - SURE_BY_SUPPORT * (best - SUPPORT_BY_MEANING)  # log-odds by the question alone that just suffice
    sure = answer_policy_question(QUESTION, [evidence(near, even + 0.1)], "zh")
    unsure = answer_policy_question(QUESTION, [evidence(near, even - 0.1)], "zh")
    assert sure.is_supported
    assert not unsure.is_supported


def test_a_question_without_the_form_of_one_needs_more() -> None:
    item = evidence(0.2, None)
    best = best_support(QUESTION, [item], lambda token: 1.0)
    item = replace(item, answerable=SURE - SURE_BY_SUPPORT * (best - SUPPORT_BY_MEANING) + 0.1)
    assert answer_policy_question(QUESTION, [item], "zh").is_supported
    assert not answer_policy_question(QUESTION, [item], "zh", least=SUPPORT_UNASKED).is_supported


def test_an_article_without_what_is_asked_for_supports_nothing_however_sure() -> None:
    item = replace(evidence(0.9, 20.0), quote="共享数据的授权应当登记用途。")
    assert not answer_policy_question("授权要多少天", [item], "zh").is_supported
