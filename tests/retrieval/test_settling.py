"""How candidates are put in order: wording, documents, figures; and the correction of question vectors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assistant.retrieval.figures import asked_figure
from assistant.retrieval.fusion import FIRST, settle
from assistant.retrieval.query_adapter import SHIPPED, load_adapter, save_adapter, train
from assistant.retrieval.wording import characters, closeness


def test_characters_are_shared_where_pairs_are_not() -> None:
    texts = {"near": "可以拒绝填报统计调查表", "far": "应当公开档案"}
    found = closeness(characters("能拒填调查的表吗"), texts, lambda _: 1.0, 10.0)
    assert found["near"] > found["far"] == 0


def test_a_rare_character_weighs_more_and_a_long_text_less() -> None:
    rare = closeness(characters("密数"), {"a": "密", "b": "数"}, {"密": 3.0, "数": 0.5}.__getitem__, 1.0)
    assert rare["a"] > rare["b"]
    length = closeness(characters("密"), {"short": "密级", "long": "密级" + "甲" * 50}, lambda _: 1.0, 10.0)
    assert length["short"] > length["long"]


def test_wording_settles_what_is_otherwise_alike() -> None:
    assert [name for name, _ in settle([("a", 0.5), ("b", 0.5)], {"b": 2.0, "a": 1.0}, {}, dense=True)] == ["b", "a"]
    assert settle([("a", 0.5), ("b", 0.4)], {"a": 0.0, "b": 0.0}, {}, dense=True) == [("a", 0.5), ("b", 0.4)]


def test_a_law_with_several_near_articles_speaks_for_each_of_them() -> None:
    documents = {"a": "甲法", "b": "乙法", "c": "乙法", "d": "乙法"}
    ranking = [("a", 0.62), ("b", 0.6), ("c", 0.6), ("d", 0.6)]
    assert settle(ranking, {}, documents, dense=True)[0][0] == "b"
    assert settle(ranking, {}, {}, dense=True)[0][0] == "a"


def test_below_the_first_ones_the_document_counts_for_more() -> None:
    heads = [(f"h{n}", 0.95 - n / 1000) for n in range(FIRST)]
    near = [("alone", 0.50), ("law1", 0.48), ("law2", 0.48), ("law3", 0.48)]
    documents = {name: name for name, _ in heads} | {"alone": "甲法", "law1": "乙法", "law2": "乙法", "law3": "乙法"}
    found = settle([*heads, *near], {}, documents, dense=True)
    assert [name for name, _ in found[:FIRST]] == [name for name, _ in heads]
    assert found[-1][0] == "alone"
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)


def test_scores_stay_between_zero_and_one() -> None:
    found = settle([("a", 1.0), ("b", 0.0)], {"a": 9.0, "b": 0.0}, {"a": "法"}, dense=False, stating={"a"})
    assert found == [("a", pytest.approx(found[0][1])), ("b", 0.0)]
    assert 0.9 < found[0][1] <= 1


@pytest.mark.parametrize(
    ("question", "states", "does_not"),
    [
        ("机密级最长可以保密多少年", "机密级不超过二十年", "机密级国家秘密是重要的国家秘密"),
        ("几天内要公布", "应当自形成之日起20个工作日内公开", "应当及时公开"),
        ("how long must records be kept", "至少保存三年", "应当妥善保存"),
        ("公共数据分几类", "公共数据分为三类", "公共数据实行分类管理"),
        ("罚款多少元", "处五万元以下罚款", "依法给予处分"),
    ],
)
def test_a_figure_that_is_asked_for_is_stated_or_not(question: str, states: str, does_not: str) -> None:
    test = asked_figure(question)
    assert test is not None
    assert test(states)
    assert not test(does_not)


@pytest.mark.parametrize("question", ["部门能不能自建平台", "who approves it", "档案应当向社会开放吗"])
def test_most_questions_ask_for_no_figure(question: str) -> None:
    assert asked_figure(question) is None


def test_the_correction_brings_unseen_questions_nearer_to_their_articles() -> None:
    """Questions are their article turned by one unknown rotation: what is learned on some must help the others."""
    chance = np.random.default_rng(0)
    passages = chance.standard_normal((200, 16)).astype(np.float32)
    passages /= np.linalg.norm(passages, axis=1, keepdims=True)
    turn = np.eye(16) + 0.5 * chance.standard_normal((16, 16))
    asked = (passages @ turn).astype(np.float32)
    asked /= np.linalg.norm(asked, axis=1, keepdims=True)
    adapter = train(asked[:150], passages, [[row] for row in range(150)], strength=1.0, seeds=1)
    corrected = np.array([adapter(list(vector)) for vector in asked[150:]])

    def right(questions: object) -> float:
        return float(np.mean(np.argmax(np.asarray(questions) @ passages.T, axis=1) == np.arange(150, 200)))

    assert right(corrected) > right(asked[150:]) + 0.1


def test_a_question_that_counts_for_nothing_teaches_nothing() -> None:
    chance = np.random.default_rng(1)
    passages = chance.standard_normal((40, 8)).astype(np.float32)
    passages /= np.linalg.norm(passages, axis=1, keepdims=True)
    asked, gold = passages[:20][::-1].copy(), [[row] for row in range(20)]
    silent = train(asked, passages, gold, weights=np.zeros(20, np.float32), strength=1.0, seeds=1)
    taught = train(asked, passages, gold, strength=1.0, seeds=1)
    assert np.abs(silent.weights).max() < 1e-6 < np.abs(taught.weights).max()


def test_weights_survive_the_file_and_the_shipped_ones_fit_the_embedded_encoder(tmp_path: Path) -> None:
    shipped = load_adapter(SHIPPED)
    assert shipped.weights.shape == (384, 384)
    assert np.linalg.norm(shipped([1.0] + [0.0] * 383)) == pytest.approx(1, abs=1e-3)
    save_adapter(shipped, tmp_path / "copy.npz")
    assert np.array_equal(load_adapter(tmp_path / "copy.npz").weights, shipped.weights)
