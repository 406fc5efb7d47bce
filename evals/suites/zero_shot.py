"""The baseline: the same language model, the plain schema, one reply, no repair. What the pipeline must beat."""

from __future__ import annotations

import re
import time
from pathlib import Path

from assistant.domain import Text
from assistant.errors import UserError
from assistant.ports import ChatModel
from evals.gold import run_gold
from evals.open_workspace import plain_schema
from evals.task import Observed

_SYSTEM = "You write SQLite queries. Reply with one SQL query that answers the question and nothing else."
_FENCE = re.compile(r"```(?:sql|sqlite)?\s*(.*?)```", re.DOTALL | re.IGNORECASE)


def no_model() -> UserError:
    """Told before anything is asked: a baseline that only fails is no baseline."""
    return UserError(
        Text(
            zh="没有配置语言模型，不能运行 zero-shot 基线。请设置 GOVDATA_LLM。",
            en="No language model is configured, so there is no zero-shot baseline. Set GOVDATA_LLM.",
        )
    )


class ZeroShot:
    """Asks the bare model; its SQL runs read-only on the benchmark's own SQLite file."""

    def __init__(self, chat: ChatModel | None) -> None:
        if chat is None:
            raise no_model()
        self._chat = chat
        self._schemas: dict[Path, str] = {}

    def ask(self, question: str, file: Path) -> Observed:
        """{"sql", "rows" or None, "seconds", "prompt_tokens", "completion_tokens"}. Raises ModelUnavailable."""
        schema = self._schemas.setdefault(file, plain_schema(file))
        start = time.perf_counter()
        reply = self._chat.reply(_SYSTEM, f"{schema}\n\nQuestion: {question}", max_tokens=256)
        sql = statement(reply.text)
        rows = run_gold(file, sql)
        return {
            "sql": sql,
            "rows": rows,
            "seconds": round(time.perf_counter() - start, 4),
            "prompt_tokens": reply.prompt_tokens,
            "completion_tokens": reply.completion_tokens,
        }


def statement(reply: str) -> str:
    """The SQL of a reply: inside the fence if there is one, up to the first semicolon."""
    fenced = _FENCE.search(reply)
    text = fenced[1] if fenced else reply
    return text.strip().split(";")[0].strip()
