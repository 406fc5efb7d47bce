"""Hidden columns of a probe -> CellFacts: who stands behind each result row, one CellFacts per threshold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from assistant.domain import CellFacts, Magnitude, ProbeCell


def bitmap(hashes: Sequence[int] | None) -> bytes:
    """A serialised 64-bit roaring bitmap of unit hashes; empty bytes for no units."""
    return _packed(_distinct(hashes))


def _distinct(hashes: Sequence[int] | None) -> Any:
    """Sorted distinct hashes: a bitmap is built three times as fast from them."""
    import numpy

    return numpy.unique(numpy.array(hashes or (), dtype=numpy.uint64))


def _packed(members: Any) -> bytes:
    from pyroaring import BitMap64

    return bytes(BitMap64(members).serialize()) if len(members) else b""


def cell_facts(
    hidden: Sequence[Mapping[str, Any] | None], cells: Sequence[ProbeCell], thresholds: int
) -> tuple[CellFacts, ...]:
    """One CellFacts per threshold of one row; `hidden` are the row's hidden columns in the order of `cells`.

    Where several aggregates stand in one row (two CTEs compared, a share of a total), the one with the fewest units
    speaks for the row and the unit sets of the others are kept beside it. A cell of NULL belongs to another branch of
    a union and does not speak; a row for which none speaks has no units.
    """
    facts = []
    for position in range(thresholds):
        own = [
            _one(value, cell)
            for value, cell in zip(hidden, cells, strict=True)
            if cell.threshold == position and value is not None
        ]
        facts.append(_weakest(own))
    return tuple(facts)


def _one(value: Mapping[str, Any], cell: ProbeCell) -> CellFacts:
    members = _distinct(value["s"])
    units = len(members) if value["u"] is None else int(value["u"])
    parts = value["m"] or [None] * len(cell.outputs)
    magnitudes = [
        _magnitude(output, part, units)
        for outputs, part in zip(cell.outputs, parts, strict=False)
        for output in outputs
    ]
    return CellFacts(
        units=units,
        base_units=None if value["b"] is None else int(value["b"]),
        unit_set=_packed(members),
        magnitudes=tuple(magnitudes),
    )


def _magnitude(output: str, part: Mapping[str, Any] | None, units: int) -> Magnitude:
    """A part without numbers says that every unit adds one; no part at all, that there is no unit."""
    if part is None:
        return Magnitude(output=output, contributors=0, total=0.0, largest=0.0, second=0.0)
    if part["n"] is None and part["t"] is None:
        shares = [float(units > rank) for rank in (0, 1)]
        return Magnitude(output=output, contributors=units, total=float(units), largest=shares[0], second=shares[1])
    largest = [float(share or 0.0) for share in part["x"] or ()]
    return Magnitude(
        output=output,
        contributors=int(part["n"] or 0),
        total=float(part["t"] or 0.0),
        largest=largest[0] if largest else 0.0,
        second=largest[1] if len(largest) > 1 else 0.0,
        unit_set=bitmap(part["s"]),
    )


def _weakest(own: Sequence[CellFacts]) -> CellFacts:
    if not own:
        return CellFacts(units=0)
    if len(own) == 1:
        return own[0]
    first, *others = sorted(own, key=lambda cell: cell.units)
    spare = [cell.base_units - cell.units for cell in own if cell.base_units is not None]
    return CellFacts(
        units=first.units,
        base_units=first.units + min(spare) if spare else None,
        unit_set=first.unit_set,
        magnitudes=tuple(magnitude for cell in own for magnitude in cell.magnitudes),
        also=tuple(cell.unit_set for cell in others if cell.unit_set != first.unit_set),
    )
