"""Rewriting a query does not change what it tells: a refused one stays refused, an allowed one stays allowed.

GOVDATA_LAUNDER is the number of rewrites of each statement: 20 by default, 0 for all that there are.
"""

from __future__ import annotations

import os

import pytest
import yaml
from policy_worlds import FIXTURE, read_schema

from assistant.parts import Parts
from evals.worlds.governed_fixture import ROOT, SealedWarehouse, fixture_parts
from evals.worlds.laundering import launder
from evals.worlds.laundering_run import LaunderingReport, forms_of, run_laundering
from evals.worlds.query_corpus import DATA, Asked, cases_of

MOST = int(os.environ.get("GOVDATA_LAUNDER", "20")) or None
OWN = yaml.safe_load((ROOT / "tests" / "cases" / "access.yaml").read_text(encoding="utf-8"))
ASKED = (
    *(Asked(sql=case["sql"], user_id=case["user"], family=case["id"]) for case in OWN),
    *cases_of(DATA),
)


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Parts:
    schema = read_schema(FIXTURE / "warehouse" / "schema.sql")
    return fixture_parts(tmp_path_factory.mktemp("laundering"), SealedWarehouse(schema))


@pytest.fixture(scope="module")
def report(parts: Parts) -> LaunderingReport:
    return run_laundering(parts, ASKED, most=MOST)


def test_a_barred_query_stays_barred(report: LaunderingReport) -> None:
    assert report.weaker == []
    assert report.refused >= 30
    assert report.fewest >= 20


def test_a_served_query_stays_served(report: LaunderingReport) -> None:
    assert report.benign >= 30
    assert report.still_allowed >= 0.95, report.lost


def test_a_set_of_rows_is_no_rewrite_of_the_rows(parts: Parts) -> None:
    """DISTINCT over rows of units groups them: another question, judged by itself."""
    rows = dict(launder("select district_code from pop_resident", parts.schema))
    groups = dict(launder("select district_code, count(*) as n from pop_resident group by 1", parts.schema))
    assert {"distinct", "union", "intersect"}.isdisjoint(rows)
    assert {"distinct", "union", "intersect"} <= set(groups)


def test_there_are_twenty_rewrites_of_what_cannot_even_be_parsed(parts: Parts) -> None:
    assert len(forms_of("drop table pop_resident", parts.schema, disguises=True)) >= 20
    assert len(forms_of("select from where", parts.schema, disguises=True)) >= 20
