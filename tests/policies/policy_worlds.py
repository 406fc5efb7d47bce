"""The policy fixture and the demo city as values: catalog, policies, schema. No warehouse is opened."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from assistant.catalog import Catalog, load_catalog
from assistant.domain import Decision, Purpose, QueryFacts, SqlDraft, User, ValidatedQuery
from assistant.nl2sql.validation import validate
from assistant.policies.access import authorize
from assistant.policies.policy_set import PolicySet
from assistant.policies.rules import load_policies

ROOT = Path(__file__).resolve().parents[2]
FIXTURE = ROOT / "tests" / "workspaces" / "policy_fixture"
DEMO = ROOT / "corpora"
TODAY = date(2025, 12, 31)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    workspace: Path
    catalog: Catalog
    policies: PolicySet
    schema: Mapping[str, Mapping[str, str]]

    def who(self, user_id: str) -> tuple[User, Purpose]:
        user = self.policies.user(user_id)
        assert user is not None
        purpose = self.policies.purpose(user, None)
        assert purpose is not None
        return user, purpose

    def facts(self, sql: str) -> QueryFacts:
        query = validate(SqlDraft(text=sql, drafter="given"), schema=self.schema)
        assert isinstance(query, ValidatedQuery), query
        return query.facts

    def decide(self, user_id: str, sql: str, *, today: date = TODAY, user: User | None = None) -> Decision:
        registered, purpose = self.who(user_id)
        facts = self.facts(sql)
        return authorize(user or registered, purpose, facts, self.policies, self.catalog, today=today)


def read_schema(path: Path) -> dict[str, dict[str, str]]:
    """{table: {column: type}} of a schema.sql whose tables stand on one line each."""
    found = {}
    for table, body in re.findall(r"create table (\w+)\((.*?)\);", path.read_text(encoding="utf-8")):
        found[table] = dict(item.split() for item in body.split(","))
    return found


def load_world(workspace: Path) -> World:
    catalog = load_catalog(workspace)
    return World(
        workspace=workspace,
        catalog=catalog,
        policies=load_policies(workspace, catalog),
        schema=read_schema(workspace / "warehouse" / "schema.sql"),
    )
