"""Random draws over numpy arrays: words, days with seasons, skewed amounts. Everything is a function of the seed."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import date
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
Columns: TypeAlias = dict[str, Array]  # one table: column -> values; NaN, NaT and None are NULL
Rng: TypeAlias = np.random.Generator

START = date(2022, 1, 1)
AS_OF = date(2025, 10, 31)
FLAT = (1.0,) * 12
OFFICE_WEEK = (1.15, 1.1, 1.08, 1.05, 1.0, 0.35, 0.27)  # Monday first


def generator(seed: int, table: str) -> Rng:
    """A generator of its own for every table, so that one table's change leaves the others as they were."""
    return np.random.default_rng([seed, zlib.crc32(table.encode())])


def words(values: Sequence[str | None]) -> Array:
    return np.array(values, dtype=object)


def pick(rng: Rng, values: Sequence[str | None], size: int, weights: Sequence[float] | None = None) -> Array:
    return words(values)[pick_index(rng, len(values), size, weights)]


def pick_index(rng: Rng, count: int, size: int, weights: Sequence[float] | Array | None = None) -> Array:
    if weights is None:
        return rng.integers(0, count, size)
    total = np.cumsum(np.asarray(weights, dtype=float))
    found: Array = np.minimum(np.searchsorted(total, rng.random(size) * total[-1], side="right"), count - 1)
    return found


def calendar(first: date = START, last: date = AS_OF) -> Array:
    """All days of [first, last] as datetime64[D]."""
    return np.arange(np.datetime64(first), np.datetime64(last) + 1)


def day_weights(
    days: Array, *, months: Sequence[float] = FLAT, week: Sequence[float] = (1.0,) * 7, growth: float = 1.0
) -> Array:
    """How likely each day is: month of the year x day of the week x yearly growth from the first day."""
    month = days.astype("datetime64[M]").astype(np.int64) % 12
    weekday = (days.astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday
    years = (days - days[0]).astype(np.int64) / 365.25
    found: Array = np.array(months)[month] * np.array(week)[weekday] * growth**years
    return found


def draw_days(rng: Rng, size: int, days: Array, weights: Array) -> Array:
    found: Array = days[pick_index(rng, len(days), size, weights)]
    return found


def days_since(rng: Rng, start: Array, last: date = AS_OF) -> Array:
    """A uniform day of [start, last] for each start day."""
    room = np.maximum((np.datetime64(last) - start).astype(np.int64), 0)
    found: Array = start + (rng.random(len(start)) * (room + 1)).astype(np.int64).astype("timedelta64[D]")
    return found


def money(rng: Rng, median: Array | float, spread: float, size: int, digits: int = 2) -> Array:
    """Log-normal amounts around `median`."""
    found: Array = np.round(median * np.exp(rng.normal(0, spread, size)), digits)
    return found


def blank(rng: Rng, values: Array, share: float) -> Array:
    """A copy with `share` of the values missing (None, NaN or NaT)."""
    out = values.copy()
    hit = rng.random(len(values)) < share
    if out.dtype.kind == "M":
        out[hit] = np.datetime64("NaT")
    elif out.dtype.kind == "f":
        out[hit] = np.nan
    else:
        out[hit] = None
    return out


def numbered(prefix: str, size: int, width: int, first: int = 0) -> Array:
    return words([f"{prefix}{i:0{width}d}" for i in range(first, first + size)])


def table(columns: Columns, keep: Array) -> Columns:
    """The rows of `keep` (a mask or positions)."""
    return {name: values[keep] for name, values in columns.items()}


def stack(parts: Sequence[Columns]) -> Columns:
    """Tables with the same columns, one below the other."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
