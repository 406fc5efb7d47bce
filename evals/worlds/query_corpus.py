"""The queries asked in two worlds: development cases, their laundering, generated aggregates, error channels."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify

from evals.worlds.governed_fixture import ROOT
from evals.worlds.laundering import REWRITES

DATA = ROOT.parent / "shared" / "data" / "policy"
Schema = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One statement, by whom and why; `family` says where it comes from."""

    sql: str
    user_id: str = "bd_analyst"
    purpose: str | None = None
    family: str = "generated"


def corpus(
    schema: Schema, *, seed: int, laundered: int = 160, generated: int = 220, cases: Path = DATA
) -> tuple[Asked, ...]:
    """At least 300 distinct statements; the development cases of the folder `cases` only where it is there."""
    own = list(_generated(random.Random(seed)))
    known = list(cases_of(cases))
    rewritten = islice(_laundered([*known, *own], schema, laundered, random.Random(seed + 1)), laundered)
    chosen = [*known, *rewritten, *own[:generated], *_error_channels()]
    return tuple({(one.user_id, one.sql): one for one in chosen}.values())


def cases_of(folder: Path) -> Iterator[Asked]:
    """The statements of the policy cases in a folder, history first; none where the folder is not there."""
    for name in ("adversarial_dev.jsonl", "utility_dev.jsonl"):
        if not (folder / name).is_file():
            return
        for line in (folder / name).read_text(encoding="utf-8").splitlines():
            case = json.loads(line)
            for sql in (*(earlier.rpartition("] ")[2] for earlier in case["history"]), case["sql"]):
                if sql and sql.lower().startswith(("select", "with", "(")):
                    yield Asked(sql=sql, user_id=case["role"], purpose=case["purpose"], family="case")


def _laundered(asked: list[Asked], schema: Schema, many: int, draw: random.Random) -> Iterator[Asked]:
    """`many` pairs of a statement and a rewrite that applies to it, every rewrite in turn."""
    names = sorted(REWRITES)
    for turn in range(2 * many):
        one, name = draw.choice(asked), names[turn % len(names)]
        try:
            tree = qualify(sqlglot.parse_one(one.sql, dialect="duckdb"), schema=dict(schema), dialect="duckdb")
            sql = REWRITES[name](tree, schema) if isinstance(tree, exp.Select) else None
        except SqlglotError:
            continue  # what cannot be qualified cannot be rewritten
        if sql is not None:
            yield Asked(sql=sql, user_id=one.user_id, purpose=one.purpose, family=f"laundered:{name}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A FROM clause with the columns that questions about it use."""

    source: str
    keys: tuple[str, ...]
    measures: tuple[str, ...]
    conditions: tuple[str, ...]


TOPICS = (
    Topic(
        source="pop_resident p",
        keys=("p.district_code", "p.street_code", "p.gender", "p.ethnicity", "p.marital_status", "p.religion",
              "year(p.birth_date)", "p.birth_date"),
        measures=("count(*)", "count(distinct p.person_id)", "count(p.religion)",
                  "count(*) filter (where p.religion = 'R1')",
                  "sum(case when p.ethnicity = '回族' then 1 else 0 end)",
                  "avg(case when p.marital_status = '离异' then 1.0 else 0 end)"),
        conditions=("p.ethnicity = '回族'", "p.religion = 'R1'", "p.marital_status = '离异'", "p.gender = '女'",
                    "p.birth_date < date '1950-01-01'", "p.religion is not null", "p.ethnicity <> '汉族'",
                    "p.religion in ('R1', 'R2')", "p.street_code like 'D01-0%'"),
    ),
    Topic(
        source="health_visit h",
        keys=("h.hospital_code", "h.icd10", "h.diagnosis_name", "h.visit_date", "date_trunc('month', h.visit_date)"),
        measures=("count(*)", "count(distinct h.person_id)", "sum(h.cost)", "avg(h.cost)", "median(h.cost)",
                  "stddev(h.cost)", "count(*) filter (where h.icd10 = 'E11')"),
        conditions=("h.icd10 = 'E11'", "h.diagnosis_name = '胃炎'", "h.visit_date < date '2025-02-01'",
                    "h.hospital_code = 'H04'", "h.cost > 500", "h.icd10 like 'B%'"),
    ),
    Topic(
        source="mca_lowincome m",
        keys=("m.district_code", "m.reason", "m.start_date", "year(m.start_date)"),
        measures=("count(*)", "count(distinct m.person_id)", "sum(m.monthly_amount)", "avg(m.monthly_amount)",
                  "count(distinct m.reason)", "sum(m.monthly_amount) filter (where m.reason = '残疾')"),
        conditions=("m.reason = '残疾'", "m.start_date < date '2024-06-01'", "m.district_code = 'D03'",
                    "m.monthly_amount > 600"),
    ),
    Topic(
        source="stat_survey s",
        keys=("s.period", "s.industry_code", "s.district_code"),
        measures=("count(*)", "sum(s.output_value)", "avg(s.output_value)", "sum(s.energy_tce) / sum(s.output_value)",
                  "sum(s.employees)", "count(distinct s.respondent_code)"),
        conditions=("s.period = '2025Q1'", "s.industry_code = 'C25'", "s.district_code = 'D02'",
                    "s.output_value > 1000", "s.period in ('2025Q1', '2025Q2')"),
    ),
    Topic(
        source="tax_return t join sam_enterprise e on t.uscc = e.uscc",
        keys=("e.district_code", "e.industry_code", "e.status", "t.tax_year"),
        measures=("count(*)", "sum(t.tax_paid)", "avg(t.taxable_income)", "sum(t.tax_paid) / sum(t.taxable_income)",
                  "count(distinct t.uscc)", "max(t.tax_paid)"),
        conditions=("t.tax_year = 2025", "e.industry_code = 'C25'", "e.reg_capital > 5000", "t.tax_paid > 100"),
    ),
    Topic(
        source="hr_civil_servant c",
        keys=("c.dept_name", "c.job_rank"),
        measures=("count(*)", "avg(c.base_salary)", "sum(c.base_salary)", "median(c.base_salary)"),
        conditions=("c.job_rank = '科级'", "c.dept_name = '财政局'", "c.base_salary > 9000"),
    ),
    Topic(
        source="edu_student d",
        keys=("d.school_code", "d.grade", "d.poverty_flag", "d.birth_date"),
        measures=("count(*)", "count(*) filter (where d.poverty_flag)", "avg(d.grade)", "count(distinct d.birth_date)"),
        conditions=("d.poverty_flag", "d.grade = 6", "d.school_code = 'SC03'", "not d.poverty_flag"),
    ),
    Topic(
        source="estate_unit u",
        keys=("u.district_code",),
        measures=("count(*)", "sum(u.deal_price)", "avg(u.deal_price)", "sum(u.deal_price) / sum(u.area_m2)",
                  "median(u.area_m2)", "count(distinct u.owner_person_id)"),
        conditions=("u.district_code = 'D01'", "u.area_m2 > 100", "u.deal_price < 1000"),
    ),
    Topic(
        source="hotline_ticket k",
        keys=("k.category", "k.district_code", "k.created_at", "date_trunc('week', k.created_at)"),
        measures=("count(*)", "count(distinct k.caller_phone)", "count(k.content)"),
        conditions=("k.category = '噪音'", "k.district_code = 'D03'", "k.created_at < timestamp '2025-09-10'",
                    "k.content like '%电话%'"),
    ),
    Topic(
        source="traffic_pass v",
        keys=("v.camera_id", "date_trunc('day', v.pass_time)", "hour(v.pass_time)"),
        measures=("count(*)", "count(distinct v.plate_no)"),
        conditions=("v.camera_id = 'CAM27'", "v.pass_time < timestamp '2025-11-05'"),
    ),
    Topic(
        source="pop_resident p join mca_lowincome m on p.person_id = m.person_id",
        keys=("p.district_code", "p.gender", "p.ethnicity", "m.reason"),
        measures=("count(*)", "count(distinct p.person_id)", "sum(m.monthly_amount)"),
        conditions=("p.gender = '女'", "p.ethnicity = '回族'", "m.reason = '残疾'",
                    "p.birth_date < date '1960-01-01'"),
    ),
    Topic(
        source="pop_resident p join health_visit h on p.person_id = h.person_id",
        keys=("p.district_code", "p.gender", "h.icd10", "p.ethnicity"),
        measures=("count(*)", "count(distinct p.person_id)", "sum(h.cost)", "avg(h.cost)"),
        conditions=("p.gender = '女'", "h.icd10 = 'E11'", "p.ethnicity <> '汉族'"),
    ),
)  # fmt: skip


def _generated(draw: random.Random, rounds: int = 40) -> Iterator[Asked]:
    """Aggregates over every topic: 0-2 keys, 1-2 measures, 0-2 conditions, at times ordered, nested or compared."""
    for _ in range(rounds):
        for topic in TOPICS:
            keys = draw.sample(topic.keys, min(len(topic.keys), draw.choice((0, 1, 1, 1, 2))))
            measures = draw.sample(topic.measures, draw.choice((1, 1, 2)))
            wanted = draw.sample(topic.conditions, draw.choice((0, 0, 1, 1, 2)))
            yield Asked(sql=_aggregate(topic.source, keys, measures, wanted, draw))


def _aggregate(source: str, keys: list[str], measures: list[str], wanted: list[str], draw: random.Random) -> str:
    shown = [f"{key} as k{i}" for i, key in enumerate(keys)] + [f"{one} as m{i}" for i, one in enumerate(measures)]
    where = f" where {' and '.join(wanted)}" if wanted else ""
    group = f" group by {', '.join(keys)}" if keys else ""
    sql = f"select {', '.join(shown)} from {source}{where}{group}"
    if keys and draw.random() < 0.15:
        return f"{sql} order by {draw.choice(('1', f'{len(keys) + 1} desc'))}"
    if keys and draw.random() < 0.08:
        return f"{sql} having count(*) > {draw.choice((1, 10, 100))}"
    if keys and draw.random() < 0.08:
        return f"select max(m0) as top, count(*) as n from ({sql}) as q"
    if keys and draw.random() < 0.08:
        return sql.replace(" from ", ", sum(count(*)) over () as total from ", 1)
    if keys and draw.random() < 0.06:
        return f"{sql} limit {draw.choice((1, 3))}"
    if keys and draw.random() < 0.1:
        order = draw.choice(("1", str(len(keys) + 1), f"{len(keys) + 1} desc", "1 desc"))
        return f"{sql} order by {order} limit {draw.choice((1, 2, 5))} offset {draw.choice((0, 1, 3))}"
    if keys and draw.random() < 0.05:
        return f"select * from ({sql} order by {len(keys) + 1} limit {draw.choice((1, 3))}) as q"
    return sql


def _error_channels() -> Iterator[Asked]:
    """Statements whose failure, size or cost would depend on a value."""
    for sql in (
        "select count(*) as n from pop_resident where cast(religion as integer) > 0",
        "select sum(1 / (monthly_amount - 480)) as n from mca_lowincome",
        "select count(*) as n from pop_resident where cast(street_code as date) is null",
        "select sum(cast(ethnicity as integer)) as n from pop_resident",
        "select district_code as k, sum(cast(reason as integer)) as n from mca_lowincome group by 1",
        "select avg(sqrt(cost - 100)) as a from health_visit",
        "select sum(ln(tax_paid)) as a from tax_return",
        "select sum(cast(monthly_amount as tinyint)) as a from mca_lowincome",
        "select sum(monthly_amount * 9000000000000000) as a from mca_lowincome",
        "select count(distinct repeat(religion, 1000)) as n from pop_resident",
        "select count(*) as n from pop_resident where exists (select 1 from mca_lowincome where reason = '残疾')",
        "select (select count(*) from mca_lowincome where reason = '残疾') > 40 as more",
        "select case when count(*) > 40 then 1 else 0 end as more from mca_lowincome where reason = '残疾'",
        "select district_code as k from mca_lowincome group by 1 having count(*) > 35",
        "select district_code as k, rank() over (order by count(*)) as r from mca_lowincome group by 1",
        "select distinct religion as k from pop_resident",
        "select distinct ethnicity as k from pop_resident",
        "select ethnicity as k from pop_resident group by ethnicity",
        "select count(distinct ethnicity) as n from pop_resident",
        "select count(distinct religion) as n from pop_resident",
        "select district_code as k, count(distinct ethnicity) as n from pop_resident group by 1",
        "select approx_count_distinct(ethnicity) as n from pop_resident",
        "select corr(area_m2, deal_price) as r from estate_unit",
        "select district_code as k, 1.0 * count(*) / sum(count(*)) over () as share from mca_lowincome group by 1",
        "select sum(deal_price) - 5 * sum(area_m2) as d from estate_unit where district_code = 'D01'",
    ):
        yield Asked(sql=sql, family="channel")
