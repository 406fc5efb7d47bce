"""The product's own words (words.yaml): what to do with a number, and words without content. Read once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from assistant.errors import SemanticModelError
from assistant.yaml_source import build, read_yaml

_FILE = Path(__file__).with_name("words.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """`operators`: (name, phrases); the names are those that asked_terms.py, asked_order.py and linking.py look for."""

    operators: tuple[tuple[str, tuple[str, ...]], ...]
    fillers: tuple[str, ...]


@cache
def words() -> Words:
    return build(Words, read_yaml(_FILE, SemanticModelError))
