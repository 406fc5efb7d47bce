"""What a filter cannot take in is said, never passed over; what it can take in beyond single values is compared."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from assistant.errors import UserError
from assistant.steward.estate import Estate
from assistant.steward.fields import Row
from assistant.steward.filtering import apply_filter
from assistant.steward.filters import CatalogFilter, Condition, Op, Subject, filter_from_json
from assistant.steward.not_understood import not_understood
from assistant.steward.quantities import Threshold, limits, thresholds
from assistant.steward.questions import compile_question
from assistant.steward.vocabulary import vocabulary
from tests.steward.conftest import AS_OF, item, resource

KNOWN = vocabulary(
    [resource("R1", elements=(item("注册资本"), item("姓名"))), resource("R2", "市教育局"), resource("R3", "市民政局")],
    ["常住人口"],
)


def _asked(question: str) -> CatalogFilter:
    return compile_question(question, KNOWN, AS_OF).filter


@pytest.mark.parametrize(
    "question",
    [
        "每个资源占用多少存储空间",
        "哪些资源的数据最有价值",
        "明年哪些部门会新增目录",
        "把民政局的目录改成每月更新",
        "帮我把过期的目录都删掉",
        "资料库备份放在哪里",
        "公安局的资源为什么没挂接",
        "哪些数据项的级别高于它所属资源的级别",
        "摘要为空或者格式为空的资源",  # conditions hold together: either of two cannot be asked for
        "责任处室最多的部门",
        "2023年发布、至今没更新过的资源",
        "审计局有没有提供资源",  # a department that this estate does not have
        "Which resources contain errors in their rows?",
        "How many people are in the population register?",
        "2025年的资源",  # issued or updated?
    ],
)
def test_what_no_filter_takes_in_is_asked_back(question: str) -> None:
    assert compile_question(question, KNOWN, AS_OF).open


@pytest.mark.parametrize(
    "question",
    [
        "市教育局归口管理的资源都有哪些",
        "既没有摘要也没有责任处室的目录",
        "麻烦帮忙列一下超期的资源，谢谢",
        "Resources updated daily or weekly, excluding the education bureau",
        "把没标注定级依据的数据项列出来",
        "无条件共享的占多大比例",
    ],
)
def test_a_turn_of_phrase_is_not(question: str) -> None:
    assert not compile_question(question.replace("，谢谢", ""), KNOWN, AS_OF).open


def test_what_was_not_understood_is_said_with_what_can_be_asked() -> None:
    said = not_understood(("存储空间",))
    for words, topic in ((said.zh, "更新周期"), (said.en, "update cycles")):
        assert "存储空间" in words
        assert topic in words


@pytest.mark.parametrize(
    ("question", "field", "op", "value"),
    [
        ("共享方式为接口的资源", "sharing_method", Op.CONTAINS, "接口"),
        ("名称里带“登记”的资源", "name", Op.CONTAINS, "登记"),
        ("名称里没有“登记”的资源", "name", Op.CONTAINS_NOT, "登记"),
        ("摘要中没有提到抽样的资源", "abstract", Op.CONTAINS_NOT, "抽样"),
        ("格式是影像文件的资源", "format", Op.CONTAINS, "影像文件"),
        ("Which resources mention estimates in their abstract?", "abstract", Op.CONTAINS, "estimates"),
        ("摘要少于三十个字的资源", "abstract_size", Op.BELOW, "30"),
        ("Resources with fewer than two synonyms", "synonyms_size", Op.BELOW, "2"),
    ],
)
def test_free_text_is_compared_with_words_and_by_its_length(question: str, field: str, op: Op, value: str) -> None:
    assert _asked(question).conditions == (Condition(field=field, op=op, values=(value,)),)


def test_a_field_that_is_empty_or_asked_for_is_no_comparison() -> None:
    assert _asked("摘要是空的资源").conditions == (Condition(field="abstract", op=Op.MISSING),)
    assert _asked("市教育局的资源，共享方式是什么").on("sharing_method") == ()
    assert _asked("市教育局的资源，共享方式是什么").columns == ("sharing_method",)


@pytest.mark.parametrize(
    ("question", "by", "bound"),
    [
        ("哪些部门的资源挂接率不到一半", "provider", ("mounted_rate", Op.BELOW, "0.5")),
        ("超期率超过三成的部门", "provider", ("overdue_rate", Op.ABOVE, "0.3")),
        ("挂接率百分之百的部门", "provider", ("mounted_rate", Op.IS, "1")),
        ("哪些部门一个资源都没挂接", "provider", ("mounted_rate", Op.AT_MOST, "0")),
        ("超过十个资源的部门", "provider", ("count", Op.AT_LEAST, "11")),
        ("Which categories have a mounted rate above 50%?", "category", ("mounted_rate", Op.ABOVE, "0.5")),
    ],
)
def test_a_condition_on_a_rate_or_a_count_is_one_on_groups(question: str, by: str, bound: tuple[str, Op, str]) -> None:
    asked = _asked(question)
    assert asked.group_by == (by,)
    assert asked.conditions == (Condition(field=bound[0], op=bound[1], values=(bound[2],)),)
    assert bound[0] in asked.measures


def test_only_the_groups_that_fit_are_shown(estate: Callable[..., Estate]) -> None:
    held = estate(
        resource("R1", "市公安局", table="a"), resource("R2", "市公安局"), resource("R3", "市民政局", table="b")
    )
    table = apply_filter(_asked("哪些部门的资源挂接率不到六成"), held)
    assert table.rows == (("市公安局", 0.5),)


def test_a_share_is_of_all_groups_or_of_the_whole_catalog(estate: Callable[..., Estate]) -> None:
    held = estate(
        resource("R1", "市公安局"), resource("R2", "市公安局"), resource("R3", "市民政局", update_cycle="每日")
    )
    assert apply_filter(_asked("更新周期是每日的资源占多少"), held).rows == ((1, 1 / 3),)
    by = CatalogFilter(group_by=("provider",), measures=("share",))
    assert apply_filter(by, held).rows == (("市公安局", 2 / 3), ("市民政局", 1 / 3))


def test_texts_and_sizes_are_looked_at(estate: Callable[..., Estate]) -> None:
    held = estate(
        resource("R1", abstract="抽样推算。"), resource("R2", abstract="全部登记" * 10, synonyms=("甲", "乙"))
    )

    def ids(field: str, op: Op, value: str) -> tuple[str, ...]:
        return apply_filter(CatalogFilter(conditions=(Condition(field=field, op=op, values=(value,)),)), held).ids

    assert ids("abstract", Op.CONTAINS, "抽样") == ("R1",)
    assert ids("abstract", Op.CONTAINS_NOT, "抽样") == ("R2",)
    assert ids("abstract_size", Op.BELOW, "30") == ("R1",)
    assert ids("synonyms_size", Op.AT_LEAST, "2") == ("R2",)


def test_when_something_was_asked_for_is_a_condition_on_requests(estate: Callable[..., Estate]) -> None:
    asked = _asked("上个月哪个部门被拒绝得最多")
    assert asked.subject is Subject.REQUEST
    assert [one.values for one in asked.on("asked_on")] == [("2025-09-01",), ("2025-10-01",)]
    rows = [
        Row(counted={"department": (who,), "verdict": ("refuse",), "asked_on": (day,)}, weight=2)
        for who, day in (("市公安局", "2025-09-10"), ("市民政局", "2025-10-10"))
    ]
    held = estate(resource("R1"), requests=tuple(rows))
    assert apply_filter(asked, held).rows == (("市公安局", 2),)
    by_month = apply_filter(_asked("今年被拒的请求按月份统计"), held)
    assert by_month.rows == (("2025-09", 2), ("2025-10", 2))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("二〇二五年十月以后没有更新的资源", date(2025, 11, 1)),
        ("2024年第四季度以前更新的资源", date(2024, 10, 1)),
        ("一年以上未更新的资源", date(2024, 10, 31)),
    ],
)
def test_days_are_read_as_they_are_written(text: str, day: date) -> None:
    first = _asked(text).on("updated_on")
    assert day.isoformat() in {value for one in first for value in one.values}


@pytest.mark.parametrize(
    "text", ["9999年没有更新的资源", "近99999天更新的资源", "最近一百年发布的资源", "2025年以来的请求"]
)
def test_no_span_of_time_is_too_long(text: str) -> None:
    assert _asked(text)


def test_ranges_parts_and_last_ones() -> None:
    assert [said for _, _, said in thresholds("在十到二十之间")] == [Threshold(Op.AT_LEAST, 10, 20)]
    assert [said for _, _, said in thresholds("不到三分之一")] == [Threshold(Op.BELOW, 0.3333)]
    assert [said for _, _, said in limits("排名后五位")] == [-5]
    asked = _asked("完整率排名后五位的部门")
    assert (asked.order, asked.limit) == (("completeness", "asc"), 5)


@pytest.mark.parametrize(
    "condition",
    [
        {"field": "completeness", "op": "below", "values": ["many"]},
        {"field": "abstract_size", "op": "below", "values": []},
        {"field": "updated_on", "op": "below", "values": []},
        {"field": "count", "op": "above", "values": ["inf"]},
    ],
)
def test_an_edited_comparison_needs_what_it_compares_with(condition: dict[str, object]) -> None:
    with pytest.raises(UserError):
        filter_from_json({"conditions": [condition]})


def test_the_columns_that_were_named_are_shown(estate: Callable[..., Estate]) -> None:
    asked = _asked("列出市教育局资源的名称、级别和更新时间")
    assert asked.columns == ("name", "level", "updated_on")
    table = apply_filter(asked, estate(resource("R2", "市教育局")))
    assert {"level", "updated_on"} <= set(table.columns)
    assert filter_from_json(asked.as_json()).columns == asked.columns
