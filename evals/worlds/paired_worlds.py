"""Two worlds that differ in one protected value of one unit, and all that an asker sees of one.

POLICY_SPEC 8.3. What they may show of it is for the referee (referee.py).
"""

from __future__ import annotations

import random
import shutil
import time
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from assistant.domain import ColumnRole, ReleasedTable, ResultTable, SqlDraft
from assistant.errors import AssistantError
from assistant.governing import Governed, govern, merged, run_and_release
from assistant.language import render
from assistant.narration import narrate
from assistant.parts import Parts
from assistant.stages import Stopwatch, ignore
from evals.worlds.governed_fixture import SealedWarehouse, WatchedWarehouse, fresh_ledger, who
from evals.worlds.query_corpus import Asked

TIMING_S = (2.0, 10.0)  # CPU seconds, coarse buckets: an answer at once, one to wait for, one that times out
_PROTECTED = {
    ColumnRole.QUASI_ID,
    ColumnRole.SENSITIVE_ATTR,
    ColumnRole.SECRET_MEASURE,
    ColumnRole.FREE_TEXT,
    ColumnRole.DIRECT_ID,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One value of one row, and what it becomes in the other world."""

    table: str
    column: str
    rowid: int
    old: Any
    new: Any

    def __str__(self) -> str:
        return f"{self.table}.{self.column}[{self.rowid}]: {self.old!r} -> {self.new!r}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """All that the asker gets, and for the referee the raw result behind it."""

    outcome: str
    reasons: tuple[str, ...]
    text: str
    prose: tuple[str, ...] = ()
    table: ReleasedTable | None = None
    bucket: int = 0
    raw: ResultTable | None = None


# --------------------------------------------------------------------------- worlds


def draw_change(file: Path, parts: Parts, draw: random.Random) -> Change:
    """A protected value of a unit, and another for it: one that occurs, a rare one, a new one, an extreme one, none."""
    import duckdb

    places = [
        (resource.table, element.column)
        for resource in parts.catalog.by_table.values()
        for element in resource.elements
        if resource.table and element.column and resource.unit and element.column != resource.unit_column
        if element.label is not None and element.label.role in _PROTECTED
    ]
    table = draw.choice(sorted({place[0] for place in places}))
    column = draw.choice(sorted(place[1] for place in places if place[0] == table))
    with duckdb.connect(str(file), read_only=True) as database:
        rows = database.execute(f"select rowid, {column} from {table} order by rowid").fetchall()
    by_value: dict[Any, list[int]] = {}
    for rowid, value in rows:
        by_value.setdefault(value, []).append(rowid)
    rare = sorted(by_value, key=lambda value: (len(by_value[value]), str(value)))
    old = draw.choice(rare[:6]) if draw.random() < 0.4 else draw.choice(rows)[1]
    others = [value for value in rare if value != old]
    new = draw.choice([*others[:3], *draw.sample(others, min(4, len(others))), *_unheard_of(old, draw), None])
    return Change(table=table, column=column, rowid=draw.choice(by_value[old]), old=old, new=new)


def _unheard_of(old: Any, draw: random.Random) -> tuple[Any, ...]:
    if isinstance(old, bool):
        return (not old,)
    if isinstance(old, int | float):
        return (0, old + 1, old * 1000 + 7, -old - 1)
    if isinstance(old, datetime | date):
        return (old + timedelta(days=draw.choice((1, -1, 400))), old.replace(year=1901))
    return ("某" + "".join(draw.choices("甲乙丙丁", k=3)), "7", "绝密★10年" if draw.random() < 0.1 else "无")


def other_world(file: Path, target: Path, change: Change) -> Path:
    import duckdb

    shutil.copyfile(file, target)
    with duckdb.connect(str(target)) as database:
        database.execute(f"update {change.table} set {change.column} = ? where rowid = ?", (change.new, change.rowid))
        database.execute("checkpoint")
    return target


# --------------------------------------------------------------------------- what is seen


def judged(asked: Asked, parts: Parts) -> Governed:
    """The gates' verdict, reached without a row: it is the same in every world by construction."""
    blind = replace(parts, warehouse=SealedWarehouse(parts.schema), ledger=fresh_ledger())
    user, purpose = who(parts, asked.user_id, asked.purpose)
    return govern(SqlDraft(text=asked.sql, drafter="given"), user, purpose, blind, Stopwatch(ignore))


def observe(asked: Asked, governed: Governed, parts: Parts) -> Observed:
    """Run and release under the ledger of `parts`; its warehouse is a WatchedWarehouse."""
    user, purpose = who(parts, asked.user_id, asked.purpose)
    watched = parts.warehouse
    assert isinstance(watched, WatchedWarehouse)
    start = time.process_time()
    try:
        released = run_and_release(governed, user, purpose, parts, Stopwatch(ignore))
    except AssistantError as error:
        text = render(error.text, "zh")
        return Observed(outcome=type(error).__name__, reasons=(), text=text, raw=watched.last)
    elapsed_s = time.process_time() - start
    decision = merged(governed.decision, released.decision)
    raw = watched.last
    return Observed(
        outcome=decision.outcome.name,
        reasons=tuple(f"{reason.rule}|{reason.clause}|{reason.text.zh}" for reason in decision.reasons),
        text=render(parts.policies.message(decision.outcome), "zh"),
        prose=tuple(narrate(released.table, lang=lang) for lang in ("zh", "en")),
        table=released.table,
        bucket=sum(elapsed_s > limit for limit in TIMING_S),
        raw=raw,
    )
