"""The keys of the audit trail: one that signs records, and rotating ones under which literals are hidden.

Kept in one file of the state directory that only its owner can read. The public half lies beside it as `<name>.pub`,
so that an auditor can verify without being able to sign.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.domain import Text
from assistant.errors import AuditUnavailable

_TOKEN_CHARS = 32


@dataclass(frozen=True, slots=True)
class AuditKeys:
    """Signing key (Ed25519, 32 bytes) and literal keys, newest last: (key id, 32 bytes)."""

    signing: bytes
    literal: tuple[tuple[str, bytes], ...]

    @property
    def key_id(self) -> str:
        return key_id(self.public)

    @property
    def public(self) -> bytes:
        return bytes(_private_key(self.signing).public_key().public_bytes_raw())

    def token(self, value: object) -> str:
        """`hmac:<key id>:<hex>`: equal values give equal tokens, the value cannot be read back."""
        name, key = self.literal[-1]
        return f"hmac:{name}:{_keyed(key, value)}"

    def matches(self, token: str, value: object) -> bool:
        """Whether `token` stands for `value`, under whichever literal key it was made."""
        _, _, rest = token.partition(":")
        name, _, digest = rest.partition(":")
        return any(name == known and hmac.compare_digest(digest, _keyed(key, value)) for known, key in self.literal)


class Signer:
    """Signs record hashes; holds the parsed key so that a record costs one signature and no parsing."""

    def __init__(self, keys: AuditKeys) -> None:
        self._key = _private_key(keys.signing)
        self.key_id = keys.key_id

    def sign(self, digest: str) -> str:
        return str(self._key.sign(bytes.fromhex(digest)).hex())


class SignatureCheck:
    """Checks signatures against known public keys by id."""

    def __init__(self, public_keys: dict[str, bytes]) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        self._keys = {name: Ed25519PublicKey.from_public_bytes(raw) for name, raw in public_keys.items()}

    def valid(self, name: object, digest: object, signature: object) -> bool:
        from cryptography.exceptions import InvalidSignature

        key = self._keys.get(str(name))
        if key is None:
            return False
        try:
            key.verify(bytes.fromhex(str(signature)), bytes.fromhex(str(digest)))
        except (InvalidSignature, ValueError):
            return False
        return True

    def any_valid(self, digest: str, signature: object) -> bool:
        return any(self.valid(name, digest, signature) for name in self._keys)


def key_id(public: bytes) -> str:
    return hashlib.sha256(public).hexdigest()[:16]


def public_path(key_path: Path) -> Path:
    return key_path.with_name(key_path.name + ".pub")


def load_keys(path: Path) -> AuditKeys:
    """The keys at `path`, made on first use with mode 0600. Raises AuditUnavailable."""
    try:
        if not path.exists():
            _publish(path, _fresh())
        return _read(path)
    except (OSError, ValueError, KeyError, TypeError) as cause:
        raise AuditUnavailable(_unusable(path)) from cause


def rotate_literal_key(path: Path) -> AuditKeys:
    """Add a literal key: new tokens use it, old ones still match. Raises AuditUnavailable."""
    keys = load_keys(path)
    literal = (*keys.literal, (secrets.token_hex(4), secrets.token_bytes(32)))
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        _write_private(beside, AuditKeys(keys.signing, literal))
        os.replace(beside, path)
    except OSError as cause:
        raise AuditUnavailable(_unusable(path)) from cause
    return load_keys(path)


def read_public_keys(path: Path) -> dict[str, bytes]:
    """{key id: public key} of a `.pub` file. Raises AuditUnavailable."""
    try:
        raw: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        return {name: bytes.fromhex(value) for name, value in raw.items()}
    except (OSError, ValueError, AttributeError, TypeError) as cause:
        raise AuditUnavailable(_unusable(path)) from cause


def _fresh() -> AuditKeys:
    return AuditKeys(secrets.token_bytes(32), ((secrets.token_hex(4), secrets.token_bytes(32)),))


def _publish(path: Path, keys: AuditKeys) -> None:
    """Link the finished file into place: of two processes that start together, one wins and both use its keys."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    _write_private(beside, keys)
    try:
        os.link(beside, path)
    except FileExistsError:
        return
    finally:
        beside.unlink()
    public = public_path(path)
    public.write_text(json.dumps({keys.key_id: keys.public.hex()}) + "\n", encoding="utf-8")


def _write_private(path: Path, keys: AuditKeys) -> None:
    content = {"signing": keys.signing.hex(), "literal": [[name, key.hex()] for name, key in keys.literal]}
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump(content, stream)
        stream.flush()
        os.fsync(stream.fileno())


def _read(path: Path) -> AuditKeys:
    if path.stat().st_mode & 0o077:
        os.chmod(path, 0o600)
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    literal = tuple((str(name), bytes.fromhex(key)) for name, key in content["literal"])
    keys = AuditKeys(bytes.fromhex(content["signing"]), literal)
    if len(keys.signing) != 32 or not literal:
        raise ValueError(str(path))
    return keys


def _keyed(key: bytes, value: object) -> str:
    return hmac.new(key, str(value).encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:_TOKEN_CHARS]


def _private_key(raw: bytes) -> Any:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(raw)


def _unusable(path: Path) -> Text:
    return Text(
        zh=f"审计密钥文件不可用：{path}。请检查该文件及其目录的权限和内容；在此之前不提供答复。",
        en=f"The audit key file {path} cannot be used. "
        "Check its content and permissions; until then nothing is answered.",
    )
