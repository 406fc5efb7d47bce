from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from assistant.catalog import Catalog
from assistant.domain import Category, Level, OpenType, SharingType, VisibilityFilter
from assistant.errors import ConfigurationError, UserError
from assistant.steward.entries import is_overdue
from assistant.steward.estate import Estate, visible_resources
from assistant.steward.fields import Row
from assistant.steward.filtering import apply_filter
from assistant.steward.filters import CatalogFilter, Condition, Op, Subject
from assistant.yaml_source import read_yaml
from tests.steward.conftest import AS_OF, CONFIRMED, NEUTRAL, item, resource

OVERDUE = read_yaml(Path(__file__).parents[1] / "cases" / "steward_overdue.yaml", ConfigurationError).plain()["cases"]


def _ids(estate: Estate, *conditions: Condition, subject: Subject = Subject.RESOURCE) -> list[str]:
    return list(apply_filter(CatalogFilter(subject=subject, conditions=conditions), estate).ids)


def _condition(field: str, op: Op, *values: str) -> Condition:
    return Condition(field=field, op=op, values=values)


@pytest.mark.parametrize("case", OVERDUE, ids=lambda case: case["id"])
def test_overdue(case: dict[str, object]) -> None:
    dated = resource("R1", update_cycle=case["cycle"], updated_on=case["updated_on"], published_on=None)
    assert is_overdue(dated, AS_OF) is case["overdue"]


def test_conditions_on_items_hold_for_one_and_the_same_item(estate: Callable[..., Estate]) -> None:
    marked_id = item("公民身份号码", "R1", label=CONFIRMED)
    plain_other = item("状态", "R1", label=NEUTRAL)
    plain_id = item("经办人身份证号", "R2", label=NEUTRAL)
    held = estate(resource("R1", elements=(marked_id, plain_other)), resource("R2", elements=(plain_id,)))
    asked = (_condition("holds", Op.HAS, "id_card"), _condition("sensitive", Op.IS, "no"))
    assert _ids(held, *asked) == ["R2"]


def test_holding_none_means_no_item_at_all(estate: Callable[..., Estate]) -> None:
    both = resource("R1", elements=(item("姓名", "R1"), item("身份证号", "R1")))
    held = estate(both, resource("R2", elements=(item("状态", "R2"),)))
    assert _ids(held, _condition("holds", Op.HAS_NOT, "id_card")) == ["R2"]


def test_missing_is_empty_or_blank(estate: Callable[..., Estate]) -> None:
    held = estate(resource("R1", owner_office=""), resource("R2", owner_office="  "), resource("R3"))
    assert _ids(held, _condition("owner_office", Op.MISSING)) == ["R1", "R2"]
    assert _ids(held, _condition("owner_office", Op.PRESENT)) == ["R3"]


def test_levels_and_days_compare_in_their_order(estate: Callable[..., Estate]) -> None:
    held = estate(
        resource("R1", level=Level.IMP, updated_on=date(2024, 12, 31)), resource("R2", level=Level.G2, updated_on=None)
    )
    assert _ids(held, _condition("level", Op.AT_LEAST, "G4")) == ["R1"]
    assert _ids(held, _condition("updated_on", Op.BELOW, "2025-01-01")) == ["R1"]  # no date is no early date


def test_same_meaning_goes_by_synonym_and_column_but_not_by_accident(estate: Callable[..., Estate]) -> None:
    held = estate(
        resource("R1", elements=(item("统一社会信用代码", "R1", column="uscc", synonyms=("信用代码",)),)),
        resource("R2", elements=(item("信用代码", "R2"), item("信用等级", "R2"))),
        resource("R3", elements=(item("主体代码", "R3", column="uscc"), item("年度", "R3"))),
    )
    asked = (_condition("item", Op.SAME_MEANING, "统一社会信用代码"), _condition("item", Op.IS_NOT, "统一社会信用代码"))
    assert _ids(held, *asked, subject=Subject.ELEMENT) == ["R2.信用代码", "R3.主体代码"]


def test_one_source_counts_departments_not_resources(estate: Callable[..., Estate]) -> None:
    held = estate(
        resource("R1", "甲局", elements=(item("姓名", "R1"),)),
        resource("R2", "甲局", elements=(item("姓名", "R2"), item("地址", "R2"))),
        resource("R3", "乙局", elements=(item("地址", "R3"),)),
    )
    asked = CatalogFilter(
        subject=Subject.ELEMENT,
        conditions=(_condition("departments", Op.AT_LEAST, "2"),),
        group_by=("item",),
        measures=("departments",),
    )
    found = apply_filter(asked, held)
    assert found.columns == ("item", "departments", "provider")  # how many, and which
    assert found.rows == (("地址", 2, "乙局、甲局"),)


def test_groups_carry_their_rates_in_order(estate: Callable[..., Estate]) -> None:
    held = estate(resource("R1", "甲局", table="a"), resource("R2", "甲局"), resource("R3", "乙局"))
    asked = CatalogFilter(group_by=("provider",), measures=("count", "mounted_rate"), order=("mounted_rate", "asc"))
    assert apply_filter(asked, held).rows == (("乙局", 1, 0.0), ("甲局", 2, 0.5))


def test_a_count_without_groups_is_one_row_even_of_nothing(estate: Callable[..., Estate]) -> None:
    asked = CatalogFilter(conditions=(_condition("overdue", Op.IS, "yes"),), measures=("count",))
    assert apply_filter(asked, estate(resource("R1"))).rows == ((0,),)


def test_requests_are_not_for_everyone(estate: Callable[..., Estate]) -> None:
    asked = CatalogFilter(subject=Subject.REQUEST, group_by=("department",), measures=("count",))
    with pytest.raises(UserError):
        apply_filter(asked, estate(resource("R1")))
    counted = (Row(counted={"department": ("市民政局",)}, weight=3), Row(counted={"department": ("市民政局",)}))
    assert apply_filter(asked, estate(resource("R1"), requests=counted)).rows == (("市民政局", 4),)


def test_a_search_by_meaning_is_asked_only_where_no_entry_has_the_words(estate: Callable[..., Estate]) -> None:
    asked: list[str] = []

    def search(words: str) -> tuple[str, ...]:
        asked.append(words)
        return ("R2",)

    held = estate(resource("R1", abstract="住房公积金缴存。"), resource("R2"), search=search)
    assert _ids(held, _condition("about", Op.ABOUT, "公积金")) == ["R1"]
    assert asked == []
    assert _ids(held, _condition("about", Op.ABOUT, "房贷")) == ["R2"]


def test_definitions_stand_side_by_side(estate: Callable[..., Estate]) -> None:
    item("常住人口数", "R2", synonyms=("常住人口",), description="居住半年以上")
    held = estate(
        resource("R1", "市公安局", abstract="登记人口。本资源的“常住人口”指登记居住者。来源为派出所。"),
        resource(
            "R2", "市统计局", elements=(item("常住人口数", "R2", synonyms=("常住人口",), description="居住半年以上"),)
        ),
    )
    asked = CatalogFilter(subject=Subject.DEFINITION, conditions=(_condition("term", Op.IS, "常住人口"),))
    assert [(row[0], row[3]) for row in apply_filter(asked, held).rows] == [
        ("市公安局", "本资源的“常住人口”指登记居住者。"),
        ("市统计局", "居住半年以上"),
    ]


# --------------------------------------------------------------------------- visibility


def test_what_is_above_or_anothers_is_absent(city: Catalog) -> None:
    steward = VisibilityFilter(max_level=Level.G2, departments=("市大数据局",), public_only=False)
    seen = visible_resources(city, steward)
    assert seen
    assert {one.resource_id for one in seen} < set(city.by_id)
    for one in set(city.resources) - {city.by_id[one.resource_id] for one in seen}:
        closed = one.sharing_type is SharingType.NOT_SHARED and one.open_type is OpenType.NOT_OPEN
        assert one.level >= Level.IMP or Category.WORK_SECRET in one.categories or closed
    assert all(one.level < Level.IMP for one in seen)


def test_the_public_sees_what_is_open_only(city: Catalog) -> None:
    public = VisibilityFilter(max_level=Level.G1, departments=(), public_only=True)
    assert all(one.open_type is not OpenType.NOT_OPEN for one in visible_resources(city, public))


def test_nothing_invisible_comes_back_from_any_filter(city: Catalog) -> None:
    public = VisibilityFilter(max_level=Level.G1, departments=(), public_only=True)
    seen = Estate(resources=visible_resources(city, public), as_of=AS_OF)
    hidden = {one.name for one in city.resources} - {one.name for one in seen.resources}
    for subject in (Subject.RESOURCE, Subject.ELEMENT):
        shown = {str(value) for row in apply_filter(CatalogFilter(subject=subject), seen).rows for value in row}
        assert not shown & hidden
