"""环境监测: 24 air stations a day and the river sections a month."""

from __future__ import annotations

import numpy as np

from assistant.demo_city import draws, places
from assistant.demo_city.draws import Array, Columns, Rng

STATIONS = 24
_RIVERS = ("澜江", "云溪", "雾河", "砚水")
_GRADES = ("Ⅰ类", "Ⅱ类", "Ⅲ类", "Ⅳ类", "Ⅴ类", "劣Ⅴ类")
# HJ 633-2012: individual index 0, 50, 100, 150, 200, 300, 400, 500 at these concentrations in μg/m3
_INDEX = (0, 50, 100, 150, 200, 300, 400, 500)
_BREAKS = {
    "pm25": (0, 35, 75, 115, 150, 250, 350, 500),
    "pm10": (0, 50, 150, 250, 350, 420, 500, 600),
    "o3": (0, 100, 160, 215, 265, 800, 1000, 1200),
}


def air(rng: Rng) -> Columns:
    days = draws.calendar()
    station = np.arange(STATIONS)
    district = np.r_[np.arange(places.DISTRICT_COUNT), np.arange(places.DISTRICT_COUNT)]
    dirt = 1.12 - places.weights("rural")[district] * 0.5 + (district == 4) * 0.25
    month = days.astype("datetime64[M]").astype(np.int64) % 12
    years = (days - days[0]).astype(np.int64) / 365.25
    winter = np.array([1.6, 1.4, 1.15, 0.95, 0.8, 0.65, 0.58, 0.6, 0.75, 0.95, 1.2, 1.5])[month]
    spell = _weather(rng, len(days))
    fine = 33 * np.outer(winter * spell * 0.955**years, dirt) * np.exp(rng.normal(0, 0.16, (len(days), STATIONS)))
    coarse = fine * 1.45 + rng.gamma(2.0, 6.0, fine.shape)
    ozone = 62 + 60 * np.outer(1.55 - winter, np.ones(STATIONS)) + rng.normal(0, 17, fine.shape)
    values = {"pm25": fine.clip(3, 480), "pm10": coarse.clip(6, 590), "o3": ozone.clip(8, 290)}
    rounded = {name: array.round().ravel() for name, array in values.items()}
    index = np.max([np.interp(rounded[name], _BREAKS[name], _INDEX) for name in _BREAKS], axis=0)
    index = np.ceil(index)
    level = np.searchsorted([50, 100, 150, 200, 300], index)
    missing = rng.random(len(index)) < 0.006  # a station out of order reports nothing that day
    measured = {name: np.where(missing, np.nan, array) for name, array in rounded.items()}
    words = draws.words(["优", "良", "轻度污染", "中度污染", "重度污染", "严重污染"])[level]
    words[missing] = None
    return {
        "station_code": np.tile(draws.words([f"AQ{n + 1:02d}" for n in station]), len(days)),
        "district_code": np.tile(places.DISTRICT_CODES[district], len(days)),
        "day": np.repeat(days, STATIONS),
        **measured,
        "aqi": np.where(missing, np.nan, index),
        "air_level": words,
    }


def _weather(rng: Rng, size: int) -> Array:
    """Clean and dirty spells of some days."""
    noise = rng.normal(0, 0.22, size + 4)
    smooth: Array = np.convolve(noise, np.ones(5) / 5 * 2.1, mode="valid")
    return np.exp(smooth)


def water(rng: Rng) -> Columns:
    months = np.arange(np.datetime64("2022-01"), np.datetime64("2025-11")).astype("datetime64[D]")
    sections = 30
    district = np.arange(sections) % places.DISTRICT_COUNT
    base = np.array([0.35, 0.25, 0.3, 0.55])[np.arange(sections) % 4] * (1.4 - places.weights("rural")[district] * 0.6)
    years = np.arange(len(months)) / 12
    ammonia = np.outer(0.93**years, base) * np.exp(rng.normal(0, 0.45, (len(months), sections)))
    grade = np.searchsorted([0.15, 0.5, 1.0, 1.5, 2.0], ammonia.ravel())  # GB 3838-2002, ammonia nitrogen
    return {
        "section_code": np.tile(draws.words([f"WS{n + 1:02d}" for n in range(sections)]), len(months)),
        "river": np.tile(draws.words([_RIVERS[n % 4] for n in range(sections)]), len(months)),
        "district_code": np.tile(places.DISTRICT_CODES[district], len(months)),
        "month": np.repeat(months, sections),
        "water_grade": draws.words(_GRADES)[grade],
        "ammonia_mg_l": draws.blank(rng, ammonia.ravel().round(3), 0.01),
    }
