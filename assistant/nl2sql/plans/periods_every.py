"""Each of several times, in Chinese: 各月, 逐年, 按季度, 最高的是哪个月. Pure."""

from __future__ import annotations

import re

from assistant.nl2sql.plans.periods import Context, Mention, Rule


def _every(match: re.Match[str], context: Context) -> Mention | None:
    grain = {"年": "year", "季": "quarter", "月": "month", "日": "day", "天": "day"}[match["unit"][0]]
    return Mention(start=match.start(), end=match.end(), kind="every", period=None, grain=grain)


RULES: tuple[Rule, ...] = tuple(
    (re.compile(pattern), rule)
    for pattern, rule in (
        (
            r"(?<=最[高低多少大小好差快慢]的)是?(?:1个|那个|哪1?个?|几)?(?P<unit>年份?|季度|月份?|天)(?!龄|级|期)",
            _every,
        ),
        (r"(?:历|每1?|各|逐|分)个?(?P<unit>年度?|季度?|月份?|日|天)(?!龄|级|期)", _every),
        (r"(?:按|分)(?:照)?(?P<unit>年度?|季度?|月份?|日|天)(?!龄|级|期)", _every),
        (r"哪1?个?(?P<unit>年度?|季度|月份?|天)(?!龄|级|期)", _every),
        (r"(?<!\d)几(?P<unit>月)份?(?=[^,，。]{0,8}最)", _every),
        (r"(?<![近前去过第])(?:4个(?=季度)|12个(?=月))(?P<unit>季度|月)", _every),
        (r"(?P<unit>年度|季度|月度)(?=趋势|走势|变化|分布|情况|统计|曲线|数据|对比|比较|明细)", _every),
    )
)
