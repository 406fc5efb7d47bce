"""Answers to the self-assessment: what may be kept, what is read back, who may answer and who sees by whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from assistant.errors import StoreUnavailable, UserError
from assistant.steward.estate import Estate
from assistant.steward.maturity import Beyond, rate
from assistant.steward.maturity_answers import (
    LEVELS,
    LONGEST_BASIS,
    MaturityAnswer,
    questions,
    recall_answers,
    remember_answer,
)
from assistant.steward.quality import assess
from assistant.steward.views import maturity_table
from tests.steward.conftest import resource

ANSWER = MaturityAnswer(question="backup", level=4, basis="备份演练记录", by="steward", on=date(2025, 10, 31))


def test_the_newest_answer_counts_and_nothing_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "steward" / "maturity_answers.jsonl"
    remember_answer(path, ANSWER)
    remember_answer(path, replace(ANSWER, level=2, basis=" 抽查发现两次未做 "))
    kept = recall_answers(path)["backup"]
    assert (kept.level, kept.basis, kept.on) == (2, "抽查发现两次未做", ANSWER.on)
    assert len(path.read_text(encoding="utf-8").splitlines()) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        replace(ANSWER, question="nobody asked"),
        replace(ANSWER, level=0),
        replace(ANSWER, level=6),
        replace(ANSWER, basis="  "),
        replace(ANSWER, basis="字" * (LONGEST_BASIS + 1)),
    ],
)
def test_an_answer_without_question_level_or_basis_is_not_kept(wrong: MaturityAnswer, tmp_path: Path) -> None:
    with pytest.raises(UserError):
        remember_answer(tmp_path / "answers.jsonl", wrong)
    assert recall_answers(tmp_path / "answers.jsonl") == {}


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "answers.jsonl").write_text('{"question": "backup"', encoding="utf-8")
    with pytest.raises(StoreUnavailable, match=r"answers\.jsonl"):
        recall_answers(tmp_path / "answers.jsonl")


def test_a_level_has_a_meaning_and_a_question_an_id_of_its_own() -> None:
    assert len(LEVELS) == 5
    assert len({one.id for one in questions()}) == len(questions()) > 5


def test_what_an_answer_rests_on_stands_among_the_evidence(estate: Callable[..., Estate]) -> None:
    held = estate(resource("R1"))
    rated = rate(held, assess(held), Beyond(), {ANSWER.question: ANSWER.level})
    row = next(one for one in maturity_table(rated, {ANSWER.question: ANSWER}).rows if one[1] == "算力设施")
    assert row[2] == 4
    assert "备份演练记录" in str(row[3])
    assert row[4] is None
    unnamed = next(one for one in maturity_table(rated).rows if one[1] == "算力设施")
    assert (unnamed[2], unnamed[3]) == (4, None)
