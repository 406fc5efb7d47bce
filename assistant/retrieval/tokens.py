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
# Pairs that carry the form of a question or a statute, not its matter.
_EMPTY_PAIRS = frozenset(
    "什么 怎么 怎样 如何 哪些 哪个 多少 是否 能否 可否 可不 不可 能不 要不 有没 没有 请问 吗的 一下 这个 那个 我们 他们 你们 "
    "是不 不是 是什 么的 么样 么办 应该 可以 需要 以及 或者 还是 以后 之后 时候 的时 为什".split()
)
_EMPTY_WORDS = frozenset(
    "a an the of to in on for and or is are be was were do does did can could may must shall should what which who whom "
    "whose how when where why with by from at as it its that this these those any all into than then if not no has have "
    "had i we you they he she my our your their there about before after".split()
)


def has_han(text: str) -> bool:
    return _HAN.search(text) is not None


def normalised(text: str, simplify: Callable[[str], str] | None = None) -> str:
    """NFKC, lower case and, where a converter is given and there is anything to convert, Simplified."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return simplify(folded) if simplify is not None and has_han(folded) else folded


class Tokenizer:
    """Cuts normalised text into tokens; `terms` are the field's words, `simplify` maps Traditional to Simplified."""

    def __init__(self, terms: Iterable[str] = (), simplify: Callable[[str], str] | None = None) -> None:
        self._simplify = simplify
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
        every = self.tokens(text)
        kept = [token for token in every if token not in _EMPTY_PAIRS and token not in _EMPTY_WORDS]
        return kept or every

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
