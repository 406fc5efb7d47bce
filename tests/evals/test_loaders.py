"""Benchmark files: what is read, and how a wrong one is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evals.loaders import (
    load_corpus,
    load_policy_cases,
    load_queries,
    load_sql_benchmark,
    load_written_cases,
    words_file,
)
from evals.reading import EvaluationDataError


def write(path: Path, *rows: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows))
    return path


@pytest.fixture
def spider(tmp_path: Path) -> Path:
    questions = [
        {"db_id": "pets", "question": "How many?", "question_zh": "有多少？", "query": "select 1", "hardness": "easy"},
        {"db_id": "pets", "question": "Which?", "query": "select 2"},
    ]
    (tmp_path / "dev.json").write_text(json.dumps(questions, ensure_ascii=False))
    write(tmp_path / "database" / "pets" / "pets.sqlite", "")
    return tmp_path


def test_spider_asks_each_language(spider: Path) -> None:
    found = load_sql_benchmark(spider)
    assert [(case.id, case.lang) for case in found] == [("pets-0-en", "en"), ("pets-0-zh", "zh"), ("pets-1-en", "en")]
    assert [case.lang for case in load_sql_benchmark(spider, "zh")] == ["zh"]
    assert dict(found[0].strata) == {"lang": "en", "hardness": "easy", "database": "pets"}
    assert dict(found[2].strata)["hardness"] == "unlabelled"


def test_bird_brings_its_evidence(tmp_path: Path) -> None:
    row = {"question_id": 9, "db_id": "d", "question": "Q", "evidence": "E", "SQL": "select 1", "difficulty": "simple"}
    (tmp_path / "dev.json").write_text(json.dumps([row]))
    write(tmp_path / "dev_databases" / "d" / "d.sqlite", "")
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
    assert load_queries(tmp_path, "en") == ()


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
    assert load_written_cases(file, "en") == ()
    file.write_text(WRITTEN.replace("gate", "gait"))
    with pytest.raises(EvaluationDataError, match=r"a\.yaml:2 .*gait"):
        load_written_cases(file)
