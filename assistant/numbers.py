"""Numbers as officials write them (GB/T 15835-2011: measured quantities in Arabic digits; 万 and 亿 as scale words).

Prose scales to 万/亿 with four significant digits; tables and exports carry the raw value. English groups by thousands.
Ratios are 0-1 inside the product and percent only here. A suppressed or absent value is "—".
"""

from __future__ import annotations

import math
import numbers
import re
from decimal import ROUND_HALF_UP, Decimal

from assistant.domain import Lang

ABSENT = "—"
RATIO_UNITS = frozenset({"%", "ratio", "比率", "百分比"})
_SCALES = ((Decimal(10**12), "万亿"), (Decimal(100_000_000), "亿"), (Decimal(10_000), "万"))
_WORDS = frozenset(word for _, word in _SCALES)
_UNIT_SCALE = {"万": Decimal(10_000), "亿": Decimal(100_000_000)}
_ENGLISH_UNITS = {
    "元": "CNY",
    "万元": "ten thousand CNY",
    "亿元": "hundred million CNY",
    "人": "people",
    "户": "households",
    "家": "firms",
    "件": "cases",
    "笔": "payments",
    "次": "times",
    "条": "records",
    "天": "days",
    "小时": "hours",
    "岁": "years",
    "平方米": "m²",
    "平方公里": "km²",
    "人次": "visits",
    "万人": "ten thousand people",
    "套": "homes",
    "宗": "parcels",
    "项": "items",
    "个": "",
    "张": "",
    "份": "documents",
    "行": "rows",
    "所": "schools",
    "分": "points",
    "工作日": "working days",
    "兆瓦": "MW",
    "毫克/升": "mg/L",
    "微克/立方米": "µg/m³",
    "吨标准煤": "tonnes of coal equivalent",
    "吨标准煤/万元": "tonnes of coal equivalent per ten thousand CNY",
    "元/平方米": "CNY/m²",
    "元/人": "CNY per person",
    "元/月": "CNY per month",
    "万元/家": "ten thousand CNY per firm",
    "万元/人": "ten thousand CNY per person",
    "万元/套": "ten thousand CNY per home",
    "人/平方公里": "people/km²",
    "人/千人": "per thousand residents",
    "人/万人": "per ten thousand residents",
    "件/万人": "per ten thousand residents",
    "家/万人": "per ten thousand residents",
}


def is_number(value: object) -> bool:
    """True for a finite quantity; a boolean is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | numbers.Real):
        return False
    return math.isfinite(float(value))


def is_ratio(unit: str | None) -> bool:
    return (unit or "") in RATIO_UNITS


def prose(value: object, unit: str | None, lang: Lang) -> str:
    """A quantity inside a sentence, with its unit: 12345 家 -> 1.235万家; 0.1234 of unit % -> 12.34%."""
    if not is_number(value):
        return ABSENT
    quantity = _decimal(value)
    if is_ratio(unit):
        return f"{_plain(_round(quantity * 100, 2))}%"
    base, scale = _split_unit(unit)
    if lang == "en":
        return " ".join(part for part in (_grouped(_round(quantity * scale, 2)), unit_word(base, "en")) if part)
    return _scaled(quantity * scale) + base


def cell(value: object, unit: str | None, lang: Lang) -> str:
    """A quantity inside a table, unscaled and without its unit (the head of the column carries it)."""
    if value is None:
        return ABSENT
    if not is_number(value):
        return str(value)
    quantity = _decimal(value)
    if is_ratio(unit):
        return f"{_plain(_round(quantity * 100, 2))}%"
    return _grouped(_round(quantity, 2)) if lang == "en" else _plain(_round(quantity, 2))


def signed(value: object, unit: str | None, lang: Lang, *, points: bool = False) -> str:
    """A change: ▲ or ▼ and the sign (never colour alone: red means up here and down elsewhere).

    `points`: the difference of two rates, in 百分点 (percentage points) and not percent.
    """
    if not is_number(value):
        return ABSENT
    quantity = _decimal(value)
    if points:
        size = _plain(_round(abs(quantity) * 100, 2))
        text = f"{size} percentage points" if lang == "en" else f"{size}个百分点"
    else:
        text = prose(abs(quantity), unit, lang)
    if quantity == 0:
        return text
    return f"▲+{text}" if quantity > 0 else f"▼-{text}"


def unit_word(unit: str | None, lang: Lang) -> str:
    """The unit as it is written in a column head or an axis."""
    if not unit:
        return ""
    if is_ratio(unit):
        return "%"
    return _ENGLISH_UNITS.get(unit, unit) if lang == "en" else unit


def headed(label: str, unit: str | None, lang: Lang) -> str:
    """A column head or axis title with its unit: 工单量（件）, Tickets (cases)."""
    word = unit_word(unit, lang)
    if not word:
        return label
    return f"{label} ({word})" if lang == "en" else f"{label}（{word}）"


_IN_TEXT = re.compile(r"(?<![A-Za-z0-9_.])(\d[\d,]*(?:\.\d+)?)\s*(万亿|亿|万|%|个百分点|percentage points)?")


def quantities(text: str) -> tuple[tuple[float, float], ...]:
    """Every number of a text as (value, tolerance from its rounding); percent and points are turned into ratios."""
    found = []
    for match in re.finditer(_IN_TEXT, text):
        digits = match[1].replace(",", "").rstrip(",")
        factor = {"万亿": 1e12, "亿": 1e8, "万": 1e4, "%": 0.01}.get(
            (match[2] or "").strip(), 0.01 if match[2] else 1.0
        )
        decimals = len(digits.partition(".")[2])
        step = 10.0**-decimals if match[2] or decimals else 0.01  # a bare integer may stand for 5.004
        if match[2] in _WORDS and len(digits) > 4 and not decimals:
            step = 10.0 ** (len(digits) - 4)  # four significant digits
        found.append((float(digits) * factor, 0.5000001 * step * factor))
    return tuple(found)


def _decimal(value: object) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))


def _round(quantity: Decimal, decimals: int) -> Decimal:
    if 0 < abs(quantity) < Decimal(1).scaleb(-decimals):
        return _significant(quantity, 2)  # small is not nothing
    return quantity.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def _significant(quantity: Decimal, digits: int) -> Decimal:
    if quantity == 0:
        return quantity
    return quantity.quantize(Decimal(1).scaleb(quantity.adjusted() - digits + 1), rounding=ROUND_HALF_UP)


def _scaled(quantity: Decimal) -> str:
    rounded = _significant(quantity, 4)
    for size, word in _SCALES:
        if abs(rounded) >= size:
            return _plain(rounded / size) + word
    return _plain(_round(quantity, 2))


def _plain(quantity: Decimal) -> str:
    text = f"{quantity:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _grouped(quantity: Decimal) -> str:
    whole, dot, rest = _plain(quantity).partition(".")
    return f"{int(whole):,}{dot}{rest}" if whole not in ("-0",) else f"-0{dot}{rest}"


def _split_unit(unit: str | None) -> tuple[str, Decimal]:
    """万元 -> (元, 10000): the quantity is rescaled as a whole, never written 1.2万万元."""
    if unit and unit[0] in _UNIT_SCALE and len(unit) > 1:
        return unit[1:], _UNIT_SCALE[unit[0]]
    return unit or "", Decimal(1)
