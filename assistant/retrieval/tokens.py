"""Text to search tokens: character pairs, words of the field, Latin words and numbers. Pure.

No general word segmenter: pairs of characters match what jieba's words match (measured on the shared question sets,
docs/decisions), need no second of start-up, and never cut a term of the field in two. The field's own terms (catalog
names, synonyms, the glossary) are added as whole words by longest match, so that 常住人口 outweighs 常住 and 人口.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable

_RUN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+|[a-z]+(?:['-][a-z]+)*|[0-9]+(?:[.][0-9]+)*")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_LONGEST_TERM = 16  # characters
_SHORTEST_TERM = 3  # two characters are a pair already


def has_han(text: str) -> bool:
    return _HAN.search(text) is not None


def normalised(text: str, simplify: Callable[[str], str] | None = None) -> str:
    """NFKC, lower case and, where a converter is given and there is anything to convert, Simplified."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return simplify(folded) if simplify is not None and has_han(folded) else folded


class Tokenizer:
    """Cuts normalised text into tokens; `terms` are the field's words, `simplify` maps Traditional to Simplified."""

    def __init__(
        self,
        terms: Iterable[str] = (),
        simplify: Callable[[str], str] | None = None,
        question_words: Iterable[str] = (),
    ) -> None:
        self._simplify = simplify
        # Words that carry the form of a question, not its matter.
        said = sorted(question_words, key=lambda word: (-len(word), word))
        self._english_form = frozenset(word for word in said if word.isascii())
        chinese = "|".join(re.escape(word) for word in said if not word.isascii())
        self._chinese_form = re.compile(chinese or r"(?!)")
        self._terms = frozenset(
            term for raw in terms if _SHORTEST_TERM <= len(term := normalised(raw, simplify)) <= _LONGEST_TERM
        )
        self._starts = frozenset(term[:2] for term in self._terms)

    def tokens(self, text: str) -> list[str]:
        """All tokens in order of appearance, repeats kept: `常住人口` -> 常住 住人 人口 常住人口."""
        found: list[str] = []
        for run in _RUN.findall(normalised(text, self._simplify)):
            if not has_han(run):
                found.append(_stem(run))
            elif len(run) == 1:
                found.append(run)
            else:
                found.extend(run[i : i + 2] for i in range(len(run) - 1))
                found.extend(self._field_words(run))
        return found

    def query_tokens(self, text: str) -> list[str]:
        """Tokens worth searching for: without the words that only make it a question; never empty-handed."""
        kept = [token for token in self.tokens(self.without_form(text)) if token not in self._english_form]
        return kept or self.tokens(text)

    def without_form(self, text: str) -> str:
        """The normalised text with the Chinese words that make it a question cut out."""
        return self._chinese_form.sub(" ", normalised(text, self._simplify))

    def _field_words(self, run: str) -> list[str]:
        found, position = [], 0
        while position < len(run) - 2:
            if run[position : position + 2] in self._starts:
                for end in range(min(len(run), position + _LONGEST_TERM), position + 2, -1):
                    if run[position:end] in self._terms:
                        found.append(run[position:end])
                        position = end - 1
                        break
            position += 1
        return found


def _stem(word: str) -> str:
    """Enough English morphology to meet its plural; Chinese and numbers pass through."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def english_words(text: str) -> list[str]:
    """The Latin words of `text`, stemmed as the index stems them."""
    return [_stem(run) for run in _RUN.findall(normalised(text)) if run[0].isascii() and run[0].isalpha()]
