"""Numbers, thresholds and limits in a steward's question: 完整率低于80%, 不到一半, 前五个, at least three."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.steward.filters import Op

_DIGITS = {char: n for n, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "半": 0}
_COUNTED = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_ENGLISH = {name: n for n, name in enumerate(_COUNTED)} | {
    "a": 1,
    "once": 1,
    "twice": 2,
    "an": 1,
    "half": 0,
    "eleven": 11,
    "twelve": 12,
    "twenty": 20,
}
NUMBER = r"(?:\d+(?:\.\d+)?|[零一二两三四五六七八九十百半]+)"
ENGLISH_NUMBER = (
    r"(?:\d+(?:\.\d+)?|zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|once|twice"
    r"|an?|half an?)"
)
_PARTS = {"一半": 0.5, "半数": 0.5, "half": 0.5, "a third": 1 / 3, "two thirds": 2 / 3, "a quarter": 0.25}
_PART = rf"(?:{'|'.join(_PARTS)}|{NUMBER}分之{NUMBER})"
_PERCENT = r"(?:%|％|成[一二三四五六七八九]?|percent|per cent)"
_LESS = (
    r"低于|不满|未满|没满|达不到|不够|不足|小于|少于|不到|未达到|没到|没过|below|under|less than|fewer than|"
    r"lower than|短于|shorter than"
)
_MORE = r"高于|超过|大于|多于|不止|above|over|more than|higher than|exceeding|greater than|长于|longer than"
_FROM = r"至少|不少于|不低于|达到|at least|no less than|no fewer than"
_UPTO = r"至多|最多不超过|不超过|不高于|不多于|at most|no more than|up to"
_EXACT = r"正好|恰好|刚好|等于|只有|仅有|exactly|only"
_COMPARE = re.compile(
    rf"(?:(?P<less>{_LESS})|(?P<more>{_MORE})|(?P<from>{_FROM})|(?P<upto>{_UPTO})|(?P<exact>{_EXACT}))\s*"
    rf"(?:(?P<part>{_PART})|(?P<n>{NUMBER}(?!级)|{ENGLISH_NUMBER}\b)\s*(?P<pc>{_PERCENT})?)"
)
_AND_MORE = re.compile(
    rf"(?:(?P<part>{_PART})|(?P<n>{NUMBER})\s*(?P<pc>{_PERCENT})?)\s*(?:个|项|家|条|次)?(?:及|或)?(?:(?P<from>以上)|(?P<less>以下))"
    rf"|(?P<n2>{ENGLISH_NUMBER})\s*(?P<pc2>%|percent)?\s*(?:or more|and more|or above)"
)
_RANGE = re.compile(
    rf"(?:在|介于)?(?P<low>{NUMBER})(?:个|项|条|次)?(?:到|至|~|-)(?P<high>{NUMBER})\s*(?P<pc>{_PERCENT})?"
    r"(?:个|项|条|次)?(?:之间|以内)?(?![年月日号周级\d-])"
    rf"|\bbetween (?P<lowe>{ENGLISH_NUMBER}) and (?P<highe>{ENGLISH_NUMBER})\b"
)
_EQUAL = re.compile(
    rf"(?:为|是|等于|达|=|\bis|\bare|\bof)?\s*(?:(?P<n>\d+(?:\.\d+)?)\s*(?:%|％|percent)|(?P<part>百分之{NUMBER}))"
    r"|(?:为|是|等于|=|\bis|\bare)\s*(?P<zero>零|0|zero)(?![\d.一-鿿])"
)
_SEVERAL = re.compile(
    r"(?:多个|好几个|若干个?|多家|两个或以上)(?=部门|单位|委办局|提供方|来源)"
    r"|(?:several|multiple) (?=department|bureau|agenc|provider)"
)
_FIRST = re.compile(
    rf"(?:前|头|top |first )\s*(?P<n>{NUMBER}|{ENGLISH_NUMBER}\b)(?:名|个|家|项|条|位|张)?"
    rf"|(?<=[的那这])(?P<n2>[一二两三四五六七八九十\d]+)(?:个|家|项|条|张)(?=部门|单位|处室|资源|目录|提供|数据|信息|规则|分类|$)"
    rf"|\b(?:the )?(?P<n3>{ENGLISH_NUMBER}) "
    r"(?=(?:[a-z]+ ){1,3}(?:with|have|has|had|own|owns|show|shows) the (?:most|fewest|highest|lowest|largest|least))"
    rf"|\bthe (?P<n4>{ENGLISH_NUMBER}) (?=(?:most|least|oldest|newest|worst|best) )"
)


_LAST = re.compile(
    r"(?:倒数|末|最后|(?<=[名列位])后|后(?=[一二两三四五六七八九十\d]+[名位]))第?(?P<n>[一二两三四五六七八九十\d]+)(?:名|位|个|家)?"
)


@dataclass(frozen=True, slots=True)
class Threshold:
    """A comparison whose subject is still to be found; ratios are 0-1."""

    op: Op
    number: float
    most: float | None = None  # of a range, its other end


def thresholds(text: str) -> Iterator[tuple[int, int, Threshold]]:
    """(start, end, threshold) of every comparison with a number."""
    ops = {"less": Op.BELOW, "more": Op.ABOVE, "from": Op.AT_LEAST, "upto": Op.AT_MOST, "exact": Op.IS}
    for match in _COMPARE.finditer(text):
        op = next(op for name, op in ops.items() if match[name])
        yield match.start(), match.end(), Threshold(op, _amount(match))
    for match in _AND_MORE.finditer(text):
        yield match.start(), match.end(), Threshold(Op.BELOW if match["less"] else Op.AT_LEAST, _amount(match))
    for match in _RANGE.finditer(text):
        low, high = (_ratio(match[name] or match[f"{name}e"], match["pc"]) for name in ("low", "high"))
        yield match.start(), match.end(), Threshold(Op.AT_LEAST, low, high)
    for match in _EQUAL.finditer(text):
        share = _part(match["part"]) if match["part"] else number(match["n"] or "0") / 100
        yield match.start(), match.end(), Threshold(Op.IS, 0.0 if match["zero"] else share)
    for match in _SEVERAL.finditer(text):
        yield match.start(), match.end(), Threshold(Op.AT_LEAST, 2)


def limits(text: str) -> Iterator[tuple[int, int, int]]:
    """(start, end, how many rows); less than zero: the last ones."""
    for match in _FIRST.finditer(text):
        wanted = match["n"] or match["n2"] or match["n3"] or match["n4"] or match["n5"]
        yield match.start(), match.end(), max(1, int(number(wanted)))
    for match in _LAST.finditer(text):
        yield match.start(), match.end(), -max(1, int(number(match["n"])))


def _amount(match: re.Match[str]) -> float:
    found = match.groupdict()
    if found["part"]:
        return _part(found["part"])
    return _ratio(found["n"] or found["n2"], found["pc"] or found.get("pc2"))


def _part(text: str) -> float:
    """一半, 三分之一, 百分之九十."""
    if text in _PARTS:
        return round(_PARTS[text], 4)
    whole, _, part = text.partition("分之")
    return round(number(part) / (number(whole) or 1), 4)


def _ratio(n: str, unit: str | None) -> float:
    value = number(n)
    if unit and unit.startswith("成"):  # 九成五
        return round(value / 10 + (number(unit[1:]) / 100 if unit[1:] else 0), 4)
    return value / 100 if unit else value


def number(text: str) -> float:
    """12, 2.5, 三, 十二, 二十, 一百, three."""
    plain = text.strip().lower()
    if re.fullmatch(r"\d+(\.\d+)?", plain):
        return float(plain)
    if plain in _ENGLISH:
        return float(_ENGLISH[plain])
    total, digit = 0, 0
    for char in plain:
        if char in "十百":
            total, digit = total + (digit or 1) * (10 if char == "十" else 100), 0
        else:
            digit = _DIGITS.get(char, 0)
    return float(total + digit)
