"""Shapes of questions over a schema with linked tables, units, dates and codes (cases/sketch_shapes.yaml), executed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.nl2sql.drafts.asked_words import words_of
from assistant.nl2sql.drafts.key_graph import JoinPair, is_of_one
from assistant.nl2sql.drafts.offered_schema import SchemaContext, ValueHit
from assistant.nl2sql.drafts.schema_context import context_from_schema
from assistant.nl2sql.drafts.sketch_sql import compile_sketch
from assistant.nl2sql.drafts.sketching import sketch
from assistant.nl2sql.drafts.stored_words import StoredWords, stored_words, with_numerals
from assistant.nl2sql.drafts.word_overlap import stem

CASES = yaml.safe_load((Path(__file__).parents[2] / "cases" / "sketch_shapes.yaml").read_text(encoding="utf-8"))
SCHEMA = {
    "company": {
        "company_id": "INT",
        "company_name": "TEXT",
        "country": "TEXT",
        "founded": "INT",
        "revenue_in_millions": "REAL",
    },
    "depot": {"depot_id": "INT", "depot_name": "TEXT", "company_id": "INT", "capacity": "INT", "opening_year": "INT"},
    "courier": {
        "courier_id": "INT",
        "first_name": "TEXT",
        "last_name": "TEXT",
        "gender": "TEXT",
        "depot_id": "INT",
        "maximum_load": "INT",
        "birth_year": "INT",
    },
    "parcel": {
        "parcel_id": "INT",
        "depot_id": "INT",
        "category": "TEXT",
        "price": "REAL",
        "sent_date": "TEXT",
        "num_of_stamps": "INT",
        "customer_name": "TEXT",
    },
    "sponsor": {"sponsor_id": "INT", "sponsor_name": "TEXT", "industry": "TEXT"},
    "company_sponsor": {"company_id": "INT", "sponsor_id": "INT", "amount_paid": "REAL"},
}
JOINS = tuple(
    JoinPair.of(left, right)
    for left, right in (
        ("depot.company_id", "company.company_id"),
        ("courier.depot_id", "depot.depot_id"),
        ("parcel.depot_id", "depot.depot_id"),
        ("company_sponsor.company_id", "company.company_id"),
        ("company_sponsor.sponsor_id", "sponsor.sponsor_id"),
    )
)
KEYS = {
    "company": ["company_id"],
    "depot": ["depot_id"],
    "courier": ["courier_id"],
    "parcel": ["parcel_id"],
    "sponsor": ["sponsor_id"],
    "company_sponsor": ["company_id", "sponsor_id"],
}
ROWS: dict[str, list[tuple[Any, ...]]] = {
    "company": [
        (1, "Swift", "France", 1950, 12.5),
        (2, "Hermes", "Norway", 1988, 40.0),
        (3, "Post One", "France", 2001, 7.0),
    ],
    "depot": [
        (1, "North Gate", 1, 300, 1999),
        (2, "Old Mill", 1, 80, 2005),
        (3, "Quay", 2, 150, 2012),
        (4, "Empty Hall", 2, 500, 2020),
    ],
    "courier": [
        (1, "Amy", "Stark", "F", 1, 20, 1990),
        (2, "Bob", "Nash", "M", 1, 35, 1971),
        (3, "Cora", "Stark", "F", 3, 25, 2001),
        (4, "Dan", "Pell", "M", 2, 50, 1985),
    ],
    "parcel": [
        (1, 1, "Book", 5.0, "2021-01-10", 2, "Ida"),
        (2, 1, "Toy", 12.0, "2021-03-05", 4, "Jon"),
        (3, 2, "Book", 8.0, "2021-05-20", 1, "Ida"),
        (4, 3, "Food", 20.0, "2022-02-01", 6, "Kim"),
        (5, 3, "Toy", 3.0, "2022-06-30", 3, "Ida"),
    ],
    "sponsor": [(1, "Blue Bank", "Finance"), (2, "Sun Co", "Energy"), (3, "Nobody", "Travel")],
    "company_sponsor": [(1, 1, 10.0), (1, 2, 4.0), (2, 1, 9.0)],
}
VALUES = {
    "company": (("company_name", 1), ("country", 2)),
    "depot": (("depot_name", 1),),
    "courier": (("first_name", 1), ("last_name", 2), ("gender", 3)),
    "parcel": (("category", 2), ("customer_name", 6)),
    "sponsor": (("sponsor_name", 1), ("industry", 2)),
}


def stored() -> StoredWords:
    return stored_words(
        ValueHit(span=str(row[at]), table=table, column=column, value=str(row[at]))
        for table, columns in VALUES.items()
        for column, at in columns
        for row in ROWS[table]
    )


def context() -> SchemaContext:
    return with_numerals(context_from_schema("", schema=SCHEMA, primary_keys=KEYS, joins=JOINS), stored())


@pytest.fixture(scope="module")
def depots() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    for table, columns in SCHEMA.items():
        connection.execute(f"create table {table} ({', '.join(f'{c} {t}' for c, t in columns.items())})")
        connection.executemany(f"insert into {table} values ({', '.join('?' * len(columns))})", ROWS[table])
    yield connection
    connection.close()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_shape(case: dict[str, Any], depots: sqlite3.Connection) -> None:
    chinese = any(character > "\u4e00" for character in case["question"])
    read = sketch(case["question"], context(), stored().by_words, chinese=chinese)
    assert read is not None
    text = compile_sketch(read, context(), dialect="sqlite")
    assert text is not None
    got = [list(row) for row in depots.execute(text).fetchall()]
    wanted = case["rows"]
    if not case.get("ordered"):
        got, wanted = sorted(got, key=repr), sorted(wanted, key=repr)
    assert got == wanted, f"{case['why']}: {text}"


@pytest.mark.parametrize(
    ("plural", "singular"),
    [("dishes", "dish"), ("matches", "match"), ("classes", "class"), ("addresses", "address"), ("movies", "movie"),
     ("boxes", "box"), ("countries", "country"), ("courses", "course")],
)  # fmt: skip
def test_a_word_and_its_plural_have_one_stem(plural: str, singular: str) -> None:
    assert stem(plural) == stem(singular)


def test_a_whole_date_is_one_word() -> None:
    for text in ("after 2021-05-01", "2021年5月1日之后", "2021/5/1以前"):
        assert [word.date for word in words_of(text) if word.date] == ["2021-05-01"]
    assert not any(word.date for word in words_of("2021-050-1"))


def test_a_measure_word_behind_a_number_names_nothing() -> None:
    beside = {word.text: word for word in words_of("至少有2名学生的班级名称")}
    assert beside["名"].filler
    assert not beside["名"].stems
    assert "name" in beside["名称"].stems


def test_many_to_one_however_far() -> None:
    assert is_of_one("courier", "company", JOINS)
    assert not is_of_one("company", "courier", JOINS)
    assert not is_of_one("sponsor", "company", JOINS)


@pytest.mark.parametrize("question", ["Show the last name of the first courier hired.", "The most loyal couriers?"])
def test_a_superlative_that_nothing_ranks_is_left_out(question: str) -> None:
    read = sketch(question, context(), stored().by_words, chinese=False)
    assert read is not None
    assert read.left


@pytest.mark.parametrize(
    ("question", "left"),
    [
        ("What is the zorbness and category of parcels?", "zorbness"),
        ("包裹的蓝绿度和价格是多少？", "蓝绿度"),
        ("包裹的类别和价格是多少？", ""),
        ("What is the category and price of parcels?", ""),
    ],
)
def test_an_unknown_thing_beside_a_column_is_asked_for_as_well(question: str, left: str) -> None:
    read = sketch(question, context(), stored().by_words, chinese=not question.isascii())
    assert read is not None
    assert read.left == ((left,) if left else ())
