"""A question's free turns of phrase put into the form that the rest of the reading knows. Pure; text in, text out.

Only what one form says as well as the other is rewritten: 除公安局外 is 除公安局, 数值字段 is 数值型字段, a month
without a year is the last one of that name.
"""

from __future__ import annotations

import re
from datetime import date

_NUMERALS = "一二三四五六七八九十"
_EXCEPT = re.compile(r"除(?:了|去|开)?(?P<who>[^，,。？?除]{2,14}?)(?:之外|以外|外)(?=[，,、 还哪谁其的]|都|也)")
_TYPED = re.compile(
    r"(?P<type>数值|数字|小数|整数|日期|文本|字符|布尔)(?:类型|类|型)?的?(?=字段|数据项|信息项|栏位|列)"
)
_TYPE_WORD = {"数字": "数值", "小数": "数值"}
_MONTH = re.compile(
    rf"(?<![\d年{_NUMERALS}近去个每满达足前-])(?<!超过)(?<!最近)(?<!过去)(?P<m>1[0-2]|[1-9]|十[一二]?|[{_NUMERALS}])月(?P<part>份)?"
    rf"(?P<d>(?:3[01]|[12]?\d)[日号])?(?!以上|内|之内|以内|之久|多没|[\d-])"
)
_NOT_SINCE_MONTHS = re.compile(r"(?:都|还|仍|也|一直)*(?:没|未)")  # 三月没更新: three months, or since March
_MONTH_NAMES = (
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
)
_NAMED_MONTH = re.compile(
    rf"\b(?P<when>in|since|before|after|until|during|from|by) (?:last |this )?(?P<name>{'|'.join(_MONTH_NAMES)})\b"
    r"(?! \d|,? ?(?:19|20)\d\d)"
)


_PART_OF = re.compile(
    r"(?P<what>挂接|挂载|挂|超期|逾期|定级|分级|打标)(?:了|的)?(?:占)?(?:几成|百分之几|百分之多少|多大(?:比例|比重)|多少比例)"
)
_RATE_WORD = {"挂": "挂接", "逾期": "超期", "分级": "定级"}
_FIRST_MOST = re.compile(rf"前(?P<n>[{_NUMERALS}\d]+)(?:名|位|个|家)?(?P<most>多|高|大|少|低)(?:的|$)")
_BUREAU = re.compile(r"(?<=哪个|哪些|哪家|每个|几个)局(?![一-鿿]{0,3}(?:长|域|部|势))")
_WHICH_FILE = re.compile(r"(?:出自|来自|源自|依据)?(?P<which>哪[些个份]|哪几[个份])(?:文件|办法|规定)")


def in_usual_form(text: str, as_of: date) -> str:
    """`text` is that of plain_text.normalised. Months without a year lie within the twelve that end with `as_of`."""
    plain = _EXCEPT.sub(lambda match: f"除了{match['who']}", text)
    plain = _TYPED.sub(lambda match: f"{_TYPE_WORD.get(match['type'], match['type'])}型", plain)
    plain = _PART_OF.sub(lambda match: f"{_RATE_WORD.get(match['what'], match['what'])}率", plain)
    plain = _FIRST_MOST.sub(r"最\g<most>的前\g<n>个", re.sub(r"数目(?=[前最排])", "数", plain))
    plain = _WHICH_FILE.sub(r"\g<which>依据文件", _BUREAU.sub("部门", plain))
    plain = _NAMED_MONTH.sub(lambda match: _english_month(match, as_of), plain)
    return _MONTH.sub(lambda match: _month(match, plain, as_of), plain)


def _month(match: re.Match[str], text: str, as_of: date) -> str:
    if not match["part"] and not match["d"] and _NOT_SINCE_MONTHS.match(text, match.end()):
        return match[0]
    month = int(match["m"]) if match["m"].isdigit() else _of_numeral(match["m"])
    return f"{_year_of(month, as_of)}年{month}月{match['d'] or ''}"


def _english_month(match: re.Match[str], as_of: date) -> str:
    month = _MONTH_NAMES.index(match["name"]) + 1
    when = "in" if match["when"] in ("during", "by") else "since" if match["when"] == "from" else match["when"]
    return f"{when} {_year_of(month, as_of)}-{month:02d}"


def _year_of(month: int, as_of: date) -> int:
    return as_of.year if month <= as_of.month else as_of.year - 1


def _of_numeral(text: str) -> int:
    if text.startswith("十"):
        return 10 + (_NUMERALS.index(text[1]) + 1 if len(text) > 1 else 0)
    return _NUMERALS.index(text) + 1
