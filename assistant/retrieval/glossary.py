"""The bilingual glossary: other words for what a question says, for the lexical half of search."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import yaml

from assistant.domain import Text
from assistant.errors import CatalogError
from assistant.retrieval.tokens import english_words, has_han, normalised

_FILE = Path(__file__).with_name("glossary.yaml")
_LONGEST_PHRASE = 5  # English words
_SHORTEST_STEM = 3  # letters: used and being stay as they are
_KEYS = {"en", "zh", "say"}
_POSSESSIVE = re.compile(r"['’]s\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Glossary:
    """`english` maps a phrase (stemmed words joined by a space), `said` a Chinese phrase, to the field's words."""

    english: dict[str, tuple[str, ...]]
    said: dict[str, tuple[str, ...]]
    question_words: frozenset[str]
    policy_words: tuple[str, ...] = ()
    bare: dict[str, tuple[str, ...]] = field(default_factory=dict)  # `english` without the endings of verbs

    @property
    def terms(self) -> frozenset[str]:
        """The field's own Chinese words, for the tokenizer's dictionary."""
        return frozenset(word for words in self.english.values() for word in words)

    def phrases(self, text: str) -> list[tuple[str, tuple[str, ...]]]:
        """The English words of `text`, known phrases joined (longest first), each with its Chinese words or none."""
        words, at = english_words(_POSSESSIVE.sub("", text)), 0
        found: list[tuple[str, tuple[str, ...]]] = []
        while at < len(words):
            for size in range(min(_LONGEST_PHRASE, len(words) - at), 0, -1):
                phrase = " ".join(words[at : at + size])
                meant = self.english.get(phrase) or self.bare.get(_bare(phrase), ())
                if meant or size == 1:
                    found.append((phrase, meant))
                    at += size
                    break
        return found

    def translations(self, text: str) -> tuple[str, ...]:
        """The Chinese words of the English phrases in `text`, in order of appearance."""
        return tuple(dict.fromkeys(word for _, words in self.phrases(text) for word in words))

    def synonyms(self, text: str, simplify: Callable[[str], str] | None = None) -> tuple[str, ...]:
        """The field's words for what a Chinese `text` says in other words."""
        if not has_han(text):
            return ()
        plain = normalised(text, simplify)
        found = (word for said, words in self.said.items() if said in plain for word in words if word not in plain)
        return tuple(dict.fromkeys(found))

    def spoken(self, plain: str) -> dict[str, tuple[str, ...]]:
        """The phrases of a normalised text that the field has other words for, with those words."""
        return {said: words for said, words in self.said.items() if said in plain}


@lru_cache(maxsize=1)
def load_glossary(path: Path = _FILE) -> Glossary:
    """Read the glossary file; raises CatalogError naming it when an entry is not {en, zh, say}."""
    raw = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    english: dict[str, tuple[str, ...]] = {}
    said: dict[str, tuple[str, ...]] = {}
    for entry in raw["terms"]:
        if not isinstance(entry, dict) or not set(entry) <= _KEYS or not entry.get("zh"):
            raise CatalogError(
                Text(
                    zh=f"词汇表条目应含 zh，可含 en、say：{entry!r}",
                    en=f"an entry needs zh and may have en, say: {entry!r}",
                ),
                file=path,
            )
        for phrase in entry.get("en", ()):
            english.setdefault(" ".join(english_words(phrase)), tuple(entry["zh"]))
        for phrase in entry.get("say", ()):
            said[phrase] = _merged(said.get(phrase, ()), entry["zh"])
    words, policy = raw["question_words"], raw["policy_words"]
    bare: dict[str, tuple[str, ...]] = {}
    for phrase, meant in english.items():
        bare.setdefault(_bare(phrase), meant)
    return Glossary(
        english=english,
        said=said,
        question_words=frozenset([*words["zh"], *words["en"]]),
        policy_words=(*policy["zh"], *(" ".join(english_words(phrase)) for phrase in policy["en"])),
        bare=bare,
    )


def _bare(phrase: str) -> str:
    """Its words without what a verb gains: leaking, leaked, leaks and leak are one.

    >>> _bare("data shared"), _bare("sharing"), _bare("use"), _bare("planned")
    ('data shar', 'shar', 'use', 'plan')
    """
    return " ".join(map(_bare_word, phrase.split()))


def _bare_word(word: str) -> str:
    ending = next((end for end in ("ing", "ed", "es", "e") if word.endswith(end)), "")
    if not ending or len(word) - len(ending) < _SHORTEST_STEM:
        return word
    stem = word[: -len(ending)]
    return stem[:-1] if len(stem) > _SHORTEST_STEM and stem[-1] == stem[-2] and stem[-1] not in "ls" else stem


def _merged(old: Iterable[str], new: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*old, *new]))
