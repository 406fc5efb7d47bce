"""A chat model that counts what one question costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from assistant.domain import ModelUse
from assistant.ports import ChatModel, ModelReply


class MeteredChat:
    """A `ports.ChatModel` in front of another one; `use` is the sum of its calls."""

    def __init__(self, chat: ChatModel) -> None:
        self._chat = chat
        self.use = ModelUse(id=chat.model_id)

    @property
    def model_id(self) -> str:
        return self._chat.model_id

    @property
    def takes_grammar(self) -> bool:
        return self._chat.takes_grammar

    def reply(
        self,
        system: str,
        user: str,
        *,
        schema: Mapping[str, Any] | None = None,
        grammar: str | None = None,
        max_tokens: int = 512,
    ) -> ModelReply:
        reply = self._chat.reply(system, user, schema=schema, grammar=grammar, max_tokens=max_tokens)
        self.use = replace(
            self.use,
            calls=self.use.calls + 1,
            prompt_tokens=self.use.prompt_tokens + reply.prompt_tokens,
            completion_tokens=self.use.completion_tokens + reply.completion_tokens,
        )
        return reply
