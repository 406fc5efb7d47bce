"""A query in parts, as a JSON schema over the names of one context: for models whose engine takes no grammar.

Tables and columns are enumerations, so an invented one cannot be produced; joins are not asked for at all, they follow
from the declared keys (binding.py). It says less than SQL: one SELECT with conditions, groups, order and limit.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from assistant.nl2sql.drafts.offered_schema import SchemaContext, quoted

_EVERY = "*"
_FUNCTIONS = ("", "count", "count distinct", "sum", "avg", "min", "max")
_COMPARE = ("=", "!=", ">", "<", ">=", "<=", "like", "not like", "is null", "is not null", "in", "not in", "between")
REQUEST = "Reply with the parts of that query as JSON; name every column as table.column."


def schema_of(context: SchemaContext) -> dict[str, Any]:
    """The JSON schema of a query over the tables and columns of `context`."""
    columns = [f"{table.name}.{column.name}" for table in context.tables for column in table.columns]
    shown = _object(function={"enum": list(_FUNCTIONS)}, column={"enum": [_EVERY, *columns]})
    operand: dict[str, Any] = {"type": "array", "items": {"type": ["string", "number"]}, "maxItems": 8}
    condition = _object(column={"enum": columns}, operator={"enum": list(_COMPARE)}, values=operand)
    limits = shown["properties"] | {"operator": {"enum": list(_COMPARE[:6])}, "value": {"type": "number"}}
    return _object(
        tables=_list({"enum": [table.name for table in context.tables]}, 1, 5),
        select=_list(shown, 1, 8),
        distinct={"type": "boolean"},
        where=_list(condition, 0, 5),
        joined_by={"enum": ["and", "or"]},
        group_by=_list({"enum": columns}, 0, 4),
        having=_list(_object(**limits), 0, 2),
        order_by=_list(_object(**shown["properties"], descending={"type": "boolean"}), 0, 3),
        limit={"type": "integer", "minimum": 0},
    )


def sql_of(reply: str, context: SchemaContext) -> str:
    """The SQL text of a reply, "" where it is no such query: a name that does not exist is looked for here too."""
    try:
        parts = json.loads(reply)
        return _sql(parts, context) if isinstance(parts, dict) else ""
    except (ValueError, KeyError, TypeError, IndexError):
        return ""


def _sql(parts: Mapping[str, Any], context: SchemaContext) -> str:
    known = {f"{t.name}.{c.name}": f"{quoted(t.name)}.{quoted(c.name)}" for t in context.tables for c in t.columns}
    tables = [quoted(table.name) for table in context.tables if table.name in parts["tables"]]
    shown = [_measure(one, known) for one in parts["select"]]
    where = [_condition(one, known) for one in parts.get("where", ())]
    having = [f"{_measure(one, known)} {_of(one['operator'], _COMPARE[:6])} {_literal(one['value'])}"
              for one in parts.get("having", ())]  # fmt: skip
    order = [_measure(one, known) + (" DESC" if one["descending"] else "") for one in parts.get("order_by", ())]
    either = " OR " if parts.get("joined_by") == "or" else " AND "
    limit = int(parts.get("limit") or 0)
    clauses = (
        f"SELECT {'DISTINCT ' if parts.get('distinct') else ''}{', '.join(shown)}",
        f"FROM {', '.join(tables)}",
        f"WHERE {either.join(where)}" if where else "",
        f"GROUP BY {', '.join(known[one] for one in parts['group_by'])}" if parts.get("group_by") else "",
        f"HAVING {' AND '.join(having)}" if having else "",
        f"ORDER BY {', '.join(order)}" if order else "",
        f"LIMIT {limit}" if limit else "",
    )
    return " ".join(clause for clause in clauses if clause) if tables and shown else ""


def _measure(part: Mapping[str, Any], known: Mapping[str, str]) -> str:
    function = _of(part["function"], _FUNCTIONS)
    if part["column"] == _EVERY:
        return "COUNT(*)" if function else _EVERY
    column = known[part["column"]]
    if function == "count distinct":
        return f"COUNT(DISTINCT {column})"
    return f"{function.upper()}({column})" if function else column


def _condition(part: Mapping[str, Any], known: Mapping[str, str]) -> str:
    column, operator = known[part["column"]], _of(part["operator"], _COMPARE)
    values = [_literal(value) for value in part["values"]]
    if operator.startswith("is "):
        return f"{column} {operator.upper()}"
    if operator.endswith("in"):
        return f"{column} {operator.upper()} ({', '.join(values)})" if values else "TRUE"
    if operator == "between":
        return f"{column} BETWEEN {values[0]} AND {values[1]}"
    return f"{column} {operator.upper()} {values[0]}"


def _of(word: Any, known: Iterable[str]) -> str:
    """The word, where it is one of those known. Raises ValueError."""
    if word not in tuple(known):
        raise ValueError(word)
    return str(word)


def _literal(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(value)
    return str(value) if isinstance(value, int | float) else "'" + value.replace("'", "''") + "'"


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _list(items: Mapping[str, Any], least: int, most: int) -> dict[str, Any]:
    return {"type": "array", "items": dict(items), "minItems": least, "maxItems": most}
