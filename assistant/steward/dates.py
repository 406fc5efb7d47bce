"""Days and spans of time in a steward's question: 三个月没更新, 二〇二五年十月以后, published before 2024."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from assistant.steward.filters import Condition, Op
from assistant.steward.quantities import ENGLISH_NUMBER, NUMBER, Threshold, limits, number, thresholds

_UNIT = r"(?:个?半年|个?月|个?季度|年|周|个?星期|天|日)"
_UPDATE = r"(?:更新过?|动过|动(?=的|，|。|？|$)|变动过?|变过|改动过?|刷新过?|维护过|同步过|换过|动静)"
_PUBLISH = r"(?:登记发布|发布|公布|上线|上架|挂网|新上|上新|新增|新登记)"
_ADVERB = r"(?:一次|一回|一遍|一下|从|压根|根本|完全|始终|都|还|仍|一直|也|就|再|总)"
_NOT_SINCE = re.compile(
    rf"(?:已经|已|超过|近|连续|至少|都快|快|最近)?(?P<n>{NUMBER})?(?P<unit>{_UNIT})(?:以上|多|之久|及以上"
    rf"|内)?(?:来|里|以来)?{_ADVERB}*(?:没有|没|未)(?:有|曾|能)?(?:再)?{_UPDATE}"
)
_SINCE = re.compile(
    rf"(?P<pre>最近|近|过去)?(?P<n>{NUMBER})?(?P<unit>{_UNIT})(?P<in>内|以内|里|之内|来)?(?:有)?(?:(?P<issued>新?{_PUBLISH})|{_UPDATE})过?"
)
_BARE_SINCE = re.compile(
    rf"(?:最近|近|过去)(?P<n>{NUMBER})?(?P<unit>{_UNIT})(?:内|以内|里|之内|以来|来)?"
    rf"|(?<![\d.])(?P<n3>\d{{1,2}}|[一二两三四五六七八九十百半]+)(?P<unit3>{_UNIT})(?:以内|之内|以来|来)"
    rf"|\b(?:in|within|during|over) the (?:last|past) (?P<n2>{ENGLISH_NUMBER})?\s?"
    r"(?P<unit2>days?|weeks?|months?|quarters?|years?)"
)
_NOT_SINCE_EN = re.compile(
    rf"(?:(?:not|n't|never|without(?: an?)?)(?: been)? (?:updated?|refreshed|touched|changed)|untouched"
    rf"|unchanged)(?: at all)?"
    rf"(?: for| in| within| during)?(?: more than| over| at least| the last| the past| longer than)*"
    rf" (?P<n>{ENGLISH_NUMBER})?\s?(?P<unit>days?|weeks?|months?|quarters?|years?)"
)
_SINCE_EN = re.compile(
    r"(?:updated|refreshed|changed|(?P<issued>published|issued)) (?:in|within|during) the (?:last|past) "
    rf"(?P<n>{ENGLISH_NUMBER})?\s?(?P<unit>days?|weeks?|months?|quarters?|years?)"
)
_DAY = r"(?<!\d)(?P<y>(?:19|20)\d\d)年?(?:[-/]?(?P<m>\d{1,2})月?(?:[-/]?(?P<d>\d{1,2})[日号]?)?)?(?:底|末|年底)?(?!\d)"
_BOUND = re.compile(
    rf"(?P<verb1>更新|发布|公布|上架|上线)?(?:日期|时间)?(?:早于|晚于|在|于|是|为)?{_DAY}(?:全年|年内|当年|期间)?(?P<when>及?以前|及?之前|前|及以后|及之后|或以后|或之后|以后|之后|后|以来|起)?"
    rf"(?:就|才)?(?P<none>{_ADVERB}*(?:没有|没|未))?(?:再|曾)?(?P<verb2>{_UPDATE}|{_PUBLISH})?"
)
_BOUND_EN = re.compile(
    r"(?:(?P<none>not|n't|never|nobody(?: has)?|no one(?: has)?|without being)(?: been| was| were)? )?"
    r"(?:(?P<verb1>updated|published|issued|listed|released|modified|refreshed|touched|changed|edited"
    r"|maintained)(?: last)? )?"
    r"\b(?P<when>before|after|since|in|until|earlier than|later than) "
    + _DAY
    + r"(?P<later> (?:or|and) (?:later|after|since)| onwards?)?"
)
_FROM_DAY, _TO_DAY = (re.sub(r"\?P<([ymd])>", rf"?P<\g<1>{end}>", _DAY) for end in (1, 2))
_BETWEEN = re.compile(
    rf"(?P<verb1>更新|发布|公布)?(?:日期|时间)?(?:介于|在|于)?{_FROM_DAY}\s*(?:到|至|—|~|-|和|and\b|to\b)\s*{_TO_DAY}(?:之间|期间|间)?"
    rf"(?P<edge>以前|之前|以后|之后|以来)?(?:(?P<none>{_ADVERB}*(?:没有|没|未))|有)?(?:再|曾)?(?P<verb2>{_UPDATE}|{_PUBLISH})?"
    rf"|(?P<verb3>updated|published|issued|modified|refreshed) (?:between|from) "
    rf"{_FROM_DAY.replace('1>', '3>')} (?:and|to|until) {_TO_DAY.replace('2>', '4>')}"
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
_A_YEAR = re.compile(r"(?:19|20)\d\d年")
_SPELLED_YEAR = re.compile(r"[一二][〇零一二三四五六七八九]{3}(?=年)")
_SPELLED_DAY = re.compile(r"(?<=[年月])([一二三]?十?[一二三四五六七八九]|[一二三]?十)(?=[月日号])")
_QUARTER = re.compile(r"(?P<y>(?:19|20)\d\d)(?:年| )?(?:第?(?P<q>[一二三四1-4])季度?|q(?P<n>[1-4])\b)")
_WEEK = re.compile(r"(?P<zh>上周|上个?星期|本周|这周|这个?星期)|\b(?P<en>this|last) week\b")
_ISSUED = ("published", "issued", "listed", "released")
_LONGEST_AGO = 10_000  # of any unit: before every catalog, and still a day
_YEARS_BACK = {"去年": 1, "上年": 1, "前年": 2, "last": 1}


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
        lambda match: f"{match['y']}-{_MONTHS.index(match['m']) + 1:02d}", _RELATIVE_YEAR.sub(named, _in_digits(text))
    )
    plain = _WEEK.sub(lambda match: _week_of(match, as_of), _QUARTER.sub(_quarter_of, plain))
    return _RELATIVE_MONTH.sub(lambda match: _months_of(match, as_of), plain)


def _in_digits(text: str) -> str:
    """二〇二五年十月 as 2025年10月."""
    years = _SPELLED_YEAR.sub(lambda match: "".join(str(int(number(digit))) for digit in match[0]), text)
    months = _SPELLED_DAY.sub(lambda match: f"{number(match[1]):g}", years)
    return _SPELLED_DAY.sub(lambda match: f"{number(match[1]):g}", months)


def _quarter_of(match: re.Match[str]) -> str:
    last = 3 * int(number(match["q"] or match["n"]))
    return f"{match['y']}-{last - 2:02d}到{match['y']}-{last:02d}"


def _week_of(match: re.Match[str], as_of: date) -> str:
    back = 7 if match["en"] == "last" or (match["zh"] or "").startswith("上") else 0
    monday = as_of - timedelta(days=as_of.weekday() + back)
    return f"{'between ' if match['en'] else ''}{monday}{' and ' if match['en'] else '到'}{monday + timedelta(days=6)}"


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
    numbers = [Span(*one) for one in thresholds(text)] + [Span(*one) for one in limits(text)]
    for span in (*_periods(text, as_of), *_between(text), *_bounds(text), *_bare_periods(text, as_of), *numbers):
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
            if pattern is _NOT_SINCE and _A_YEAR.fullmatch(f"{match['n']}{match['unit']}"):
                continue  # 今年还没更新过: a day, not so many years
            if pattern is _SINCE and not (match["pre"] or match["in"]):
                continue  # 一年更新一次
            day = _before(as_of, match["n"], match["unit"])
            field = "published_on" if match.groupdict().get("issued") else "updated_on"
            yield Span(match.start(), match.end(), Condition(field=field, op=op, values=(day.isoformat(),)))


def _bare_periods(text: str, as_of: date) -> Iterator[Span]:
    """最近一年 without a verb."""
    for match in _BARE_SINCE.finditer(text):
        day = _before(
            as_of, match["n"] or match["n2"] or match["n3"], match["unit"] or match["unit2"] or match["unit3"]
        )
        yield Span(match.start(), match.end(), Condition(field="asked_on", op=Op.AT_LEAST, values=(day.isoformat(),)))


def _before(as_of: date, n: str | None, unit: str) -> date:
    half = (n or "").startswith(("半", "half")) or unit.endswith("半年")
    count = 1.0 if n is None else number(n)
    count = min(count, _LONGEST_AGO)
    if unit.startswith(("天", "日", "day")):
        return as_of - timedelta(days=int(count))
    if unit.startswith(("周", "星期", "个星期", "week")):
        return as_of - timedelta(days=int(7 * count))
    months = 3 if "季" in unit or unit.startswith("quarter") else 12 if "年" in unit or unit.startswith("year") else 1
    total = months // 2 if half else int(months * count)
    year, month = divmod(max(as_of.year * 12 + as_of.month - 1 - total, 12), 12)
    return date(year, month + 1, min(as_of.day, calendar.monthrange(year, month + 1)[1]))


def _between(text: str) -> Iterator[Span]:
    """2019年到2021年之间发布: the last day named counts too."""
    for match in _BETWEEN.finditer(text):
        verb = match["verb1"] or match["verb2"] or match["verb3"] or ""
        first, last = ("3", "4") if match["verb3"] else ("1", "2")
        field = _field_of(verb)
        low, high = _day_range(match, first)[0].isoformat(), _day_range(match, last)[1].isoformat()
        said = (
            Condition(field=field, op=Op.AT_LEAST, values=(low,)),
            Condition(field=field, op=Op.BELOW, values=(high,)),
        )
        if edge := match["edge"]:  # 第四季度以前
            op, day = {"以前": (Op.BELOW, low), "之前": (Op.BELOW, low), "以来": (Op.AT_LEAST, low)}.get(
                edge, (Op.AT_LEAST, high)
            )
            op, day = (Op.BELOW, day) if match["none"] else (op, day)  # 第四季度以来没更新
            yield Span(match.start(), match.end(), Condition(field=field, op=op, values=(day,)))
            continue
        if match["none"]:  # 上半年没更新: not since it began
            yield Span(match.start(), match.end(), replace(said[0], op=Op.BELOW))
            continue
        middle = match.start() + 1
        yield Span(match.start(), middle, said[0])
        yield Span(middle, match.end(), said[1])


def _field_of(verb: str) -> str:
    """The day that a verb speaks of; without one it is that of a request."""
    if not verb:
        return "asked_on"
    return "published_on" if verb in _ISSUED or re.fullmatch(_PUBLISH, verb) else "updated_on"


def _bounds(text: str) -> Iterator[Span]:
    for pattern in (_BOUND_EN, _BOUND):
        for match in pattern.finditer(text):
            groups = match.groupdict()
            verb = groups.get("verb1") or groups.get("verb2") or ""
            yield from _bound(match, _field_of(verb), groups.get("when") or "")


def _bound(match: re.Match[str], field: str, when: str) -> Iterator[Span]:
    start, end = _day_range(match)
    low, high = start.isoformat(), end.isoformat()
    if when[:1] in ("及", "或") or match.groupdict().get("later"):
        back = when.endswith("前")
        said = [Condition(field=field, op=Op.BELOW if back else Op.AT_LEAST, values=(high if back else low,))]
    elif when in ("以前", "之前", "前", "before", "until", "earlier than") or "早于" in match[0]:
        said = [Condition(field=field, op=Op.BELOW, values=(low,))]
    elif when in ("以来", "起", "以后", "之后", "后", "since", "after") and match.groupdict().get("none"):
        said = [Condition(field=field, op=Op.BELOW, values=(low if when in ("以来", "起", "since") else high,))]
    elif not when and match.groupdict().get("none"):  # 今年没更新: not since it began
        said = [Condition(field=field, op=Op.BELOW, values=(low,))]
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
