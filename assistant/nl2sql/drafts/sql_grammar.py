"""The sentences that a drafter may say: SQL over the tables and columns of one context, as two GBNF grammars.

`wide` is SQL at large: arithmetic, CASE, EXISTS, queries inside queries. `plain` is a SELECT of columns and aggregates.
Names are the grammar's terminals, so an invented table or column cannot be produced. Which table a column belongs to is
left open (bare, behind an alias, or behind a table): a small model that is forced to name the table before it has
written FROM starts with the wrong one; binding.py settles it afterwards, and the joins too.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias

from assistant.nl2sql.drafts.offered_schema import SchemaContext, quoted
from assistant.nl2sql.drafts.word_overlap import split_words

_PLAIN = r"""
root ::= query ";"?
query ::= select (gap ("UNION" | "INTERSECT" | "EXCEPT") gap select)?
select ::= "SELECT " ("DISTINCT ")? item (", " item){0,7} gap "FROM " from (gap "WHERE " where)? (gap "GROUP BY " key (", " key){0,3})? (gap "HAVING " having)? (gap "ORDER BY " order)? (gap "LIMIT " count)?
item ::= (key | aggregate) (" AS " output)?
aggregate ::= ("COUNT" | "count") "(" ("*" | ("DISTINCT " | "distinct ")? column) ")" | measure "(" argument ")"
argument ::= column%a
measure ::= "SUM" | "sum" | "AVG" | "avg" | "MIN" | "min" | "MAX" | "max"
from ::= source (gap "JOIN " source " ON " column " = " column){0,4}
source ::= table (" AS " alias | " " alias)?
where ::= predicate (gap ("AND " | "OR ") predicate){0,3}
predicate ::= column compare operand | column " BETWEEN " value " AND " value | column (" LIKE " | " NOT LIKE ") text | column " IS " ("NOT ")? "NULL" | column (" IN (" | " NOT IN (") (subselect | value (", " value){0,5}) ")"
operand ::= value | column | "(" subselect ")"
subselect ::= "SELECT " ("DISTINCT ")? item gap "FROM " from (gap "WHERE " where)? (gap "GROUP BY " key)? (gap "HAVING " having)? (gap "ORDER BY " order)? (gap "LIMIT " count)?
having ::= aggregate compare (number | "(" subselect ")") (" AND " aggregate compare number)?
order ::= (key | aggregate | output) (" ASC" | " DESC")? (", " column (" ASC" | " DESC")?){0,2}
compare ::= " = " | " != " | " <> " | " > " | " < " | " >= " | " <= "
key ::= column%s
column ::= ((alias | table) ".")? name
"""  # noqa: E501  (one rule a line reads better than a wrapped one)
_WIDE = r"""
root ::= select (gap ("UNION" | "UNION ALL" | "INTERSECT" | "EXCEPT") gap select){0,2} ";"?
select ::= "SELECT " ("DISTINCT ")? item (", " item){0,9} gap "FROM " from (gap "WHERE " where)? (gap "GROUP BY " expr (", " expr){0,4})? (gap "HAVING " where)? (gap "ORDER BY " sort (", " sort){0,3})? (gap "LIMIT " count)?
item ::= "*" | expr (" AS " output)?
expr ::= term ((" + " | " - " | " * " | " / ") term){0,3}
term ::= number | text | call | column | "(" (select | expr) ")" | case
call ::= ("COUNT" | "count") "(" ("*" | ("DISTINCT " | "distinct ")? expr) ")" | function "(" ("DISTINCT ")? expr (", " expr){0,2} ")" | "CAST(" expr " AS " ("REAL" | "FLOAT" | "DOUBLE" | "INTEGER" | "INT") ")"%a
function ::= "SUM" | "sum" | "AVG" | "avg" | "MIN" | "min" | "MAX" | "max" | "ROUND" | "round" | "ABS" | "abs" | "LENGTH" | "length" | "LOWER" | "lower" | "UPPER" | "upper" | "COALESCE" | "coalesce" | "NULLIF" | "nullif"%s
case ::= "CASE" (" WHEN " where " THEN " expr){1,3} (" ELSE " expr)? " END"
where ::= predicate (gap ("AND " | "OR ") predicate){0,5}
predicate ::= ("NOT ")? (expr compare expr | expr (" NOT")? (" BETWEEN " expr " AND " expr | " LIKE " text | " IN (" (select | value (", " value){0,8}) ")") | expr " IS " ("NOT ")? "NULL" | "EXISTS (" select ")" | "(" where ")")
from ::= source (gap ("INNER " | "LEFT ")? "JOIN " source " ON " where){0,5} | source (", " source){1,3}
source ::= (table | "(" select ")") (" AS " alias | " " alias)?
sort ::= expr (" ASC" | " DESC")?
compare ::= " = " | " != " | " <> " | " > " | " < " | " >= " | " <= "
column ::= ((alias | table) ".")? (name | output)
"""  # noqa: E501
# What a query may call its own results: closed words, alone or before an existing name, so that an alias that was never
# declared cannot pass for a column either.
_WORDS = r"""
output ::= made ("_" name)?
made ::= "count" | "cnt" | "num" | "number" | "total" | "sum" | "avg" | "average" | "max" | "min"
alias ::= [a-zA-Z] [a-z]? [0-9]?
value ::= number | text
number ::= "-"? [0-9]{1,12} ("." [0-9]{1,4})?
count ::= [1-9] [0-9]{0,3}
text ::= "'" ([^'\n\\;] | "''"){1,60} "'"
gap ::= " " | "\n" | "\n  "
"""

Width: TypeAlias = Literal["wide", "plain"]

_DATE_PARTS = ' | ("year" | "quarter" | "month" | "YEAR" | "QUARTER" | "MONTH") "(" column ")"'
_DATE_FUNCTIONS = ' | "YEAR" | "year" | "QUARTER" | "quarter" | "MONTH" | "month"'
_DATE_SPAN = """ | "date_diff('" ("day" | "hour") "', " column ", " column ")\""""


def grammar_for(context: SchemaContext, *, width: Width = "plain", date_parts: bool = False) -> str:
    """The GBNF of every query of that width that may be drafted in `context`.

    `date_parts`: year(x), quarter(x), month(x) and date_diff('day', x, y) may be used.
    """
    tables = dict.fromkeys(quoted(table.name) for table in context.tables)
    names = dict.fromkeys(form for table in context.tables for column in table.columns for form in _forms(column.name))
    rules, parts = (_WIDE, _DATE_FUNCTIONS) if width == "wide" else (_PLAIN, _DATE_PARTS)
    rules = rules.strip().replace("%s", parts if date_parts else "").replace("%a", _DATE_SPAN if date_parts else "")
    return "\n".join((rules, _WORDS.strip(), f"table ::= {_any(tables)}", f"name ::= {_any(names)}"))


def _forms(name: str) -> tuple[str, ...]:
    """The name, and PetType also as pet_type: a model that writes the other form would be forced into another column.

    Both forms mean the same column to binding.py.
    """
    snake = "_".join(split_words(name))
    other = snake.isascii() and snake[:1].isalpha() and snake != name.lower()
    return (quoted(name), snake) if other else (quoted(name),)


def _any(words: Iterable[str]) -> str:
    return " | ".join(f'"{_escaped(word)}"' for word in words)


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace('"', '\\"')
