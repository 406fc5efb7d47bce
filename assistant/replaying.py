"""`audit replay`: decide again from the record, under the policy version that it names, and say what differs.

A record holds the facts of its query with compared values as keyed tokens, so row-filter values are turned into tokens
with the same key before they are compared. A verdict can only be repeated under the rules that gave it: those in force,
or the archived ones of its version (decision_archive.py); where a version was not kept, its records are counted apart.
Approved grants count as the register stood at the moment of the record, whatever became of them since.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from assistant import audit as trail
from assistant.assembly import audit_paths
from assistant.audit_chain import parse_timestamp
from assistant.audit_facts import recorded_facts
from assistant.audit_keys import load_keys
from assistant.catalog import Catalog, load_catalog
from assistant.decision_archive import recall
from assistant.domain import Decision, Grant, Outcome, RowFilter, User
from assistant.policies import access
from assistant.policies.grants import GrantStore
from assistant.policies.policy_set import PolicySet
from assistant.policies.rules import load_policies
from assistant.ports import ValueHider
from assistant.settings import Settings
from assistant.workspace import load_workspace

_ROW_CAP = "R-G5-020"
_AFTER_RUN = {Outcome.ALLOW.name.lower(), Outcome.MASK.name.lower(), Outcome.SUPPRESS.name.lower()}


class _Rules:
    """The rules by version: those in force, then the archive; each is read once."""

    def __init__(self, settings: Settings) -> None:
        catalog = load_catalog(settings.workspace)
        scheme = load_workspace(settings.workspace).level_scheme
        policies = load_policies(settings.workspace, catalog, scheme=scheme)
        self._settings = settings
        self.in_force = (policies.version, catalog.version)
        self._read: dict[tuple[str, str], tuple[Catalog, PolicySet] | None] = {self.in_force: (catalog, policies)}

    def of(self, record: Mapping[str, Any]) -> tuple[Catalog, PolicySet] | None:
        """The catalog and the policies of the record's day; None where they were not kept."""
        datasets = record.get("datasets") or [{}]
        version = (str(record.get("policy_version", "")), str(datasets[0].get("version") or self.in_force[1]))
        if version not in self._read:
            self._read[version] = recall(self._settings, *version)
        return self._read[version]


def replay(settings: Settings, *, count: int) -> dict[str, Any]:
    """{"replayed", "other_policy_version", "without_facts", "different": [{seq, recorded, now}]} of the last ones.

    "other_policy_version": records whose rules are no longer kept.
    """
    path, key_path = audit_paths(settings)
    rules, keys = _Rules(settings), load_keys(key_path)
    told: dict[str, Any] = {"replayed": 0, "other_policy_version": 0, "without_facts": 0, "different": []}
    for record in trail.tail(path, count) if path.is_file() else []:
        found = rules.of(record)
        if found is None:
            told["other_policy_version"] += 1
            continue
        decision = _again(record, *found, settings, keys)
        if decision is None:
            told["without_facts"] += 1
            continue
        told["replayed"] += 1
        if not _same(record, decision):
            now = decision.outcome.name.lower()
            told["different"].append({"seq": record["seq"], "recorded": record["verdict"], "now": now})
    return told


def _again(
    record: Mapping[str, Any], catalog: Catalog, policies: PolicySet, settings: Settings, keys: ValueHider
) -> Decision | None:
    """The decision on the record's facts; None where it has none (a refused statement, a question without SQL)."""
    facts, user = recorded_facts(record), policies.user(str(record.get("subject", {}).get("id", "")))
    purpose = policies.purpose(user, str(record.get("purpose", ""))) if user else None
    if facts is None or user is None or purpose is None:
        return None
    at = parse_timestamp(record.get("ts"))
    day = at.date() if at else date.today()
    granted = GrantStore(settings.state, catalog, policies).with_grants(user, day, as_of=at)
    return access.authorize(_with_tokens(granted, keys), purpose, facts, policies, catalog, today=day)


def _same(record: Mapping[str, Any], decision: Decision) -> bool:
    """The gates before execution gave the same verdict; what ran may have been suppressed further by its cells.

    A row cap that was used up is the state of a counter on that day, which no record repeats.
    """
    recorded, now = str(record["verdict"]), decision.outcome.name.lower()
    capped = any(fired.get("rule") == _ROW_CAP for fired in record.get("rules_fired") or ())
    return recorded == now or ((recorded in _AFTER_RUN or capped) and now in _AFTER_RUN)


def _with_tokens(user: User, keys: ValueHider) -> User:
    grants = tuple(_grant_with_tokens(grant, keys) for grant in user.grants)
    return replace(user, grants=grants)


def _grant_with_tokens(grant: Grant, keys: ValueHider) -> Grant:
    filters = tuple(
        RowFilter(table=one.table, column=one.column, values=tuple(keys.token(value) for value in one.values))
        for one in grant.row_filters
    )
    return replace(grant, row_filters=filters)
