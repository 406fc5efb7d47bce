"""All words that the semantic model, the value index and the operators know. Pure.

A phrase may have several senses (行业: a dimension; 部门: a dimension of each topic); which one is meant is decided
later, from the metric. How a question is covered by them is in tagging.py.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from assistant.domain import LinkStrength
from assistant.nl2sql.plans.compound_values import CompoundValues, compounds_of
from assistant.nl2sql.plans.merged_names import merged_names
from assistant.nl2sql.plans.name_fragments import NameFragments, fragments_of
from assistant.nl2sql.plans.normalising import normalise
from assistant.nl2sql.plans.operators import words as own_words
from assistant.nl2sql.plans.phrases import Trie, units
from assistant.nl2sql.plans.semantic_model import SemanticModel
from assistant.nl2sql.plans.values import IndexedValue, ValueIndex

Kind: TypeAlias = Literal[
    "metric", "readings", "dimension", "value", "field", "entity", "operator", "off_topic", "filler", "known"
]
_LONG_VALUE = 4  # units: 吊销(了多少)许可证件


@dataclass(frozen=True, slots=True)
class Sense:
    """`target`: metric id, dimension id, element id, table, operator name; of readings: index of the ambiguity."""

    kind: Kind
    target: str
    value: IndexedValue | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A piece of the question: text[start:end] with its senses; none where nothing is known of it."""

    start: int
    end: int
    text: str
    senses: tuple[Sense, ...]
    strength: LinkStrength = LinkStrength.EXACT
    score: float = 1.0
    number: float | None = None
    content: bool = True  # letters or digits; punctuation is no content

    def of(self, kind: Kind) -> tuple[Sense, ...]:
        return tuple(sense for sense in self.senses if sense.kind == kind)

    def is_operator(self, *names: str) -> bool:
        return any(sense.kind == "operator" and sense.target in names for sense in self.senses)

    @property
    def is_filler(self) -> bool:
        return all(sense.kind == "filler" for sense in self.senses) and bool(self.senses)

    @property
    def unknown(self) -> bool:
        """Content that nothing explains."""
        return self.content and self.number is None and all(sense.kind == "known" for sense in self.senses)


@dataclass(frozen=True)
class Lexicon:
    """Read only after build_lexicon."""

    trie: Trie[Sense]
    names: tuple[tuple[str, Sense], ...]  # phrases that a misspelt word may mean
    fragments: NameFragments = field(default_factory=lambda: NameFragments(()))  # parts of the names of values
    pairs: frozenset[str] = frozenset()  # of Chinese characters that stand together in names of figures
    denied: frozenset[str] = frozenset()  # what names say 未 of: 办结, 受理
    compounds: CompoundValues = field(default_factory=CompoundValues)  # a value within the word for another one
    sources: tuple[object, object] = field(default=(None, None))  # keeps what the cache key stands for alive


_CACHE: OrderedDict[tuple[int, int], Lexicon] = OrderedDict()
_CACHED = 16  # lexica: one a set of visible tables


def lexicon_for(model: SemanticModel, values: ValueIndex) -> Lexicon:
    """The lexicon of a model and what the asker may see of its values; built once for the same two objects."""
    key = (id(model), id(values))
    if key not in _CACHE:
        _CACHE[key] = build_lexicon(model, values)
        if len(_CACHE) > _CACHED:
            _CACHE.popitem(last=False)
    _CACHE.move_to_end(key)
    return _CACHE[key]


def build_lexicon(model: SemanticModel, values: ValueIndex) -> Lexicon:
    trie: Trie[Sense] = Trie()
    names: list[tuple[str, Sense]] = []
    for phrase, sense in _phrases(model, values):
        text = normalise(phrase)
        spelled = [unit.text for unit in units(text)]
        if sense.kind == "value" and len(spelled) == 1 and len(spelled[0]) == 1 and not _declared(phrase, sense):
            continue  # 优, 良, A: too short to be meant wherever they occur
        long = len(spelled) > (1 if text.isascii() else 2)
        named = sense.kind in ("metric", "readings") or (sense.kind == "value" and len(spelled) > _LONG_VALUE)
        trie.add(spelled, sense, elastic=named and long)
        if sense.kind in ("metric", "value", "dimension") and len(text) > 3:
            names.append((text, sense))
    return Lexicon(
        trie=trie,
        names=tuple(names),
        fragments=fragments_of(values),
        compounds=compounds_of(values),
        pairs=frozenset(
            name[at : at + 2] for name, one in names if one.kind == "metric" for at in range(len(name) - 1)
        ),
        denied=frozenset(name[1:3] for name, _ in names if name.startswith("未") and len(name) > 3),
        sources=(model, values),
    )


def _declared(phrase: str, sense: Sense) -> bool:
    return sense.value is not None and phrase in sense.value.aliases


def _phrases(model: SemanticModel, values: ValueIndex) -> list[tuple[str, Sense]]:
    found: list[tuple[str, Sense]] = []
    for metric in model.metrics:
        words = (metric.name, metric.name_en, *metric.synonyms, *metric.synonyms_en)
        found += [(word, Sense("metric", metric.id)) for word in words]
    for index, ambiguity in enumerate(model.ambiguities):
        found += [(word, Sense("readings", str(index))) for word in ambiguity.words]
    for dimension in model.dimensions:
        words = (dimension.name, dimension.name_en, *dimension.synonyms, *dimension.synonyms_en)
        found += [(word, Sense("dimension", dimension.id)) for word in words]
    for value in values.values:
        words = tuple(word for word in (value.label, value.label_en, *value.aliases) if word)
        if len(value.label) == 1:
            words = words[1:]  # a single character counts only where the model lists it as an alias
        found += [(word, Sense("value", value.dimension, value)) for word in words]
    found += [(words, Sense("value", value.dimension, value)) for words, value in merged_names(model, values)]
    for entity in model.entities:
        found += [(word, Sense("entity", entity.table)) for word in (*entity.synonyms, *entity.synonyms_en)]
        found += [(word, Sense("field", item.element)) for item in entity.fields for word in item.words]
    for name, phrases in own_words().operators:
        found += [(phrase, Sense("operator", name)) for phrase in phrases]
    found += [(word, Sense("filler", "")) for word in (*own_words().fillers, *model.fillers)]
    measured = {unit for unit in (*(m.unit for m in model.metrics), *(d.unit for d in model.dimensions)) if unit != "%"}
    found += [(unit, Sense("filler", "")) for unit in sorted(measured)]
    found += [(word, Sense("off_topic", "")) for word in model.out_of_scope]
    found += [(word, Sense("known", "")) for word in model.vocabulary]
    return [(phrase, sense) for phrase, sense in found if phrase]
