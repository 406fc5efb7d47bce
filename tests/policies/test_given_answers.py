"""The identical question gets the identical answer, and nothing else does."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from assistant.domain import AuthorizedQuery, Decision, Outcome, Release, ReleasedTable, ResultTable, SqlDraft
from assistant.governing import govern, run_and_release
from assistant.parts import Parts
from assistant.policies.given_answers import MAX_ROWS, AskedQuery, GivenAnswers
from assistant.stages import Stopwatch, ignore
from assistant.warehouse.duckdb import DuckDbWarehouse
from evals.worlds.governed_fixture import base_file, fixture_parts, fresh_ledger, who

QUERY = AuthorizedQuery(
    sql="select 1",
    probe_sql=None,
    dialect="duckdb",
    columns=(),
    key_columns=(),
    thresholds=(),
    row_limit=1,
    timeout_s=1.0,
)
ASKED = AskedQuery(
    subject="a", purpose="u", group="g", policy_version="p", data_version="d", day=date(2025, 12, 31), query=QUERY
)


def answer(rows: int = 1) -> Release:
    table = ReleasedTable(columns=(), rows=((1,),) * rows, suppressions=())
    return Release(table=table, decision=Decision(outcome=Outcome.ALLOW))


def test_an_answer_is_found_again() -> None:
    answers = GivenAnswers()
    assert answers.of(ASKED) is None
    answers.keep(ASKED, answer())
    assert answers.of(replace(ASKED)) == answer()


@pytest.mark.parametrize(
    "other",
    [
        replace(ASKED, subject="b"),
        replace(ASKED, purpose="v"),
        replace(ASKED, group="h"),
        replace(ASKED, policy_version="q"),
        replace(ASKED, data_version="e"),
        replace(ASKED, day=date(2026, 1, 1)),
        replace(ASKED, query=replace(QUERY, sql="select 2")),
        replace(ASKED, query=replace(QUERY, row_limit=2)),
        replace(ASKED, redact=(0,)),
    ],
)
def test_whatever_differs_makes_another_question(other: AskedQuery) -> None:
    answers = GivenAnswers()
    answers.keep(ASKED, answer())
    assert answers.of(other) is None


def test_the_answers_asked_for_last_are_kept() -> None:
    answers = GivenAnswers(most=2)
    first, second, third = (replace(ASKED, subject=name) for name in "abc")
    answers.keep(first, answer())
    answers.keep(second, answer())
    assert answers.of(first) is not None
    answers.keep(third, answer())
    assert [answers.of(one) is not None for one in (first, second, third)] == [True, False, True]


def test_large_tables_and_unknown_states_of_the_data_are_asked_anew() -> None:
    answers = GivenAnswers()
    unknown = replace(ASKED, data_version="")
    answers.keep(unknown, answer())
    answers.keep(ASKED, answer(MAX_ROWS + 1))
    assert (answers.of(unknown), answers.of(ASKED)) == (None, None)


# --------------------------------------------------------------------------- from the statement to the figure


class CountedWarehouse(DuckDbWarehouse):
    """The real one, which says how often it ran something."""

    runs = 0

    def run(self, query: AuthorizedQuery) -> ResultTable:
        self.runs += 1
        return super().run(query)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Parts:
    state = tmp_path_factory.mktemp("given")
    return fixture_parts(state, CountedWarehouse(base_file(state), threads=1))


@pytest.fixture
def parts(built: Parts) -> Parts:
    assert isinstance(built.warehouse, CountedWarehouse)
    built.warehouse.runs = 0
    return replace(built, ledger=fresh_ledger())


def ask(parts: Parts, sql: str, user_id: str = "bd_analyst") -> Release:
    user, purpose = who(parts, user_id)
    watch = Stopwatch(ignore)
    governed = govern(SqlDraft(text=sql, drafter="given"), user, purpose, parts, watch)
    assert governed.authorized is not None, governed.decision
    return run_and_release(governed, user, purpose, parts, watch)


BY_OFFICE = "SELECT dept_name, COUNT(*) AS n FROM hr_civil_servant GROUP BY dept_name"
RANKS = "SELECT job_rank, COUNT(*) AS n FROM hr_civil_servant GROUP BY job_rank"


def test_the_engine_is_asked_once(parts: Parts) -> None:
    first = ask(parts, BY_OFFICE)
    assert ask(parts, BY_OFFICE) == first
    assert parts.warehouse.runs == 1  # type: ignore[attr-defined]
    ask(parts, RANKS)
    assert parts.warehouse.runs == 2  # type: ignore[attr-defined]


def test_not_for_somebody_else_nor_under_other_rules(parts: Parts) -> None:
    ask(parts, BY_OFFICE)
    ask(replace(parts, policies=replace(parts.policies, version="0" * 16)), BY_OFFICE)
    assert parts.warehouse.runs == 2  # type: ignore[attr-defined]


def test_nor_after_a_refresh_of_the_data(parts: Parts, tmp_path: Path) -> None:
    ask(parts, BY_OFFICE)
    later = CountedWarehouse(base_file(tmp_path), threads=1)
    ask(replace(parts, warehouse=later), BY_OFFICE)
    assert later.runs == 1


def test_what_was_withheld_stays_withheld(parts: Parts) -> None:
    """Whatever was asked in between: cells of the same answer never change places."""
    first = ask(parts, BY_OFFICE)
    for sql in (RANKS, "SELECT COUNT(*) AS n FROM hr_civil_servant"):
        ask(parts, sql)
    assert ask(parts, BY_OFFICE) == first
