"""医保: hospitals and visits, with seasons, chronic illness by age, and one diagnosis that almost nobody has."""

from __future__ import annotations

import numpy as np

from assistant.demo_city import draws, places
from assistant.demo_city.draws import Array, Columns, Rng
from assistant.demo_city.people import Residents

VISITS = 252_000
_WINTER = (1.5, 1.35, 1.1, 0.95, 0.85, 0.8, 0.8, 0.8, 0.85, 0.95, 1.15, 1.45)
_SUMMER = (0.8, 0.75, 0.85, 0.95, 1.1, 1.25, 1.4, 1.35, 1.15, 0.95, 0.8, 0.75)
_FLAT = draws.FLAT
# ICD-10, name, weight, from age, to age, months, usual cost of a visit in 元
_DIAGNOSES = (
    ("J06", "急性上呼吸道感染", 24.0, 0, 110, _WINTER, 180.0), ("J11", "流行性感冒", 7.5, 0, 110, _WINTER, 240.0),
    ("J18", "肺炎", 3.2, 0, 110, _WINTER, 3900.0), ("J44", "慢性阻塞性肺疾病", 2.4, 45, 110, _WINTER, 2600.0),
    ("I10", "原发性高血压", 13.5, 32, 110, _FLAT, 260.0), ("I25", "慢性缺血性心脏病", 4.2, 45, 110, _WINTER, 4800.0),
    ("I63", "脑梗死", 2.6, 50, 110, _FLAT, 9800.0), ("E11", "2型糖尿病", 9.2, 35, 110, _FLAT, 340.0),
    ("E78", "脂蛋白代谢紊乱", 3.1, 30, 110, _FLAT, 280.0), ("K29", "胃炎", 4.7, 15, 110, _FLAT, 320.0),
    ("K80", "胆石症", 1.3, 25, 110, _FLAT, 8600.0), ("A09", "感染性胃肠炎", 3.4, 0, 110, _SUMMER, 260.0),
    ("M54", "背痛", 4.1, 22, 110, _FLAT, 290.0), ("M17", "膝关节病", 2.3, 45, 110, _FLAT, 640.0),
    ("N20", "肾和输尿管结石", 1.4, 20, 110, _SUMMER, 3200.0), ("L20", "特应性皮炎", 1.9, 0, 60, _SUMMER, 230.0),
    ("H52", "屈光和调节障碍", 1.8, 5, 40, _SUMMER, 420.0), ("S52", "前臂骨折", 0.9, 3, 110, _FLAT, 6900.0),
    ("O80", "单胎顺产", 0.8, 20, 44, _FLAT, 6200.0), ("F32", "抑郁发作", 0.9, 14, 110, _FLAT, 680.0),
    ("C34", "支气管和肺恶性肿瘤", 0.45, 40, 110, _FLAT, 16500.0), ("C50", "乳房恶性肿瘤", 0.3, 30, 110, _FLAT, 14200.0),
    ("N18", "慢性肾脏病", 0.9, 30, 110, _FLAT, 2900.0), ("B18", "慢性病毒性肝炎", 0.6, 18, 110, _FLAT, 900.0),
)  # fmt: skip
_RARE = ("B24", "人类免疫缺陷病毒病", 46, 310, 720.0)  # code, name, persons, visits, cost
_KINDS = ("门诊", "急诊", "住院", "慢特病门诊")
_GRADES = (("三级", 6), ("二级", 14), ("一级", 22))


def hospitals(rng: Rng) -> Columns:
    grade = np.repeat([0, 1, 2], [count for _, count in _GRADES])
    district = np.r_[0, 0, 1, 2, 3, 7, draws.pick_index(rng, places.DISTRICT_COUNT, len(grade) - 6, None)]
    beds = draws.money(rng, np.array([1300.0, 420.0, 70.0])[grade], 0.25, len(grade), 0)
    title = ("示例中心医院", "示例人民医院", "示例社区卫生服务中心")
    rows = zip(district.tolist(), grade.tolist(), range(1, len(grade) + 1), strict=True)
    return {
        "hospital_code": draws.numbered("H", len(grade), 2, first=1),
        "hospital_name": draws.words([f"{places.DISTRICT_NAMES[d]}{title[g]}{n}院区" for d, g, n in rows]),
        "hospital_grade": draws.words([name for name, _ in _GRADES])[grade],
        "district_code": places.DISTRICT_CODES[district],
        "beds": beds,
    }


def visits(rng: Rng, people: Residents, clinics: Columns) -> Columns:
    days = draws.calendar()
    age = people.age
    parts = []
    total = sum(d[2] for d in _DIAGNOSES)
    for code, name, weight, low, high, months, cost in _DIAGNOSES:
        size = int(VISITS * weight / total)
        able = ((age >= low) & (age <= high)) * (0.5 + np.maximum(age, 0) / 45)
        who = draws.pick_index(rng, len(age), size, able)
        calendar = draws.day_weights(days, months=months, week=(1.2, 1.1, 1.05, 1, 1, 0.8, 0.7), growth=1.06)
        parts.append(_rows(rng, people, clinics, who, draws.draw_days(rng, size, days, calendar), code, name, cost))
    code, name, persons, size, cost = _RARE
    few = rng.choice(np.flatnonzero(age > 19), persons, replace=False)
    who = few[draws.pick_index(rng, persons, size)]
    parts.append(
        _rows(rng, people, clinics, who, draws.draw_days(rng, size, days, days.astype(float) * 0 + 1), code, name, cost)
    )
    merged = draws.stack(parts)
    merged = draws.table(merged, np.argsort(merged["visit_date"], kind="stable"))
    return {"visit_id": draws.numbered("V", len(merged["icd10"]), 7), **merged}


def _rows(
    rng: Rng, people: Residents, clinics: Columns, who: Array, when: Array, code: str, name: str, cost: float
) -> Columns:
    size = len(who)
    dear = cost > 2000
    kind = draws.pick_index(rng, 4, size, (20, 4, 70, 6) if dear else (80, 9, 3, 8))
    own = places.DISTRICT_CODES[people.district[who]]
    alike = rng.random(size) < 0.55  # as often as not a clinic of the own district, where there is one
    clinic = draws.pick_index(rng, len(clinics["beds"]), size, clinics["beds"] ** 0.7)
    for district in np.unique(own):
        near = np.flatnonzero(clinics["district_code"] == district)
        if len(near):
            here = np.flatnonzero((own == district) & alike)
            clinic[here] = near[rng.integers(0, len(near), len(here))]
    total = draws.money(rng, cost * np.array([1, 1.6, 9 if not dear else 1.5, 1.2])[kind], 0.55, size)
    share = np.clip(np.array([0.52, 0.58, 0.74, 0.7])[kind] + rng.normal(0, 0.05, size), 0.2, 0.95)
    return {
        "person_id": people.take("person_id", who),
        "hospital_code": clinics["hospital_code"][clinic],
        "visit_date": when,
        "visit_type": draws.words(_KINDS)[kind],
        "icd10": np.repeat(draws.words([code]), size),
        "diagnosis_name": np.repeat(draws.words([name]), size),
        "total_cost": total,
        "fund_paid": draws.blank(rng, (total * share).round(2), 0.005),
        "district_code": own,
    }
