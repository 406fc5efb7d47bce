"""The values of a comparison with the ledger: a cell under review, a released cell, and how released ones lie to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from assistant.policies.unit_sets import Units

Array = Any  # a numpy array


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCell:
    """A cell under review: `units` as dense numbers, `hashes` sorted, `row` of its result."""

    row: int
    min_units: int
    units: Units
    hashes: Array
    left_out: bool = False


class Entry(NamedTuple):
    """A released cell: `ordered` are its dense numbers in the order of their sorted `hashes`."""

    number: int
    digest: bytes
    min_units: int
    left_out: bool
    units: Units
    ordered: Array
    hashes: Array


@dataclass(slots=True, kw_only=True)
class Compared:
    """How the released cells lie to one new cell, by position: exact relations of those that could matter."""

    crossing: Array  # released cells that share some of their units with it (by sketch)
    inside: list[int] = field(default_factory=list)  # released cells that are part of it
    around: list[int] = field(default_factory=list)  # released cells that it is part of
    unsafe: bool = False

    @property
    def touches_several(
        self,
    ) -> bool:  # systems of sums need something that crosses the cell, or several in or around it
        return len(self.crossing) > 0 or len(self.inside) > 1 or len(self.around) > 1
