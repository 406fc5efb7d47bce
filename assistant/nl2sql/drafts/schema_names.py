"""Names of tables and columns as words, English ones split and Chinese ones segmented. Pure.

    name_words("custAddrLine_1") == ("cust", "addr", "line", "1")
    name_words("合同金额（万元）") == ("合同", "amount")
    name_words("是否免费") == ("免费",)

What every schema has (names, numbers that identify, dates, amounts) is written in English also where a name is Chinese,
so that what reads schemas knows one word for it; what is special to a schema stays as it is written there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from assistant.nl2sql.drafts.asked_words import Word
from assistant.nl2sql.drafts.vocabulary import vocabulary
from assistant.nl2sql.drafts.word_overlap import split_words

_HAN = re.compile(r"[\u4e00-\u9fff]")
_PREFIX = re.compile(r"^(?:是否|所在|所属|所(?=[\u4e00-\u9fff]{2}))(?=[\u4e00-\u9fff])")
_UNIT = re.compile(
    r"(?:^|(?<=[\u4e00-\u9fff]{2}))(?:平方公里|平方千米|平方米|立方米|公顷|亩|亿元|万元|元|万吨|吨|公里|千米|千克|公斤|毫米|厘米|小时|分钟|(?<=[\u4e00-\u9fff]{3})天)$"
)
_COMMON = {
    "name": ("名称", "姓名", "名字", "全称", "名"),
    "title": ("标题", "题名"),
    "id": ("编号", "代码", "编码", "标识"),
    "number": ("号码", "数量", "个数", "数目", "数", "号"),
    "date": ("日期",),
    "time": ("时间",),
    "year": ("年份", "年度"),
    "month": ("月份",),
    "amount": ("金额", "数额"),
    "price": ("价格",),
    "area": ("面积",),
    "age": ("年龄",),
    "gender": ("性别",),
    "birth": ("出生",),
    "type": ("类型", "类别", "种类"),
    "address": ("地址",),
    "record": ("记录",),
    "info": ("信息",),
    "detail": ("明细",),
    "table": ("表",),
    "list": ("清单", "名单"),
}
_ENDINGS = sorted(
    ((ending, word) for word, endings in _COMMON.items() for ending in endings), key=lambda one: -len(one[0])
)
_PLAIN = dict(_ENDINGS)
_NO_ENDING = ("排名", "报名", "冠名", "署名", "签名", "人数", "次数", "天数", "户数", "分数", "指数", "系数", "总数")
_LONGEST = 8  # characters of a word


@lru_cache(maxsize=20_000)
def name_words(name: str) -> tuple[str, ...]:
    """The words of a name as it is written in a schema, lower case; a flag without its `is`."""
    words = split_words(name)
    if not _HAN.search(name):
        return words[1:] if len(words) > 1 and words[0] == "is" else words
    named = [word for place, word in enumerate(words) if not (place and _UNIT.fullmatch(word))]
    made = [part for word in named for part in (_segments(word) if _HAN.match(word) else (word,))]
    return tuple(made) or words


def spelled(name: str) -> str:
    """The name in lower case, a Chinese one by its words: for what looks for `name`, `id` or `date` in it."""
    return "_".join(name_words(name)) if _HAN.search(name) else name.lower()


def _segments(run: str) -> tuple[str, ...]:
    body = _UNIT.sub("", _PREFIX.sub("", run)) or run
    endings: list[str] = []
    while (ending := _ending_of(body)) is not None:
        body = body[: -len(ending[0])]
        endings.insert(0, ending[1])
    return (*(_PLAIN.get(part, part) for part in _known_words(body)), *endings)


def _ending_of(body: str) -> tuple[str, str] | None:
    """The common word that a name ends in, as it is written and in English; a single character only behind a word."""
    if body.endswith(_NO_ENDING):
        return None
    least = {ending: 2 if len(ending) < 2 else 1 for ending, _ in _ENDINGS}  # characters before it
    return next((one for one in _ENDINGS if body.endswith(one[0]) and len(body) - len(one[0]) >= least[one[0]]), None)


def _known_words(run: str) -> list[str]:
    """The longest known words from left to right; what is between them stays in one piece."""
    known = vocabulary().chinese
    made: list[str] = []
    at = start = 0
    while at < len(run):
        size = next((n for n in range(min(_LONGEST, len(run) - at), 1, -1) if run[at : at + n] in known), 0)
        rest = len(run) - at - size
        if not size or rest == 1 or (at - start == 1):
            at += 1  # a single character is no word of its own beside a known one
            continue
        if at > start:
            made.append(run[start:at])
        made.append(run[at : at + size])
        at = start = at + size
    return [*made, run[start:]] if start < len(run) else made


def chinese_parts(names: Iterable[str]) -> frozenset[str]:
    """The Chinese words that names are made of."""
    return frozenset(part for name in names for part in name_words(name) if _HAN.search(part))


def with_parts(words: Sequence[Word], parts: frozenset[str]) -> tuple[Word, ...]:
    """The words, each also with the Chinese part of a name that it is, or that means the same."""
    if not parts:
        return tuple(words)
    readings = {part: vocabulary().chinese.get(part, ()) for part in parts}
    return tuple(word if word.quoted else _with_parts(word, parts, readings) for word in words)


def _with_parts(word: Word, parts: frozenset[str], readings: Mapping[str, Sequence[frozenset[str]]]) -> Word:
    if word.text in parts:
        return replace(word, stems=word.stems | {word.text})
    same = {part for part, said in readings.items() if any(one <= word.stems for one in said)}
    return replace(word, stems=word.stems | same) if same else word
