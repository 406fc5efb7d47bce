"""Chinese and English number words as Arabic digits, and 万/亿 as factors. Pure.

Number characters occur in names (三农, 十里街道, 一网通办), so a run of them is only read as a number where a measure
word follows (三个, 五年, 二十户) or a counting word stands before it (前五, 近三, 第二, 超过一百).
"""

from __future__ import annotations

import re

_DIGITS = {"零": 0, "〇": 0, "○": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8,
           "九": 9}  # fmt: skip
_TENS = {"十": 10, "百": 100, "千": 1000}
_SHORT = {"百": 10, "千": 100, "万": 1000, "亿": 10_000_000}  # what the last digit after one of these counts
_SCALES = {"万": 10_000, "亿": 100_000_000}
_WORDS = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11,
    "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "fifty": 50, "hundred": 100,
}  # fmt: skip

_RUN = "[零〇○一二两三四五六七八九十百千万亿]"
_FIRST = "[零〇○一二两三四五六七八九十]"
_MEASURES = (
    "年|个?月|日|号|个|季度?|天|周|岁|件|户|人|家|名|位|套|元|平方|公里|次|条|笔|张|份|项|倍|成|宗|所|街道|部门|区|"
    "以上|以下|及以上|及以下|以内"
)
_BEFORE = (
    "第|前|后|近|最近|过去|超过|大于|高于|多于|少于|低于|小于|不足|不少于|不低于|不超过|至少|至多|达到|满|排名前|倒数"
)
_DIGIT_YEAR = re.compile("([一二][零〇○一二三四五六七八九]{3})(?=年)")
_MEASURED = re.compile(f"(?<![每某同另这那统唯千百万十零一二三四五六七八九])({_FIRST}{_RUN}*)(?=(?:{_MEASURES}))")
_COUNTED = re.compile(f"(?<=[第前后近过去于足少满到数多低])({_FIRST}{_RUN}*)(?![{_RUN[1:-1]}])")
_SCALED = re.compile(r"(\d+(?:\.\d+)?)\s*([百千]?[万亿]|[百千])")
_THOUSANDS = re.compile(r"(?<![\d.])\d{1,3}(?:,\d{3})+(?!\d)")
_ENGLISH = re.compile(r"\b(" + "|".join(_WORDS) + r")\b")
_ENGLISH_SCALED = re.compile(r"\b(\d+(?:\.\d+)?)\s*(k|thousand|million|billion|m)\b")
_ENGLISH_FACTOR = {"k": 1e3, "thousand": 1e3, "million": 1e6, "m": 1e6, "billion": 1e9}


def value_of(words: str) -> int:
    """The value of a run of Chinese number characters; raises ValueError for anything else.

    >>> value_of("三百二十"), value_of("二〇二四"), value_of("一万五千"), value_of("十二"), value_of("两亿三千万")
    (320, 2024, 15000, 12, 230000000)
    """
    if not words or any(c not in _DIGITS and c not in _TENS and c not in _SCALES for c in words):
        raise ValueError(f"not a number: {words}")
    if len(words) > 1 and all(c in _DIGITS for c in words):
        return int("".join(str(_DIGITS[c]) for c in words))
    total = section = digit = 0
    if len(words) > 1 and words[-1] in _DIGITS and words[-2] in _SHORT and words[-1] not in "零〇○":
        return value_of(words[:-1]) + _DIGITS[words[-1]] * _SHORT[words[-2]]  # 一万二: two thousand is left out
    for char in words:
        if char in _DIGITS:
            digit = _DIGITS[char]
        elif char in _TENS:
            section += (digit or 1) * _TENS[char]
            digit = 0
        elif char == "亿":
            total = (total + section + digit) * _SCALES[char]
            section = digit = 0
        else:
            total += (section + digit) * _SCALES[char]
            section = digit = 0
    return total + section + digit


def drop_thousands(text: str) -> str:
    """1,200 -> 1200. Before full-width commas become half-width ones, which separate words."""
    return _THOUSANDS.sub(lambda m: m[0].replace(",", ""), text)


def arabic(text: str) -> str:
    """Number words in counting positions as digits, 万 and 亿 multiplied out. `text` in lower case, half width.

    >>> arabic("近三年前五名"), arabic("二〇二四年第二季度"), arabic("超过一万五千件"), arabic("三农补贴")
    ('近3年前5名', '2024年第2季度', '超过15000件', '三农补贴')
    """
    text = _DIGIT_YEAR.sub(lambda m: str(value_of(m[1])), text)
    text = _MEASURED.sub(lambda m: str(value_of(m[1])), text)
    text = _COUNTED.sub(lambda m: str(value_of(m[1])), text)
    text = _SCALED.sub(lambda m: _written(float(m[1]) * _factor(m[2])), text)
    text = _ENGLISH.sub(lambda m: str(_WORDS[m[1]]), text)
    return _ENGLISH_SCALED.sub(lambda m: _written(float(m[1]) * _ENGLISH_FACTOR[m[2]]), text)


def _factor(words: str) -> float:
    factor = 1.0
    for char in words:
        factor *= _TENS.get(char) or _SCALES[char]
    return factor


def _written(number: float) -> str:
    rounded = round(number, 6)
    return str(int(rounded)) if rounded == int(rounded) else str(rounded)
