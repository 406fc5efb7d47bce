"""No word is dropped in silence: what is passed over costs confidence, what is not understood stops the answer."""

from __future__ import annotations

import pytest
from city_words import city_model, city_values

from assistant.domain import LinkStrength
from assistant.language import detect
from assistant.nl2sql.plans.compiling import compile_rows
from assistant.nl2sql.plans.interpretation import restate
from assistant.nl2sql.plans.linking import Linked, link


def read(text: str) -> Linked:
    model = city_model()
    return link(text, model=model, values=city_values(), as_of=model.as_of, lang=detect(text))


@pytest.mark.parametrize(
    ("text", "metric"),
    [
        ("2023年住宅用地出让了几宗", "land_parcels"),
        ("2024年下载开放资源多少次", "downloads"),
        ("2025年规范性检查的数据质量合格率", "quality_pass_ratio"),
    ],
)
def test_a_part_of_the_name_is_passed_over_and_told(text: str, metric: str) -> None:
    linked = read(text)
    assert linked.outcome == "plan"
    assert linked.plan is not None
    assert linked.plan.metrics == (metric,)
    assert any(item.strength is LinkStrength.FUZZY for item in linked.plan.links)
    assert linked.confidence < read("2024年各区新设企业数").confidence


@pytest.mark.parametrize(
    "text",
    ["2024年未出让的土地宗数", "2024年不合格的开放数据下载量", "2024年各区乙肝就诊人次", "2024年匿名的热线工单量"],
)
def test_a_negation_or_a_new_word_is_never_passed_over(text: str) -> None:
    assert read(text).outcome != "plan"


@pytest.mark.parametrize(
    ("text", "unknown"),
    [("列出鹭汀区2024年痛风就诊人员名单", "痛风"), ("2024年低保对象名单，只要瘫痪的", "瘫痪")],
)
def test_a_condition_on_rows_that_is_not_understood_stays_visible(text: str, unknown: str) -> None:
    linked = read(text)
    assert linked.outcome == "rows"
    assert any(unknown in word or word in unknown for word in linked.unlinked)
    assert linked.rows is not None
    assert linked.rows.literals == ()  # a disease is nobody's name


def test_the_period_of_a_row_request_is_a_condition() -> None:
    linked = read("2024年就诊人员名单")
    assert linked.rows is not None
    assert "2024-01-01" in compile_rows(linked.rows, city_model()).text


def test_a_period_that_rows_cannot_honour_is_told() -> None:
    linked = read("2021年公务员名单")
    assert linked.outcome == "rows"
    assert any("2021" in word for word in linked.unlinked)


def test_a_named_person_is_a_condition() -> None:
    linked = read("王建国的手机号")
    assert linked.rows is not None
    assert linked.rows.literals == (("pop_resident.name", "王建国"),)
    assert linked.unlinked == ()


@pytest.mark.parametrize(
    ("text", "word"), [("2023年住宅用地出让了几宗", "出让"), ("2023年每季度迁入和迁出各多少", "迁入")]
)
def test_the_strength_of_a_link_is_said_in_the_interpretation(text: str, word: str) -> None:
    plan = read(text).plan
    assert plan is not None
    for lang, said in (("zh", "近似匹配"), ("en", "matched approximately")):
        sentence = restate(plan, city_model(), lang, city_values())
        assert said in sentence
        assert f"“{word}”" in sentence.partition(said)[2]
    exact = read("2024年各区新设企业数").plan
    assert exact is not None
    assert "近似" not in restate(exact, city_model(), "zh", city_values())


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("全市失业率是多少", "失业率"),
        ("2024年企业的热线投诉量", "企业"),
        ("学生领取的补贴金额", "学生"),
        ("最高的热线工单量", "最高"),
        ("户籍人口和常住人口相差最大的区", "相差"),
        ("2024年日均PM2.5", "日均"),
        ("2024年每年每月的热线工单量", "每月"),
        ("Which departments close less than 90% of their hotline tickets?", "90%"),
    ],
)
def test_a_word_that_no_part_of_the_plan_stands_for_is_named(text: str, named: str) -> None:
    """It was looked up, but changes nothing: an answer that passes over it would be another question's."""
    linked = read(text)
    assert linked.outcome == "unlinked"
    assert named in "".join(linked.unlinked)


@pytest.mark.parametrize(
    "text",
    ["2024年居民投诉量", "2024年企业罚款金额", "2024年企业开放数据下载量", "临江区和澜湾区2024年热线工单量差多少"],
)
def test_a_word_that_belongs_to_the_rows_is_no_hindrance(text: str) -> None:
    assert read(text).outcome == "plan"
