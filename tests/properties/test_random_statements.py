"""Statements that nobody thought of: what is released is the engine's own figure, and tells of nobody.

GOVDATA_STATEMENTS is how many are drawn: 300 by default, thousands at night; GOVDATA_SEED draws others.
"""

from __future__ import annotations

import os
import random
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from assistant.domain import ReleasedTable
from evals.worlds.governed_fixture import base_file, fixture_parts, opened
from evals.worlds.paired_run import FirstWorld, asked_in, compared_worlds, drawn_changes
from evals.worlds.query_corpus import Asked
from evals.worlds.random_statements import JOINS, Statements, values_in

STATEMENTS = int(os.environ.get("GOVDATA_STATEMENTS", "300"))
SEED = int(os.environ.get("GOVDATA_SEED", "1"))
# columns that only ever refuse: conditions on them would leave little to look at
REFUSED = ("direct_id", "surrogate_key", "free_text")
# nobody says which of several equal rows comes first, so the engine may say another one every time
ANY_ROW = ("limit", "first(", "any_value(", "mode(", "string_agg(", "lag(", "order by k0)", "order by m0")


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> FirstWorld:
    scratch = tmp_path_factory.mktemp("random")
    file = base_file(scratch)
    copy = Path(shutil.copyfile(file, scratch / "plain.duckdb"))
    parts = fixture_parts(scratch, opened(file))
    values = values_in(copy, parts.schema)
    for resource in parts.catalog.by_table.values():
        for element in resource.elements:
            if element.label is not None and element.label.role.value in REFUSED:
                values.pop((str(resource.table), str(element.column)))
    drawn = Statements(parts.schema, values, JOINS, random.Random(SEED)).drawn(STATEMENTS)
    return asked_in(copy, parts, [Asked(sql=sql, family="random") for sql in drawn])


def test_enough_of_them_are_answered(first: FirstWorld) -> None:
    assert len(first.askings) > STATEMENTS / 10
    shown = [one for one in first.askings if one.first.table is not None and one.first.table.rows]
    assert len(shown) > STATEMENTS / 20


def test_what_is_released_is_what_the_engine_says(first: FirstWorld) -> None:
    wrong, compared = [], 0
    with duckdb.connect(str(first.file), read_only=True) as engine:
        for one in first.askings:
            sql, table = one.asked.sql, one.first.table
            if table is None or table.rounded or table.truncated or any(mark in sql for mark in ANY_ROW):
                continue
            try:
                rows = engine.execute(sql).fetchall()
            except duckdb.BinderException:
                continue  # types that do not go together; rendered with a cast it may run
            compared += 1
            said = Counter(_figures(row) for row in rows)
            wrong += [f"{sql}: {row}" for row in _whole_rows(table) if not said[_figures(row)]]
    assert wrong == []
    assert compared > STATEMENTS / 20


def test_one_protected_value_makes_no_visible_difference(first: FirstWorld, tmp_path: Path) -> None:
    report = compared_worlds(first, drawn_changes(first, seed=SEED, worlds=3), tmp_path)
    assert not report.leaks, "\n".join(report.leaks[:10])


def _whole_rows(table: ReleasedTable) -> list[tuple[Any, ...]]:
    """Rows without a suppressed cell."""
    return [row for row in table.rows if None not in row]


def _figures(row: Sequence[Any]) -> tuple[Any, ...]:
    """Numbers to nine digits: sums come in any order."""
    return tuple(float(f"{float(v):.9g}") if isinstance(v, int | float) or hasattr(v, "as_tuple") else v for v in row)
