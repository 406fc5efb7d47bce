"""A blocked answer reaches the data steward: seen, closed, in the trail for good, and never with a value."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.audit import JsonlAuditLog, verify
from assistant.domain import Column, Decision, Outcome, ReleasedTable
from assistant.errors import UserError
from assistant.incidents import close_incident, incident_table, incidents_for, open_incidents
from assistant.output_scan import incident_of
from assistant.parts import Parts
from assistant.replying import INCIDENT, MARKED, incident_decision
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


def test_a_mark_is_an_incident_of_its_own(parts: Parts, trail: Path) -> None:
    _blocked(parts, "hotline_ticket", rule=MARKED)
    (found,) = incidents_for(_steward(parts), trail, parts)
    assert (found.rule, found.datasets) == (MARKED, ("hotline_ticket",))


@pytest.mark.parametrize(
    ("cell", "rule"),
    [
        ("会议纪要 机密★10年", MARKED),
        ("机\u200b密 ☆ 长期", MARKED),
        ("【工作秘密】通知", MARKED),
        ("涉及商业秘密的投诉", None),
        ("保守秘密的规定", None),
        (3, None),
    ],
)
def test_marked_data_never_leave(cell: object, rule: str | None, parts: Parts) -> None:
    """G0 of the result: in a cell, in the words, or in a column's name, whatever the cell is labelled."""
    plain = ReleasedTable(columns=(Column(name="category"),), rows=((cell,),))  # type: ignore[arg-type]
    assert incident_of("", plain, None, parts) == rule
    empty = ReleasedTable(columns=(Column(name="category"),), rows=())
    assert incident_of(str(cell), empty, None, parts) == rule
    stopped = incident_decision(Decision(outcome=Outcome.ALLOW), parts, MARKED)
    assert (stopped.outcome, stopped.gate) == (Outcome.REFUSE, "G7")
    assert "机密" not in stopped.reasons[0].text.zh


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
