"""Somebody who never met us brings their own benchmark folder: Spider and BIRD layouts, odd names, and BEIR."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from assistant.cli import main
from evals.environment import ROOT

pytestmark = pytest.mark.embedding
FIXTURE = ROOT / "tests" / "workspaces" / "policy_fixture"
SCRIPT = """
create table Owner(Id integer primary key, Name text, City text);
create table Pet(Id integer primary key, "Pet Type" text, weight real, owner_id int references Owner(Id));
create table "order/details"(id int, "a/b" text);
insert into Owner values (1, 'Ann', 'Lyon'), (2, 'Bo', 'Nice');
insert into Pet values (1, 'cat', 3.5, 1), (2, 'dog', 9, 1), (3, 'cat', 4, 2);
insert into "order/details" values (1, 'x');
"""
COUNT = {"db_id": "pets", "question": "How many pets are there?", "question_zh": "一共有多少只宠物？"}


def database(file: Path) -> None:
    file.parent.mkdir(parents=True)
    with closing(sqlite3.connect(file)) as made:
        made.executescript(SCRIPT)


@pytest.fixture
def evaluated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    monkeypatch.setenv("GOVDATA_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("GOVDATA_LLM", "none")

    def run(suite: str, folder: Path) -> dict[str, Any]:
        capsys.readouterr()
        assert main(["eval", suite, "--data", str(folder), "--workspace", str(FIXTURE), "--json"]) == 0
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    return run


def test_spider(tmp_path: Path, evaluated: Any) -> None:
    folder = tmp_path / "spider"
    database(folder / "database" / "pets" / "pets.sqlite")
    rows = [
        {**COUNT, "query": "SELECT count(*) FROM Pet"},
        {"db_id": "pets", "question": "?", "query": "select nonsense"},
    ]
    (folder / "dev.json").write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    found = evaluated("nl2sql", folder)
    assert found["states"]["not_scored"] == 1  # a gold that does not run says nothing of the product
    assert (found["n"], found["metrics"]["execution_accuracy"]) == (3, 1)
    assert set(found["by"]["lang"]) == {"zh", "en"}
    assert set(found["metrics"]) >= {"model_calls", "prompt_tokens_p95", "seconds_p50", "calibration_error"}


def test_bird(tmp_path: Path, evaluated: Any) -> None:
    folder = tmp_path / "bird"
    database(folder / "dev_databases" / "pets" / "pets.sqlite")
    row = {"question_id": 0, "db_id": "pets", "question": "How many heavy pets are there?", "difficulty": "simple"}
    row |= {"evidence": "heavy refers to weight > 5", "SQL": "SELECT COUNT(*) FROM Pet WHERE weight > 5"}
    (folder / "dev.json").write_text(json.dumps([row]), encoding="utf-8")
    found = evaluated("nl2sql", folder)
    assert found["cases"][0]["text"].endswith("(heavy refers to weight > 5)")
    assert found["states"]["failed"] == 0


def test_beir(tmp_path: Path, evaluated: Any) -> None:
    folder = tmp_path / "beir"
    (folder / "qrels").mkdir(parents=True)
    texts = {
        "d1": "出差住宿费标准为每天四百元。",
        "d2": "公务用车应当统一调度，不得私用。",
        "d3": "会议费不超过五百五十元。",
    }
    rows = [json.dumps({"_id": name, "title": "", "text": text}) for name, text in texts.items()]
    (folder / "corpus.jsonl").write_text("\n".join(rows), encoding="utf-8")
    queries = [json.dumps({"_id": "q1", "text": "公车可以私用吗"}), json.dumps({"_id": "q2", "text": "没有判断"})]
    (folder / "queries.jsonl").write_text("\n".join(queries), encoding="utf-8")
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td2\t1\n", encoding="utf-8")
    found = evaluated("retrieval", folder)
    assert (found["n"], found["metrics"]["recall@1"]) == (1, 1)
    assert found["environment"]["models"]["encoder"]["sha256"]
