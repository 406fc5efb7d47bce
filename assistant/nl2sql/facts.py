"""Qualified AST -> QueryFacts: every use of every base column, explicit or implicit. Facts, no opinions.

The analysis follows CTEs, derived tables, unions, subqueries, windows and conditions down to the base scans; what it
does not fully understand is a Finding that names it (fail closed). The policies decide on the result alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sqlglot import exp

from assistant.domain import ColumnUse, Finding, OutputFact, OutputKind, QueryFacts, Shape, Usage
from assistant.nl2sql.flows import AggregateKey, Flow, Relation
from assistant.nl2sql.literals import distance
from assistant.nl2sql.reading import Environment, Reading
from assistant.nl2sql.scopes import read_query
from assistant.nl2sql.unread import unread


@dataclass(frozen=True, slots=True)
class Analysis:
    """The facts, and the relation they were read from (for the probe)."""

    facts: QueryFacts
    relation: Relation


def analyse(tree: exp.Expr, schema: Mapping[str, Mapping[str, str]]) -> Analysis | tuple[Finding, ...]:
    """Facts of a qualified, type-annotated query over `schema` ({table: {column: type}})."""
    notes = Reading(schema=schema, read_query=read_query)
    relation = read_query(tree, Environment(), notes)
    for what in unread(tree, notes.seen):
        notes.refuse("unsupported_syntax", what)
    if notes.findings:
        return tuple(notes.findings)
    _emit_outputs(relation, notes)
    _emit_having(relation, notes)
    _emit_row_limits(relation, notes)
    _emit_silent_scans(notes)
    shape = Shape.ROWS if relation.row_scans else Shape.AGGREGATE
    facts = QueryFacts(
        tables=tuple(sorted(notes.tables)),
        uses=_ranges_joined(_without_weaker(notes.uses)),
        outputs=tuple(_output(name, flow) for name, flow in relation.columns.items()),
        functions=tuple(sorted(notes.functions)),
        shape=shape,
        countable=relation.countable and not notes.weighed and (shape is Shape.AGGREGATE or relation.mixed),
        limited=notes.limited,
        limit_rows=notes.limit_rows,
        row_tables=tuple(sorted({table for table, _ in relation.row_scans})),
        order_outputs=notes.order_outputs,
    )
    return Analysis(facts, relation)


def _emit_outputs(relation: Relation, notes: Reading) -> None:
    for name, flow in relation.columns.items():
        for origin in sorted(flow.origins, key=lambda o: (o.place, o.usage, o.detail)):
            span = flow.span if origin.usage is Usage.GROUP else None
            notes.use(origin, origin.usage, output=name, aggregate=origin.aggregate, detail=origin.detail, span=span)


def _emit_having(relation: Relation, notes: Reading) -> None:
    """A HAVING that tests a released figure names the output; one that tests a hidden figure names none."""
    shown: dict[AggregateKey, str] = {}
    for name, flow in relation.columns.items():
        shown.update(dict.fromkeys(flow.aggregates, name))
    for use, aggregates in notes.having:
        known = bool(aggregates) and aggregates <= shown.keys()
        output = min(shown[key] for key in aggregates) if known else None
        notes.uses[replace(use, output=output)] = None


def _emit_row_limits(relation: Relation, notes: Reading) -> None:
    """A LIMIT on base rows below an aggregate picks the units that are counted."""
    if relation.limited and not relation.row_scans:
        for table, scan in relation.scans:
            notes.uses[ColumnUse(table=table, column="*", usage=Usage.LIMIT, scan=scan, detail="rows")] = None


def _emit_silent_scans(notes: Reading) -> None:
    """A scan of which no column is used is still read: its rows are counted, so a proof must cover it too."""
    seen = {(use.table, use.scan) for use in notes.uses}
    for table, scan in notes.scans:
        if (table, scan) not in seen:
            use = ColumnUse(table=table, column="*", usage=Usage.COUNT, scan=scan, aggregate="count", detail="rows")
            notes.uses[use] = None


def _without_weaker(uses: Iterable[ColumnUse]) -> tuple[ColumnUse, ...]:
    """Drop a use without an output where the same use with its output is known."""
    known = list(uses)
    named = {(u.table, u.column, u.scan, u.usage, u.detail) for u in known if u.output is not None}
    twice = (Usage.GROUP, Usage.DISTINCT, Usage.EXTREME, Usage.COLLECT, Usage.PERCENTILE, Usage.WINDOW)
    return tuple(
        use
        for use in known
        if not (
            use.usage in twice
            and use.output is None
            and (use.table, use.column, use.scan, use.usage, use.detail) in named
        )
    )


def _ranges_joined(uses: tuple[ColumnUse, ...]) -> tuple[ColumnUse, ...]:
    """x >= a AND x < b is one range: both uses get its width."""
    lower: dict[tuple[str, str, str], object] = {}
    upper: dict[tuple[str, str, str], object] = {}
    ranges = [use for use in uses if use.usage is Usage.FILTER_RANGE and len(use.values) == 1]
    for use in ranges:
        side = lower if use.detail.startswith(">") else upper if use.detail.startswith("<") else {}
        side[_place(use)] = use.values[0]
    spans: dict[tuple[str, str, str], float | None] = {}
    for place in lower.keys() & upper.keys():
        spans[place] = distance(lower[place], upper[place])  # type: ignore[arg-type]
    return tuple(
        replace(use, span=spans.get(_place(use))) if use.usage is Usage.FILTER_RANGE and use.span is None else use
        for use in uses
    )


def _place(use: ColumnUse) -> tuple[str, str, str]:
    return (use.table, use.column, use.scan)


def _output(name: str, flow: Flow) -> OutputFact:
    elements = sorted({f"{o.table}.{o.column}" for o in flow.origins if o.column != "*"})
    kind = OutputKind.AGGREGATE if flow.grouped else flow.kind
    aggregate = next((o.aggregate for o in sorted(flow.origins, key=lambda o: o.place) if o.aggregate), None)
    return OutputFact(name=name, kind=kind, sources=tuple(elements), aggregate=aggregate, mixes_rows=flow.mixes_rows)
