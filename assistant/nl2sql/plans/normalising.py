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
    "质素": "质量", "空品": "空气质量", "日数": "天数", "数目": "数量", "应用程式": "app", "手机程式": "app",
    "巴士": "公交", "泊车": "停车", "微细悬浮粒子": "pm2.5", "细悬浮微粒": "pm2.5", "可吸入悬浮粒子": "pm10",
    "低收入户": "低保户", "低收入家庭": "低保家庭", "身心障碍者": "残疾人", "身障者": "残疾人",
    "残疾人士": "残疾人", "营利事业所得税": "企业所得税", "营所税": "企业所得税", "利得税": "企业所得税",
    "健保": "医保", "楼价": "房价", "二手楼": "二手房", "一手楼": "新房", "新盘": "新房", "求诊": "就诊",
    "罚锾": "罚款", "学童": "学生", "清贫学生": "困难学生", "雇员": "用工", "行动装置": "移动端",
    "行动电话": "手机", "柜台": "窗口", "优或良": "优良", "优和良": "优良", "优、良": "优良", "派发": "发放",
    "录得": "共有", "荣民": "退役军人", "结案": "办结", "歇业": "注销", "结业的": "注销的",
}  # fmt: skip
_ELSEWHERE = re.compile("|".join(sorted(_SAID_ELSEWHERE, key=len, reverse=True)))
_BY_THE_YEAR = re.compile(r"按([年月])(?=[上下]?[升跌]|增[长加减幅]|减[少幅]|变[化动]|[升跌]幅)")  # 按年上升: 同比上升
# people over 80: of that age; not where a thing is counted behind the number
_OF_AGE = re.compile(
    r"\b(people|persons|residents|inhabitants|citizens|adults|those|men|women|individuals|patients|population)"
    r" (?:who are |that are )?(over|under|above|below|older than|younger than) (?=\d{1,3}(?: |$|[?.,;])(?!%|percent))"
)
_TENTHS = re.compile(r"(?<![\d.])(\d(?:\.\d)?)成(?![立交本员果绩品功人年为长效份分套])")  # 两成: 20%
_KINDS = re.compile(r"各类(?=[\u4e00-\u9fff])(?![类别型])")  # 各类证照: by their kind
_WHICH_KIND = re.compile(r"(?:哪[一1]?|什么)类(?=(?:问题|诉求|投诉|工单|企业|主体|处罚|证照|人群|事项|补贴|材料|设施))")
_MUCH, _LITTLE = "高多大好贵快长重", "低少小差便慢短轻"
_FALLING = re.compile(rf"(?:由|从|按|自)?([{_MUCH}])(?:到|至|往|-|→)(?:[{_LITTLE}]宜?)")
_RISING = re.compile(rf"(?:由|从|按|自)?(?:[{_LITTLE}]宜?)(?:到|至|往|-|→)([{_MUCH}])")
_FIRST_OF = re.compile(r"首(?=[两二三四23]?个?季|半年|[两二三四五六七八九十\d]+个月)")  # 首三季: as 前三季度
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
    text = _BY_THE_YEAR.sub(lambda said: "同比" if said[1] == "年" else "环比", text)
    text = _WHICH_KIND.sub("哪类型", text)
    text = _KINDS.sub("各类型", _OR_NOT.sub("吗", text))
    text = _FIRST_OF.sub("前", _ELSEWHERE.sub(lambda said: _SAID_ELSEWHERE[said[0]], text))
    text = text.replace("这两年", "近2年").replace("这两个", "近2个") if "这两" in text else text
    text = _RISING.sub("从低到高", _FALLING.sub("从高到低", text))
    text = _OF_AGE.sub(r"\1 aged \2 ", text)
    text = _PAST.sub("超过", _ROUND.sub(r"超过1\1", text))
    text = numerals.arabic(_SPACES.sub(" ", text).strip())
    return _TENTHS.sub(lambda said: f"{float(said[1]) * 10:g}%", text)


def same_word(one: str, other: str) -> bool:
    """True where two names differ in spelling only."""
    return normalise(one) == normalise(other)
