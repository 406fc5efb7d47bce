"""The statements of the ledger: cells, unit numbers and the state of a key, the same for every database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from assistant.policies.amounts import LedgerAmounts, NewAmounts, ReleasedAmounts
from assistant.policies.compared_cells import Entry
from assistant.policies.ledger_database import LedgerDatabase, Row
from assistant.policies.populations import Pair
from assistant.policies.released_cells import LedgerCell, LedgerKey
from assistant.policies.unit_keys import UnitKey
from assistant.policies.unit_numbers import UnitNumbers
from assistant.policies.unit_sets import Units, bitmap_from_bytes, bitmap_of


def named(key: LedgerKey) -> tuple[str, str]:
    return (key.dataset, key.group)


def state(database: LedgerDatabase, key: LedgerKey) -> tuple[int, int]:
    """(how many answers were recorded, how often cells were dropped) under the key."""
    rows = database.execute("select version, dropped from keys where dataset = ? and grp = ?", named(key))
    return (int(rows[0][0]), int(rows[0][1])) if rows else (0, 0)


def put_state(database: LedgerDatabase, key: LedgerKey, version: int, dropped: int) -> None:
    database.execute(
        "insert into keys(dataset, grp, version, dropped) values (?, ?, ?, ?) on conflict (dataset, grp)"
        " do update set version = excluded.version, dropped = excluded.dropped",
        (*named(key), version, dropped),
    )


def store_units(database: LedgerDatabase, dataset: str, first: int, hashes: bytes) -> None:
    database.execute("insert into units values (?, ?, ?)", (dataset, first, hashes))


def store_cell(
    database: LedgerDatabase, key: LedgerKey, cell: LedgerCell, secret: UnitKey, hashes: Any, dense: Any, now: float
) -> None:
    units = bitmap_of(dense)
    database.execute(
        "insert into cells(dataset, grp, digest, units, size, min_units, predicate, aggregate, data_version, given_at,"
        " left_out) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (dataset, grp, digest) do update set"
        " given_at = excluded.given_at, min_units = case when cells.min_units > excluded.min_units"
        " then cells.min_units else excluded.min_units end",
        (
            *named(key),
            secret.digest(hashes.tobytes()),
            units.serialize(),
            len(units),
            cell.min_units,
            secret.digest(cell.predicate_hash.encode()).hex(),
            cell.aggregate,
            cell.data_version,
            now,
            int(cell.left_out),
        ),
    )


def store_figure(database: LedgerDatabase, key: LedgerKey, members: bytes, others: bytes) -> None:
    """That two cells (by their digests) are whom a figure counts and whom it leaves out of its population."""
    database.execute(
        "insert into figures(dataset, grp, members, others) values (?, ?, ?, ?)"
        " on conflict (dataset, grp, members, others) do nothing",
        (*named(key), members, others),
    )


def figures_after(database: LedgerDatabase, key: LedgerKey, newest: int) -> list[Pair]:
    """Figures recorded since the one with this id."""
    rows = database.execute(
        "select id, members, others from figures where dataset = ? and grp = ? and id > ? order by id",
        (*named(key), newest),
    )
    return [Pair(number, bytes(members), bytes(others)) for number, members, others in rows]


def new_amounts(total: LedgerAmounts, units: Units, sums: Any, secret: UnitKey) -> NewAmounts:
    """A total under review. `sums`: those of its amounts."""
    measure = secret.digest(total.measure.encode())
    return NewAmounts(total.row, units, measure, sums, total.min_units, total.data_version)


def store_amounts(
    database: LedgerDatabase, key: LedgerKey, one: LedgerAmounts, sums: Any, cell: bytes, secret: UnitKey, now: float
) -> None:
    """What a released total keeps; given again, it only gets younger. `cell`: the digest of its units."""
    packed = sums.astype("<u4").tobytes()
    measure = secret.digest(one.measure.encode())
    database.execute(
        "insert into amounts(dataset, grp, digest, cell, measure, sums, min_units, data_version, given_at)"
        " values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (dataset, grp, digest, data_version)"
        " do update set given_at = excluded.given_at",
        (
            *named(key),
            secret.digest(cell + measure + packed),
            cell,
            measure,
            packed,
            one.min_units,
            one.data_version,
            now,
        ),
    )


def amounts_after(database: LedgerDatabase, key: LedgerKey, newest: int, since: float) -> list[ReleasedAmounts]:
    """Totals recorded since the one with this id, none older than `since`."""
    rows = database.execute(
        "select id, cell, measure, sums, min_units, data_version from amounts"
        " where dataset = ? and grp = ? and id > ? and given_at >= ? order by id",
        (*named(key), newest, since),
    )
    return [
        ReleasedAmounts(
            number, bytes(cell), bytes(measure), np.frombuffer(sums, dtype="<u4").astype(np.int64), least, version
        )
        for number, cell, measure, sums, least, version in rows
    ]


def given_since(database: LedgerDatabase, table: str, key: LedgerKey, since: float) -> int:
    """How much of a key was last given at `since` or later."""
    ((count,),) = database.execute(
        f"select count(*) from {table} where dataset = ? and grp = ? and given_at >= ?", (*named(key), since)
    )
    return int(count)


def forget_old(
    database: LedgerDatabase, table: str, key: LedgerKey, since: float, *, slack: float, kept: float, most: int
) -> bool:
    """Drop what of a key was last given before `since` (where some is `slack` seconds older still: they go together),
    and of what was last given before `kept` the oldest, down to nine tenths of `most`, where there is more than `most`;
    True when something went."""
    ((count, oldest),) = database.execute(
        f"select count(*), coalesce(min(given_at), 0) from {table} where dataset = ? and grp = ?", named(key)
    )
    held = int(count)
    expired = held > 0 and float(oldest) < since - slack
    if expired:
        database.execute(f"delete from {table} where dataset = ? and grp = ? and given_at < ?", (*named(key), since))
    crowded = held > most and float(oldest) < kept
    if crowded:
        database.execute(
            f"delete from {table} where id in (select id from {table} where dataset = ? and grp = ? and given_at < ?"
            " order by given_at, id limit ?)",
            (*named(key), kept, held - int(0.9 * most)),
        )
    return expired or crowded


def forget_figures(database: LedgerDatabase, key: LedgerKey) -> None:
    """Drop figures one of whose cells was dropped."""
    for side in ("members", "others"):
        database.execute(
            f"delete from figures where dataset = ? and grp = ? and {side} not in"
            " (select digest from cells where dataset = ? and grp = ?)",
            (*named(key), *named(key)),
        )


def rows_given(database: LedgerDatabase, subject: str, dataset: str, since: float) -> int:
    """Unit rows that were counted for the subject since a time."""
    ((rows,),) = database.execute(
        "select coalesce(sum(rows), 0) from row_use where subject = ? and dataset = ? and used_at >= ?",
        (subject, dataset, since),
    )
    return int(rows)


def count_rows(database: LedgerDatabase, subject: str, dataset: str, rows: int, now: float) -> None:
    database.execute("insert into row_use values (?, ?, ?, ?)", (subject, dataset, rows, now))


def forget_rows(database: LedgerDatabase, subject: str, dataset: str, before: float) -> None:
    database.execute(
        "delete from row_use where subject = ? and dataset = ? and used_at < ?", (subject, dataset, before)
    )


def load_sets(database: LedgerDatabase, ids: Sequence[int]) -> dict[int, Units]:
    found = {}
    for start in range(0, len(ids), 500):
        chunk = list(ids[start : start + 500])
        marks = ",".join("?" * len(chunk))
        for number, blob in database.execute(f"select id, units from cells where id in ({marks})", chunk):
            found[number] = bitmap_from_bytes(blob)
    return found


def entry(row: Row, numbers: UnitNumbers) -> Entry:
    number, digest, min_units, left_out, blob = row
    units = bitmap_from_bytes(blob)
    ordered, hashes = numbers.by_hash(units)
    return Entry(number, bytes(digest), min_units, bool(left_out), units, ordered, hashes)
