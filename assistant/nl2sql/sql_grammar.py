"""The sentences that a drafter may say: SQL over the tables and columns of one context, as a GBNF grammar.

Names are the grammar's terminals, so an invented table or column cannot be produced. Columns are always written
`table.column` and joins only along declared keys: the two things a small model gets wrong when left alone.
"""

from __future__ import annotations

from collections.abc import Iterable

from assistant.nl2sql.schema_context import ContextColumn, ContextTable, SchemaContext, quoted

_RULES = """
root ::= query
query ::= select ((" UNION " | " INTERSECT " | " EXCEPT ") select)?
select ::= "SELECT " ("DISTINCT ")? item (", " item){0,7} " FROM " from (" WHERE " where)? (" GROUP BY " column (", " column){0,3} (" HAVING " having)?)? (" ORDER BY " order)? (" LIMIT " count)?
item ::= column | aggregate
aggregate ::= "COUNT(*)" | "COUNT(" ("DISTINCT ")? column ")" | ("SUM(" | "AVG(" | "MIN(" | "MAX(") number-column ")" | ("MIN(" | "MAX(") column ")"
from ::= table (" JOIN " join){0,4}
where ::= predicate ((" AND " | " OR ") predicate){0,4}
predicate ::= column compare value | number-column (" BETWEEN " number " AND " number) | column (" LIKE " | " NOT LIKE ") text | column " IS " ("NOT ")? "NULL" | column (" IN (" | " NOT IN (") (subquery | value (", " value){0,5}) ")" | number-column compare "(" scalar ")" | column compare column
subquery ::= "SELECT " column " FROM " from (" WHERE " where)? (" GROUP BY " column (" HAVING " having)?)?
scalar ::= "SELECT " aggregate " FROM " from (" WHERE " where)?
having ::= aggregate compare number (" AND " aggregate compare number)?
order ::= (aggregate | column) (" ASC" | " DESC")? (", " column (" ASC" | " DESC")?){0,2}
compare ::= " = " | " != " | " > " | " < " | " >= " | " <= "
value ::= number | text
number ::= "-"? [0-9]{1,12} ("." [0-9]{1,4})?
count ::= [1-9] [0-9]{0,3}
text ::= "'" ([^'\\n\\\\] | "''"){1,60} "'"
"""  # noqa: E501  (one rule a line reads better than a wrapped one)


def grammar_for(context: SchemaContext) -> str:
    """The GBNF of every query that may be drafted in `context`."""
    columns = [(table, column) for table in context.tables for column in table.columns]
    numeric = [(table, column) for table, column in columns if column.type == "number"] or columns
    return "\n".join(
        (
            _RULES.strip(),
            f"table ::= {_any(quoted(table.name) for table in context.tables)}",
            f"column ::= {_any(_reference(*pair) for pair in columns)}",
            f"number-column ::= {_any(_reference(*pair) for pair in numeric)}",
            f"join ::= {_any(_joins(context))}",
        )
    )


def _joins(context: SchemaContext) -> list[str]:
    """`JOIN x ON pair` for every declared pair, from either side; bare names only where nothing is declared."""
    found = []
    for pair in context.joins:
        on = (
            f"{quoted(pair.left_table)}.{quoted(pair.left_column)} = "
            f"{quoted(pair.right_table)}.{quoted(pair.right_column)}"
        )
        found += [f"{quoted(pair.right_table)} ON {on}", f"{quoted(pair.left_table)} ON {on}"]
    return list(dict.fromkeys(found)) or [quoted(table.name) for table in context.tables]


def _reference(table: ContextTable, column: ContextColumn) -> str:
    return f"{quoted(table.name)}.{quoted(column.name)}"


def _any(words: Iterable[str]) -> str:
    return " | ".join('"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"' for word in words)
