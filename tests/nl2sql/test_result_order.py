"""ORDER BY, LIMIT and OFFSET leave the query of a probe: they are applied to what is released."""

from __future__ import annotations

import pytest
import sqlglot
from sqlglot.optimizer.qualify import qualify

from assistant.domain import ResultOrder
from assistant.nl2sql.normal_form import Uncountable, normalise
from assistant.nl2sql.result_order import Lifted, lift

SCHEMA = {"t": {"k": "VARCHAR", "j": "VARCHAR", "v": "INTEGER"}, "open": {"k": "VARCHAR"}}
GROUPS = "select k, count(*) as n from t group by k"


def lifted(sql: str) -> Lifted:
    tree = qualify(sqlglot.parse_one(sql, dialect="duckdb"), schema=SCHEMA, dialect="duckdb")
    return lift(normalise(tree), {"t"})


@pytest.mark.parametrize(
    ("sql", "order", "limit", "offset"),
    [
        (GROUPS, (), None, 0),
        (f"{GROUPS} order by n desc limit 3", ((1, True),), 3, 0),
        (f"{GROUPS} order by 2, 1 desc limit 3 offset 4", ((1, False), (0, True)), 3, 4),
        (f"{GROUPS} order by count(*) limit 1", ((1, False),), 1, 0),
        (f"select * from ({GROUPS} order by n limit 2) q", ((1, False),), 2, 0),
        (f"with a as ({GROUPS}) select n, k from a order by n limit 2", ((0, False),), 2, 0),
        (f"with a as ({GROUPS} order by n desc limit 5) select n, k from a", ((0, True),), 5, 0),
        ("select distinct k from t order by k limit 2", ((0, False),), 2, 0),
        (f"{GROUPS} union all select j, count(*) from t group by j order by 2 limit 3", ((1, False),), 3, 0),
        (f"{GROUPS} order by length(k)", (), None, 0),
        (f"select q.* from ({GROUPS}) q join (select k from open limit 3) o on q.k = o.k", (), None, 0),
    ],
)
def test_the_tail_is_taken_off(sql: str, order: tuple[tuple[int, bool], ...], limit: int | None, offset: int) -> None:
    found = lifted(sql)
    assert [(one.column, one.descending) for one in found.order] == list(order)
    assert (found.limit, found.offset) == (limit, offset)
    text = found.tree.sql("duckdb").replace('FROM "open" AS "open" LIMIT 3', "").replace('LIMIT 3) AS "o"', "")
    assert "LIMIT" not in text
    assert "OFFSET" not in text


@pytest.mark.parametrize(
    "sql",
    [
        f"select max(n) as m from ({GROUPS} order by n limit 2) q",
        f"select k, n from ({GROUPS} order by n limit 2) q where n > 3",
        f"({GROUPS} order by n limit 1) union all ({GROUPS} order by n desc limit 1)",
        f"{GROUPS} qualify rank() over (order by count(*)) <= 2",
        "select k from (select k, count(*) as n, rank() over (order by count(*)) as r from t group by k) q where r = 2",
        "select k from (select k, r + 1 as s from (select k, rank() over (order by count(*)) as r from t group by k) p)"
        " q where s = 2",
        f"{GROUPS} order by length(k) limit 1",
        f"{GROUPS} limit 1 + 1",
    ],
)
def test_a_choice_of_groups_inside_the_query_cannot_be_counted(sql: str) -> None:
    with pytest.raises(Uncountable):
        lifted(sql)


def test_where_nulls_stand_is_kept() -> None:
    assert lifted(f"{GROUPS} order by k nulls first").order == (ResultOrder(column=0, nulls_first=True),)


@pytest.mark.parametrize(
    ("tail", "order", "kept"),
    [
        ("order by t.k", (), "t.k, t.j"),
        ("order by t.k desc, n", (), "t.k DESC, t.j"),
        ("order by n desc, t.k", ((1, True),), "t.k, t.j"),
        ("order by n, length(t.k)", ((1, False),), None),
        ("order by t.j", ((0, False),), None),
    ],
)
def test_an_order_by_keys_that_are_not_shown_stays_with_the_engine(
    tail: str, order: tuple[tuple[int, bool], ...], kept: str | None
) -> None:
    found = lifted(f"select t.j, count(*) as n from t group by t.k, t.j {tail}")
    assert [(one.column, one.descending) for one in found.order] == list(order)
    clause = found.tree.args.get("order")
    assert (clause.sql("duckdb").replace('"', "") if clause is not None else None) == (kept and f"ORDER BY {kept}")
    assert found.ordered is (kept is not None)
