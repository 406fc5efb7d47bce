"""Whether a question asks for a length of time or a count, and whether a text states one. Pure.

保密多少年 is answered by an article with a number of years in it; one that only speaks of the matter is a neighbour.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_NUMERAL = "[0-9一二三四五六七八九十百千万两]"
_TIME = ("年", "个月", "月", "日", "天", "工作日", "小时", "岁")
_COUNTED = re.compile(r"(?:多少|几)个?(工作日|小时|[年月日天元钱人户家岁级类种次倍])")
_HOW_LONG = re.compile(
    r"多久|多长时间|最长|最短|最迟|最晚|期限|时限"
    r"|how long|how soon|how many (?:working |business )?(?:days|months|years)|deadline|time limit"
)
_HOW_MANY = re.compile(r"how many|how much|minimum number|at least how")
_ALSO = {"天": "[天日]", "日": "[天日]", "工作日": "(?:工作日|[天日])", "钱": "元", "岁": "周?岁", "人": "[人名]"}
_STATED_TIME = re.compile(rf"{_NUMERAL}个?(?:{'|'.join(_TIME)})")
_STATED = re.compile(rf"{_NUMERAL}")


def asked_figure(question: str) -> Callable[[str], bool] | None:
    """A test whether a normalised text states the kind of figure that the normalised `question` asks for, or None.

    >>> states = asked_figure("机密级最长可以保密多少年")
    >>> states("机密级不超过二十年"), states("机密级国家秘密是重要的国家秘密")
    (True, False)
    >>> asked_figure("部门能不能自建平台") is None
    True
    """
    counted = _COUNTED.search(question)
    if counted is not None and counted[1] not in _TIME:
        unit = _ALSO.get(counted[1], counted[1])
        pattern = re.compile(rf"{_NUMERAL}个?{unit}")
    elif counted is not None or _HOW_LONG.search(question):
        pattern = _STATED_TIME
    elif _HOW_MANY.search(question):
        pattern = _STATED
    else:
        return None
    return lambda text: pattern.search(text) is not None
