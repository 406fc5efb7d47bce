"""The demo city's semantic model and a value index, without its warehouse: for tests of understanding."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from assistant.catalog import read_catalog
from assistant.nl2sql.plans.semantic_model import SemanticModel, load_semantic_model
from assistant.nl2sql.plans.values import ValueIndex, build_value_index

WORKSPACE = Path(__file__).resolve().parent.parent / "corpora"
CASES = Path(__file__).parent / "cases"

# What the engine would say; dimension tables and neutral columns only.
_ENGINE = {
    ("dim_street", "street_name"): ("江口街道", "渡亭街道", "月湾街道", "鼓楼巷街道", "石门槛镇"),
    ("dim_industry", "section_name"): (
        "制造业",
        "建筑业",
        "批发和零售业",
        "住宿和餐饮业",
        "金融业",
        "信息传输、软件和信息技术服务业",
    ),
    ("dim_industry", "industry_name"): ("零售业", "食品制造业", "软件和信息技术服务业"),
    ("hotline_ticket", "handling_dept"): ("市城市管理局", "市住房和城乡建设局", "市生态环境局"),
    ("credit_penalty", "authority"): ("市市场监督管理局", "市生态环境局"),
}


@cache
def city_model() -> SemanticModel:
    catalog, _ = read_catalog(WORKSPACE)
    return load_semantic_model(WORKSPACE, catalog)


@cache
def city_values() -> ValueIndex:
    catalog, _ = read_catalog(WORKSPACE)
    return build_value_index(city_model(), catalog, lambda table, column: _ENGINE.get((table, column), ()))
