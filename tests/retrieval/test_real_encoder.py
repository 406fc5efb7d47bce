"""The real embedding model and the real vector store together; few and small."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path

import pytest

from assistant.domain import Level, VisibilityFilter
from assistant.retrieval.encoder import EMBEDDED_DIMENSION, SentenceEncoder, load_encoder
from assistant.retrieval.index import library_path, refresh
from assistant.retrieval.ingest import read_documents
from assistant.retrieval.retriever import Retriever
from assistant.retrieval.store import open_store
from assistant.settings import Settings

pytestmark = [
    pytest.mark.embedding,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
DOCUMENTS = Path(__file__).parents[2] / "corpora" / "documents"
PUBLIC = VisibilityFilter(max_level=Level.G1, departments=(), public_only=True)
CIVIL = VisibilityFilter(max_level=Level.G3, departments=("市民政局",), public_only=False)
CHOSEN = ("云澜市政务数据安全审计规定", "云澜市低保核对数据使用操作规程")


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return load_encoder(Settings(workspace=Path(), state=Path(), models=Path()))


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, encoder: SentenceEncoder) -> Settings:
    state = tmp_path_factory.mktemp("state")
    made = Settings(workspace=DOCUMENTS.parent, state=state, models=state)
    passages = [item for item in read_documents(DOCUMENTS).passages if item.title in CHOSEN]
    refreshed = refresh(made, passages, encoder)
    assert refreshed.encoded == len(passages) > 30
    return made


@pytest.fixture
def retriever(settings: Settings, encoder: SentenceEncoder) -> Retriever:
    store = open_store(settings, encoder.model_id)
    return Retriever(library_path(settings), encoder=encoder, store=store, today=lambda: date(2025, 10, 31))


def test_nothing_is_loaded_before_the_first_text() -> None:
    fresh = load_encoder(Settings(workspace=Path(), state=Path(), models=Path()))
    assert fresh.dimension == EMBEDDED_DIMENSION
    assert not fresh.is_loaded
    assert fresh.encode_passages([]) == []
    assert not fresh.is_loaded


def test_vectors_are_unit_vectors_and_survive_odd_texts(encoder: SentenceEncoder) -> None:
    vectors = encoder.encode_passages(["数据共享", "a\x00b", "\ud800", "  ", "🙂"])
    assert all(math.isclose(sum(x * x for x in vector), 1.0, abs_tol=1e-3) for vector in vectors)
    assert math.isclose(sum(x * x for x in encoder.encode_query("怎么申请")), 1.0, abs_tol=1e-3)


@pytest.mark.parametrize(
    ("query", "article"),
    [
        ("记日志的功能坏了，平台还能回答问题吗", "第八条"),
        ("審計記錄裡可以寫查詢結果嗎", "第七条"),
        ("How long must decision records be kept?", "第十六条"),
    ],
)
def test_questions_in_other_words_find_the_article(retriever: Retriever, query: str, article: str) -> None:
    found = retriever.search(query, PUBLIC, kinds=("policy",), top_k=3)
    assert article in {item.section for item in found}


def test_the_vector_store_hides_what_the_words_hide(retriever: Retriever) -> None:
    query = "低保核对可以看哪些信息项"
    assert CHOSEN[1] not in {item.title for item in retriever.search(query, PUBLIC, kinds=("policy",), top_k=50)}
    assert retriever.search(query, CIVIL, kinds=("policy",), top_k=1)[0].title == CHOSEN[1]


def test_a_refresh_with_one_changed_article_encodes_one(settings: Settings, encoder: SentenceEncoder) -> None:
    import dataclasses

    from assistant.retrieval.catalog_passages import identified

    passages = [item for item in read_documents(DOCUMENTS).passages if item.title in CHOSEN]
    changed = [identified(dataclasses.replace(passages[0], text="改过的第一条。")), *passages[1:]]
    assert refresh(settings, changed, encoder).encoded == 1
    assert refresh(settings, passages, encoder).encoded == 1
