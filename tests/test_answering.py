"""G7: an identifier in an aggregate answer is an incident; ordinary figures are not."""

from __future__ import annotations

import pytest

from assistant.answering import _holds_identifier
from assistant.domain import Column, ReleasedTable

COLUMNS = (Column(name="k", role="key"), Column(name="n"))


def _table(*rows: tuple[object, ...]) -> ReleasedTable:
    return ReleasedTable(columns=COLUMNS, rows=rows)  # type: ignore[arg-type]


def test_a_number_with_a_right_check_digit_is_caught_in_words_and_cells() -> None:
    card = "99010119900101001" + _check("99010119900101001")
    assert _holds_identifier(f"最高的是{card}（3件）。", _table(("临江区", 3)))
    assert _holds_identifier("最高的是临江区（3件）。", _table((card, 3)))


@pytest.mark.parametrize("value", [16770, 1341, 315467, 13800138000.5, 0.0719, 2024])
def test_a_figure_is_no_identifier(value: float) -> None:
    assert not _holds_identifier(f"临江区为{value}件。", _table(("临江区", value), ("2024-01", value)))


def _check(body: str) -> str:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True)) % 11]
