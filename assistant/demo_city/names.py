"""Made-up names of persons and of firms. Every firm carries 示例 (example) in its name."""

from __future__ import annotations

import numpy as np

from assistant.demo_city.draws import Array, Rng, pick, words

_SURNAMES = (
    "李王张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧"
    "程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖"
)
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰建国文志海云雪梅晨宇浩然子涵欣怡佳琪思雨俊博雅婷嘉诚梦瑶"
_BRAND_FIRST = "松禾澜云锦霁青岫鹭汀墨砚茗竹枫泽瑞恒启程远航星辰嘉木晴川立新和盛万兴永昌弘毅博雅卓越鼎峰"
_BRAND_SECOND = "源达泰丰润康宁逸腾飞宏图信诚德隆祥顺美佳优品聚力创智慧联通汇海纳百川正阳光华融业"


def person_names(rng: Rng, size: int) -> Array:
    surnames = pick(rng, list(_SURNAMES), size, [1 / (i + 4) for i in range(len(_SURNAMES))])
    first = pick(rng, list(_GIVEN), size)
    second = pick(rng, [*_GIVEN, *([""] * 12)], size)
    found: Array = surnames + first + second
    return found


def brands(rng: Rng, group: Array) -> Array:
    """Two or three characters for each firm, unique within its group (an industry)."""
    found = np.empty(len(group), dtype=object)
    first, second = len(_BRAND_FIRST), len(_BRAND_SECOND)
    for value in np.unique(group):
        members = np.flatnonzero(group == value)
        numbers = rng.permutation(max(len(members), first * second))[: len(members)]
        found[members] = words(
            [
                _BRAND_FIRST[n % first]
                + _BRAND_SECOND[n // first % second]
                + (_BRAND_SECOND[n // (first * second) * 7 % second] if n >= first * second else "")
                for n in numbers.tolist()
            ]
        )
    return found
