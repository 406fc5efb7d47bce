"""`audit replay`: decide again from the record, under the policies as they are now, and name what differs.

A record holds the facts of its query with compared values as keyed tokens, so row-filter values are turned into tokens
with the same key before they are compared. A verdict can only be repeated under the policy version that gave it; a
record of another version is counted apart and its difference is a change of policy, not a fault. Approved grants count
as the register stood at the moment of the record, whatever became of them since.
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
from assistant.catalog import load_catalog
from assistant.domain import Decision, Grant, Outcome, RowFilter, User
from assistant.policies import access
from assistant.policies.grants import GrantStore
from assistant.policies.rules import load_policies
from assistant.ports import ValueHider
from assistant.settings import Settings
from assistant.workspace import load_workspace

_AFTER_RUN = {Outcome.ALLOW.name.lower(), Outcome.MASK.name.lower(), Outcome.SUPPRESS.name.lower()}


def replay(settings: Settings, *, count: int) -> dict[str, Any]:
    """{"replayed", "other_policy_version", "without_facts", "different": [{seq, recorded, now}]} of the last ones."""
    path, key_path = audit_paths(settings)
    catalog = load_catalog(settings.workspace)
    policies = load_policies(settings.workspace, catalog, scheme=load_workspace(settings.workspace).level_scheme)
    keys, grants = load_keys(key_path), GrantStore(settings.state, catalog, policies)
    told: dict[str, Any] = {"replayed": 0, "other_policy_version": 0, "without_facts": 0, "different": []}
    for record in trail.tail(path, count) if path.is_file() else []:
        facts, user = recorded_facts(record), policies.user(str(record.get("subject", {}).get("id", "")))
        purpose = policies.purpose(user, str(record.get("purpose", ""))) if user else None
        if facts is None or user is None or purpose is None:
            told["without_facts"] += 1
        elif record.get("policy_version") != policies.version:
            told["other_policy_version"] += 1
        else:
            at = parse_timestamp(record.get("ts"))
            day = at.date() if at else date.today()
            subject = _with_tokens(grants.with_grants(user, day, as_of=at), keys)
            decision = access.authorize(subject, purpose, facts, policies, catalog, today=day)
            told["replayed"] += 1
            if not _same(record, decision):
                told["different"].append(
                    {"seq": record["seq"], "recorded": record["verdict"], "now": decision.outcome.name.lower()}
                )
    return told


def _same(record: Mapping[str, Any], decision: Decision) -> bool:
    """The gates before execution gave the same verdict; what ran may have been suppressed further by its cells."""
    recorded, now = str(record["verdict"]), decision.outcome.name.lower()
    return recorded == now or (recorded in _AFTER_RUN and now in _AFTER_RUN)


def _with_tokens(user: User, keys: ValueHider) -> User:
    grants = tuple(_grant_with_tokens(grant, keys) for grant in user.grants)
    return replace(user, grants=grants)


def _grant_with_tokens(grant: Grant, keys: ValueHider) -> Grant:
    filters = tuple(
        RowFilter(table=one.table, column=one.column, values=tuple(keys.token(value) for value in one.values))
        for one in grant.row_filters
    )
    return replace(grant, row_filters=filters)
