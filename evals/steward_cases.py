"""The steward cases of evals/cases/steward*.yaml as values: question, what it follows up, and the gold filter.

A case with `asks_back: true` has none: what it asks for no filter gives, so that it must be asked back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from assistant.errors import ConfigurationError
from assistant.steward.filters import CatalogFilter, Condition, Op, Subject
from assistant.yaml_source import read_yaml

CASES = Path(__file__).resolve().parent / "cases"
FILE = CASES / "steward.yaml"
FILES = (FILE, CASES / "steward_blind.yaml", CASES / "steward_open.yaml")


@dataclass(frozen=True, slots=True)
class StewardCase:
    id: str
    batch: int
    language: str
    question: str
    after: str
    gold: CatalogFilter | None  # None: no filter answers it, and it must be asked back


def cases(path: Path = FILE) -> tuple[StewardCase, ...]:
    listed = read_yaml(path, ConfigurationError).plain()["cases"]
    return tuple(
        StewardCase(one["id"], one["batch"], one["language"], one["question"], one.get("after", ""), _gold(one))
        for one in listed
    )


def _gold(one: Mapping[str, Any]) -> CatalogFilter | None:
    """Raises KeyError for a case that has neither a gold filter nor `asks_back: true`."""
    return None if one.get("asks_back") is True else gold_filter(one["gold"])


def gold_filter(gold: Mapping[str, Any]) -> CatalogFilter:
    name, _, direction = gold.get("order", "").partition(" ")
    way: Literal["asc", "desc"] = "asc" if direction == "asc" else "desc"
    return CatalogFilter(
        subject=Subject(gold["subject"]),
        conditions=tuple(_condition(one) for one in gold.get("where", ())),
        group_by=tuple(gold.get("by", ())),
        measures=tuple(gold.get("show", ())),
        order=(name, way) if name else None,
        limit=gold.get("limit"),
    )


def _condition(written: str) -> Condition:
    field, op, *rest = written.split(" ", 2)
    return Condition(field=field, op=Op(op), values=tuple(rest[0].split("|")) if rest else ())
