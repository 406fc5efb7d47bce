"""企业纳税 and 统计调查: quarterly returns and the industrial survey, each with one firm that dwarfs its industry."""

from __future__ import annotations

import numpy as np

from assistant.demo_city import draws, industries, places
from assistant.demo_city.draws import Array, Columns, Rng
from assistant.demo_city.firms import Firms

PERIODS = tuple(f"{2022 + q // 4}Q{q % 4 + 1}" for q in range(15))  # 2022Q1 .. 2025Q3
_QUARTER_STARTS = np.array([np.datetime64(f"{2022 + q // 4}-{q % 4 * 3 + 1:02d}-01") for q in range(15)])
_SEASON = np.array([0.88, 1.0, 1.02, 1.14])
TAX_PAYERS = 7_700
RESPONDENTS = 960
PAIR_INDUSTRY, PAIR_DISTRICT = "C15", 0  # only two respondents make drinks in 临江区


def tax_returns(rng: Rng, register: Firms) -> Columns:
    companies = np.flatnonzero(register.kind < 5)
    firm = companies[draws.pick_index(rng, len(companies), TAX_PAYERS * 2, 4.0 - register.size[companies])]
    firm = np.unique(np.r_[register.giant, rng.permutation(np.unique(firm))[:TAX_PAYERS]])
    income = np.array([2600.0, 520.0, 70.0, 9.0])[register.size[firm]] * np.exp(rng.normal(0, 0.9, len(firm)))
    income[firm == register.giant] = 46_000.0
    parts = [_returns(rng, register, firm, income, quarter) for quarter in range(15)]
    merged = draws.stack(parts)
    return {"return_id": draws.numbered("TR", len(merged["uscc"]), 7), **merged}


def _returns(rng: Rng, register: Firms, firm: Array, income: Array, quarter: int) -> Columns:
    start = _QUARTER_STARTS[quarter]
    living = np.isnat(register.closed[firm]) | (register.closed[firm] > start)
    here = np.flatnonzero((register.established[firm] < start) & living)
    pace = places.weights("growth")[register.district[firm[here]]] ** (quarter / 4 * 0.6)
    base = income[here] * pace * _SEASON[quarter % 4] * np.exp(rng.normal(0, 0.18, len(here)))
    profit = base * rng.normal(0.11, 0.09, len(here))
    taxable = np.concatenate([base, profit]).round(2)
    paid = np.concatenate([base * 0.034, np.maximum(profit, 0) * 0.21]).round(2)
    return {
        "uscc": np.tile(register.columns["uscc"][firm[here]], 2),
        "tax_type": np.repeat(draws.words(["增值税", "企业所得税"]), len(here)),
        "period": np.repeat(draws.words([PERIODS[quarter]]), len(here) * 2),
        "taxable_income": taxable,
        "tax_paid": paid,
        "district_code": np.tile(places.DISTRICT_CODES[register.district[firm[here]]], 2),
    }


def survey(rng: Rng, register: Firms) -> Columns:
    """Every quarter of every respondent; the last quarter is filled in but not yet released."""
    firm = _respondents(rng, register)
    industry, district = register.industry[firm], register.district[firm]
    output = np.array([42_000.0, 11_000.0, 3_200.0, 2_100.0])[register.size[firm]]
    output = output * np.exp(rng.normal(0, 0.7, len(firm)))
    rest = (district == district[firm == register.giant]) & (industry == industry[firm == register.giant])
    output[firm == register.giant] = max(output[rest & (firm != register.giant)].sum() * 16, 150_000.0)
    staff = np.maximum(output**0.94 * 0.016 * np.exp(rng.normal(0, 0.35, len(firm))), 12)
    energy = output * np.where(industry % 3 == 0, 0.16, 0.045) * np.exp(rng.normal(0, 0.5, len(firm)))
    codes = draws.words([f"R{n:05d}" for n in rng.permutation(len(firm))])
    parts = []
    for quarter, period in enumerate(PERIODS):
        pace = places.weights("growth")[district] ** (quarter / 4 * 0.5) * _SEASON[quarter % 4]
        wobble = np.exp(rng.normal(0, 0.07, (3, len(firm))))
        here = register.established[firm] < _QUARTER_STARTS[quarter]
        rows: Columns = {
            "respondent_code": codes,
            "uscc": register.columns["uscc"][firm],
            "period": np.repeat(draws.words([period]), len(firm)),
            "industry_code": industries.CODES[industry],
            "district_code": places.DISTRICT_CODES[district],
            "output_value": (output * pace * wobble[0]).round(2),
            "employees": (staff * pace**0.4 * wobble[1]).round(),
            "energy_tce": draws.blank(rng, (energy * pace * wobble[2]).round(2), 0.004),
        }
        parts.append(draws.table(rows, here))
    return draws.stack(parts)


def _respondents(rng: Rng, register: Firms) -> Array:
    """Living industrial companies, the larger first, with a pair that only the two of them could tell apart."""
    able = industries.IS_INDUSTRY[register.industry] & (register.kind < 3) & np.isnat(register.closed)
    old = register.established < np.datetime64("2024-06-01")
    firm = np.flatnonzero(able & old)
    order = np.argsort(register.size[firm] + rng.random(len(firm)) * 1.6, kind="stable")
    firm = firm[order]
    pair = (register.district[firm] == PAIR_DISTRICT) & (register.industry[firm] == industries.position(PAIR_INDUSTRY))
    keep = np.r_[np.flatnonzero(firm == register.giant), np.flatnonzero(pair)[:2]]
    keep = np.r_[keep, np.flatnonzero(~pair & (firm != register.giant))]
    return np.sort(firm[keep[:RESPONDENTS]])
