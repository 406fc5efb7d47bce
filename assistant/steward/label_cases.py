"""What stewards decided about proposed labels, kept in the state directory, one line a verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from assistant.domain import ColumnRole, Level, Text
from assistant.errors import StoreUnavailable
from assistant.steward.kept_lines import append_line, kept_lines

Verdict = Literal["accepted", "rejected"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelCase:
    """What a steward decided about a proposal."""

    element_id: str
    name: str
    level: Level
    role: ColumnRole
    verdict: Verdict
    by: str
    on: date


def remember_case(path: Path, case: LabelCase) -> None:
    """Append a steward's verdict. Raises StoreUnavailable where the state directory cannot be written."""
    entry = {
        "element_id": case.element_id,
        "name": case.name,
        "level": case.level.name,
        "role": case.role.value,
        "verdict": case.verdict,
        "by": case.by,
        "on": case.on.isoformat(),
    }
    try:
        append_line(path, entry)
    except OSError as problem:
        raise StoreUnavailable(_unwritable(path)) from problem


def recall_cases(path: Path) -> tuple[LabelCase, ...]:
    """Every verdict, oldest first; none where there is no file. Raises StoreUnavailable for a damaged one."""
    try:
        return tuple(_case(entry) for entry in kept_lines(path))
    except (OSError, ValueError, KeyError) as problem:
        raise StoreUnavailable(_unwritable(path)) from problem


def _case(entry: Mapping[str, str]) -> LabelCase:
    return LabelCase(
        element_id=entry["element_id"],
        name=entry["name"],
        level=Level[entry["level"]],
        role=ColumnRole(entry["role"]),
        verdict="accepted" if entry["verdict"] == "accepted" else "rejected",
        by=entry["by"],
        on=date.fromisoformat(entry["on"]),
    )


def _unwritable(path: Path) -> Text:
    return Text(
        zh=f"分类分级建议的处理记录无法读写：{path}。请管理员检查该文件。",
        en=f"The record of classification proposals cannot be read or written: {path}. Ask the administrator.",
    )
