"""Every rule of the packaged policy can be met: no rule stands there that nobody could ever be told (govdata check)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import yaml
from policy_worlds import ROOT, TODAY, World
from test_reference_pdp import policies, real, requests

from assistant.domain import Outcome, SqlDraft, ValidatedQuery
from assistant.nl2sql.validation import validate
from assistant.policies.access import admit, authorize, refuse_statement
from assistant.policies.labels import answer_label
from assistant.replying import INCIDENT, MARKED

CASES = yaml.safe_load((ROOT / "tests" / "cases" / "access.yaml").read_text(encoding="utf-8"))
RANDOM = 12_000
STATEMENTS = (
    "select 1 from no_such_table",
    "select table_name from information_schema.tables",
    "select * from read_csv('x.csv')",
    "delete from pop_resident",
)
AFTER_RELEASE = (INCIDENT, MARKED)  # of the output scan: tests/test_incidents.py meets both in real answers


def test_every_rule_is_met_by_a_request(fixture_world: World) -> None:
    met = {
        *_of_random_requests(),
        *_of_written_requests(fixture_world),
        *_of_statements(fixture_world),
        *_of_unlabelled_items(fixture_world),
        *_of_words(fixture_world),
        *_of_used_rows(fixture_world),
        *_of_lowered_labels(fixture_world),
    }
    assert set(policies().rules) - met == set(AFTER_RELEASE)


def _of_random_requests() -> Iterator[str]:
    for request in requests(3, RANDOM):
        yield from (reason.rule for reason in real(request, policies()).reasons)


def _of_written_requests(world: World) -> Iterator[str]:
    for case in CASES:
        yield from (reason.rule for reason in world.decide(case["user"], case["sql"]).reasons)


def _of_statements(world: World) -> Iterator[str]:
    """What the SQL gate does not accept."""
    for sql in STATEMENTS:
        findings = validate(SqlDraft(text=sql, drafter="given"), schema=world.schema)
        assert not isinstance(findings, ValidatedQuery), sql
        yield from (reason.rule for reason in refuse_statement(findings, world.policies).reasons)


def _of_unlabelled_items(world: World) -> Iterator[str]:
    user, purpose = world.who("bd_analyst")
    resources = [
        replace(resource, elements=tuple(replace(element, label=None) for element in resource.elements))
        for resource in world.catalog.resources
    ]
    facts = world.facts("select gender, count(*) n from pop_resident group by 1")
    decision = authorize(
        user, purpose, facts, world.policies, replace(world.catalog, resources=tuple(resources)), today=TODAY
    )
    yield from (reason.rule for reason in decision.reasons)


def _of_words(world: World) -> Iterator[str]:
    user, purpose = world.who("bd_analyst")
    yield from (reason.rule for reason in admit(user, purpose, "机密★10年", world.policies).reasons)


def _of_used_rows(world: World) -> Iterator[str]:
    """The rows of the rolling window are spent."""
    user, purpose = world.who("civil_officer")
    facts = world.facts("select monthly_amount from mca_lowincome where district_code='D03'")
    decision = authorize(user, purpose, facts, world.policies, world.catalog, today=TODAY, rows_used=lambda _: 10**6)
    assert decision.outcome is Outcome.NEEDS_APPROVAL
    yield from (reason.rule for reason in decision.reasons)


def _of_lowered_labels(world: World) -> Iterator[str]:
    for user_id, sql in (
        ("bd_analyst", "select religion, count(*) n from pop_resident group by 1"),
        ("civil_officer", "select name from pop_resident where district_code='D03'"),
    ):
        yield from answer_label(world.facts(sql), world.catalog, world.decide(user_id, sql)).rules
