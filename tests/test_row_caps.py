"""Row caps hold when several queries of one person are under way at once: rows are counted again before they go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from assistant.domain import RowCap, SqlDraft
from assistant.errors import StoreUnavailable
from assistant.governing import Governed, govern, run_and_release
from assistant.parts import Parts
from assistant.stages import Stopwatch, ignore
from evals.worlds.governed_fixture import base_file, fixture_parts, fresh_ledger, opened, who

ROWS = "select case_id, monthly_amount from mca_lowincome where district_code = 'D03'"
WATCH = Stopwatch(ignore)


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    state = tmp_path_factory.mktemp("rows")
    warehouse = opened(base_file(state))
    yield fixture_parts(state, warehouse)
    warehouse.close()


@pytest.fixture
def own(parts: Parts) -> Parts:
    return replace(parts, ledger=fresh_ledger())


def _governed(parts: Parts) -> Governed:
    user, purpose = who(parts, "civil_officer")
    found = govern(SqlDraft(text=ROWS, drafter="given"), user, purpose, parts, WATCH)
    assert found.authorized is not None
    return found


def _left(governed: Governed) -> int:
    (cap,) = {one.rows for one in governed.decision.obligations if isinstance(one, RowCap)}
    return cap


def test_the_cap_shrinks_by_what_was_given(own: Parts) -> None:
    user, purpose = who(own, "civil_officer")
    first = _governed(own)
    given = len(run_and_release(first, user, purpose, own, WATCH).table.rows)
    assert given > 0
    assert _left(_governed(own)) == _left(first) - given


def test_queries_decided_side_by_side_share_one_cap(own: Parts) -> None:
    """Each was decided before any ran; together they may not give more than the cap."""
    user, purpose = who(own, "civil_officer")
    waiting = [_governed(own) for _ in range(8)]
    given, stopped = 0, list[str]()
    for governed in waiting:
        try:
            given += len(run_and_release(governed, user, purpose, own, WATCH).table.rows)
        except StoreUnavailable as error:
            stopped.append(error.text.zh)
    assert 0 < given <= _left(waiting[0])
    assert stopped
    assert all("重新提问" in said for said in stopped)
    assert own.ledger.rows_used(user.user_id, "mca_lowincome") == given


def test_the_window_is_that_of_the_policy(own: Parts) -> None:
    days: list[int] = []

    class Watched:
        def rows_used(self, subject: str, dataset: str, window: int = 30) -> int:
            days.append(window)
            return 0

    longer = replace(own.policies, thresholds=replace(own.policies.thresholds, rolling_days=90))
    _governed(replace(own, policies=longer, ledger=Watched()))  # type: ignore[arg-type]
    assert set(days) == {90}
