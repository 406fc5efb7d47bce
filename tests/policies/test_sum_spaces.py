"""A few units among hundreds of released sums: found, and nothing else taken for them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import BitMap

from assistant.policies.sum_spaces import SumSpace

PEOPLE = 2_000


def classifications(draw: np.random.Generator, many: int) -> list[BitMap]:
    """Cells of ten and more of random two-way tables: harmless, and hundreds."""
    columns = [draw.integers(0, kinds, PEOPLE) for kinds in (2, 3, 7, 25, 40)]
    found: list[BitMap] = []
    while len(found) < many:
        first, second = draw.choice(len(columns), 2, replace=False)
        code = columns[first] * 100 + columns[second]
        cells = [np.flatnonzero(code == value) for value in np.unique(code)]
        found += [BitMap(cell.tolist()) for cell in cells if len(cell) >= 10]
    return found[:many]


def told(known: Sequence[BitMap], new: BitMap, k: int = 10) -> bool:
    return SumSpace(known, [new], k).tells(len(known))


@pytest.mark.parametrize("few", [1, 4, 9])
@pytest.mark.parametrize("seed", range(4))
def test_a_tracker_is_found_among_hundreds(few: int, seed: int) -> None:
    draw = np.random.default_rng([few, seed])
    everyone = BitMap(range(PEOPLE))
    victims = BitMap(draw.choice(PEOPLE, few, replace=False).tolist())
    pad = BitMap(draw.choice(PEOPLE, PEOPLE // 2, replace=False).tolist()) - victims
    half, other = pad | victims, everyone - pad
    crowd = classifications(draw, 160)
    assert told([*crowd, half, everyone], other)
    assert told([*crowd, half, *parts(everyone, draw)], other)  # the whole as a sum of parts
    assert not told([*crowd, half], other & BitMap(draw.choice(PEOPLE, PEOPLE // 2, replace=False).tolist()))


def parts(whole: BitMap, draw: np.random.Generator) -> list[BitMap]:
    ends = np.sort(draw.choice(len(whole), 5, replace=False))
    return [BitMap(list(whole)[first:last]) for first, last in zip([0, *ends], [*ends, len(whole)], strict=True)]


@given(st.integers(0, 2**32), st.integers(2, 40), st.integers(2, 12))
@settings(deadline=None, max_examples=60)
def test_a_combination_of_what_is_known_tells_nothing(seed: int, many: int, k: int) -> None:
    draw = np.random.default_rng(seed)
    cells = classifications(draw, many)
    first, second = cells[0], cells[1] - cells[0]
    assert not told([first, second, *cells[2:]], first | second, k)


@given(st.integers(0, 2**32), st.integers(1, 9))
@settings(deadline=None, max_examples=60)
def test_what_is_accepted_is_known_from_then(seed: int, few: int) -> None:
    """Two new sums of one result: the second is told apart from the first by a few."""
    draw = np.random.default_rng(seed)
    crowd = classifications(draw, 20)
    people = draw.permutation(PEOPLE).tolist()
    first, second = BitMap(people[:300]), BitMap(people[: 300 + few])
    space = SumSpace(crowd, [first, second], 10)
    assert not space.tells(len(crowd))
    assert space.tells(len(crowd) + 1)
    assert not SumSpace(crowd, [second], 10).tells(len(crowd))


def test_nothing_is_near_where_nothing_is_known() -> None:
    assert not told([], BitMap(range(50)))
    assert told([], BitMap(range(9)))
