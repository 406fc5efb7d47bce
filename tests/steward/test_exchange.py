"""DCAT-AP and the core-metadata table: what both know comes back as it went out."""

from __future__ import annotations

import io
import json
from dataclasses import fields, replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.catalog import Catalog, load_catalog
from assistant.catalog_checks import CYCLES
from assistant.domain import CatalogResource, Category, DataElement, Level, OpenType, SharingType
from assistant.errors import CatalogError
from assistant.steward.core_table import from_xlsx, to_xlsx
from assistant.steward.dcat import from_dcat, to_dcat
from assistant.steward.resource_yaml import as_yaml, write_drafts

# What neither form carries: labels, and how the engine counts units and releases.
_INTERNAL = {"unit": None, "unit_column": None, "release_column": None, "releases": ()}


def shared(one: CatalogResource) -> CatalogResource:
    return replace(one, **_INTERNAL, elements=tuple(replace(item, label=None) for item in one.elements))


def through_dcat(listed: tuple[CatalogResource, ...]) -> tuple[CatalogResource, ...]:
    return from_dcat(json.loads(json.dumps(to_dcat(listed, title="目录"))))


def test_the_citys_catalog_comes_back_both_ways(city: Catalog) -> None:
    expected = tuple(shared(one) for one in city.resources)
    assert through_dcat(city.resources) == expected
    assert from_xlsx(to_xlsx(city.resources)) == expected


def test_the_citys_catalog_written_as_drafts_reads_as_the_same(city: Catalog, tmp_path: Path) -> None:
    write_drafts(city.resources, tmp_path / "catalog")
    assert set(load_catalog(tmp_path).resources) == set(city.resources)


# Text as a cell or a JSON string can hold it: no control characters, no line breaks inside a list's word.
WORDS = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="\ufffe\uffff"),
    min_size=1,
    max_size=12,
)
NAMES = WORDS.map(str.strip).filter(lambda text: bool(text) and "." not in text)
LISTS = st.lists(WORDS, max_size=3, unique=True).map(tuple)
DAYS = st.none() | st.dates(date(1990, 1, 1), date(2030, 1, 1))
ELEMENTS = st.builds(
    DataElement,
    element_id=st.just(""),
    name=NAMES,
    name_en=WORDS,
    type=st.sampled_from(["string", "integer", "number", "date", "datetime", "boolean"]),
    unit=st.none() | WORDS,
    description=WORDS,
    synonyms=LISTS,
    code_list=st.dictionaries(WORDS, WORDS, max_size=3).map(lambda found: tuple(found.items())),
)
RESOURCES = st.builds(
    CatalogResource,
    resource_id=st.from_regex(r"[A-Z0-9-]{1,12}", fullmatch=True),
    name=NAMES,
    category=NAMES,
    provider=NAMES,
    owner_office=WORDS | st.just(""),
    abstract=WORDS,
    sharing_type=st.sampled_from(SharingType),
    sharing_basis=WORDS | st.just(""),
    open_type=st.sampled_from(OpenType),
    update_cycle=st.sampled_from(CYCLES),
    published_on=DAYS,
    updated_on=DAYS,
    related=st.just(()) | st.just(("A-1", "A-2")),
    synonyms=LISTS,
    level=st.sampled_from(Level),
    categories=st.lists(st.sampled_from(Category), max_size=2, unique=True).map(tuple),
    elements=st.lists(ELEMENTS, min_size=1, max_size=3, unique_by=lambda one: one.name).map(tuple),
)


def _identified(one: CatalogResource) -> CatalogResource:
    return replace(
        one, elements=tuple(replace(item, element_id=f"{one.resource_id}.{item.name}") for item in one.elements)
    )


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(RESOURCES.map(_identified))
def test_any_resource_comes_back(one: CatalogResource) -> None:
    assert through_dcat((one,)) == (one,)
    (table,) = from_xlsx(to_xlsx([one]))
    assert {f.name: getattr(table, f.name) for f in fields(table)} == {
        f.name: getattr(one, f.name) for f in fields(one)
    }


def test_labels_never_leave(city: Catalog) -> None:
    text = json.dumps(to_dcat(city.resources, title="目录"), ensure_ascii=False)
    assert "direct_id" not in text
    assert "mask" not in text
    assert all(item.label is None for one in through_dcat(city.resources) for item in one.elements)


def test_a_formula_stays_text() -> None:
    from openpyxl import load_workbook

    one = CatalogResource(
        resource_id="R1",
        name="=1+1",
        category="人口",
        provider="@局",
        elements=(DataElement(element_id="R1.a", name="a"),),
    )
    sheet = load_workbook(io.BytesIO(to_xlsx([one])))["信息资源"]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None} == {"s"}


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"dcat:dataset": [{}]},
        {"dcat:dataset": [{"dct:identifier": "R1", "gov:level": "G9"}]},
        {"dcat:dataset": [{"dct:identifier": "R1", "dct:issued": "soon"}]},
        {"dcat:dataset": [{"dct:identifier": "R1", "dct:publisher": "市公安局"}]},
    ],
)
def test_a_wrong_document_is_an_error_in_words(document: dict[str, object]) -> None:
    with pytest.raises(CatalogError):
        from_dcat(document)


def test_a_wrong_table_is_an_error_in_words() -> None:
    with pytest.raises(CatalogError):
        from_xlsx(b"no workbook")
    from openpyxl import Workbook

    stream = io.BytesIO()
    Workbook().save(stream)
    with pytest.raises(CatalogError):
        from_xlsx(stream.getvalue())


def test_drafts_overwrite_nothing_and_stay_in_their_folder(tmp_path: Path) -> None:
    one = CatalogResource(resource_id="R1", name="甲", category="人口", provider="局")
    write_drafts((one,), tmp_path)
    with pytest.raises(CatalogError):
        write_drafts((one,), tmp_path)
    for code in ("../R2", "..", "a/b"):
        with pytest.raises(CatalogError):
            write_drafts((replace(one, resource_id=code),), tmp_path)
    assert as_yaml(one) == (tmp_path / "R1.yaml").read_text(encoding="utf-8")
