"""One gate for all SQL, ours included: draft -> validate -> authorize -> rewrite -> run -> release.

Used by `pipeline.answer` for every question and by `check-sql` for a given statement. Nothing else runs a query.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from assistant.domain import (
    AuthorizedQuery,
    Decision,
    Finding,
    Mask,
    Outcome,
    Purpose,
    ReleasedTable,
    RowCap,
    Shape,
    SqlDraft,
    User,
    ValidatedQuery,
)
from assistant.nl2sql import rewriting, validation
from assistant.parts import Parts
from assistant.policies import access, disclosure
from assistant.stages import Stage, Stopwatch


@dataclass(frozen=True, slots=True, kw_only=True)
class Governed:
    """How far a draft came. `authorized` is None where a gate stopped it; `decision` says which and why."""

    decision: Decision
    findings: tuple[Finding, ...] = ()
    query: ValidatedQuery | None = None
    authorized: AuthorizedQuery | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    table: ReleasedTable
    decision: Decision


def govern(draft: SqlDraft, user: User, purpose: Purpose, parts: Parts, watch: Stopwatch) -> Governed:
    """The gates before execution. A finding is a refusal of the statement (G1), never an exception."""
    checked = watch(Stage.VALIDATE, lambda: _validate(draft, parts))
    if not isinstance(checked, ValidatedQuery):
        return Governed(decision=_statement(checked, parts), findings=checked)
    decision = watch(Stage.AUTHORIZE, lambda: _authorize(checked, user, purpose, parts))
    if decision.outcome >= Outcome.AGGREGATE_ONLY:
        return Governed(decision=decision, query=checked)
    rewritten = watch(
        Stage.REWRITE,
        lambda: rewriting.apply(
            checked,
            decision.obligations,
            schema=parts.schema,
            row_limit=_row_limit(decision, parts),
            timeout_s=parts.settings.query_timeout_s,
        ),
    )
    if not isinstance(rewritten, AuthorizedQuery):
        return Governed(decision=_statement(rewritten, parts), findings=rewritten, query=checked)
    return Governed(decision=decision, query=checked, authorized=rewritten)
