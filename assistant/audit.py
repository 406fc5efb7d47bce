"""Append-only, hash-chained audit trail in a JSONL file (POLICY_SPEC 5; 云澜市政务数据安全审计规定).

One line a record: the caller's fields plus `seq, ts, kind, prev_hash, hash, key, sig`. A checkpoint record carries the
Merkle root of the records since the last one; the same root goes to a second file, which belongs to another custodian.
Nothing is ever answered that could not be recorded: every failure to write is AuditUnavailable.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from assistant.audit_chain import (
    CHAIN_FIELDS,
    CHECKPOINT,
    DECISION,
    TrailFiles,
    canonical,
    leaves,
    merkle_root,
    parse_line,
    parse_timestamp,
    record_hash,
    timestamp,
)
from assistant.audit_head import Head, TrailDamaged, read_head, write_head
from assistant.audit_keys import AuditKeys, Signer, load_keys
from assistant.audit_record import AuditRecord
from assistant.audit_verification import Verification, records, tail, verify
from assistant.domain import Text
from assistant.errors import AuditUnavailable

__all__ = ["AuditRecord", "JsonlAuditLog", "Verification", "records", "tail", "verify"]

CLOCK_TOLERANCE = timedelta(seconds=1)  # an ordinary correction; more is written into the record and reported


class JsonlAuditLog:
    """The trail as `ports.AuditLog`; safe for several threads and several processes on one file."""

    def __init__(
        self,
        path: Path,
        key_path: Path,
        *,
        roots_path: Path | None = None,
        checkpoint_records: int = 1000,
        checkpoint_every_s: float = 3600.0,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Keys are made at `key_path` on first use. Raises AuditUnavailable."""
        self.files = TrailFiles.beside(path, roots_path)
        self.keys: AuditKeys = load_keys(key_path)
        self._public = {self.keys.key_id: self.keys.public}
        self._signer = Signer(self.keys)
        self._checkpoint_records = checkpoint_records
        self._checkpoint_every = timedelta(seconds=checkpoint_every_s)
        self._clock = clock
        self._threads = threading.Lock()
        self._known: tuple[Head, int] | None = None  # the head and the inode of the trail it belongs to

    def append(self, entry: Mapping[str, Any]) -> int:
        """Write one record durably and return its sequence number, from 1. Raises AuditUnavailable."""
        reserved = sorted(CHAIN_FIELDS.intersection(entry) - {"kind"})
        if reserved or entry.get("kind") == CHECKPOINT:
            raise AuditUnavailable(_reserved(reserved or ["kind"]))
        with self._writing() as descriptor:
            head = self._head(descriptor)
            if self._checkpoint_due(head):
                head = self._write_checkpoint(descriptor, head)
            return self._write(descriptor, head, entry).seq

    def checkpoint(self) -> int | None:
        """Sign what was written since the last checkpoint, for a timer or a shutdown; None if nothing was."""
        with self._writing() as descriptor:
            head = self._head(descriptor)
            if head.seq == head.checkpoint_seq:
                return None
            return self._write_checkpoint(descriptor, head).seq

    def check_writable(self) -> None:
        """Raise AuditUnavailable where the next record could not be written, before any work is done for it."""
        with self._writing() as descriptor:
            self._head(descriptor)

    def set_aside_torn_record(self) -> Path | None:
        """After a power cut: move an unfinished last line to a file of its own and record that, else None.

        No answer was given for such a line. Whatever else is wrong with the trail is left as it is: AuditUnavailable.
        """
        with self._writing() as descriptor:
            size = os.fstat(descriptor).st_size
            content = os.pread(descriptor, size, 0)
            torn = content[content.rfind(b"\n") + 1 :]
            head = read_head(self.files.head, descriptor, size - len(torn), self._public)
            if not torn:
                return None
            aside = self.files.trail.with_suffix(f".torn-{head.seq + 1}")
            aside.write_bytes(torn)
            os.ftruncate(descriptor, head.size)
            digest = hashlib.sha256(torn).hexdigest()
            self._write(descriptor, head, {"torn_bytes": len(torn), "torn_sha256": digest}, kind="repair")
            return aside

    def tail(self, count: int = 20) -> list[dict[str, Any]]:
        """The last `count` decision records, oldest first."""
        return tail(self.files.trail, count)

    @contextmanager
    def _writing(self) -> Iterator[int]:
        """The open trail, under the lock of this process and of all others."""
        with self._threads:
            try:
                with self._locked() as descriptor:
                    yield descriptor
            except TrailDamaged as cause:
                raise AuditUnavailable(_damaged(self.files.trail)) from cause
            except (OSError, TypeError, ValueError) as cause:
                self._known = None
                raise AuditUnavailable(_unwritable(self.files.trail)) from cause

    @contextmanager
    def _locked(self) -> Iterator[int]:
        self.files.trail.parent.mkdir(parents=True, exist_ok=True)
        with open(self.files.lock, "a", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            descriptor = os.open(self.files.trail, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o640)
            try:
                yield descriptor
            finally:
                os.close(descriptor)

    def _head(self, descriptor: int) -> Head:
        status = os.fstat(descriptor)
        if self._known and (self._known[0].size, self._known[1]) == (status.st_size, status.st_ino):
            return self._known[0]
        head = read_head(self.files.head, descriptor, status.st_size, self._public)
        self._known = (head, status.st_ino)
        return head

    def _checkpoint_due(self, head: Head) -> bool:
        open_records = head.seq - head.checkpoint_seq
        since = parse_timestamp(head.checkpoint_ts)
        late = since is not None and self._clock() - since >= self._checkpoint_every
        return open_records >= self._checkpoint_records or (open_records > 0 and late)

    def _write_checkpoint(self, descriptor: int, head: Head) -> Head:
        """Ship the root first: what the other custodian holds is then always on the disk here."""
        block = os.pread(descriptor, head.size - head.checkpoint_start, head.checkpoint_start)
        parsed = [parse_line(line) for line in block.split(b"\n")[:-1]]
        hashes = [str(record["hash"]) for record in parsed if record is not None]
        first = max(1, head.checkpoint_seq)
        if len(hashes) != head.seq - first + 1:
            raise TrailDamaged("records since the last checkpoint")
        root = {"first_seq": first, "last_seq": head.seq, "merkle_root": merkle_root(hashes)}
        self._ship({**root, **self._moment(head)}, hashes)
        return self._write(descriptor, head, root, kind=CHECKPOINT)

    def _ship(self, root: Mapping[str, Any], hashes: list[str]) -> None:
        """Add the root, with the beginning of every record's hash, to the other custodian's file."""
        line = {**root, "leaves": leaves(hashes), "key": self._signer.key_id}
        line["hash"] = record_hash(line)
        line["sig"] = self._signer.sign(line["hash"])
        descriptor = os.open(self.files.roots, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
        try:
            _append_whole(descriptor, canonical(line) + b"\n", os.fstat(descriptor).st_size)
        finally:
            os.close(descriptor)

    def _write(self, descriptor: int, head: Head, fields: Mapping[str, Any], kind: str = DECISION) -> Head:
        record = {"kind": kind, **fields, **self._moment(head)}
        record |= {"seq": head.seq + 1, "prev_hash": head.hash, "key": self._signer.key_id}
        record["hash"] = record_hash(record)
        record["sig"] = self._signer.sign(record["hash"])
        line = canonical(record) + b"\n"
        _append_whole(descriptor, line, head.size)
        moved = head.after(record, len(line))
        write_head(self.files.head, moved, self._signer)
        self._known = (moved, os.fstat(descriptor).st_ino)
        return moved

    def _moment(self, head: Head) -> dict[str, Any]:
        """`ts`, never before the last record's; how far the clock had gone back is kept beside it (seconds)."""
        now = self._clock()
        last = parse_timestamp(head.ts)
        if last is None or now >= last:
            return {"ts": timestamp(now)}
        back = last - now
        return {"ts": head.ts} | ({"clock_back_s": back.total_seconds()} if back > CLOCK_TOLERANCE else {})


def _append_whole(descriptor: int, line: bytes, size: int) -> None:
    """Write the line and wait until it is on the disk; a line that does not fit leaves no trace. Raises OSError."""
    try:
        if os.write(descriptor, line) != len(line):
            raise OSError("short write")
        os.fsync(descriptor)
    except OSError:
        os.ftruncate(descriptor, size)
        raise


def _reserved(names: list[str]) -> Text:
    return Text(
        zh=f"审计记录不得自带链字段：{'、'.join(names)}。",
        en=f"An audit record may not bring its own chain fields: {', '.join(names)}.",
    )


def _unwritable(path: Path) -> Text:
    return Text(
        zh=f"审计记录无法写入，因此不提供答复。请管理员检查 {path.parent} 的权限和剩余空间。",
        en="The audit record cannot be written, so no answer is given. "
        f"Ask the administrator to check the permissions and free space of {path.parent}.",
    )


def _damaged(path: Path) -> Text:
    return Text(
        zh=f"审计记录的末尾与写入时不符，因此不提供答复。请审计人员运行 govdata audit verify 检查 {path}。",
        en="The end of the audit trail is not what was written, so no answer is given. "
        f"Ask the auditor to run govdata audit verify on {path}.",
    )
