"""Texts as units (a Chinese character, an English word, a number), and finding known phrases in them. Pure.

One trie serves both languages: English words are compared in the singular, blanks do not count, punctuation does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Generic, TypeVar

T = TypeVar("T")

_UNIT = re.compile(r"[a-z]+|\d+(?:\.\d+)?%?|[^\sa-z\d]")
_HYPHEN = re.compile(r"(?<=[a-z])-(?=[a-z])")
# Characters that may stand between the characters of a known phrase: 新成立(了多少家)企业
_INSERTS = frozenset("的了着有多少几家个户件是过笔")
_ENGLISH_INSERTS = frozenset({"the", "of", "were", "was", "in", "a", "an", "newly", "been", "ha", "have", "are"})
MAX_INSERTS = 5


@dataclass(frozen=True, slots=True)
class Unit:
    text: str  # as compared
    start: int
    end: int

    @property
    def is_word(self) -> bool:
        return self.text[0].isascii() and self.text[0].isalpha()

    @property
    def is_number(self) -> bool:
        return self.text[0].isdigit()

    @property
    def is_content(self) -> bool:
        return self.text[0].isalnum()


@dataclass(frozen=True, slots=True)
class Match(Generic[T]):
    """units[start:end] spell a phrase; `inserts` of them do not belong to it."""

    start: int
    end: int
    inserts: int
    payload: T


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """The singular, roughly: enterprises -> enterprise, counties -> county."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def units(text: str) -> tuple[Unit, ...]:
    """The units of a normalised text; hyphens inside words count as blanks."""
    return tuple(
        Unit(stem(m[0]) if m[0][0].isascii() and m[0][0].isalpha() else m[0], m.start(), m.end())
        for m in _UNIT.finditer(_HYPHEN.sub(" ", text))
    )


@dataclass(slots=True)
class _Node(Generic[T]):
    children: dict[str, _Node[T]] = field(default_factory=dict)
    payloads: list[T] = field(default_factory=list)
    elastic: bool = False  # a payload below may be found with inserts


class Trie(Generic[T]):
    """Phrases with payloads. Built once, then only read."""

    def __init__(self) -> None:
        self._root: _Node[T] = _Node()

    def add(self, phrase: Iterable[str], payload: T, *, elastic: bool = False) -> None:
        """`elastic` phrases are also found with a few measure words and particles inside."""
        node = self._root
        node.elastic = node.elastic or elastic
        for unit in phrase:
            node = node.children.setdefault(unit, _Node())
            node.elastic = node.elastic or elastic
        if node is not self._root and payload not in node.payloads:
            node.payloads.append(payload)

    def find(self, text: tuple[Unit, ...]) -> Iterator[Match[T]]:
        """Every phrase at every position, overlapping ones included."""
        for start in range(len(text)):
            yield from self._walk(self._root, text, start, start, 0)

    def _walk(
        self, node: _Node[T], text: tuple[Unit, ...], start: int, position: int, inserts: int, *, loose: bool = False
    ) -> Iterator[Match[T]]:
        """`loose`: the unit before `position` was an insert, and a phrase does not end with one."""
        if node.payloads and not loose and (inserts == 0 or node.elastic):
            for payload in node.payloads:
                yield Match(start, position, inserts, payload)
        if position >= len(text):
            return
        child = node.children.get(text[position].text)
        if child is not None:
            yield from self._walk(child, text, start, position + 1, inserts)
        if _may_insert(text, start, position) and node.elastic and inserts < MAX_INSERTS:
            yield from self._walk(node, text, start, position + 1, inserts + 1, loose=True)


def _may_insert(text: tuple[Unit, ...], start: int, position: int) -> bool:
    """One word of English is as much as two characters of Chinese: homes (were) sold."""
    least = 1 if text[start].is_word else 2
    unit = text[position]
    return position >= start + least and (unit.text in _INSERTS or unit.text in _ENGLISH_INSERTS)


def dice(one: str, other: str) -> float:
    """Similarity of two short texts by their pairs of characters, 0-1."""
    left, right = _pairs(one), _pairs(other)
    if not left or not right:
        return 1.0 if one == other else 0.0
    return 2 * len(left & right) / (len(left) + len(right))


def _pairs(text: str) -> frozenset[str]:
    return frozenset(text[i : i + 2] for i in range(len(text) - 1))
