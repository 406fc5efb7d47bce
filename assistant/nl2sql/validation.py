"""The one gate for SQL text, ours included: a tuple of small checks, and the only maker of ValidatedQuery.

A draft passes all CHECKS in order or comes back with the findings of the first that objects. The output is rendered
from our syntax tree: comments, second statements and odd syntax cannot survive.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from sqlglot import exp

from assistant.domain import Finding, QueryFacts, SqlDraft, Usage, ValidatedQuery
from assistant.nl2sql import facts as fact_reading
from assistant.nl2sql import parsing
from assistant.nl2sql.findings import finding
from assistant.nl2sql.functions import classify, is_call, written_name
from assistant.nl2sql.joining import unlinked_sources
from assistant.nl2sql.remembered import remember

MAX_CHARACTERS = 20_000
MAX_DEPTH = 200  # nodes from the root to the deepest leaf
MAX_NODES = 8_000
RESERVED = "__"  # the probe's hidden columns begin so; nobody else's may


@dataclass(slots=True)
class Candidate:
    """A draft on its way through the gate."""

    text: str
    schema: Mapping[str, Mapping[str, str]]
    dialect: str
    joins: frozenset[frozenset[str]] | None
    tree: exp.Expr = field(default_factory=exp.Null)
    facts: QueryFacts | None = None


Check: TypeAlias = Callable[[Candidate], Iterable[Finding]]

WRITES = (
    exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Create, exp.Drop, exp.Alter, exp.TruncateTable, exp.Copy,
    exp.Command, exp.Into, exp.Set, exp.SetItem, exp.Attach, exp.Detach, exp.Pragma, exp.Use, exp.Describe, exp.Show,
    exp.Kill, exp.Transaction, exp.Commit, exp.Rollback, exp.Comment, exp.Lock, exp.Analyze, exp.Grant, exp.LoadData,
)  # fmt: skip
UNREADABLE = (
    exp.Pivot, exp.Columns, exp.TableSample, exp.Lambda, exp.Comprehension, exp.MatchRecognize, exp.Parameter,
    exp.Placeholder, exp.SessionParameter, exp.Introducer, exp.Prior, exp.Connect, exp.Hint, exp.LimitOptions,
    exp.Fetch, exp.Cluster, exp.Distribute, exp.Sort, exp.Kwarg, exp.PositionalColumn,
)  # fmt: skip
# the parts of a SELECT that the analysis reads; any other part present is refused by name
_SELECT_PARTS = frozenset({
    "with_", "expressions", "distinct", "from_", "joins", "laterals", "where", "group", "having", "qualify", "order",
    "limit", "offset",
})  # fmt: skip
_QUERY_PARTS = {
    exp.Select: _SELECT_PARTS,
    exp.Subquery: frozenset({"this", "alias", "with_", "order", "limit", "offset"}),
    exp.SetOperation: frozenset({"with_", "this", "expression", "distinct", "order", "limit", "offset"}),
    exp.Join: frozenset({"this", "on", "side", "kind", "using", "method"}),
    exp.Table: frozenset({"this", "alias", "db", "catalog"}),
    exp.Group: frozenset({"expressions", "grouping_sets", "cube", "rollup"}),
    exp.Lateral: frozenset({"this", "alias"}),
    exp.Unnest: frozenset({"expressions", "alias"}),
    exp.Window: frozenset({"this", "partition_by", "order", "spec", "over"}),
}


def _is_short(candidate: Candidate) -> Iterator[Finding]:
    if not candidate.text.strip():
        yield finding("empty")
    elif len(candidate.text) > MAX_CHARACTERS:
        yield finding("too_long")


def _parses(candidate: Candidate) -> Iterator[Finding]:
    parsed = parsing.parse_one(parsing.fold_punctuation(candidate.text), candidate.dialect)
    if isinstance(parsed, Finding):
        yield parsed
    else:
        candidate.tree = parsed


def _is_a_query(candidate: Candidate) -> Iterator[Finding]:
    if not isinstance(candidate.tree, exp.Query) or any(candidate.tree.find_all(*WRITES)):
        yield finding("not_a_query")


def _is_small(candidate: Candidate) -> Iterator[Finding]:
    nodes, deepest = 0, 0
    for node in candidate.tree.walk():
        nodes += 1
        deepest = max(deepest, node.depth) if not nodes % 7 else deepest
    if nodes > MAX_NODES or deepest > MAX_DEPTH:
        yield finding("too_deep")


def _is_plain(candidate: Candidate) -> Iterator[Finding]:
    """No clause, join or node that the analysis does not read."""
    for node in candidate.tree.walk():
        if isinstance(node, exp.With) and node.args.get("recursive"):
            yield finding("recursive_cte")
        elif isinstance(node, exp.Group) and node.args.get("all"):
            yield finding("group_by_all")
        elif isinstance(node, exp.Identifier) and node.name.startswith(RESERVED):
            yield finding("reserved_name", node.name)
        elif isinstance(node, exp.Limit | exp.Offset) and not _is_number(node.expression):
            yield finding("unsupported_syntax", f"expression in {node.key}")
        elif isinstance(node, UNREADABLE):
            yield finding("unsupported_syntax", node.key)
        else:
            yield from _odd_parts(node)


def _is_number(node: exp.Expr | None) -> bool:
    """A row count written out: an expression there could be a query, and the number of rows would be its answer."""
    return isinstance(node, exp.Literal) and not node.is_string and node.name.isdigit()


def _odd_parts(node: exp.Expr) -> Iterator[Finding]:
    parts = next((parts for kind, parts in _QUERY_PARTS.items() if isinstance(node, kind)), None)
    if parts is None:
        return
    for name, value in node.args.items():
        if value and name not in parts:
            yield finding("unsupported_syntax", f"{node.key} {name}".rstrip("_"))


def _reads_tables_only(candidate: Candidate) -> Iterator[Finding]:
    """Tables are plain known names: no functions, files, catalogs; a CTE may not hide a table."""
    ctes = {cte.alias.lower() for cte in candidate.tree.find_all(exp.CTE)}
    known = {table.lower() for table in candidate.schema}
    for name in sorted(ctes & known):
        yield finding("shadowed_table", name)
    for table in candidate.tree.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier):
            yield finding("table_function", written_name(table.this) if table.this is not None else "")
        elif table.args.get("db") is not None or table.args.get("catalog") is not None:
            yield finding("system_catalog")
        elif table.name.lower() not in known | ctes:
            yield finding("unknown_table", table.name)
        elif table.args.get("alias") is not None and table.args["alias"].columns and table.name.lower() in known:
            yield finding("unsupported_syntax", "column aliases of a table")


def _calls_known_functions(candidate: Candidate) -> Iterator[Finding]:
    for node in candidate.tree.walk():
        if is_call(node) and classify(node) is None:
            yield finding("unknown_function", written_name(node))


def _resolves(candidate: Candidate) -> Iterator[Finding]:
    resolved = parsing.resolve(candidate.tree, candidate.schema, candidate.dialect)
    if isinstance(resolved, Finding):
        yield resolved
    else:
        candidate.tree = resolved


def _is_understood(candidate: Candidate) -> Iterator[Finding]:
    analysis = fact_reading.analyse(candidate.tree, candidate.schema)
    if isinstance(analysis, tuple):
        yield from analysis
    else:
        candidate.facts = analysis.facts


def _is_linked(candidate: Candidate) -> Iterator[Finding]:
    for name in unlinked_sources(candidate.tree):
        yield finding("cross_join", name)


def _joins_as_declared(candidate: Candidate) -> Iterator[Finding]:
    if candidate.joins is None or candidate.facts is None:
        return
    for use in candidate.facts.uses:
        if use.usage is Usage.JOIN and not _declared(use.element_id, use.detail, candidate.joins):
            yield finding("undeclared_join", f"{use.element_id} = {use.detail}")


def _declared(left: str, right: str, joins: frozenset[frozenset[str]]) -> bool:
    if frozenset((left, right)) in joins:
        return True
    wild = [f"*.{side.partition('.')[2]}" for side in (left, right)]
    return any(frozenset(pair) in joins for pair in ((wild[0], right), (left, wild[1]), (wild[0], wild[1])))


CHECKS: tuple[Check, ...] = (
    _is_short,
    _parses,
    _is_a_query,
    _is_small,
    _is_plain,
    _reads_tables_only,
    _calls_known_functions,
    _resolves,
    _is_understood,
    _is_linked,
    _joins_as_declared,
)


def validate(
    draft: SqlDraft,
    *,
    schema: Mapping[str, Mapping[str, str]],
    dialect: str = "duckdb",
    joins: Collection[tuple[str, str]] | None = None,
) -> ValidatedQuery | tuple[Finding, ...]:
    """The query, proven read-only and fully understood, or the findings that stop it.

    `schema`: {table: {column: engine type}} of the governed tables. `joins`: allowed pairs ("table.column",
    "table.column"), "*.column" standing for any table; None leaves joins to the policies.
    """
    candidate = inspect(draft.text, schema=schema, dialect=dialect, joins=joins)
    if isinstance(candidate, tuple):
        return candidate
    if candidate.facts is None:
        return (finding("syntax"),)
    sql = candidate.tree.sql(dialect=dialect, comments=False)
    remember(sql, dialect, schema, candidate.tree)
    return ValidatedQuery(sql=sql, dialect=dialect, facts=candidate.facts, drafter=draft.drafter)


def inspect(
    text: str,
    *,
    schema: Mapping[str, Mapping[str, str]],
    dialect: str = "duckdb",
    joins: Collection[tuple[str, str]] | None = None,
) -> Candidate | tuple[Finding, ...]:
    """Run CHECKS over `text`; the candidate carries the resolved tree and its facts."""
    pairs = None if joins is None else frozenset(frozenset(pair) for pair in joins)
    candidate = Candidate(text=text, schema=schema, dialect=dialect, joins=pairs)
    for check in CHECKS:
        try:
            found = tuple(dict.fromkeys(check(candidate)))
        except RecursionError:
            found = (finding("too_deep"),)
        if found:
            return found
    return candidate
