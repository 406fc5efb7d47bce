"""Incidents (G7): answers blocked because of an identifier above its label or a secrecy mark, for the data steward.

They are read from the audit trail, where each blocked answer stands with the rule of the incident; closing one is a
record of its own, so nothing is ever taken out of the trail. No values, no question: number, time, datasets, rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.audit_verification import records
from assistant.domain import Text, User
from assistant.errors import UserError
from assistant.parts import Parts
from assistant.replying import INCIDENT, MARKED
from assistant.steward.tables import StewardTable

KIND = "incident"  # of the record that closes one


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    number: int  # of the record in the trail
    at: str  # ISO 8601
    datasets: tuple[str, ...]
    rule: str

    def as_json(self) -> dict[str, Any]:
        return {"id": self.number, "time": self.at, "datasets": list(self.datasets), "rule": self.rule}


def open_incidents(trail: Path) -> tuple[Incident, ...]:
    """Incidents that nobody has closed, oldest first; none where there is no trail. Raises AuditUnavailable."""
    found: dict[int, Incident] = {}
    for record in records(trail) if trail.is_file() else ():
        if record.get("kind") == KIND:
            found.pop(int(record["incident"]), None)
        rules = [fired["rule"] for fired in record.get("rules_fired", ()) if fired["rule"] in (INCIDENT, MARKED)]
        if rules:
            datasets = tuple(sorted(one["id"] for one in record.get("datasets", ())))
            found[int(record["seq"])] = Incident(
                number=int(record["seq"]), at=str(record["ts"]), datasets=datasets, rule=rules[0]
            )
    return tuple(found.values())


def incidents_for(user: User, trail: Path, parts: Parts) -> tuple[Incident, ...]:
    """What is open, for a data steward. Raises UserError for anybody else."""
    if not any(parts.policies.roles[role].steward for role in user.roles if role in parts.policies.roles):
        raise UserError(
            Text(
                zh="只有数据管理员可以查看和处理标识信息事件。",
                en="Only a data steward may see and close identifier incidents.",
            )
        )
    return open_incidents(trail)


def close_incident(number: int, user: User, trail: Path, parts: Parts) -> None:
    """Record that a steward has dealt with it (the column was re-labelled, or the hit was none).

    Raises UserError where there is no such open incident, AuditUnavailable where it cannot be recorded.
    """
    if number not in {one.number for one in incidents_for(user, trail, parts)}:
        raise UserError(Text(zh="没有这个待处理的事件。", en="There is no such open incident."))
    parts.audit.append({"kind": KIND, "event": "closed", "incident": number, "actor": user.user_id})


def incident_table(found: tuple[Incident, ...]) -> StewardTable:
    """As the steward's desk shows them."""
    return StewardTable(
        columns=("incident", "time", "datasets", "rule"),
        labels=(
            Text(zh="事件编号", en="Incident"),
            Text(zh="时间", en="Time"),
            Text(zh="涉及的数据", en="Datasets"),
            Text(zh="规则", en="Rule"),
        ),
        rows=tuple((one.number, one.at, "、".join(one.datasets), one.rule) for one in found),
        ids=tuple(str(one.number) for one in found),
    )
