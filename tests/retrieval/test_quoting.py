"""Answers from quotes: every sentence verbatim from a cited article in force, or nothing is said."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain import Evidence, Lang, Level, VisibilityFilter
from assistant.retrieval.index import library_path, refresh
from assistant.retrieval.ingest import read_documents
from assistant.retrieval.quoting import LONGEST_QUOTE, answer_policy_question, asks_about_policy, fitting_quote
from assistant.retrieval.retriever import Retriever
from assistant.settings import Settings

ROOT = Path(__file__).parents[2]
CASES = yaml.safe_load((ROOT / "tests" / "cases" / "retrieval.yaml").read_text(encoding="utf-8"))
EVERYONE = VisibilityFilter(max_level=Level.G2, departments=("市民政局",), public_only=False)
TODAY = date(2025, 10, 31)


def evidence(text: str, *, in_force: bool = True, section: str = "第一条") -> Evidence:
    return Evidence(
        passage_id=text, kind="policy", id=f"某市数据办法#{section}", title="某市数据办法", section=section, quote=text,
        score=1.0, as_of=None, in_force=in_force,
    )  # fmt: skip


@pytest.mark.parametrize(("lang", "lead"), [("zh", "规定："), ("zh-Hant", "規定："), ("en", "某市数据办法, 第一条: ")])
def test_the_quote_is_verbatim_in_every_language(lang: Lang, lead: str) -> None:
    text = "申请有条件共享的数据，应当载明用途。"
    answer = answer_policy_question("有条件共享的数据怎么申请", [evidence(text)], lang)
    (sentence,) = answer.sentences
    assert text == sentence.quote
    assert f"“{text}”" in sentence.text
    assert lead in answer.text


def test_no_support_is_said_with_the_nearest_articles() -> None:
    near = evidence("档案馆应当保管档案。", section="第三条")
    answer = answer_policy_question("有条件共享的数据怎么申请", [near], "zh")
    assert not answer.is_supported
    assert answer.text.startswith("没有找到依据。")
    assert "《某市数据办法》第三条" in answer.text
    assert answer.nearest == (near,)
    assert answer_policy_question("任何问题", [], "en").text.startswith("No basis was found")


def test_what_is_not_in_force_supports_nothing() -> None:
    old = evidence("申请有条件共享的数据，应当载明用途。", in_force=False)
    assert not answer_policy_question("有条件共享的数据怎么申请", [old], "zh").is_supported


@given(st.text(alphabet="数据共享申请审批。；\n（一）（二）", max_size=900))
def test_any_quote_is_a_part_of_its_article(article: str) -> None:
    quote = fitting_quote(article, lambda text: text.count("共享"))
    squeezed = "".join(article.split())
    assert "".join(quote.split()) in squeezed
    assert len(quote) <= max(LONGEST_QUOTE, max((len(piece) for piece in article.split("。")), default=0) + 1)


def test_policy_questions_are_recognised() -> None:
    missed = [case["q"] for case in CASES["policy"] if not asks_about_policy(case["q"])]
    assert len(missed) <= 2, missed


@pytest.mark.parametrize(
    "question",
    [
        "2025年各区新设企业数，和上年同期比",
        "临江区60岁以上老人有多少",
        "哪个区投诉最多",
        "2024年行政处罚罚款总额",
        "按行业拆开",
        "低保人數排名前五的區",
        "New firms by district in 2025",
        "How many hotline tickets were there in June?",
        "Which district has the highest tax revenue?",
    ],
)
def test_questions_for_numbers_are_not_policy_questions(question: str) -> None:
    assert not asks_about_policy(question)


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Retriever:
    state = tmp_path_factory.mktemp("state")
    settings = Settings(workspace=ROOT / "corpora", state=state, models=state)
    refresh(settings, read_documents(ROOT / "corpora" / "documents").passages, None)
    return Retriever(library_path(settings), today=lambda: TODAY)


def test_every_sentence_stands_in_the_cited_document(documents: Retriever) -> None:
    folder = ROOT / "corpora" / "documents"
    bodies = ["".join(path.read_text(encoding="utf-8").split()) for path in folder.glob("*.md")]
    for case in CASES["policy"]:
        found = documents.search(case["q"], EVERYONE, kinds=("policy",), dense=False)
        answer = answer_policy_question(case["q"], found, case["lang"], rarity=documents.rarity)
        for sentence in answer.sentences:
            assert sentence.evidence.in_force
            assert any("".join(sentence.quote.split()) in body for body in bodies), case["id"]


def test_words_alone_find_the_article_among_ten(documents: Retriever) -> None:
    """A floor, not the measurement: that needs the vectors (test_real_encoder.py)."""
    titles = CASES["documents"]
    hits = 0
    for case in CASES["policy"]:
        gold = {f"{titles[key]}#{section}" for key, section in (item.split("#") for item in case["gold"])}
        found = documents.search(case["q"], EVERYONE, kinds=("policy",), dense=False)
        hits += bool(gold & {item.id for item in found})
    assert hits >= 72, f"{hits} of {len(CASES['policy'])}"


def test_questions_without_an_answer_get_none(documents: Retriever) -> None:
    answered = [
        case["id"]
        for case in CASES["unanswerable"]
        if answer_policy_question(
            case["q"],
            documents.search(case["q"], EVERYONE, kinds=("policy",), dense=False),
            "zh",
            rarity=documents.rarity,
        ).is_supported
    ]
    assert len(answered) <= 2, answered
