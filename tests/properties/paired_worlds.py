"""Two worlds that differ in one protected value of one unit, and a referee of what an asker may tell apart.

POLICY_SPEC 8.3. Nothing observable may differ except figures that stand on at least k units in both worlds: such a
figure may differ, or be withheld in one of the worlds. Two consequences are counted apart, and never silently:
`crossing` = the changed unit itself carries a figure over the threshold (k units here, k-1 there: a threshold must fall
somewhere), `entitled` = the asker's grant shows the changed column of unit rows. Everything else is a leak.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from governed_fixture import SealedWarehouse, WatchedWarehouse, fresh_ledger, who
from query_corpus import Asked

from assistant.domain import AuthorizedQuery, CellFacts, ColumnRole, ReleasedTable, ResultTable, SqlDraft
from assistant.errors import AssistantError
from assistant.governing import Governed, govern, merged, run_and_release
from assistant.language import render
from assistant.narration import narrate
from assistant.parts import Parts
from assistant.stages import Stopwatch, ignore

TIMING_S = (2.0, 10.0)  # coarse buckets: an answer at once, one to wait for, one that times out
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


class Verdict(StrEnum):
    SAME = "same"
    LARGE = "large"  # figures on k units and more in both worlds
    CROSSING = "crossing"
    ENTITLED = "entitled"
    LEAK = "leak"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    verdict: Verdict
    why: str = ""


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
    try:
        released = run_and_release(governed, user, purpose, parts, Stopwatch(ignore))
    except AssistantError as error:
        text = render(error.text, "zh")
        return Observed(outcome=type(error).__name__, reasons=(), text=text, raw=watched.last)
    decision = merged(governed.decision, released.decision)
    raw = watched.last
    return Observed(
        outcome=decision.outcome.name,
        reasons=tuple(f"{reason.rule}|{reason.clause}|{reason.text.zh}" for reason in decision.reasons),
        text=render(parts.policies.message(decision.outcome), "zh"),
        prose=tuple(narrate(released.table, lang=lang) for lang in ("zh", "en")),
        table=released.table,
        bucket=sum(raw.elapsed_ms / 1000 > limit for limit in TIMING_S) if raw is not None else 0,
        raw=raw,
    )


# --------------------------------------------------------------------------- the referee


def compare(first: Observed, second: Observed, governed: Governed, change: Change) -> Compared:
    """What an asker who sees one of two worlds could learn about which one it is."""
    if _surface(first) == _surface(second):
        return Compared(verdict=Verdict.SAME)
    query = governed.authorized
    if query is None or first.table is None or second.table is None or first.bucket != second.bucket:
        return Compared(verdict=Verdict.LEAK, why=f"{first.outcome} / {second.outcome}: message, failure or timing")
    if not query.thresholds:
        return _entitled(first.table, second.table, query, change)
    if (first.table.columns, first.table.truncated) != (second.table.columns, second.table.truncated):
        return Compared(verdict=Verdict.LEAK, why="columns or truncation")
    found = [_cell(*pair, query) for pair in _pairs(first, second, query)]
    leaks = [one for one in found if one.verdict is Verdict.LEAK]
    if leaks:
        return leaks[0]
    if any(one.verdict is Verdict.CROSSING for one in found):
        return Compared(verdict=Verdict.CROSSING, why=next(o.why for o in found if o.verdict is Verdict.CROSSING))
    if any(one.verdict is Verdict.LARGE for one in found):
        return Compared(verdict=Verdict.LARGE)
    return Compared(verdict=Verdict.LEAK, why="the figures are the same and something else is not: order, prose, marks")


def _surface(one: Observed) -> tuple[object, ...]:
    return (one.outcome, one.reasons, one.text, one.prose, one.table, one.bucket)


def _entitled(first: ReleasedTable, second: ReleasedTable, query: AuthorizedQuery, change: Change) -> Compared:
    """Unit rows under a grant: only the changed column, or a choice of rows by it, may tell."""
    element = f"{change.table}.{change.column}"
    own = [i for i, fact in enumerate(query.columns) if element in fact.sources]
    rest = [i for i in range(len(query.columns)) if i not in own]
    same = [tuple(row[i] for i in rest) for row in first.rows] == [tuple(row[i] for i in rest) for row in second.rows]
    if own and same:
        return Compared(verdict=Verdict.ENTITLED)
    return Compared(verdict=Verdict.LEAK, why="unit rows differ beyond the changed column")


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One figure in one world: None where withheld, `units` = the fewest units that it stands on."""

    present: bool
    key_shown: bool
    value: Any
    units: int


def _pairs(first: Observed, second: Observed, query: AuthorizedQuery) -> Iterator[tuple[str, Side, Side]]:
    """The figures of both worlds matched by their keys."""
    assert first.raw is not None
    assert second.raw is not None
    assert first.table is not None
    assert second.table is not None
    left, right = _rows(first.raw, first.table, query), _rows(second.raw, second.table, query)
    values = [i for i in range(len(query.columns)) if i not in query.key_columns]
    for key in dict.fromkeys((*left, *right)):
        for column in values or [-1]:
            yield f"{key}/{column}", _side(left.get(key), column, query), _side(right.get(key), column, query)


_Row = tuple["tuple[Any, ...] | None", "Sequence[CellFacts]"]


def _rows(raw: ResultTable, table: ReleasedTable, query: AuthorizedQuery) -> dict[tuple[Any, ...], _Row]:
    """{key: (row as shown or None where it is withheld, facts of its units)}."""
    shown: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
    for row in table.rows:
        shown.setdefault(_key(row, query), []).append(row)
    found: dict[tuple[Any, ...], _Row] = {}
    for number, row in enumerate(raw.rows):
        key = _key(row, query)
        waiting = shown.get(key, [])
        name = key if key not in found else (*key, number)
        found[name] = (waiting.pop(0) if waiting else None, raw.cells[number] if number < len(raw.cells) else ())
    return found


def _key(row: Sequence[Any], query: AuthorizedQuery) -> tuple[Any, ...]:
    return tuple(row[i] for i in query.key_columns)


def _side(row: _Row | None, column: int, query: AuthorizedQuery) -> Side:
    if row is None:
        return Side(present=False, key_shown=False, value=None, units=0)
    shown, facts = row
    name = query.columns[column].name if column >= 0 else ""
    short = [_units(one, name) - threshold.min_units for one, threshold in zip(facts, query.thresholds, strict=False)]
    value = None if shown is None or column < 0 else shown[column]
    return Side(present=True, key_shown=shown is not None, value=value, units=min(short, default=-1))


def _units(facts: CellFacts, name: str) -> int:
    chosen = [part.contributors for part in facts.magnitudes if part.output == name and part.unit_set]
    return min([facts.units, *chosen])


def _cell(name: str, left: Side, right: Side, query: AuthorizedQuery) -> Compared:
    """`units` are counted from the threshold: 0 is just enough."""
    if (left.key_shown, left.value) == (right.key_shown, right.value):
        return Compared(verdict=Verdict.SAME)
    if left.present and right.present and left.units >= 0 and right.units >= 0:
        return Compared(verdict=Verdict.LARGE)
    fewer, more = sorted((left, right), key=lambda side: (side.present, side.units))
    if left.present and right.present and fewer.units == -1 and more.units == 0 and fewer.value is None:
        return Compared(verdict=Verdict.CROSSING, why=name)
    what = "a key appears" if left.key_shown != right.key_shown else "a figure differs"
    return Compared(verdict=Verdict.LEAK, why=f"{what} on few units: {name} {left} / {right}")


def summary(counted: Mapping[Verdict, int]) -> str:
    return ", ".join(f"{verdict.value} {counted[verdict]}" for verdict in Verdict if verdict in counted)
