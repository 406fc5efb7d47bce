"""法人 and 社会信用: firms, sole traders and cooperatives; penalties and ratings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from assistant.demo_city import draws, identifiers, industries, names, places
from assistant.demo_city.draws import Array, Columns, Rng
from assistant.demo_city.people import Residents

BEFORE_2022 = 37_500
YEARLY = ((2022, 5_900), (2023, 6_500), (2024, 7_350), (2025, 6_650))  # new firms; 2025 has ten months
GIANT_INDUSTRY, GIANT_DISTRICT = "C36", 4  # cars in 松烟区
_MONTHS = (0.95, 0.62, 1.25, 1.18, 1.1, 1.05, 0.98, 0.96, 1.05, 0.92, 1.02, 0.98)
_COMPANY, _SOLE, _COOPERATIVE = 0, 5, 6
_TYPES = ("有限责任公司", "股份有限公司", "外商投资企业", "合伙企业", "个人独资企业", "个体工商户", "农民专业合作社")
_SUFFIX = ("有限公司", "股份有限公司", "（外商投资）有限公司", "合伙企业（有限合伙）", "厂", "店", "专业合作社")
_CREDIT_KIND = ("91", "91", "91", "91", "91", "92", "93")


@dataclass(frozen=True, slots=True, kw_only=True)
class Firms:
    """The register with positions that other tables draw from; `size` is 0 大型 .. 3 微型."""

    columns: Columns
    district: Array
    industry: Array
    kind: Array  # position in the list of types; 5 is a sole trader
    size: Array
    established: Array
    closed: Array  # NaT where the firm lives
    giant: int  # the one firm that makes almost all cars of its district


def firms(rng: Rng, people: Residents) -> Firms:
    established = _established(rng)
    district = _districts(rng, established)
    industry = _industries(rng, district)
    kind = _kinds(rng, industry)
    size = np.searchsorted([0.006, 0.035, 0.26], rng.random(len(kind)) ** np.where(kind >= _SOLE, 0.01, 1.0))
    status, closed = _closing(rng, established, kind)
    giant = _giant(district, industry, kind, established, closed)
    size[giant] = 0
    person = draws.pick_index(rng, len(people.age), len(kind), ((people.age > 21) & (people.age < 72)).astype(float))
    columns: Columns = {
        "uscc": _credit_codes(rng, district, kind),
        "ent_name": _names(rng, district, industry, kind),
        "ent_type": draws.words(_TYPES)[kind],
        "industry_code": industries.CODES[industry],
        "district_code": places.DISTRICT_CODES[district],
        "street_code": _street_codes(rng, district),
        "reg_capital": _capital(rng, kind, size),
        "established_on": established,
        "status": status,
        "closed_on": closed,
        "legal_rep": people.take("name", person),
        "legal_rep_id_no": people.take("id_card_no", person),
        "size_class": draws.words(["大型", "中型", "小型", "微型"])[size],
    }
    return Firms(columns=columns, district=district, industry=industry, kind=kind, size=size, established=established,
                 closed=closed, giant=giant)  # fmt: skip


def _giant(district: Array, industry: Array, kind: Array, established: Array, closed: Array) -> int:
    here = (district == GIANT_DISTRICT) & (industry == industries.position(GIANT_INDUSTRY)) & (kind == _COMPANY)
    return int(np.flatnonzero(here & np.isnat(closed) & (established < np.datetime64("2015-01-01")))[0])


def _established(rng: Rng) -> Array:
    past = draws.calendar(date(1996, 1, 1), date(2021, 12, 31))
    parts = [draws.draw_days(rng, BEFORE_2022, past, draws.day_weights(past, months=_MONTHS, growth=1.11))]
    for year, count in YEARLY:
        last = min(date(year, 12, 31), draws.AS_OF)
        days = draws.calendar(date(year, 1, 1), last)
        weights = draws.day_weights(days, months=_MONTHS, week=draws.OFFICE_WEEK)
        parts.append(draws.draw_days(rng, count, days, weights))
    return np.concatenate(parts)


def _districts(rng: Rng, established: Array) -> Array:
    """Since 2022 every district grows (or shrinks) at its own pace."""
    years = np.maximum(established.astype("datetime64[Y]").astype(np.int64) + 1970 - 2021, 0)
    found = np.empty(len(years), dtype=np.int64)
    for year in np.unique(years):
        here = np.flatnonzero(years == year)
        weights = places.weights("firms") * places.weights("growth") ** year
        found[here] = draws.pick_index(rng, places.DISTRICT_COUNT, len(here), weights)
    return found


def _industries(rng: Rng, district: Array) -> Array:
    found = np.empty(len(district), dtype=np.int64)
    for position in range(places.DISTRICT_COUNT):
        here = np.flatnonzero(district == position)
        found[here] = draws.pick_index(rng, len(industries.CODES), len(here), industries.mix(position))
    return found


def _kinds(rng: Rng, industry: Array) -> Array:
    companies = draws.pick_index(rng, 5, len(industry), (89, 2.5, 2, 3.5, 3))
    farming = industries.IS_FARMING[industry] & (rng.random(len(industry)) < 0.35)
    sole = rng.random(len(industry)) < industries.SOLE_SHARE[industry]
    return np.select([farming, sole], [_COOPERATIVE, _SOLE], default=companies)


def _closing(rng: Rng, established: Array, kind: Array) -> tuple[Array, Array]:
    years = (np.datetime64(draws.AS_OF) - established).astype(np.int64) / 365.25
    gone = rng.random(len(kind)) < 1 - np.exp(-np.maximum(years - 0.4, 0) * np.where(kind == _SOLE, 0.042, 0.026))
    revoked = gone & (rng.random(len(kind)) < 0.13)
    closed = draws.days_since(rng, established + np.timedelta64(120, "D"))
    wrong = gone & (rng.random(len(kind)) < 0.004)  # known defect: closed before it was established
    closed = np.where(wrong, established - np.timedelta64(31, "D"), closed)
    closed[~gone] = np.datetime64("NaT")
    return draws.words(["存续", "注销", "吊销"])[gone.astype(int) + revoked], closed


def _credit_codes(rng: Rng, district: Array, kind: Array) -> Array:
    numbers = rng.permutation(len(kind)) + 100_000
    codes = places.DISTRICT_CODES.tolist()
    rows = zip(kind.tolist(), district.tolist(), numbers.tolist(), strict=True)
    return draws.words([identifiers.credit_code(_CREDIT_KIND[k], codes[d], n) for k, d, n in rows])


def _names(rng: Rng, district: Array, industry: Array, kind: Array) -> Array:
    brand = names.brands(rng, industry)
    short = [name.rstrip("区县").removesuffix("高新") for name in places.DISTRICT_NAMES.tolist()]
    rows = zip(brand.tolist(), district.tolist(), industry.tolist(), kind.tolist(), strict=True)
    trades = industries.TRADE_WORDS.tolist()
    return draws.words([f"云澜示例{short[d] if k >= _SOLE else ''}{b}{trades[i]}{_SUFFIX[k]}" for b, d, i, k in rows])


def _capital(rng: Rng, kind: Array, size: Array) -> Array:
    median = np.array([9000.0, 1800.0, 400.0, 100.0])[size]
    median = np.select([kind == _SOLE, kind == _COOPERATIVE], [6.0, 120.0], default=median)
    return draws.blank(rng, draws.money(rng, median, 0.8, len(kind), 1), 0.006)


def credit_penalties(rng: Rng, register: Firms) -> Columns:
    size = 9_200
    days = draws.calendar()
    when = draws.draw_days(rng, size, days, draws.day_weights(days, week=draws.OFFICE_WEEK, growth=0.96))
    firm = draws.pick_index(rng, len(register.kind), size, 1 + (register.size < 3) * 2)
    kind = draws.pick_index(rng, 5, size, (30, 52, 10, 5, 3))
    fine = draws.money(rng, 1.2, 1.3, size)
    fine[kind == 0] = np.nan
    authority = (
        "市市场监督管理局",
        "市生态环境局",
        "市城市管理局",
        "市交通运输局",
        "市应急管理局",
        "市卫生健康委员会",
        "市税务局",
    )
    return {
        "case_no": _case_numbers(when),
        "uscc": register.columns["uscc"][firm],
        "penalty_type": draws.words(["警告", "罚款", "没收违法所得", "责令停产停业", "吊销许可证件"])[kind],
        "penalty_date": when,
        "fine_amount": fine,
        "authority": draws.pick(rng, authority, size, (40, 14, 16, 12, 8, 6, 4)),
        "district_code": places.DISTRICT_CODES[register.district[firm]],
    }


def _case_numbers(when: Array) -> Array:
    years = (when.astype("datetime64[Y]").astype(np.int64) + 1970).tolist()
    return draws.words([f"云示罚〔{year}〕{number:05d}号" for number, year in enumerate(years)])


def credit_ratings(rng: Rng, register: Firms) -> Columns:
    """Companies that lived at the end of the year before, 2022 to 2025."""
    parts = []
    for year in range(2022, 2026):
        cut = np.datetime64(f"{year}-01-01")
        living = np.isnat(register.closed) | (register.closed >= cut)
        firm = np.flatnonzero((register.kind < _SOLE) & (register.established < cut) & living)
        score = np.clip(rng.normal(742 + (year - 2022) * 4, 78, len(firm)), 300, 990).round(1)
        parts.append(
            {
                "uscc": register.columns["uscc"][firm],
                "rating_year": np.full(len(firm), year),
                "rating": draws.words(["D", "C", "B", "A"])[np.searchsorted([540, 660, 800], score)],
                "score": score,
            }
        )
    return draws.stack(parts)


def _street_codes(rng: Rng, district: Array) -> Array:
    """Known defect: a few firms stand under a street of another district."""
    street = places.streets_of(rng, district)
    elsewhere = rng.integers(0, len(places.STREETS), len(street))
    return places.STREET_CODES[np.where(rng.random(len(street)) < 0.004, elsewhere, street)]
