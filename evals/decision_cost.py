"""What a decision costs: facts, gates and rewrite of the demo city's metric questions, without running anything.

`python -m evals.decision_cost [--repeat N]`. Reported in milliseconds and as a multiple of sqlglot's parse and qualify
of the same statements in the same run, which takes the speed of the machine out.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import sqlglot
from sqlglot.optimizer.qualify import qualify

from assistant import assembly
from assistant.domain import Outcome, Purpose, SqlDraft, User
from assistant.errors import AssistantError
from assistant.governing import govern
from assistant.nl2sql.plans.compiling import compile_plan
from assistant.nl2sql.plans.linking import link
from assistant.parts import Parts
from assistant.settings import load_settings
from assistant.stages import Stopwatch, ignore
from evals.loaders import load_written_cases

QUESTIONS = Path(__file__).parent / "cases" / "answers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Milliseconds a statement, the median of the repeats: the decision, and parse + qualify alone."""

    sql: str
    decision_ms: float
    parse_ms: float


def metric_statements(parts: Parts, user: User) -> tuple[SqlDraft, ...]:
    """The distinct statements that the written questions compile to; questions without a plan are left out."""
    found: dict[str, SqlDraft] = {}
    for case in load_written_cases(QUESTIONS):
        linked = link(case.text, model=parts.model, values=parts.values, as_of=parts.as_of, lang="zh")
        if linked.plan is None:
            continue
        try:
            draft = compile_plan(replace(linked.plan, limit=None), parts.model)  # cut after the release, as in the chat
        except AssistantError:
            continue
        found.setdefault(draft.text, draft)
    return tuple(found.values())


def measured(
    drafts: Sequence[SqlDraft], user: User, purpose: Purpose, parts: Parts, *, repeat: int
) -> tuple[Cost, ...]:
    schema = {table: dict(columns) for table, columns in parts.schema.items()}
    return tuple(
        Cost(
            sql=draft.text,
            decision_ms=_median(repeat, lambda draft=draft: govern(draft, user, purpose, parts, Stopwatch(ignore))),  # type: ignore[misc]
            parse_ms=_median(repeat, lambda draft=draft: _parsed(draft.text, schema)),  # type: ignore[misc]
        )
        for draft in drafts
    )


def report(costs: Sequence[Cost]) -> str:
    decision = sorted(cost.decision_ms for cost in costs)
    parse = sorted(cost.parse_ms for cost in costs)
    ratio = sorted(cost.decision_ms / cost.parse_ms for cost in costs)
    rows = (("decision ms", decision), ("parse + qualify ms", parse), ("multiple", ratio))
    lines = [f"{'':20}{'median':>9}{'p95':>9}{'worst':>9}   n = {len(costs)}"]
    lines += [f"{name:20}{statistics.median(v):9.2f}{_p95(v):9.2f}{v[-1]:9.2f}" for name, v in rows]
    return "\n".join(lines)


def _median(repeat: int, step: Callable[[], object]) -> float:
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        step()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def _parsed(sql: str, schema: Mapping[str, Mapping[str, str]]) -> object:
    return qualify(sqlglot.parse_one(sql, dialect="duckdb"), schema=dict(schema), dialect="duckdb")


def _p95(values: Sequence[float]) -> float:
    return values[min(len(values) - 1, int(0.95 * len(values)))]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m evals.decision_cost", description=__doc__)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--user", default="analyst")
    chosen = parser.parse_args(arguments)
    parts = assembly.build(load_settings())
    user = parts.policies.user(chosen.user)
    purpose = parts.policies.purpose(user, None) if user is not None else None
    if user is None or purpose is None:
        sys.stderr.write(f"no such user: {chosen.user}\n")
        return 2
    drafts = metric_statements(parts, user)
    gc.freeze()  # as the service does once it stands
    watch = Stopwatch(ignore)
    passed = sum(govern(d, user, purpose, parts, watch).decision.outcome < Outcome.AGGREGATE_ONLY for d in drafts)
    costs = measured(drafts, user, purpose, parts, repeat=chosen.repeat)
    sys.stdout.write(f"{report(costs)}\n{passed} of {len(drafts)} statements pass the gates for {chosen.user}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
