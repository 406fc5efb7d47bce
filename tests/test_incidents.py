"""A blocked answer reaches the data steward: seen, closed, in the trail for good, and never with a value."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.audit import JsonlAuditLog, verify
from assistant.errors import UserError
from assistant.incidents import close_incident, incident_table, incidents_for, open_incidents
from assistant.parts import Parts
from assistant.replying import INCIDENT
from evals.worlds.governed_fixture import SealedWarehouse, fixture_parts, who


@pytest.fixture
def trail(tmp_path: Path) -> Path:
    return tmp_path / "audit.jsonl"


@pytest.fixture
def parts(tmp_path: Path, trail: Path) -> Parts:
    log = JsonlAuditLog(trail, tmp_path / "keys")
    return replace(fixture_parts(tmp_path, SealedWarehouse({})), audit=log)


def _blocked(parts: Parts, *datasets: str, rule: str = INCIDENT) -> None:
    parts.audit.append(
        {
            "rules_fired": [{"rule": rule, "clause": ""}],
            "datasets": [{"id": one} for one in datasets],
            "question_redacted": "谁的号码是[身份证号]",
        }
    )


def _steward(parts: Parts):  # type: ignore[no-untyped-def]
    user, _ = who(parts, "bd_analyst")
    role = next(code for code, one in parts.policies.roles.items() if one.steward)
    return replace(user, roles=(role,))


def test_a_steward_sees_what_is_open_and_closes_it(parts: Parts, trail: Path) -> None:
    _blocked(parts, "hotline_ticket", "dim_district")
    _blocked(parts, "pop_resident", rule="R-G5-010")
    _blocked(parts, "pop_resident")
    steward = _steward(parts)
    found = incidents_for(steward, trail, parts)
    assert [one.datasets for one in found] == [("dim_district", "hotline_ticket"), ("pop_resident",)]
    shown = json.dumps([incident_table(found).as_json(), [one.as_json() for one in found]], ensure_ascii=False)
    assert "号码" not in shown
    close_incident(found[0].number, steward, trail, parts)
    assert open_incidents(trail) == found[1:]
    with pytest.raises(UserError):
        close_incident(found[0].number, steward, trail, parts)
    assert verify(trail).ok


def test_nobody_else_sees_or_closes_incidents(parts: Parts, trail: Path) -> None:
    _blocked(parts, "pop_resident")
    user, _ = who(parts, "bd_analyst")
    with pytest.raises(UserError):
        incidents_for(user, trail, parts)
    with pytest.raises(UserError):
        close_incident(1, user, trail, parts)
    assert len(open_incidents(trail)) == 1


def test_without_a_trail_there_are_none(tmp_path: Path) -> None:
    assert open_incidents(tmp_path / "none.jsonl") == ()
