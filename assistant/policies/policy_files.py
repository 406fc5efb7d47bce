"""The files that decide: which there are, their version, and those that would be read by nobody."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from assistant.domain import Text
from assistant.errors import PolicyLoadError

WORKSPACE_FILES = (
    "decision_table.yaml", "laws.yaml", "linkage.yaml", "purposes.yaml", "roles.yaml", "rules.yaml", "thresholds.yaml",
    "users.yaml",
)  # fmt: skip
SCHEMES = "level_schemes"


def version(*folders: Path) -> str:
    """Sixteen hex digits that change with any file that decides, its name included."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in deciding_files(folder):
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def deciding_files(folder: Path) -> Iterable[Path]:
    """Every YAML file below `folder`, sorted; a folder named tests holds examples, not rules."""
    return sorted(p for p in folder.rglob("*.yaml") if "tests" not in p.relative_to(folder).parts)


def scheme_names(folder: Path) -> tuple[str, ...]:
    """Level schemes of a workspace's policies, used or not: a mistake in one is found before it is used."""
    return tuple(path.stem for path in sorted((folder / SCHEMES).glob("*.yaml")))


def unread_files(folder: Path) -> Iterator[PolicyLoadError]:
    """Files that no reader looks for: a stricter threshold in `threshold.yaml` would be in force nowhere."""
    written = (path for path in folder.rglob("*") if path.suffix in (".yaml", ".yml") and path.is_file())
    for path in sorted(written):
        place = path.relative_to(folder)
        if "tests" in place.parts or place.as_posix() in WORKSPACE_FILES:
            continue
        if place.parts[0] == SCHEMES and len(place.parts) == 2 and path.suffix == ".yaml":
            continue
        names = ", ".join(WORKSPACE_FILES)
        zh = f"没有任何规则会读取这个文件。请改名为其中之一：{names}；级别体系放在 {SCHEMES}/。"
        en = f"is read by nothing. Name it one of {names}; level schemes belong in {SCHEMES}/."
        yield PolicyLoadError(Text(zh=zh, en=en), file=path)
