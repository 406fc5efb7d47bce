"""不动产 and 自然资源与空间地理: sales, land supply and critical facilities (placed in the open ocean)."""

from __future__ import annotations

import numpy as np

from assistant.demo_city import draws, places
from assistant.demo_city.draws import Columns, Rng
from assistant.demo_city.people import Residents

SALES, PARCELS = 41_000, 3_200
_FACILITIES = (
    ("变电站", 84, 180.0),
    ("供水厂", 22, 6.0),
    ("燃气门站", 18, 4.0),
    ("通信枢纽", 26, 9.0),
    ("储油库", 9, 3.0),
)
_MONTHS = (0.85, 0.6, 1.3, 1.15, 1.05, 1.1, 0.9, 0.9, 1.1, 0.95, 1.05, 1.25)


def sales(rng: Rng, people: Residents) -> Columns:
    days = draws.calendar()
    when = draws.draw_days(
        rng, SALES, days, draws.day_weights(days, months=_MONTHS, week=draws.OFFICE_WEEK, growth=0.93)
    )
    district = draws.pick_index(
        rng, places.DISTRICT_COUNT, SALES, places.weights("residents") * places.weights("growth")
    )
    street = places.streets_of(rng, district)
    buyer = draws.pick_index(rng, len(people.age), SALES, ((people.age > 21) & (people.age < 70)).astype(float))
    use = draws.pick_index(rng, 4, SALES, (82, 6, 2, 10))
    area = draws.money(rng, np.array([104.0, 62.0, 130.0, 13.0])[use], 0.28, SALES, 1)
    years = (when - days[0]).astype(np.int64) / 365.25
    metre = places.weights("price")[district] * 0.965**years * np.array([1, 1.5, 1.1, 0.9])[use]
    rows = zip(street.tolist(), rng.integers(1, 200, SALES).tolist(), rng.integers(1, 30, SALES).tolist(), strict=True)
    prefix = [f"{places.CITY}{places.DISTRICT_NAMES[s[3]]}{s[1]}示例路" for s in places.STREETS]
    parcels = zip(places.STREET_CODES[street].tolist(), range(SALES), strict=True)
    return {
        "contract_no": draws.numbered("HT", SALES, 7),
        "unit_no": draws.words([f"{code}001GB{number:05d}F{number % 9999:08d}" for code, number in parcels]),
        "buyer_person_id": people.take("person_id", buyer),
        "address": draws.words([f"{prefix[s]}{h}号{n}栋" for s, h, n in rows]),
        "area_m2": area,
        "deal_price": (metre * area / 10_000 * np.exp(rng.normal(0, 0.16, SALES))).round(2),
        "deal_date": when,
        "house_use": draws.words(["住宅", "商业", "办公", "车位"])[use],
        "is_new": rng.random(SALES) < np.clip(0.58 - years * 0.05, 0.2, 0.8),
        "district_code": places.DISTRICT_CODES[district],
        "street_code": places.STREET_CODES[street],
    }


def parcels(rng: Rng) -> Columns:
    days = draws.calendar()
    when = draws.draw_days(rng, PARCELS, days, draws.day_weights(days, week=draws.OFFICE_WEEK, growth=0.9))
    district = draws.pick_index(rng, places.DISTRICT_COUNT, PARCELS, places.weights("area_km2") ** 0.4)
    use = draws.pick_index(rng, 5, PARCELS, (28, 14, 34, 15, 9))
    area = draws.money(rng, np.array([38_000.0, 16_000.0, 46_000.0, 22_000.0, 30_000.0])[use], 0.6, PARCELS, 0)
    metre = places.weights("price")[district] * np.array([0.36, 0.3, 0.032, 0.02, 0.02])[use]
    price = (area * metre / 10_000 * np.exp(rng.normal(0, 0.2, PARCELS))).round(1)
    price[(use > 2) & (rng.random(PARCELS) < 0.7)] = np.nan  # allocated without a price
    return {
        "parcel_id": draws.numbered("ZD", PARCELS, 6),
        "district_code": places.DISTRICT_CODES[district],
        "street_code": places.STREET_CODES[places.streets_of(rng, district)],
        "land_use": draws.words(["住宅用地", "商服用地", "工业用地", "公共服务用地", "交通运输用地"])[use],
        "area_m2": area,
        "granted_on": when,
        "grant_price": price,
    }


def facilities(rng: Rng) -> Columns:
    kind = np.repeat(np.arange(len(_FACILITIES)), [f[1] for f in _FACILITIES])
    size = len(kind)
    district = draws.pick_index(rng, places.DISTRICT_COUNT, size, places.weights("residents") ** 0.6)
    name = draws.words([f[0] for f in _FACILITIES])[kind]
    rows = zip(district.tolist(), name.tolist(), range(1, size + 1), strict=True)
    return {
        "facility_id": draws.numbered("F", size, 4),
        "facility_name": draws.words([f"{places.DISTRICT_NAMES[d]}示例{n}{i}号" for d, n, i in rows]),
        "facility_type": name,
        "lon": (170.0 + district * 0.08 + rng.normal(0, 0.02, size)).round(5),
        "lat": (30.0 + district % 4 * 0.07 + rng.normal(0, 0.02, size)).round(5),
        "capacity_mw": draws.money(rng, np.array([f[2] for f in _FACILITIES])[kind], 0.6, size, 1),
        "district_code": places.DISTRICT_CODES[district],
    }
