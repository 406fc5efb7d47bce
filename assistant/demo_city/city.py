"""The whole city, table by table, from one seed."""

from __future__ import annotations

from collections.abc import Iterator

from assistant.demo_city import (
    environment,
    exchange,
    firms,
    health,
    hotline,
    industries,
    land,
    people,
    places,
    services,
    taxes,
    welfare,
)
from assistant.demo_city.draws import Columns, Rng, generator

SEED = 990100


def generate(seed: int = SEED) -> Iterator[tuple[str, Columns]]:
    """(table, columns) for every table of corpora/warehouse/schema.sql; the same seed gives the same rows."""

    def rng(table: str) -> Rng:
        return generator(seed, table)

    yield "dim_district", places.dim_district()
    yield "dim_street", places.dim_street()
    yield "dim_industry", industries.dim_industry()
    clinics = health.hospitals(rng("dim_hospital"))
    yield "dim_hospital", clinics
    residents = people.residents(rng("pop_resident"))
    yield "pop_resident", residents.columns
    yield "pop_vital_event", people.vital_events(rng("pop_vital_event"), residents)
    yield "pop_special_group", people.special_groups(rng("pop_special_group"), residents)
    register = firms.firms(rng("ent_registration"), residents)
    yield "ent_registration", register.columns
    yield "cert_license", services.licences(rng("cert_license"), residents, register, industries.CODES.tolist())
    yield "credit_penalty", firms.credit_penalties(rng("credit_penalty"), register)
    yield "credit_rating", firms.credit_ratings(rng("credit_rating"), register)
    yield "nat_parcel", land.parcels(rng("nat_parcel"))
    yield "infra_facility", land.facilities(rng("infra_facility"))
    yield "mat_shared_material", services.materials(rng("mat_shared_material"))
    yield "hotline_ticket", hotline.tickets(rng("hotline_ticket"), residents)
    yield "civ_lowincome", welfare.low_income(rng("civ_lowincome"), residents)
    yield "sub_payment", welfare.subsidies(rng("sub_payment"), residents)
    yield "med_visit", health.visits(rng("med_visit"), residents, clinics)
    yield "estate_transaction", land.sales(rng("estate_transaction"), residents)
    yield "tax_return", taxes.tax_returns(rng("tax_return"), register)
    yield "stat_survey", taxes.survey(rng("stat_survey"), register)
    yield "env_air_daily", environment.air(rng("env_air_daily"))
    yield "env_water_monthly", environment.water(rng("env_water_monthly"))
    yield "share_exchange_log", exchange.exchanges(rng("share_exchange_log"))
    yield "open_download_log", exchange.downloads(rng("open_download_log"))
    yield "dq_check_result", exchange.quality_checks(rng("dq_check_result"))
    yield "edu_student", welfare.pupils(rng("edu_student"), residents)
    yield "hr_civil_servant", welfare.civil_servants(rng("hr_civil_servant"))
    yield "gov_service_case", services.cases(rng("gov_service_case"))
