"""Spider's hardness of a question, read off its gold statement: easy, medium, hard, extra. For files without a label.

The criteria are those of the benchmark (Yu et al. 2018, "Spider", section 3.3 and its evaluation): clauses, nested
queries and repetitions of the outermost query are counted. Statements that do not parse are `unlabelled`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

UNLABELLED = "unlabelled"


def hardness_of(sql: str, dialect: str = "sqlite") -> str:
    """easy | medium | hard | extra; UNLABELLED where the statement is no query that can be parsed."""
    import sqlglot
    from sqlglot import exp

    try:
        tree = sqlglot.parse_one(sql, dialect=dialect)
    except sqlglot.errors.SqlglotError:
        return UNLABELLED
    nested = 0
    while isinstance(tree, exp.SetOperation):  # the left side is the query, the right one a nested query
        nested, tree = nested + 1, tree.left
    if not isinstance(tree, exp.Select):
        return UNLABELLED
    conditions = list(_conditions(tree))
    nested += sum(one.find(exp.Select) is not None for one in conditions)
    return _class(_clauses(tree, conditions), nested, _repetitions(tree))


def _class(clauses: int, nested: int, repeated: int) -> str:
    if nested == 0 and clauses <= 1 and repeated == 0:
        return "easy"
    if nested == 0 and ((repeated <= 2 and clauses <= 1) or (clauses <= 2 and repeated < 2)):
        return "medium"
    if nested == 0 and ((repeated > 2 and clauses <= 2) or (2 < clauses <= 3 and repeated <= 2)):
        return "hard"
    return "hard" if clauses <= 1 and repeated == 0 and nested <= 1 else "extra"


def _clauses(tree: Any, conditions: list[Any]) -> int:
    """WHERE, GROUP BY, ORDER BY, LIMIT, each further table, each OR, each LIKE."""
    from sqlglot import exp

    found = sum(bool(tree.args.get(name)) for name in ("where", "group", "order", "limit"))
    found += len(tree.args.get("joins") or ())
    found += sum(isinstance(one, exp.Like) for one in conditions)
    return found + sum(1 for clause in _clause_roots(tree) for one in _own(clause) if isinstance(one, exp.Or))


def _repetitions(tree: Any) -> int:
    """More than one aggregate, selected column, condition of WHERE, or grouping column: one each."""
    from sqlglot import exp

    group, order = tree.args.get("group"), tree.args.get("order")
    counted = [*tree.expressions, *(order.expressions if order else ())]
    aggregates = sum(isinstance(part, exp.AggFunc) for one in counted for part in _own(one))
    where = tree.args.get("where")
    return sum(
        count > 1
        for count in (
            aggregates,
            len(tree.expressions),
            len(list(_units(where.this))) if where else 0,
            len(group.expressions) if group else 0,
        )
    )


def _clause_roots(tree: Any) -> Iterator[Any]:
    for join in tree.args.get("joins") or ():
        if join.args.get("on") is not None:
            yield join.args["on"]
    for name in ("where", "having"):
        if tree.args.get(name) is not None:
            yield tree.args[name].this


def _conditions(tree: Any) -> Iterator[Any]:
    """The comparisons of ON, WHERE and HAVING of this query, without NOT and parentheses."""
    for clause in _clause_roots(tree):
        yield from _units(clause)


def _units(clause: Any) -> Iterator[Any]:
    from sqlglot import exp

    if isinstance(clause, (exp.And, exp.Or)):
        yield from _units(clause.left)
        yield from _units(clause.right)
    elif isinstance(clause, (exp.Paren, exp.Not)):
        yield from _units(clause.this)
    else:
        yield clause


def _own(clause: Any) -> Iterator[Any]:
    """The parts of a clause that do not stand in a nested query."""
    from sqlglot import exp

    yield from clause.walk(prune=lambda one: isinstance(one, (exp.Select, exp.Subquery)))
