"""惠民惠农补贴, 教育 and 人社: benefits, subsidies, pupils and the city's civil servants."""

from __future__ import annotations

from datetime import date
from typing import TypeAlias

import numpy as np

from assistant.demo_city import draws, identifiers, names, places
from assistant.demo_city.draws import Array, Columns, Rng
from assistant.demo_city.people import Residents

Day: TypeAlias = "np.datetime64[date | int | None]"
LOW_INCOME = 9_600
_REASONS = (("疾病", 31), ("残疾", 24), ("失业", 14), ("年老", 19), ("单亲", 7), ("其他", 5))
# name, payments a year, amount in 元, from age, to age, rural only, share of the able, first paid on
_PROGRAMS = (
    ("耕地地力保护补贴", 1, 620.0, 25, 75, True, 0.42, "2022-01-01"),
    ("农机购置补贴", 1, 4800.0, 25, 65, True, 0.012, "2022-01-01"),
    ("高龄津贴", 4, 300.0, 80, 120, False, 0.85, "2022-01-01"),
    ("残疾人两项补贴", 4, 360.0, 1, 120, False, 0.011, "2022-01-01"),
    ("创业担保贷款贴息", 1, 6200.0, 22, 55, False, 0.003, "2022-01-01"),
    ("家电以旧换新补贴", 1, 540.0, 22, 80, False, 0.045, "2024-09-01"),
    ("育儿补贴", 1, 3600.0, 0, 3, False, 0.8, "2025-08-01"),
    ("公益林生态补偿", 1, 310.0, 25, 80, True, 0.06, "2022-01-01"),
)
_DEPARTMENTS = (
    ("市公安局", 620),
    ("市教育局", 210),
    ("市财政局", 190),
    ("市卫生健康委员会", 180),
    ("市自然资源和规划局", 230),
    ("市税务局", 340),
    ("市市场监督管理局", 310),
    ("市人力资源和社会保障局", 190),
    ("市住房和城乡建设局", 170),
    ("市交通运输局", 160),
    ("市生态环境局", 140),
    ("市民政局", 110),
    ("市农业农村局", 130),
    ("市应急管理局", 105),
    ("市统计局", 86),
    ("市大数据局", 74),
    ("市司法局", 92),
    ("市城市管理局", 120),
    ("市行政审批服务局", 84),
    ("市发展和改革委员会", 118),
    ("市文化和旅游局", 76),
    ("市医疗保障局", 58),
    ("市水务局", 66),
    ("市能源局", 34),
    ("市审计局", 61),
    ("市机关事务管理局", 27),
    ("市史志研究室", 8),
    ("市档案局", 3),
)


def low_income(rng: Rng, people: Residents) -> Columns:
    rural = places.weights("rural")[people.district]
    chance = (0.35 + rural * 2.2) * np.where(people.age > 60, 1.8, 1.0) * (people.age > 5)
    who = draws.pick_index(rng, len(chance), LOW_INCOME, chance)
    days = draws.calendar(date(2019, 5, 6))
    start = draws.draw_days(rng, LOW_INCOME, days, draws.day_weights(days, week=draws.OFFICE_WEEK, growth=1.04))
    end = draws.days_since(rng, start + np.timedelta64(90, "D"))
    ended = (rng.random(LOW_INCOME) < 0.34) & (start + np.timedelta64(90, "D") < np.datetime64(draws.AS_OF))
    end[~ended] = np.datetime64("NaT")
    household = rng.choice([1, 2, 3, 4, 5], LOW_INCOME, p=[0.44, 0.26, 0.17, 0.09, 0.04])
    return {
        "case_id": draws.numbered("L", LOW_INCOME, 6),
        "person_id": people.take("person_id", who),
        "district_code": places.DISTRICT_CODES[people.district[who]],
        "street_code": places.STREET_CODES[people.street[who]],
        "monthly_amount": (rng.normal(470, 130, LOW_INCOME).clip(120, 980) * household**0.7).round(-1),
        "reason": draws.pick(rng, [r[0] for r in _REASONS], LOW_INCOME, [r[1] for r in _REASONS]),
        "start_date": start,
        "end_date": end,
        "household_size": household,
    }


def subsidies(rng: Rng, people: Residents) -> Columns:
    parts = []
    for name, yearly, amount, low, high, rural, share, first in _PROGRAMS:
        able = (people.age >= low) & (people.age <= high)
        if rural:
            able &= people.columns["hukou_type"] == "农村"
        who = np.flatnonzero(able & (rng.random(len(able)) < share))
        for day in _paydays(yearly, np.datetime64(first)):
            paid = who[(rng.random(len(who)) < 0.9) & (people.birth[who] < day)]
            parts.append(_payments(rng, people, name, amount, paid, day))
    merged = draws.stack(parts)
    return {"payment_id": draws.numbered("SP", len(merged["amount"]), 7), **merged}


def _paydays(yearly: int, first: Day) -> list[Day]:
    months = {1: (6,), 4: (3, 6, 9, 12)}[yearly]
    if first > np.datetime64("2022-01-01"):
        months = (9,) if yearly == 1 else months
    days = [np.datetime64(f"{year}-{month:02d}-15") for year in range(2022, 2026) for month in months]
    return [day for day in days if first <= day <= np.datetime64("2025-10-20")]


def _payments(rng: Rng, people: Residents, name: str, amount: float, who: Array, day: Day) -> Columns:
    size = len(who)
    return {
        "person_id": people.take("person_id", who),
        "program_name": np.repeat(draws.words([name]), size),
        "amount": draws.money(rng, amount, 0.25, size),
        "paid_on": day + rng.integers(0, 12, size).astype("timedelta64[D]"),
        "district_code": places.DISTRICT_CODES[people.district[who]],
    }


def pupils(rng: Rng, people: Residents) -> Columns:
    """Grades 1 to 9 in the school year that began in September 2025."""
    years = (np.datetime64("2025-09-01") - people.birth).astype(np.int64) / 365.2425
    who = np.flatnonzero((years >= 6) & (years < 15) & (rng.random(len(years)) < 0.97))
    grade = np.minimum(years[who].astype(np.int64) - 5, 9)
    district = people.district[who]
    number = 1 + (rng.random(len(who)) * np.maximum(places.weights("residents")[district] / 3, 2)).astype(np.int64)
    kind = np.where(grade > 6, "初级中学", "小学")
    rows = zip(district.tolist(), number.tolist(), kind.tolist(), strict=True)
    rural = places.weights("rural")[district]
    return {
        "student_id": draws.numbered("ST", len(who), 6),
        "name": people.take("name", who),
        "id_card_no": people.take("id_card_no", who),
        "birth_date": people.birth[who],
        "school_name": draws.words([f"{places.DISTRICT_NAMES[d]}示例第{n}{k}" for d, n, k in rows]),
        "grade": grade,
        "guardian_phone": identifiers.phones(rng.integers(400_000, 900_000, len(who))),
        "poverty_flag": rng.random(len(who)) < 0.02 + 0.09 * rural,
        "district_code": places.DISTRICT_CODES[district],
    }


def civil_servants(rng: Rng) -> Columns:
    """Some departments are so small that any average is one person's salary."""
    department = np.repeat(np.arange(len(_DEPARTMENTS)), [d[1] for d in _DEPARTMENTS])
    rank = draws.pick_index(rng, 3, len(department), (11, 38, 51))
    salary = np.array([11_800, 8_600, 6_400])[rank] + rng.normal(0, 620, len(rank))
    return {
        "emp_id": draws.numbered("G", len(rank), 5),
        "name": names.person_names(rng, len(rank)),
        "dept_name": draws.words([d[0] for d in _DEPARTMENTS])[department],
        "job_rank": draws.words(["处级", "科级", "科员"])[rank],
        "base_salary": salary.round(),
    }
