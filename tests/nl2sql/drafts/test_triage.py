"""Which questions a database without a semantic model can answer at all, and what is said of the others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from asked_library import library_words

from assistant.nl2sql.drafts.key_graph import JoinPair
from assistant.nl2sql.drafts.offered_schema import ContextColumn, ContextTable, SchemaContext
from assistant.nl2sql.drafts.question_signs import SIGNS, signs_of
from assistant.nl2sql.drafts.readings import Asked
from assistant.nl2sql.drafts.schema_words import SchemaWords
from assistant.nl2sql.drafts.triage import Triage, TriageOutcome, triage
from assistant.nl2sql.drafts.triage_weights import WEIGHTS

SPIDER = Path(__file__).resolve().parents[4] / "shared" / "data" / "nl2sql" / "spider_dev"
MOST_TURNED_AWAY = 0.03  # share of answerable questions


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> SchemaWords:
    return library_words(tmp_path_factory.mktemp("library"))


@pytest.mark.parametrize(
    "question",
    [
        "How many courses are there in each branch?",
        "List the titles of the courses held in Welsh.",
        "What is the average number of seats of lectures?",
        "Show the names of all branches.",
        "Can you tell me how many services there are?",
        "每个分馆有多少门课程？",
        "列出威尔士语的课程",
    ],
)
def test_questions_about_the_data_go_on(question: str, library: SchemaWords) -> None:
    assert triage(question, library).outcome is TriageOutcome.ANSWERABLE


@pytest.mark.parametrize(
    "question",
    [
        "did you watch the game last night?",
        "Thanks, that was really kind of you, lol",
        "how do i get rid of a headache",
        "why is the sky blue",
        "你好，你是谁",
        "给我讲个笑话",
    ],
)
def test_talk_is_out_of_scope(question: str, library: SchemaWords) -> None:
    assert triage(question, library).outcome is TriageOutcome.OUT_OF_SCOPE


def test_an_item_that_is_not_kept_is_no_data_and_named() -> None:
    columns = tuple(ContextColumn(name=name, type="text") for name in ("rank", "horse", "trainer"))
    race = SchemaWords(schema=SchemaContext(tables=(ContextTable(name="race", columns=columns),)))
    found = triage("what is the jockey with a weight of 54?", race)
    assert found.outcome is TriageOutcome.NO_DATA
    assert found.missing == ("jockey", "weight")


def test_an_ambiguous_question_comes_with_two_to_four_readings() -> None:
    columns = tuple(ContextColumn(name=name, type="number") for name in ("league_goals", "cup_goals", "total_goals"))
    player = ContextTable(name="player", columns=(ContextColumn(name="name", type="text"), *columns))
    found = triage("goals", SchemaWords(schema=SchemaContext(tables=(player,))))
    assert found.outcome is TriageOutcome.AMBIGUOUS
    assert [one.question for one in found.readings] == ["league goals", "cup goals", "total goals"]


def test_without_two_readings_nothing_is_called_ambiguous() -> None:
    only = ContextTable(name="note", columns=(ContextColumn(name="text", type="text"),))
    found = triage("the some number about 7", SchemaWords(schema=SchemaContext(tables=(only,))))
    assert found.outcome is not TriageOutcome.AMBIGUOUS
    assert found.readings == ()


def test_every_sign_has_a_weight_for_every_outcome(library: SchemaWords) -> None:
    signs = signs_of(Asked.of("Which courses have 12 seats?", library))
    assert set(signs) == set(SIGNS) == set(WEIGHTS)
    assert {len(weights) for weights in WEIGHTS.values()} == {len(TriageOutcome)}


def test_nothing_at_all_is_answered_safely(library: SchemaWords) -> None:
    empty = SchemaWords(schema=SchemaContext(tables=()))
    for text in ("?", "。", "123"):
        assert isinstance(triage(text, library), Triage)
        assert isinstance(triage(text, empty), Triage)


@pytest.mark.shared
@pytest.mark.parametrize("column", ["question", "question_zh"])
def test_answerable_questions_are_not_turned_away(column: str) -> None:
    """Spider's development questions, all of them answerable, by names and keys alone."""
    if not SPIDER.is_dir():
        pytest.skip("the shared data are not here")
    schemas = {entry["db_id"]: _schema(entry) for entry in json.loads((SPIDER / "tables.json").read_text("utf-8"))}
    asked = json.loads((SPIDER / "dev.json").read_text("utf-8"))
    away = [one for one in asked if _turned_away(one[column], schemas[one["db_id"]])]
    assert len(asked) > 400
    assert len(away) / len(asked) <= MOST_TURNED_AWAY


def _turned_away(text: str, schema: SchemaWords) -> bool:
    return triage(text, schema).outcome is not TriageOutcome.ANSWERABLE


def _schema(entry: dict) -> SchemaWords:  # type: ignore[type-arg]
    tables = []
    for place, name in enumerate(entry["table_names_original"]):
        columns = tuple(
            ContextColumn(name=column, type=kind, label=words)
            for (at, column), (_, words), kind in zip(
                entry["column_names_original"], entry["column_names"], entry["column_types"], strict=True
            )
            if at == place
        )
        tables.append(ContextTable(name=name, label=entry["table_names"][place], columns=columns))
    return SchemaWords(schema=SchemaContext(tables=tuple(tables), joins=_joins(entry)))


def _joins(entry: dict) -> tuple[JoinPair, ...]:  # type: ignore[type-arg]
    def element(place: int) -> str:
        table, column = entry["column_names_original"][place]
        return f"{entry['table_names_original'][table]}.{column}"

    return tuple(JoinPair.of(element(one), element(other)) for one, other in entry["foreign_keys"])
