"""Small stand-ins that satisfy the Protocols of assistant/ports.py, so the unit tests need no model."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.domain import Level, Passage, VisibilityFilter
from assistant.ports import ModelReply, Vector


class HashEncoder:
    """Bags of character pairs hashed into a few dimensions: texts that share words are near. Counts its work."""

    model_id = "hash"
    dimension = 64

    def __init__(self) -> None:
        self.encoded: list[str] = []
        self.fail_after: int | None = None  # passages; then encoding breaks off, as a power cut would

    def encode_passages(self, texts: Sequence[str]) -> list[Vector]:
        if self.fail_after is not None and len(self.encoded) + len(texts) > self.fail_after:
            raise KeyboardInterrupt
        self.encoded.extend(texts)
        return [self._vector(text) for text in texts]

    def encode_query(self, text: str) -> Vector:
        return self._vector(text)

    def _vector(self, text: str) -> Vector:
        values = [0.0] * self.dimension
        for pair in (text[at : at + 2] for at in range(max(len(text) - 1, 1))):
            values[int.from_bytes(hashlib.sha256(pair.encode()).digest()[:2], "big") % self.dimension] += 1.0
        length = math.sqrt(sum(value * value for value in values)) or 1.0
        return [value / length for value in values]


class MemoryStore:
    """A PassageStore in a dictionary; exact search."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[Passage, Vector]] = {}

    def ids(self) -> set[str]:
        return set(self.kept)

    def upsert(self, passages: Sequence[Passage], vectors: Sequence[Vector]) -> None:
        self.kept.update({item.passage_id: (item, vector) for item, vector in zip(passages, vectors, strict=True)})

    def delete(self, passage_ids: Iterable[str]) -> None:
        for name in passage_ids:
            self.kept.pop(name, None)

    def query(
        self, vector: Vector, visible: VisibilityFilter, *, kinds: Sequence[str], top_k: int
    ) -> list[tuple[str, float]]:
        top = Level.G1 if visible.public_only else visible.max_level
        scored = [
            (name, sum(a * b for a, b in zip(vector, stored, strict=True)))
            for name, (item, stored) in self.kept.items()
            if item.kind in kinds
            and item.level <= top
            and (item.is_public or (not visible.public_only and item.department in visible.departments))
        ]
        return sorted(scored, key=lambda pair: (-pair[1], pair[0]))[:top_k]


@dataclass(frozen=True)
class Asked:
    """One request a ScriptedChat got."""

    system: str
    user: str
    schema: Mapping[str, Any] | None
    grammar: str | None
    max_tokens: int


class ScriptedChat:
    """A ChatModel that is a queue of replies plus a history of prompts; an exception in the queue is raised."""

    model_id = "scripted"

    def __init__(self, *replies: str | Exception, takes_grammar: bool = True) -> None:
        self.replies: list[str | Exception] = list(replies)
        self.takes_grammar = takes_grammar
        self.asked: list[Asked] = []

    def reply(
        self,
        system: str,
        user: str,
        *,
        schema: Mapping[str, Any] | None = None,
        grammar: str | None = None,
        max_tokens: int = 512,
    ) -> ModelReply:
        self.asked.append(Asked(system, user, schema, grammar, max_tokens))
        answer = self.replies.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return ModelReply(text=answer, prompt_tokens=len(system + user) // 4, completion_tokens=len(answer) // 4)
