"""Who is logging in: a users file with salted scrypt hashes (RFC 7914), made at the first start.

Passwords of the demo are random, printed once and never stored. Policies stay in the workspace: this file only proves
that a person is the user they say they are.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import threading
import time
from collections.abc import Iterable
from pathlib import Path

from assistant.domain import Text
from assistant.errors import SettingsError

_COST = {"n": 2**14, "r": 8, "p": 1}
_MAX_FAILURES = 5  # in a row, then a pause
_PAUSE_S = 30.0


class UsersFile:
    """Password hashes by user id, at `path` (mode 0600)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._failures: dict[str, tuple[int, float]] = {}

    def ensure(self, user_ids: Iterable[str]) -> dict[str, str]:
        """Make a password for every user that has none; returns {user id: new password}, to be shown once."""
        with self._lock:
            known = self._read()
            fresh = {user_id: secrets.token_urlsafe(9) for user_id in user_ids if user_id not in known}
            if fresh:
                self._write(known | {user_id: _hashed(password) for user_id, password in fresh.items()})
            return fresh

    def reset(self, user_ids: Iterable[str]) -> dict[str, str]:
        """Forget these users' passwords and make new ones."""
        with self._lock:
            chosen = set(user_ids)
            self._write({name: entry for name, entry in self._read().items() if name not in chosen})
        return self.ensure(sorted(chosen))

    def verify(self, user_id: str, password: str) -> bool:
        """True where the password is right. Unknown users cost as much as known ones; five failures bring a pause."""
        with self._lock:
            count, since = self._failures.get(user_id, (0, 0.0))
            if count >= _MAX_FAILURES and time.monotonic() - since < _PAUSE_S:
                return False
            entry = self._read().get(user_id)
        salt = bytes.fromhex(entry["salt"]) if entry else b"\0" * 16
        expected = entry["hash"] if entry else "0" * 64
        right = hmac.compare_digest(_digest(password, salt), expected) and entry is not None
        with self._lock:
            if right:
                self._failures.pop(user_id, None)
            else:
                self._failures[user_id] = (count + 1, time.monotonic())
        return right

    def _read(self) -> dict[str, dict[str, str]]:
        try:
            content: dict[str, dict[str, str]] = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError):
            raise SettingsError(
                Text(
                    zh="用户口令文件无法读取。请删除该文件后重新启动，系统会生成新口令。",
                    en="The users file cannot be read. Delete it and start again: new passwords are made.",
                ),
                file=self._path,
            ) from None
        return content

    def _write(self, entries: dict[str, dict[str, str]]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        beside = self._path.with_suffix(".new")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            json.dump(entries, out)
        os.replace(beside, self._path)


def _hashed(password: str) -> dict[str, str]:
    salt = secrets.token_bytes(16)
    return {"salt": salt.hex(), "hash": _digest(password, salt)}


def _digest(password: str, salt: bytes) -> str:
    return hashlib.scrypt(password.encode(), salt=salt, dklen=32, **_COST).hex()
