"""Questions read off a schema without a model (cases/sketches.yaml), executed on a small school."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlglot
import yaml
from hypothesis import given
from hypothesis import strategies as st

from assistant.nl2sql.drafts.asked_words import words_of
from assistant.nl2sql.drafts.key_graph import JoinPair
from assistant.nl2sql.drafts.mentions import read_mentions
from assistant.nl2sql.drafts.offered_schema import SchemaContext, ValueHit
from assistant.nl2sql.drafts.schema_context import context_from_schema
from assistant.nl2sql.drafts.sketch_sql import compile_sketch
from assistant.nl2sql.drafts.sketching import sketch
from assistant.nl2sql.drafts.stored_words import StoredWords, stored_words, with_hits, with_numerals
from assistant.nl2sql.drafts.vocabulary import forms_of, vocabulary

CASES = yaml.safe_load((Path(__file__).parents[2] / "cases" / "sketches.yaml").read_text(encoding="utf-8"))
SCHEMA = {
    "student": {"id": "INT", "name": "TEXT", "age": "INT", "sex": "TEXT", "city_id": "INT"},
    "city": {"id": "INT", "city_name": "TEXT", "population": "TEXT"},
    "enrolment": {"id": "INT", "student_id": "INT", "course_id": "INT", "grade": "INT"},
    "course": {"id": "INT", "title": "TEXT"},
}
JOINS = tuple(
    JoinPair.of(left, right)
    for left, right in (
        ("student.city_id", "city.id"),
        ("enrolment.student_id", "student.id"),
        ("enrolment.course_id", "course.id"),
    )
)
ROWS: dict[str, list[tuple[Any, ...]]] = {
    "student": [(1, "Ann", 22, "F", 1), (2, "Bob", 18, "M", 1), (3, "Cid", 25, "M", 2), (4, "Dee", 20, "F", 3)],
    "city": [(1, "Riga", "600"), (2, "Oslo", "700"), (3, "Bonn", "null")],
    "enrolment": [(1, 1, 1, 5), (2, 1, 2, 5), (3, 2, 1, 5), (4, 3, 2, 2)],
    "course": [(1, "Art"), (2, "Law")],
}


def hits() -> list[ValueHit]:
    places = {
        "student": (("name", 1), ("sex", 3)),
        "city": (("city_name", 1), ("population", 2)),
        "course": (("title", 1),),
    }
    return [
        ValueHit(span=str(row[at]), table=table, column=column, value=str(row[at]))
        for table, columns in places.items()
        for column, at in columns
        for row in ROWS[table]
    ]


def stored() -> StoredWords:
    return stored_words(hits())


def context() -> SchemaContext:
    keys = {table: ["id"] for table in SCHEMA}
    return with_numerals(context_from_schema("", schema=SCHEMA, primary_keys=keys, joins=JOINS), stored())


@pytest.fixture(scope="module")
def school() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    for table, columns in SCHEMA.items():
        connection.execute(f"create table {table} ({', '.join(f'{c} {t}' for c, t in columns.items())})")
        connection.executemany(f"insert into {table} values ({', '.join('?' * len(columns))})", ROWS[table])
    yield connection
    connection.close()


def sql_of(question: str) -> str | None:
    chinese = any(character > "\u4e00" for character in question)
    read = sketch(question, context(), stored().by_words, chinese=chinese)
    return compile_sketch(read, context(), dialect="sqlite") if read is not None else None


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_read_without_a_model(case: dict[str, Any], school: sqlite3.Connection) -> None:
    text = sql_of(case["question"])
    assert text is not None
    got = [list(row) for row in school.execute(text).fetchall()]
    wanted = case["rows"]
    if not case.get("ordered"):
        got, wanted = sorted(got, key=repr), sorted(wanted, key=repr)
    assert got == wanted, f"{case['why']}: {text}"


def test_nothing_of_the_schema_is_said() -> None:
    assert sketch("What is the meaning of life?", context(), {}, chinese=False) is None


def test_coverage_falls_with_words_that_nothing_explains() -> None:
    whole = sketch("How many students are there?", context(), {}, chinese=False)
    part = sketch("How many students eat strange purple mushrooms?", context(), {}, chinese=False)
    assert whole is not None
    assert part is not None
    assert whole.coverage == 1.0
    assert part.coverage < 0.5


def test_a_column_is_taken_from_the_table_that_stands_beside_it() -> None:
    said = read_mentions("the title of the course and the name of the student", context(), {})
    found = [(one.table, one.column) for one in said.mentions if one.kind == "column"]
    assert found == [("course", "title"), ("student", "name")]


def test_a_word_of_the_schema_is_no_value_unless_quoted() -> None:
    words = {"grade": (ValueHit(span="grade", table="course", column="title", value="grade"),)}
    plain = read_mentions("the grade of an enrolment", context(), words)
    quoted = read_mentions('the enrolment in "grade"', context(), words)
    assert [one.kind for one in plain.mentions if one.kind == "value"] == []
    assert [one.value for one in quoted.mentions if one.kind == "value"] == ["grade"]


def test_text_that_holds_numbers_is_compared_as_numbers() -> None:
    assert ("city", "population") in stored().numerals
    assert ("city", "city_name") not in stored().numerals
    text = sql_of("How many cities have a population above 650?")
    assert text is not None
    assert "CAST" in text.upper()


def test_both_languages_give_the_same_words() -> None:
    english = [word.stems for word in words_of("age") if word.stems]
    chinese = [word.stems for word in words_of("年龄") if word.stems]
    assert english
    assert "age" in english[0] & chinese[0]
    assert "register" in forms_of("registered")
    assert "France" in vocabulary().names["法国"]


def test_hits_add_words_for_a_value() -> None:
    more = with_hits(stored(), [ValueHit(span="里加", table="city", column="city_name", value="Riga")])
    read = sketch("“里加”有多少学生？", context(), more.by_words, chinese=True)
    assert read is not None
    assert read.conditions[0].values == ("Riga",)
    assert "里加" not in stored().by_words


WORDS = [
    *("students", "name", "age", "city", "most", "not", "or", "both", "each", "average", "how many", "20", "at least"),
    *("sorted by", "'Riga'", "学生", "没有", "最多", "平均", "每个", "城市", "的", "年龄", "大于", "3", "和", "或"),
]


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=9))
def test_whatever_is_asked_the_sql_is_one_query_over_the_schema(words: list[str]) -> None:
    text = sql_of(" ".join(words))
    if text is not None:
        tree = sqlglot.parse_one(text, read="sqlite")
        assert {table.name for table in tree.find_all(sqlglot.exp.Table)} <= set(SCHEMA)
