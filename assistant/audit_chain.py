"""What a chained record is: canonical JSON, its hash, the Merkle root over hashes, and the place of its files.

SHA-256 throughout; leaf and node hashes are prefixed as in RFC 6962, so that a node cannot pass for a record.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

BEIJING = timezone(timedelta(hours=8))  # 云澜市政务数据安全审计规定第九条
GENESIS = "0" * 64  # prev_hash of the first record
CHECKPOINT = "checkpoint"
DECISION = "decision"
CHAIN_FIELDS = frozenset({"seq", "ts", "kind", "prev_hash", "hash", "key", "sig", "clock_back_s"})
LEAF_CHARS = 16  # of each leaf hash in the roots file: enough to name the record that changed


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailFiles:
    """Where one trail lives; `roots` is the file that is shipped to another custodian."""

    trail: Path
    roots: Path
    head: Path
    lock: Path

    @classmethod
    def beside(cls, trail: Path, roots: Path | None = None) -> TrailFiles:
        return cls(
            trail=trail,
            roots=roots or trail.with_suffix(".roots.jsonl"),
            head=trail.with_suffix(".head"),
            lock=trail.with_suffix(".lock"),
        )


def canonical(value: Mapping[str, Any]) -> bytes:
    """UTF-8 JSON with sorted keys and no blanks. Raises TypeError or ValueError where a value has no JSON form."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def record_hash(record: Mapping[str, Any]) -> str:
    """SHA-256 over everything but the record's own hash and signature."""
    return hashlib.sha256(canonical({k: v for k, v in record.items() if k not in ("hash", "sig")})).hexdigest()


def merkle_root(hashes: Sequence[str]) -> str:
    """Merkle root of the records' hashes (RFC 6962, section 2.1); of none: the hash of the empty string."""
    if not hashes:
        return hashlib.sha256(b"").hexdigest()
    level = [hashlib.sha256(b"\x00" + bytes.fromhex(one)).digest() for one in hashes]
    while len(level) > 1:
        paired = [hashlib.sha256(b"\x01" + a + b).digest() for a, b in zip(level[::2], level[1::2], strict=False)]
        level = paired + level[len(paired) * 2 :]
    return level[0].hex()


def leaves(hashes: Iterable[str]) -> str:
    return "".join(one[:LEAF_CHARS] for one in hashes)


def parse_line(line: bytes) -> dict[str, Any] | None:
    """The record on one line, or None where it is no JSON object written by `canonical`, byte for byte."""
    try:
        record = json.loads(line)
        written_by_us = isinstance(record, dict) and canonical(record) == line
    except (ValueError, RecursionError):
        return None
    return record if written_by_us else None


def timestamp(moment: datetime) -> str:
    return moment.astimezone(BEIJING).isoformat(timespec="microseconds")


def parse_timestamp(text: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo else None
