"""Days, spans of time and thresholds in a steward's question: 三个月没更新, published before 2024, 完整率低于80%."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from assistant.steward.filters import Condition, Op

_DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "半": 0}
_COUNTED = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_ENGLISH = {name: n for n, name in enumerate(_COUNTED)} | {
    "a": 1,
    "an": 1,
    "half": 0,
    "eleven": 11,
    "twelve": 12,
    "twenty": 20,
}
_N = r"(?:\d+(?:\.\d+)?|[一二两三四五六七八九十百半]+)"
_NE = r"(?:\d+(?:\.\d+)?|zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|an?|half an?)"
_UNIT = r"(?:个?半年|个?月|个?季度|年|周|个?星期|天|日)"
_UPDATE = r"(?:更新|更新过|动过|变动|刷新|维护过)"
_PUBLISH = r"(?:发布|公布|上线|登记发布)"
_NOT_SINCE = re.compile(
    rf"(?:已经|已|超过|近|连续|至少|都快|快|最近)?(?P<n>{_N})?(?P<unit>{_UNIT})(?:以上|多|之久|及以上|内)?"
    rf"(?:都|还|仍|一直|也)?(?:没有|没|未)(?:有|曾)?(?:再)?{_UPDATE}"
)
_SINCE = re.compile(
    rf"(?:最近|近|过去)(?P<n>{_N})?(?P<unit>{_UNIT})(?:内|以内|里|之内|来)?(?:有)?(?:(?P<issued>新?{_PUBLISH})|{_UPDATE})过?"
)
_NOT_SINCE_EN = re.compile(
    rf"(?:not|n't|never|without(?: an?)?)(?: been)? (?:updated?|refreshed|touched|changed)(?: at all)?"
    rf"(?: for| in| within| during)?(?: more than| over| at least| the last| the past| longer than)*"
    rf" (?P<n>{_NE})?\s?(?P<unit>days?|weeks?|months?|quarters?|years?)"
)
_SINCE_EN = re.compile(
    r"(?:updated|refreshed|changed|(?P<issued>published|issued)) (?:in|within|during) the (?:last|past) "
    rf"(?P<n>{_NE})?\s?(?P<unit>days?|weeks?|months?|quarters?|years?)"
)
_DAY = r"(?P<y>(?:19|20)\d\d)年?(?:[-/]?(?P<m>\d{1,2})月?(?:[-/]?(?P<d>\d{1,2})[日号]?)?)?(?:底|末|年底)?"
_BOUND = re.compile(
    rf"(?P<verb1>更新|发布|公布)?(?:日期|时间)?(?:早于|晚于|在|于|是|为)?{_DAY}(?P<when>以前|之前|前|以后|之后|后|以来|起)?"
    rf"(?:就|才|(?P<none>都?没有|都?没|都?未))?(?:再)?(?P<verb2>更新|发布|公布|上线)?"
)
_BOUND_EN = re.compile(
    r"(?P<verb1>updated|published|issued|modified|refreshed)(?: last)? "
    r"(?P<when>before|after|since|in|until|earlier than|later than) " + _DAY
)
_FROM_DAY, _TO_DAY = (re.sub(r"\?P<([ymd])>", rf"?P<\g<1>{end}>", _DAY) for end in (1, 2))
_BETWEEN = re.compile(
    rf"(?P<verb1>更新|发布|公布)?(?:日期|时间)?(?:介于|在|于)?{_FROM_DAY}\s*(?:到|至|—|~|-|和)\s*{_TO_DAY}(?:之间|期间|间)?"
    rf"(?:有)?(?P<verb2>更新|发布|公布|上线)?"
    rf"|(?P<verb3>updated|published|issued|modified|refreshed) (?:between|from) "
    rf"{_FROM_DAY.replace('1>', '3>')} (?:and|to|until) {_TO_DAY.replace('2>', '4>')}"
)
_LESS = r"低于|不足|小于|少于|不到|未达到|没到|below|under|less than|fewer than|lower than"
_MORE = r"高于|超过|大于|多于|不止|above|over|more than|higher than|exceeding|greater than"
_FROM = r"至少|不少于|不低于|达到|at least|no less than|no fewer than"
_UPTO = r"至多|最多不超过|不超过|不高于|不多于|at most|no more than|up to"
_COMPARE = re.compile(
    rf"(?:(?P<less>{_LESS})|(?P<more>{_MORE})|(?P<from>{_FROM})|(?P<upto>{_UPTO}))"
    rf"\s*(?P<n>{_N}(?!级)|{_NE}\b)\s*(?P<pc>%|％|成[一二三四五六七八九]?|percent|per cent)?"
)
_AND_MORE = re.compile(
    rf"(?P<n>{_N})\s*(?P<pc>%|％|成[一二三四五六七八九]?)?\s*(?:个|项|家|条)?(?:及|或)?(?:(?P<from>以上)|(?P<less>以下))"
    rf"|(?P<n2>{_NE})\s*(?P<pc2>%|percent)?\s*(?:or more|and more|or above)"
)
_SEVERAL = re.compile(
    r"(?:多个|好几个|若干个?|多家|两个或以上)(?=部门|单位|委办局|提供方|来源)"
    r"|(?:several|multiple) (?=department|bureau|agenc|provider)"
)
_FIRST = re.compile(
    rf"(?:前|头|top |first )\s*(?P<n>{_N}|{_NE}\b)(?:名|个|家|项|条|位|张)?"
    rf"|(?<=的)(?P<n2>[一二两三四五六七八九十\d]+)(?:个|家|项|条|张)(?=部门|单位|资源|目录|提供|数据|信息|规则|分类)"
    rf"|\b(?:the )?(?P<n3>{_NE}) (?=(?:[a-z]+ ){{1,3}}with the (?:most|fewest|highest|lowest|largest|least))"
    rf"|\bthe (?P<n4>{_NE}) (?=(?:most|least|oldest|newest|worst|best) )"
)


_RELATIVE_YEAR = re.compile(
    r"(?P<zh>今年|本年度?|当年|去年|上年|前年)|(?<!the )\b(?:in )?(?P<en>this|last) year\b|\b(?P<so>so far this year)\b"
)
_RELATIVE_MONTH = re.compile(
    r"(?P<month>上个?月|本月|这个?月|当月)|(?P<quarter>上个?季度?|本季度?|这个季度)|(?:(?P<of>(?:19|20)\d\d)年)?(?P<half>[上下]半年)"
    r"|(?<!the )\b(?:in )?(?P<en>this|last) (?P<unit>month|quarter)\b"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NAME = re.compile(rf"\b(?P<m>{'|'.join(_MONTHS)})[a-z]*,? (?P<y>(?:19|20)\d\d)\b")
_YEARS_BACK = {"去年": 1, "上年": 1, "前年": 2, "last": 1}


@dataclass(frozen=True, slots=True)
class Threshold:
    """A comparison whose subject is still to be found; ratios are 0-1."""

    op: Op
    number: float


@dataclass(frozen=True, slots=True)
class Span:
    """text[start:end] and what it says."""

    start: int
    end: int
    said: Condition | Threshold | int  # int: how many rows


def dated(text: str, as_of: date) -> str:
    """The text with 今年, 去年, this year, last year and July 2025 written as the year or month they name."""

    def named(match: re.Match[str]) -> str:
        year = as_of.year - _YEARS_BACK.get(match["zh"] or match["en"] or "", 0)
        return f"{year}年" if match["zh"] else f"in {year}"

    plain = _MONTH_NAME.sub(
        lambda match: f"{match['y']}-{_MONTHS.index(match['m']) + 1:02d}", _RELATIVE_YEAR.sub(named, text)
    )
    return _RELATIVE_MONTH.sub(lambda match: _months_of(match, as_of), plain)


def _months_of(match: re.Match[str], as_of: date) -> str:
    """上个月, 本季度, 上半年, last quarter as the month or the months that they name."""
    first, count = as_of.year * 12 + as_of.month - 1, 1
    last = match["en"] == "last" or (match["month"] or match["quarter"] or "").startswith("上")
    if match["half"]:
        first, count = int(match["of"] or as_of.year) * 12 + (0 if match["half"] == "上半年" else 6), 6
    elif match["quarter"] or match["unit"] == "quarter":
        first, count = first - first % 3 - (3 if last else 0), 3
    elif last:
        first -= 1
    start, end = (f"{month // 12}-{month % 12 + 1:02d}" for month in (first, first + count - 1))
    if count == 1:
        return f"in {start}" if match["en"] else start
    return f"between {start} and {end}" if match["en"] else f"{start}到{end}"


def spans(text: str, as_of: date) -> list[Span]:
    """Dates, thresholds and limits, by place, without overlaps; earlier kinds win."""
    found: list[Span] = []
    for span in (*_periods(text, as_of), *_between(text), *_bounds(text), *_thresholds(text), *_limits(text)):
        if all(span.end <= other.start or span.start >= other.end for other in found):
            found.append(span)
    return sorted(found, key=lambda span: span.start)


def _periods(text: str, as_of: date) -> Iterator[Span]:
    for pattern, op in (
        (_NOT_SINCE, Op.BELOW),
        (_NOT_SINCE_EN, Op.BELOW),
        (_SINCE, Op.AT_LEAST),
        (_SINCE_EN, Op.AT_LEAST),
    ):
        for match in pattern.finditer(text):
            if (
                match["n"] is None
                and match["unit"] in ("年", "日", "天", "月")
                and op is Op.BELOW
                and pattern is _NOT_SINCE
            ):
                continue
            day = _before(as_of, match["n"], match["unit"])
            field = "published_on" if match.groupdict().get("issued") else "updated_on"
            yield Span(match.start(), match.end(), Condition(field=field, op=op, values=(day.isoformat(),)))


def _before(as_of: date, n: str | None, unit: str) -> date:
    half = (n or "").startswith(("半", "half")) or unit.endswith("半年")
    count = 1.0 if n is None else number(n)
    if unit.startswith(("天", "日", "day")):
        return as_of - timedelta(days=int(count))
    if unit.startswith(("周", "星期", "个星期", "week")):
        return as_of - timedelta(days=int(7 * count))
    months = 3 if "季" in unit or unit.startswith("quarter") else 12 if "年" in unit or unit.startswith("year") else 1
    total = months // 2 if half else int(months * count)
    year, month = divmod(as_of.year * 12 + as_of.month - 1 - total, 12)
    return date(year, month + 1, min(as_of.day, calendar.monthrange(year, month + 1)[1]))


def _between(text: str) -> Iterator[Span]:
    """2019年到2021年之间发布: the last day named counts too."""
    for match in _BETWEEN.finditer(text):
        verb = match["verb1"] or match["verb2"] or match["verb3"]
        if verb is None:
            continue
        first, last = ("3", "4") if match["verb3"] else ("1", "2")
        field = _field_of(verb)
        said = (
            Condition(field=field, op=Op.AT_LEAST, values=(_day_range(match, first)[0].isoformat(),)),
            Condition(field=field, op=Op.BELOW, values=(_day_range(match, last)[1].isoformat(),)),
        )
        middle = match.start() + 1
        yield Span(match.start(), middle, said[0])
        yield Span(middle, match.end(), said[1])


def _field_of(verb: str) -> str:
    return "published_on" if verb in ("发布", "公布", "上线", "published", "issued") else "updated_on"


def _bounds(text: str) -> Iterator[Span]:
    for pattern in (_BOUND, _BOUND_EN):
        for match in pattern.finditer(text):
            groups = match.groupdict()
            verb = groups.get("verb1") or groups.get("verb2") or ""
            if not verb:
                continue
            yield from _bound(match, _field_of(verb), groups.get("when") or "")


def _bound(match: re.Match[str], field: str, when: str) -> Iterator[Span]:
    start, end = _day_range(match)
    low, high = start.isoformat(), end.isoformat()
    if when in ("以前", "之前", "前", "before", "until", "earlier than") or "早于" in match[0]:
        said = [Condition(field=field, op=Op.BELOW, values=(low,))]
    elif when in ("以来", "起", "以后", "之后", "后") and match.groupdict().get("none"):
        said = [Condition(field=field, op=Op.BELOW, values=(low if when in ("以来", "起") else high,))]
    elif when in ("以来", "起", "since"):
        said = [Condition(field=field, op=Op.AT_LEAST, values=(low,))]
    elif when in ("以后", "之后", "后", "after", "later than") or "晚于" in match[0]:
        said = [Condition(field=field, op=Op.AT_LEAST, values=(high,))]
    else:
        said = [
            Condition(field=field, op=Op.AT_LEAST, values=(low,)),
            Condition(field=field, op=Op.BELOW, values=(high,)),
        ]
    middle = match.start() + 1
    yield Span(match.start(), middle if len(said) > 1 else match.end(), said[0])
    if len(said) > 1:
        yield Span(middle, match.end(), said[1])


def _day_range(match: re.Match[str], which: str = "") -> tuple[date, date]:
    year, month, day = int(match[f"y{which}"]), match[f"m{which}"], match[f"d{which}"]
    if day and month and 1 <= int(month) <= 12 and 1 <= int(day) <= calendar.monthrange(year, int(month))[1]:
        start = date(year, int(month), int(day))
        return start, start + timedelta(days=1)
    if month and 1 <= int(month) <= 12:
        first = date(year, int(month), 1)
        return first, date(year + int(month) // 12, int(month) % 12 + 1, 1)
    return date(year, 1, 1), date(year + 1, 1, 1)


def _thresholds(text: str) -> Iterator[Span]:
    for match in _COMPARE.finditer(text):
        op = {"less": Op.BELOW, "more": Op.ABOVE, "from": Op.AT_LEAST, "upto": Op.AT_MOST}[_which(match)]
        yield Span(match.start(), match.end(), Threshold(op, _ratio(match["n"], match["pc"])))
    for match in _AND_MORE.finditer(text):
        op = Op.BELOW if match["less"] else Op.AT_LEAST
        yield Span(
            match.start(),
            match.end(),
            Threshold(op, _ratio(match["n"] or match["n2"] or match["n3"], match["pc"] or match["pc2"])),
        )
    for match in _SEVERAL.finditer(text):
        yield Span(match.start(), match.end(), Threshold(Op.AT_LEAST, 2))


def _which(match: re.Match[str]) -> str:
    return next(name for name in ("less", "more", "from", "upto") if match[name])


def _ratio(n: str, unit: str | None) -> float:
    value = number(n)
    if unit and unit.startswith("成"):  # 九成五
        return round(value / 10 + (number(unit[1:]) / 100 if unit[1:] else 0), 4)
    return value / 100 if unit else value


def _limits(text: str) -> Iterator[Span]:
    for match in _FIRST.finditer(text):
        yield Span(
            match.start(), match.end(), max(1, int(number(match["n"] or match["n2"] or match["n3"] or match["n4"])))
        )


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
