"""The statement that will run, read once more as text: what the decision allowed and demanded is what it says.

A rewritten statement is parsed anew from the characters that the engine gets. Every base table must stand alone in a
wrapped scan, `SELECT columns FROM table [WHERE row filter]`, whose text is exactly what the obligations demand: only
columns of the query that was judged (and the units to be counted), masks and filters in place. Nothing but queries over
such scans, with functions that are known here, may remain. So an error in the rewriting or in the rendering of SQL is
a refusal, not a leak.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from assistant.domain import Finding, Mask, Obligation, Rounding, RowFilter, UnitThreshold, ValidatedQuery
from assistant.nl2sql import masks, parsing
from assistant.nl2sql.findings import finding
from assistant.nl2sql.functions import classify, is_call, written_name
from assistant.nl2sql.rounding import is_percentile, is_rounded
from assistant.nl2sql.scanning import wrap_scan
from assistant.nl2sql.validation import RESERVED, UNREADABLE, WRITES

Schema = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Demands:
    """What a rewritten statement must show: the query that was judged, its obligations, its hidden columns."""

    query: ValidatedQuery
    obligations: tuple[Obligation, ...]
    schema: Schema
    named: Mapping[str, frozenset[str]] = field(default_factory=dict)  # per table, the columns that it names
    hidden: int = 0

    def columns(self, table: str) -> set[str]:
        """The columns that a scan of `table` may hand on: named by the query that was judged, or counted as units."""
        units = {
            item.unit_column for item in self.obligations if isinstance(item, UnitThreshold) and item.table == table
        }
        return units | self.named.get(table, frozenset())

    def rounds(self, percentile: exp.Expr) -> bool:
        """True when a percentile stands in its rounding, or need not."""
        digits = [item.digits for item in self.obligations if isinstance(item, Rounding)]
        return not digits or is_rounded(percentile, min(digits), self.query.dialect)

    def scan(self, table: str, columns: list[str]) -> str:
        """The text of the scan of these columns under the obligations."""
        filters = [item for item in self.obligations if isinstance(item, RowFilter) and item.table == table]
        hidden = {
            (item.table, item.column): item
            for item in self.obligations
            if isinstance(item, Mask) and item.kind not in masks.AT_RELEASE
        }
        return wrap_scan(table, columns, self.schema, filters, hidden).sql(dialect=self.query.dialect)


def objections(sql: str, demands: Demands) -> tuple[Finding, ...]:
    """Why `sql` may not run as the rewritten form of the query; empty where it may."""
    tree = parsing.parse_one(sql, demands.query.dialect)
    if isinstance(tree, Finding):
        return (tree,)
    if not isinstance(tree, exp.Query):
        return (finding("not_a_query"),)
    found = [*_of_outputs(tree, demands)]
    for node in tree.walk():
        found += _of_node(node, demands)
    return tuple(dict.fromkeys(found))


def _of_outputs(tree: exp.Query, demands: Demands) -> Iterator[Finding]:
    """The columns of the query, then the hidden ones under reserved names, and nothing else."""
    names = [output.name for output in demands.query.facts.outputs]
    shown = tree.named_selects
    hidden = shown[len(names) :]
    if shown[: len(names)] != names or len(hidden) != demands.hidden:
        yield finding("not_enforced", "result columns")
    elif not all(name.startswith(RESERVED) for name in hidden):
        yield finding("not_enforced", "hidden columns")


def _of_node(node: exp.Expr, demands: Demands) -> Iterator[Finding]:
    if isinstance(node, WRITES):
        yield finding("not_a_query")
    elif isinstance(node, UNREADABLE):
        yield finding("unsupported_syntax", node.key)
    elif isinstance(node, exp.Table):
        yield from _of_table(node, demands)
    elif is_call(node) and classify(node) is None:
        yield finding("unknown_function", written_name(node))
    elif is_percentile(node) and not demands.rounds(node):
        yield finding("not_enforced", written_name(node))


def _of_table(table: exp.Table, demands: Demands) -> Iterator[Finding]:
    name = table.name
    if name not in demands.query.facts.tables:
        if not _names_a_cte(table):
            yield finding("unknown_table", name)
        return
    scan = table.parent_select
    if scan is None or table.parent is not scan.args.get("from_") or not isinstance(scan.parent, exp.Subquery):
        yield finding("not_enforced", name)
        return
    columns = list(scan.named_selects)
    if not set(columns) <= demands.columns(name) or scan.sql(dialect=demands.query.dialect) != demands.scan(
        name, columns
    ):
        yield finding("not_enforced", name)


def _names_a_cte(table: exp.Table) -> bool:
    if table.args.get("db") is not None or not isinstance(table.this, exp.Identifier):
        return False
    return any(cte.alias == table.name for cte in table.root().find_all(exp.CTE))
