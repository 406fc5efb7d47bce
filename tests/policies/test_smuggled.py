"""Ways past the analysis (cases/smuggled.yaml): refused by name, or read and then judged like the plain form."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from policy_worlds import ROOT, TODAY, World

from assistant.domain import AuthorizedQuery, Finding, Mask, Outcome, SqlDraft, UnitThreshold, ValidatedQuery
from assistant.nl2sql.rewriting import apply
from assistant.nl2sql.validation import validate
from assistant.policies.access import authorize
from evals.worlds.governed_fixture import key_in_files

CASES = yaml.safe_load((ROOT / "tests" / "cases" / "smuggled.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_smuggled(case: dict[str, Any], fixture_world: World) -> None:
    query = validate(SqlDraft(text=case["sql"], drafter="given"), schema=fixture_world.schema)
    if "code" in case:
        assert isinstance(query, tuple), case["why"]
        assert query[0].code == case["code"], case["why"]
        return
    assert isinstance(query, ValidatedQuery), query
    decision = fixture_world.decide("bd_analyst", case["sql"])
    assert decision.outcome.name.lower() == case["outcome"], (case["why"], decision.reasons)
    if case["outcome"] == "allow":
        rewritten = apply(query, decision.obligations, schema=fixture_world.schema, unique=key_in_files)
        assert not isinstance(rewritten, tuple), case["why"]


def test_a_finding_names_the_clause(fixture_world: World) -> None:
    by_id = {case["id"]: case["sql"] for case in CASES}
    for case, place in (("values_query", "values"), ("limit_query", "limit"), ("offset_query", "offset")):
        found = validate(SqlDraft(text=by_id[case], drafter="given"), schema=fixture_world.schema)
        assert isinstance(found, tuple)
        assert isinstance(found[0], Finding)
        assert f"expression in {place}" in found[0].message.en


@pytest.mark.parametrize(("share", "factor"), [("0.5", 4), ("0.25", 8), ("0.75", 8), ("0.9", 20), ("[0.5, 0.95]", 40)])
def test_a_percentile_needs_2k_units_on_its_emptier_side(share: str, factor: int, fixture_world: World) -> None:
    """POLICY_SPEC 2.1: n >= 2k per side, so k times 2 / share."""
    user, purpose = fixture_world.who("bd_analyst")
    units = []
    for sql in ("avg(base_salary)", f"quantile_cont(base_salary, {share})"):
        facts = fixture_world.facts(f"select {sql} as x from hr_civil_servant")
        decision = authorize(user, purpose, facts, fixture_world.policies, fixture_world.catalog, today=TODAY)
        units += [one.min_units for one in decision.obligations if isinstance(one, UnitThreshold)]
    assert units[1] == factor * units[0]


COMPUTED = [
    "reverse(content)", "translate(content, '0123456789', 'abcdefghij')", "substr(content, 5, 1)", "length(content)",
    "ascii(substr(content, 5, 1))", "content like '%138%'", "case when content like '%138%' then 1 else 0 end",
    "hex(content)", "md5(content)", "string_split(content, '')", "regexp_extract(content, '[0-9]+')",
    "strpos(content, '1')", "contains(content, '13800000000')", "content < 'x'", "to_json(h)",
    "hex(cast(h as varchar))",
]  # fmt: skip


@pytest.mark.parametrize("expression", COMPUTED)
def test_what_is_computed_from_free_text_is_computed_from_its_mask(expression: str, fixture_world: World) -> None:
    """The recognisers see a whole text only; a digit at a time passes all of them."""
    sql = f"select ticket_id, {expression} as x from hotline_ticket as h"
    query = validate(SqlDraft(text=sql, drafter="given"), schema=fixture_world.schema)
    assert isinstance(query, ValidatedQuery)
    decision = fixture_world.decide("hotline_officer", sql)
    assert decision.outcome is Outcome.MASK
    rewritten = apply(query, decision.obligations, schema=fixture_world.schema)
    assert isinstance(rewritten, AuthorizedQuery)
    assert '"hotline_ticket"."content"' not in rewritten.sql
    assert "'***' AS \"content\"" in rewritten.sql


def test_free_text_that_is_shown_as_it_is_is_redacted_at_release(fixture_world: World) -> None:
    decision = fixture_world.decide("hotline_officer", "with t as (select content from hotline_ticket) select * from t")
    assert [o.kind for o in decision.obligations if isinstance(o, Mask)] == ["free_text"]
