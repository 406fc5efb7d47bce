"""What a value is made of: the base columns that flow into it, and what has happened to them on the way.

A Flow is the label-carrying shadow of one expression; a Relation is the shadow of one FROM item or query.
Explicit flow (the value itself) and implicit flow (a condition that chose the value) are both kept as Origins.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import TypeAlias

from assistant.domain import OutputKind, Usage

AggregateKey: TypeAlias = tuple[int, Hashable]  # (id of the SELECT node, the aggregate call)

ROW_LEVEL = frozenset({Usage.OUTPUT, Usage.DERIVED, Usage.WHOLE_ROW})
# Once a value went through one of these, a later aggregate does not make it harmless.
STICKY = frozenset({Usage.WINDOW, Usage.SUBQUERY, Usage.EXTREME, Usage.COLLECT})


class Form(IntEnum):
    """How far a value is from its column; a percentile of it tells more, the further."""

    MADE = 0  # values that the asker put in may stand among those of the column: CASE, COALESCE, GREATEST, UNION
    SHIFTED = 1  # sums with others, parts of a date, roundings
    SCALED = 2  # the column itself, its products and quotients


class Weight(IntEnum):
    """How the asker's conditions weigh a value: a total of weighed values, less the plain total, is that of a few."""

    PLAIN = 0  # no condition inside
    CHOSEN = 1  # the value itself, or nothing: CASE WHEN c THEN x END, x * (c)::int
    WEIGHED = 2  # different for some: CASE WHEN c THEN 2 * x ELSE x END, x + (c)::int


_RANK = {kind: rank for rank, kind in enumerate((
    OutputKind.CONSTANT, OutputKind.KEY, OutputKind.AGGREGATE, OutputKind.RAW, OutputKind.DERIVED,
))}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Origin:
    """One base column inside a value. `column` "*" stands for the rows of the table (COUNT(*))."""

    table: str
    column: str
    scan: str
    usage: Usage = Usage.OUTPUT
    aggregate: str | None = None
    detail: str = ""  # "", distinct, expression, bin, condition

    @property
    def place(self) -> tuple[str, str, str]:
        return (self.table, self.column, self.scan)


@dataclass(frozen=True, slots=True)
class Flow:
    origins: frozenset[Origin] = frozenset()
    kind: OutputKind = OutputKind.CONSTANT
    raw: frozenset[Origin] = frozenset()  # the base columns it equals, unchanged
    aggregates: frozenset[AggregateKey] = frozenset()
    mixes_rows: bool = False  # made of several result rows: a running total, a share of the total
    rank: bool = False  # a position among groups
    restricts: bool = False  # a predicate on it reaches the base rows (no window or limit in between)
    span: float | None = None  # width of the bin, when it is one
    form: Form = Form.MADE
    weight: Weight = Weight.PLAIN
    stepped: bool = False  # rounded, or a part of a date: another number of the same row
    bent: bool = False  # its columns went through an expression that a total of would tell of single values

    @property
    def grouped(self) -> bool:
        """True when it carries an aggregate's value."""
        return bool(self.aggregates)

    def derived(self) -> Flow:
        """The same base columns after a row-level expression."""
        origins = frozenset(_changed(o) for o in self.origins)
        kind = OutputKind.DERIVED if self.kind is OutputKind.RAW else self.kind
        return replace(self, origins=origins, kind=kind, raw=frozenset(), restricts=False, rank=False, span=None)

    def conditional(self) -> Flow:
        """The same base columns as the condition that chose a value (implicit flow)."""
        flow = self.derived()
        marked = frozenset(replace(o, detail="condition") if o.usage in ROW_LEVEL else o for o in flow.origins)
        return replace(flow, origins=marked, bent=False)

    def used_as(self, usage: Usage, *, aggregate: str | None = None, detail: str | None = None) -> Flow:
        """Row-level columns take the new usage; what was aggregated before keeps its own."""
        origins = frozenset(_reused(o, usage, aggregate, detail) for o in self.origins)
        return replace(self, origins=origins, raw=frozenset(), restricts=False, span=None)


def _changed(origin: Origin) -> Origin:
    if origin.usage is Usage.OUTPUT:
        return replace(origin, usage=Usage.DERIVED)
    if origin.usage in (Usage.GROUP, Usage.DISTINCT) and not origin.detail:
        return replace(origin, detail="expression")
    return origin


def _reused(origin: Origin, usage: Usage, aggregate: str | None, detail: str | None) -> Origin:
    if origin.usage in STICKY or (origin.column == "*" and usage is not Usage.SUBQUERY):
        return origin
    merged = origin.usage not in ROW_LEVEL and origin.usage not in (Usage.GROUP, Usage.DISTINCT)
    if merged and (origin.usage is Usage.COUNT or usage not in (Usage.EXTREME, Usage.COLLECT, Usage.SUBQUERY)):
        return origin
    if origin.detail == "condition":
        detail = "condition"
    elif origin.usage is Usage.DERIVED and not detail:
        detail = "expression"
    return replace(origin, usage=usage, aggregate=aggregate or origin.aggregate, detail=detail or "")


def combine(flows: Iterable[Flow]) -> Flow:
    """The flow of an expression over several values."""
    parts = [flow.derived() for flow in flows]
    if not parts:
        return Flow()
    kind = max((part.kind for part in parts), key=_RANK.__getitem__)
    return Flow(
        origins=frozenset().union(*(part.origins for part in parts)),
        kind=kind,
        aggregates=frozenset().union(*(part.aggregates for part in parts)),
        mixes_rows=any(part.mixes_rows for part in parts),
        bent=any(part.bent for part in parts),
        weight=max(part.weight for part in parts),
        stepped=any(part.stepped for part in parts),
    )


def merge_branches(left: Flow, right: Flow) -> Flow:
    """One column of a set operation: the label joins by position."""
    kind = max((left.kind, right.kind), key=_RANK.__getitem__)
    sides = [flow for flow in (left, right) if flow.origins]
    unchanged = all(flow.raw for flow in sides)
    return Flow(
        origins=left.origins | right.origins,
        kind=kind,
        raw=left.raw | right.raw if unchanged else frozenset(),
        aggregates=left.aggregates | right.aggregates,
        mixes_rows=left.mixes_rows or right.mixes_rows,
        restricts=unchanged and all(flow.restricts for flow in sides),
        bent=left.bent or right.bent,
        form=min(left.form, right.form),
        weight=max(left.weight, right.weight),
        stepped=left.stepped or right.stepped,
    )


@dataclass(slots=True)
class Relation:
    """A FROM item or a query: its columns by name, and how its rows relate to base rows."""

    columns: dict[str, Flow] = field(default_factory=dict)
    scans: tuple[tuple[str, str], ...] = ()  # (table, scan path) of every base scan below, predicates' scans excluded
    row_scans: tuple[tuple[str, str], ...] = ()  # those whose rows still show one by one
    single_row: bool = False  # an ungrouped aggregate, or no FROM at all
    opaque: bool = False  # a window or a limit stands between its columns and the base rows
    limited: bool = False  # a LIMIT decides which base rows it has
    mixed: bool = False  # groups joined to base rows (a dimension beside its totals)
    correlated: bool = False  # reads a column of an enclosing query
    countable: bool = True

    @property
    def merged(self) -> bool:
        """True when no row of it is a base row."""
        return not self.row_scans
