"""Which laws are asked about, and what that does to the order of candidates."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.domain import Passage
from assistant.retrieval.asked_laws import count_asked, load_asked_laws
from assistant.retrieval.fusion import settle
from assistant.retrieval.library import Library
from assistant.retrieval.library_writer import write_library
from evals.adapter_training import OWN, read_own


def test_a_law_leans_by_what_its_length_does_not_explain() -> None:
    asked = count_asked(["甲法", "乙法", "丙法"], [["甲法"]] * 30 + [["甲法", "乙法"]] * 10)
    leaning = asked.leaning({"甲法": 100, "乙法": 100, "丙法": 100})
    assert leaning["甲法"] > 0 > leaning["乙法"] > leaning["丙法"]
    assert asked.leaning({"甲法": 300, "乙法": 10, "丙法": 10})["甲法"] < leaning["甲法"]


def test_documents_of_which_nothing_is_known_lean_to_no_side() -> None:
    asked = count_asked(["甲法"], [["甲法"]] * 50)
    assert asked.leaning({"本市办法": 40}) == {}
    assert asked.leaning({"本市办法": 40, "甲法": 40}) == {"甲法": 0.0}  # there is no other law to compare it with


def test_the_shipped_table_knows_short_titles_and_counts_no_more_than_the_questions() -> None:
    counts = load_asked_laws().counts
    assert counts["民法典"] == max(counts.values())
    assert min(counts.values()) == 0.0
    assert sum(counts.values()) == pytest.approx(300, abs=1)


def test_a_law_asked_about_stands_before_another_one_just_as_near() -> None:
    documents = {"a": "甲法", "b": "乙法"}
    ranking = [("a", 0.9), ("b", 0.89)]
    assert settle(ranking, {}, documents, dense=True)[0][0] == "a"
    found = settle(ranking, {}, documents, dense=True, leaning={"a": -1.0, "b": 1.0})
    assert [name for name, _ in found] == ["b", "a"]
    assert settle(ranking, {}, documents, dense=True, leaning={"a": 0.0, "b": 0.0}) == settle(
        ranking, {}, documents, dense=True
    )


def test_the_best_two_stay_apart_whatever_their_laws_gain() -> None:
    """A sum above one is cut: what gains must not become a tie that the name decides."""
    documents = {"z": "甲法", "a": "甲法"}
    found = settle([("z", 1.0), ("a", 0.97)], {}, documents, dense=True, leaning={"z": 2.0, "a": 2.0})
    assert [name for name, _ in found] == ["z", "a"]


def test_a_library_counts_the_articles_of_the_laws_that_it_holds(tmp_path: Path) -> None:
    laws = [("中华人民共和国甲法", 3), ("乙法", 1)]
    passages = [
        Passage(passage_id=f"{title}{n}", kind="policy", source_id=title, title=title, section=f"第{n}条", text="条文")
        for title, count in laws
        for n in range(count)
    ]
    write_library(tmp_path / "library.sqlite", passages, (), lambda passage: ["条文"], {})
    library = Library(tmp_path / "library.sqlite")
    assert library.sizes(("甲法", "乙法", "丙法")) == {"甲法": 3, "乙法": 1}
    library.close()


def test_our_own_lay_questions_name_an_article_each_and_none_is_said_twice() -> None:
    pairs = read_own(OWN)
    assert len({question for _, question in pairs}) == len(pairs) > 200
    assert all("#第" in article for article, _ in pairs)
