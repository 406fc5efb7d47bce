"""A small estate of our own, so that every expectation can be read here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assistant.catalog import Catalog, load_catalog
from assistant.domain import (
    CatalogResource,
    Category,
    Classification,
    ColumnRole,
    DataElement,
    Level,
    OpenType,
    SharingType,
)
from assistant.steward.estate import Estate

ROOT = Path(__file__).resolve().parents[2]
AS_OF = date(2025, 10, 31)
CONFIRMED = Classification(level=Level.G4, role=ColumnRole.DIRECT_ID, categories=(Category.PERSONAL,), basis="法")
NEUTRAL = Classification(level=Level.G1, role=ColumnRole.NEUTRAL)


def item(name: str, owner: str = "R1", **more: Any) -> DataElement:
    return DataElement(element_id=f"{owner}.{name}", name=name, **more)


def resource(code: str, provider: str = "市公安局", **more: Any) -> CatalogResource:
    plain = CatalogResource(
        resource_id=code,
        name=f"资源{code}",
        category="人口",
        provider=provider,
        provider_code=f"P-{provider}",
        owner_office="数据科",
        abstract="某项登记。",
        format="库表",
        sharing_type=SharingType.CONDITIONAL,
        sharing_condition="依职责",
        sharing_method="平台",
        open_type=OpenType.NOT_OPEN,
        update_cycle="每月",
        published_on=date(2020, 1, 1),
        updated_on=date(2025, 10, 20),
        elements=(item("状态", code, label=NEUTRAL),),
    )
    return replace(plain, **more)


@pytest.fixture
def estate() -> Callable[..., Estate]:
    def make(*resources: CatalogResource, **more: Any) -> Estate:
        return Estate(resources=resources, as_of=AS_OF, **more)

    return make


@pytest.fixture(scope="session")
def city() -> Catalog:
    return load_catalog(ROOT / "corpora")
