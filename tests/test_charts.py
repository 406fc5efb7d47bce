"""Which chart a result gets, and that a suppressed cell is drawn as suppressed."""

from __future__ import annotations

from typing import Any

from assistant.charts import chart_for
from assistant.domain import Column, QueryPlan, ReleasedTable, Suppression

DISTRICT = Column(name="district", label="区县", role="key")
YEAR = Column(name="year", label="年份", role="key")
COUNT = Column(name="n", label="工单量", unit="件")
SHARE = Column(name="n_share", label="占比", unit="%", derived="share")


def table(columns: tuple[Column, ...], *rows: tuple[Any, ...], suppressed: tuple[tuple[int, int], ...] = ()) -> Any:
    marks = tuple(Suppression(row=row, column=column, kind="primary", rule="k") for row, column in suppressed)
    return ReleasedTable(columns=columns, rows=rows, suppressions=marks)


def test_a_single_number_is_no_chart() -> None:
    assert chart_for(table((COUNT,), (5,))) is None
    assert chart_for(table((DISTRICT, COUNT), ("甲", 5))) is None


def test_categories_are_bars_largest_first_from_zero() -> None:
    chart = chart_for(table((DISTRICT, COUNT), ("甲", 5), ("乙", 9), ("丙", 7)), title="工单", source="热线中心")
    assert chart is not None
    assert chart["type"] == "bar"
    assert chart["x"]["values"] == ["乙", "丙", "甲"]
    assert chart["series"] == [{"name": "工单量", "values": [9, 7, 5]}]
    assert chart["y"] == {"label": "工单量", "unit": "件", "zero_based": True}
    assert (chart["title"], chart["source"]) == ("工单", "热线中心")


def test_a_suppressed_cell_is_marked_and_stands_last() -> None:
    chart = chart_for(table((DISTRICT, COUNT), ("甲", None), ("乙", 9), ("丙", 7), suppressed=((0, 1),)))
    assert chart is not None
    assert chart["x"]["values"] == ["乙", "丙", "甲"]
    assert chart["series"][0]["values"] == [9, 7, None]
    assert chart["suppressed"] == [[0, 2]]
    assert "不予公布" in chart["alt"]


def test_time_is_a_line_in_time_order() -> None:
    chart = chart_for(table((YEAR, COUNT), ("2025年", 3), ("2023年", 1), ("2024年", 2)))
    assert chart is not None
    assert chart["type"] == "line"
    assert chart["x"]["values"] == ["2023年", "2024年", "2025年"]


def test_time_by_category_is_one_line_a_category() -> None:
    chart = chart_for(table((YEAR, DISTRICT, COUNT), (2023, "甲", 1), (2024, "甲", 2), (2023, "乙", 3)))
    assert chart is not None
    assert chart["series"] == [{"name": "甲", "values": [1, 2]}, {"name": "乙", "values": [3, None]}]


def test_many_categories_and_rows_of_text_are_no_chart() -> None:
    assert chart_for(table((DISTRICT, COUNT), *((f"区{n}", n) for n in range(21)))) is None
    assert chart_for(table((DISTRICT, Column(name="s", role="unit_row")), ("甲", "a"), ("乙", "b"))) is None


def test_share_is_drawn_when_it_was_asked_for() -> None:
    rows = table((DISTRICT, COUNT, SHARE), ("甲", 1, 0.25), ("乙", 3, 0.75))
    chart = chart_for(rows, plan=QueryPlan(metrics=("n",), derived=("share",)))
    assert chart is not None
    assert chart["y"]["unit"] == "%"
    assert chart["series"][0]["values"] == [0.75, 0.25]


def test_the_asker_may_refuse_a_chart_or_choose_bars_for_time() -> None:
    rows = table((YEAR, COUNT), (2023, 1), (2024, 2))
    assert chart_for(rows, plan=QueryPlan(metrics=("n",), chart="none")) is None
    chart = chart_for(rows, plan=QueryPlan(metrics=("n",), chart="bar"))
    assert chart is not None
    assert chart["type"] == "bar"
    assert chart["x"]["values"] == ["2023", "2024"]


def test_two_rows_for_one_point_are_no_chart() -> None:
    assert chart_for(table((DISTRICT, COUNT), ("甲", 1), ("甲", 2))) is None
