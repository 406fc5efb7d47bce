"""What a question is about, and how much of it a text holds. Pure.

Chinese is weighed character by character: a character is held when a pair of characters that covers it occurs in the
text, or when the text says the phrase it belongs to in the field's words. So no word boundary has to be guessed, and a
word that no document uses counts fully against support.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from assistant.language import to_simplified
from assistant.retrieval.glossary import Glossary
from assistant.retrieval.tokens import Tokenizer, has_han

# Characters that join words: unless they are part of a known word they say nothing.
_JOINING = frozenset(
    "的了着在是和与或把被让给对从向就都也还又很要能会有没不个几这那我你他它们里上下前后中间得之其以于为做谁别另再最各某该及等到过来去用"
)


_UNTRANSLATED = 0.5  # an English word without Chinese words is as often a turn of phrase as the matter itself


@dataclass(frozen=True, slots=True)
class _Unit:
    """Something to be held: any of `by`, worth `weight`."""

    weight: float
    by: frozenset[str]


class Matter:
    """The weighed units of one question. `rarity` gives a token's weight, highest for one that never occurs."""

    def __init__(self, question: str, glossary: Glossary, rarity: Callable[[str], float]) -> None:
        self._tokenizer = Tokenizer(glossary.terms, to_simplified, glossary.question_words)
        if has_han(question):
            self._units = self._chinese(self._tokenizer.without_form(question), glossary, rarity)
        else:
            self._units = self._english(question, glossary, rarity)
        self._total = sum(unit.weight for unit in self._units)

    def share(self, text: str) -> float:
        """0-1: the weight of what `text` holds over the weight of all."""
        if not self._total:
            return 0.0
        held = set(self._tokenizer.tokens(text))
        return sum(unit.weight for unit in self._units if unit.by & held) / self._total

    def _english(self, question: str, glossary: Glossary, rarity: Callable[[str], float]) -> list[_Unit]:
        """Every word or known phrase is one unit, held by itself or by its Chinese words."""
        units = []
        for phrase, words in glossary.phrases(question):
            if words:
                tokens = frozenset(token for word in words for token in self._tokenizer.tokens(word))
                units.append(_Unit(min(map(rarity, tokens)), tokens | {phrase}))
            elif phrase not in glossary.question_words:
                units.append(_Unit(_UNTRANSLATED * rarity(phrase), frozenset({phrase})))
        return units

    def _chinese(self, text: str, glossary: Glossary, rarity: Callable[[str], float]) -> list[_Unit]:
        unknown = rarity("")
        spoken: dict[int, set[str]] = {}
        for phrase, words in glossary.spoken(text).items():
            tokens = {token for word in words for token in self._tokenizer.tokens(word)}
            at = text.find(phrase)
            for place in range(at, at + len(phrase)):
                spoken.setdefault(place, set()).update(tokens)
        units = []
        for place, character in enumerate(text):
            pairs = [text[at : at + 2] for at in (place - 1, place) if at >= 0 and has_han_pair(text[at : at + 2])]
            if not has_han(character) or not (pairs or place in spoken):
                continue
            known = [weight for pair in pairs if (weight := rarity(pair)) < unknown]
            other = spoken.get(place, set())
            if known or other or character not in _JOINING:
                units.append(_Unit(min(known, default=unknown), frozenset(pairs) | other))
        latin = [token for token in self._tokenizer.tokens(text) if not has_han(token)]
        return units + [_Unit(rarity(token), frozenset({token})) for token in latin]


def has_han_pair(text: str) -> bool:
    return len(text) == 2 and has_han(text[0]) and has_han(text[1])
