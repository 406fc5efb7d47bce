"""Benchmark files: what is read, and how a wrong one is named."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from evals.loaders import (
    load_corpus,
    load_policy_cases,
    load_queries,
    load_written_cases,
)
from evals.reading import EvaluationDataError
from evals.sql_benchmark import load_sql_benchmark, load_words, words_file


def write(path: Path, *rows: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows))
    return path


def database(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as made, made:
        made.execute("create table pet (id int)")


@pytest.fixture
def spider(tmp_path: Path) -> Path:
    questions = [
        {"db_id": "pets", "question": "How many?", "question_zh": "有多少？", "query": "select 1", "hardness": "easy"},
        {"db_id": "pets", "question": "Which?", "query": "select 2"},
    ]
    (tmp_path / "dev.json").write_text(json.dumps(questions, ensure_ascii=False))
    database(tmp_path / "database" / "pets" / "pets.sqlite")
    return tmp_path


def test_spider_asks_each_language(spider: Path) -> None:
    found = load_sql_benchmark(spider)
    assert [(case.id, case.lang) for case in found] == [("pets-0-en", "en"), ("pets-0-zh", "zh"), ("pets-1-en", "en")]
    assert [case.lang for case in load_sql_benchmark(spider, "zh")] == ["zh"]
    assert dict(found[0].strata) == {"lang": "en", "hardness": "easy", "database": "pets"}
    assert dict(found[2].strata)["hardness"] == "easy"  # by Spider's criteria, where the file says nothing


def test_bird_brings_its_evidence(tmp_path: Path) -> None:
    row = {"question_id": 9, "db_id": "d", "question": "Q", "evidence": "E", "SQL": "select 1", "difficulty": "simple"}
    (tmp_path / "dev.json").write_text(json.dumps([row]))
    database(tmp_path / "dev_databases" / "d" / "d.sqlite")
    (case,) = load_sql_benchmark(tmp_path)
    assert (case.id, case.text, case.body["gold"]) == ("d-9-en", "Q (E)", "select 1")


def test_bird_names_its_tables_file_otherwise(tmp_path: Path) -> None:
    assert words_file(tmp_path).name == "tables.json"
    (tmp_path / "dev_tables.json").write_text("[]")
    assert words_file(tmp_path).name == "dev_tables.json"


@pytest.mark.parametrize(
    ("load", "words"),
    [
        (load_sql_benchmark, "dev.json"),
        (load_corpus, "qrels/test.tsv"),
        (load_queries, "queries.jsonl"),
    ],
)
def test_a_file_where_a_folder_belongs_is_told_what_the_folder_holds(tmp_path: Path, load: Any, words: str) -> None:
    with pytest.raises(EvaluationDataError) as told:
        load(write(tmp_path / "cases.jsonl", {"id": 1}))
    assert words in told.value.text.en
    assert words in told.value.text.zh


def test_a_folder_without_cases_is_no_suite_of_nothing(tmp_path: Path) -> None:
    with pytest.raises(EvaluationDataError, match=r"\.yaml"):
        load_written_cases(tmp_path)
    with pytest.raises(EvaluationDataError, match=r"\.jsonl"):
        load_policy_cases(tmp_path)


def test_a_benchmark_without_its_database_or_gold_is_named(spider: Path) -> None:
    (spider / "database" / "pets" / "pets.sqlite").unlink()
    with pytest.raises(EvaluationDataError, match=r"pets\.sqlite"):
        load_sql_benchmark(spider)
    (spider / "dev.json").write_text('[{"db_id": "pets", "question": "Q"}]')
    with pytest.raises(EvaluationDataError, match="SQL"):
        load_sql_benchmark(spider)


def test_beir(tmp_path: Path) -> None:
    write(tmp_path / "corpus.jsonl", {"_id": "L#1", "title": "L", "text": "t"}, "", {"_id": "M", "text": "u"})
    write(
        tmp_path / "queries.jsonl",
        {"_id": "q1", "text": "a", "metadata": {"lang": "hant"}},
        {"_id": "q2", "text": "b"},
    )
    write(tmp_path / "qrels" / "test.tsv", "query-id\tcorpus-id\tscore", "q1\tL#1\t1", "q1\tM\t0")
    assert [document.id for document in load_corpus(tmp_path)] == ["L#1", "M"]
    (case,) = load_queries(tmp_path)
    assert (case.id, case.lang, case.body["relevant"]) == ("q1", "zh-Hant", {"L#1": 1, "M": 0})
    with pytest.raises(EvaluationDataError, match=r"queries\.jsonl"):
        load_queries(tmp_path, "en")


@pytest.mark.parametrize(
    ("judgements", "said"),
    [
        (["query-id\tcorpus-id\tscore"], "no judgement"),
        (["q1 0 a 1", "q1 0 b 1"], "tab separated"),
        (["q1\ta"], "no judgement"),
        (["other\ta\t1"], "no judged query"),
    ],
)
def test_judgements_that_judge_nothing_are_no_benchmark(tmp_path: Path, judgements: list[str], said: str) -> None:
    write(tmp_path / "queries.jsonl", {"_id": "q1", "text": "a"})
    write(tmp_path / "qrels" / "test.tsv", *judgements)
    with pytest.raises(EvaluationDataError) as told:
        load_queries(tmp_path)
    assert said in told.value.text.en


def test_judgements_without_a_header_lose_no_line(tmp_path: Path) -> None:
    write(tmp_path / "queries.jsonl", {"_id": "q1", "text": "a"})
    write(tmp_path / "qrels" / "test.tsv", "q1\ta\t1")
    assert load_queries(tmp_path)[0].body["relevant"] == {"a": 1}


@pytest.mark.parametrize(
    ("content", "said"), [(b"garbage garbage garbage garbage", "is no SQLite database"), (b"", "has no table")]
)
def test_a_database_that_cannot_be_read_is_named_before_anything_is_asked(
    spider: Path, content: bytes, said: str
) -> None:
    (spider / "database" / "pets" / "pets.sqlite").write_bytes(content)
    with pytest.raises(EvaluationDataError) as told:
        load_sql_benchmark(spider)
    assert said in told.value.text.en
    assert "pets.sqlite" in told.value.text.en


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"question": 17}, r"[1].question"),
        ({"question": ""}, r"[1].question"),
        ({"db_id": None}, r"[1].db_id"),
        ({"question_id": 0}, "pets-0-en occurs twice"),
    ],
)
def test_a_wrong_question_of_spider_is_named_by_its_place(spider: Path, row: dict[str, Any], said: str) -> None:
    rows = json.loads((spider / "dev.json").read_text())
    (spider / "dev.json").write_text(json.dumps([rows[0] | {"question_id": 0}, rows[1] | row]))
    with pytest.raises(EvaluationDataError) as told:
        load_sql_benchmark(spider)
    assert said in told.value.text.en


def test_a_question_in_chinese_is_chinese(spider: Path) -> None:
    """CSpider writes its Chinese questions under `question`."""
    row = {"db_id": "pets", "question": "有多少只宠物？", "query": "select 1"}
    (spider / "dev.json").write_text(json.dumps([row]))
    assert [case.lang for case in load_sql_benchmark(spider)] == ["zh"]


@pytest.mark.parametrize("content", ['{"a": 1}', "[1]", '[{"db_id": "pets"}]', '[{"db_id": "pets", "table_names": 1}]'])
def test_names_in_words_of_another_form_are_an_error_of_the_file(spider: Path, content: str) -> None:
    (spider / "tables.json").write_text(content)
    with pytest.raises(EvaluationDataError, match=r"tables\.json"):
        load_words(spider)


@pytest.mark.parametrize("change", ["status: anwsered", "status: answered, also: [clarfy]"])
def test_a_status_that_nothing_can_have_is_no_case(tmp_path: Path, change: str) -> None:
    head = "cases:\n  - {id: a, question: q, lang: en, user: u, why: w, author: me, written: 2026-01-01, expect: "
    (tmp_path / "a.yaml").write_text(f"{head}{{{change}}}}}\n")
    with pytest.raises(EvaluationDataError, match=r"a\.yaml:2"):
        load_written_cases(tmp_path)


def test_files_without_a_case_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("cases: []\n")
    (tmp_path / "a.jsonl").write_text("\n")
    (tmp_path / "corpus.jsonl").write_text("\n")
    for load in (load_written_cases, load_policy_cases, load_corpus):
        with pytest.raises(EvaluationDataError):
            load(tmp_path)


@pytest.mark.parametrize(
    ("lines", "place"),
    [
        (['{"_id": "a", "text": "t"}', "{"], "corpus.jsonl:2"),
        (['{"_id": "a"}'], r"corpus.jsonl:1 \[text\]"),
        (['{"_id": "a", "text": 3}'], r"corpus.jsonl:1 \[text\]"),
        (["[1]"], "corpus.jsonl:1"),
        (['{"_id": "a", "text": "t"}'] * 2, r"\[id\]"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, lines: list[str], place: str) -> None:
    write(tmp_path / "corpus.jsonl", *lines)
    with pytest.raises(EvaluationDataError, match=place):
        load_corpus(tmp_path)


def test_a_wrong_judgement_is_named(tmp_path: Path) -> None:
    write(tmp_path / "queries.jsonl", {"_id": "q1", "text": "a"})
    write(tmp_path / "qrels" / "test.tsv", "h", "q1 L#1 1")
    with pytest.raises(EvaluationDataError, match=r"test\.tsv:2"):
        load_queries(tmp_path)


POLICY = {
    "id": "P1",
    "question": "q",
    "sql": "select 1",
    "role": "r",
    "purpose": "p",
    "expected": "refuse",
    "attack": "x",
}


def test_policy_cases(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", {**POLICY, "history": ["[user=B] select 2"], "reason": "why"})
    write(tmp_path / "b.jsonl", {**POLICY, "id": "P2", "sql": None})
    first, second = load_policy_cases(tmp_path)
    assert (first.text, first.body["history"], first.why) == ("select 1", ["[user=B] select 2"], "why")
    assert (second.text, second.body["sql"]) == ("q", "")


@pytest.mark.parametrize(
    "change", [{"expected": "maybe"}, {"sql": None, "question": ""}, {"role": None}, {"history": "x"}]
)
def test_a_wrong_policy_case_is_named(tmp_path: Path, change: dict[str, object]) -> None:
    file = write(tmp_path / "a.jsonl", POLICY, {**POLICY, "id": "P2", **change})
    with pytest.raises(EvaluationDataError, match=r"a\.jsonl:2"):
        load_policy_cases(file)


WRITTEN = """cases:
  - {id: a, question: 问, lang: zh, user: u, why: w, author: i, written: 2026-01-01, expect: {status: refused, gate: G}}
"""


def test_our_own_cases(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(WRITTEN)
    (case,) = load_written_cases(file)
    assert case.body["written"].expect.gate == "G"
    with pytest.raises(EvaluationDataError, match=r"a\.yaml"):
        load_written_cases(file, "en")
    file.write_text(WRITTEN.replace("gate", "gait"))
    with pytest.raises(EvaluationDataError, match=r"a\.yaml:2 .*gait"):
        load_written_cases(file)
