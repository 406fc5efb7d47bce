"""Labels travel by flow, explicit and implicit; two named rules lower them, nothing else does."""

from __future__ import annotations

import pytest
from policy_worlds import World

from assistant.domain import ColumnUse, Decision, Level, Outcome, QueryFacts, Shape, Usage
from assistant.policies.labels import answer_label, answer_level, label_outputs

OUTPUTS = [
    ("select district_code from pop_resident", (Level.G2,)),
    ("select name, district_code from pop_resident", (Level.G4, Level.G2)),
    ("select district_code from pop_resident where religion='R2'", (Level.G4,)),
    ("select gender, count(*) n from pop_resident group by 1", (Level.G2, Level.G2)),
    ("select count(*) n from pop_resident where birth_date<date '1990-01-01'", (Level.G3,)),
    ("select case when religion='R2' then 1 else 0 end f from pop_resident", (Level.G4,)),
    ("select md5(id_card_no) h from pop_resident", (Level.G4,)),
    ("with t as (select name as x from pop_resident) select x as y from t", (Level.G4,)),
    ("select district_name as v from dim_district union all select name from pop_resident", (Level.G4,)),
    ("select uscc from tax_return order by tax_paid limit 1", (Level.G4,)),
    ("select district_code, avg(pm25) v from open_air_quality group by 1", (Level.G1, Level.G1)),
    ("select count(*) n from infra_power where capacity_mw>5", (Level.IMP,)),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "levels"), OUTPUTS)
def test_labels_of_outputs(fixture_world: World, sql: str, levels: tuple[Level, ...]) -> None:
    assert label_outputs(fixture_world.facts(sql), fixture_world.catalog) == levels


ANSWERS = [
    ("bd_analyst", "select religion, count(*) n from pop_resident group by 1", Level.G2, ("R-L-001",)),
    ("bd_analyst", "select district_code, count(*) n from pop_resident group by 1", Level.G2, ()),
    ("bd_analyst", "select sum(tax_paid) v from tax_return", Level.G2, ("R-L-001",)),
    ("bd_analyst", "select name from pop_resident", Level.G1, ()),
    ("civil_officer", "select name, id_card_no from pop_resident where district_code='D03'", Level.G3, ("R-L-002",)),
    ("tax_officer", "select tax_paid v from tax_return where uscc='91990101MA0000010W'", Level.G4, ()),
    ("hotline_officer", "select ticket_id, content from hotline_ticket", Level.G3, ()),
    ("public", "select district_code, avg(pm25) v from open_air_quality group by 1", Level.G1, ()),
]  # fmt: skip


@pytest.mark.parametrize(("user", "sql", "level", "rules"), ANSWERS)
def test_level_of_an_answer(fixture_world: World, user: str, sql: str, level: Level, rules: tuple[str, ...]) -> None:
    decision = fixture_world.decide(user, sql)
    label = answer_label(fixture_world.facts(sql), fixture_world.catalog, decision, fixture_world.policies.scheme)
    assert (label.level, label.rules) == (level, rules)


def test_without_disclosure_control_nothing_is_lowered(fixture_world: World) -> None:
    facts = fixture_world.facts("select religion, count(*) n from pop_resident group by 1")
    bare = Decision(outcome=Outcome.ALLOW)
    assert answer_level(facts, fixture_world.catalog, bare) is Level.G4


def test_important_data_is_never_lowered(fixture_world: World) -> None:
    facts = fixture_world.facts("select sum(capacity_mw) v from infra_power")
    controlled = fixture_world.decide("bd_analyst", "select count(*) n from pop_resident")
    assert answer_level(facts, fixture_world.catalog, controlled) is Level.IMP


def test_what_has_no_label_is_the_highest(fixture_world: World) -> None:
    facts = QueryFacts(
        tables=("unheard_of",),
        uses=(ColumnUse(table="unheard_of", column="x", usage=Usage.OUTPUT),),
        outputs=(),
        functions=(),
        shape=Shape.ROWS,
        countable=False,
    )
    assert answer_level(facts, fixture_world.catalog, Decision(outcome=Outcome.ALLOW)) is Level.SS
