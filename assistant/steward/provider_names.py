"""How a question shortens the names of departments: 卫健委, and in a list without any ending 民政和人社. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_BUREAU = re.compile(r"[一-鿿]{2,8}?(?:局|委员会|委|办|中心|院|厅|署)")
_ENDING = re.compile(r"(?:局|委员会|中心|办公室|院|厅|署|馆)$")
_NAMED_BUREAU = re.compile(r"^[一-鿿]{2,10}(?:局|委员会|委|厅|署)$")
_JOIN = re.compile(r"[和与跟及、]")
# 教育和医疗类: no departments
_OF_A_KIND = (
    "类",
    "库",
    "领域",
    "方面",
    "主题",
    "专题",
    "数据",
    "信息",
    "资源",
    "目录",
)  # 教育和医疗类: no departments
_LONGEST_STEM = 4


def abbreviated_providers(text: str, providers: Iterable[str]) -> dict[str, str]:
    """Spans of the text that abbreviate exactly one provider (卫健委, 人社局), with the provider's name."""
    listed, found = tuple(providers), {}
    for match in _BUREAU.finditer(text):
        span = match[0]
        for start in range(len(span) - 2):
            shorts = {span[start:], span[start:].removeprefix("市")}  # 市监局 is no 监局
            fits = [one for one in listed if any(len(short) > 2 and _abbreviates(short, one) for short in shorts)]
            if len(fits) == 1:
                found[span[start:]] = fits[0]
                break
    return found


def names_bureau(word: str) -> bool:
    """Whether a word is the name of a department, of this estate or another: 审计局."""
    return bool(_NAMED_BUREAU.search(word))


def _abbreviates(short: str, name: str) -> bool:
    """In the order of the name, and nothing but its characters; 委 stands for 委员会."""
    rest = iter(name)
    return all(char in rest for char in short) and name.rstrip("员会")[-1] == short[-1]


def listed_providers(text: str, providers: Iterable[str]) -> dict[tuple[int, int], str]:
    """Bare names that stand beside each other in a list, each of exactly one provider: 民政和人社.

    {(start, end): provider}. One bare name alone is a topic as often as a department, and is left.
    """
    listed = tuple(providers)
    found: dict[tuple[int, int], str] = {}
    for join in _JOIN.finditer(text):
        left = _stem_before(text, join.start(), listed)
        right = _stem_after(text, join.end(), listed)
        if left is not None and right is not None and left[1] != right[1] and not _is_kind(text, right[0][1]):
            found |= dict((left, right))
    return found


def _stem_before(text: str, end: int, providers: Sequence[str]) -> tuple[tuple[int, int], str] | None:
    for size in range(_LONGEST_STEM, 1, -1):
        one = _of_stem(text[end - size : end], providers) if end >= size else None
        if one is not None:
            return (end - size, end), one
    return None


def _stem_after(text: str, start: int, providers: Sequence[str]) -> tuple[tuple[int, int], str] | None:
    for size in range(_LONGEST_STEM, 1, -1):
        one = _of_stem(text[start : start + size], providers) if start + size <= len(text) else None
        if one is not None:
            return (start, start + size), one
    return None


def _of_stem(stem: str, providers: Sequence[str]) -> str | None:
    """The one provider whose name, less 市 and its ending, begins as the stem does and holds it in order."""
    fits = [one for one in providers if _shortens(stem, _ENDING.sub("", one.removeprefix("市")))]
    return fits[0] if len(fits) == 1 else None


def _shortens(stem: str, core: str) -> bool:
    rest = iter(core)
    return len(stem) > 1 and stem[0] == core[:1] and all(char in rest for char in stem)


def _is_kind(text: str, end: int) -> bool:
    return text.startswith(_OF_A_KIND, end)
