"""A query in parts: what it may say, and what becomes of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from assistant.nl2sql.drafts.drafting import draft
from assistant.nl2sql.drafts.key_graph import JoinPair
from assistant.nl2sql.drafts.query_parts import schema_of, sql_of
from assistant.nl2sql.drafts.schema_context import SchemaContext, context_from_schema
from tests.fakes import ScriptedChat

SCHEMA = {"singer": {"id": "INT", "name": "TEXT"}, "concert": {"id": "INT", "singer_id": "INT", "year": "INT"}}


def context() -> SchemaContext:
    return context_from_schema("", schema=SCHEMA, joins=(JoinPair.of("concert.singer_id", "singer.id"),))


def parts(**said: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {"tables": ["singer"], "select": [{"function": "", "column": "singer.name"}]}
    rest: dict[str, Any] = {"distinct": False, "where": [], "joined_by": "and", "group_by": [], "having": []}
    return plain | rest | {"order_by": [], "limit": 0} | said


def test_the_schema_enumerates_the_names_of_the_context() -> None:
    schema = schema_of(context())
    assert schema["properties"]["tables"]["items"] == {"enum": ["singer", "concert"]}
    columns = schema["properties"]["group_by"]["items"]["enum"]
    assert columns == ["singer.id", "singer.name", "concert.id", "concert.singer_id", "concert.year"]
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize(
    ("said", "sql"),
    [
        ({}, "SELECT singer.name FROM singer"),
        ({"select": [{"function": "count", "column": "*"}]}, "SELECT COUNT(*) FROM singer"),
        (
            {
                "where": [{"column": "singer.name", "operator": "=", "values": ["O'Hara"]}],
                "order_by": [{"function": "count", "column": "*", "descending": True}],
                "group_by": ["singer.name"],
                "having": [{"function": "count", "column": "*", "operator": ">", "value": 2}],
                "limit": 3,
            },
            "SELECT singer.name FROM singer WHERE singer.name = 'O''Hara' GROUP BY singer.name HAVING COUNT(*) > 2 "
            "ORDER BY COUNT(*) DESC LIMIT 3",
        ),
        (
            {"where": [{"column": "singer.id", "operator": "in", "values": [1, 2]}], "distinct": True},
            "SELECT DISTINCT singer.name FROM singer WHERE singer.id IN (1, 2)",
        ),
    ],
)
def test_parts_become_sql(said: dict[str, Any], sql: str) -> None:
    assert sql_of(json.dumps(parts(**said)), context()) == sql


@pytest.mark.parametrize(
    "said",
    [
        {"select": [{"function": "", "column": "singer.password"}]},
        {"group_by": ["users.name"]},
        {"where": [{"column": "singer.name", "operator": "= '' OR 1=1 --", "values": ["x"]}]},
        {"select": [{"function": "sum(1); drop table singer", "column": "singer.id"}]},
        {"where": [{"column": "singer.name", "operator": "=", "values": []}]},
        {"tables": ["users"]},
    ],
)
def test_an_engine_that_ignores_the_schema_gets_no_draft(said: dict[str, Any]) -> None:
    assert sql_of(json.dumps(parts(**said)), context()) == ""


@pytest.mark.parametrize("reply", ["", "SELECT 1", "[]", "null", '{"tables": '])
def test_what_is_no_such_document_is_no_query(reply: str) -> None:
    assert sql_of(reply, context()) == ""


def test_joins_follow_from_the_keys() -> None:
    reply = parts(
        tables=["singer", "concert"],
        select=[{"function": "", "column": "singer.name"}],
        where=[{"column": "concert.year", "operator": ">=", "values": [2014]}],
    )
    made = draft("q", context(), ScriptedChat(json.dumps(reply), takes_grammar=False), dialect="sqlite")
    assert made is not None
    assert made.text == (
        "SELECT singer.name FROM singer JOIN concert ON concert.singer_id = singer.id WHERE concert.year >= 2014"
    )
