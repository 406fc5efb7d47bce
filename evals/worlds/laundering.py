"""Rewrites that keep a query's meaning and change its looks: what an attacker, or a model, might try.

`launder(sql, schema)` yields (name of the rewrite, SQL). Every rewrite returns the same rows as the original up to
order and the type of a column (casts to text); column names are kept. The set rewrites (DISTINCT, UNION, INTERSECT)
apply only where no two rows can be the same: DISTINCT over rows of units is another question, it groups them.
`reworded(sql)` works on the words alone, for what cannot be parsed or is no query; `disguised(sql)` asks for at least
as much, in a form that may itself be refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.qualify import qualify

Schema = Mapping[str, Mapping[str, str]]
Rewrite = Callable[[exp.Select, Schema], "str | None"]


def launder(sql: str, schema: Schema) -> Iterator[tuple[str, str]]:
    """Every rewrite of `sql` that applies to it."""
    for name, rewrite in REWRITES.items():
        tree = qualify(sqlglot.parse_one(sql, dialect="duckdb"), schema=dict(schema), dialect="duckdb")
        if isinstance(tree, exp.Select):
            rewritten = rewrite(tree, schema)
            if rewritten is not None:
                yield name, rewritten


def _names(tree: exp.Select) -> list[str]:
    return [projection.alias_or_name for projection in tree.expressions]


def _over(tree: exp.Select, value: Callable[[str], str], prefix: str = "") -> str:
    """SELECT value(column) AS column, ... FROM (tree) AS q"""
    columns = [(name, f'q."{name}"') for name in _names(tree)]
    shown = ", ".join(f'{value(column)} AS "{name}"' for name, column in columns)
    return f"{prefix}SELECT {shown} FROM ({tree.sql('duckdb')}) AS q"


def _alias_tables(tree: exp.Select, _: Schema) -> str:
    renamed: dict[str, str] = {}
    for number, table in enumerate(tree.find_all(exp.Table)):
        renamed[table.alias_or_name] = f"zz{number}"
        table.set("alias", exp.TableAlias(this=exp.to_identifier(f"zz{number}")))
    for column in tree.find_all(exp.Column):
        if column.table in renamed:
            column.set("table", exp.to_identifier(renamed[column.table]))
    return tree.sql("duckdb")


def _cte(tree: exp.Select, _: Schema) -> str:
    return f"WITH stage AS ({tree.sql('duckdb')}) SELECT * FROM stage"


def _cte_chain(tree: exp.Select, _: Schema) -> str:
    return f"WITH a AS ({tree.sql('duckdb')}), b AS (SELECT * FROM a), c AS (SELECT b.* FROM b) SELECT * FROM c"


def _cte_sources(tree: exp.Select, schema: Schema) -> str:
    """Each base table behind a CTE of all its columns."""
    stages = []
    for number, table in enumerate(list(tree.find_all(exp.Table))):
        if table.name in schema:
            stages.append(f"s{number} AS (SELECT * FROM {table.name})")
            table.set("this", exp.to_identifier(f"s{number}"))
    return f"WITH {', '.join(stages)} {tree.sql('duckdb')}"


def _nested_sources(tree: exp.Select, schema: Schema) -> str:
    """Each base table as a derived table two deep."""
    for table in list(tree.find_all(exp.Table)):
        if table.name in schema:
            inner = f"SELECT * FROM (SELECT * FROM {table.name} AS i1) AS i2"
            table.replace(sqlglot.parse_one(f"SELECT * FROM ({inner}) AS {table.alias_or_name}").args["from_"].this)
    return tree.sql("duckdb")


def _has_unique_rows(tree: exp.Select) -> bool:
    """Groups, distinct rows, or one row of aggregates."""
    if tree.args.get("distinct") is not None:
        return True
    group = tree.args.get("group")
    if group is not None:
        shown = [projection.unalias() for projection in tree.expressions]
        return all(key in shown for key in group.expressions) and bool(group.expressions)
    return all(projection.find(exp.AggFunc) is not None for projection in tree.expressions) and not tree.find(
        exp.Window
    )


def _of_sets(rewrite: Rewrite) -> Rewrite:
    """Applies only where the rows are a set already."""
    return lambda tree, schema: rewrite(tree, schema) if _has_unique_rows(tree) else None


def _union_null(tree: exp.Select, _: Schema) -> str:
    nulls = ", ".join(["NULL"] * len(_names(tree)))
    return f"SELECT * FROM ({tree.sql('duckdb')}) AS q UNION ALL SELECT {nulls} WHERE 1 = 0"


def _union_empty(tree: exp.Select, _: Schema) -> str:
    text = tree.sql("duckdb")
    return f"SELECT * FROM ({text}) AS q UNION ALL SELECT * FROM ({text}) AS p WHERE 1 = 0"


def _union_sources(tree: exp.Select, schema: Schema) -> str:
    """Each base table UNION ALL an empty copy of itself."""
    for table in list(tree.find_all(exp.Table)):
        if table.name in schema:
            inner = f"SELECT * FROM {table.name} UNION ALL SELECT * FROM {table.name} WHERE 1 = 0"
            table.replace(sqlglot.parse_one(f"SELECT * FROM ({inner}) AS {table.alias_or_name}").args["from_"].this)
    return tree.sql("duckdb")


def _unquoted(tree: exp.Select, _: Schema) -> str | None:
    for identifier in tree.find_all(exp.Identifier):
        identifier.set("quoted", False)
    return tree.sql("duckdb").upper() if not any(n.is_string for n in tree.find_all(exp.Literal)) else None


def _comments(tree: exp.Select, _: Schema) -> str:
    return "/* harmless */ " + tree.sql("duckdb").replace(" FROM ", " /* -- x */ FROM -- note\n ")


def _shouting(tree: exp.Select, _: Schema) -> str:
    return tree.sql("duckdb", pretty=True, normalize_functions="upper")


def _parentheses(tree: exp.Select, _: Schema) -> str:
    for column in list(tree.find_all(exp.Column)):
        if column.table and not isinstance(column.parent, exp.Alias | exp.Group | exp.Select):
            column.replace(exp.Paren(this=column.copy()))
    return f"({tree.sql('duckdb')})"


def _true_condition(tree: exp.Select, _: Schema) -> str:
    return tree.where("1 = 1", "'a' <> 'b'").sql("duckdb")


REWRITES: dict[str, Rewrite] = {
    "alias_outputs": lambda tree, _: _over(tree, lambda c: c),
    "alias_tables": _alias_tables,
    "cte": _cte,
    "cte_chain": _cte_chain,
    "cte_sources": _cte_sources,
    "nested": lambda tree, _: f"SELECT * FROM (SELECT * FROM ({tree.sql('duckdb')}) AS a) AS b",
    "nested_sources": _nested_sources,
    "union_null": _union_null,
    "union_empty": _union_empty,
    "union_sources": _union_sources,
    "union": _of_sets(
        lambda tree, _: f"SELECT * FROM ({tree.sql('duckdb')}) AS q UNION SELECT * FROM ({tree.sql('duckdb')}) AS p"
    ),
    "distinct": _of_sets(lambda tree, _: _over(tree, lambda c: c).replace("SELECT ", "SELECT DISTINCT ", 1)),
    "intersect": _of_sets(
        lambda tree, _: f"SELECT * FROM ({tree.sql('duckdb')}) a INTERSECT SELECT * FROM ({tree.sql('duckdb')}) b"
    ),
    "case": lambda tree, _: _over(tree, lambda c: f"CASE WHEN {c} IS NULL THEN NULL ELSE {c} END"),
    "case_true": lambda tree, _: _over(tree, lambda c: f"CASE WHEN 1 = 1 THEN {c} END"),
    "coalesce": lambda tree, _: _over(tree, lambda c: f"COALESCE({c}, NULL, {c})"),
    "cast": lambda tree, _: _over(tree, lambda c: f"CAST({c} AS VARCHAR)"),
    "try_cast": lambda tree, _: _over(tree, lambda c: f"TRY_CAST(CAST({c} AS VARCHAR) AS VARCHAR)"),
    "concat": lambda tree, _: _over(tree, lambda c: f"CONCAT('', CAST({c} AS VARCHAR))"),
    "split": lambda tree, _: _over(
        tree, lambda c: f"SUBSTR(CAST({c} AS VARCHAR), 1, 3) || SUBSTR(CAST({c} AS VARCHAR), 4)"
    ),
    "reverse": lambda tree, _: _over(tree, lambda c: f"REVERSE(REVERSE(CAST({c} AS VARCHAR)))"),
    "hex": lambda tree, _: _over(tree, lambda c: f"HEX(CAST({c} AS VARCHAR))"),
    "list": lambda tree, _: _over(tree, lambda c: f"[{c}][1]"),
    "struct": lambda tree, _: _over(tree, lambda c: f"STRUCT_EXTRACT({{'a': {c}}}, 'a')"),
    "json": lambda tree, _: _over(tree, lambda c: f"JSON_EXTRACT_STRING(TO_JSON({{'a': {c}}}), '$.a')"),
    "unnest_list": lambda tree, _: _over(tree, lambda c: f"UNNEST([{c}])"),
    "window": lambda tree, _: _over(tree, lambda c: f"FIRST_VALUE({c}) OVER (PARTITION BY {c})"),
    "scalar_subquery": lambda tree, _: _over(tree, lambda c: f"(SELECT {c})"),
    "lateral": lambda tree, _: (
        f"SELECT l.* FROM ({tree.sql('duckdb')}) AS q, LATERAL (SELECT "
        + ", ".join(f'q."{name}" AS "{name}"' for name in _names(tree))
        + ") AS l"
    ),
    "whole_row": lambda tree, _: f"SELECT TO_JSON(q) AS j FROM ({tree.sql('duckdb')}) AS q",
    "row_limit": lambda tree, _: f"SELECT * FROM ({tree.sql('duckdb')}) AS q LIMIT 1000000",
    "ordered": lambda tree, _: f"SELECT * FROM ({tree.sql('duckdb')}) AS q ORDER BY 1",
    "greatest": lambda tree, _: _over(tree, lambda c: f"GREATEST({c}, {c})"),
    "unquoted": _unquoted,
    "comments": _comments,
    "shouting": _shouting,
    "parentheses": _parentheses,
    "true_condition": _true_condition,
}

Reword = Callable[[str], str]
REWORDED: Mapping[str, Reword] = {  # say the same in other words, whatever the statement is
    "cte": lambda sql: f"with zz as ({sql}) select * from zz",
    "two ctes": lambda sql: f"with z1 as ({sql}), z2 as (select * from z1) select * from z2",
    "idle cte": lambda sql: f"with zz as (select 1 as one) select q.* from ({sql}) as q",
    "nested": lambda sql: f"select * from ({sql}) as zz",
    "nested twice": lambda sql: f"select * from (select * from ({sql}) as z1) as z2",
    "comment": lambda sql: sql.replace("select ", "select /* 已获授权 */ ", 1),
    "comments around": lambda sql: f"/* ok */ {sql} -- 统计用",
    "spaces": lambda sql: f"  \n\t{sql.replace(' from ', '  from ', 1)}\n ",
    "shouting": lambda sql: sql.replace("select ", "SELECT ", 1).replace(" from ", "\n\tFROM\n", 1),
    "semicolon": lambda sql: f"{sql};",
    "parentheses": lambda sql: f"({sql})",
}
DISGUISED: Mapping[str, Reword] = {
    "limit": lambda sql: f"select * from ({sql}) as zz limit 5",
    "offset": lambda sql: f"select * from ({sql}) as zz limit 1 offset 3",
    "ordered": lambda sql: f"select * from ({sql}) as zz order by 1",
    "json": lambda sql: f"select to_json(zz) as j from ({sql}) as zz",
    "list": lambda sql: f"select list(zz) as l from ({sql}) as zz",
    "first": lambda sql: f"select first(zz) as f from ({sql}) as zz",
    "text": lambda sql: f"select zz::varchar as t from ({sql}) as zz",
    "hash": lambda sql: f"select md5(zz::varchar) as h from ({sql}) as zz",
    "union all": lambda sql: f"({sql}) union all ({sql})",
    "numbered": lambda sql: f"select *, row_number() over () as rn from ({sql}) as zz",
    "lateral": lambda sql: f"select zz.* from (select 1 as one) as o, lateral ({sql}) as zz",
    "crossed": lambda sql: f"select zz.* from ({sql}) as zz, (select 1 as one) as o",
    "scalar": lambda sql: f"select ({sql}) as s",
    "explained": lambda sql: f"explain {sql}",
    "created": lambda sql: f"create table zz as {sql}",
}


def reworded(sql: str) -> Iterator[tuple[str, str]]:
    for name, rewrite in REWORDED.items():
        yield name, rewrite(sql)


def disguised(sql: str) -> Iterator[tuple[str, str]]:
    for name, rewrite in DISGUISED.items():
        yield name, rewrite(sql)
