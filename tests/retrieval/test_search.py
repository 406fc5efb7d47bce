"""Search as its users see it: visibility first, words and vectors joined, versions told apart. No model, no network."""

from __future__ import annotations

import dataclasses
import threading
import time
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.domain import Level, Passage, VisibilityFilter
from assistant.errors import StoreUnavailable
from assistant.retrieval.catalog_passages import identified
from assistant.retrieval.fusion import Ranking, fuse
from assistant.retrieval.index import Refreshed, library_path, refresh
from assistant.retrieval.library import Library
from assistant.retrieval.library_writer import write_library
from assistant.retrieval.retriever import Retriever
from assistant.retrieval.store import cell_of
from assistant.settings import Settings
from tests.fakes import HashEncoder, MemoryStore

PUBLIC = VisibilityFilter(max_level=Level.G4, departments=(), public_only=True)
OFFICIAL = VisibilityFilter(max_level=Level.G3, departments=("市统计局",), public_only=False)
TODAY = date(2025, 10, 31)
TITLE = "某市数据办法"


def article(number: int, text: str, **more: object) -> Passage:
    section = f"第{'一二三四五六七八九'[number - 1]}条"
    base = Passage(passage_id="", kind="policy", source_id=TITLE, title=TITLE, section=section, text=text)
    return identified(dataclasses.replace(base, **more))  # type: ignore[arg-type]


PASSAGES = (
    article(1, "申请有条件共享的数据，应当载明用途、使用人员和期限。"),
    article(2, "无条件共享的数据即时提供。"),
    article(3, "统计局内部工作规程：数据申请由处长审批。", is_public=False, department="市统计局", level=Level.G2),
    article(4, "公安局内部工作规程：数据申请由支队审批。", is_public=False, department="市公安局", level=Level.G2),
    article(5, "重要数据的申请报市人民政府审批。", level=Level.IMP),
    article(6, "开放的数据可以下载。", level=Level.G2),
)


@pytest.fixture
def workspace(tmp_path: Path) -> Settings:
    return Settings(workspace=tmp_path, state=tmp_path / "state", models=tmp_path)


@pytest.fixture
def retriever(workspace: Settings) -> Retriever:
    encoder, store = HashEncoder(), MemoryStore()
    refresh(workspace, PASSAGES, encoder, store=store)
    return Retriever(library_path(workspace), encoder=encoder, store=store, today=lambda: TODAY)


def sections(found: object) -> set[str]:
    return {item.section for item in found}  # type: ignore[attr-defined]


@pytest.mark.parametrize("dense", [True, False], ids=["hybrid", "words"])
def test_what_a_person_may_not_see_is_not_found(retriever: Retriever, dense: bool) -> None:
    assert sections(retriever.search("数据申请审批", PUBLIC, dense=dense)) <= {"第一条", "第二条"}
    seen = sections(retriever.search("数据申请审批", OFFICIAL, dense=dense))
    assert "第三条" in seen
    assert not seen & {"第四条", "第五条"}


def test_hidden_passages_take_no_places(workspace: Settings) -> None:
    """The filter comes before ranking: a crowd of better hidden passages does not push the visible one out."""
    hidden = [article(1, "数据申请审批数据申请审批" + "甲" * size, level=Level.G4) for size in range(400)]
    encoder, store = HashEncoder(), MemoryStore()
    refresh(workspace, [*hidden, PASSAGES[0]], encoder, store=store)
    found = Retriever(library_path(workspace), encoder=encoder, store=store).search("数据申请审批", PUBLIC, top_k=1)
    assert [item.quote for item in found] == [PASSAGES[0].text]


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(list(Level)),
    st.booleans(),
    st.sampled_from(["", "市统计局", "市公安局"]),
    st.sampled_from(list(Level)),
    st.sampled_from([(), ("市统计局",), ("市统计局", "市公安局")]),
    st.booleans(),
)
def test_both_halves_and_the_single_check_agree(
    tmp_path_factory: pytest.TempPathFactory,
    level: Level,
    is_public: bool,
    department: str,
    top: Level,
    departments: tuple[str, ...],
    public_only: bool,
) -> None:
    passage = article(1, "数据", level=level, is_public=is_public, department=department)
    visible = VisibilityFilter(max_level=top, departments=departments, public_only=public_only)
    cap = min(top, Level.G1) if public_only else top
    own = bool(department) and department in departments and not public_only
    expected = level <= cap and (is_public or own)
    path = tmp_path_factory.mktemp("library") / "passages.sqlite"
    write_library(path, [passage], (), lambda item: [item.text], {})
    library = Library(path)
    assert bool(library.search({"数据": 1.0}, visible, kinds=("policy",), top_k=5)) == expected
    assert library.visible(passage, visible) == expected
    store = MemoryStore()
    store.upsert([passage], [[1.0]])
    assert bool(store.query([1.0], visible, kinds=("policy",), top_k=5)) == expected
    condition = cell_of(passage).condition(visible, ("policy",))
    met = condition is not None and department in condition.get("department", {}).get("$in", [department])
    assert met == expected
    assert cell_of(passage).condition(visible, ("catalog",)) is None
    library.close()


def test_traditional_and_english_questions_find_the_simplified_article(retriever: Retriever) -> None:
    for query in ("有條件共享的數據如何申請", "How do I apply for data shared conditionally?"):
        assert retriever.search(query, PUBLIC, dense=False)[0].section == "第一条"


def test_quotes_are_verbatim_and_ids_name_the_article(retriever: Retriever) -> None:
    found = retriever.search("无条件共享", PUBLIC)[0]
    assert (found.id, found.quote) == ("某市数据办法#第二条", PASSAGES[1].text)


ODD = ["", "  ", "？？", "🙂", "\x00", "，" * 10_000, "数" * 10_000, "'; DROP TABLE passages; --", "%_*"]


@pytest.mark.parametrize("query", ODD)
def test_odd_questions_are_no_errors(retriever: Retriever, query: str) -> None:
    assert isinstance(retriever.search(query, PUBLIC, dense=False), tuple)


def test_a_superseded_article_ranks_below_and_is_marked(workspace: Settings) -> None:
    old_title = "审计规定（2021）"
    old = article(1, "审计记录保存六个月。", title=old_title, source_id=old_title, superseded_by="审计规定")
    new = article(1, "审计记录至少保存三年。", title="审计规定", source_id="审计规定", valid_from=date(2025, 1, 1))
    encoder, store = HashEncoder(), MemoryStore()
    refresh(workspace, [old, new], encoder, store=store)
    searched = Retriever(library_path(workspace), encoder=encoder, store=store, today=lambda: TODAY)
    first, second = searched.search("审计记录保存六个月", PUBLIC)
    assert (first.title, first.in_force) == ("审计规定", True)
    assert (second.title, second.in_force) == ("审计规定（2021）", False)
    assert [item.in_force for item in searched.search("审计记录", PUBLIC, on_date=date(2024, 1, 1))] == [False, False]
    exact = searched.articles("审计规定", "第一条")
    assert exact is not None
    assert exact.title == "审计规定"


def test_exact_lookups(retriever: Retriever) -> None:
    found = retriever.cited("《某市数据办法》第一条")
    assert found is not None
    assert found.quote == PASSAGES[0].text
    assert retriever.articles("某市数据办法", "第九条") is None
    assert retriever.cited("某市数据办法第四条", visible=PUBLIC) is None
    assert retriever.cited("某市数据办法第四条") is not None
    assert retriever.search("某市数据办法第二条怎么说", PUBLIC, dense=False)[0].section == "第二条"


def test_pieces_of_a_long_article_answer_as_one(workspace: Settings) -> None:
    pieces = [article(1, text, part=part) for part, text in ((2, "乙：数据共享。"), (1, "甲：数据共享。"))]
    refresh(workspace, pieces, None)
    searched = Retriever(library_path(workspace))
    assert len(searched.search("数据共享", PUBLIC)) == 1
    whole = searched.articles("某市数据办法", "第一条")
    assert whole is not None
    assert whole.quote == "甲：数据共享。\n乙：数据共享。"


def test_without_an_index_the_message_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="govdata index"):
        Retriever(tmp_path / "none.sqlite").search("数据", PUBLIC)
    broken = tmp_path / "broken.sqlite"
    broken.write_bytes(b"SQLite format 3\x00 but not really" * 40)
    with pytest.raises(StoreUnavailable, match="govdata index"):
        Retriever(broken).search("数据", PUBLIC)


# --------------------------------------------------------------------------- keeping the index in step


def test_refresh_is_a_set_difference(workspace: Settings) -> None:
    encoder, store = HashEncoder(), MemoryStore()
    assert refresh(workspace, PASSAGES, encoder, store=store) == Refreshed(added=6, removed=0, unchanged=0, encoded=6)
    encoder.encoded.clear()
    again = refresh(workspace, PASSAGES, encoder, store=store)
    assert again == Refreshed(added=0, removed=0, unchanged=6, encoded=0)
    changed = (article(1, "申请应当载明用途。"), *PASSAGES[1:])
    assert refresh(workspace, changed, encoder, store=store) == Refreshed(added=1, removed=1, unchanged=5, encoded=1)
    assert encoder.encoded == ["某市数据办法 申请应当载明用途。"]
    assert refresh(workspace, changed[1:], encoder, store=store).removed == 1
    assert store.ids() == {item.passage_id for item in changed[1:]}
    searched = Retriever(library_path(workspace), encoder=encoder, store=store)
    assert "第一条" not in sections(searched.search("申请载明用途", PUBLIC))


def test_an_interrupted_run_goes_on_where_it_stopped(workspace: Settings) -> None:
    many = [article(1, f"第{number}项数据应当登记。") for number in range(200)]
    encoder, store = HashEncoder(), MemoryStore()
    encoder.fail_after = 130
    with pytest.raises(KeyboardInterrupt):
        refresh(workspace, many, encoder, store=store)
    assert not library_path(workspace).exists()
    encoder.fail_after = None
    done = len(encoder.encoded)
    assert 0 < done <= 130
    assert refresh(workspace, many, encoder, store=store).encoded == 200 - done
    assert len(encoder.encoded) == len(set(encoder.encoded)) == 200


def test_another_model_encodes_anew(workspace: Settings) -> None:
    refresh(workspace, PASSAGES, HashEncoder(), store=MemoryStore())
    other = HashEncoder()
    other.model_id = "hash-2"
    assert refresh(workspace, PASSAGES, other, store=MemoryStore()).encoded == 6


def test_words_alone_need_no_encoder_and_vectors_can_follow(workspace: Settings) -> None:
    assert refresh(workspace, PASSAGES, None).encoded == 0
    encoder, store = HashEncoder(), MemoryStore()
    assert refresh(workspace, PASSAGES, encoder, store=store) == Refreshed(added=0, removed=0, unchanged=6, encoded=6)


def test_readers_see_one_whole_index_while_it_is_swapped(workspace: Settings) -> None:
    refresh(workspace, PASSAGES, None)
    searched = Retriever(library_path(workspace))
    failures: list[BaseException] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            try:
                assert searched.search("共享的数据", PUBLIC, dense=False)
            except BaseException as error:  # noqa: BLE001 - reported by the test itself
                failures.append(error)
                return

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for round_ in range(15):
        refresh(workspace, (*PASSAGES, article(7, f"第{round_}次修改。")), None)
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_worn_file_is_written_afresh(workspace: Settings) -> None:
    for round_ in range(6):
        refresh(workspace, [article(1, f"第{round_}版，共享数据。"), article(2, "共享数据不变。")], None)
    searched = Retriever(library_path(workspace))
    assert {item.quote for item in searched.search("共享数据", PUBLIC)} == {"第5版，共享数据。", "共享数据不变。"}
    assert list(library_path(workspace).parent.glob("*.new")) == []


def test_nothing_changed_costs_next_to_nothing(workspace: Settings) -> None:
    many = [article(1, f"第{number}项数据应当登记。") for number in range(3000)]
    encoder, store = HashEncoder(), MemoryStore()
    refresh(workspace, many, encoder, store=store)
    started = time.perf_counter()
    refresh(workspace, many, encoder, store=store)
    assert time.perf_counter() - started < 0.3  # 20,000 passages: under 2 s


# --------------------------------------------------------------------------- fusion

rankings = st.dictionaries(st.sampled_from("abcdef"), st.floats(0, 10), max_size=6).map(
    lambda scores: sorted(scores.items(), key=lambda item: -item[1])
)


@given(rankings, rankings)
def test_fusion_is_ordered_bounded_and_complete(dense: Ranking, lexical: Ranking) -> None:
    fused = fuse(dense, lexical)
    assert {name for name, _ in fused} == {name for name, _ in dense} | {name for name, _ in lexical}
    assert all(0 <= score <= 1 for _, score in fused)
    assert fused == sorted(fused, key=lambda item: (-item[1], item[0]))
