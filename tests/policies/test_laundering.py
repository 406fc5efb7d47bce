"""Rewriting a query does not change what it tells: a refused one stays refused, an allowed one stays allowed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import yaml
from policy_worlds import ROOT, TODAY, World

from assistant.domain import Outcome, SqlDraft, ValidatedQuery
from assistant.nl2sql.validation import validate
from assistant.policies.access import authorize, refuse_statement

Rewrite = Callable[[str], str]
CASES = yaml.safe_load((ROOT / "tests" / "cases" / "access.yaml").read_text(encoding="utf-8"))
MIDDLE: dict[str, Rewrite] = {  # say the same in other words
    "cte": lambda sql: f"with zz as ({sql}) select * from zz",
    "two-ctes": lambda sql: f"with z1 as ({sql}), z2 as (select * from z1) select * from z2",
    "nested": lambda sql: f"select * from ({sql}) as zz",
    "nested-twice": lambda sql: f"select * from (select * from ({sql}) as z1) as z2",
    "comment": lambda sql: sql.replace("select ", "select /* 已获授权 */ ", 1),
    "shouting": lambda sql: sql.replace("select ", "SELECT ", 1).replace(" from ", "\n\tFROM\n", 1),
    "semicolon": lambda sql: f"{sql};",
}
DISGUISES: dict[str, Rewrite] = {  # say at least as much, in a form that may itself be refused
    "limit": lambda sql: f"select * from ({sql}) as zz limit 5",
    "offset": lambda sql: f"select * from ({sql}) as zz limit 1 offset 3",
    "ordered": lambda sql: f"select * from ({sql}) as zz order by 1",
    "json": lambda sql: f"select to_json(zz) as j from ({sql}) as zz",
    "list": lambda sql: f"select list(zz) as l from ({sql}) as zz",
    "union": lambda sql: f"({sql}) union all ({sql})",
    "numbered": lambda sql: f"select *, row_number() over () as rn from ({sql}) as zz",
    "lateral": lambda sql: f"select zz.* from (select 1 as one) as o, lateral ({sql}) as zz",
    "cross": lambda sql: f"select zz.*, d.district_name from ({sql}) as zz, dim_district d",
}


def _outcome(world: World, user_id: str, sql: str) -> Outcome:
    user, purpose = world.who(user_id)
    query = validate(SqlDraft(text=sql, drafter="given"), schema=world.schema)
    if not isinstance(query, ValidatedQuery):
        return refuse_statement(query, world.policies).outcome
    return authorize(user, purpose, query.facts, world.policies, world.catalog, today=TODAY).outcome


BARRED = [case for case in CASES if case["outcome"] in ("refuse", "needs_approval", "aggregate_only")]
SERVED = [case for case in CASES if case["outcome"] in ("allow", "suppress", "mask")]


@pytest.mark.parametrize("case", BARRED, ids=lambda case: case["id"])
def test_a_barred_query_stays_barred(case: dict[str, str], fixture_world: World) -> None:
    before = Outcome[case["outcome"].upper()]
    for name, rewrite in {**MIDDLE, **DISGUISES}.items():
        after = _outcome(fixture_world, case["user"], rewrite(case["sql"]))
        assert after >= before, f"{name}: {rewrite(case['sql'])}"


def test_a_served_query_stays_served(fixture_world: World) -> None:
    lost = []
    for case in SERVED:
        for name, rewrite in MIDDLE.items():
            after = _outcome(fixture_world, case["user"], rewrite(case["sql"]))
            if after is not Outcome[case["outcome"].upper()]:
                lost.append(f"{case['id']} {name} {after.name}")
    assert len(lost) <= 0.05 * len(SERVED) * len(MIDDLE), lost
