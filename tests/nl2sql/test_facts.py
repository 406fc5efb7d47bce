"""Facts of queries (cases/facts.yaml), and that laundering never loses a column (evals/worlds/laundering.py)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.domain import ColumnUse, OutputKind, QueryFacts, SqlDraft, ValidatedQuery
from assistant.nl2sql import validation
from evals.worlds.laundering import REWRITES, launder

Schema = dict[str, dict[str, str]]
CASES = yaml.safe_load((Path(__file__).parents[1] / "cases" / "facts.yaml").read_text(encoding="utf-8"))
REACHING = ("output", "derived", "whole_row", "extreme", "collect", "distinct", "group", "window", "subquery")


def facts_of(sql: str, schema: Schema) -> QueryFacts:
    query = validation.validate(SqlDraft(text=sql, drafter="given"), schema=schema)
    assert isinstance(query, ValidatedQuery), query
    return query.facts


def fits(use: ColumnUse, wanted: str) -> bool:
    """`wanted`: "table.column usage [detail=...] [out=...] [conj]", or a table.column alone for any use."""
    if " " not in wanted:
        return use.element_id == wanted
    element, usage, *rest = wanted.split(" ", 2)
    if (use.element_id, use.usage.value) != (element, usage):
        return False
    text = rest[0] if rest else ""
    if text == "conj" or text.endswith(" conj"):
        if not use.conjunct:
            return False
        text = text[: -len("conj")].strip()
    text, _, output = text.partition("out=")
    detail = text.strip().removeprefix("detail=")
    return (not output or use.output == output) and (not detail or use.detail == detail)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_facts(case: dict[str, Any], schema: Schema) -> None:
    facts = facts_of(case["sql"], schema)
    assert facts.shape.value == case["shape"], case["why"]
    if "countable" in case:
        assert facts.countable is case["countable"], case["why"]
    for wanted in case.get("uses", ()):
        assert any(fits(use, wanted) for use in facts.uses), (case["why"], wanted, facts.uses)
    for unwanted in case.get("absent", ()):
        assert not any(fits(use, unwanted) for use in facts.uses), (case["why"], unwanted)
    if "span" in case:
        assert case["span"] in {use.span for use in facts.uses}
    if "row_tables" in case:
        assert facts.row_tables == tuple(case["row_tables"])
    if "mixes" in case:
        assert [output.name for output in facts.outputs if output.mixes_rows] == case["mixes"]


def test_every_scan_has_a_use(schema: Schema) -> None:
    facts = facts_of(
        "select (select count(*) from pop_resident) as a, (select count(*) from pop_resident) as b", schema
    )
    assert len({use.scan for use in facts.uses if use.table == "pop_resident"}) == 2


def test_a_self_join_has_two_scans(schema: Schema) -> None:
    facts = facts_of("select a.name from pop_resident a join pop_resident b on a.person_id = b.person_id", schema)
    assert {use.scan for use in facts.uses} == {"a", "b"}


def test_literals_are_values_of_their_type(schema: Schema) -> None:
    sql = (
        "select count(*) from health_visit where cost = -1.5 and icd10 in ('A', 'B') and visit_date = date '2025-01-31'"
    )
    values = {use.column: use.values for use in facts_of(sql, schema).uses if use.conjunct}
    assert values["cost"] == (-1.5,)
    assert values["icd10"] == ("A", "B")
    assert str(values["visit_date"][0]) == "2025-01-31"


def test_negation_shows_in_the_operator(schema: Schema) -> None:
    sql = (
        "select count(*) from pop_resident where not (district_code = 'D01') and gender not in ('女') "
        "and religion <> 'R2'"
    )
    details = {use.column: use.detail for use in facts_of(sql, schema).uses if use.usage.value == "filter_equal"}
    assert details == {"district_code": "not =", "gender": "not in", "religion": "<>"}


def test_output_kinds(schema: Schema) -> None:
    sql = "select gender, upper(gender) as g, count(*) as n, 1 as one from pop_resident group by gender"
    kinds = [output.kind for output in facts_of(sql, schema).outputs]
    assert kinds == [OutputKind.KEY, OutputKind.KEY, OutputKind.AGGREGATE, OutputKind.CONSTANT]


LAUNDERED = [
    "select name from pop_resident",
    "select street_code, case when religion = 'R2' then 1 else 0 end as f from pop_resident",
    "select md5(id_card_no) as h, birth_date from pop_resident where district_code = 'D01'",
    "select max(id_card_no) as m from pop_resident",
    "select district_code, array_agg(name) as l from pop_resident group by 1",
    "select distinct caller_phone from hotline_ticket",
    "select id_card_no, count(*) as n from pop_resident group by 1",
    "select street_code from pop_resident group by 1 having sum(case when ethnicity = 'x' then 1 else 0 end) > 0",
    "select e.ent_name, t.taxable_income from sam_enterprise e join tax_return t using (uscc)",
    "select count(*) as n from pop_resident where id_card_no like '9901%'",
]


def test_there_are_at_least_twenty_rewrites() -> None:
    assert len(REWRITES) >= 20


@pytest.mark.parametrize("sql", LAUNDERED)
def test_laundering_loses_no_column(sql: str, schema: Schema) -> None:
    plain = facts_of(sql, schema)
    reaching = {use.element_id for use in plain.uses if use.usage.value in REACHING}
    deciding = {use.element_id for use in plain.uses if use.usage.value not in REACHING}
    understood = 0
    for name, rewritten in launder(sql, schema):
        query = validation.validate(SqlDraft(text=rewritten, drafter="given"), schema=schema)
        if not isinstance(query, ValidatedQuery):
            continue  # refused by name: never weaker
        understood += 1
        found = {use.element_id for use in query.facts.uses if use.usage.value in REACHING}
        assert reaching <= found, (name, rewritten)
        assert deciding <= {use.element_id for use in query.facts.uses}, (name, rewritten)
        if name not in ("distinct", "union", "intersect"):
            assert query.facts.shape is plain.shape, name
    assert understood >= 15
