"""Values inside the word for another value, and names of one character. Pure.

Among the words for second-hand homes is 二手住宅, which says 住宅 as well: another column of the same rows, and a
filter that must not be lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from assistant.nl2sql.plans.normalising import normalise
from assistant.nl2sql.plans.values import IndexedValue, ValueIndex

_LEAST = 2  # characters of a value inside another word
_CALLED = ("为", "是", "到", "属", "成")  # 评为优, 达到良: the name of a value follows
_RANKED = ("级", "等", "类", "档")  # 优级


@dataclass(frozen=True, slots=True)
class CompoundValues:
    """`by_label`: values by their normalised name."""

    by_label: Mapping[str, tuple[IndexedValue, ...]] = field(default_factory=dict)

    def within(self, text: str, own: tuple[IndexedValue, ...]) -> tuple[IndexedValue, ...]:
        """The values of another column of the same rows whose name ends the word; () where there are none."""
        tables = {one.table for one in own}
        dimensions = {one.dimension for one in own}
        if any(normalise(one.label) == text for one in own) or text.isascii():
            return ()
        for size in range(len(text) - 1, _LEAST - 1, -1):
            found = self.by_label.get(text[-size:], ())
            inner = tuple(one for one in found if one.table in tables and one.dimension not in dimensions)
            if inner:
                return inner
        return ()

    def single(self, before: str, text: str, after: str) -> tuple[IndexedValue, ...]:
        """The values of this one-character name, where the words around it say that it is a name: 评为优, 优级."""
        if text.isascii() or not (before.endswith(_CALLED) or after in _RANKED):
            return ()
        return self.by_label.get(text, ())


def compounds_of(values: ValueIndex) -> CompoundValues:
    found: dict[str, tuple[IndexedValue, ...]] = {}
    for value in values.values:
        label = normalise(value.label)
        found[label] = (*found.get(label, ()), value)
    return CompoundValues(by_label=found)
