"""Questions heard before: who asks alike is likely to mean the same article, but sees no more than before."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assistant.domain import Level, Passage, VisibilityFilter
from assistant.retrieval.catalog_passages import identified
from assistant.retrieval.fusion import FIRST, settle
from assistant.retrieval.heard import (
    NOTHING,
    Heard,
    article_name,
    heard_of,
    load_heard,
    save_heard,
    unpacked,
)
from assistant.retrieval.index import library_path, refresh
from assistant.retrieval.retriever import Retriever
from assistant.settings import Settings
from tests.fakes import HashEncoder, MemoryStore

EAST, NORTH = [1.0, 0.0], [0.0, 1.0]
TWO = heard_of(np.array([EAST, NORTH], np.float32), [[("某法", "第一条"), ("某法", "第二条")], [("某法", "第二条")]])


def test_the_nearest_question_counts_and_far_ones_do_not() -> None:
    between = [0.8, 0.6]
    assert TWO.near(EAST, 0.5) == {"某法#第一条": 1.0, "某法#第二条": 1.0}
    assert TWO.near(between, 0.7) == {
        "某法#第一条": pytest.approx(1 / 3, abs=1e-3),
        "某法#第二条": pytest.approx(1 / 3, abs=1e-3),
    }
    assert TWO.near(NORTH, 0.5) == {"某法#第二条": 1.0}
    assert NOTHING.near(EAST) == {}


def test_what_was_packed_is_the_same_within_a_thousandth() -> None:
    generator = np.random.default_rng(1)
    vectors = generator.normal(size=(20, 32)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    heard = Heard(vectors=vectors, answers=((3, "a"), (19, "b"), (0, "a")))
    found = unpacked(heard.packed())
    assert found.answers == heard.answers
    assert np.abs(found.vectors @ vectors.T - vectors @ vectors.T).max() < 0.01
    assert unpacked(NOTHING.packed()).near(EAST) == {}


def test_a_workspace_keeps_what_it_heard_for_one_encoder(tmp_path: Path) -> None:
    assert load_heard(tmp_path, "model a") is NOTHING
    (tmp_path / "retrieval").mkdir()
    save_heard(TWO, "model a", tmp_path / "retrieval" / "heard.npz")
    assert load_heard(tmp_path, "model a").answers == TWO.answers
    assert load_heard(tmp_path, "model b") is NOTHING


def test_a_law_is_known_by_either_of_its_names() -> None:
    assert article_name("中华人民共和国某法", "第一条") == article_name("某法", "第一条")


def test_what_answered_before_rises_below_the_first_ones_only() -> None:
    heads = [(f"h{n}", 0.9 - n / 1000) for n in range(FIRST)]
    rest = [("near", 0.5), ("again", 0.4)]
    found = [name for name, _ in settle([*heads, *rest], {}, {}, dense=True, heard={"again": 1.0, "h19": 1.0})]
    assert found == [*(name for name, _ in heads), "again", "near"]
    plain = settle([*heads, *rest], {}, {}, dense=True)
    assert [name for name, _ in plain][-2:] == ["near", "again"]


def test_a_deep_search_finds_it_sooner_and_shows_no_more(tmp_path: Path) -> None:
    workspace = Settings(workspace=tmp_path, state=tmp_path / "state", models=tmp_path)
    passages = [_article(number, f"第{number}号数据的申请由甲部门办理。") for number in range(60)]
    passages.append(_article(60, "数据的申请内部规程。", level=Level.G4))
    encoder, store = HashEncoder(), MemoryStore()
    refresh(workspace, passages, encoder, store=store)
    retriever = Retriever(library_path(workspace), encoder=encoder, store=store)
    visible = VisibilityFilter(max_level=Level.G1, departments=(), public_only=True)
    question = "数据的申请由谁办理"
    before = [item.section for item in retriever.search(question, visible, top_k=50)]
    last, hidden = before[-1], "第60条"
    vector = np.array([encoder.encode_query(question)], np.float32)
    retriever.heard = heard_of(vector, [[("某市办法", last), ("某市办法", hidden)]])
    after = [item.section for item in retriever.search(question, visible, top_k=50)]
    assert after[:FIRST] == before[:FIRST]
    assert FIRST <= after.index(last) < before.index(last) - 10
    assert hidden not in after
    few = [item.section for item in retriever.search(question, visible, top_k=10)]
    assert few == before[:10]


def _article(number: int, text: str, level: Level = Level.G1) -> Passage:
    return identified(
        Passage(
            passage_id="",
            kind="policy",
            source_id="某市办法",
            title="某市办法",
            section=f"第{number}条",
            text=text,
            level=level,
        )
    )
