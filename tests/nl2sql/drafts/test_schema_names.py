"""Names as words: split, segmented, and what a question may call them."""

from __future__ import annotations

import pytest

from assistant.nl2sql.drafts.asked_words import words_of
from assistant.nl2sql.drafts.naming import display_column, key_column
from assistant.nl2sql.drafts.offered_schema import ContextColumn, ContextTable
from assistant.nl2sql.drafts.schema_names import chinese_parts, name_words, spelled, with_parts


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("custAddrLine_1", ("cust", "addr", "line", "1")),
        ("is_rectified", ("rectified",)),
        ("合同金额（万元）", ("合同", "amount")),
        ("是否免费", ("免费",)),
        ("所在区", ("区",)),
        ("面积公顷", ("area",)),
        ("员工数", ("员工", "number")),
        ("企业信息表", ("企业", "info", "table")),
        ("签订日期", ("签订", "date")),
        ("古树", ("古树",)),
        ("排名", ("排名",)),
    ],
)
def test_a_name_is_read_as_its_words(name: str, words: tuple[str, ...]) -> None:
    assert name_words(name) == words


def test_structure_is_seen_through_chinese_names() -> None:
    text = [ContextColumn(name=name, type="text") for name in ("所在区", "公园名称", "公园编号")]
    table = ContextTable(name="公园", columns=tuple(text))
    shown = display_column(table)
    assert shown is not None
    assert shown.name == "公园名称"
    assert key_column(table).name == "公园编号"
    assert spelled("签订日期").endswith("date")
    assert spelled("StartDate") == "startdate"


def test_a_word_also_says_the_part_that_means_the_same() -> None:
    parts = chinese_parts(["员工数", "公园名称"])
    assert parts == {"员工", "公园"}
    chinese = {word.text: word.stems for word in with_parts(words_of("职工最多的公园"), parts)}
    assert "员工" in chinese["职工"]
    assert "公园" in chinese["公园"]
    english = {word.text: word.stems for word in with_parts(words_of("how many parks"), parts)}
    assert "公园" in english["parks"]
    assert "员工" not in english["parks"]


def test_a_stored_word_is_kept_whole_where_it_would_be_read_as_something_else() -> None:
    plain = [word.text for word in words_of("二级单位未年检的有几家")]
    kept = words_of("二级单位未年检的有几家", stored={"二级", "未年检"})
    assert "未年检" not in plain
    assert [word.text for word in kept if word.text in ("二级", "未年检")] == ["二级", "未年检"]
    assert not any(word.cues & {"absent"} for word in kept)
    found = words_of("最高的", stored={"最高"})
    assert any("maximum" in word.cues for word in found), "a value that is a cue as a whole stays the cue"


def test_a_unit_behind_how_many_is_no_column() -> None:
    words = {word.text: word.filler for word in words_of("平均树龄是多少年")}
    assert words["年"]
