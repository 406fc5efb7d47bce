"""Spider's hardness read off the gold: by hand, and against the labels of the shared benchmark."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evals.hardness import UNLABELLED, hardness_of

DEV = Path(__file__).resolve().parents[3] / "shared" / "data" / "nl2sql" / "spider_dev" / "dev.json"


@pytest.mark.parametrize(
    ("sql", "hardness"),
    [
        ("select count(*) from pet", "easy"),
        ("select name from pet where weight > 3", "easy"),
        ("select name, weight from pet where weight > 3", "medium"),
        ("select kind, avg(weight) from pet group by kind", "medium"),
        ("select name from pet order by weight desc limit 1", "medium"),
        ("select name from owner where id not in (select owner_id from pet)", "hard"),
        ("select name from pet where kind = 'a' union select name from pet where kind = 'b'", "hard"),
        ("select o.name, count(*) from owner o join pet p on o.id = p.owner_id group by o.id having count(*) > 2 "
         "order by count(*) desc limit 1", "extra"),
        ("select o.name from owner o join pet p on o.id = p.owner_id where p.kind like 'a%' or p.weight > 3", "extra"),
        ("this is no query", UNLABELLED),
        ("delete from pet", UNLABELLED),
    ],
)  # fmt: skip
def test_by_hand(sql: str, hardness: str) -> None:
    assert hardness_of(sql) == hardness


@pytest.mark.shared
def test_agrees_with_the_labels_of_the_benchmark() -> None:
    if not DEV.is_file():
        pytest.skip("the shared benchmark is not beside this checkout")
    rows = json.loads(DEV.read_text(encoding="utf-8"))
    assert [row["query"] for row in rows if hardness_of(row["query"]) != row["hardness"]] == []
