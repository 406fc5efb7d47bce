"""Results with made-up units, for the tests of disclosure control. Units are whole numbers, sets are ranges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

from assistant.domain import (
    AuthorizedQuery,
    CellFacts,
    Column,
    Magnitude,
    OutputFact,
    OutputKind,
    PrivacyUnit,
    ResultTable,
    Scalar,
    UnitThreshold,
)
from assistant.policies.ledger import LedgerCell


def unit_set(units: Iterable[int]) -> bytes:
    """As a warehouse packs it: scattered 64-bit hashes, sorted."""
    hashes = sorted({(unit + 1) * 0x9E3779B97F4A7C15 % 2**64 for unit in units})
    return b"".join(one.to_bytes(8, "little") for one in hashes)


def amounts(shares: Mapping[int, float]) -> bytes:
    """Who adds how much, as a warehouse packs it: first bits of the unit's hash, the rest of unit and amount."""
    numbers = []
    for unit, share in shares.items():
        whose = (unit + 1) * 0x9E3779B97F4A7C15 % 2**64 >> 57 << 57
        numbers.append(whose | int.from_bytes(sha256(f"{unit} {share}".encode()).digest()[:7]))
    return b"".join(one.to_bytes(8, "little") for one in sorted(numbers))


def threshold(k: int = 10, **more: object) -> UnitThreshold:
    return UnitThreshold(
        table="t",
        unit_column="id",
        unit=PrivacyUnit.PERSON,
        min_units=k,
        rule="R-K",
        clause="某法第一条",
        **more,  # type: ignore[arg-type]
    )


def magnitude(output: str, shares: Sequence[float], *, chosen: bool = False) -> Magnitude:
    """`shares`: what each unit adds."""
    largest = [*sorted((abs(share) for share in shares), reverse=True), 0.0, 0.0]
    given = [i for i, share in enumerate(shares) if share]
    return Magnitude(
        output=output,
        contributors=len(given),
        total=float(sum(shares)),
        largest=largest[0],
        second=largest[1],
        unit_set=unit_set(given) if chosen else b"",
    )


def result(
    rows: Sequence[tuple[Scalar, ...]],
    cells: Sequence[CellFacts],
    *,
    keys: Sequence[str] = ("d",),
    values: Sequence[str] = ("n",),
    rule: UnitThreshold | None = None,
    aggregates: Mapping[str, str] | None = None,
    sources: Mapping[str, tuple[str, ...]] | None = None,
    mixing: Sequence[str] = (),
) -> tuple[ResultTable, AuthorizedQuery]:
    """A result of one threshold with the given key and value columns, and the query it belongs to."""
    facts = [OutputFact(name=key, kind=OutputKind.KEY, sources=(f"t.{key}",)) for key in keys]
    facts += [
        OutputFact(
            name=value,
            kind=OutputKind.AGGREGATE,
            aggregate=(aggregates or {}).get(value, "count"),
            sources=(sources or {}).get(value, ()),
            mixes_rows=value in mixing,
        )
        for value in values
    ]
    query = AuthorizedQuery(
        sql="select",
        probe_sql="select",
        dialect="duckdb",
        columns=tuple(facts),
        key_columns=tuple(range(len(keys))),
        thresholds=(rule or threshold(),),
        row_limit=1000,
        timeout_s=1.0,
    )
    table = ResultTable(
        columns=tuple(Column(name=fact.name) for fact in facts),
        rows=tuple(rows),
        cells=tuple((cell,) for cell in cells),
        elapsed_ms=0.0,
    )
    return table, query


def counts(
    groups: Mapping[tuple[Scalar, ...], Iterable[int]],
    *,
    keys: Sequence[str] = ("d",),
    rule: UnitThreshold | None = None,
) -> tuple[ResultTable, AuthorizedQuery]:
    """COUNT(*) by key, each unit in one row: {keys: units}."""
    members = {key: tuple(units) for key, units in groups.items()}
    rows = [(*key, len(units)) for key, units in members.items()]
    cells = [CellFacts(units=len(units), unit_set=unit_set(units)) for units in members.values()]
    return result(rows, cells, keys=keys, rule=rule)


def ledger_cell(row: int, units: Iterable[int], k: int = 10, predicate: str = "p") -> LedgerCell:
    return LedgerCell(row=row, predicate_hash=predicate, aggregate="count", unit_set=unit_set(units), min_units=k)
