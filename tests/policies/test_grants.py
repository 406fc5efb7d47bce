"""From NEEDS_APPROVAL to a time-limited grant and back: every step bound, recorded and reversible only forwards."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from policy_worlds import World

from assistant.domain import GrantMode, Outcome, User
from assistant.errors import StoreUnavailable, UserError
from assistant.policies.access import authorize, tables_to_approve
from assistant.policies.grant_register import Register
from assistant.policies.grants import FILE, GrantRequest, GrantStore, draft_request

NOW = datetime(2025, 11, 3, 9, 30, tzinfo=UTC)
CONTACTS = "select r.name, r.phone from med_visit v join pop_resident r on v.person_id=r.person_id where v.icd10='B24'"


@pytest.fixture
def store(tmp_path: Path, demo_world: World) -> GrantStore:
    return GrantStore(tmp_path, demo_world.catalog, demo_world.policies)


def _draft(world: World, table: str, *, rows: int = 40) -> tuple[GrantRequest, User]:
    user, purpose = world.who("health")
    draft = draft_request(user, purpose, world.facts(CONTACTS), table, reason="B24流调", case_no="2025-17", rows=rows)
    return draft, user


def _user(world: World, user_id: str) -> User:
    user = world.policies.user(user_id)
    assert user is not None
    return user


def test_a_refusal_that_can_be_cured_is_cured(store: GrantStore, demo_world: World) -> None:
    user, purpose = demo_world.who("health")
    facts = demo_world.facts(CONTACTS)

    def outcome(subject: User, day: date) -> Outcome:
        return authorize(subject, purpose, facts, demo_world.policies, demo_world.catalog, today=day).outcome

    today = NOW.date()
    tables = tables_to_approve(user, purpose, facts, demo_world.policies, demo_world.catalog, today=today)
    assert tables == ("med_visit", "pop_resident")
    assert outcome(user, today) is Outcome.NEEDS_APPROVAL
    for table, approver in (("med_visit", "insurance_lead"), ("pop_resident", "police_lead")):
        filed, entry = store.request(_draft(demo_world, table)[0], user, now=NOW)
        assert entry["event"] == "requested"
        assert "B24流调" not in json.dumps(entry, ensure_ascii=False)
        assert store.pending(_user(demo_world, approver)) == (filed,)
        grant, entry = store.approve(
            filed.request_id, _user(demo_world, approver), approval_doc="批〔2025〕9号", now=NOW
        )
        assert (grant.dataset, grant.mode, grant.row_cap) == (table, GrantMode.CASE, 40)
        assert entry["event"] == "approved"
        assert store.pending(_user(demo_world, approver)) == ()
    assert outcome(store.with_grants(user, today), today) is Outcome.ALLOW
    other = demo_world.facts(CONTACTS.replace("r.phone", "r.home_address"))
    decision = authorize(
        store.with_grants(user, today), purpose, other, demo_world.policies, demo_world.catalog, today=today
    )
    assert decision.outcome is not Outcome.ALLOW
    last = today + timedelta(days=29)
    assert outcome(store.with_grants(user, last), last) is Outcome.ALLOW
    after = today + timedelta(days=30)
    assert outcome(store.with_grants(user, after), after) is Outcome.NEEDS_APPROVAL


def test_expiry_is_recorded_once(store: GrantStore, demo_world: World) -> None:
    draft, user = _draft(demo_world, "med_visit")
    filed, _ = store.request(draft, user, now=NOW)
    store.approve(filed.request_id, _user(demo_world, "insurance_lead"), approval_doc="x", now=NOW, days=3)
    assert store.expire(now=NOW + timedelta(days=2)) == ()
    (entry,) = store.expire(now=NOW + timedelta(days=3))
    assert (entry["event"], entry["request_id"]) == ("expired", filed.request_id)
    assert store.expire(now=NOW + timedelta(days=4)) == ()


def test_revoking_ends_a_grant(store: GrantStore, demo_world: World) -> None:
    draft, user = _draft(demo_world, "med_visit")
    filed, _ = store.request(draft, user, now=NOW)
    lead = _user(demo_world, "insurance_lead")
    store.approve(filed.request_id, lead, approval_doc="x", now=NOW)
    assert len(store.active("health", NOW.date())) == 1
    store.revoke(filed.request_id, lead, now=NOW)
    assert store.active("health", NOW.date()) == ()
    with pytest.raises(UserError):
        store.revoke(filed.request_id, lead, now=NOW)


def test_a_rejected_request_is_decided(store: GrantStore, demo_world: World) -> None:
    draft, user = _draft(demo_world, "med_visit")
    filed, _ = store.request(draft, user, now=NOW)
    lead = _user(demo_world, "insurance_lead")
    store.reject(filed.request_id, lead, now=NOW)
    with pytest.raises(UserError):
        store.approve(filed.request_id, lead, approval_doc="x", now=NOW)


def test_terms_are_bounded(store: GrantStore, demo_world: World) -> None:
    draft, user = _draft(demo_world, "med_visit")
    filed, _ = store.request(replace(draft, days=900), user, now=NOW)
    lead = _user(demo_world, "insurance_lead")
    grant, _ = store.approve(filed.request_id, lead, approval_doc="x", now=NOW)
    assert grant.valid_to == NOW.date() + timedelta(days=30)


@pytest.mark.parametrize("approver", ["health", "police_lead", "analyst", "admin"])
def test_only_the_providers_approver_decides(store: GrantStore, demo_world: World, approver: str) -> None:
    draft, user = _draft(demo_world, "med_visit")
    filed, _ = store.request(draft, user, now=NOW)
    with pytest.raises(UserError):
        store.approve(filed.request_id, _user(demo_world, approver), approval_doc="x", now=NOW)


def test_nobody_approves_their_own_request(store: GrantStore, demo_world: World) -> None:
    lead = _user(demo_world, "insurance_lead")
    draft = replace(_draft(demo_world, "med_visit")[0], user_id=lead.user_id, department=lead.department)
    filed, _ = store.request(draft, lead, now=NOW)
    with pytest.raises(UserError, match="自己"):
        store.approve(filed.request_id, lead, approval_doc="x", now=NOW)


def test_what_no_approval_can_cure_is_not_requested(store: GrantStore, demo_world: World) -> None:
    market, purpose = demo_world.who("market")
    facts = demo_world.facts("select respondent_code, output_value from stat_survey where period='2025Q1'")
    draft = draft_request(market, purpose, facts, "stat_survey", reason="处罚", rows=5)
    with pytest.raises(UserError, match="依法"):
        store.request(draft, market, now=NOW)
    admin, operations = demo_world.who("admin")
    for wrong in (
        draft_request(admin, operations, facts, "stat_survey", reason="r", rows=5),
        replace(draft, purpose="statistical_task"),
        replace(draft, user_id="analyst"),
    ):
        with pytest.raises(UserError):
            store.request(wrong, admin if wrong.user_id == "admin" else market, now=NOW)


@pytest.mark.parametrize("change", [{"reason": " "}, {"rows": 0}, {"dataset": "unheard_of"}])
def test_an_incomplete_request_is_returned(store: GrantStore, demo_world: World, change: dict[str, object]) -> None:
    draft, user = _draft(demo_world, "med_visit")
    with pytest.raises(UserError):
        store.request(replace(draft, **change), user, now=NOW)  # type: ignore[arg-type]


def test_the_register_is_append_only(store: GrantStore, demo_world: World, tmp_path: Path) -> None:
    draft, user = _draft(demo_world, "med_visit")
    filed, _ = store.request(draft, user, now=NOW)
    before = (tmp_path / FILE).read_text(encoding="utf-8")
    store.approve(filed.request_id, _user(demo_world, "insurance_lead"), approval_doc="x", now=NOW)
    after = (tmp_path / FILE).read_text(encoding="utf-8")
    assert after.startswith(before)
    assert len(after.splitlines()) == 2


def test_a_damaged_register_gives_no_grant(tmp_path: Path, demo_world: World) -> None:
    (tmp_path / FILE).write_text("{not json\n", encoding="utf-8")
    with pytest.raises(StoreUnavailable):
        GrantStore(tmp_path, demo_world.catalog, demo_world.policies).active("health", NOW.date())
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    store = GrantStore(blocked, demo_world.catalog, demo_world.policies)
    draft, user = _draft(demo_world, "med_visit")
    with pytest.raises(StoreUnavailable):
        store.request(draft, user, now=NOW)


def test_the_trail_never_claims_a_step_that_failed(
    store: GrantStore, demo_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Register, line: str) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(Register, "_write", full)
    draft, user = _draft(demo_world, "med_visit")
    told: list[object] = []
    with pytest.raises(StoreUnavailable):
        store.request(draft, user, now=NOW, record=lambda entry: told.append(entry["event"]))
    assert told == ["requested", "requested_failed"]
    assert store.of_user("health") == ()


def test_the_register_can_be_read_as_it_stood(store: GrantStore, demo_world: World) -> None:
    draft, user = _draft(demo_world, "med_visit")
    filed, _ = store.request(draft, user, now=NOW)
    lead, hour = _user(demo_world, "insurance_lead"), timedelta(hours=1)
    store.approve(filed.request_id, lead, approval_doc="x", now=NOW + hour)
    store.revoke(filed.request_id, lead, now=NOW + 3 * hour)
    held = [len(store.active("health", NOW.date(), as_of=NOW + hours * hour)) for hours in (0, 2, 4)]
    assert held == [0, 1, 0]
