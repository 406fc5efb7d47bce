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
    Release,
    RowCap,
    SqlDraft,
    Text,
    User,
    ValidatedQuery,
)
from assistant.errors import InternalError, StoreUnavailable
from assistant.nl2sql import rewriting, validation
from assistant.parts import Parts
from assistant.policies import access
from assistant.policies.given_answers import AskedQuery
from assistant.policies.publication import publish
from assistant.policies.released_cells import collusion_group
from assistant.stages import Stage, Stopwatch

FREE_TEXT = "free_text"  # the mask that is applied at release
_ROWS_TAKEN = Text(
    zh="您的另一个查询刚刚取走了明细行数，本次没有提供数据。请重新提问。",
    en="Another query of yours has just used up the unit rows; nothing was given. Ask again.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Governed:
    """How far a draft came. `authorized` is None where a gate stopped it; `decision` says which and why."""

    decision: Decision
    findings: tuple[Finding, ...] = ()
    query: ValidatedQuery | None = None
    authorized: AuthorizedQuery | None = None
    rows_used: tuple[tuple[str, int], ...] = ()  # unit rows given before, as the decision counted them


def govern(draft: SqlDraft, user: User, purpose: Purpose, parts: Parts, watch: Stopwatch) -> Governed:
    """The gates before execution. A finding is a refusal of the statement (G1), never an exception."""
    checked = watch(Stage.VALIDATE, lambda: _validate(draft, parts))
    if not isinstance(checked, ValidatedQuery):
        return Governed(decision=_statement(checked, parts), findings=checked)
    used: dict[str, int] = {}
    decision = watch(Stage.AUTHORIZE, lambda: _authorize(checked, user, purpose, parts, used))
    if decision.outcome >= Outcome.AGGREGATE_ONLY:
        return Governed(decision=decision, query=checked)
    rewritten = watch(
        Stage.REWRITE,
        lambda: rewriting.apply(
            checked,
            decision.obligations,
            schema=parts.schema,
            unique=parts.warehouse.unique,
            row_limit=_row_limit(decision, parts),
            timeout_s=parts.settings.query_timeout_s,
        ),
    )
    if not isinstance(rewritten, AuthorizedQuery):
        return Governed(decision=_statement(rewritten, parts), findings=rewritten, query=checked)
    return Governed(decision=decision, query=checked, authorized=rewritten, rows_used=tuple(sorted(used.items())))


def run_and_release(governed: Governed, user: User, purpose: Purpose, parts: Parts, watch: Stopwatch) -> Release:
    """Run what was authorized and release what is safe, under the ledger of the asker's group.

    Raises WarehouseError, StoreUnavailable: then nothing is shown.
    """
    query, facts = governed.authorized, governed.query.facts if governed.query else None
    if query is None or facts is None:
        raise InternalError(Text(zh="未经授权的查询不会执行。", en="A query that was not authorized is not run."))
    asked = AskedQuery(
        subject=user.user_id,
        purpose=purpose.code,
        group=collusion_group(user),
        policy_version=parts.policies.version,
        data_version=parts.warehouse.version,
        day=parts.clock(),
        query=query,
        redact=_free_text_columns(governed),
    )
    held = parts.ledger.answers.of(asked)
    given = watch(Stage.RELEASE, lambda: held) if held else _given(asked, parts, watch)
    _count_rows(governed, user, len(given.table.rows), parts)
    return given


def _given(asked: AskedQuery, parts: Parts, watch: Stopwatch) -> Release:
    """A new answer, kept for the next time where the data did not change meanwhile."""
    result = watch(Stage.RUN, lambda: parts.warehouse.run(asked.query))
    given = watch(
        Stage.RELEASE,
        lambda: publish(result, asked.query, parts.ledger, group=asked.group, redact=asked.redact),
    )
    if result.data_version == asked.data_version:
        parts.ledger.answers.keep(asked, given)
    return given


def _count_rows(governed: Governed, user: User, rows: int, parts: Parts) -> None:
    """Count the unit rows that are about to be shown, or raise where another query took what was left of the cap."""
    used = dict(governed.rows_used)
    limits: dict[str, int] = {}
    for cap in _caps(governed.decision):
        for name in (cap.table, cap.use) if cap.use else (cap.table,):
            limits[name] = min(limits.get(name, used.get(name, 0) + cap.rows), used.get(name, 0) + cap.rows)
    days = parts.policies.thresholds.rolling_days
    if limits and not parts.ledger.take_rows(user.user_id, limits, rows, days=days):
        raise StoreUnavailable(_ROWS_TAKEN)


def merged(before: Decision, after: Decision) -> Decision:
    """The verdict of the gates and that of the release, as one: the stricter outcome, all reasons."""
    if after.outcome <= Outcome.ALLOW:
        return before
    stricter = after if after.outcome >= before.outcome else before
    said = {reason.rule for reason in after.reasons}
    reasons = (*after.reasons, *(reason for reason in before.reasons if reason.rule not in said))
    return replace(before, outcome=stricter.outcome, gate=stricter.gate, reasons=reasons)


def _statement(findings: tuple[Finding, ...], parts: Parts) -> Decision:
    return access.refuse_statement({finding.code for finding in findings}, parts.policies)


def _validate(draft: SqlDraft, parts: Parts) -> ValidatedQuery | tuple[Finding, ...]:
    return validation.validate(draft, schema=parts.schema, dialect=parts.warehouse.dialect)


def _authorize(query: ValidatedQuery, user: User, purpose: Purpose, parts: Parts, used: dict[str, int]) -> Decision:
    """The decision; `used` gets the counts of unit rows that it went by."""
    days = parts.policies.thresholds.rolling_days

    def rows_used(name: str) -> int:
        return used.setdefault(name, parts.ledger.rows_used(user.user_id, name, days))

    return access.authorize(
        user,
        purpose,
        query.facts,
        parts.policies,
        parts.catalog,
        today=parts.clock(),
        rows_used=rows_used,
    )


def _caps(decision: Decision) -> tuple[RowCap, ...]:
    return tuple(one for one in decision.obligations if isinstance(one, RowCap))


def _row_limit(decision: Decision, parts: Parts) -> int:
    return min([parts.settings.row_limit, *(cap.rows for cap in _caps(decision))])


def _free_text_columns(governed: Governed) -> tuple[int, ...]:
    """Positions of result columns that carry free text: identifiers in them are redacted at release."""
    texts = {
        f"{one.table}.{one.column}"
        for one in governed.decision.obligations
        if isinstance(one, Mask) and one.kind == FREE_TEXT
    }
    outputs = governed.authorized.columns if governed.authorized else ()
    return tuple(place for place, output in enumerate(outputs) if texts & set(output.sources))
