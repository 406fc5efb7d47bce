"""Prose from released tables (cases/narration.yaml): right words, no number from anywhere but the table."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain import Column, Lang, Period, ReleasedTable, Suppression, Text
from assistant.narration import narrate, unsupported_numbers

CASES = yaml.safe_load((Path(__file__).parent / "cases" / "narration.yaml").read_text(encoding="utf-8"))


def released(case: dict[str, Any]) -> ReleasedTable:
    return ReleasedTable(
        columns=tuple(Column(**column) for column in case["columns"]),
        rows=tuple(tuple(row) for row in case["rows"]),
        suppressions=tuple(
            Suppression(row=row, column=column, kind="primary", rule="k") for row, column in case.get("suppressed", ())
        ),
        truncated=case.get("truncated", False),
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_words(case: dict[str, Any]) -> None:
    table = released(case)
    for lang in ("zh", "en"):
        text = narrate(table, lang=lang)
        for phrase in case.get(lang, ()):
            assert phrase in text, case["why"]
        for phrase in case.get("not", ()):
            assert phrase not in text, case["why"]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_every_number_is_in_the_table(case: dict[str, Any], lang: Lang) -> None:
    table = released(case)
    assert unsupported_numbers(narrate(table, lang=lang), table) == ()


def test_an_invented_number_is_noticed() -> None:
    table = released(CASES[0])
    assert unsupported_numbers("新设企业数为1.235万家，增长8.5%。", table) == (0.085,)
    assert unsupported_numbers("共13个区。", table) == (13.0,)


def test_period_and_unit_close_the_text() -> None:
    period = Period(start=date(2025, 1, 1), end=date(2026, 1, 1), label=Text(zh="2025年", en="2025"))
    table = released(CASES[0])
    assert narrate(table, lang="zh", period=period).endswith("统计期：2025年；单位：家。")
    assert narrate(table, lang="en", period=period).endswith("Period: 2025; Unit: firms.")


def test_rows_withheld_are_said_without_their_number() -> None:
    table = ReleasedTable(
        columns=(Column(name="d", label="区县", role="key"), Column(name="n", label="人数", unit="人")),
        rows=(("甲区", 20), ("乙区", 30)),
        rows_withheld=True,
    )
    text = narrate(table, lang="zh")
    assert "不列出" in text
    assert "名次" not in text
    assert unsupported_numbers(text, table) == ()
    assert "名次和取舍只在可以公布的数据之间比较" in narrate(replace(table, among_published=True), lang="zh")


names = st.sampled_from(["甲区", "乙区", "丙区", "丁区", "戊区"])
values = st.one_of(st.none(), st.integers(-(10**9), 10**9), st.floats(-1e9, 1e9, allow_nan=False))


@given(st.lists(st.tuples(names, values, values), max_size=6), st.booleans())
def test_any_table_is_told_with_its_own_numbers(rows: list[tuple[str, Any, Any]], withheld: bool) -> None:
    table = ReleasedTable(
        columns=(
            Column(name="d", label="区县", role="key"),
            Column(name="n", label="工单量", unit="件"),
            Column(name="m", label="金额", unit="万元"),
        ),
        rows=tuple(rows),
        suppressions=tuple(
            Suppression(row=row, column=1, kind="primary", rule="k")
            for row, (_, value, _) in enumerate(rows)
            if value is None and withheld
        ),
    )
    for lang in ("zh", "en"):
        assert unsupported_numbers(narrate(table, lang=lang), table) == ()
