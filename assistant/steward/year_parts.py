"""Parts of a year as questions name them, written as the months they are: Q3, 三季度, the first half of 2024, 1到6月.

Pure; text in, text out. A part without a year is the last one of that name that has begun by `as_of`.
"""

from __future__ import annotations

import re
from datetime import date

from assistant.steward.quantities import number

_N = r"[一二三四1-4]"
_ZH_QUARTER = re.compile(
    rf"(?:第(?P<a>{_N})个?季度|(?<![\d一二三四五六七八九十几两每近去个])(?P<b>{_N})季度)(?!没|未|内|之内|以内|多没|都没)"
)
_YEAR_BEFORE = re.compile(r"(?:(?:19|20)\d\d|今|去|前|本|上|当|全)年度?的?$|[零一二〇三四五六七八九]{4}年的?$")
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
_EN_YEAR = r"(?:,? ?(?:of )?(?P<y>(?:19|20)\d\d)|,? (?:of )?(?P<rel>this|last) year)"
_EN_PART = re.compile(
    rf"\b(?:(?:in|during|for|from|within) )?(?:the )?(?:(?P<n>first|second|third|fourth|1st|2nd|3rd"
    rf"|4th) (?P<unit>quarter|half)"
    rf"|(?P<u>[qh])(?P<d>[1-4]))\b{_EN_YEAR}?"
)
_YEAR_FIRST = re.compile(r"\b(?P<y>(?:19|20)\d\d)[ -](?P<u>[qh])(?P<d>[1-4])\b")
_ZH_Q = re.compile(r"(?P<y>(?:19|20)\d\d年)?(?<![a-z])q(?P<d>[1-4])(?:季度)?(?=[一-鿿])")
_MONTH = r"(?:1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])"
_ZH_MONTHS = re.compile(
    rf"(?:(?P<y>(?:19|20)\d\d)年|(?P<rel>今年|去年|前年))?(?<![\d一二三四五六七八九十-])(?P<a>{_MONTH})月?份?(?:到|至|~|—|-)(?P<b>{_MONTH})月份?"
)
_NAMES = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
]
_EN_NAME = rf"(?:{'|'.join(_NAMES)})"
_EN_MONTHS = re.compile(
    rf"\b(?:between|from) (?P<a>{_EN_NAME})\.? (?:and|to|until|through) (?P<b>{_EN_NAME})\b\.?{_EN_YEAR}?"
)


def with_years(text: str, as_of: date) -> str:
    """`text` is normalised (plain_text.normalised)."""
    text = _ZH_Q.sub(lambda match: f"{match['y'] or ''}第{match['d']}季度", text)
    plain = _YEAR_FIRST.sub(r"\g<u>\g<d> \g<y>", text)
    plain = _EN_PART.sub(lambda match: _english_part(match, as_of), plain)
    plain = _EN_MONTHS.sub(lambda match: _english_months(match, as_of), plain)
    plain = _ZH_QUARTER.sub(
        lambda match: _quarter(match, plain_before=match.string[: match.start()], as_of=as_of), plain
    )
    return _ZH_MONTHS.sub(lambda match: _chinese_months(match, as_of), plain)


def _quarter(match: re.Match[str], *, plain_before: str, as_of: date) -> str:
    which = int(number(match["a"] or match["b"]))
    if _YEAR_BEFORE.search(plain_before):
        return f"{which}季度"
    return f"{_year_of(3 * which - 2, as_of)}年{which}季度"


def _english_part(match: re.Match[str], as_of: date) -> str:
    which = int(match["d"]) if match["d"] else _ORDINALS[match["n"]]
    months = 6 if match["unit"] == "half" or match["u"] == "h" else 3
    if which * months > 12:
        return match[0]
    first = (which - 1) * months + 1
    year = _said_year(match, as_of) or _year_of(first, as_of)
    return f"between {year}-{first:02d} and {year}-{first + months - 1:02d}"


def _english_months(match: re.Match[str], as_of: date) -> str:
    first, last = (_NAMES.index(match[name]) % 12 + 1 for name in ("a", "b"))
    year = _said_year(match, as_of) or _year_of(last, as_of)
    return f"between {year - (first > last)}-{first:02d} and {year}-{last:02d}"


def _chinese_months(match: re.Match[str], as_of: date) -> str:
    first, last = (_month(match[name]) for name in ("a", "b"))
    back = {"今年": 0, "去年": 1, "前年": 2}.get(match["rel"] or "")
    year = int(match["y"]) if match["y"] else _year_of(first, as_of) if back is None else as_of.year - back
    return f"{year}年{first}月到{year + (first > last)}年{last}月"


def _said_year(match: re.Match[str], as_of: date) -> int | None:
    if match["y"]:
        return int(match["y"])
    return {"this": as_of.year, "last": as_of.year - 1}.get(match["rel"] or "")


def _year_of(first_month: int, as_of: date) -> int:
    return as_of.year if first_month <= as_of.month else as_of.year - 1


def _month(text: str) -> int:
    return int(text) if text.isdigit() else int(number(text))
