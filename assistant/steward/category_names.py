"""How a question speaks of categories without their full name: 应急那块, 人口、法人两个库. Pure.

A bare name alone is a topic as often as a category (教育 is both), so it counts where an ending says that it is one, or
where it stands in a list with another category.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_ENDING = re.compile(
    r"(?:这|那)?(?:[一两二三四五六几]|[0-9])?[个大]?(?:基础库|数据库|库|类|领域|方面|主题|专题|条线|板块|块|口径|口子|口)(?!径|号|头|子)"
)
_JOIN = re.compile(r"\s*[、,，和与及跟]\s*")


def listed_categories(
    text: str, categories: Iterable[str], taken: Iterable[tuple[int, int]]
) -> dict[tuple[int, int], str]:
    """{(start, end): category}; the end takes in what says that it is one. `taken` spans are something else."""
    busy = tuple(taken)
    names = sorted({one for one in categories if len(one) > 1}, key=len, reverse=True)
    if not names:
        return {}
    bare = [
        (match.start(), match.end(), match[0])
        for match in re.finditer("|".join(map(re.escape, names)), text)
        if all(match.end() <= start or match.start() >= end for start, end in busy)
    ]
    found: dict[tuple[int, int], str] = {}
    for run in _runs(text, bare):
        ending = _ENDING.match(text, run[-1][1])
        if ending is None and len(run) < 2:
            continue
        for place, (start, end, name) in enumerate(run):
            last = place == len(run) - 1 and ending is not None
            found[(start, ending.end() if last and ending is not None else end)] = name
    return found


def _runs(text: str, bare: list[tuple[int, int, str]]) -> list[list[tuple[int, int, str]]]:
    """Names that stand in one list together."""
    runs: list[list[tuple[int, int, str]]] = []
    for one in bare:
        joined = runs and _JOIN.fullmatch(text, runs[-1][-1][1], one[0]) is not None
        if joined:
            runs[-1].append(one)
        else:
            runs.append([one])
    return runs
