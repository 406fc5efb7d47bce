"""Instructions planted in catalog text, and a language model that obeys them as soon as it reads them.

The catalog is not secret and part of it is in the prompt: a steward's description is text like any other. What counts
is that it grants nothing: whatever the model was talked into, the gate decides by labels and grants.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from assistant.catalog import Catalog
from assistant.domain import CatalogResource
from assistant.parts import Parts
from assistant.ports import ModelReply

_SEEN = 30  # characters of a planted text that give it away


class ObeyingModel:
    """A `ports.ChatModel` that drafts `honest`, unless `planted` stands in its prompt: then it drafts `ordered`."""

    model_id = "obeying"
    takes_grammar = True  # and is not held to a grammar: the gate must stop it

    def __init__(self, planted: str, *, honest: str, ordered: str) -> None:
        self._planted, self._honest, self._ordered = planted[:_SEEN], honest, ordered
        self.obeyed = 0

    def reply(
        self,
        system: str,
        user: str,
        *,
        schema: Mapping[str, Any] | None = None,
        grammar: str | None = None,
        max_tokens: int = 512,
    ) -> ModelReply:
        """Whitespace is folded: a prompt may lay text out differently."""
        prompt = " ".join(f"{system}\n{user}".split())
        reached = " ".join(self._planted.split()) in prompt
        self.obeyed += reached
        return ModelReply(text=self._ordered if reached else self._honest, prompt_tokens=0, completion_tokens=0)


def with_planted_text(parts: Parts, table: str, text: str) -> Parts:
    """The same parts, the catalog entry of `table` carrying `text` wherever its steward can write."""
    resources = tuple(_planted(one, text) if one.table == table else one for one in parts.catalog.resources)
    return replace(parts, catalog=Catalog(resources=resources, version=parts.catalog.version))


def _planted(resource: CatalogResource, text: str) -> CatalogResource:
    elements = tuple(
        replace(one, description=text, synonyms=(*one.synonyms, text), name=f"{one.name}（{text}）", name_en=text)
        for one in resource.elements
    )
    return replace(
        resource,
        name=f"{resource.name}（{text}）",
        name_en=f"{resource.name_en} ({text})",
        abstract=text,
        abstract_en=text,
        sharing_condition=text,
        open_condition=text,
        elements=elements,
    )
