"""The extremes of a secret item cannot be searched for: nobody beyond a bound, or left out by it, looks like few."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from assistant.domain import SqlDraft
from assistant.governing import govern, run_and_release
from assistant.parts import Parts
from assistant.stages import Stopwatch, ignore
from evals.worlds.governed_fixture import base_file, fixture_parts, fresh_ledger, opened, who


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    state = tmp_path_factory.mktemp("zero")
    warehouse = opened(base_file(state))
    yield fixture_parts(state, warehouse)
    warehouse.close()


def _count(condition: str, parts: Parts) -> object:
    return _rows(f"select count(*) as n from hr_civil_servant where {condition}", parts)


def _rows(sql: str, parts: Parts) -> object:
    user, purpose = who(parts, "bd_analyst")
    own = replace(parts, ledger=fresh_ledger())
    draft = SqlDraft(text=sql, drafter="given")
    governed = govern(draft, user, purpose, own, Stopwatch(ignore))
    assert governed.authorized is not None
    return run_and_release(governed, user, purpose, own, Stopwatch(ignore)).table.rows


@pytest.mark.parametrize(
    ("few_left_out", "nobody_left_out"),
    [
        ("base_salary <= 14879", "base_salary <= 14881"),
        ("base_salary <= 14879", "base_salary < 90000"),
        ("base_salary >= 5089", "base_salary >= 5086"),
        ("not base_salary < 5089", "not base_salary < 0"),
    ],
)
def test_nobody_left_out_looks_like_few_left_out(few_left_out: str, nobody_left_out: str, parts: Parts) -> None:
    assert _count(few_left_out, parts) == _count(nobody_left_out, parts) == ((None,),)


@pytest.mark.parametrize(
    ("just_below", "beyond"),
    [
        ("base_salary > 14880", "base_salary > 14881"),
        ("base_salary > 14880", "base_salary > 90000"),
        ("base_salary < 5088", "base_salary < 5087"),
        ("base_salary between 5087 and 5087", "base_salary between 5088 and 5088"),
    ],
)
def test_nobody_looks_like_somebody(just_below: str, beyond: str, parts: Parts) -> None:
    assert _count(just_below, parts) == _count(beyond, parts)


def test_many_are_still_counted(parts: Parts) -> None:
    assert _count("base_salary > 10000", parts) == ((58,),)


@pytest.mark.parametrize(
    "source",
    [
        "mca_lowincome l where l.start_date <> date '2024-01-05'",
        "mca_lowincome l anti join (values (date '2024-01-05')) v(d) on l.start_date = v.d",
        "mca_lowincome l left join (values (date '2024-01-05')) v(d) on l.start_date = v.d where v.d is null",
        "mca_lowincome l left join dim_district d on d.district_code = l.district_code"
        " and l.start_date = date '2024-01-05' where d.district_name is null",
        "mca_lowincome l where l.start_date not in (select d from (values (date '2024-01-05')) v(d))",
    ],
)
def test_one_who_is_left_out_stays_hidden_however_it_is_written(source: str, parts: Parts) -> None:
    assert _rows(f"select count(*) as n from {source}", parts) == ((None,),)
