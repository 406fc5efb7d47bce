"""Catalog resources and data items as passages: who sees them, and how they are found."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from assistant.catalog import load_catalog
from assistant.domain import (
    CatalogResource,
    Classification,
    ColumnRole,
    DataElement,
    Level,
    OpenType,
    SharingType,
    VisibilityFilter,
)
from assistant.retrieval.catalog_passages import catalog_passages
from assistant.retrieval.index import library_path, refresh
from assistant.retrieval.retriever import Retriever
from assistant.settings import Settings

ROOT = Path(__file__).parents[2]
CASES = yaml.safe_load((ROOT / "tests" / "cases" / "retrieval.yaml").read_text(encoding="utf-8"))["catalog"]
PUBLIC = VisibilityFilter(max_level=Level.G1, departments=(), public_only=True)
OFFICIAL = VisibilityFilter(max_level=Level.G3, departments=("甲局",), public_only=False)


@dataclass(frozen=True)
class Resources:
    resources: tuple[CatalogResource, ...]


def resource(sharing: SharingType, opening: OpenType, level: Level, provider: str = "乙局") -> CatalogResource:
    element = DataElement(
        element_id="t.code", name="统一社会信用代码", synonyms=("信用代码",), code_list=(("1", "在业"),)
    )
    return CatalogResource(
        resource_id="990100-XX-001", name="经营主体登记", provider=provider, sharing_type=sharing, open_type=opening,
        level=level, elements=(element,),
    )  # fmt: skip


def searcher(folder: Path, *resources: CatalogResource) -> Retriever:
    settings = Settings(workspace=folder, state=folder / "state", models=folder)
    refresh(settings, catalog_passages(Resources(resources)), None)
    return Retriever(library_path(settings))


SHARED, ASKED, KEPT = SharingType.UNCONDITIONAL, SharingType.CONDITIONAL, SharingType.NOT_SHARED


@pytest.mark.parametrize(
    ("sharing", "opening", "level", "provider", "public", "official"),
    [
        (SHARED, OpenType.UNCONDITIONAL, Level.G2, "乙局", True, True),
        (ASKED, OpenType.NOT_OPEN, Level.G4, "乙局", False, True),  # departments must learn that it exists
        (KEPT, OpenType.NOT_OPEN, Level.G3, "乙局", False, False),
        (KEPT, OpenType.NOT_OPEN, Level.G3, "甲局", False, True),
        (SHARED, OpenType.NOT_OPEN, Level.IMP, "乙局", False, False),
        (KEPT, OpenType.NOT_OPEN, Level.WS, "甲局", False, False),
    ],
)
def test_who_learns_that_a_resource_exists(
    tmp_path: Path, sharing: SharingType, opening: OpenType, level: Level, provider: str, public: bool, official: bool
) -> None:
    found = searcher(tmp_path, resource(sharing, opening, level, provider))
    for visible, expected in ((PUBLIC, public), (OFFICIAL, official)):
        for kinds in (("catalog",), ("element",)):
            assert bool(found.search("经营主体登记的信用代码", visible, kinds=kinds)) == expected
        assert (found.resource("990100-XX-001", visible=visible) is not None) == expected


def test_an_item_above_its_resource_is_hidden_alone(tmp_path: Path) -> None:
    label = Classification(level=Level.IMP, role=ColumnRole.NEUTRAL)
    open_one = resource(SHARED, OpenType.UNCONDITIONAL, Level.G1)
    item = DataElement(element_id="t.site", name="关键设施位置", label=label)
    found = searcher(tmp_path, CatalogResource(**{**_fields(open_one), "elements": (*open_one.elements, item)}))
    assert {hit.title for hit in found.search("设施位置 信用代码", OFFICIAL, kinds=("element",))} == {
        "统一社会信用代码"
    }


def _fields(value: CatalogResource) -> dict[str, object]:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


@pytest.mark.parametrize(
    "query", ["990100-XX-001", "乙局", "信用代码", "在业", "經營主體", "unified social credit code"]
)
def test_found_by_code_provider_item_code_list_and_in_other_scripts(tmp_path: Path, query: str) -> None:
    other = CatalogResource(
        resource_id="990100-YY-001", name="空气质量日报", provider="丙局", open_type=OpenType.UNCONDITIONAL
    )
    found = searcher(tmp_path, resource(SHARED, OpenType.UNCONDITIONAL, Level.G1), other)
    hits = found.search(query, PUBLIC, kinds=("catalog", "element"), dense=False)
    assert hits
    assert hits[0].title in {"经营主体登记", "统一社会信用代码"}


def test_words_alone_find_the_demo_citys_resources(tmp_path: Path) -> None:
    catalog = load_catalog(ROOT / "corpora")
    settings = Settings(workspace=tmp_path, state=tmp_path / "state", models=tmp_path)
    refresh(settings, catalog_passages(catalog), None)
    found = Retriever(library_path(settings))
    everyone = VisibilityFilter(max_level=Level.IMP, departments=(), public_only=False)
    hits = [
        bool({hit.id for hit in found.search(case["q"], everyone, kinds=("catalog",), top_k=5)} & set(case["gold"]))
        for case in CASES
    ]
    assert sum(hits) >= 27, [case["q"] for case, hit in zip(CASES, hits, strict=True) if not hit]
