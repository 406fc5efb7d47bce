"""The value index: what may stand in it, what an asker sees of it."""

from __future__ import annotations

import dataclasses

import pytest
from city_words import WORKSPACE, city_model, city_values

from assistant.catalog import Catalog, read_catalog
from assistant.domain import ColumnRole, Level
from assistant.nl2sql.plans.values import MAX_VALUES, ValueIndex, build_value_index


def catalog() -> Catalog:
    return read_catalog(WORKSPACE)[0]


def relabelled(element_id: str, role: ColumnRole, level: Level) -> Catalog:
    found = catalog()
    resources = []
    for resource in found.resources:
        elements = tuple(
            dataclasses.replace(e, label=dataclasses.replace(e.label, role=role, level=level), code_list=())
            if e.element_id == element_id and e.label
            else e
            for e in resource.elements
        )
        resources.append(dataclasses.replace(resource, elements=elements))
    return Catalog(resources=tuple(resources), version="test")


def read(index: ValueIndex, dimension: str) -> list[str]:
    return [value.label for value in index.values if value.dimension == dimension]


@pytest.mark.parametrize(
    ("role", "level", "indexed"),
    [
        (ColumnRole.NEUTRAL, Level.G1, True),
        (ColumnRole.QUASI_ID, Level.G2, True),
        (ColumnRole.QUASI_ID, Level.G3, False),
        (ColumnRole.SENSITIVE_ATTR, Level.G1, False),
        (ColumnRole.FREE_TEXT, Level.G1, False),
        (ColumnRole.DIRECT_ID, Level.G1, False),
        (ColumnRole.SECRET_MEASURE, Level.G1, False),
    ],
)
def test_only_neutral_and_low_risk_columns_are_read(role: ColumnRole, level: Level, indexed: bool) -> None:
    asked: list[str] = []

    def distinct(table: str, column: str) -> tuple[str, ...]:
        asked.append(f"{table}.{column}")
        return ("甲局", "乙局")

    index = build_value_index(city_model(), relabelled("hotline_ticket.handling_dept", role, level), distinct)
    assert bool(read(index, "handling_dept")) is indexed
    assert ("hotline_ticket.handling_dept" in asked) is indexed  # not even read


def test_an_unlabelled_column_is_not_read() -> None:
    found = catalog()
    resources = tuple(
        dataclasses.replace(r, elements=tuple(e for e in r.elements if e.column != "handling_dept"))
        for r in found.resources
    )
    index = build_value_index(city_model(), Catalog(resources=resources, version="t"), lambda t, c: ("甲局",))
    assert read(index, "handling_dept") == []


def test_too_many_values_are_no_dimension() -> None:
    many = tuple(f"局{number}" for number in range(MAX_VALUES + 1))
    index = build_value_index(city_model(), catalog(), lambda table, column: many)
    assert read(index, "handling_dept") == []


def test_code_lists_come_from_the_catalog_even_where_sensitive() -> None:
    """The list of reasons is public; which values occur where is not, and is not read."""
    index = build_value_index(city_model(), catalog(), None)
    assert "疾病" in read(index, "lowincome_reason")


def test_regions_have_short_names_and_english_ones() -> None:
    district = next(v for v in city_values().values if v.label == "临江区")
    assert district.code == "990101"
    assert district.label_en == "Linjiang District"
    assert {"临江", "Linjiang"} <= set(district.aliases)


def test_what_an_asker_sees() -> None:
    index = city_values()
    seen = index.restricted(frozenset({"dim_district"}))
    assert {value.dimension for value in seen.values} == {"district", "district_kind"}
    assert index.restricted(frozenset({"dim_district"})) is seen
    assert index.restricted(frozenset()).values == ()


def test_the_index_survives_the_state_folder() -> None:
    index = city_values()
    assert ValueIndex.from_json(index.to_json()).values == index.values
    with pytest.raises(ValueError, match="not a value index"):
        ValueIndex.from_json('[{"wrong": 1}]')
