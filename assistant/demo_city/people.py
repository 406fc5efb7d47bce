"""人口: the residents, what happened to them, and the groups that need care."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assistant.demo_city import draws, identifiers, names, places
from assistant.demo_city.draws import Array, Columns, Rng

RESIDENTS = 326_000
SEVEN = 7  # people of the rarest groups: small enough that every guard must bite

_AGE_BANDS = ((0, 6, 6.2), (6, 15, 10.6), (15, 18, 3.3), (18, 30, 15.5), (30, 45, 23.5), (45, 60, 21.4), (60, 75, 14.3),
              (75, 90, 4.9), (90, 101, 0.3))  # fmt: skip
_ETHNICITIES = ("汉族", "壮族", "回族", "苗族", "土家族", "满族", "蒙古族", "侗族", "瑶族")
_ETHNICITY_WEIGHTS = (932, 9, 8, 17, 19, 5, 2, 5, 3)
_EDUCATION = ("学龄前", "小学", "初中", "高中", "大专", "本科", "研究生")
_GROUPS = (
    "残疾人",
    "退役军人",
    "孤寡老人",
    "留守儿童",
    "优抚对象",
    "特困人员",
    "困境儿童",
    "精神障碍患者",
    "社区矫正对象",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Residents:
    """The register with the positions and ages that other tables draw from; all arrays are of one length."""

    columns: Columns
    district: Array  # position in places.DISTRICTS
    street: Array  # position in places.STREETS; the true one, whatever the register says
    age: Array  # full years on the as-of date
    birth: Array

    def take(self, column: str, positions: Array) -> Array:
        found: Array = self.columns[column][positions]
        return found


def residents(rng: Rng) -> Residents:
    size = RESIDENTS
    district = draws.pick_index(rng, places.DISTRICT_COUNT, size, places.weights("residents"))
    street = places.streets_of(rng, district)
    birth = _births(rng, district)
    age = (np.datetime64(draws.AS_OF) - birth).astype(np.int64) // 365.2425
    age = age.astype(np.int64)
    male = rng.random(size) < np.where(age > 70, 0.46, 0.508)
    rural = rng.random(size) < places.weights("rural")[district]
    status = _residence(rng, district, age)
    columns: Columns = {
        "person_id": draws.numbered("P", size, 7, first=1),
        "name": names.person_names(rng, size),
        "id_card_no": _citizen_numbers(rng, district, birth, male),
        "gender": draws.words(["女", "男"])[male.astype(int)],
        "birth_date": birth,
        "ethnicity": _ethnicity(rng, district),
        "education": draws.blank(rng, _education(rng, age, district), 0.011),
        "marital_status": draws.blank(rng, _marital(rng, age), 0.008),
        "phone": _phones(rng, age),
        "home_address": _addresses(rng, street),
        "district_code": places.DISTRICT_CODES[district],
        "street_code": places.STREET_CODES[street],
        "hukou_type": draws.words(["城镇", "农村"])[rural.astype(int)],
        "residence_status": status,
        "registered_on": _registered(rng, birth, status),
    }
    return Residents(columns=columns, district=district, street=street, age=age, birth=birth)


def _births(rng: Rng, district: Array) -> Array:
    low, high, weight = (np.array(part, dtype=float) for part in zip(*_AGE_BANDS, strict=True))
    shift = places.weights("age_shift")[district]
    band = draws.pick_index(rng, len(low), len(district), weight)
    years = low[band] + rng.random(len(district)) * (high[band] - low[band])
    moved = years + shift * rng.random(len(district)) * 2
    moved = np.where(moved < 18, 18 + rng.random(len(district)) * 12, moved.clip(None, 104))
    years = np.where(years > 18, moved, years)
    born: Array = np.datetime64(draws.AS_OF) - (years * 365.2425).astype(np.int64).astype("timedelta64[D]")
    return born


def _citizen_numbers(rng: Rng, district: Array, birth: Array, male: Array) -> Array:
    regions = np.array([int(code) for code in places.DISTRICT_CODES.tolist()])[district]
    wrong = rng.random(len(district)) < 0.003  # known defect: check digits that do not fit
    numbers = identifiers.citizen_numbers(regions, birth, male, wrong)
    twice = rng.choice(len(district), 80, replace=False)  # known defect: forty numbers are there twice
    numbers[twice[40:]] = numbers[twice[:40]]
    return numbers


def _ethnicity(rng: Rng, district: Array) -> Array:
    found = draws.pick(rng, _ETHNICITIES, len(district), _ETHNICITY_WEIGHTS)
    here, there = np.flatnonzero(district == 2), np.flatnonzero(district == 8)
    found[here[:SEVEN]] = "鄂伦春族"
    found[there[:2]] = "鄂伦春族"
    found[here[SEVEN : SEVEN + 3]] = "赫哲族"
    return found


def _education(rng: Rng, age: Array, district: Array) -> Array:
    rank = rng.normal(0, 1, len(age)) - np.maximum(age - 30, 0) / 28
    rank += places.weights("growth")[district] * 3 - 3.1
    level = np.clip(np.searchsorted([-2.1, -1.0, -0.1, 0.6, 1.7], rank) + 1, 1, 6)
    oldest = np.select([age < 6, age < 12, age < 15, age < 18, age < 21, age < 24], [0, 1, 2, 3, 4, 5], default=6)
    return draws.words(_EDUCATION)[np.where(age < 18, oldest, np.minimum(level, oldest))]


def _marital(rng: Rng, age: Array) -> Array:
    draw = rng.random(len(age))
    married = np.interp(age, [19, 24, 28, 35, 60, 75, 90], [0, 0.18, 0.55, 0.86, 0.85, 0.68, 0.35])
    divorced = np.interp(age, [22, 35, 50, 70], [0, 0.05, 0.07, 0.02])
    widowed = np.interp(age, [45, 60, 75, 90], [0.0, 0.04, 0.24, 0.6])
    choice = np.select([draw < married, draw < married + divorced, draw < married + divorced + widowed], [1, 2, 3])
    return draws.words(["未婚", "已婚", "离异", "丧偶"])[np.where(age < 20, 0, choice)]


def _phones(rng: Rng, age: Array) -> Array:
    numbers = identifiers.phones(rng.permutation(len(age)))
    numbers[age < 10] = None
    return draws.blank(rng, numbers, 0.03)


def _addresses(rng: Rng, street: Array) -> Array:
    size = len(street)
    road, house, floor, flat = (rng.integers(1, top, size).tolist() for top in (10, 180, 19, 5))
    prefix = [f"{places.CITY}{places.DISTRICT_NAMES[s[3]]}{s[1]}示例" for s in places.STREETS]
    rows = zip(street.tolist(), road, house, floor, flat, strict=True)
    return draws.words([f"{prefix[s]}{'一二三四五六七八九'[r - 1]}路{h}号{f}{n:02d}室" for s, r, h, f, n in rows])


def _residence(rng: Rng, district: Array, age: Array) -> Array:
    moved_in = np.where((age > 18) & (age < 50), 0.34, 0.12) * (places.weights("growth")[district] - 0.6) * 2
    moved_out = np.where((age > 18) & (age < 50), 0.3, 0.06) * places.weights("rural")[district]
    draw = rng.random(len(district))
    choice = np.select([draw < moved_in, draw < moved_in + moved_out], [1, 2])
    found: Array = draws.words(["户籍常住", "流入常住", "户籍外出"])[choice]
    return found


def _registered(rng: Rng, birth: Array, status: Array) -> Array:
    soon = birth + rng.integers(3, 90, len(birth)).astype("timedelta64[D]")
    years = np.where(status == "流入常住", 9 * rng.random(len(birth)) ** 1.6, 0)
    recent = np.datetime64(draws.AS_OF) - (years * 365).astype(np.int64).astype("timedelta64[D]")
    earliest = np.maximum(soon, np.datetime64("1985-10-01"))
    found: Array = np.where(status == "流入常住", np.maximum(recent, soon), earliest)
    capped: Array = np.minimum(found, np.datetime64(draws.AS_OF))
    return capped


def vital_events(rng: Rng, people: Residents) -> Columns:
    """Births and moves of those in the register; deaths and moves away of people who left it."""
    start = np.datetime64(draws.START)
    born = np.flatnonzero(people.birth >= start)
    came = np.flatnonzero(
        (people.columns["residence_status"] == "流入常住") & (people.columns["registered_on"] >= start)
    )
    born, came = born[rng.random(len(born)) < 0.93], came[rng.random(len(came)) < 0.6]
    days = draws.calendar()
    winter = draws.day_weights(days, months=(1.4, 1.3, 1.1, 1, 0.9, 0.85, 0.9, 0.9, 0.9, 0.95, 1.05, 1.25), growth=1.03)
    older = places.weights("residents") * (10 + places.weights("age_shift"))
    leaving = places.weights("residents") * (0.4 + places.weights("rural"))
    dead, gone = 8_600, 9_400
    left = np.concatenate(
        [draws.pick_index(rng, places.DISTRICT_COUNT, dead, older),
         draws.pick_index(rng, places.DISTRICT_COUNT, gone, leaving)]
    )  # fmt: skip
    kinds = np.repeat(draws.words(["出生", "迁入", "死亡", "迁出"]), [len(born), len(came), dead, gone])
    when = [people.birth[born], people.columns["registered_on"][came], draws.draw_days(rng, dead, days, winter),
            draws.draw_days(rng, gone, days, draws.day_weights(days, week=draws.OFFICE_WEEK, growth=0.97))]  # fmt: skip
    persons = np.concatenate(
        [people.take("person_id", np.r_[born, came]), draws.numbered("P", dead + gone, 7, first=8_000_000)]
    )
    district = np.concatenate([people.district[born], people.district[came], left])
    return {
        "event_id": draws.numbered("VE", len(kinds), 7),
        "person_id": persons,
        "event_type": kinds,
        "event_date": np.concatenate(when),
        "district_code": places.DISTRICT_CODES[district],
    }


def special_groups(rng: Rng, people: Residents) -> Columns:
    age, rural = people.age, places.weights("rural")[people.district]
    chance = {
        "残疾人": np.where(age > 0, 0.012 + age * 0.0004, 0), "退役军人": np.where((age > 22) & (age < 80), 0.017, 0),
        "孤寡老人": np.where(age > 70, 0.05, 0), "留守儿童": np.where(age < 16, 0.09 * rural, 0),
        "优抚对象": np.where(age > 50, 0.006, 0), "特困人员": np.where(age > 60, 0.018 * (0.3 + rural), 0),
        "困境儿童": np.where(age < 18, 0.006, 0), "精神障碍患者": np.where(age > 14, 0.002, 0),
        "社区矫正对象": np.where(age > 18, 0.0003, 0),
    }  # fmt: skip
    members = [np.flatnonzero(rng.random(len(age)) < chance[group]) for group in _GROUPS]
    who = np.concatenate(members)
    since = np.maximum(people.birth[who], np.datetime64("2015-01-01"))
    return {
        "record_id": draws.numbered("SG", len(who), 6),
        "person_id": people.take("person_id", who),
        "group_name": np.repeat(draws.words(_GROUPS), [len(m) for m in members]),
        "district_code": places.DISTRICT_CODES[people.district[who]],
        "registered_on": draws.days_since(rng, since),
    }
