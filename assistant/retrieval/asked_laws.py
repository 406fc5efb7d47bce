"""Which laws lay questions are about: one that is asked about oftener than its length explains stands a little higher.

The counts (asked_laws.yaml) are of the 300 development questions of STARD (THUIR, MIT licence; NOTICE). A law that is
not in the table leans to no side, so documents of a bureau's own are ordered as without it. Pure but for reading it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from assistant.retrieval.citations import short_title
from assistant.yaml_source import read_yaml

TABLE = Path(__file__).with_name("asked_laws.yaml")
_SHRINK = 30.0  # questions: with so many more than expected a law leans by log 2; a handful says little


@dataclass(frozen=True, slots=True)
class AskedLaws:
    """`counts`: short title -> questions that it answers; 0 for one that could have answered and did not."""

    counts: Mapping[str, float]

    def leaning(self, sizes: Mapping[str, int]) -> dict[str, float]:
        """{short title: log of asked over expected}, for the known laws among a library's `sizes` (articles each).

        Expected is what a law would get if every article were asked about alike.

        >>> AskedLaws({"民法典": 30.0, "海商法": 0.0}).leaning({"民法典": 10, "海商法": 20, "本市办法": 30})
        {'民法典': 0.405, '海商法': -0.511}
        """
        known = {title: size for title, size in sizes.items() if title in self.counts}
        articles, asked = sum(known.values()), math.fsum(self.counts[title] for title in known)
        return {
            title: round(math.log((self.counts[title] + _SHRINK) / (asked * size / articles + _SHRINK)), 3)
            for title, size in known.items()
        }


def count_asked(titles: Iterable[str], answering: Iterable[Iterable[str]]) -> AskedLaws:
    """From the `titles` of all laws and, for every question, the title of each article that answers it."""
    counts = dict.fromkeys((short_title(title) for title in titles), 0.0)
    for laws in answering:
        each = [short_title(title) for title in laws]
        for title in each:
            counts[title] += 1 / len(each)
    return AskedLaws(MappingProxyType(counts))


@lru_cache(maxsize=1)
def load_asked_laws() -> AskedLaws:
    """The shipped table. Raises ConfigurationError when it is damaged."""
    laws = read_yaml(TABLE).mapping()["laws"].mapping()
    return AskedLaws(MappingProxyType({title: float(str(node.value)) for title, node in laws.items()}))
