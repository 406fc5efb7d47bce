"""How people ask: words without content or torn apart, denials, order and time in other words, shares, durations."""

from __future__ import annotations

from datetime import date

import pytest
from city_words import city_model, city_values

from assistant.conversation import Turn, complete
from assistant.domain import Period, QueryPlan, Text
from assistant.language import detect
from assistant.nl2sql.plans.linking import Linked, link
from assistant.nl2sql.plans.moved_periods import moved
from assistant.nl2sql.plans.normalising import normalise


def read(text: str) -> Linked:
    model = city_model()
    return link(text, model=model, values=city_values(), as_of=model.as_of, lang=detect(text))


def plan_of(text: str) -> QueryPlan:
    linked = read(text)
    assert linked.outcome == "plan", linked.unlinked
    assert linked.plan is not None
    return linked.plan


@pytest.mark.parametrize(
    ("spoken", "plain"),
    [
        ("劳驾给领导报个数，2024年各区新设企业数", "2024年各区新设企业数"),
        ("2024年补贴一共拨付了多少钱", "2024年补贴发放金额"),
        ("麻烦您汇总一下2024年各区办件量就行", "2024年各区办件量"),
        ("how many new firms occurred in 2024", "number of new firms in 2024"),
    ],
)
def test_words_of_asking_change_nothing(spoken: str, plain: str) -> None:
    said, meant = plan_of(spoken), plan_of(plain)
    assert (said.metrics, said.dimensions, said.filters, said.period) == (
        meant.metrics,
        meant.dimensions,
        meant.filters,
        meant.period,
    )


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("2024年按门路看办件量", "门路"),
        ("2024年停发的低保户数", "停发"),
        ("2024年撤下的热线工单量", "撤下"),
        ("2024年积压的办件量", "积压"),
    ],
)
def test_a_word_that_tells_a_state_is_no_word_of_asking_and_is_not_torn(text: str, word: str) -> None:
    linked = read(text)
    assert linked.outcome != "plan"
    assert any(word.startswith(one) or one.startswith(word) for one in linked.unlinked), linked.unlinked


@pytest.mark.parametrize("text", ["2024年还没办结的热线工单有多少", "2024年尚未办结的工单量", "2024年未办结的热线工单"])
def test_what_is_denied_is_not_dropped(text: str) -> None:
    assert plan_of(text).metrics == ("open_tickets",)


def test_a_denial_in_a_follow_up_is_not_dropped() -> None:
    model = city_model()
    before = plan_of("2024年各区热线工单量")
    done = complete(
        "没有满意的呢",
        (Turn(question="2024年各区热线工单量", plan=before),),
        model=model,
        values=city_values(),
        as_of=model.as_of,
        lang="zh",
    )
    assert done.linked.outcome != "plan"


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("能耗降下来没有，逐年看", "能耗降下来吗,逐年看"),
        ("各医院就诊人次由高至低排", "各医院就诊人次从高到低排"),
        ("自少往多", "从低到高"),
        ("本年首三季", "本年前3季"),
        ("占比超一成", "占比超过10%"),
        ("注册资本一千万以上", "注册资本10000000以上"),
        ("哪些街道没有工单", "哪些街道没有工单"),
        ("赶超三个区", "赶超3个区"),
    ],
)
def test_other_ways_to_write_it(written: str, read_as: str) -> None:
    assert normalise(written) == read_as


def _year(year: int) -> Period:
    return Period(start=date(year, 1, 1), end=date(year + 1, 1, 1), label=Text(zh=f"{year}年", en=str(year)))


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("再往前推一年呢", 2023),
        ("往前数2年", 2022),
        ("and the year before?", 2023),
        ("往后推一年", 2025),
        ("各区呢", None),
    ],
)
def test_a_follow_up_moves_the_time(text: str, year: int | None) -> None:
    later = moved(normalise(text), _year(2024))
    assert (later.start.year if later else None) == year


def test_a_time_without_whole_months_is_not_moved() -> None:
    days = Period(start=date(2024, 1, 3), end=date(2024, 2, 9), label=Text(zh="", en=""))
    assert moved("再往前推1年", days) is None


def test_a_value_inside_the_word_for_another_one_counts() -> None:
    plan = plan_of("2024年二手住宅成交走势，按月")
    assert plan.metrics == ("homes_sold",)
    assert [item.dimension for item in plan.filters] == ["house_new"]


def test_the_parts_of_a_section_are_its_divisions() -> None:
    assert plan_of("2024年制造业各行业新设企业数").dimensions == ("industry",)
    assert plan_of("2024年各行业新设企业数").dimensions == ("section",)


def test_a_share_is_of_what_stands_beside_the_word() -> None:
    assert plan_of("proportion of women among residents with a bachelor's degree").share_of == ("gender",)
    assert plan_of("本科学历的居民里女性占几成").share_of == ("gender",)


def test_a_share_within_a_group_of_the_same_column_is_asked_back() -> None:
    assert read("少数民族常住人口多少，苗族占几成").outcome != "plan"


def test_a_figure_that_says_whose_another_one_is_asks_back() -> None:
    assert read("2024年去世居民的补贴金额").outcome != "plan"
    assert plan_of("2024年死亡人口和补贴发放金额").metrics == ("deaths", "subsidy_amount")


def test_a_ratio_of_a_place_is_of_those_who_live_there() -> None:
    assert plan_of("雾溪县60岁以上老人占多大比重").metrics == ("senior_ratio",)
    assert plan_of("雾溪县60岁以上老人占全市的比重").metrics == ("senior_population",)


def test_a_figure_for_a_month_is_not_divided_by_months() -> None:
    assert plan_of("低保金每月平均多少").per == ""
    assert plan_of("2024年热线工单平均每月多少件").per == "month"


def test_two_clauses_are_answered_by_two_values_and_not_by_one_figure_of_both() -> None:
    assert plan_of("2024年增值税多少，企业所得税又是多少").dimensions == ("tax_type",)
    assert read("门诊、住院2024年分别报销了多少，报销比例各是多少").outcome != "plan"


def test_how_long_asks_for_a_time_and_not_for_a_count() -> None:
    assert plan_of("which department's tickets took longest in 2024").metrics == ("average_handling_hours",)
    assert plan_of("2024年哪个部门的热线工单最多").metrics == ("tickets",)


def test_where_all_rows_lie_in_one_section_industry_means_its_divisions() -> None:
    assert plan_of("2024年规上工业用工人数最多的三个行业").dimensions == ("industry",)
    assert plan_of("2024年新设企业数最多的三个行业").dimensions == ("section",)
