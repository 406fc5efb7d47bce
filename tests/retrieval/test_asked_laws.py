"""Which laws are asked about, and what that does to the order of candidates."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.domain import Passage
from assistant.retrieval.asked_laws import count_asked, load_asked_laws
from assistant.retrieval.fusion import settle
from assistant.retrieval.ingest import read_documents
from assistant.retrieval.library import Library
from assistant.retrieval.library_writer import write_library
from evals.adapter_training import OWN, read_own
from evals.teaching import lessons_of, policy_questions


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
    pairs = [pair for file in (OWN, OWN.with_name("lay_questions_drawn.yaml")) for pair in read_own(file)]
    assert len({question for _, question in pairs}) == len(pairs) > 500
    assert all("#第" in article for article, _ in pairs)


def test_every_rule_of_the_city_has_lay_questions_of_its_own() -> None:
    lessons, parted = lessons_of(), {one.text for one in policy_questions()}
    assert len({one.text for one in lessons}) == len(lessons)
    assert not {one.text for one in lessons} & parted  # what measures the search is no lesson that is always taught
    passages = read_documents(Path(__file__).parents[2] / "corpora" / "documents").passages
    known = {f"{item.source_id}#{item.section}" for item in passages}
    spoken = {article for one in lessons for article in one.articles}
    assert spoken <= known
    in_force = {name for name in known if "2021" not in name}
    # What has none only says what the rules are made for, or from when on they are in force.
    assert len(in_force - spoken) < 0.1 * len(in_force)
    assert sum(not one.articles for one in lessons) > 50
