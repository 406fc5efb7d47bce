from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import UserError
from assistant.steward.filters import CatalogFilter, Condition, Op, Subject, filter_from_json
from assistant.steward.questions import compile_question
from assistant.steward.sentences import describe
from assistant.steward.vocabulary import vocabulary
from tests.steward.conftest import AS_OF, item, resource

KNOWN = vocabulary([resource("R1", elements=(item("注册资本"), item("姓名"))), resource("R2", "市教育局")])


def _compiled(question: str, after: CatalogFilter | None = None) -> CatalogFilter:
    return compile_question(question, KNOWN, AS_OF, after=after).filter


def test_other_cities_departments_are_read_by_their_abbreviation() -> None:
    other = vocabulary([resource("R1", "县退役军人事务局"), resource("R2", "县住房和城乡建设局")])
    asked = compile_question("住建局和退役军人局超期的目录", other, AS_OF).filter
    assert asked.on("provider")[0].values == ("县住房和城乡建设局", "县退役军人事务局")


def test_an_abbreviation_of_two_departments_names_neither() -> None:
    other = vocabulary([resource("R1", "市交通运输局"), resource("R2", "市交通管理局")])
    assert compile_question("交局超期的目录", other, AS_OF).filter.on("provider") == ()


def test_words_without_a_part_in_the_filter_are_reported() -> None:
    compiled = compile_question("超期的紫薯目录", KNOWN, AS_OF)
    assert compiled.filter.on("overdue")
    assert compiled.unread == ("紫薯",)


def test_unknown_words_alone_become_a_search() -> None:
    assert _compiled("紫薯") == CatalogFilter(conditions=(Condition(field="about", op=Op.ABOUT, values=("紫薯",)),))


def test_a_follow_up_without_a_question_before_is_a_question() -> None:
    asked = compile_question("只看市教育局的", KNOWN, AS_OF)
    assert not asked.follow_up
    assert asked.filter.on("provider")[0].values == ("市教育局",)


def test_a_complete_question_starts_over() -> None:
    last = _compiled("更新超期的目录")
    asked = compile_question("哪些数据项没有单位说明", KNOWN, AS_OF, after=last)
    assert not asked.follow_up
    assert asked.filter.subject is Subject.ELEMENT
    assert not asked.filter.on("overdue")


def test_a_follow_up_replaces_what_it_names_and_keeps_the_rest() -> None:
    last = _compiled("市公安局更新超期的目录")
    asked = compile_question("那市教育局呢", KNOWN, AS_OF, after=last)
    assert asked.follow_up
    assert asked.filter.on("provider")[0].values == ("市教育局",)
    assert asked.filter.on("overdue")


@given(st.text(max_size=120))
def test_any_text_compiles_and_is_described(text: str) -> None:
    asked = _compiled(text)
    assert describe(asked, "zh")
    assert describe(asked, "en")
    assert filter_from_json(json.loads(json.dumps(asked.as_json()))) == asked


@given(
    st.lists(
        st.sampled_from(
            ["没有", "责任处室", "超期", "按", "部门", "的", "资源", "含", "身份证号", "且", "最多", "not", "by"]
        ),
        max_size=9,
    )
)
def test_any_row_of_known_words_compiles(words: list[str]) -> None:
    asked = _compiled(" ".join(words))
    assert filter_from_json(asked.as_json()) == asked


@pytest.mark.parametrize(
    "document",
    [
        {"subject": "rows"},
        {"conditions": [{"field": "password", "op": "is", "values": ["x"]}]},
        {"conditions": [{"field": "provider", "op": "like", "values": ["x"]}]},
        {"conditions": [{"op": "is"}]},
        {"measures": ["sum(salary)"]},
        {"group_by": ["id_card_no"]},
        {"limit": "many"},
        {"order": []} | {"conditions": "x"},
    ],
)
def test_an_edited_filter_that_is_none_is_refused_in_words(document: dict[str, object]) -> None:
    with pytest.raises(UserError):
        filter_from_json(document)
