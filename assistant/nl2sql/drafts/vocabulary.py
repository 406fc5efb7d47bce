"""General words of databases in Chinese and English: what lets a Chinese question meet a schema with English names."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from assistant.nl2sql.drafts.word_overlap import split_words, stem
from assistant.yaml_source import Node, read_yaml

_ADVERBS = frozenset({"monthly", "yearly", "daily", "weekly", "quarterly", "annually"})
_NOUNS = ("ion", "ation", "ment")
_FILE = Path(__file__).with_name("vocabulary.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    chinese: dict[str, tuple[frozenset[str], ...]]  # Chinese word -> English stems, one set a reading
    english: dict[str, tuple[str, ...]]  # Chinese word -> English words
    names: dict[str, tuple[str, ...]]  # Chinese proper name -> how English data write it
    alike: dict[str, frozenset[str]]  # English stem -> stems of words for the same thing


@cache
def vocabulary() -> Vocabulary:
    """The words of vocabulary.yaml; read once. Raises ConfigurationError."""
    sections = read_yaml(_FILE).mapping()
    chinese: dict[str, list[frozenset[str]]] = defaultdict(list)
    whole: dict[str, list[str]] = defaultdict(list)
    for english, said in sections["words"].mapping().items():
        for word in _text(said).split():
            whole[word.lower()].append(english)
            chinese[word.lower()].append(frozenset(stem(part) for part in split_words(english)))
    names: dict[str, list[str]] = defaultdict(list)
    for name, said in sections["names"].mapping().items():
        for word in _text(said).split():
            names[word].append(name)
    alike: dict[str, set[str]] = defaultdict(set)
    for group in sections["alike"].sequence():
        stems = {stem(word) for word in _text(group).split()}
        for one in stems:
            alike[one] |= stems
    return Vocabulary(
        chinese={word: tuple(found) for word, found in chinese.items()},
        english={word: tuple(found) for word, found in whole.items()},
        names={word: tuple(found) for word, found in names.items()},
        alike={word: frozenset(found) for word, found in alike.items()},
    )


def forms_of(word: str) -> frozenset[str]:
    """The stems that an English word may have, with those of its synonyms: `enrolled` -> enrolled, enroll, enrol..."""
    low = word.lower()
    forms = {low, stem(low)}
    if low in _ADVERBS:  # average monthly volume: how it is taken, and no column of months
        return frozenset(forms)
    for tail in ("ed", "ing", "es", "ly"):
        if low.endswith(tail) and len(low) > len(tail) + 2:
            bare = low[: -len(tail)]
            forms |= {bare, bare + "e"} | ({bare[:-1]} if bare[-1] == bare[-2] else set())
            forms |= {bare + noun for noun in _NOUNS} if tail in ("ed", "ing") else set()  # inspected: inspection
    return frozenset(forms | {other for form in forms for other in vocabulary().alike.get(form, ())})


def _text(node: Node) -> str:
    return node.raw if node.raw is not None else str(node.value)
