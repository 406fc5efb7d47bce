"""Words that no phrase explains, but the name of the linked metric does: 工业用地出让了几宗, 下载开放数据. Pure.

A rest that occurs in the names of what was linked adds nothing to the question, so it may be passed over; it is told as
a guess and makes the answer less certain. A negation is never passed over, and neither is a rest of one character.
"""

from __future__ import annotations

from collections.abc import Sequence

from assistant.nl2sql.plans.normalising import normalise
from assistant.nl2sql.plans.phrases import units
from assistant.nl2sql.plans.semantic_model import Metric, SemanticModel
from assistant.nl2sql.plans.terms import Terms

_NEGATIONS = frozenset("不未非无没否别莫")
_ENGLISH_NEGATIONS = frozenset({"no", "not", "non", "never", "without", "un"})


def is_explained(word: str, around: str, terms: Terms, model: SemanticModel) -> bool:
    """`around`: the word with one character of the question on either side, from which a piece may begin or end."""
    return occurs_in(word, around, _names(terms, model))


def occurs_in(word: str, around: str, names: Sequence[str]) -> bool:
    """Whether normalised `names` hold the word: whole words of English, overlapping pairs of Chinese characters."""
    if not names or _NEGATIONS & set(word):
        return False
    if word.isascii():
        spelled = {unit.text for unit in units(word) if unit.is_word}
        known = {unit.text for name in names for unit in units(name)}
        return bool(spelled) and spelled <= known and not spelled & _ENGLISH_NEGATIONS
    start = around.index(word)
    covered = [False] * len(around)
    for at in range(len(around) - 1):
        if any(around[at : at + 2] in name for name in names):
            covered[at] = covered[at + 1] = True
    return all(covered[start : start + len(word)])


def _names(terms: Terms, model: SemanticModel) -> tuple[str, ...]:
    linked = [model.metric_by_id[metric] for metric in terms.subjects]
    found = [name for metric in linked for name in _names_of(metric, model)]
    for dimension_id in (*terms.dimensions, *(item.dimension for item in terms.filters)):
        dimension = model.dimension_by_id[dimension_id]
        found += [dimension.name, dimension.name_en, *dimension.synonyms, *dimension.synonyms_en]
    return tuple(normalise(name) for name in found)


def _names_of(metric: Metric, model: SemanticModel) -> tuple[str, ...]:
    entity = model.entity_by_table.get(model.parts(metric.id)[0].entity)
    own = (metric.name, metric.name_en, *metric.synonyms, *metric.synonyms_en)
    return own if entity is None else (*own, entity.name, entity.name_en, *entity.synonyms, *entity.synonyms_en)
