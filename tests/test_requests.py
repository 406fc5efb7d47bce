"""From a refusal to an answer and back: request, approval, grant, expiry; the real pipeline on the demo city."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from demo import open_demo

from assistant import requesting
from assistant.answer_format import answer_json
from assistant.asking import ask, identify
from assistant.audit import records, verify
from assistant.checking import check_statement
from assistant.cli import main
from assistant.domain import Answer, GrantMode, Outcome, Status, Text
from assistant.errors import AuditUnavailable, UserError
from assistant.parts import Parts
from assistant.policies.grant_register import FILE, Filed
from assistant.replaying import replay
from assistant.requesting import Particulars

pytestmark = pytest.mark.demo

CONTACTS = "列出居民的姓名和电话"
CONTACTS_SQL = "select name, phone from pop_resident"
REASON = "流行病学调查，联系密切接触者"
CASE_NO = "疾控〔2025〕17号"


@pytest.fixture
def parts(demo_state: Path, tmp_path: Path) -> Parts:
    """The built city with a trail, a ledger and a register of this test's own."""
    for built in demo_state.iterdir():
        if built.is_symlink():
            (tmp_path / built.name).symlink_to(built.resolve())
    return open_demo(tmp_path)


def _file(parts: Parts, *, user: str = "health", question: str = CONTACTS, **more: Any) -> tuple[Filed, ...]:
    offer = requesting.offer_of_question(question, user_id=user, parts=parts)
    return requesting.file_offer(offer, Particulars(reason=REASON, **more), user_id=user, parts=parts)


def _approve(parts: Parts, filed: tuple[Filed, ...], **more: Any) -> None:
    for one in filed:
        provider = parts.catalog.by_table[one.request.dataset].provider
        lead = {"市公安局": "police_lead", "市医疗保障局": "insurance_lead", "市能源局": "energy_lead"}[provider]
        requesting.decide(one.request.request_id, "approve", user_id=lead, parts=parts, **more)


def _ask(parts: Parts, question: str = CONTACTS, user: str = "health") -> Answer:
    return ask(question, user_id=user, parts=parts)


def _later(parts: Parts, days: int) -> Parts:
    day = date.today() + timedelta(days=days)
    return replace(parts, clock=lambda: day)


def _steps(parts: Parts) -> list[tuple[str, str]]:
    trail = parts.audit.files.trail  # type: ignore[attr-defined]
    return [(one["event"], one["actor"]) for one in records(trail) if one.get("kind") == "grant"]


# --------------------------------------------------------------------------- the whole way


def test_a_curable_refusal_is_cured_and_expires(parts: Parts) -> None:
    refused = _ask(parts)
    assert refused.status is Status.NEEDS_APPROVAL
    assert refused.request is not None
    assert [(item.dataset, item.mode) for item in refused.request.items] == [("pop_resident", GrantMode.CASE)]
    filed = _file(parts, case_no=CASE_NO, rows=3000)
    assert _ask(parts).status is Status.NEEDS_APPROVAL  # a request alone opens nothing
    _approve(parts, filed, days=3)
    answered = _ask(parts)
    assert answered.status is Status.ANSWERED
    assert answered.table is not None
    assert 0 < len(answered.table.rows) <= parts.settings.row_limit
    assert answered.request is None
    assert _ask(_later(parts, 2)).status is not Status.NEEDS_APPROVAL
    after = _later(parts, 3)
    assert _ask(after).status is Status.NEEDS_APPROVAL
    assert [one.state for one in requesting.book_of("health", after).own] == ["expired"]
    assert _steps(after) == [("requested", "health"), ("approved", "police_lead"), ("expired", "system")]
    assert verify(parts.audit.files.trail).ok  # type: ignore[attr-defined]


def test_an_approved_number_of_rows_is_for_the_whole_window_not_for_each_question(parts: Parts) -> None:
    _approve(parts, _file(parts, case_no=CASE_NO, rows=40), days=9)
    first = _ask(parts)
    assert first.table is not None
    assert len(first.table.rows) == 40
    again = check_statement(f"{CONTACTS_SQL} limit 1", user_id="health", parts=parts, execute=True)
    assert again["decision"]["outcome"] == "needs_approval"
    assert [reason["rule"] for reason in again["decision"]["reasons"]] == ["R-G5-020"]
    assert "table" not in again


def test_rows_are_counted_down_under_the_grant_that_gives_them(parts: Parts) -> None:
    _approve(parts, _file(parts, case_no=CASE_NO, rows=40), days=9)
    left = []
    for _ in range(4):
        shown = check_statement(f"{CONTACTS_SQL} limit 15", user_id="health", parts=parts, execute=True)
        left.append(len(shown["table"]["rows"]) if "table" in shown else 0)
    assert left == [15, 15, 10, 0]


def test_a_check_that_needs_approval_is_recorded_as_such(parts: Parts) -> None:
    seq = check_statement(CONTACTS_SQL, user_id="health", parts=parts)["audit_seq"]
    kept = next(one for one in records(parts.audit.files.trail) if one["seq"] == seq)  # type: ignore[attr-defined]
    assert (kept["verdict"], kept["status"]) == ("needs_approval", "needs_approval")


def test_an_aggregate_request_gives_aggregates_under_the_same_cell_rules(parts: Parts) -> None:
    question = "各区就诊人次"
    assert _ask(parts, question, "market").status is Status.NEEDS_APPROVAL
    filed = _file(parts, user="market", question=question)
    assert [(one.request.mode, one.request.rows) for one in filed] == [(GrantMode.AGGREGATE, 0)]
    _approve(parts, filed)
    assert _ask(parts, question, "market").status in (Status.ANSWERED, Status.PARTLY_SUPPRESSED)


def test_the_record_of_an_answer_names_its_grant_and_approver(parts: Parts) -> None:
    filed = _file(parts, rows=40)
    _approve(parts, filed)
    answered = _ask(parts)
    entry = parts.audit.tail(1)[0]  # type: ignore[attr-defined]
    assert entry["seq"] == answered.audit_seq
    assert filed[0].request.request_id.replace("RQ-", "GR-") in entry["grant_ids"]
    assert entry["approver"] == "police_lead"


def test_replay_counts_the_grants_of_that_moment(parts: Parts) -> None:
    _ask(parts)
    filed = _file(parts, rows=40)
    _approve(parts, filed)
    _ask(parts)
    requesting.decide(filed[0].request.request_id, "revoke", user_id="police_lead", parts=parts)
    assert _ask(parts).status is Status.NEEDS_APPROVAL
    told = replay(parts.settings, count=50)
    assert told["different"] == []
    assert told["replayed"] >= 3


# --------------------------------------------------------------------------- what an approval does not open


@pytest.mark.parametrize(
    ("user", "sql"),
    [
        ("health", "select name, home_address from pop_resident"),
        ("health", "select name, id_card_no from pop_resident"),
        ("hotline", CONTACTS_SQL),
        ("market", CONTACTS_SQL),
        ("analyst", CONTACTS_SQL),
        ("public", CONTACTS_SQL),
    ],
    ids=["another column", "an identifier", "hotline", "market", "analyst", "public"],
)
def test_an_approval_opens_nothing_else(parts: Parts, user: str, sql: str) -> None:
    before = check_statement(sql, user_id=user, parts=parts)["decision"]["outcome"]
    _approve(parts, _file(parts, rows=40))
    assert check_statement(CONTACTS_SQL, user_id="health", parts=parts)["decision"]["outcome"] == "allow"
    after = check_statement(sql, user_id=user, parts=parts)["decision"]["outcome"]
    assert after == before
    assert Outcome[after.upper()] >= Outcome.AGGREGATE_ONLY


def test_a_grant_is_for_one_purpose(parts: Parts) -> None:
    _approve(parts, _file(parts, rows=40))
    health, disease = identify("health", None, parts)
    other = replace(disease, code="macro_analysis")
    granted = [one for one in health.grants if one.approval_doc]
    assert len(granted) == 1
    from assistant.policies.access import grants_for

    resource = parts.catalog.by_table["pop_resident"]
    assert granted[0] in grants_for(health, disease, resource, parts.policies, parts.clock())
    assert granted[0] not in grants_for(health, other, resource, parts.policies, parts.clock())


@pytest.mark.parametrize("approver", ["health", "insurance_lead", "analyst", "admin", "steward", "auditor", "public"])
def test_only_the_owners_approver_decides(parts: Parts, approver: str) -> None:
    (filed,) = _file(parts, rows=40)
    for verdict in ("approve", "reject"):
        with pytest.raises(UserError):
            requesting.decide(filed.request.request_id, verdict, user_id=approver, parts=parts)
    assert _steps(parts) == [("requested", "health")]
    book = requesting.book_of(approver, parts)
    assert filed not in book.waiting


def test_nobody_approves_their_own_request(parts: Parts) -> None:
    (filed,) = _file(parts, user="police_lead", rows=5)
    assert requesting.book_of("police_lead", parts).waiting == ()
    with pytest.raises(UserError, match="自己"):
        requesting.decide(filed.request.request_id, "approve", user_id="police_lead", parts=parts)


def test_a_rejected_request_opens_nothing(parts: Parts) -> None:
    (filed,) = _file(parts, rows=40)
    requesting.decide(filed.request.request_id, "reject", user_id="police_lead", parts=parts)
    assert _ask(parts).status is Status.NEEDS_APPROVAL
    with pytest.raises(UserError):
        requesting.decide(filed.request.request_id, "approve", user_id="police_lead", parts=parts)


# --------------------------------------------------------------------------- what is offered


def test_the_offer_holds_no_value_of_the_question(parts: Parts) -> None:
    question = "列出临江区居民的姓名和电话"
    shown = json.dumps(answer_json(_ask(parts, question))["request"], ensure_ascii=False)
    assert "pop_resident" in shown
    assert "临江" not in shown
    assert "990101" not in shown


@pytest.mark.parametrize(
    ("user", "question"),
    [
        ("analyst", "列出临江区居民的姓名和身份证号"),  # refused: nothing to approve
        ("analyst", "2025年各区新设企业数"),  # answered
        ("admin", "各区常住人口"),  # no data purpose
        ("analyst", "明天天气怎么样"),
    ],
)
def test_what_cannot_be_cured_offers_no_request(parts: Parts, user: str, question: str) -> None:
    assert _ask(parts, question, user).request is None
    with pytest.raises(UserError, match="申请"):
        _file(parts, user=user, question=question)
    assert _steps(parts) == []


def test_check_sql_offers_the_same_request(parts: Parts) -> None:
    document = check_statement(CONTACTS_SQL, user_id="health", parts=parts)
    assert document["decision"]["outcome"] == "needs_approval"
    assert document["request"]["items"][0]["columns"] == ["name", "phone"]
    assert check_statement("select count(*) from pop_resident", user_id="health", parts=parts)["request"] is None


def test_filing_twice_is_filing_once(parts: Parts) -> None:
    assert _file(parts, rows=40) == _file(parts, rows=40)
    assert _steps(parts) == [("requested", "health")]


@pytest.mark.parametrize(
    "wrong",
    [{"reason": "  "}, {"reason": "x" * 501}, {"case_no": "9" * 65}, {"rows": 0}, {"days": 0}, {"days": -4}],
    ids=str,
)
def test_incomplete_particulars_are_returned(parts: Parts, wrong: Mapping[str, Any]) -> None:
    offer = _ask(parts).request
    with pytest.raises(UserError):
        requesting.file_offer(offer, Particulars(**{"reason": REASON, **wrong}), user_id="health", parts=parts)
    assert _steps(parts) == []


def test_an_approver_may_not_lengthen_beyond_the_longest_term(parts: Parts) -> None:
    filed = _file(parts, rows=40)
    with pytest.raises(UserError):
        _approve(parts, filed, days=0)
    _approve(parts, filed, days=4000)
    grant = requesting.book_of("health", parts).own[0].grant
    assert grant is not None
    assert grant.valid_to == date.today() + timedelta(days=parts.policies.thresholds.max_case_days)


# --------------------------------------------------------------------------- no audit, no step


class _Unwritable:
    def __init__(self, keys: object) -> None:
        self.keys = keys

    def append(self, entry: object) -> int:
        raise AuditUnavailable(Text(zh="审计日志无法写入", en="the audit log cannot be written"))


def test_no_audit_no_step(parts: Parts) -> None:
    register = parts.settings.state / FILE
    offer = _ask(parts).request
    mute = replace(parts, audit=_Unwritable(parts.audit.keys))  # type: ignore[arg-type]

    def refused(step: Callable[[], object]) -> None:
        before = register.read_bytes() if register.exists() else b""
        with pytest.raises(AuditUnavailable):
            step()
        assert (register.read_bytes() if register.exists() else b"") == before

    particulars = Particulars(reason=REASON, rows=40)
    refused(lambda: requesting.file_offer(offer, particulars, user_id="health", parts=mute))
    (filed,) = _file(parts, rows=40)
    number = filed.request.request_id
    refused(lambda: requesting.decide(number, "approve", user_id="police_lead", parts=mute))
    refused(lambda: requesting.decide(number, "reject", user_id="police_lead", parts=mute))
    _approve(parts, (filed,), days=1)
    refused(lambda: requesting.decide(number, "revoke", user_id="police_lead", parts=mute))
    refused(lambda: requesting.book_of("health", _later(mute, 5)))


def test_the_trail_holds_no_words_of_the_applicant(parts: Parts) -> None:
    _approve(parts, _file(parts, rows=40, case_no=CASE_NO))
    trail = parts.audit.files.trail.read_text(encoding="utf-8")  # type: ignore[attr-defined]
    assert REASON not in trail
    assert CASE_NO not in trail


def test_a_damaged_register_stops_the_answer(parts: Parts) -> None:
    from assistant.errors import StoreUnavailable

    (parts.settings.state / FILE).write_text('{"event": "approved"}\n', encoding="utf-8")
    with pytest.raises(StoreUnavailable):
        _ask(parts)


# --------------------------------------------------------------------------- the commands


def _command(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["request", *arguments, "--json"]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def test_the_commands_go_the_same_way(
    parts: Parts, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GOVDATA_STATE", str(parts.settings.state))
    monkeypatch.setenv("GOVDATA_LLM", "none")
    monkeypatch.setenv("GOVDATA_WORKSPACE", str(parts.settings.workspace))
    particulars = ("--reason", REASON, "--case", CASE_NO)
    (filed,) = _command(capsys, "file", "--question", CONTACTS, "--as", "health", *particulars)["filed"]
    waiting = _command(capsys, "list", "--as", "police_lead")["waiting"]
    assert [one["request_id"] for one in waiting] == [filed["request_id"]]
    assert (waiting[0]["reason"], waiting[0]["case_no"]) == (REASON, CASE_NO)
    assert main(["request", "approve", filed["request_id"], "--as", "health"]) == 2
    capsys.readouterr()
    approved = _command(capsys, "approve", filed["request_id"], "--as", "police_lead", "--days", "5")
    assert approved["state"] == "approved"
    assert approved["grant"]["valid_to"] == (date.today() + timedelta(days=5)).isoformat()
    assert _ask(parts).status is Status.ANSWERED
    revoked = _command(capsys, "revoke", filed["request_id"], "--as", "police_lead")
    assert revoked["state"] == "revoked"
    assert _ask(parts).status is Status.NEEDS_APPROVAL
    assert main(["request", "list", "--as", "health"]) == 0
    assert "revoked" in capsys.readouterr().out
