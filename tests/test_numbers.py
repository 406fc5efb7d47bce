"""Numbers in prose and tables (cases/numbers.yaml), and how prose is read back."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from assistant import numbers

CASES = yaml.safe_load((Path(__file__).parent / "cases" / "numbers.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_prose(case: dict[str, Any]) -> None:
    assert numbers.prose(case["value"], case["unit"], "zh") == case["zh"], case["why"]
    assert numbers.prose(case["value"], case["unit"], "en") == case["en"], case["why"]


def test_a_table_cell_is_not_scaled() -> None:
    assert numbers.cell(1234567, "家", "zh") == "1234567"
    assert numbers.cell(1234567, "家", "en") == "1,234,567"
    assert numbers.cell(None, "家", "zh") == "—"
    assert numbers.cell("临江区", None, "en") == "临江区"
    assert numbers.cell(0.125, "%", "zh") == "12.5%"


def test_changes_carry_arrow_and_sign() -> None:
    assert numbers.signed(Decimal("12"), "件", "zh") == "▲+12件"
    assert numbers.signed(-12, "件", "en") == "▼-12 cases"
    assert numbers.signed(0, "件", "zh") == "0件"
    assert numbers.signed(0.023, "%", "zh", points=True) == "▲+2.3个百分点"
    assert numbers.signed(-0.023, "%", "en", points=True) == "▼-2.3 percentage points"
    assert numbers.signed(None, "件", "zh") == "—"


@pytest.mark.parametrize("value", [True, "12", float("nan"), float("inf"), None])
def test_what_is_no_number(value: object) -> None:
    assert not numbers.is_number(value)


@given(st.floats(min_value=-1e12, max_value=1e12, allow_nan=False))
def test_prose_can_be_read_back(value: float) -> None:
    """The figure in words is the value, within the rounding that four significant digits allow."""
    read = numbers.quantities(numbers.prose(value, "元", "zh"))
    assert len(read) == 1
    assert abs(read[0][0] - abs(value)) <= max(0.005001, 0.00051 * abs(value))
