"""Reading a trail and proving that it is the one that was written.

`verify` reports the first position that does not hold the record written there: an edited record is its own position,
a dropped or cut one the position it had, an inserted or replayed one the position it took.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO

from assistant.audit_chain import (
    CHECKPOINT,
    GENESIS,
    LEAF_CHARS,
    TrailFiles,
    merkle_root,
    parse_line,
    parse_timestamp,
    record_hash,
)
from assistant.audit_keys import SignatureCheck, read_public_keys
from assistant.domain import Text
from assistant.errors import AuditUnavailable

_TAIL_BLOCK = 1 << 16  # bytes read first from the end of a trail


class Tampering(StrEnum):
    EDITED = "edited"
    DROPPED = "dropped"
    INSERTED = "inserted"
    SWAPPED = "swapped"
    CUT = "cut"
    REPLAYED = "replayed"
    CLOCK_ROLLBACK = "clock_rollback"
    ROOT_MISMATCH = "root_mismatch"  # the other custodian's file itself does not hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """`first_bad_seq` counts positions from 1; `records` is how many hold before it."""

    ok: bool
    records: int
    checkpoints: int = 0
    first_bad_seq: int | None = None
    cause: Tampering | None = None
    last_hash: str = GENESIS


_Break = tuple[int, Tampering]


def records(path: Path) -> Iterator[dict[str, Any]]:
    """Every record in order, checkpoints included. Raises AuditUnavailable at a line that is no record."""
    with _opened(path) as stream:
        for position, line in enumerate(stream, start=1):
            record = _record(line)
            if record is None:
                raise AuditUnavailable(_not_a_record(path, position))
            yield record


def tail(path: Path, count: int = 20) -> list[dict[str, Any]]:
    """The last `count` records that are no checkpoints, oldest first; of a missing trail: none."""
    if count <= 0 or not path.exists():
        return []
    with _opened(path) as stream:
        size = stream.seek(0, os.SEEK_END)
        block = _TAIL_BLOCK
        while True:
            start = max(0, size - block)
            stream.seek(start)
            lines = stream.read(size - start).split(b"\n")[0 if start == 0 else 1 :]
            found = [one for one in map(parse_line, lines) if one is not None and one.get("kind") != CHECKPOINT]
            if len(found) >= count or start == 0:
                return found[-count:]
            block *= 4


def verify(
    path: Path,
    roots: Path | None = None,
    *,
    public_keys: Path | None = None,
    expected_records: int | None = None,
) -> Verification:
    """Walk the trail and compare it with the shipped roots.

    `roots` is the other custodian's copy (default: the file beside the trail), `public_keys` the `.pub` file of the
    key (without it signatures are not checked), `expected_records` a count known from elsewhere.
    Raises AuditUnavailable where a file cannot be read.
    """
    files = TrailFiles.beside(path, roots)
    check = SignatureCheck(read_public_keys(public_keys)) if public_keys else None
    with _unchanging(files.lock):
        walk = _Walk(path, check)
        expected = max(expected_records or 0, _count_of_head(files.head))
        shipped = _shipped(files.roots)
    breaks = [walk.broken, _first_root_break(walk.hashes, shipped, check)]
    if expected > len(walk.hashes):
        breaks.append((len(walk.hashes) + 1, Tampering.CUT))
    found = min((one for one in breaks if one), key=lambda one: one[0], default=None)
    good = len(walk.hashes) if found is None else found[0] - 1
    return Verification(
        ok=found is None,
        records=good,
        checkpoints=sum(1 for seq in walk.checkpoints if seq <= good),
        first_bad_seq=found[0] if found else None,
        cause=found[1] if found else None,
        last_hash=walk.hashes[good - 1] if good else GENESIS,
    )


class _Walk:
    """One pass over the chain up to the first break: the hashes of the good records and what broke."""

    def __init__(self, path: Path, check: SignatureCheck | None) -> None:
        self._check = check
        self._last_ts = ""
        self.hashes: list[str] = []
        self.checkpoints: list[int] = []
        self.broken: _Break | None = None
        if not path.exists():
            return
        with _opened(path) as stream:
            for line in stream:
                self.broken = self._break_at(line, stream)
                if self.broken:
                    return

    def _break_at(self, line: bytes, rest: BinaryIO) -> _Break | None:
        """None, and the record is taken over, where the line continues the chain."""
        position, previous = len(self.hashes) + 1, self.hashes[-1] if self.hashes else GENESIS
        record = _record(line)
        if record is None or not self._genuine(record, position, previous):
            return self._classify(record, line, rest, position, previous)
        if self._goes_back(record):
            return position, Tampering.CLOCK_ROLLBACK
        self.hashes.append(record["hash"])
        self._last_ts = record["ts"]
        if record.get("kind") == CHECKPOINT:
            self.checkpoints.append(position)
        return None

    def _genuine(self, record: dict[str, Any], position: int, previous: str) -> bool:
        return record.get("seq") == position and record.get("prev_hash") == previous and self._intact(record)

    def _intact(self, record: dict[str, Any]) -> bool:
        if record.get("hash") != record_hash(record):
            return False
        return self._check is None or self._check.valid(record.get("key"), record["hash"], record.get("sig"))

    def _goes_back(self, record: dict[str, Any]) -> bool:
        now, last = parse_timestamp(record.get("ts")), parse_timestamp(self._last_ts)
        return now is None or "clock_back_s" in record or (last is not None and now < last)

    def _classify(
        self, record: dict[str, Any] | None, line: bytes, rest: BinaryIO, position: int, previous: str
    ) -> _Break:
        intact = record is not None and self._intact(record)
        if record is not None and intact and record["hash"] in self.hashes:
            return position, Tampering.REPLAYED
        true_one_follows = any(
            later is not None and self._genuine(later, position, previous) for later in map(_record, rest)
        )
        ahead = record is not None and intact and isinstance(record.get("seq"), int) and record["seq"] > position
        if true_one_follows:
            return position, Tampering.SWAPPED if ahead else Tampering.INSERTED
        if ahead:
            return position, Tampering.DROPPED
        if not line.endswith(b"\n"):
            return position, Tampering.CUT
        if (
            record is not None and intact and self._check is None and position > 1
        ):  # unsigned: the one before may be false
            if record.get("seq") == position:
                return position - 1, Tampering.EDITED
            if record["prev_hash"] == [GENESIS, *self.hashes][-2]:
                return position - 1, Tampering.INSERTED
        return position, Tampering.EDITED


def _first_root_break(
    hashes: list[str], shipped: list[dict[str, Any] | None], check: SignatureCheck | None
) -> _Break | None:
    found = [one for root in shipped if (one := _root_break(hashes, root, check))]
    return min(found, default=None, key=lambda one: one[0])


def _root_break(hashes: list[str], root: dict[str, Any] | None, check: SignatureCheck | None) -> _Break | None:
    if root is None or root.get("hash") != record_hash(root):
        return len(hashes) + 1, Tampering.ROOT_MISMATCH
    first, last = int(root["first_seq"]), int(root["last_seq"])
    if check is not None and not check.valid(root.get("key"), root["hash"], root.get("sig")):
        return first, Tampering.ROOT_MISMATCH
    covered = hashes[first - 1 : last]
    for offset, digest in enumerate(covered):
        if digest[:LEAF_CHARS] != root["leaves"][offset * LEAF_CHARS : (offset + 1) * LEAF_CHARS]:
            return first + offset, Tampering.EDITED
    if len(covered) < last - first + 1:
        return max(len(hashes), first - 1) + 1 if hashes else 1, Tampering.CUT
    return None if merkle_root(covered) == root["merkle_root"] else (first, Tampering.ROOT_MISMATCH)


def _record(line: bytes) -> dict[str, Any] | None:
    return parse_line(line[:-1]) if line.endswith(b"\n") else None


def _shipped(path: Path) -> list[dict[str, Any] | None]:
    if not path.exists():
        return []
    with _opened(path) as stream:
        return [_record(line) for line in stream]


def _count_of_head(path: Path) -> int:
    """How many records the head file speaks of; 0 where it is absent (a copied trail) or unreadable."""
    try:
        return int(json.loads(path.read_text(encoding="utf-8"))["seq"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("rb") as stream:
            yield stream
    except OSError as cause:
        raise AuditUnavailable(_unreadable(path)) from cause


@contextmanager
def _unchanging(lock: Path) -> Iterator[None]:
    """Wait for a record that is being written; a copied trail has no lock and does not change."""
    if not lock.exists():
        yield
        return
    with _opened(lock) as stream:
        fcntl.flock(stream, fcntl.LOCK_SH)
        yield


def _not_a_record(path: Path, position: int) -> Text:
    return Text(
        zh=f"{path} 第 {position} 行不是审计记录。请运行 govdata audit verify 查明原因。",
        en=f"Line {position} of {path} is no audit record. Run govdata audit verify to find out why.",
    )


def _unreadable(path: Path) -> Text:
    return Text(
        zh=f"无法读取审计文件 {path}。请检查路径和权限。",
        en=f"The audit file {path} cannot be read. Check its path and permissions.",
    )
