"""Runs the tests that stand beside a workspace's policies: requests with their expected decisions (`govdata check`).

`policies/tests/*.yaml` hold lists of cases; a folder `policies/tests/<name>/` holds cases.yaml and, beside it, policy
files that stand in for the workspace's own: a change can be tried there before it is made. See docs/policies.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from assistant.catalog import Catalog
from assistant.domain import Decision, Finding, Outcome, SqlDraft, Text, UnitThreshold, ValidatedQuery
from assistant.errors import ConfigurationError, PolicyLoadError
from assistant.nl2sql.validation import validate
from assistant.policies.access import admit, authorize, refuse_statement
from assistant.policies.policy_set import PolicySet
from assistant.policies.rule_places import place_of
from assistant.policies.rules import load_policies
from assistant.yaml_source import Node, joined, read_yaml, try_build


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """The decision before the query runs; `rule` and `min_units` are checked where they are given."""

    outcome: str  # allow | mask | suppress | aggregate_only | needs_approval | refuse
    rule: str = ""
    min_units: Mapping[str, int] = field(default_factory=dict)  # table -> threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyCase:
    """One request: who, why, which words or SQL, on which day; and what must come of it."""

    id: str
    title: str
    why: str
    user: str
    expected: Expected
    purpose: str | None = None
    question: str = ""
    sql: str = ""
    today: date = date(2025, 10, 31)


def check_cases(
    workspace: Path, catalog: Catalog, policies: PolicySet, schema: Mapping[str, Mapping[str, str]]
) -> tuple[Finding, ...]:
    """One finding for every case that comes out otherwise. Raises PolicyLoadError for a wrong case file."""
    folder = workspace / "policies" / "tests"
    found = []
    for file in sorted(folder.rglob("*.yaml")):
        if file.parent == folder:
            found += [_run(case, node, catalog, policies, schema) for case, node in _placed_cases(file)]
        elif file.name == "cases.yaml":
            trial = load_policies(workspace, catalog, scheme=policies.scheme.scheme, trial=file.parent)
            found += [_run(case, node, catalog, trial, schema) for case, node in _placed_cases(file)]
    return tuple(finding for finding in found if finding is not None)


def load_cases(file: Path) -> tuple[PolicyCase, ...]:
    """The cases of one file: `cases:` and a list. Raises PolicyLoadError with file, line and key."""
    return tuple(case for case, _ in _placed_cases(file))


def _placed_cases(file: Path) -> tuple[tuple[PolicyCase, Node], ...]:
    node = read_yaml(file, PolicyLoadError)
    errors: list[ConfigurationError] = node.unknown_keys(("cases",))
    items = node.child("cases").sequence()
    built = [(try_build(PolicyCase, item, errors, PolicyLoadError), item) for item in items]
    if errors:
        raise joined(errors)
    return tuple((case, item) for case, item in built if case is not None)


def decide(
    case: PolicyCase, catalog: Catalog, policies: PolicySet, schema: Mapping[str, Mapping[str, str]]
) -> Decision | None:
    """The decision on a case; None for an unknown user or purpose."""
    user = policies.user(case.user)
    purpose = policies.purpose(user, case.purpose) if user is not None else None
    if user is None or purpose is None:
        return None
    decision = admit(user, purpose, case.question, policies)
    if decision.outcome is not Outcome.ALLOW or not case.sql:
        return decision
    query = validate(SqlDraft(text=case.sql, drafter="given"), schema=schema)
    if not isinstance(query, ValidatedQuery):
        return refuse_statement(query, policies)
    return authorize(user, purpose, query.facts, policies, catalog, today=case.today)


def _run(
    case: PolicyCase, node: Node, catalog: Catalog, policies: PolicySet, schema: Mapping[str, Mapping[str, str]]
) -> Finding | None:
    decision = decide(case, catalog, policies, schema)
    differences = list(_differences(case.expected, decision))
    if not differences:
        return None
    what = "; ".join(differences)
    at = node.get("expected") or node
    place = place_of(at)
    message = Text(
        zh=f"{place} 策略用例 {case.id} 不符：{what}", en=f"{place} The policy case {case.id} differs: {what}"
    )
    return Finding(code="policy_case", message=message, hint=case.title)


def _differences(expected: Expected, decision: Decision | None) -> Iterator[str]:
    if decision is None:
        yield "user/purpose"
        return
    outcome = decision.outcome.name.lower()
    if outcome != expected.outcome:
        yield f"{expected.outcome} -> {outcome}"
    rules = [reason.rule for reason in decision.reasons]
    if expected.rule and expected.rule not in rules:
        yield f"{expected.rule} -> {', '.join(rules)}"
    units = {o.table: o.min_units for o in decision.obligations if isinstance(o, UnitThreshold)}
    for table, least in expected.min_units.items():
        if units.get(table) != least:
            yield f"{table}: {least} -> {units.get(table)}"
