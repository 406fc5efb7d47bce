"""Rewrites of refused and of benign statements, judged: a verdict never weakens, and what is allowed stays allowed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain

from sqlglot.errors import SqlglotError

from assistant.catalog import Catalog
from assistant.domain import AuthorizedQuery, Outcome, SqlDraft, ValidatedQuery
from assistant.nl2sql import rewriting, validation
from assistant.parts import Parts
from assistant.policies import access
from assistant.policies.policy_set import PolicySet
from evals.worlds.laundering import disguised, launder, reworded
from evals.worlds.query_corpus import Asked

Schema = Mapping[str, Mapping[str, str]]


@dataclass(slots=True, kw_only=True)
class LaunderingReport:
    """`weaker`: rewrites with a milder verdict than the refused original; `lost`: benign ones that are refused."""

    refused: int = 0  # statements
    refused_rewrites: int = 0
    fewest: int = 0  # rewrites of one refused statement
    weaker: list[str] = field(default_factory=list)
    benign: int = 0
    benign_rewrites: int = 0
    lost: list[str] = field(default_factory=list)

    @property
    def still_allowed(self) -> float:
        return 1 - len(self.lost) / self.benign_rewrites if self.benign_rewrites else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """All that a verdict before execution needs."""

    policies: PolicySet
    catalog: Catalog
    schema: Schema
    parts: Parts

    def verdict(self, asked: Asked, sql: str) -> Outcome:
        user = self.policies.user(asked.user_id)
        purpose = self.policies.purpose(user, asked.purpose) if user else None
        if user is None or purpose is None:
            raise KeyError(asked.user_id)
        query = validation.validate(SqlDraft(text=sql, drafter="given"), schema=self.schema)
        if not isinstance(query, ValidatedQuery):
            return access.refuse_statement(query, self.policies).outcome
        today = self.parts.clock()
        decision = access.authorize(user, purpose, query.facts, self.policies, self.catalog, today=today)
        if decision.outcome >= Outcome.AGGREGATE_ONLY:
            return decision.outcome
        made = rewriting.apply(query, decision.obligations, schema=self.schema, unique=self.parts.warehouse.unique)
        if isinstance(made, AuthorizedQuery):
            return decision.outcome
        return access.refuse_statement(made, self.policies).outcome


def gate_of(parts: Parts) -> Gate:
    return Gate(policies=parts.policies, catalog=parts.catalog, schema=parts.schema, parts=parts)


def forms_of(sql: str, schema: Schema, *, disguises: bool) -> list[tuple[str, str]]:
    """Every rewrite of a statement: of its tree where it has one, of its words, and its disguises."""
    found = list(chain(reworded(sql), disguised(sql) if disguises else ()))
    with suppress(SqlglotError):  # what cannot be parsed or qualified is rewritten by its words only
        found += launder(sql, schema)
    return found


def run_laundering(parts: Parts, asked: Iterable[Asked], *, most: int | None = None) -> LaunderingReport:
    """Judge every statement and its rewrites; `most`: rewrites of one statement, evenly drawn; None: all.

    A statement counts as refused from AGGREGATE_ONLY on, and as benign below.
    """
    gate, report = gate_of(parts), LaunderingReport()
    for one in asked:
        before = gate.verdict(one, one.sql)
        barred = before >= Outcome.AGGREGATE_ONLY
        forms = _evenly(forms_of(one.sql, gate.schema, disguises=barred), most)
        after = {f"{name}: {sql}": gate.verdict(one, sql) for name, sql in forms}
        if barred:
            report.fewest = min(report.fewest or len(forms), len(forms))
            report.refused += 1
            report.refused_rewrites += len(forms)
            report.weaker += [form for form, outcome in after.items() if outcome < before]
        else:
            report.benign += 1
            report.benign_rewrites += len(forms)
            report.lost += [form for form, outcome in after.items() if outcome >= Outcome.AGGREGATE_ONLY]
    return report


def _evenly(forms: Sequence[tuple[str, str]], most: int | None) -> Sequence[tuple[str, str]]:
    if most is None or len(forms) <= most:
        return forms
    return [forms[place * len(forms) // most] for place in range(most)]
