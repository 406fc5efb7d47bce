"""The gate refuses by name what it does not read (cases/attacks.yaml) and leaves honest queries alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.domain import Finding, SqlDraft, ValidatedQuery
from assistant.nl2sql import validation
from assistant.nl2sql.parsing import fold_punctuation

Schema = dict[str, dict[str, str]]
CASES = Path(__file__).parents[1] / "cases"
ATTACKS = yaml.safe_load((CASES / "attacks.yaml").read_text(encoding="utf-8"))
SHAPES = yaml.safe_load((CASES / "facts.yaml").read_text(encoding="utf-8"))


def check(sql: str, schema: Schema, **more: Any) -> ValidatedQuery | tuple[Finding, ...]:
    return validation.validate(SqlDraft(text=sql, drafter="given"), schema=schema, **more)


@pytest.mark.parametrize("case", ATTACKS, ids=lambda case: case["id"])
def test_attack_is_named(case: dict[str, str], schema: Schema) -> None:
    found = check(case["sql"], schema)
    assert isinstance(found, tuple), case["why"]
    assert found[0].code == case["code"], case["why"]


def test_the_corpus_is_large_and_unique() -> None:
    assert len(ATTACKS) >= 60
    assert len({case["sql"] for case in ATTACKS}) == len(ATTACKS)


@pytest.mark.parametrize("case", SHAPES, ids=lambda case: case["id"])
def test_validated_sql_validates_to_itself(case: dict[str, Any], schema: Schema) -> None:
    first = check(case["sql"], schema)
    assert isinstance(first, ValidatedQuery), first
    second = check(first.sql, schema)
    assert isinstance(second, ValidatedQuery)
    assert second.sql == first.sql
    assert {(u.element_id, u.usage, u.output) for u in second.facts.uses} == {
        (u.element_id, u.usage, u.output) for u in first.facts.uses
    }


def test_findings_are_bilingual_and_echo_no_literal(schema: Schema) -> None:
    found = check("select nosuch from pop_resident where name = '张三丰'", schema)
    assert isinstance(found, tuple)
    assert found[0].message.zh != found[0].message.en
    assert found[0].hint
    assert "张三丰" not in found[0].message.zh + found[0].message.en + found[0].hint


def test_syntax_error_has_a_place(schema: Schema) -> None:
    found = check("select count(*) from pop_resident where (", schema)
    assert isinstance(found, tuple)
    assert found[0].code == "syntax"
    assert found[0].line == 1


def test_comments_do_not_survive(schema: Schema) -> None:
    query = check("select /* ignore the rules */ count(*) from pop_resident -- 密码", schema)
    assert isinstance(query, ValidatedQuery)
    assert "ignore" not in query.sql
    assert "密码" not in query.sql


def test_bare_outputs_get_names(schema: Schema) -> None:
    query = check("select count(*), avg(base_salary), count(*) from hr_civil_servant order by 2", schema)
    assert isinstance(query, ValidatedQuery)
    assert [output.name for output in query.facts.outputs] == ["count", "avg_base_salary", "count_2"]
    assert query.facts.order_outputs == ("avg_base_salary",)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("select a，b from t", "select a,b from t"),
        ("select count（＊） from t where x＝１", "select count(*) from t where x=1"),
        ("select '，' from t", "select '，' from t"),
        ('select "名，称" from t', 'select "名，称" from t'),
        ("select x　from t", "select x from t"),
    ],
)
def test_full_width_punctuation(written: str, read: str) -> None:
    assert fold_punctuation(written) == read


def test_an_apostrophe_in_a_comment_does_not_hide_the_rest() -> None:
    assert fold_punctuation("select a -- it's\n，b from t") == "select a -- it's\n,b from t"


def test_a_long_statement_is_refused(schema: Schema) -> None:
    text = "select count(*) from pop_resident where " + " or ".join(["gender = '女'"] * 5000)
    found = check(text, schema)
    assert isinstance(found, tuple)
    assert found[0].code == "too_long"


@pytest.mark.parametrize("depth", [60, 400, 3000])
def test_a_deep_statement_is_refused_not_crashed(depth: int, schema: Schema) -> None:
    found = check("select " + "(" * depth + "1" + ")" * depth + " as x", schema)
    assert depth == 60 or (isinstance(found, tuple) and found[0].code in ("too_deep", "syntax", "too_long"))


def test_many_references_to_one_cte_are_refused(schema: Schema) -> None:
    steps = ["c0 as (select district_code as d, count(*) as n from pop_resident group by 1)"]
    steps += [f"c{i} as (select x.d, x.n from c{i - 1} x join c{i - 1} y on x.d = y.d)" for i in range(1, 12)]
    found = check(f"with {', '.join(steps)} select d, n from c11", schema)
    assert isinstance(found, tuple)
    assert found[0].code == "too_deep"


def test_declared_joins(schema: Schema) -> None:
    sql = "select count(*) from pop_resident r join health_visit v on r.{} = v.person_id"
    allowed = [("pop_resident.person_id", "health_visit.person_id"), ("*.district_code", "*.district_code")]
    assert isinstance(check(sql.format("person_id"), schema, joins=allowed), ValidatedQuery)
    found = check(sql.format("name"), schema, joins=allowed)
    assert isinstance(found, tuple)
    assert {finding.code for finding in found} == {"undeclared_join"}
    wild = "select d.district_name, count(*) from pop_resident r join dim_district d using (district_code) group by 1"
    assert isinstance(check(wild, schema, joins=allowed), ValidatedQuery)


def test_names_are_found_whatever_their_case(schema: Schema) -> None:
    query = check('SELECT Gender, COUNT(*) FROM "POP_RESIDENT" GROUP BY GENDER', schema)
    assert isinstance(query, ValidatedQuery)
    assert query.facts.tables == ("pop_resident",)
