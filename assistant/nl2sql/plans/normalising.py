"""One spelling for one thing: 简繁, full and half width, letter case, number words. Pure.

Questions, names of the model and values all pass through here before they are compared.
"""

from __future__ import annotations

import re
import unicodedata

from assistant.language import to_simplified
from assistant.nl2sql.plans import numerals

MAX_CHARACTERS = 2000  # a question is cut for linking; the pipeline refuses longer ones with a sentence

_SPACES = re.compile(r"\s+")
_QUOTES = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "《": '"', "》": '"', "「": '"', "」": '"', "–": "-",
                         "—": "-", "−": "-", "～": "-", "~": "-", "＋": "+"})  # fmt: skip


# 过亿, 上万件, 破千万: more than one of them
# 单价过两万, 总量破百: more than; 办过3件 is none
_PAST = re.compile(
    r"(?:(?<=[价率数量额度比值重龄长])过|(?<![突打])破|突破|逾|(?<![赶反])超)(?=[\d十百千万亿两二三四五六七八九]|一[成百千万亿半])"
)
# what one side of the strait says and the other writes differently
_SAID_ELSEWHERE = {
    "品质": "质量", "开放资料": "开放数据", "资料共享": "数据共享", "资料下载": "数据下载", "裁罚": "处罚",
    "就医费用": "就诊费用", "新成屋": "新建商品房", "中古屋": "二手房", "长者": "老年人", "河川": "河流",
    "二手屋": "二手房", "市话": "电话", "规模以上": "规上", "网路": "网上", "透过": "通过", "几多": "多少",
}  # fmt: skip
_ELSEWHERE = re.compile("|".join(_SAID_ELSEWHERE))
_TENTHS = re.compile(r"(?<![\d.])(\d(?:\.\d)?)成(?![立交本员果绩品功人年为长效份分套])")  # 两成: 20%
_KINDS = re.compile(r"各类(?=[\u4e00-\u9fff])(?![类别型])")  # 各类证照: by their kind
_MUCH, _LITTLE = "高多大好贵快长重", "低少小差便慢短轻"
_FALLING = re.compile(rf"(?:由|从|按|自)?([{_MUCH}])(?:到|至|往|-|→)(?:[{_LITTLE}]宜?)")
_RISING = re.compile(rf"(?:由|从|按|自)?(?:[{_LITTLE}]宜?)(?:到|至|往|-|→)([{_MUCH}])")
_FIRST_OF = re.compile(r"首(?=[两二三四23]?个?季|半年|\d个月)")  # 首三季: as 前三季度
# 降下来没有, 发了没: a question at the end of a clause and no denial
_OR_NOT = re.compile(r"(?<=[了过来去升降涨跌好完成到])没有?(?=[,，。?？!！;；]|$)")
_ROUND = re.compile(r"(?<![通经超不])[过破上]([十百千]?[万亿])(?=元|的|家|件|人|次|套|户|$)")


def normalise(text: str) -> str:
    """The text in Simplified characters, half width, lower case, with digits for number words.

    >>> normalise("各區２０２４年新設企業數"), normalise("近三年　Linjiang  District")
    ('各区2024年新设企业数', '近3年 linjiang district')
    """
    text = to_simplified(text[:MAX_CHARACTERS])
    text = unicodedata.normalize("NFKC", numerals.drop_thousands(text)).translate(_QUOTES).lower()
    text = _KINDS.sub("各类型", _OR_NOT.sub("吗", text))
    text = _FIRST_OF.sub("前", _ELSEWHERE.sub(lambda said: _SAID_ELSEWHERE[said[0]], text))
    text = text.replace("这两年", "近2年").replace("这两个", "近2个") if "这两" in text else text
    text = _RISING.sub("从低到高", _FALLING.sub("从高到低", text))
    text = _PAST.sub("超过", _ROUND.sub(r"超过1\1", text))
    text = numerals.arabic(_SPACES.sub(" ", text).strip())
    return _TENTHS.sub(lambda said: f"{float(said[1]) * 10:g}%", text)


def same_word(one: str, other: str) -> bool:
    """True where two names differ in spelling only."""
    return normalise(one) == normalise(other)
