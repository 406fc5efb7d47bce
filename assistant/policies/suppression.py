"""Primary rules: which cells are unsafe by themselves (POLICY_SPEC 2.3; Eurostat SDC handbook; 统计法实施条例 29).

Everything here looks at one row. What could be worked out from several rows is in secondary.py, from several answers
in ledger.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from assistant.domain import AuthorizedQuery, CellFacts, Magnitude, OutputFact, OutputKind, ResultTable, UnitThreshold
from assistant.policies.unit_sets import hashes_of

MIN_RESPONDENTS = 3  # fewer contributors to a magnitude and each learns the other (handbook: common choice)
_COUNTED_MEAN = 12.0  # a whole-number share per unit up to this is a count of events, not an amount
_ORDER_STATISTICS = ("median", "quantile", "percentile", "mode", "min", "max")


@dataclass(frozen=True, slots=True, kw_only=True)
class Primary:
    """Unsafe rows (all value cells) and unsafe single outputs: {column position: rows}."""

    rows: frozenset[int] = frozenset()
    outputs: Mapping[int, frozenset[int]] = field(default_factory=dict)


def value_columns(query: AuthorizedQuery) -> tuple[int, ...]:
    """Positions of the columns that carry figures: all but keys and constants."""
    still = (OutputKind.KEY, OutputKind.CONSTANT)
    return tuple(i for i, fact in enumerate(query.columns) if i not in query.key_columns and fact.kind not in still)


def is_additive(fact: OutputFact) -> bool:
    """False where the value of a whole cannot be split into its parts: medians, percentiles, extremes."""
    name = (fact.aggregate or "").lower()
    return not any(word in name for word in _ORDER_STATISTICS)


def primary(result: ResultTable, query: AuthorizedQuery) -> Primary:
    """Judge every row by every threshold. A result whose cells do not fit its query is unsafe as a whole."""
    if not query.thresholds:
        return Primary()
    if not fits(result, query):
        return Primary(rows=frozenset(range(len(result.rows))))
    rows: set[int] = set()
    outputs: dict[int, set[int]] = {}
    for row, cells in enumerate(result.cells):
        for threshold, cell in zip(query.thresholds, cells, strict=True):
            if _is_small(cell, threshold) or _leaves_few_out(cell, threshold):
                rows.add(row)
            for position in _unsafe_outputs(cell, threshold, query):
                outputs.setdefault(position, set()).add(row)
    rows |= _sole_categories(result, query)
    return Primary(rows=frozenset(rows), outputs={key: frozenset(value) for key, value in sorted(outputs.items())})


def is_concentrated(parts: Sequence[Magnitude], threshold: UnitThreshold) -> bool:
    """p% rule, (n,k) dominance and fewest respondents on one cell, or on several taken together.

    Taken together, cells are treated as standing on different units.
    """
    contributors = sum(part.contributors for part in parts)
    total = sum(part.total for part in parts)
    first, second = _two_largest(parts)
    if contributors == 0:
        return hides_nobody(threshold)
    if contributors < MIN_RESPONDENTS:
        return True
    size = abs(total)
    if size - first - second < threshold.p_percent / 100 * first:
        return True
    number, percent = threshold.dominance
    return (first if number == 1 else first + second) > percent / 100 * size


def _two_largest(parts: Sequence[Magnitude]) -> tuple[float, float]:
    shares = sorted((abs(share) for part in parts for share in (part.largest, part.second)), reverse=True)
    return (shares[0], shares[1]) if shares else (0.0, 0.0)


def fits(result: ResultTable, query: AuthorizedQuery) -> bool:
    """Every row has its figures and one CellFacts a threshold."""
    wide = len(query.columns)
    return (
        len(result.cells) == len(result.rows)
        and all(len(cells) == len(query.thresholds) for cells in result.cells)
        and all(len(row) == wide for row in result.rows)
    )


def hides_nobody(threshold: UnitThreshold) -> bool:
    """True where nobody must look like few (POLICY_SPEC, principle 7): a zero tells something of everyone there, or a
    protected column chose the units, so that a zero would tell whether somebody is among them.
    """
    return threshold.zero_is_disclosive or bool(threshold.protected_columns)


def _is_small(cell: CellFacts, threshold: UnitThreshold) -> bool:
    return cell.units < threshold.min_units and (cell.units > 0 or hides_nobody(threshold))


def _leaves_few_out(cell: CellFacts, threshold: UnitThreshold) -> bool:
    """The complement: whom the protected conditions left out. Nobody left out says it of everyone.

    Looked at twice: among all whom the open conditions reach, and among those whom everything but the sensitive
    conditions reaches, because an attacker may know a street's people by their age as well as by their district.
    """
    if cell.units == 0:
        return False
    left_out = [len(hashes_of(members)) for members in cell.left_out]
    if cell.base_units is not None:
        left_out.append(cell.base_units - cell.units)
    return any(few < threshold.min_units if few else bool(threshold.sensitive_conditions) for few in left_out)


def _unsafe_outputs(cell: CellFacts, threshold: UnitThreshold, query: AuthorizedQuery) -> Iterator[int]:
    positions = {fact.name: i for i, fact in enumerate(query.columns)}
    seen = {magnitude.output for magnitude in cell.magnitudes}
    for magnitude in cell.magnitudes:
        position = positions.get(magnitude.output)
        if position is not None and _is_unsafe(magnitude, cell, threshold, query.columns[position]):
            yield from linked(position, query)
    for name in threshold.magnitudes:
        if name not in seen and name in positions and cell.units:
            yield from linked(positions[name], query)  # nobody counted who stands behind it


def _is_unsafe(magnitude: Magnitude, cell: CellFacts, threshold: UnitThreshold, fact: OutputFact) -> bool:
    if magnitude.output in threshold.magnitudes and is_concentrated((magnitude,), threshold):
        return True
    inside, outside = magnitude.contributors, cell.units - magnitude.contributors
    if inside == 0:
        return hides_nobody(threshold)
    if inside < threshold.min_units:
        return True
    chosen = bool(magnitude.unit_set)
    if outside == 0:
        alike = not counts(fact) and _all_alike(magnitude)
        return threshold.zero_is_disclosive and (chosen or alike)
    return outside < threshold.min_units and (chosen or _is_tally(magnitude))


def counts(fact: OutputFact) -> bool:
    """A number of rows or units: never NULL, and not what a secret measure could be worked out from."""
    return (fact.aggregate or "").lower().startswith("count")


def _all_alike(magnitude: Magnitude) -> bool:
    """Every unit gave the same: the mean is everyone's value."""
    expected = magnitude.contributors * magnitude.largest
    return magnitude.largest > 0 and abs(magnitude.total - expected) <= 1e-9 * max(1.0, expected)


def _is_tally(magnitude: Magnitude) -> bool:
    """The aggregate counts events or flags, so that units without any can be told from the others."""
    if _all_alike(magnitude):
        return True
    whole = all(float(value).is_integer() for value in (magnitude.total, magnitude.largest, magnitude.second))
    return whole and magnitude.total <= _COUNTED_MEAN * magnitude.contributors


def linked(position: int, query: AuthorizedQuery) -> tuple[int, ...]:
    """The column and the others from which it could be worked out: figures from the same items, counts aside."""
    own = query.columns[position]
    sources = set(own.sources)
    return tuple(
        i
        for i in value_columns(query)
        if i == position or (sources & set(query.columns[i].sources) and not counts(query.columns[i]))
    )


def _sole_categories(result: ResultTable, query: AuthorizedQuery) -> frozenset[int]:
    """Rows in which one value of a sensitive grouping key holds a whole group (class disclosure)."""
    found: set[int] = set()
    names = {fact.name: i for i, fact in enumerate(query.columns)}
    for threshold in query.thresholds:
        for position in (names[name] for name in threshold.sensitive_keys if name in names):
            if not _is_pinned(position, result, query, threshold):
                found |= _alone(position, result, query)
    return frozenset(found)


def _is_pinned(position: int, result: ResultTable, query: AuthorizedQuery, threshold: UnitThreshold) -> bool:
    """The query itself asked for one value only."""
    values = {row[position] for row in result.rows}
    return len(values) == 1 and bool(set(query.columns[position].sources) & set(threshold.sensitive_conditions))


def _alone(position: int, result: ResultTable, query: AuthorizedQuery) -> set[int]:
    others = [i for i in query.key_columns if i != position]
    groups: dict[tuple[object, ...], list[int]] = {}
    for row, values in enumerate(result.rows):
        groups.setdefault(tuple(values[i] for i in others), []).append(row)
    return {members[0] for members in groups.values() if len(members) == 1}
