"""Who owns and who approved a verified question is a user of the workspace."""

from __future__ import annotations

from datetime import date

from assistant.nl2sql.plans.semantic_model import VerifiedQuestion
from assistant.workspace_checks import unknown_people


def test_owner_and_approvers_are_users() -> None:
    question = VerifiedQuestion(
        id="vq",
        question="某时期各区新设企业数",
        question_en="New enterprises by district",
        metrics=("new_firms",),
        owner="market",
        approvers=("analyst", "nobody"),
        approved_on=date(2025, 6, 30),
        expires_on=date(2026, 6, 30),
    )
    found = list(unknown_people([question], {"market", "analyst", "stats"}))
    assert [("vq" in one.zh, "nobody" in one.en) for one in found] == [(True, True)]
    assert list(unknown_people([question], {"market", "analyst", "nobody"})) == []
