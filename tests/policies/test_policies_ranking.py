"""Top-N speaks of published figures only."""

from __future__ import annotations

from dataclasses import replace

from assistant.domain import Column, ReleasedTable, Suppression
from assistant.policies.ranking import bounded, top

TABLE = ReleasedTable(
    columns=(Column(name="street", role="key"), Column(name="rate")),
    rows=(("甲", 0.2), ("乙", None), ("丙", 0.5), ("丁", 0.2), ("戊", 0.1)),
    suppressions=(Suppression(row=1, column=1, kind="primary", rule="R"),),
)


def test_a_withheld_figure_is_never_first() -> None:
    assert [row[0] for row in top(TABLE, 1, descending=True, limit=1).rows] == ["丙"]


def test_equals_at_the_cut_are_kept_together() -> None:
    assert [row[0] for row in top(TABLE, 1, descending=True, limit=2).rows] == ["丙", "甲", "丁"]


def test_without_a_limit_withheld_rows_come_last_and_stay_marked() -> None:
    ordered = top(TABLE, 1, descending=False, limit=None)
    assert [row[0] for row in ordered.rows] == ["戊", "甲", "丁", "丙", "乙"]
    assert [(one.row, one.column) for one in ordered.suppressions] == [(4, 1)]


def test_a_table_with_nothing_published_is_left_as_it_is() -> None:
    hidden = ReleasedTable(columns=TABLE.columns, rows=(("甲", None), ("乙", None)))
    assert top(hidden, 1, descending=True, limit=1).rows == hidden.rows


def test_a_withheld_figure_satisfies_no_bound() -> None:
    assert [row[0] for row in bounded(TABLE, 1, ">=", 0.2).rows] == ["甲", "丙", "丁"]
    assert [row[0] for row in bounded(TABLE, 1, "<", 0.2).rows] == ["戊"]
    assert bounded(TABLE, 1, "<", 9.0).suppressions == ()


def test_who_was_chosen_among_published_figures_is_said_where_others_are_or_may_be_withheld() -> None:
    assert top(TABLE, 1, descending=True, limit=1).among_published
    assert bounded(TABLE, 1, "<", 9.0).among_published
    assert not top(TABLE, 1, descending=True, limit=None).among_published
    whole = replace(TABLE, rows=TABLE.rows[2:], suppressions=())
    assert not top(whole, 1, descending=True, limit=1).among_published
    assert top(replace(whole, rows_withheld=True), 1, descending=True, limit=1).among_published
