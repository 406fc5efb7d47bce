"""Filing and deciding in the web app and over REST: the same steps, and nobody acts as somebody else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from demo import open_demo

from assistant.asking import ask
from assistant.domain import Answer, Status
from assistant.parts import Parts
from assistant.web.approval_desk import ApprovalDesk, offer_markdown
from assistant.web.identity import UsersFile

pytestmark = pytest.mark.demo

CONTACTS = "列出居民的姓名和电话"
REASON = "流行病学调查"


@pytest.fixture
def parts(demo_state: Path, tmp_path: Path) -> Parts:
    for built in demo_state.iterdir():
        if built.is_symlink():
            (tmp_path / built.name).symlink_to(built.resolve())
    return open_demo(tmp_path)


class _Given:
    """The answers of one user, as ChatDesk keeps them."""

    def __init__(self, owner: str, answer: Answer) -> None:
        self.owner, self.answer = owner, answer

    def __call__(self, user_id: str, question_id: str) -> Answer | None:
        return self.answer if (user_id, question_id) == (self.owner, self.answer.question_id) else None


def _filed(parts: Parts) -> tuple[ApprovalDesk, str]:
    answer = ask(CONTACTS, user_id="health", parts=parts)
    desk = ApprovalDesk(parts, _Given("health", answer))
    told = desk.file("health", answer.question_id, REASON, "", 40, "zh")
    assert "等待批准" in told
    return desk, desk.waiting("police_lead", "zh")[0][1]


def test_from_the_form_to_the_decision(parts: Parts) -> None:
    desk, number = _filed(parts)
    shown = desk.describe("police_lead", number, "zh")
    assert all(word in shown for word in ("health", "市卫生健康委员会", "姓名、联系电话", "40", REASON))
    assert "已批准" in desk.decide("police_lead", number, "approve", 7, "", "zh")
    assert desk.waiting("police_lead", "zh") == []
    assert ask(CONTACTS, user_id="health", parts=parts).status is Status.ANSWERED


def test_a_rejection_says_so(parts: Parts) -> None:
    desk, number = _filed(parts)
    assert "rejected" in desk.decide("police_lead", number, "reject", None, "", "en")
    assert ask(CONTACTS, user_id="health", parts=parts).status is Status.NEEDS_APPROVAL


@pytest.mark.parametrize("user", ["health", "analyst", "insurance_lead", "admin", "nobody"])
def test_others_neither_see_nor_decide(parts: Parts, user: str) -> None:
    desk, number = _filed(parts)
    assert desk.waiting(user, "zh") == []
    assert REASON not in desk.describe(user, number, "zh")
    assert "已批准" not in desk.decide(user, number, "approve", None, "", "zh")
    assert desk.waiting("police_lead", "zh") != []


def test_the_tab_is_for_approvers(parts: Parts) -> None:
    desk = ApprovalDesk(parts, lambda user, question: None)
    assert [desk.approves(user) for user in ("police_lead", "health", "admin", "nobody")] == [True, False, False, False]


def test_somebody_elses_answer_cannot_be_filed(parts: Parts) -> None:
    answer = ask(CONTACTS, user_id="health", parts=parts)
    desk = ApprovalDesk(parts, _Given("health", answer))
    desk.file("analyst", answer.question_id, REASON, "", 40, "zh")
    assert desk.waiting("police_lead", "zh") == []


def test_a_missing_reason_is_asked_for(parts: Parts) -> None:
    answer = ask(CONTACTS, user_id="health", parts=parts)
    desk = ApprovalDesk(parts, _Given("health", answer))
    assert "理由" in desk.file("health", answer.question_id, " ", "", 40, "zh")
    assert "reason" in desk.file("health", answer.question_id, " ", "", 40, "en")


def test_words_of_the_applicant_are_no_markup(parts: Parts) -> None:
    answer = ask(CONTACTS, user_id="health", parts=parts)
    desk = ApprovalDesk(parts, _Given("health", answer))
    desk.file("health", answer.question_id, "<script>x</script>**急**", "[a](b)", 40, "zh")
    shown = desk.describe("police_lead", desk.waiting("police_lead", "zh")[0][1], "zh")
    assert "<script>" not in shown
    assert "**急**" not in shown
    assert "[a](b)" not in shown


def test_the_offer_says_what_and_by_whom(parts: Parts) -> None:
    shown = offer_markdown(ask(CONTACTS, user_id="health", parts=parts).request, "zh")
    assert "市公安局" in shown
    assert "姓名、联系电话" in shown
    assert offer_markdown(None, "zh") == ""


# --------------------------------------------------------------------------- REST


@pytest.fixture
def call(parts: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """call(user, method, path, body) -> (status, document); the chat itself is left out."""
    from fastapi.testclient import TestClient

    from assistant.web import app, server

    monkeypatch.setattr(app, "mount_chat", lambda api, desk, verify: api)
    users = UsersFile(tmp_path / "users.json")
    passwords = users.ensure(["health", "police_lead", "insurance_lead", "analyst"])
    client = TestClient(server.build_server(parts, users))

    def do(user: str, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
        login = (user, passwords.get(user, "wrong"))
        reply = client.request(method, f"/api/v1{path}", json=body, auth=login)
        return reply.status_code, reply.json()

    return do


def test_the_same_way_over_rest(call: Any) -> None:
    status, document = call("health", "POST", "/ask", {"question": CONTACTS})
    assert (status, document["status"]) == (200, "needs_approval")
    assert document["request"]["items"][0]["provider"] == "市公安局"
    status, document = call("health", "POST", "/requests", {"question": CONTACTS, "reason": REASON, "rows": 40})
    assert status == 201
    number = document["filed"][0]["request_id"]
    assert call("health", "GET", "/requests")[1]["own"][0]["state"] == "requested"
    assert call("police_lead", "GET", "/requests")[1]["waiting"][0]["request_id"] == number
    assert call("analyst", "GET", "/requests")[1] == {"own": [], "waiting": [], "in_force": []}
    for user in ("health", "insurance_lead", "analyst"):
        assert call(user, "POST", f"/requests/{number}/decision", {"decision": "approve"})[0] == 400
    status, document = call("police_lead", "POST", f"/requests/{number}/decision", {"decision": "approve", "days": 5})
    assert (status, document["state"]) == (200, "approved")
    assert call("police_lead", "GET", "/requests")[1]["in_force"][0]["request_id"] == number
    assert call("health", "POST", "/ask", {"question": CONTACTS})[1]["status"] == "answered"
    assert call("police_lead", "POST", f"/requests/{number}/decision", {"decision": "revoke"})[0] == 200
    assert call("health", "POST", "/ask", {"question": CONTACTS})[1]["status"] == "needs_approval"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"question": CONTACTS, "reason": REASON, "user_id": "analyst"}, 422),  # who asks is the log-in
        ({"question": CONTACTS, "reason": REASON, "columns": ["id_card_no"]}, 422),  # what is asked for is judged
        ({"question": CONTACTS, "sql": "select 1", "reason": REASON}, 400),
        ({"reason": REASON}, 400),
        ({"question": CONTACTS, "reason": ""}, 400),
        ({"question": "2025年各区新设企业数", "reason": REASON}, 400),
        ({"sql": "select name, phone from pop_resident", "reason": REASON}, 201),
    ],
)
def test_what_may_be_filed_over_rest(call: Any, body: dict[str, Any], status: int) -> None:
    assert call("health", "POST", "/requests", body)[0] == status


def test_a_wrong_password_files_nothing(call: Any) -> None:
    assert call("public", "POST", "/requests", {"question": CONTACTS, "reason": REASON})[0] == 401
    assert call("public", "GET", "/requests")[0] == 401
