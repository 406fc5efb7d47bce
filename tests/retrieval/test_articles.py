"""Splitting by structure: tests/cases/articles.yaml, and the citations that point into it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from assistant.retrieval.articles import missing_numbers, split_sections
from assistant.retrieval.citations import clause_of, parse_citation, short_title
from assistant.retrieval.numbering import canonical_article, to_number, to_numeral

CASES = yaml.safe_load((Path(__file__).parents[1] / "cases" / "articles.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_units_of_a_document(case: dict[str, Any]) -> None:
    sections = split_sections(case["text"])
    assert [section.label for section in sections if section.kind != "prose" or section.text[0] != "#"] == case[
        "labels"
    ]
    by_label = {section.label: section for section in sections}
    for label, path in case.get("paths", {}).items():
        assert by_label[label].path == tuple(path)
    for label, text in case.get("texts", {}).items():
        assert by_label[label].text == text


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_no_character_of_an_article_is_lost(case: dict[str, Any]) -> None:
    kept = "".join("".join(section.text.split()) for section in split_sections(case["text"]))
    for line in case["text"].splitlines():
        words = line.split("　")[-1].split(" ")[-1].strip("*#").split("】")[-1]
        if line.endswith("。") and not line.startswith(("|", "#")):
            assert words in kept


def test_missing_numbers_are_named() -> None:
    sections = split_sections("第一条 甲。\n第二条 乙。\n第五条 丙。")
    assert missing_numbers(sections) == ("第三条", "第四条")


@given(st.integers(min_value=1, max_value=9999))
def test_numerals_round_trip(number: int) -> None:
    assert to_number(to_numeral(number)) == number


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("第 12 条", "第十二条"),
        ("28", "第二十八条"),
        ("第一百零三條", "第一百零三条"),
        ("第十二条之1", "第十二条之一"),
        ("第１２条", "第十二条"),
        ("附件", None),
        ("", None),
    ],
)
def test_an_article_has_one_spelling(written: str, canonical: str | None) -> None:
    assert canonical_article(written) == canonical


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("个人信息保护法第三十四条", ("个人信息保护法", "第三十四条", None, None)),
        ("《统计法》第二十八条第一款", ("统计法", "第二十八条", 1, None)),
        ("数据安全法 21", ("数据安全法", "第二十一条", None, None)),
        ("个人信息保护法第十三条第一款第（三）项", ("个人信息保护法", "第十三条", 1, 3)),
        ("某市办法（2021）#第九条", ("某市办法（2021）", "第九条", None, None)),
    ],
)
def test_citations_are_read(text: str, expected: tuple[str, str, int | None, int | None]) -> None:
    found = parse_citation(text)
    assert found is not None
    assert (found.title, found.article, found.paragraph, found.item) == expected


def test_two_spellings_of_a_title_meet() -> None:
    assert short_title("《中华人民共和国统计法》") == short_title("统计法")
    assert short_title("某市办法（2021）") == short_title("某市办法") != short_title("某市条例")


def test_a_clause_is_quoted_verbatim() -> None:
    article = "甲款：\n（一）子；\n（二）丑。\n乙款。"
    assert clause_of(article, 1, 2) == "（二）丑。"
    assert clause_of(article, 2, None) == "乙款。"
    assert clause_of(article, None, 1) == "（一）子；"
    assert clause_of(article, 9, None) == article
