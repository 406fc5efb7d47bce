"""The product's own words: what to do with a number, and words without content (words.yaml, closed_classes.yaml).

Read once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from assistant.errors import SemanticModelError
from assistant.yaml_source import build, read_yaml

_FILE = Path(__file__).with_name("words.yaml")
_PARTICLES = "的了着呢吗吧啊是有和与及或也都就又其这那此该某对从到至由被把将以等个为于同跟并还几查看请帮要想"
_CLOSED = Path(__file__).with_name("closed_classes.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """`operators`: (name, phrases); the names are those that asked_terms.py, asked_order.py and linking.py look for.

    `weak`: fillers of one Chinese character that may as well be half of a longer word (closed_classes.yaml).
    """

    operators: tuple[tuple[str, tuple[str, ...]], ...]
    fillers: tuple[str, ...]
    weak: frozenset[str] = frozenset()

    @property
    def halves(self) -> frozenset[str]:
        """Fillers of one Chinese character, particles and measure words apart: beside an unknown one, half a word."""
        return _halves()


@cache
def words() -> Words:
    own = build(Words, read_yaml(_FILE, SemanticModelError))
    closed = _closed_classes()
    weak = frozenset(word for word in closed if len(word) == 1 and not word.isascii()) - frozenset(own.fillers)
    return replace(own, fillers=tuple(dict.fromkeys((*own.fillers, *closed))), weak=weak)


@cache
def _halves() -> frozenset[str]:
    single = {word for word in words().fillers if len(word) == 1 and not word.isascii()}
    return frozenset(single - set(_PARTICLES))


def _closed_classes() -> list[str]:
    """Pronouns, particles, light verbs … of both languages; a word that the operators hold keeps that sense as well."""
    languages = read_yaml(_CLOSED, SemanticModelError).mapping().values()
    classes = [node for language in languages for node in language.mapping().values()]
    return [node.raw or str(node.value) for one in classes for node in one.sequence()]
