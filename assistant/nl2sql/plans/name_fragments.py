"""Parts of names of values: 中心医院 for every hospital with these words in its name, 汽车制造 for 汽车制造业. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from assistant.nl2sql.plans.normalising import normalise
from assistant.nl2sql.plans.phrases import Match, Unit
from assistant.nl2sql.plans.values import IndexedValue, ValueIndex

FUZZY_INSERTS = 4  # what a part of a name costs against a whole one
_LEAST, _LEAST_SHARED = 3, 4  # characters of a part that one value has, or several
_LONG = 4  # characters: shorter names are said whole
_MOST = 30  # values that share a part


@dataclass(frozen=True)
class NameFragments:
    """The long Chinese names of one dimension after the other, searched as one text."""

    by_dimension: tuple[tuple[str, tuple[tuple[str, IndexedValue], ...]], ...]  # joined names, (name, value)

    def find(self, row: tuple[Unit, ...]) -> Iterator[Match[IndexedValue]]:
        """The longest part of a name that begins at each unit of a question, with every value that has it."""
        for joined, names in self.by_dimension:
            for start in range(len(row)):
                end = _longest(row, start, joined)
                if end - start < _LEAST:
                    continue
                text = "".join(unit.text for unit in row[start:end])
                meant = [value for name, value in names if text in name]
                if len(meant) == 1 or (end - start >= _LEAST_SHARED and len(meant) <= _MOST):
                    yield from (Match(start, end, FUZZY_INSERTS, value) for value in meant)


def _longest(row: tuple[Unit, ...], start: int, joined: str) -> int:
    text, end = "", start
    while end < len(row) and not row[end].text.isascii() and text + row[end].text in joined:
        text += row[end].text
        end += 1
    return end


def fragments_of(values: ValueIndex) -> NameFragments:
    found: dict[str, list[tuple[str, IndexedValue]]] = {}
    for value in values.values:
        name = normalise(value.label)
        if len(name) >= _LONG and not name.isascii():
            found.setdefault(value.dimension, []).append((name, value))
    return NameFragments(tuple(("\n".join(name for name, _ in names), tuple(names)) for names in found.values()))
