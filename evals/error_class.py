"""Why a wrong answer is wrong: the first difference of its statement from the gold's, in a fixed order.

A class names what differs, not what caused it: two statements may differ in several ways, and the first of
`empty result`, `gold is empty`, `wrong table`, `other columns`, `wrong filter`, `wrong grouping`, `wrong aggregate`,
`order or limit`, `other values` is taken.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from evals.result_tables import Rows, same_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """What a statement reads, keeps and computes, without spelling: names and literals folded, aliases left out."""

    tables: frozenset[str]
    filters: Counter[tuple[str, ...]]
    groups: frozenset[str]
    aggregates: Counter[str]
    order: tuple[tuple[str, bool], ...]
    limit: str


def error_class(gold_sql: str, sql: str, gold: Rows, rows: Rows) -> str:
    """The class of an executed answer that is not the gold's. Statements that do not parse are told by rows alone."""
    if not rows or not gold:
        return "empty result" if not rows else "gold is empty"
    ours, theirs = outline(sql, "duckdb"), outline(gold_sql, "sqlite")
    if ours and theirs and ours.tables != theirs.tables:
        return "wrong table"
    if len(rows[0]) != len(gold[0]):
        return "other columns"
    if ours and theirs:
        for name, differs in _DIFFERENCES:
            if differs(ours, theirs):
                return name
    if same_rows(gold, rows, ordered=False):
        return "order or limit"
    return "other values"


_DIFFERENCES: tuple[tuple[str, Callable[[Outline, Outline], bool]], ...] = (
    ("wrong filter", lambda ours, theirs: ours.filters != theirs.filters),
    ("wrong grouping", lambda ours, theirs: ours.groups != theirs.groups),
    ("wrong aggregate", lambda ours, theirs: ours.aggregates != theirs.aggregates),
    ("order or limit", lambda ours, theirs: (ours.order, ours.limit) != (theirs.order, theirs.limit)),
)


def outline(sql: str, dialect: str) -> Outline | None:
    """None where the statement cannot be parsed."""
    import sqlglot
    from sqlglot import exp

    try:
        tree = sqlglot.parse_one(sql, dialect=dialect)
    except sqlglot.errors.SqlglotError:
        return None
    named = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    tables = {table.name.lower() for table in tree.find_all(exp.Table)} - named
    kept: Counter[tuple[str, ...]] = Counter(
        words for clause in tree.find_all(exp.Where, exp.Having) for words in _conditions(clause)
    )
    outer = tree.find(exp.Order)
    limit = tree.find(exp.Limit)
    return Outline(
        tables=frozenset(tables),
        filters=kept,
        groups=frozenset(_bare(one) for group in tree.find_all(exp.Group) for one in group.expressions),
        aggregates=Counter(type(one).__name__ for one in tree.find_all(exp.AggFunc)),
        order=tuple((_bare(one.this), bool(one.args.get("desc"))) for one in outer.expressions) if outer else (),
        limit=limit.expression.sql() if limit is not None and limit.expression is not None else "",
    )


def _conditions(clause: Any) -> list[tuple[str, ...]]:
    """Each comparison as (operator, column names, folded literals), so that spelling and sides do not count."""
    from sqlglot import exp

    kinds = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Like, exp.ILike, exp.In, exp.Between, exp.Is)
    found = []
    for one in clause.find_all(*kinds):
        if one.find_ancestor(exp.Where, exp.Having) is not clause:  # a subquery's own condition is counted there
            continue
        columns = sorted(column.name.lower() for column in one.find_all(exp.Column))
        literals = sorted(literal.name.strip("%").lower() for literal in one.find_all(exp.Literal))
        kind = "Like" if isinstance(one, exp.ILike) else type(one).__name__
        found.append((kind, *columns, *literals))
    return found


def _bare(one: Any) -> str:
    from sqlglot import exp

    column = one.find(exp.Column) if not isinstance(one, exp.Column) else one
    return str(column.name.lower() if column is not None else one.sql().lower())
