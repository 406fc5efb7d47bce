from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from assistant.catalog import load_catalog
from assistant.demo_city import city, draws, identifiers, people, places
from assistant.demo_city.draws import Columns

CORPORA = Path(__file__).parents[2] / "corpora"


@pytest.fixture(scope="module")
def tables() -> dict[str, Columns]:
    return dict(city.generate())


def year(days: draws.Array) -> draws.Array:
    return days.astype("datetime64[Y]").astype(np.int64) + 1970


def test_the_tables_are_those_of_the_schema(tables: dict[str, Columns]) -> None:
    script = (CORPORA / "warehouse" / "schema.sql").read_text(encoding="utf-8")
    wanted = {
        name: [column.split()[0] for column in columns.split(", ")]
        for name, columns in re.findall(r"create table (\w+)\((.*?)\);", script)
    }
    assert {name: sorted(columns) for name, columns in tables.items()} == {n: sorted(c) for n, c in wanted.items()}
    for name, columns in tables.items():
        assert len({len(values) for values in columns.values()}) == 1, name


@pytest.mark.parametrize(
    ("table", "least"),
    [("pop_resident", 320_000), ("ent_registration", 62_000), ("hotline_ticket", 320_000), ("med_visit", 240_000),
     ("sub_payment", 150_000), ("tax_return", 130_000), ("gov_service_case", 120_000), ("dim_district", 12),
     ("dim_street", 72), ("dim_industry", 40)],
)  # fmt: skip
def test_the_city_is_as_large_as_promised(tables: dict[str, Columns], table: str, least: int) -> None:
    assert len(next(iter(tables[table].values()))) >= least


def test_the_same_seed_gives_the_same_people() -> None:
    first, second = (people.residents(draws.generator(7, "pop_resident")).columns for _ in range(2))
    third = people.residents(draws.generator(8, "pop_resident")).columns
    for column in ("id_card_no", "birth_date", "phone", "street_code"):
        assert (first[column] == second[column]).all(), column
    assert (first["id_card_no"] != third["id_card_no"]).any()


def test_nobody_can_be_real(tables: dict[str, Columns]) -> None:
    residents, firms = tables["pop_resident"], tables["ent_registration"]
    assert all(number.startswith("9901") for number in residents["id_card_no"].tolist())
    assert all(phone is None or phone.startswith("19900") for phone in residents["phone"].tolist())
    assert all(code[2:6] == "9901" for code in firms["uscc"].tolist())
    assert all("示例" in name for name in firms["ent_name"].tolist())
    assert all(code.startswith("9901") for code in places.DISTRICT_CODES.tolist())
    assert tables["infra_facility"]["lon"].min() > 165, "facilities lie in the open ocean"


def test_citizen_numbers_fit_but_for_the_known_defect(tables: dict[str, Columns]) -> None:
    numbers = tables["pop_resident"]["id_card_no"].tolist()
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    wrong = sum("10X98765432"[sum(int(c) * w for c, w in zip(n, weights, strict=False)) % 11] != n[17] for n in numbers)
    assert 0.002 < wrong / len(numbers) < 0.004
    assert 20 <= len(numbers) - len(set(numbers)) <= 60


def test_a_citizen_number_says_region_birth_and_sex() -> None:
    births = np.array(["1990-02-03", "1990-02-03", "1990-02-03"], dtype="datetime64[D]")
    male = np.array([True, False, True])
    found = identifiers.citizen_numbers(np.array([990101] * 3), births, male, np.array([False] * 3))
    assert [n[:14] for n in found] == ["99010119900203"] * 3
    assert [int(n[16]) % 2 for n in found] == [1, 0, 1]
    assert len(set(found)) == 3


def fits(code: str) -> bool:
    """Whether both check characters fit: GB 11714-1997 for characters 9 to 17, GB 32100-2015 for the whole."""
    letters, short = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789ABCDEFGHJKLMNPQRTUWXY"
    inner = 11 - sum(letters.index(c) * w for c, w in zip(code[8:16], (3, 7, 9, 10, 5, 8, 4, 2), strict=True)) % 11
    outer = sum(short.index(c) * pow(3, i, 31) for i, c in enumerate(code[:17])) + short.index(code[17])
    return {10: "X", 11: "0"}.get(inner, str(inner)) == code[16] and outer % 31 == 0


def test_credit_codes_have_both_check_characters(tables: dict[str, Columns]) -> None:
    assert fits("91350100M000100Y43"), "the example in GB 32100-2015"
    assert not fits("91350100M000100Y44")
    codes = tables["ent_registration"]["uscc"].tolist()
    assert all(fits(code) for code in codes[:5000])
    assert len(set(codes)) == len(codes)


def test_codes_of_streets_and_districts_agree(tables: dict[str, Columns]) -> None:
    streets = set(tables["dim_street"]["street_code"].tolist())
    for name in ("pop_resident", "civ_lowincome", "nat_parcel", "estate_transaction"):
        columns = tables[name]
        assert set(columns["street_code"].tolist()) <= streets
        pairs = zip(columns["street_code"].tolist(), columns["district_code"].tolist(), strict=True)
        assert all(street.startswith(district) for street, district in pairs), name
    per_district = np.unique([s[:6] for s in streets], return_counts=True)[1]
    assert per_district.min() >= 6
    assert per_district.max() <= 12


def test_events_lie_between_the_start_and_the_as_of_date(tables: dict[str, Columns]) -> None:
    first, last = np.datetime64(draws.START), np.datetime64(draws.AS_OF) + np.timedelta64(1, "D")
    for table, column in [("hotline_ticket", "created_at"), ("hotline_ticket", "closed_at"),
                          ("med_visit", "visit_date"),
                          ("sub_payment", "paid_on"), ("estate_transaction", "deal_date"),
                          ("credit_penalty", "penalty_date"), ("pop_vital_event", "event_date"),
                          ("gov_service_case", "finished_at"), ("share_exchange_log", "exchanged_on")]:  # fmt: skip
        when = tables[table][column]
        when = when[~np.isnat(when)]
        assert when.min() >= first, table
        assert when.max() < last, table
    assert tables["ent_registration"]["established_on"].max() < last


def test_districts_differ_and_new_firms_grow(tables: dict[str, Columns]) -> None:
    firms = tables["ent_registration"]
    opened = firms["established_on"]
    same_months = opened.astype("datetime64[M]").astype(np.int64) % 12 < 10
    rates = {}
    for code, name in zip(places.DISTRICT_CODES.tolist(), places.DISTRICT_NAMES.tolist(), strict=True):
        here = (firms["district_code"] == code) & same_months
        rates[name] = (here & (year(opened) == 2025)).sum() / (here & (year(opened) == 2024)).sum() - 1
    assert rates["澜谷高新区"] > 0.1
    assert rates["松烟区"] < 0
    residents = np.unique(tables["pop_resident"]["district_code"], return_counts=True)
    assert residents[0][residents[1].argmax()] == "990101"
    assert residents[1].min() < 5_000


def test_there_are_seasons(tables: dict[str, Columns]) -> None:
    tickets = tables["hotline_ticket"]
    month = tickets["created_at"].astype("datetime64[M]").astype(np.int64) % 12
    rain = month[tickets["category"] == "防汛排水"]
    assert np.isin(rain, [5, 6, 7]).mean() > 0.5
    air = tables["env_air_daily"]
    season = air["day"].astype("datetime64[M]").astype(np.int64) % 12
    assert np.nanmean(air["pm25"][season == 0]) > 2 * np.nanmean(air["pm25"][season == 6])
    weekday = (tables["gov_service_case"]["accepted_at"].astype("datetime64[D]").astype(np.int64) + 3) % 7
    assert (weekday >= 5).mean() < 0.15


def test_the_guards_have_something_to_bite_on(tables: dict[str, Columns]) -> None:
    ethnic = np.unique(tables["pop_resident"]["ethnicity"].astype(str), return_counts=True)
    assert ethnic[1].min() < 10
    rare = tables["med_visit"]["icd10"] == "B24"
    persons = tables["med_visit"]["person_id"][rare]
    assert 20 < len(set(persons.tolist())) < 100
    departments = np.unique(tables["hr_civil_servant"]["dept_name"].astype(str), return_counts=True)
    assert dict(zip(*departments, strict=True))["市档案局"] == 3
    tickets = tables["hotline_ticket"]["content"].tolist()
    assert any("电话19900" in text for text in tickets)
    assert any("忽略以上所有规则" in text for text in tickets)


def test_one_firm_dwarfs_its_industry_in_one_district_only(tables: dict[str, Columns]) -> None:
    survey = tables["stat_survey"]
    quarter = survey["period"] == "2025Q2"
    here = quarter & (survey["industry_code"] == "C36") & (survey["district_code"] == "990105")
    output = np.sort(survey["output_value"][here])
    assert len(output) >= 3
    assert output[:-2].sum() < 0.1 * output[-1], "fails the p% rule with p = 10"
    everywhere = np.sort(survey["output_value"][quarter & (survey["industry_code"] == "C36")])
    assert everywhere[:-2].sum() > 0.1 * everywhere[-1], "passes for the whole city"
    pair = quarter & (survey["industry_code"] == "C15") & (survey["district_code"] == "990101")
    assert pair.sum() == 2


def test_the_quality_log_tells_the_truth(tables: dict[str, Columns]) -> None:
    """The failing shares of the last month are those of the tables."""
    residents, tickets, firms = tables["pop_resident"], tables["hotline_ticket"], tables["ent_registration"]
    streets = firms["street_code"].tolist()
    strayed = np.mean([s[:6] != d for s, d in zip(streets, firms["district_code"].tolist(), strict=True)])
    truth = {
        "街道属于所在区县": strayed,
        "联系电话不为空": np.mean([p is None for p in residents["phone"].tolist()]),
        "来电号码不为空": np.mean([p is None for p in tickets["caller_phone"].tolist()]),
        "事发街道不为空": np.mean([s is None for s in tickets["street_code"].tolist()]),
        "注册资本不为空": np.isnan(firms["reg_capital"]).mean(),
        "注销日期不早于成立日期": (firms["closed_on"] < firms["established_on"]).mean(),
    }
    checks = tables["dq_check_result"]
    last = checks["checked_on"] == checks["checked_on"].max()
    for rule, share in truth.items():
        row = np.flatnonzero(last & (checks["rule_name"] == rule))[0]
        told = checks["rows_failed"][row] / checks["rows_checked"][row]
        assert told == pytest.approx(share, rel=0.25), rule


def test_logs_name_resources_of_the_catalog(tables: dict[str, Columns]) -> None:
    catalog = load_catalog(CORPORA)
    for table in ("share_exchange_log", "open_download_log", "dq_check_result"):
        assert set(tables[table]["resource_id"].tolist()) <= set(catalog.by_id), table
    log = tables["share_exchange_log"]
    for code, provider in set(zip(log["resource_id"].tolist(), log["provider_dept"].tolist(), strict=True)):
        assert catalog.by_id[code].provider == provider, code


def test_closed_code_lists_hold(tables: dict[str, Columns]) -> None:
    """Every value of a column with a code list is on it."""
    for resource in load_catalog(CORPORA).resources:
        for element in resource.elements:
            if resource.table is None or element.column is None or not element.code_list:
                continue
            values = {v for v in tables[resource.table][element.column].tolist() if v is not None}
            assert values <= {code for code, _ in element.code_list}, element.element_id
