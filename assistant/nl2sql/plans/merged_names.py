"""大中型, 中小微, 二三级: the first characters of several values before the character that they share. Pure.

Only of values that have an order, or of names of two characters: there nobody says the shared character twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from assistant.nl2sql.plans.normalising import normalise
from assistant.nl2sql.plans.semantic_model import SemanticModel
from assistant.nl2sql.plans.values import IndexedValue, ValueIndex

_LENGTH = 2  # characters of a name
_MOST = 8  # values that share their last character


def merged_names(model: SemanticModel, values: ValueIndex) -> Iterator[tuple[str, IndexedValue]]:
    """(words, one of the values meant): every merged name once for each of its values."""
    groups: dict[tuple[str, str], list[IndexedValue]] = {}
    for value in values.values:
        name = normalise(value.label)
        if len(name) == _LENGTH and not name.isascii() and model.dimension_by_id[value.dimension].ranks:
            groups.setdefault((value.dimension, name[-1]), []).append(value)
    for (_, shared), found in groups.items():
        if 1 < len(found) <= _MOST:
            for meant in (*combinations(found, 2), *combinations(found, 3)):
                yield from _spelled(meant, shared, model)


def _spelled(meant: tuple[IndexedValue, ...], shared: str, model: SemanticModel) -> Iterator[tuple[str, IndexedValue]]:
    ranks = model.dimension_by_id[meant[0].dimension].ranks
    ordered = sorted(meant, key=lambda value: ranks.index(value.label) if value.label in ranks else 0)
    for row in (ordered, ordered[::-1]):
        initials = "".join(normalise(value.label)[0] for value in row)
        for words in (initials + shared, *([initials] if len(row) > _LENGTH else [])):
            yield from ((words, value) for value in row)
