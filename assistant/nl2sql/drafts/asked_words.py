"""A question, English or Chinese, as words with English stems, numbers, quoted names and cues. Pure, deterministic.

    words_of("找出体重大于10的宠物") -> 体重{weight} above 10 宠物{pet}

Both languages give the same kind of words, so that what reads them (mentions.py, shape.py) knows no language.
"""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from assistant.nl2sql.drafts.vocabulary import forms_of, vocabulary
from assistant.nl2sql.drafts.word_overlap import stem
from assistant.nl2sql.plans.numerals import arabic, value_of
from assistant.yaml_source import read_yaml

_FILE = Path(__file__).with_name("cues.yaml")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_HAN_RUN = re.compile(r"[\u4e00-\u9fff]+")
_LONGEST, _MOST_KEPT = 8, 64  # characters of a kept word; kept words
_QUOTED = re.compile(r"[\"“”「]([^\"“”「」]+)[\"“”」]|[‘'`](?=\S)([^'’`]+?)(?<=\S)['’`](?!\w)")
_STOP = re.compile(r"[.?!;](?=\s|$)|[。？！；]")
_PAUSE = re.compile(r"[,.?!;:，。？！；：]")
_ONCE = re.compile(r"\b(than|least|most|only|with|exactly) (one|once|twice|a single)\b", re.IGNORECASE)
_FROM_ONE = re.compile(r"\bone(?= (?:to|and|or) (?:two|three|four|five|six|seven|eight|nine|ten|\d))", re.IGNORECASE)
_THAN = re.compile(r"比(\d+(?:\.\d+)?[岁年个名只家]?)更?([大重高长多老小轻低短少])(?!于)")
_THAN_AVERAGE = re.compile(r"比(平均[\u4e00-\u9fff]{0,4}?)更?(贵|便宜|年轻|年长|[大重高长多老小轻低短少快慢])(?=的)")
_MANY = re.compile(
    r"(?<=有)多(?=[只个名位种家门次台辆部本张])|\b(?<=have |with )(?:multiple|several)(?= [a-z])", re.IGNORECASE
)
_SEVERAL = re.compile(
    r"(?<![每某同另这那第一二两三四五六七八九十百千万])([二两三四五六七八九十])(?=[只辆本门种场架部座台列艘间支首款节匹头棵颗幅级班集页站楼层])"
    r"|(?<=不止|只有|仅有|恰好|正好|至少|超过|多于|少于)(一)(?=[个名位种家只门所次场部辆本台条张艘列间支款])"
)
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?![A-Za-z0-9_-])")
_DATE = re.compile(r"(\d{4})([-/年])(\d{1,2})([-/月])(\d{1,2})日?(?![0-9A-Za-z_-])")
# measure words behind a number, 几 and 多少: 2名医生 names no name, 3列火车 no line
_MEASURE = re.compile(r"[个名位种家只门所次场架部条份张座本件台列艘间支首辆款节匹头棵颗项幅](?![称字词单程额])")
_ASKED_UNIT = re.compile(
    r"(?:万元|亿元|元|年|岁|天|个?月|小时|分钟|万?吨|公里|平方米|公顷|亩|米)(?![\u4e00-\u9fff]?[称份度级龄])"
)
_WORD = re.compile(r"[a-z]+(?:[-'](?!s\b)[a-z]+)*|[a-z0-9]+|\d+", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One unit of the question; exactly one of the last four says what it is, and none where it is a plain word."""

    text: str
    start: int  # characters
    end: int
    stems: frozenset[str] = frozenset()  # English stems of a plain word, or of the attribute that a cue names
    own: frozenset[str] = frozenset()  # those of them that are its own and no synonym's; empty where all are alike
    cues: frozenset[str] = frozenset()
    number: float | None = None
    quoted: bool = False
    date: str = ""  # ISO, of a whole date
    filler: bool = False
    sentence: int = 0  # 0 for the first of the question
    apart: bool = False  # punctuation stands before it


@cache
def _patterns(lang: str) -> tuple[tuple[re.Pattern[str], str, frozenset[str]], ...]:
    found = []
    for key, patterns in read_yaml(_FILE).mapping()[lang].mapping().items():
        cue, _, stems = key.partition("=")
        for node in patterns.sequence():
            text = node.raw or str(node.value)
            whole = rf"(?<![a-z]){text}(?![a-z])" if lang == "en" and text[0] not in "<>'’(^" else text
            whole = rf"(?<![a-z]){text}(?![a-z])" if lang == "en" and text.startswith("(?:") else whole
            found.append((re.compile(whole), cue, frozenset(stem(one) for one in stems.split())))
    return tuple(found)


@cache
def _fillers(lang: str) -> frozenset[str]:
    nodes = read_yaml(_FILE).mapping()["filler"].mapping()[lang].sequence()
    return frozenset(node.raw or str(node.value) for node in nodes)


def words_of(text: str, names: frozenset[str] = frozenset(), stored: Container[str] = frozenset()) -> tuple[Word, ...]:
    """The words of `text` from left to right. `names`: Chinese names of the schema itself, kept whole.

    `stored`: words of stored values; Chinese ones are kept whole where they hold a number or a cue: 二级, 不合格.
    """
    kept = _kept_whole(text, stored)
    for place, word in enumerate(kept):
        text = text.replace(word, _sign(place))
    found = _scan(_plain(text), names)
    return tuple(_restored(found, kept) if kept else found)


def _kept_whole(text: str, stored: Container[str]) -> list[str]:
    """Stored Chinese words of `text`, longest first, that would be read as something else."""
    runs = (hit[0] for hit in _HAN_RUN.finditer(_QUOTED.sub(" ", text)))
    found = {
        run[at : at + size]
        for run in runs
        for at in range(len(run))
        for size in range(min(_LONGEST, len(run) - at), 1, -1)
        if run[at : at + size] in stored and _misread(run[at : at + size])
    }
    return sorted(found, key=lambda word: (-len(word), word))[:_MOST_KEPT]


def _misread(word: str) -> bool:
    """二级, 不合格: more than one word, and one of them a number or a cue; 最高 as a whole is no value."""
    read = _scan(_plain(word), frozenset())
    return (len(read) > 1 or read[0].number is not None) and any(one.cues or one.number is not None for one in read)


def _sign(place: int) -> str:
    """A character that no text has, for the kept word at `place`."""
    return chr(0xE000 + place)


def _restored(found: Sequence[Word], kept: Sequence[str]) -> list[Word]:
    made, shift = [], 0
    for word in found:
        start = word.start + shift
        for place, whole in enumerate(kept):
            if _sign(place) in word.text:
                shift += (len(whole) - 1) * word.text.count(_sign(place))
                word = replace(word, text=word.text.replace(_sign(place), whole))
        made.append(replace(word, start=start, end=word.end + shift))
    return made


def _plain(text: str) -> str:
    """Full-width forms and number words as digits; letter case stays, for names."""
    table = {0xFF01 + place: 0x21 + place for place in range(94) if chr(0xFF01 + place) not in "，？：；！（）"}
    flat = text.translate(table)
    flat = _THAN.sub(r"\2于\1", flat.replace("哪一", "哪"))
    flat = _MANY.sub(lambda hit: "超过1" if hit[0] == "多" else "more than 1", flat)
    flat = _THAN_AVERAGE.sub(r"\2于\1", flat)
    flat = _ONCE.sub(lambda hit: f"{hit[1]} {2 if hit[2].lower() == 'twice' else 1}", flat)
    flat = _FROM_ONE.sub("1", flat)
    flat = _SEVERAL.sub(lambda hit: str(value_of(hit[1] or hit[2])), flat)
    low = arabic(flat.lower())
    return flat if low == flat.lower() else low


def _scan(text: str, names: frozenset[str]) -> list[Word]:
    lang = "zh" if _HAN.search(_QUOTED.sub("", text)) else "en"
    found: list[Word] = []
    at = sentence = 0
    while at < len(text):
        word = _quoted(text, at) or _date(text, at) or _measure(text, at, found) or _longest(text, at, lang, names)
        if word is None:
            sentence += bool(_STOP.match(text, at)) and bool(found)
            at += 1
            continue
        before = text[found[-1].end : at] if found else ""
        found.append(replace(word, sentence=sentence, apart=bool(_PAUSE.search(before))))
        at = word.end
    return found


def _quoted(text: str, at: int) -> Word | None:
    hit = _QUOTED.match(text, at)
    if hit is None or (at and text[at] in "'’‘" and text[at - 1].isalnum() and not _HAN.match(text[at - 1])):
        return None
    return Word(text=(hit[1] or hit[2]).strip(), start=at, end=hit.end(), quoted=True)


def _date(text: str, at: int) -> Word | None:
    """2021-05-01, 2021/5/1, 2021年5月1日: one word, and the date as databases write it."""
    hit = _DATE.match(text, at)
    if hit is None or (at and text[at - 1].isdigit()) or (hit[2] == "年") != (hit[4] == "月"):
        return None
    date = f"{int(hit[1]):04}-{int(hit[3]):02}-{int(hit[5]):02}"
    return Word(text=hit[0], start=at, end=hit.end(), date=date)


def _measure(text: str, at: int, found: list[Word]) -> Word | None:
    """The measure word right behind a number, or the unit right behind 多少."""
    if not found or found[-1].end != at:
        return None
    asked = _ASKED_UNIT.match(text, at) if found[-1].text.endswith(("多少", "几")) else None
    if asked is not None:
        return Word(text=asked[0], start=at, end=asked.end(), filler=True)
    if found[-1].number is None or not _MEASURE.match(text, at):
        return None
    return None if _patterns_reach(text, at) > at + 1 else Word(text=text[at], start=at, end=at + 1, filler=True)


def _patterns_reach(text: str, at: int) -> int:
    """Where the longest Chinese cue that begins here ends: 3个或更多 is one bound."""
    return max((hit.end() for regex, _, _ in _patterns("zh") if (hit := regex.match(text, at))), default=at)


def _longest(text: str, at: int, lang: str, names: frozenset[str]) -> Word | None:
    """The longest of cue, number and plain word that begins here; a cue before a word of the same length."""
    low = text.lower()
    cues = [(hit.end(), cue, stems) for regex, cue, stems in _patterns(lang) if (hit := regex.match(low, at))]
    number = _NUMBER.match(text, at)
    plain = _plain_word(text, at, lang, names)
    reach = max([end for end, _, _ in cues if end > at], default=at)
    if number and number.end() >= reach:
        return Word(text=number[0], start=at, end=number.end(), number=float(number[0]))
    if reach > at and (plain is None or reach >= plain.end):
        best = [(cue, stems) for end, cue, stems in cues if end == reach]
        stems = frozenset().union(*(one for _, one in best))
        stems |= plain.stems if plain and plain.end == reach else frozenset()
        if lang == "en" and any(cue == "count" for cue, _ in best) and "many" not in low[at:reach]:
            stems |= forms_of("number")  # number of tickets may be the name of a column
        return Word(text=text[at:reach], start=at, end=reach, cues=frozenset(cue for cue, _ in best), stems=stems)
    return plain


def _plain_word(text: str, at: int, lang: str, names: frozenset[str]) -> Word | None:
    if _HAN.match(text[at]):
        return _chinese(text, at, names)
    if "\ue000" <= text[at] < _sign(_MOST_KEPT):
        return Word(text=text[at], start=at, end=at + 1)
    hit = _WORD.match(text, at)
    if hit is None or (at and text[at - 1].isascii() and text[at - 1].isalnum()):
        return None
    word = hit[0]
    filler = word.lower() in _fillers("en")
    low = word.lower()
    own = frozenset({low, stem(low)})
    return Word(text=word, start=at, end=hit.end(), stems=forms_of(word), own=own, filler=filler)


def _chinese(text: str, at: int, names: frozenset[str]) -> Word:
    """The longest known Chinese word; a single unknown character where there is none."""
    known, fillers = vocabulary(), _fillers("zh")
    for size in range(min(8, len(text) - at), 0, -1):
        word = text[at : at + size]
        stems = frozenset().union(*known.chinese.get(word, ())) | ({word} if word in names else frozenset())
        if stems or word in known.names:
            return Word(text=word, start=at, end=at + size, stems=stems, filler=word in fillers)
        if word in fillers and size > 1:
            return Word(text=word, start=at, end=at + size, filler=True)
    return Word(text=text[at], start=at, end=at + 1, filler=text[at] in fillers)
