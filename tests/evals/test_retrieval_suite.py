"""The retrieval suite over a small folder, through the product's own index and retriever."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assistant.settings import Settings
from evals.encoding_cache import CachedEncoder
from evals.observations import Observations
from evals.reading import EvaluationDataError
from evals.run import run
from evals.suites.retrieval import RetrievalTask, as_passage
from tests.fakes import HashEncoder, MemoryStore

TEXTS = {
    "数据法#第一条": "公共数据开放应当遵循公开为常态的原则",
    "数据法#第二条": "审计记录应当保存三年",
    "统计法#第一条": "统计调查个体资料不得用于行政处罚",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    corpus = [{"_id": name, "title": name.split("#")[0], "text": text} for name, text in TEXTS.items()]
    queries = [
        {"_id": "q1", "text": "审计记录保存几年", "metadata": {"lang": "hans"}},
        {"_id": "q2", "text": "个体资料能否用于行政处罚"},
    ]
    for name, rows in (("corpus", corpus), ("queries", queries)):
        (tmp_path / f"{name}.jsonl").write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows))
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels" / "test.tsv").write_text("h\th\th\nq1\t数据法#第二条\t1\nq2\t统计法#第一条\t1\n")
    return tmp_path


def task(folder: Path) -> tuple[RetrievalTask, HashEncoder]:
    encoder = HashEncoder()
    settings = Settings(workspace=folder, state=folder / ".state", models=folder)
    return RetrievalTask(folder, encoder, settings, lambda label, done, total: None, store=MemoryStore()), encoder


def test_the_contract_metrics(folder: Path, tmp_path: Path) -> None:
    made, _ = task(folder)
    done = run(made, Observations(tmp_path / "o.sqlite"))
    summary = made.summarise(done.results)
    names = {"recall@1", "recall@5", "recall@10", "recall@100", "mrr@10", "ndcg@10", "latency_ms_p50", "latency_ms_p95"}
    assert set(summary.metrics) == names
    assert summary.metrics["recall@1"] == 1
    assert (summary.metrics["latency_ms_p50"] or 0) > 0
    assert set(summary.by["lang"]) == {"zh", "-"}


def test_judged_documents_that_are_not_there_are_said(folder: Path, tmp_path: Path) -> None:
    file = folder / "qrels" / "test.tsv"
    file.write_text(file.read_text() + "q1\tabsent\t1\n")
    made, _ = task(folder)
    summary = made.summarise(run(made, Observations(tmp_path / "o.sqlite")).results)
    assert summary.metrics["recall@100"] == 0.75  # absent counts as relevant and not found
    assert any(note.startswith("1 judged documents are not in the corpus") for note in summary.notes)
    file.write_text("h\th\th\nq1\tabsent\t1\n")
    with pytest.raises(EvaluationDataError, match=r"test\.tsv"):
        task(folder)


def test_texts_are_encoded_once(folder: Path) -> None:
    _, first = task(folder)
    assert len(first.encoded) == 3
    _, second = task(folder)
    assert second.encoded == []


def test_the_cache_knows_the_model_and_keeps_the_order(tmp_path: Path) -> None:
    encoder = HashEncoder()
    cached = CachedEncoder(encoder, tmp_path / "v.sqlite")
    once = cached.encode_passages(["a b", "c d", "a b"])
    assert encoder.encoded == ["a b", "c d"]
    assert once[0] == once[2] != once[1]
    again = CachedEncoder(encoder, tmp_path / "v.sqlite").encode_passages(["c d", "e f"])
    assert again[0] == pytest.approx(once[1])
    assert encoder.encoded == ["a b", "c d", "e f"]
    other = HashEncoder()
    other.model_id = "another"
    CachedEncoder(other, tmp_path / "v.sqlite").encode_passages(["c d"])
    assert other.encoded == ["c d"]


def test_ids_become_articles() -> None:
    from evals.loaders import Document

    passage = as_passage(Document(id="数据法#第二条", title="数据法", text="t"))
    assert (passage.source_id, passage.section, passage.title) == ("数据法", "第二条", "数据法")
    plain = as_passage(Document(id="doc7", title="", text="t"))
    assert (plain.source_id, plain.section, plain.title) == ("doc7", "", "doc7")
