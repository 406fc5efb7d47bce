"""G7: an identifier in an aggregate answer is an incident; ordinary figures are not."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).resolve().parent / "policies"))

from policy_worlds import FIXTURE, read_schema

from assistant.domain import Column, ReleasedTable
from assistant.output_scan import holds_identifier
from evals.worlds.governed_fixture import SealedWarehouse, fixture_parts
from evals.worlds.paired_worlds import judged
from evals.worlds.query_corpus import Asked

COLUMNS = (Column(name="k", role="key"), Column(name="n"))
CATALOG: Any = None  # an aggregate is scanned whatever its labels


def _table(*rows: tuple[object, ...]) -> ReleasedTable:
    return ReleasedTable(columns=COLUMNS, rows=rows)  # type: ignore[arg-type]


def _card() -> str:
    return "99010119900101001" + _check("99010119900101001")


def test_a_number_with_a_right_check_digit_is_caught_in_words_and_cells() -> None:
    assert holds_identifier(f"最高的是{_card()}（3件）。", _table(("临江区", 3)), None, CATALOG)
    assert holds_identifier("最高的是临江区（3件）。", _table((_card(), 3)), None, CATALOG)


@pytest.mark.parametrize("value", [16770, 1341, 315467, 13800138000.5, 0.0719, 2024])
def test_a_figure_is_no_identifier(value: float) -> None:
    table = _table(("临江区", value), ("2024-01", value))
    assert not holds_identifier(f"临江区为{value}件。", table, None, CATALOG)


def test_in_rows_a_persons_number_is_caught_where_no_label_accounts_for_it(tmp_path: Path) -> None:
    """An officer may see rows: a number in an item that is labelled as one is theirs, in any other an incident."""
    schema = read_schema(FIXTURE / "warehouse" / "schema.sql")
    parts = fixture_parts(tmp_path, SealedWarehouse(schema))
    asked = Asked(sql="select ticket_id, content, category from hotline_ticket", user_id="hotline_officer")
    governed = judged(asked, parts)
    assert governed.authorized is not None
    for place, caught in ((1, False), (2, True)):
        row = ["T1", "噪音扰民", "噪音"]
        row[place] = _card()
        table = ReleasedTable(columns=(Column(name="t"), Column(name="c"), Column(name="k")), rows=(tuple(row),))
        assert holds_identifier("", table, governed, parts.catalog) is caught


def _check(body: str) -> str:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True)) % 11]
