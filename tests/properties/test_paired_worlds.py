"""Non-interference: two worlds apart in one protected value cannot be told apart (POLICY_SPEC 8.3).

GOVDATA_WORLDS is the number of changed worlds: 8 by default, 100 and more at night; GOVDATA_SEED draws others.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.ports import Warehouse
from evals.worlds.governed_fixture import opened
from evals.worlds.paired_run import FirstWorld, compared_worlds, drawn_changes, first_world, seen
from evals.worlds.paired_worlds import Change, Observed, judged, other_world
from evals.worlds.query_corpus import DATA, Asked
from evals.worlds.referee import Verdict, compare

WORLDS = int(os.environ.get("GOVDATA_WORLDS", "8"))
SEED = int(os.environ.get("GOVDATA_SEED", "1"))


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> FirstWorld:
    return first_world(tmp_path_factory.mktemp("worlds"), seed=SEED)


@pytest.mark.timeout(0 if WORLDS > 20 else 300)
def test_one_protected_value_makes_no_visible_difference(first: FirstWorld, tmp_path: Path) -> None:
    report = compared_worlds(first, drawn_changes(first, seed=SEED, worlds=WORLDS), tmp_path)
    print(f"{report.questions} questions, {report.run} run, {report.worlds} worlds: {report.summary}")
    assert not report.leaks, f"{report.summary}\n" + "\n".join(report.leaks[:10])
    assert report.verdicts[Verdict.SAME] > 0


def test_the_corpus_is_large_and_reaches_every_family(first: FirstWorld) -> None:
    assert len(first.questions) >= 300 or not DATA.is_dir()
    assert {"generated", "channel"} <= {asked.family for asked in first.questions}
    assert len(first.askings) >= 120


def test_the_referee_sees_a_leak(first: FirstWorld) -> None:
    """A figure on few units that is shown is found out: here as if nothing had been withheld."""
    asked = Asked(sql="select district_code as k, count(*) as n from pop_resident group by 1")
    governed = judged(asked, first.parts)
    one = seen(asked, governed, first.parts)
    assert one.table is not None
    assert one.raw is not None
    cells = tuple(tuple(replace(facts, units=3) for facts in row) for row in one.raw.cells)
    bare = replace(one, raw=replace(one.raw, cells=cells), table=replace(one.table, rows=one.raw.rows))
    more = tuple((row[0], int(str(row[1])) + 1) for row in one.raw.rows)
    raised = replace(bare, table=replace(one.table, rows=more))
    change = Change(table="pop_resident", column="ethnicity", rowid=0, old="汉族", new="苗族")
    assert compare(bare, raised, governed, change).verdict is Verdict.LEAK


def _not_told_apart(sql: str, first: FirstWorld, warehouse: Warehouse, change: Change) -> Sequence[Observed]:
    """The statement asked in both worlds, where it may be asked at all; nothing of it tells which world it is."""
    asked = Asked(sql=sql)
    governed = judged(asked, first.parts)
    if governed.authorized is None:
        return ()
    pair = [seen(asked, governed, replace(first.parts, warehouse=one)) for one in (first.parts.warehouse, warehouse)]
    assert compare(*pair, governed, change).verdict is not Verdict.LEAK, sql
    return pair


@pytest.mark.parametrize(
    ("column", "new"),
    [("ethnicity", "某族"), ("religion", "某教"), ("marital_status", None), ("birth_date", "1901-01-01")],
)
def test_a_value_that_only_one_person_has_leaves_no_row(
    first: FirstWorld, tmp_path: Path, column: str, new: str | None
) -> None:
    """Keys of protected columns on few units are not listed: the list itself would say that somebody has it."""
    change = Change(table="pop_resident", column=column, rowid=5, old=None, new=new)
    warehouse = opened(other_world(first.file, tmp_path / "rare.duckdb", change))
    for sql in (
        f"select {column} as k, count(*) as n from pop_resident group by 1",
        f"select count(*) as n from pop_resident group by {column}",
        f"select district_code as d, {column} as k, avg(1) as n from pop_resident group by 1, 2",
    ):
        _not_told_apart(sql, first, warehouse, change)
    warehouse.close()


@pytest.mark.parametrize("column", ["ethnicity", "marital_status", "religion", "birth_date"])
@pytest.mark.parametrize("new", [None, "one of its own"])
def test_that_rows_are_left_out_tells_nothing(first: FirstWorld, tmp_path: Path, column: str, new: str | None) -> None:
    """Somebody has a value that nobody else has: no mark, no verdict and no sentence says so."""
    value = "1901-01-01" if new and column == "birth_date" else new
    change = Change(table="pop_resident", column=column, rowid=5, old=None, new=value)
    warehouse = opened(other_world(first.file, tmp_path / "mark.duckdb", change))
    for sql in (
        f"select distinct {column} as k from pop_resident order by 1",
        f"select {column} as k from pop_resident group by 1",
        f"select {column} as k, median(year(birth_date)) as m from pop_resident group by 1",
        f"select {column} as k, count(*) as n from pop_resident group by 1 order by 2 limit 1",
        f"select {column} as k, count(*) as n from pop_resident group by 1 order by 1 limit 2 offset 1",
    ):
        pair = _not_told_apart(sql, first, warehouse, change)
        assert all(one.table is not None and one.table.rows_withheld for one in pair), sql
    warehouse.close()


def test_a_place_among_withheld_figures_is_not_told(first: FirstWorld) -> None:
    """Sorting and cutting look at released figures only: a withheld one could be told by its place."""
    for sql in (
        "select dept_name as k, avg(base_salary) as a from hr_civil_servant group by 1 order by 2",
        "select dept_name as k, avg(base_salary) as a from hr_civil_servant group by 1 order by 2 desc limit 2",
        "select * from (select dept_name as k, sum(base_salary) as a from hr_civil_servant group by 1 order by 2) q",
    ):
        asked = Asked(sql=sql)
        governed = judged(asked, first.parts)
        assert governed.authorized is not None
        table = seen(asked, governed, first.parts).table
        assert table is not None
        ranked = [row[1] for row in table.rows]
        shown = [value for value in ranked if value is not None]
        assert shown == sorted(shown, reverse="desc" in sql)
        assert ranked == [*shown, *[None] * (len(ranked) - len(shown))], sql
