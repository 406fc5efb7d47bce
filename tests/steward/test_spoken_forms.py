"""What frames a question, spoken constructions and parts of a year: text in, plainer text out."""

from __future__ import annotations

from datetime import date

import pytest

from assistant.steward.framing import unframed
from assistant.steward.questions import compile_question
from assistant.steward.spoken_forms import plainly_spoken, put_aside
from assistant.steward.vocabulary import vocabulary
from assistant.steward.year_parts import with_years
from tests.steward.conftest import item, resource

AS_OF = date(2025, 10, 31)
KNOWN = vocabulary([resource("R1", elements=(item("姓名"),)), resource("R2", "市教育局"), resource("R3", "市民政局")])


@pytest.mark.parametrize(
    ("framed", "question"),
    [
        ("您好，请问，超期的资源", "超期的资源"),
        ("领导让我看看超期的资源", "看看超期的资源"),
        ("审计组要超期的资源", "超期的资源"),
        ("为了迎接检查，超期的资源，谢谢", "超期的资源"),
        ("把超期的资源列成表", "把超期的资源"),
        ("for the audit, overdue resources", "overdue resources"),
        ("my boss wants overdue resources, thanks", "overdue resources"),
        ("开会用的资源", "开会用的资源"),  # one word beside them, and it is no frame
        ("公安局要了哪些数据", "公安局要了哪些数据"),  # a department is nobody who hands a question on
        ("谢谢", "谢谢"),  # nothing else would be left
    ],
)
def test_a_frame_is_taken_off_and_nothing_else(framed: str, question: str) -> None:
    assert unframed(framed) == question


@pytest.mark.parametrize(
    ("said", "plainer"),
    [
        ("公安局和民政局谁没挂接的资源多", "公安局和民政局谁没挂接的资源最多"),
        ("哪家超期的目录最多", "哪部门超期的目录最多"),
        ("哪五个部门资源最多", "前五个部门资源最多"),
        ("民政局提的请求", "民政局的请求"),
        ("14岁以下儿童信息", "未成年人信息"),
        ("fields with neither a code list nor a unit", "fields without a code list and without a unit"),
        ("公安局的资源多大", "公安局的资源多大"),
    ],
)
def test_a_construction_is_said_more_plainly(said: str, plainer: str) -> None:
    assert plainly_spoken(said) == plainer


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("三季度发布的", "2025年3季度发布的"),
        ("四季度发布的", "2025年4季度发布的"),  # it has begun
        ("2024年三季度发布的", "2024年3季度发布的"),
        ("近一季度更新的", "近一季度更新的"),
        ("1到6月发布的", "2025年1月到2025年6月发布的"),
        ("去年11月到12月发布的", "2024年11月到2024年12月发布的"),
        ("published in q3", "published between 2025-07 and 2025-09"),
        ("published in the first half of last year", "published between 2024-01 and 2024-06"),
        ("issued between july and september 2024", "issued between 2024-07 and 2024-09"),
    ],
)
def test_parts_of_a_year_are_months(said: str, written: str) -> None:
    assert with_years(said, AS_OF) == written


def test_what_is_put_aside_is_dropped_from_the_last_filter() -> None:
    assert put_aside("超期的先不管，改看没挂接的") == "去掉超期，改看没挂接的"
    last = compile_question("教育局超期的资源", KNOWN, AS_OF).filter
    edited = compile_question("超期的先不管，改看没挂接的", KNOWN, AS_OF, after=last).filter
    assert edited == compile_question("教育局没挂接的资源", KNOWN, AS_OF).filter


@pytest.mark.parametrize(
    "question",
    ["数据没到家的资源", "Which departments have resources without anything odd?", "责任处室五花八门的资源"],
)
def test_a_denial_that_denies_nothing_known_is_asked_back(question: str) -> None:
    assert compile_question(question, KNOWN, AS_OF).open


@pytest.mark.parametrize(
    "question",
    [
        "两个部门对“常住人口”的定义有何不同",
        "按六大基础库统计资源数和挂载率",
        "挂接率最低的三个部门",
        "一数一源：同一数据项由几个部门采集",
    ],
)
def test_a_question_of_its_own_does_not_edit_the_last_filter(question: str) -> None:
    last = compile_question("教育局超期的资源", KNOWN, AS_OF).filter
    compiled = compile_question(question, KNOWN, AS_OF, after=last)
    assert not compiled.follow_up
    assert compiled.filter == compile_question(question, KNOWN, AS_OF).filter


def test_a_number_alone_changes_the_bound_of_the_last_filter() -> None:
    last = compile_question("定级率不到八成的部门", KNOWN, AS_OF).filter
    edited = compile_question("改成低于六成的", KNOWN, AS_OF, after=last)
    assert edited.follow_up
    assert [one.values for one in edited.filter.on("labelled_rate")] == [("0.6",)]
