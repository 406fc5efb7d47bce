"""Hidden columns of a probe -> CellFacts: who stands behind each result row, one CellFacts per threshold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from assistant.domain import CellFacts, Magnitude, ProbeCell


def flattened(sql: str, width: int, cells: Sequence[ProbeCell]) -> str:
    """The probe with its lists of hashes as columns of their own: the engine hands those over as arrays, ten times as
    fast as lists within structs. Column r holds the `width` result values, v<i> cell i, s<i>, s<i>_<j> and s<i>_<j>_a
    its lists."""
    names = [*(f"c{i}" for i in range(width)), *(f"h{i}" for i in range(len(cells)))]
    shown = ["{" + ", ".join(f"'{i}': c{i}" for i in range(width)) + "} AS r"]
    for i, cell in enumerate(cells):
        parts = [f"h{i}.m[{j + 1}]" for j in range(len(cell.outputs))]
        plain = ", ".join(f"{{'n': {part}.n, 't': {part}.t, 'x': {part}.x}}" for part in parts)
        value = f"{{'u': h{i}.u, 'b': h{i}.b, 'm': [{plain}], 'k': h{i}.m IS NULL}}"
        shown += [f"CASE WHEN h{i} IS NOT NULL THEN {value} END AS v{i}", f"h{i}.s AS s{i}"]
        shown += [f"{part}.s AS s{i}_{j}, {part}.a AS s{i}_{j}_a" for j, part in enumerate(parts)]
    return f"SELECT {', '.join(shown)} FROM ({sql}) AS t({', '.join(names)})"


def unflattened(
    columns: Mapping[str, Any], width: int, cells: Sequence[ProbeCell]
) -> list[tuple[tuple[Any, ...], list[Mapping[str, Any] | None]]]:
    """(result values, one struct per cell) of every row of what `flattened` yielded as {column: array}."""
    lists = {name: _lists(values) for name, values in columns.items() if name.startswith("s")}
    rows = []
    for place, row in enumerate(columns["r"]):
        hidden: list[Mapping[str, Any] | None] = []
        for i in range(len(cells)):
            value = columns[f"v{i}"][place]
            parts = [] if not value or value["k"] else value["m"]
            shares = [
                {**part, "s": lists[f"s{i}_{j}"][place], "a": lists[f"s{i}_{j}_a"][place]}
                for j, part in enumerate(parts)
            ]
            hidden.append({**value, "m": shares, "s": lists[f"s{i}"][place]} if value else None)
        rows.append((tuple(row[str(i)] for i in range(width)), hidden))
    return rows


def _lists(values: Any) -> list[Any]:
    """One array or None a row."""
    return list(values.tolist()) if values.dtype == object else [None] * len(values)


def packed(hashes: Sequence[int] | None) -> bytes:
    """Unit hashes, sorted, each once, in 8 bytes little-endian; empty bytes for no units."""
    return _bytes(_distinct(hashes))


def _distinct(hashes: Sequence[int] | None) -> Any:
    import numpy

    found = numpy.array(() if hashes is None else hashes, dtype=numpy.uint64)
    found.sort()  # numpy's own unique hashes 64-bit numbers: several times slower
    return found[numpy.append(True, found[1:] != found[:-1])] if len(found) else found


def _bytes(members: Any) -> bytes:
    return bytes(members.astype("<u8").tobytes())


def cell_facts(
    hidden: Sequence[Mapping[str, Any] | None], cells: Sequence[ProbeCell], thresholds: int
) -> tuple[CellFacts, ...]:
    """One CellFacts per threshold of one row; `hidden` are the row's hidden columns in the order of `cells`.

    Where several aggregates stand in one row (two CTEs compared, a share of a total), the one with the fewest units
    speaks for the row and the unit sets of the others are kept beside it. A cell of NULL belongs to another branch of
    a union and does not speak; a row for which none speaks has no units.
    """
    facts = []
    reached: dict[int, list[Any]] = {}
    for value, cell in zip(hidden, cells, strict=True):
        if value is not None and cell.population_of is not None:
            reached.setdefault(cell.population_of, []).append(_distinct(value["s"]))
    for position in range(thresholds):
        own = [
            _one(value, cell, reached.get(place, ()))
            for place, (value, cell) in enumerate(zip(hidden, cells, strict=True))
            if cell.threshold == position and value is not None and cell.population_of is None
        ]
        facts.append(_weakest(own))
    return tuple(facts)


def _one(value: Mapping[str, Any], cell: ProbeCell, populations: Sequence[Any]) -> CellFacts:
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
        unit_set=_bytes(members),
        magnitudes=tuple(magnitudes),
        left_out=tuple(_bytes(_without(everyone, members)) for everyone in populations),
    )


def _without(everyone: Any, members: Any) -> Any:
    """Sorted hashes of those who are not among the sorted `members`."""
    import numpy

    if not len(members):
        return everyone
    place = numpy.minimum(numpy.searchsorted(members, everyone), len(members) - 1)
    return everyone[members[place] != everyone]


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
        unit_set=packed(part["s"]),
        amounts=packed(part["a"]),
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
        left_out=tuple(dict.fromkeys(one for cell in own for one in cell.left_out)),
    )
