"""The class of a wrong answer: the first difference from the gold."""

from __future__ import annotations

import pytest

from evals.error_class import error_class

GOLD = "select name from singer where age > 20 and country = 'France'"
ROWS = [["a"]]


@pytest.mark.parametrize(
    ("gold", "sql", "gold_rows", "rows", "expected"),
    [
        (GOLD, GOLD, ROWS, [], "empty result"),
        (GOLD, GOLD, [], ROWS, "gold is empty"),
        (GOLD, "select name from concert", ROWS, [["b"]], "wrong table"),
        (GOLD, 'SELECT T."NAME" FROM "Singer" AS T WHERE T.country = \'france\'', ROWS, [["b"]], "wrong filter"),
        (GOLD, GOLD.replace("20", "30"), ROWS, [["b"]], "wrong filter"),
        (GOLD, "select name, age from singer", ROWS, [["b", 1]], "other columns"),
        ("select count(*) from t group by a", "select count(*) from t group by b", [[1]], [[2]], "wrong grouping"),
        ("select max(a) from t", "select min(a) from t", [[1]], [[2]], "wrong aggregate"),
        (
            "select a from t order by a limit 1",
            "select a from t order by a desc limit 1",
            [[1]],
            [[2]],
            "order or limit",
        ),
        ("select a from t order by a", "select a from t order by a", [[1], [2]], [[2], [1]], "order or limit"),
        ("select a from t", "select b from t", [[1]], [[2]], "other values"),
        ("select a from t", "selec nonsense (", [[1]], [[2]], "other values"),
        (
            "with x as (select a from t) select a from x where a in (select b from u where c = 1)",
            "select a from t, u where c = 2",
            [[1]],
            [[2]],
            "wrong filter",
        ),
    ],
)
def test_classes(gold: str, sql: str, gold_rows: list, rows: list, expected: str) -> None:
    assert error_class(gold, sql, gold_rows, rows) == expected


def test_spelling_is_no_difference() -> None:
    ours = 'SELECT "s"."name" FROM "Singer" AS "s" WHERE "s"."country" = \'France\' AND "s"."age" > 20'
    assert error_class(GOLD, ours, ROWS, [["b"]]) == "other values"
