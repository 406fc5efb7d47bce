"""What stewards decided and answered, one JSON object a line, only ever appended to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def append_line(path: Path, entry: Mapping[str, Any]) -> None:
    """Raises OSError where the file cannot be written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(entry, ensure_ascii=False) + "\n")


def kept_lines(path: Path) -> list[Any]:
    """All entries, oldest first; none where there is no file. Raises OSError, and ValueError for a damaged file."""
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
