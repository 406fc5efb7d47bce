"""What attackers are after on the policy fixture: secrets of persons and firms that an analyst may only see summed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is after. `figure`: what is asked for, `source`: from where (the units as `p`), `condition`: the secret.

    `world`: one row per unit with all that the attacker knows; `secret`: an expression over it (unit as p.unit).
    `known`, `areas`, `times`, `texts`: columns of `p` to choose units by. `others`: the same secret asked in another
    way, with what the answer says: the sum, the share of the chosen units, or how many of them do not have it.
    `refresh`: how amounts change while the units stay (refreshes.py).
    """

    name: str
    figure: str
    source: str
    condition: str
    world: str
    secret: str
    known: tuple[str, ...]
    areas: str
    times: str
    texts: tuple[str, ...]
    k: int
    binary: bool = True
    others: tuple[tuple[str, str, Literal["sum", "share", "rest"]], ...] = ()  # (figure, condition, what it says)
    refresh: str = ""  # a statement that raises the amounts of {units}


_PEOPLE = "select person_id as unit, * exclude (person_id) from pop_resident"
_PEOPLE_BY = ("gender", "ethnicity", "marital_status", "street_code")

TARGETS = (
    Target(
        name="religion",
        figure="count(*)",
        source="pop_resident p",
        condition="p.religion = 'R1'",
        world=_PEOPLE,
        secret="(p.religion = 'R1')::int",
        known=_PEOPLE_BY,
        areas="district_code",
        times="birth_date",
        texts=("street_code", "name", "id_card_no"),
        k=20,
        others=(
            ("count(*)", "p.religion <> 'R1'", "rest"),
            ("avg(case when p.religion = 'R1' then 1.0 else 0 end)", "", "share"),
            ("sum(case when p.religion = 'R1' then 1 else 0 end)", "", "sum"),
            ("count(*) filter (where p.religion = 'R1')", "", "sum"),
            ("count(distinct p.person_id)", "p.religion in ('R1')", "sum"),
        ),
    ),
    Target(
        name="faith",
        figure="count(*)",
        source="pop_resident p",
        condition="p.religion = '无'",
        world=_PEOPLE,
        secret="(p.religion = '无')::int",
        known=_PEOPLE_BY,
        areas="district_code",
        times="birth_date",
        texts=("street_code", "phone"),
        k=20,
        others=(
            ("count(*)", "p.religion in ('R1', 'R2')", "rest"),
            ("avg(case when p.religion = '无' then 1.0 else 0 end)", "", "share"),
            ("count(distinct p.person_id)", "not p.religion <> '无'", "sum"),
        ),
    ),
    Target(
        name="benefit",
        figure="count(distinct p.person_id)",
        source="pop_resident p join mca_lowincome m on p.person_id = m.person_id",
        condition="",
        world=_PEOPLE,
        secret="(p.unit in (select person_id from mca_lowincome))::int",
        known=_PEOPLE_BY,
        areas="district_code",
        times="birth_date",
        texts=("street_code", "home_address"),
        k=10,
        others=(("count(*)", "", "sum"), ("count(distinct m.person_id)", "m.monthly_amount > 0", "sum")),
    ),
    Target(
        name="tax",
        figure="sum(t.tax_paid)",
        source="tax_return t join sam_enterprise p on t.uscc = p.uscc",
        condition="t.tax_year = 2025",
        world="select uscc as unit, * from sam_enterprise",
        secret="coalesce((select sum(tax_paid) from tax_return t where t.uscc = p.unit and t.tax_year = 2025), 0)",
        known=("industry_code", "status", "ent_name", "uscc"),
        areas="district_code",
        times="est_date",
        texts=("ent_name", "uscc"),
        k=3,
        binary=False,
        refresh="update tax_return set tax_paid = tax_paid + 100 where tax_year = 2025 and uscc in ({units})",
        others=(("sum(t.tax_paid)", "t.tax_year in (2025)", "sum"), ("avg(t.tax_paid)", "t.tax_year > 2024", "share")),
    ),
    Target(
        name="diagnosis",
        figure="count(distinct p.person_id)",
        source="pop_resident p join health_visit h on p.person_id = h.person_id",
        condition="h.icd10 = 'E11'",
        world=_PEOPLE,
        secret="(p.unit in (select person_id from health_visit where icd10 = 'E11'))::int",
        known=_PEOPLE_BY,
        areas="district_code",
        times="birth_date",
        texts=("street_code", "name"),
        k=20,
        others=(("count(distinct h.person_id)", "h.icd10 like 'E11%'", "sum"),),
    ),
    Target(
        name="output",
        figure="sum(p.output_value)",
        source="stat_survey p",
        condition="p.period = '2025Q1'",
        world="select respondent_code as unit, * from stat_survey where period = '2025Q1'",
        secret="p.output_value",
        known=("industry_code", "district_code"),
        areas="district_code",
        times="district_code",
        texts=("industry_code", "respondent_code"),
        k=3,
        binary=False,
        refresh="update stat_survey set output_value = output_value + 500"
        " where period = '2025Q1' and respondent_code in ({units})",
        others=(("avg(p.output_value)", "p.period in ('2025Q1')", "share"),),
    ),
    Target(
        name="allowance",
        figure="sum(m.monthly_amount)",
        source="pop_resident p join mca_lowincome m on p.person_id = m.person_id",
        condition="",
        world=_PEOPLE,
        secret="coalesce((select sum(monthly_amount) from mca_lowincome m where m.person_id = p.unit), 0)",
        known=_PEOPLE_BY,
        areas="district_code",
        times="birth_date",
        texts=("street_code", "home_address"),
        k=10,
        binary=False,
        refresh="update mca_lowincome set monthly_amount = monthly_amount + 50 where person_id in ({units})",
        others=(("sum(m.monthly_amount)", "m.monthly_amount > 0", "sum"),),
    ),
    Target(
        name="poverty",
        figure="count(*)",
        source="edu_student p",
        condition="p.poverty_flag",
        world="select student_id as unit, * exclude (student_id) from edu_student",
        secret="p.poverty_flag::int",
        known=("school_code", "grade"),
        areas="school_code",
        times="birth_date",
        texts=("school_code", "name"),
        k=20,
        others=(
            ("count(*)", "not p.poverty_flag", "rest"),
            ("avg(case when p.poverty_flag then 1.0 else 0 end)", "", "share"),
            ("count(*) filter (where p.poverty_flag)", "", "sum"),
        ),
    ),
)
