"""Loading and checking the semantic model: the demo city's own, and wrong ones named by file, line and key."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pytest
import sqlglot
from city_words import WORKSPACE, city_model, city_values

from assistant.catalog import read_catalog
from assistant.errors import SemanticModelError
from assistant.nl2sql.plans.join_paths import path, reaches
from assistant.nl2sql.plans.normalising import normalise
from assistant.nl2sql.plans.semantic_checks import check
from assistant.nl2sql.plans.semantic_model import load_semantic_model


def city_schema() -> dict[str, dict[str, str]]:
    statements = sqlglot.parse((WORKSPACE / "warehouse" / "schema.sql").read_text(encoding="utf-8"), dialect="duckdb")
    return {
        s.this.this.name: {column.name: column.kind.sql("duckdb") for column in s.this.expressions}
        for s in statements
        if isinstance(s, sqlglot.exp.Create)
    }


def test_the_demo_city_is_well_described() -> None:
    model = city_model()
    assert len(model.metrics) >= 60
    assert len([d for d in model.dimensions if d.kind in ("category", "band")]) >= 25
    topics = {metric.topic for metric in model.metrics}
    wanted = "人口 法人 电子证照 社会信用 自然资源 共享材料 12345热线 民政 惠民惠农补贴 医保 不动产"
    wanted += " 企业纳税 统计调查 环境监测 共享交换 开放目录下载 数据质量 教育 政务服务"
    assert set(wanted.split()) <= topics
    for metric in model.metrics:
        assert metric.name, metric.id
        assert metric.name_en, metric.id
        assert metric.definition, metric.id
        assert metric.definition_en, metric.id
        assert metric.owner, metric.id
        assert metric.synonyms, metric.id
        assert metric.synonyms_en, metric.id


def test_the_demo_city_has_no_findings() -> None:
    catalog, _ = read_catalog(WORKSPACE)
    assert check(city_model(), catalog, city_schema()) == ()


def test_cited_articles_exist_and_name_the_metric() -> None:
    text = (WORKSPACE / "documents" / "云澜市指标口径汇编.md").read_text(encoding="utf-8")
    cited = [metric for metric in city_model().metrics if metric.article]
    assert len(cited) >= 30
    for metric in cited:
        assert metric.document == "云澜市指标口径汇编"
        assert f"{metric.article} " in text, metric.id


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    shutil.copy(WORKSPACE / "workspace.yaml", tmp_path / "workspace.yaml")
    (tmp_path / "semantic").mkdir()
    return tmp_path


BASE = """entities:
  - {table: ticket, name: 工单, name_en: Ticket, key: id}
metrics:
  - {id: tickets, name: 工单量, name_en: Tickets, definition: 件数, definition_en: Number, entity: ticket,
     expression: count(*), timing: snapshot}
"""


def write(workspace: Path, text: str) -> Path:
    target = workspace / "semantic" / "model.yaml"
    target.write_text(text, encoding="utf-8")
    return target


def test_a_workspace_without_a_semantic_folder_has_an_empty_model(tmp_path: Path) -> None:
    shutil.copy(WORKSPACE / "workspace.yaml", tmp_path / "workspace.yaml")
    model = load_semantic_model(tmp_path, None)
    assert model.metrics == ()


@pytest.mark.parametrize(
    ("change", "line", "said"),
    [
        (("definition: 件数", "definitoin: 件数"), 4, "definitoin"),
        (("entity: ticket", "entity: tikcet"), 4, "tikcet"),
        ((", timing: snapshot", ""), 4, "time"),
        (("expression: count(*), ", ""), 4, "expression"),
        (("name: 工单量, ", "name: [a], "), 4, "name"),
        (("metrics:", "metrix:"), 4, "metrix"),
    ],
)
def test_a_wrong_file_is_named_with_line_and_key(
    workspace: Path, change: tuple[str, str], line: int, said: str
) -> None:
    target = write(workspace, BASE.replace(*change))
    with pytest.raises(SemanticModelError) as caught:
        load_semantic_model(workspace, None)
    assert str(target) in caught.value.text.zh
    assert said in caught.value.text.zh
    assert caught.value.line == line or said == "metrix"


def test_a_name_declared_twice_is_an_error(workspace: Path) -> None:
    write(workspace, BASE + "\n".join(BASE.splitlines()[3:]) + "\n")
    with pytest.raises(SemanticModelError, match="tickets 重复"):
        load_semantic_model(workspace, None)


@pytest.mark.parametrize("approvers", ["[a]", "[a, a]", "[owner, b]"])
def test_a_verified_question_needs_two_other_approvers(workspace: Path, approvers: str) -> None:
    write(
        workspace,
        BASE
        + "verified:\n  - {id: v, question: 问, question_en: q, metrics: [tickets], owner: owner, "
        + f"approvers: {approvers}, approved_on: 2025-01-01, expires_on: 2026-01-01}}\n",
    )
    with pytest.raises(SemanticModelError, match="approvers"):
        load_semantic_model(workspace, None)


@pytest.mark.parametrize("wish", ["comparisons: [wow]", "derived: [shares]"])
def test_a_verified_question_compares_and_derives_what_a_plan_can(workspace: Path, wish: str) -> None:
    write(
        workspace,
        BASE
        + f"verified:\n  - {{id: v, question: 问, question_en: q, metrics: [tickets], {wish}, owner: o, "
        + "approvers: [a, b], approved_on: 2025-01-01, expires_on: 2026-01-01}\n",
    )
    with pytest.raises(SemanticModelError, match=wish.split(":")[0]):
        load_semantic_model(workspace, None)


def test_findings_name_the_missing_column_and_the_wrong_type() -> None:
    schema = city_schema()
    del schema["hotline_ticket"]["created_at"]
    schema["ent_registration"]["established_on"] = "VARCHAR"
    codes = {(f.code, f.message.en.split(" ")[-1]) for f in check(city_model(), None, schema)}
    assert any(code == "unknown_column" and "created_at" in word for code, word in codes)
    assert any(code == "type_mismatch" for code, _ in codes)


def test_a_broken_formula_is_found() -> None:
    model = city_model()
    broken = dataclasses.replace(
        model, metrics=(dataclasses.replace(model.metric_by_id["tickets"], expression="created_at"),)
    )
    broken = dataclasses.replace(broken, verified=(), ambiguities=())
    assert [f.code for f in check(broken, None, city_schema())] == ["no_aggregate"]


def test_an_expired_verified_question_is_found() -> None:
    model = city_model()
    late = dataclasses.replace(model, as_of=model.verified[0].expires_on)
    assert "expired" in [f.code for f in check(late, None, city_schema())]


def test_joins_are_followed_towards_one_row_only() -> None:
    model = city_model()
    assert [join.right for join in path(model, "tax_return", "dim_industry") or ()] == [
        "ent_registration.uscc",
        "dim_industry.industry_code",
    ]
    assert path(model, "dim_district", "hotline_ticket") is None
    assert not reaches(model, model.metric_by_id["tickets"], model.dimension_by_id["section"])


def test_no_word_for_a_figure_swallows_a_value() -> None:
    """二手房价格 as a word for the price of all homes would answer about all of them."""
    model = city_model()
    named: dict[str, list[tuple[str, str]]] = {}
    for value in city_values().values:
        for word in (value.label, value.label_en, *value.aliases):
            if len(word) > 1:
                named.setdefault(normalise(word), []).append((value.dimension, str(value.code)))
    swallowed = []
    for metric in model.metrics:
        own = " ".join((metric.where, metric.expression, metric.name, metric.name_en.lower()))
        for word in map(normalise, (*metric.synonyms, *metric.synonyms_en)):
            for label, meant in named.items():
                whole = f" {label} " in f" {word} " if label.isascii() else label in word
                told = any(code in own for _, code in meant) or label in own
                if not whole or told or any(model.dimension_by_id[d].state for d, _ in meant):
                    continue
                if any(reaches(model, metric, model.dimension_by_id[d]) for d, _ in meant):
                    swallowed.append((metric.id, word, label))
    assert swallowed == []


@pytest.mark.parametrize(
    "change",
    [{"grain": "decade"}, {"dimensions": ("hospital",)}, {"derived": ("cumulative",), "grain": ""}],
    ids=["grain", "dimension", "derived"],
)
def test_a_verified_question_that_cannot_be_computed_is_a_finding(change: dict[str, object]) -> None:
    model = city_model()
    first = next(question for question in model.verified if question.metrics == ("tickets",))
    assert not [found for found in check(model, None, city_schema()) if "verified" in found.code]
    wrong = dataclasses.replace(model, verified=(dataclasses.replace(first, **change),))  # type: ignore[arg-type]
    assert [found.code for found in check(wrong, None, city_schema()) if "verified" in found.code]
