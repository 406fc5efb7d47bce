"""Free turns of phrase in a steward's question: put into a usual form, or made of known pieces."""

from __future__ import annotations

from datetime import date

import pytest

from assistant.steward.category_names import listed_categories
from assistant.steward.usual_forms import in_usual_form
from assistant.steward.vocabulary import vocabulary

AS_OF = date(2025, 10, 31)
CATEGORIES = ("人口", "法人", "教育", "应急")


@pytest.mark.parametrize(
    ("said", "usual"),
    [
        ("九月份的请求", "2025年9月的请求"),
        ("十二月发布的", "2024年12月发布的"),  # the last December there was
        ("3月15日以后更新的", "2025年3月15日以后更新的"),
        ("三个月没更新", "三个月没更新"),
        ("近3月没更新", "近3月没更新"),
        ("2024年9月发布", "2024年9月发布"),
        ("每月更新", "每月更新"),
        ("refused in august", "refused in 2025-08"),
        ("published in august 2024", "published in august 2024"),
        ("除公安局外，哪些单位", "除了公安局，哪些单位"),
        ("数值字段没单位", "数值型字段没单位"),
        ("电子证照库挂了几成", "电子证照库挂接率"),
        ("字段数前五多的", "字段数最多的前五个"),
    ],
)
def test_one_form_says_as_well_as_the_other(said: str, usual: str) -> None:
    assert in_usual_form(said, AS_OF) == usual


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("人口、法人两个库比一比", ["人口", "法人"]),
        ("应急那块的目录", ["应急"]),
        ("教育局的目录", []),  # a bare name is a topic as often
        ("人口和法人谁高", ["人口", "法人"]),
    ],
)
def test_categories_are_named_by_an_ending_or_in_a_list(text: str, found: list[str]) -> None:
    assert list(listed_categories(text, CATEGORIES, ()).values()) == found


def test_what_is_taken_names_no_category() -> None:
    assert listed_categories("人口和法人", CATEGORIES, [(0, 2)]) == {}


def test_words_are_put_together_of_pieces_and_those_in_full_keep_their_meaning() -> None:
    known = vocabulary(())
    kinds = {
        word: {(one.kind, one.id) for one in known.han.get(word, ())}
        for word in ("迟迟没有填报", "过了更新期", "未登记")
    }
    assert kinds["迟迟没有填报"] == {("cue", "lack")}
    assert kinds["过了更新期"] == {("flag", "overdue")}
    assert ("cue", "lack") in kinds["未登记"]
    assert ("cue", "lack") in {(one.kind, one.id) for one in known.latin["have not specified"]}
