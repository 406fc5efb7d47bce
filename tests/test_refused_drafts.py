"""A refusal belongs to the question: a refused draft that leaves words out names no clause. A scripted model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from demo import open_demo

from assistant.asking import ask
from assistant.domain import Answer, Status
from assistant.parts import Parts
from tests.fakes import ScriptedChat

pytestmark = pytest.mark.demo

_ALONE = "SELECT birth_date FROM pop_resident"  # nobody may see it row by row


@pytest.fixture(scope="module")
def parts(demo_state: Path) -> Parts:
    return open_demo(demo_state)


def _asked(question: str, drafts: Sequence[str], parts: Parts) -> Answer:
    chat = ScriptedChat(*drafts)
    return ask(question, user_id="analyst", parts=replace(parts, chat=lambda: chat))


def test_a_refused_draft_that_leaves_words_out_refuses_nothing(parts: Parts) -> None:
    answer = _asked("今年全市失业率同比", [_ALONE] * 6, parts)
    assert answer.status is not Status.REFUSED
    assert answer.table is None


def test_a_refused_draft_that_holds_the_whole_question_is_its_refusal(parts: Parts) -> None:
    answer = _asked("出生日期", [_ALONE] * 6, parts)
    assert answer.status is Status.REFUSED
    assert answer.decision.reasons
    assert answer.table is None
