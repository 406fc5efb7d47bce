"""The bilingual glossary: other words for what a question says, for the lexical half of search."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from assistant.domain import Text
from assistant.errors import CatalogError
from assistant.retrieval.tokens import english_words, has_han, normalised

_FILE = Path(__file__).with_name("glossary.yaml")
_LONGEST_PHRASE = 5  # English words
_KEYS = {"en", "zh", "say"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Glossary:
    """`english` maps a phrase (stemmed words joined by a space), `said` a Chinese phrase, to the field's words."""

    english: dict[str, tuple[str, ...]]
    said: dict[str, tuple[str, ...]]
    question_words: frozenset[str]
    policy_words: tuple[str, ...] = ()

    @property
    def terms(self) -> frozenset[str]:
        """The field's own Chinese words, for the tokenizer's dictionary."""
        return frozenset(word for words in self.english.values() for word in words)

    def phrases(self, text: str) -> list[tuple[str, tuple[str, ...]]]:
        """The English words of `text`, known phrases joined (longest first), each with its Chinese words or none."""
        words, at = english_words(text), 0
        found: list[tuple[str, tuple[str, ...]]] = []
        while at < len(words):
            for size in range(min(_LONGEST_PHRASE, len(words) - at), 0, -1):
                phrase = " ".join(words[at : at + size])
                if phrase in self.english or size == 1:
                    found.append((phrase, self.english.get(phrase, ())))
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
    return Glossary(
        english=english,
        said=said,
        question_words=frozenset([*words["zh"], *words["en"]]),
        policy_words=(*policy["zh"], *(" ".join(english_words(phrase)) for phrase in policy["en"])),
    )


def _merged(old: Iterable[str], new: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*old, *new]))
