"""TriageSQL and AMBROSIA: loaders, the databases made of them, classes, readings."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from evals.answerability import dumped_database, empty_database, load_dumps, load_readings, load_triage
from evals.open_workspace import harvest
from evals.reading import EvaluationDataError
from evals.suites.readings import ReadingsTask
from evals.suites.triage import TriageTask, confusion, outcome_class
from evals.task import Case, Result, Verdict

TRIAGE = {"id": "t1", "question": "how many wins?", "type": "lack data", "schema": {"club": ["name", "wins"]}}
READING = {"id": "r1", "question": "q", "db": "d", "is_ambiguous": True, "ambig_type": "scope", "gold_sqls": ["a", "b"]}


def lines(file: Path, *rows: dict[str, Any]) -> Path:
    file.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return file


def test_triage_is_read(tmp_path: Path) -> None:
    case = load_triage(lines(tmp_path / "t.jsonl", TRIAGE))[0]
    assert (case.text, case.body["honest"], case.strata) == ("how many wins?", "no_data", (("type", "lack data"),))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"type": "chat"}, "type must be one of"),
        ({"schema": {"club": "name"}}, "list of columns"),
        ({"question": None}, "question is missing"),
        ({"schema": None}, "schema is missing"),
    ],
)
def test_a_wrong_triage_file_is_told_with_its_line(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    file = lines(tmp_path / "t.jsonl", TRIAGE, {**TRIAGE, "id": "t2"} | change)
    with pytest.raises(EvaluationDataError) as told:
        load_triage(file)
    assert said in told.value.text.en
    assert told.value.line == 2


def test_any_schema_becomes_an_empty_database(tmp_path: Path) -> None:
    schema = {
        "csv/204-csv/184.csv": ["#", "title", "", "Title"],
        "1-1341707-45": ["first elected", "points"],
        "客户": ["姓名"],
    }
    names = empty_database(schema, tmp_path / "e.sqlite")
    found = harvest(tmp_path / "e.sqlite", names)
    assert [table.words for table in found.tables] == list(schema)
    assert [[column.words for column in table.columns] for table in found.tables] == [
        ["#", "title", "Title"],
        ["first elected", "points"],
        ["姓名"],
    ]
    assert [column.kind for column in found.tables[1].columns] == ["string", "number"]
    assert all("/" not in table.name for table in found.tables)


@pytest.mark.parametrize(
    ("status", "sql", "expected"),
    [
        ("answered", "select 1", "answerable"),
        ("no_data", "select 1", "answerable"),
        ("no_data", None, "no_data"),
        ("clarify", None, "ambiguous"),
        ("out_of_scope", None, "out_of_scope"),
        ("refused", None, ""),
        ("failed", None, ""),
    ],
)
def test_outcome_classes(status: str, sql: str | None, expected: str) -> None:
    assert outcome_class({"status": status, "sql": sql}) == expected


def test_triage_verdicts_and_confusion() -> None:
    case = Case(id="c", text="q", strata=(("type", "small talk"),), body={"honest": "out_of_scope"})
    results = []
    for status, sql, passed in (("out_of_scope", None, True), ("answered", "select 1", False), ("failed", None, None)):
        observed = {"status": status, "sql": sql, "said": "s"}
        verdict = TriageTask.score(SimpleNamespace(), case, observed)  # type: ignore[arg-type]
        assert verdict.passed is passed
        results.append(Result(case=case, verdict=verdict, observed=observed, seconds=0.1))
    assert confusion(results) == {"small talk": {"out_of_scope": 1, "answerable": 1, "failed": 1}}


def test_readings_and_their_databases_are_read(tmp_path: Path) -> None:
    lines(tmp_path / "ambrosia.jsonl", READING)
    script = "create table t(a int); insert into t values (3);"
    (tmp_path / "ambrosia_db_dumps.json").write_text(json.dumps({"d": script}))
    case = load_readings(tmp_path)[0]
    assert (case.body["golds"], dict(case.strata)["group"]) == (["a", "b"], "ambiguous")
    dumped_database(load_dumps(tmp_path)["d"], tmp_path / "d.sqlite")
    with closing(sqlite3.connect(tmp_path / "d.sqlite")) as made:
        assert made.execute("select a from t").fetchall() == [(3,)]
    with pytest.raises(EvaluationDataError, match="不能执行"):
        dumped_database("create tabel t", tmp_path / "e.sqlite")
    lines(tmp_path / "ambrosia.jsonl", {**READING, "gold_sqls": []})
    with pytest.raises(EvaluationDataError, match="不能为空"):
        load_readings(tmp_path)


ONE, TWO, THREE = [["A", 1]], [["B", 2]], [["C", 3]]


def found(golds: list[Any], rows: Any, offered: list[Any], status: str = "answered") -> Verdict:
    case = Case(id="r", text="q", strata=(("ambig_type", "scope"),), body={"golds": ["g"] * len(golds)})
    observed = {"status": status, "rows": rows, "golds": golds, "offered": [{"rows": one} for one in offered]}
    return ReadingsTask.score(SimpleNamespace(), case, observed)  # type: ignore[arg-type]


def test_readings_are_found_in_the_answer_and_in_what_is_offered() -> None:
    assert found([ONE, TWO], None, [TWO, ONE], "clarify").passed is True
    assert found([ONE, TWO], ONE, [TWO]).passed is True
    half = found([ONE, TWO], ONE, [THREE, None])
    assert (half.passed, half.scores["readings_found"].value) == (False, 0.5)
    assert found([ONE, TWO], None, [], "out_of_scope").scores["all_readings_found"].value == 0
    assert found([ONE, None], ONE, []).state == "not_scored"
    assert found([ONE, TWO], None, [], "failed").state == "failed"


def test_a_plain_question_must_be_answered_at_once() -> None:
    assert found([ONE], [[1, "A"]], []).passed is True
    assert found([ONE], TWO, [ONE]).passed is False
    assert found([ONE], None, [ONE], "clarify").state == "abstained"
