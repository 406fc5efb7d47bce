"""Which of several readings the other words of a question tell: by measure word, or by a piece of a name. Pure."""

from __future__ import annotations

from itertools import pairwise

from assistant.nl2sql.lexicon import Tag
from assistant.nl2sql.normalising import normalise
from assistant.nl2sql.phrases import units
from assistant.nl2sql.semantic_model import Ambiguity, Metric, SemanticModel


def narrowed(ambiguity: Ambiguity, tags: tuple[Tag, ...], model: SemanticModel) -> str:
    """The one reading that the other words of the question tell; "" where they do not."""
    return _by_measure(ambiguity, tags, model) or _by_words(ambiguity, tags, model)


def _by_words(ambiguity: Ambiguity, tags: tuple[Tag, ...], model: SemanticModel) -> str:
    """The only reading in whose names another word of the question occurs: businesses newly registered."""
    pieces = {one: _pieces_of(model.metric_by_id[one]) for one in ambiguity.readings}
    said = {
        piece
        for tag in tags
        if not (tag.of("readings") or tag.of("dimension") or tag.of("value") or tag.number is not None)
        for piece in _pieces(tag.text)
    }
    own = {one: found - set().union(*(pieces[o] for o in pieces if o != one)) for one, found in pieces.items()}
    fitting = [one for one in ambiguity.readings if own[one] & said]
    return fitting[0] if len(fitting) == 1 else ""


def _pieces_of(metric: Metric) -> set[str]:
    return {piece for name in _names(metric) for piece in _pieces(normalise(name))}


def _pieces(text: str) -> set[str]:
    """Words of English, pairs of characters of Chinese."""
    row = units(text)
    words = {unit.text for unit in row if unit.is_word and len(unit.text) > 3}
    return words | {a.text + b.text for a, b in pairwise(row) if not (a.text.isascii() or b.text.isascii())}


def _by_measure(ambiguity: Ambiguity, tags: tuple[Tag, ...], model: SemanticModel) -> str:
    """有多少套 asks for the only one of the readings that is counted in 套; "" where none or several are."""
    for before, tag in pairwise(tags):
        if not before.text.endswith(("多少", "几")):
            continue
        fitting = [one for one in ambiguity.readings if model.metric_by_id[one].unit == tag.text]
        if len(fitting) == 1:
            return fitting[0]
    return ""


def in_a_name(word: str, metrics: tuple[Metric, ...]) -> bool:
    """New in "new enterprises were registered": the word belongs to a name of the figure, not to a value."""
    said = {unit.text for unit in units(word)}
    return any(said <= {unit.text for unit in units(normalise(name))} for metric in metrics for name in _names(metric))


def _names(metric: Metric) -> tuple[str, ...]:
    return (metric.name, metric.name_en, *metric.synonyms, *metric.synonyms_en)


def is_what_is_counted(index: int, tags: tuple[Tag, ...], metrics: tuple[Metric, ...]) -> bool:
    """多少件事项: with the measure word of the metric before it, the noun is the thing counted, not a split."""
    if index < 2 or not metrics or not metrics[0].unit:
        return False
    counted = tags[index - 2].text + tags[index - 1].text
    return counted.endswith((f"多少{metrics[0].unit}", f"几{metrics[0].unit}"))
