"""Keyed unit hashes: a stolen ledger does not tell who is in a cell (PIPL 51; POLICY_SPEC 2.4 "HMAC'd set").

The engine's hash of a unit is public, so anybody who knows a person number could look it up. Before anything is stored
it goes through AES-256 under a key that lies outside the ledger's store; the data set enters too, so that one unit has
another number in each of them. A block cipher on one block is a keyed pseudo-random function, and fast over arrays.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path
from typing import Any

import numpy as np

KEY_BYTES = 32


class UnitKey:
    """Scrambles unit hashes under one secret of 32 bytes. Raises ValueError for a secret of another length."""

    def __init__(self, secret: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

        if len(secret) != KEY_BYTES:
            raise ValueError("the ledger key must have 32 bytes")
        self._secret = secret
        self._cipher = Cipher(algorithms.AES(secret), modes.ECB())  # one block a unit, never two of one data set alike

    @property
    def fingerprint(self) -> bytes:
        """Tells keys apart without giving them away."""
        return self.digest(b"govdata ledger key")

    def digest(self, content: bytes) -> bytes:
        """16 bytes that only this key yields."""
        return hmac.new(self._secret, content, hashlib.sha256).digest()[:16]

    def scrambled(self, hashes: Any, dataset: str) -> Any:
        """Sorted distinct uint64 -> as many scrambled ones, sorted."""
        found = self.sealed(hashes, dataset)
        found.sort()
        return found

    def sealed(self, numbers: Any, dataset: str) -> Any:
        """uint64 -> scrambled ones in the same order."""
        blocks = np.empty((len(numbers), 2), dtype="<u8")
        blocks[:, 0] = numbers
        blocks[:, 1] = int.from_bytes(hashlib.sha256(dataset.encode()).digest()[:8], "little")
        sealed = self._cipher.encryptor().update(blocks.tobytes())
        return np.frombuffer(sealed, dtype="<u8")[::2].astype(np.uint64)


def load_unit_key(path: Path) -> UnitKey:
    """The key in the file at `path` (64 hexadecimal digits), made on first use, readable by its owner only.

    Raises OSError and ValueError where it cannot be read.
    """
    if not path.exists():
        _publish(path, secrets.token_bytes(KEY_BYTES))
    return UnitKey(bytes.fromhex(path.read_text(encoding="ascii").strip()))


def _publish(path: Path, secret: bytes) -> None:
    """Link the finished file into place: of two processes that start together, one wins and both use its key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(secret.hex() + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        os.link(beside, path)
    except FileExistsError:
        return
    finally:
        beside.unlink()
