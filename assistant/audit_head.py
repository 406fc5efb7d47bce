"""The head of a trail: its last record and length, signed, so that a cut is noticed before the next record.

The head is written after the record. It may therefore lag behind a trail by what a crash interrupted, never lead it:
records beyond the head are taken over if they continue the chain with valid signatures, anything else stops the log.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from assistant.audit_chain import CHECKPOINT, GENESIS, canonical, parse_line, record_hash
from assistant.audit_keys import SignatureCheck, Signer

_LAST_LINE_BYTES = 1 << 20  # longest record that is looked for at the end of a trail


class TrailDamaged(Exception):
    """The end of the trail is not what was written there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Last record, length of the trail in bytes, and where the last checkpoint stands."""

    seq: int = 0
    hash: str = GENESIS
    ts: str = ""
    size: int = 0
    checkpoint_seq: int = 0
    checkpoint_start: int = 0  # where the next root begins: with the checkpoint record itself
    checkpoint_ts: str = ""  # of the last checkpoint, or of the first record before there is one

    def after(self, record: dict[str, Any], length: int) -> Head:
        """The head once `record`, `length` bytes with its newline, was appended."""
        moved = replace(
            self,
            seq=record["seq"],
            hash=record["hash"],
            ts=record["ts"],
            size=self.size + length,
            checkpoint_ts=self.checkpoint_ts or record["ts"],
        )
        if record["kind"] != CHECKPOINT:
            return moved
        return replace(moved, checkpoint_seq=moved.seq, checkpoint_start=self.size, checkpoint_ts=moved.ts)


def write_head(path: Path, head: Head, signer: Signer) -> None:
    """Replace the head file in one step. Raises OSError."""
    content = _fields(head)
    beside = path.with_name(path.name + ".new")
    beside.write_text(json.dumps(content | {"sig": signer.sign(_digest(content))}), encoding="utf-8")
    os.replace(beside, path)


def read_head(path: Path, descriptor: int, size: int, keys: dict[str, bytes]) -> Head:
    """The head of the open trail of `size` bytes, moved over complete records that a crash left behind it.

    Raises TrailDamaged where the trail is shorter than the head says, ends otherwise, or goes on without a valid chain.
    """
    check = SignatureCheck(keys)
    head = _stored(path, size, check)
    if head.seq and not _ends_as(descriptor, head):
        raise TrailDamaged("end")
    return _catch_up(descriptor, head, size, check) if size > head.size else head


def _stored(path: Path, size: int, check: SignatureCheck) -> Head:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        signature = content.pop("sig")
        head = Head(**content)
    except FileNotFoundError:
        if size == 0:
            return Head()
        raise TrailDamaged("no head") from None
    except (ValueError, KeyError, TypeError, AttributeError) as cause:
        raise TrailDamaged("head unreadable") from cause
    if size < head.size or not check.any_valid(_digest(_fields(head)), signature):
        raise TrailDamaged("head does not fit")
    return head


def _ends_as(descriptor: int, head: Head) -> bool:
    start = max(0, head.size - _LAST_LINE_BYTES)
    block = os.pread(descriptor, head.size - start, start)
    if not block.endswith(b"\n"):
        return False
    record = parse_line(block[:-1].rpartition(b"\n")[2])
    return record is not None and record.get("hash") == head.hash == record_hash(record)


def _catch_up(descriptor: int, head: Head, size: int, check: SignatureCheck) -> Head:
    block = os.pread(descriptor, size - head.size, head.size)
    if not block.endswith(b"\n"):
        raise TrailDamaged("torn record")
    for line in block.split(b"\n")[:-1]:
        record = parse_line(line)
        if record is None or not _continues(record, head, check):
            raise TrailDamaged("foreign record")
        head = head.after(record, len(line) + 1)
    return head


def _continues(record: dict[str, Any], head: Head, check: SignatureCheck) -> bool:
    return (
        record.get("seq") == head.seq + 1
        and record.get("prev_hash") == head.hash
        and record.get("hash") == record_hash(record)
        and check.valid(record.get("key"), record["hash"], record.get("sig"))
    )


def _fields(head: Head) -> dict[str, Any]:
    return {name: getattr(head, name) for name in Head.__slots__}


def _digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(canonical(content)).hexdigest()
