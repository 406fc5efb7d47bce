"""All words the semantic model, the value index and the operators know, and the best cover of a question by them. Pure.

A phrase may have several senses (行业: a dimension; 部门: a dimension of each topic); which one is meant is decided
later, from the metric. Longest phrases win; of two covers the one that leaves less unexplained, in fewer pieces.
"""

from __future__ import annotations

import difflib
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from assistant.domain import LinkStrength
from assistant.nl2sql.name_fragments import NameFragments, fragments_of
from assistant.nl2sql.normalising import normalise
from assistant.nl2sql.operators import words as own_words
from assistant.nl2sql.phrases import Match, Trie, Unit, dice, units
from assistant.nl2sql.semantic_model import SemanticModel
from assistant.nl2sql.values import IndexedValue, ValueIndex

Kind: TypeAlias = Literal[
    "metric", "readings", "dimension", "value", "field", "entity", "operator", "off_topic", "filler", "known"
]
# Of senses of the same words, which are looked at first.
_WEIGHT: dict[Kind, float] = {
    "metric": 0.2, "readings": 0.05, "value": 0.05, "dimension": 0.04, "field": 0.055, "operator": 0.03,
    "entity": 0.02, "off_topic": 0.02, "filler": 0.0, "known": -0.6,
}  # fmt: skip
_PIECE = 0.35  # what one more piece costs, in units
_INSERT = 0.12
_LONG_VALUE = 4  # units: 吊销(了多少)许可证件
FUZZY = 0.66


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
    return Lexicon(trie=trie, names=tuple(names), fragments=fragments_of(values), sources=(model, values))


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


def named_spans(text: str, lexicon: Lexicon, *, loose: bool = False) -> tuple[tuple[int, int], ...]:
    """Where names of metrics stand: "monthly" inside one of them is no wish for months.

    `loose`: also with measure words inside, 每万人(拥有多少家)企业.
    """
    row = units(text)
    return tuple(
        (row[match.start].start, row[match.end - 1].end)
        for match in lexicon.trie.find(row)
        if match.payload.kind == "metric" and (loose or not match.inserts)
    )


def tag(text: str, lexicon: Lexicon, gaps: tuple[tuple[int, int], ...] = ()) -> tuple[Tag, ...]:
    """The best cover of a normalised text. `gaps` (start, end) were read already, as periods, and are skipped."""
    found: list[Tag] = []
    start = 0
    for gap_start, gap_end in (*gaps, (len(text), len(text))):
        piece = text[start:gap_start]
        found += _tag_piece(piece, start, lexicon)
        start = gap_end
    return tuple(found)


def _tag_piece(piece: str, offset: int, lexicon: Lexicon) -> list[Tag]:
    row = units(piece)
    if not row:
        return []
    tags = []
    for start, end, senses, inserts in _cover(row, lexicon):
        first, last = row[start], row[end - 1]
        number = _number(first) if end == start + 1 else None
        tags.append(
            Tag(
                start=offset + first.start,
                end=offset + last.end,
                text=piece[first.start : last.end],
                senses=senses,
                strength=LinkStrength.FUZZY if inserts and _only_values(senses) else LinkStrength.EXACT,
                score=1.0 - 0.01 * inserts,
                number=number,
                content=any(unit.is_content for unit in row[start:end]),
            )
        )
    return _guess(_merged_unknown(tags, piece, offset), lexicon)


def _only_values(senses: tuple[Sense, ...]) -> bool:
    return bool(senses) and all(sense.kind == "value" for sense in senses)


def _number(unit: Unit) -> float | None:
    if not unit.is_number:
        return None
    return float(unit.text[:-1]) / 100 if unit.text.endswith("%") else float(unit.text)


def _cover(row: tuple[Unit, ...], lexicon: Lexicon) -> list[tuple[int, int, tuple[Sense, ...], int]]:
    """(start, end, senses, inserts) of the best cover; senses () for a unit that nothing explains."""
    spans: dict[tuple[int, int], list[Match[Sense]]] = {}
    for match in lexicon.trie.find(row):
        spans.setdefault((match.start, match.end), []).append(match)
    for part in lexicon.fragments.find(row):
        sense = Sense("value", part.payload.dimension, part.payload)
        spans.setdefault((part.start, part.end), []).append(Match(part.start, part.end, part.inserts, sense))
    best: list[tuple[float, int, tuple[Sense, ...], int]] = [(0.0, 0, (), 0)]
    by_end: dict[int, list[int]] = {}
    for start, end in spans:
        by_end.setdefault(end, []).append(start)
    for end in range(1, len(row) + 1):
        choice: tuple[float, int, tuple[Sense, ...], int] = (best[end - 1][0], end - 1, (), 0)
        for start in by_end.get(end, ()):
            gain, senses, inserts = _gain(start, end, spans[start, end])
            if best[start][0] + gain > choice[0]:
                choice = (best[start][0] + gain, start, senses, inserts)
        best.append(choice)
    pieces = []
    end = len(row)
    while end:
        _, start, senses, inserts = best[end]
        pieces.append((start, end, senses, inserts))
        end = start
    return pieces[::-1]


def _gain(start: int, end: int, matches: list[Match[Sense]]) -> tuple[float, tuple[Sense, ...], int]:
    inserts = min(match.inserts for match in matches)
    senses = tuple(match.payload for match in matches if match.inserts == inserts)
    weight = max(_WEIGHT[sense.kind] for sense in senses)
    if all(sense.kind == "known" for sense in senses):
        return 0.01 * (end - start), senses, inserts  # known to the estate, not to the model: explains nothing
    return (end - start) * (1 + weight * 0.2) - _PIECE - _INSERT * inserts + weight, senses, inserts


def _merged_unknown(tags: list[Tag], piece: str, offset: int) -> list[Tag]:
    """Neighbouring unexplained characters as one piece, so that it can be named and guessed."""
    merged: list[Tag] = []
    for item in tags:
        last = merged[-1] if merged else None
        joins = last is not None and not last.senses and last.content and last.number is None
        if joins and last and not item.senses and item.content and item.number is None and item.start == last.end:
            text = piece[last.start - offset : item.end - offset]
            merged[-1] = Tag(start=last.start, end=item.end, text=text, senses=())
        else:
            merged.append(item)
    return merged


def _guess(tags: list[Tag], lexicon: Lexicon) -> list[Tag]:
    return [_guessed(item, lexicon) if item.unknown and len(item.text) > 3 else item for item in tags]


def _guessed(item: Tag, lexicon: Lexicon) -> Tag:
    """The name that a misspelt word most likely means, where it is close enough."""
    best, chosen = FUZZY, None
    for name, sense in lexicon.names:
        if abs(len(name) - len(item.text)) > 2:
            continue
        score = (
            difflib.SequenceMatcher(None, item.text, name).ratio() - 0.16
            if item.text.isascii()
            else dice(item.text, name)
        )
        if score > best:
            best, chosen = score, sense
    if chosen is None:
        return item
    return Tag(
        start=item.start, end=item.end, text=item.text, senses=(chosen,), strength=LinkStrength.FUZZY, score=best
    )
