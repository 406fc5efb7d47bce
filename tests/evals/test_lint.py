"""The linter finds each kind of fault, and our own cases have none."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from evals.environment import ROOT
from evals.lint import FOLDERS, TEMPLATES, lint, placed_cases, product_sources, template_faults
from evals.loaders import Expectation, WrittenCase

CASE = WrittenCase(
    id="a",
    question="2024年全市有多少家企业",
    lang="zh",
    user="u",
    why="w",
    author="me",
    written=date(2026, 1, 1),
    expect=Expectation(status="answered", gold=("good",)),
)


class Engine:
    def try_rows(self, sql: str) -> tuple[list[list[Any]] | None, str]:
        return {"good": ([[1]], ""), "none": ([], ""), "null": ([[None]], ""), "zero": ([[0]], "")}.get(
            sql, (None, "no")
        )


def faults(*cases: WrittenCase, sources: tuple = ()) -> list[str]:
    placed = [(case, "f.yaml", place) for place, case in enumerate(cases, start=1)]
    return [fault.text for fault in lint(placed, Engine(), sources)]  # type: ignore[arg-type]


def with_gold(*gold: str, empty: bool = False) -> WrittenCase:
    return replace(CASE, expect=Expectation(status="answered", gold=gold, empty=empty))


def test_a_good_case_has_no_fault() -> None:
    assert faults(CASE, replace(CASE, id="b", question="别的问题是什么", user="u")) == []


@pytest.mark.parametrize(
    ("case", "word"),
    [
        (with_gold("broken"), "does not run: no"),
        (with_gold("none"), "empty"),
        (with_gold("null"), "NULL"),
        (with_gold("zero"), "empty"),
        (with_gold("good", empty=True), "has rows"),
        (with_gold(empty=True), "without a gold"),
        (replace(CASE, lang="fr"), "lang fr"),
        (replace(CASE, expect=Expectation(status="maybe")), "status maybe"),
        (replace(CASE, expect=Expectation(status="refused", also=("perhaps",))), "status perhaps"),
        (replace(CASE, why=" "), "why and author"),
        (replace(CASE, written=date(2999, 1, 1)), "future"),
        (replace(CASE, lang="en"), "Chinese characters"),
    ],
)
def test_each_fault_is_found(case: WrittenCase, word: str) -> None:
    found = faults(case)
    assert len(found) == 1
    assert word in found[0]


def test_a_gold_may_be_empty_on_purpose() -> None:
    assert faults(with_gold("none", empty=True)) == []


def test_duplicates() -> None:
    assert "the id is used" in faults(CASE, replace(CASE, question="另外一个问题呢"))[0]
    assert "asks the same as a" in faults(CASE, replace(CASE, id="b", question="2024年 全市有多少家企业？"))[0]
    assert faults(CASE, replace(CASE, id="b", user="other")) == []
    assert faults(CASE, replace(CASE, id="b", before=("别的",))) == []


def test_a_question_that_leaked_into_the_product() -> None:
    source = ("assistant/x.py", "ANSWERS={'2024年全市有多少家企业':3}")
    assert faults(CASE, sources=(source,)) == ["the question stands in assistant/x.py"]
    assert faults(replace(CASE, question="人口"), sources=(("x", "人口"),)) == []


def test_our_own_cases_have_no_fault_that_needs_no_warehouse() -> None:
    cases = placed_cases(ROOT / "evals" / "cases" / name for name in FOLDERS)
    assert len(cases) >= 100
    assert [str(fault) for fault in lint(cases, None, product_sources())] == []


@pytest.mark.demo
def test_our_own_golds_run_and_are_not_empty() -> None:
    from assistant.settings import load_settings
    from assistant.warehouse.building import warehouse_path
    from evals.engine_gold import EngineGold

    settings = load_settings({})
    if not Path(warehouse_path(settings.state)).is_file():
        pytest.skip("the demo city's warehouse is not built: run `govdata index`")
    gold = EngineGold(settings)
    try:
        assert [str(fault) for fault in lint(placed_cases((ROOT / "evals/cases/answers",)), gold, ())] == []
    finally:
        gold.close()


def test_attack_templates(tmp_path: Path) -> None:
    file = tmp_path / "t.yaml"
    file.write_text(
        "cases:\n  - {id: a, text: x, why: w}\n  - {id: a, sql: y, why: w}\n  - {id: b, text: x, why: ' '}\n"
    )
    assert [(one.line, one.text) for one in template_faults([file])] == [
        (3, "is also a"),
        (4, "is also a"),
        (4, "why must be filled in"),
    ]
    assert template_faults(ROOT / "evals" / "cases" / "safety" / name for name in TEMPLATES) == []
