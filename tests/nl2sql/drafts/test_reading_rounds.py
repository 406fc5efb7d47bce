"""Which questions have several readings, what each returns, and how a choice is followed."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml
from asked_library import library_words
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.domain import Lang
from assistant.language import render
from assistant.nl2sql.drafts.key_graph import JoinPair
from assistant.nl2sql.drafts.offered_schema import ContextColumn, ContextTable, SchemaContext
from assistant.nl2sql.drafts.reading_rounds import CHOICE, MOST_ROUNDS, clarification_of, follow, readings_of
from assistant.nl2sql.drafts.schema_words import SchemaWords, StoredValue, stem_of, words_of

CASES = yaml.safe_load((Path(__file__).parents[2] / "cases" / "readings.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> SchemaWords:
    return library_words(tmp_path_factory.mktemp("library"))


@pytest.fixture(scope="module")
def rows_of(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    folder = tmp_path_factory.mktemp("rows")
    library_words(folder)

    def run(sql: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(folder / "words.sqlite")) as source:
            return source.execute(sql).fetchall()

    return run


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_readings_and_their_rows(case: dict[str, Any], library: SchemaWords, rows_of: Any) -> None:
    found = readings_of(case["question"], library)
    if case["kind"] == "none":
        assert found == ()
        chosen = follow(case["question"], library).chosen
        assert (chosen is not None) == ("settled" in case)
        if chosen is not None:
            assert sorted(rows_of(chosen.sql)) == sorted(tuple(row) for row in case["settled"])
        return
    assert {reading.kind for reading in found} == {case["kind"]}
    returned = [sorted(rows_of(reading.sql)) for reading in found]
    assert returned == [sorted(tuple(row) for row in rows) for rows in case["rows"]]


@pytest.mark.parametrize("lang", ["zh", "zh-Hant", "en"])
def test_every_choice_is_followed_in_every_language(lang: Lang, library: SchemaWords) -> None:
    question = "Which services are offered at each branch?"
    readings = readings_of(question, library)
    options = clarification_of(question, readings, lang).options
    assert len(options) == 2
    for reading, option in zip(readings, options, strict=True):
        followed = follow(option.question, library)
        assert followed.chosen == reading
        assert followed.open == ()
        assert render(reading.consequence, lang) in option.label


def test_words_that_are_no_reading_stay_in_the_question(library: SchemaWords) -> None:
    followed = follow(f"Which services are offered at each branch?{CHOICE}whatever you like", library)
    assert followed.chosen is None
    assert followed.question.endswith("whatever you like")


def test_a_reading_without_sql_becomes_a_plainer_question(library: SchemaWords) -> None:
    question = "How many courses have each fee?"
    readings = readings_of(question, library)
    assert [reading.sql for reading in readings] == ["", "", ""]
    followed = follow(f"{question}{CHOICE}{readings[1].phrase.en}", library)
    assert followed.question == "How many courses have each evening fee?"
    assert followed.open == ()


def test_two_rounds_and_no_third() -> None:
    """Three words that each have several readings: the third is left to the drafter."""
    columns = ("inner_fee", "outer_fee", "upper_depth", "lower_depth", "rough_grade", "fine_grade")
    table = ContextTable(
        name="pit",
        columns=tuple(ContextColumn(name=name, type="number") for name in ("id", *columns)),
    )
    words = SchemaWords(schema=SchemaContext(tables=(table,)))
    text, rounds = "How many pits for every fee and depth and grade?", 0
    while True:
        followed = follow(text, words)
        if not followed.open:
            break
        rounds += 1
        assert not followed.open[0].sql
        text = f"{text}{CHOICE}{followed.open[0].phrase.en}"
    assert rounds == MOST_ROUNDS
    assert followed.question == "How many pits for every inner fee and upper depth and grade?"


def test_codes_are_named_by_their_labels() -> None:
    """A condition compares with the code; the question says the label."""
    columns = (ContextColumn(name="title", type="text"), ContextColumn(name="kind", type="text"))
    table = ContextTable(name="paper", columns=(*columns, ContextColumn(name="tongue", type="text")))
    values = tuple(
        StoredValue(table="paper", column=column, value=code, label=label)
        for column, code, label in (("kind", "01", "Map"), ("kind", "02", "Letter"), ("tongue", "W", "Welsh"))
    )
    words = SchemaWords(schema=SchemaContext(tables=(table,)), values=values)
    both, one = readings_of("Show maps and letters in Welsh", words)
    assert "'01'" in both.sql
    assert "'W'" in both.sql
    assert "Welsh" in one.phrase.en


def test_literals_cannot_leave_their_quotes() -> None:
    columns = (ContextColumn(name="title", type="text"), ContextColumn(name="kind", type="text"))
    table = ContextTable(name="paper", columns=(*columns, ContextColumn(name="tongue", type="text")))
    values = tuple(
        StoredValue(table="paper", column=column, value=value)
        for column, value in (("kind", "Map's"), ("kind", "Letter"), ("tongue", "O' or 1=1"))
    )
    words = SchemaWords(schema=SchemaContext(tables=(table,)), values=values)
    found = readings_of("Show map s and letters with O' or 1=1", words)
    assert all("'Map''s'" in one.sql and "'O'' or 1=1'" in one.sql for one in found)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("types", "type"),
        ("lobbies", "lobby"),
        ("movies", "movie"),
        ("classes", "class"),
        ("boxes", "box"),
        ("ids", "id"),
    ],
)
def test_singular_and_plural_have_one_stem(one: str, other: str) -> None:
    assert stem_of(one) == stem_of(other)


def test_a_possessive_is_no_word() -> None:
    assert [word.text for word in words_of("the child's age")] == ["the", "child", "age"]


def test_a_link_table_must_be_declared() -> None:
    """Without keys nothing is known to be shared, and nothing is asked."""
    tables = tuple(
        ContextTable(name=name, columns=(ContextColumn(name=f"{name}_name", type="text"),))
        for name in ("fair", "stall")
    )
    bare = SchemaWords(schema=SchemaContext(tables=tables))
    assert readings_of("Which stalls are at each fair?", bare) == ()
    link = ContextTable(
        name="fair_stall",
        columns=(ContextColumn(name="fair_id", type="number"), ContextColumn(name="stall_id", type="number")),
    )
    joins = (
        JoinPair.of("fair_stall.fair_id", "fair.fair_name"),
        JoinPair.of("fair_stall.stall_id", "stall.stall_name"),
    )
    keyed = SchemaWords(schema=SchemaContext(tables=(*tables, link), joins=joins))
    assert len(readings_of("Which stalls are at each fair?", keyed)) == 2


_SAID = st.sampled_from(
    re.findall(
        r"\S+",
        """each every and or with both when date fees services branch courses workshops lectures Welsh Dutch 12 seats
        common opening of the show — 每个 和 的 讲座 ? ' 's""",
    )
)


@given(st.lists(_SAID, max_size=14).map(" ".join))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_has_none_or_two_to_four_readings(library: SchemaWords, text: str) -> None:
    found = readings_of(text, library)
    assert len(found) in (0, 2, 3, 4)
    assert len({reading.phrase for reading in found}) == len(found)
    for reading in found:
        assert bool(reading.sql) or reading.question != text
        assert follow(f"{text}{CHOICE}{reading.phrase.en}", library).rounds <= MOST_ROUNDS
