"""Changing a piece of the interpretation in the page: offered per user, and asked as a complete question."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from city_words import city_model, city_values

from assistant.conversations import Conversations
from assistant.domain import Answer, PlanFilter, QueryPlan, Status
from assistant.nl2sql.plans.linking import link
from assistant.web import chat_desk
from assistant.web.chat_desk import ChatDesk


def desk(tables: frozenset[str], monkeypatch: pytest.MonkeyPatch) -> ChatDesk:
    policies = SimpleNamespace(
        user=lambda name: SimpleNamespace(user_id=name) if name == "analyst" else None,
        purpose=lambda user, code: SimpleNamespace(code=code),
    )
    monkeypatch.setattr(chat_desk.access, "visible_tables", lambda *given: tables)
    parts: Any = SimpleNamespace(
        policies=policies, catalog=None, clock=lambda: None, model=city_model(), values=city_values()
    )
    return ChatDesk(parts)


def answer(status: Status = Status.ANSWERED) -> Answer:
    model = city_model()
    linked = link("临江区2024年热线工单量", model=model, values=city_values(), as_of=model.as_of, lang="zh")
    plan: QueryPlan | None = linked.plan if status is Status.ANSWERED else None
    return Answer(question_id="q", conversation_id="c", status=status, text="", lang="zh", question="问", plan=plan)


def test_each_change_is_a_complete_question(monkeypatch: pytest.MonkeyPatch) -> None:
    changes = dict(desk(frozenset({"dim_district"}), monkeypatch).changes(answer(), "analyst", "p"))
    assert changes["2024年 → 2023年"] == "2023年临江区热线工单量"
    assert changes["临江区 → 不限"] == "2024年热线工单量"
    assert any(label.startswith("临江区 → ") and "澜湾区" in asked for label, asked in changes.items())


def test_values_of_tables_out_of_sight_are_not_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    changes = dict(desk(frozenset(), monkeypatch).changes(answer(), "analyst", "p"))
    assert [label for label in changes if label.startswith("临江区")] == ["临江区 → 不限"]


def test_nothing_is_offered_without_a_plan_or_a_user(monkeypatch: pytest.MonkeyPatch) -> None:
    chat = desk(frozenset({"dim_district"}), monkeypatch)
    assert chat.changes(answer(Status.REFUSED), "analyst", "p") == []
    assert chat.changes(answer(), "nobody", "p") == []


def test_a_question_back_is_remembered_as_one(tmp_path: Path) -> None:
    store = Conversations(tmp_path / "turns.sqlite")
    for status in (Status.ANSWERED, Status.CLARIFY, Status.REFUSED):
        store.remember(answer(status), "analyst", "p")
    turns = store.turns("c", "analyst", "p")
    assert [turn.asked_back for turn in turns] == [False, True, False]
    assert [turn.plan is None for turn in turns] == [False, True, True]


def test_identifiers_that_were_typed_are_not_remembered(tmp_path: Path) -> None:
    store = Conversations(tmp_path / "turns.sqlite")
    typed = "身份证号 11010519491231002X 的人"
    with_plan = replace(answer(), question=typed)
    store.remember(with_plan, "analyst", "p")
    assert with_plan.plan is not None
    named = replace(with_plan.plan, filters=(PlanFilter(dimension="d", op="in", values=("11010519491231002X",)),))
    store.remember(replace(with_plan, plan=named), "analyst", "p")
    turns = store.turns("c", "analyst", "p")
    assert [turn.question for turn in turns] == ["身份证号 [身份证号] 的人"] * 2
    assert [turn.plan is None for turn in turns] == [False, True]
    assert b"11010519491231002X" not in (tmp_path / "turns.sqlite").read_bytes()
