"""Ways of putting it that the grammar reads as one form, apart from the questions of the evaluation."""

from __future__ import annotations

import pytest

from assistant.catalog import Catalog
from assistant.steward.fields import Row, values
from assistant.steward.filters import CatalogFilter, Condition, Op, Subject
from assistant.steward.questions import compile_question
from assistant.steward.vocabulary import Vocabulary, value_label, vocabulary
from tests.steward.conftest import AS_OF


@pytest.fixture(scope="module")
def known(city: Catalog) -> Vocabulary:
    return vocabulary(city.resources, ())


def _asked(question: str, known: Vocabulary) -> CatalogFilter:
    return compile_question(question, known, AS_OF).filter


def _days(field: str, first: str, last: str) -> tuple[Condition, ...]:
    return (
        Condition(field=field, op=Op.AT_LEAST, values=(first,)),
        Condition(field=field, op=Op.BELOW, values=(last,)),
    )


@pytest.mark.parametrize(
    ("question", "field", "first", "last"),
    [
        ("2020年至2022年发布的资源", "published_on", "2020-01-01", "2023-01-01"),
        ("2024年3月到2024年5月更新的目录", "updated_on", "2024-03-01", "2024-06-01"),
        ("上季度更新的目录", "updated_on", "2025-07-01", "2025-10-01"),
        ("本月发布的资源", "published_on", "2025-10-01", "2025-11-01"),
        ("resources published between 2020 and 2021", "published_on", "2020-01-01", "2022-01-01"),
        ("datasets updated last quarter", "updated_on", "2025-07-01", "2025-10-01"),
    ],
)
def test_a_span_of_time_has_both_its_ends(question: str, field: str, first: str, last: str, known: Vocabulary) -> None:
    assert set(_asked(question, known).conditions) == set(_days(field, first, last))


def test_since_then_and_not_since_then_are_apart(known: Vocabulary) -> None:
    since = _asked("2024年以来更新过的目录", known).conditions
    assert since == (Condition(field="updated_on", op=Op.AT_LEAST, values=("2024-01-01",)),)
    not_since = _asked("2024年以来没有更新过的目录", known).conditions
    assert not_since == (Condition(field="updated_on", op=Op.BELOW, values=("2024-01-01",)),)


def test_both_or_either(known: Vocabulary) -> None:
    both = _asked("含手机号和车牌号的资源", known)
    assert [one.values for one in both.on("holds")] == [("phone",), ("plate",)]
    either = _asked("含手机号或车牌号的资源", known)
    assert [one.values for one in either.on("holds")] == [("phone", "plate")]


def test_a_department_after_which_except_stands_is_left_out(known: Vocabulary) -> None:
    asked = _asked("市财政局以外还没挂接的资源", known)
    assert asked.on("provider") == (Condition(field="provider", op=Op.IS_NOT, values=("市财政局",)),)


@pytest.mark.parametrize(("said", "ratio"), [("八成五", "0.85"), ("九成", "0.9"), ("75%", "0.75")])
def test_tenths_with_a_half(said: str, ratio: str, known: Vocabulary) -> None:
    asked = _asked(f"元数据完整率在{said}以上的资源", known)
    assert asked.on("completeness") == (Condition(field="completeness", op=Op.AT_LEAST, values=(ratio,)),)


def test_whose_data_and_who_asks_are_apart(known: Vocabulary) -> None:
    theirs = _asked("谁在用教育局的数据", known)
    assert theirs.subject is Subject.REQUEST
    assert theirs.on("provider")
    assert theirs.group_by == ("department",)
    asking = _asked("教育局的请求被拒了多少次", known)
    assert asking.on("department")
    assert not asking.on("provider")


def test_a_request_knows_the_provider_of_what_was_asked_for() -> None:
    row = Row(counted={"provider": ("市教育局",), "department": ("市财政局",)})
    assert values(row, "provider", AS_OF) == ("市教育局",)
    assert values(row, "department", AS_OF) == ("市财政局",)


def test_a_value_in_quotes_is_that_value(known: Vocabulary) -> None:
    asked = _asked("更新周期为“每周”的资源", known)
    assert asked.conditions == (Condition(field="update_cycle", op=Op.IS, values=("每周",)),)


def test_the_unit_that_an_item_lacks_is_its_unit_of_measure(known: Vocabulary) -> None:
    assert _asked("没写单位的数据项", known).conditions == (Condition(field="unit", op=Op.MISSING),)


def test_the_last_word_on_a_mark_counts(known: Vocabulary) -> None:
    asked = _asked("水务局的目录都及时更新了吗，没及时的列出来", known)
    assert asked.on("overdue") == (Condition(field="overdue", op=Op.IS, values=("yes",)),)


def test_a_value_is_shown_by_its_own_name() -> None:
    shown = {one: value_label("verdict", one) for one in ("refuse", "needs_approval")}
    assert {one: said.zh for one, said in shown.items() if said is not None} == {
        "refuse": "被拒绝",
        "needs_approval": "待审批",
    }
    for field, name in (("open_type", "不予开放"), ("open_type", "无条件开放"), ("sharing_type", "不予共享")):
        said = value_label(field, name)
        assert said is None or said.zh == name


def test_by_law_is_no_group(known: Vocabulary) -> None:
    asked = _asked("依法不予共享的资源", known)
    assert asked.group_by == ()
    assert _asked("资源依提供部门统计", known).group_by == ("provider",)


def test_newest_issue_orders_by_the_day_of_issue(known: Vocabulary) -> None:
    asked = _asked("最新发布的三个资源", known)
    assert (asked.order, asked.limit) == (("published_on", "desc"), 3)


@pytest.mark.parametrize(
    ("question", "day"),
    [
        ("今年还没更新过的目录", "2025-01-01"),
        ("2023年一直未更新的资源", "2023-01-01"),
        ("去年第三季度以来没更新的资源", "2024-07-01"),
        ("上半年都没更新的目录", "2025-01-01"),
    ],
)
def test_not_updated_in_a_year_or_span_is_not_since_it_began(question: str, day: str, known: Vocabulary) -> None:
    assert _asked(question, known).conditions == (Condition(field="updated_on", op=Op.BELOW, values=(day,)),)


def test_not_one_and_every_one_of_a_group_are_apart(known: Vocabulary) -> None:
    none = _asked("哪些部门一条逾期的都没有", known)
    assert none.conditions == (Condition(field="overdue_rate", op=Op.AT_MOST, values=("0",)),)
    assert _asked("which departments have not mounted any dataset", known).conditions == (
        Condition(field="mounted_rate", op=Op.AT_MOST, values=("0",)),
    )
    every = _asked("哪些部门的资源全部超期", known)
    assert every.conditions == (Condition(field="overdue_rate", op=Op.AT_LEAST, values=("1",)),)


@pytest.mark.parametrize("question", ["近半年没人申请过的资源", "从未被查询的目录", "resources that nobody asked for"])
def test_what_nobody_asked_for_stands_in_no_trail(question: str, known: Vocabulary) -> None:
    assert compile_question(question, known, AS_OF).open


def test_by_requests_is_the_order_not_the_group(known: Vocabulary) -> None:
    found = _asked("top five departments by refused requests", known)
    assert (found.group_by, found.order, found.limit) == (("department",), ("count", "desc"), 5)


def test_the_citys_own_name_in_a_short_name_counts_among_its_characters(known: Vocabulary) -> None:
    named = [one.values for one in _asked("市监局的资源", known).on("provider")]
    assert named == [("市市场监督管理局",)]
