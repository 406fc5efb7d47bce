"""Drafted names and joins are bound to the schema (cases/binding.yaml); what cannot be bound is left to the gate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlglot
import yaml

from assistant.nl2sql.drafts.binding import bind
from assistant.nl2sql.drafts.key_graph import JoinPair, connect, path
from assistant.nl2sql.drafts.schema_context import SchemaContext, ValueHit, context_from_schema
from assistant.nl2sql.drafts.value_binding import bind_values

CASES = yaml.safe_load((Path(__file__).parents[2] / "cases" / "binding.yaml").read_text(encoding="utf-8"))
JOINS = tuple(
    JoinPair.of(left, right)
    for left, right in (
        ("student.city_id", "city.id"),
        ("student.school_id", "school.id"),
        ("school.city_id", "city.id"),
        ("enrolment.student_id", "student.id"),
        ("enrolment.course_id", "course.id"),
    )
)
SCHEMA = {
    "student": {"id": "INT", "name": "TEXT", "age": "INT", "city_id": "INT", "school_id": "INT"},
    "city": {"id": "INT", "city_name": "TEXT"},
    "school": {"id": "INT", "school_name": "TEXT", "city_id": "INT"},
    "enrolment": {"id": "INT", "student_id": "INT", "course_id": "INT", "grade": "INT"},
    "course": {"id": "INT", "title": "TEXT"},
}


def context(*values: ValueHit) -> SchemaContext:
    return context_from_schema("", schema=SCHEMA, joins=JOINS, values=values)


def same(one: str | None, other: str) -> bool:
    return one is not None and sqlglot.parse_one(one, read="sqlite") == sqlglot.parse_one(other, read="sqlite")


@pytest.mark.parametrize("case", [case for case in CASES if not case.get("skip_equal")], ids=lambda case: case["id"])
def test_bound(case: dict[str, Any]) -> None:
    bound = bind(case["draft"], context(), dialect="sqlite")
    assert same(bound, case["bound"]), f"{case['why']}: {bound}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_binding_again_changes_nothing(case: dict[str, Any]) -> None:
    once = bind(case["draft"], context(), dialect="sqlite")
    assert once is not None
    assert bind(once, context(), dialect="sqlite") == once


def test_an_invented_column_is_not_made_to_fit() -> None:
    bound = bind("SELECT shoe_size FROM student", context(), dialect="sqlite")
    assert bound is not None
    assert "shoe_size" in bound


def test_an_outer_column_stays_outer() -> None:
    draft = "SELECT s.name FROM student AS s WHERE EXISTS(SELECT 1 FROM enrolment AS e WHERE e.student_id = s.id)"
    bound = bind(draft, context(), dialect="sqlite")
    assert bound is not None
    assert "e.student_id = s.id" in bound


@pytest.mark.parametrize("text", ["", "hello", "SELECT 1; SELECT 2", "DROP TABLE student", "SELECT FROM WHERE"])
def test_what_is_no_single_query_is_no_draft(text: str) -> None:
    assert bind(text, context(), dialect="sqlite") is None


def test_a_literal_takes_the_stored_spelling() -> None:
    hit = ValueHit(span="临江", table="city", column="city_name", value="临江区")
    sql = bind_values("SELECT id FROM city WHERE city.city_name = '临江'", context(hit), dialect="sqlite")
    assert sql == "SELECT id FROM city WHERE city.city_name = '临江区'"


def test_a_literal_moves_to_the_column_that_holds_it() -> None:
    hit = ValueHit(span="Li", table="student", column="name", value="Li")
    sql = bind_values(
        "SELECT s.id FROM student AS s JOIN city AS c ON s.city_id = c.id WHERE c.city_name = 'Li'",
        context(hit),
        dialect="sqlite",
    )
    assert sql.endswith("WHERE s.name = 'Li'")


def test_a_name_compared_with_a_key_follows_the_key() -> None:
    hit = ValueHit(span="york", table="city", column="city_name", value="York")
    sql = bind_values(
        "SELECT COUNT(*) AS n FROM student WHERE student.city_id = 'york'",
        context(),
        dialect="sqlite",
        lookup=lambda literal: (hit,),
    )
    assert same(
        sql,
        "SELECT COUNT(*) AS n FROM student INNER JOIN city ON student.city_id = city.id WHERE city.city_name = 'York'",
    )


def test_an_unknown_literal_is_left_alone() -> None:
    sql = "SELECT id FROM city WHERE city.city_name = 'Nowhere'"
    assert bind_values(sql, context(), dialect="sqlite", lookup=lambda literal: ()) == sql


def test_paths() -> None:
    assert path(["student"], "course", JOINS) == (JOINS[3], JOINS[4])
    assert path(["course"], "course", JOINS) == ()
    assert path(["student"], "nowhere", JOINS) is None
    assert connect(["city", "course"], JOINS) == ("city", "student", "enrolment", "course")
