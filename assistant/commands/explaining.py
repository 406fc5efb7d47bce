"""`govdata explain`: every intermediate value of the pipeline in order. Raw results are never among them."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime
from enum import Enum
from typing import Any

from assistant.domain import Answer
from assistant.stages import Stage, StageEvent
from assistant.web import presenting

_SAID_ELSEWHERE = (Stage.RUN, Stage.NARRATE)  # raw results are shown to nobody; the answer stands at the end
_LONG = 30  # lines of one value that are printed


class Explainer:
    """An observer that keeps what every step made."""

    def __init__(self) -> None:
        self.stages: list[dict[str, Any]] = []

    def __call__(self, event: StageEvent) -> None:
        if event.done:
            value = described(event.value) if event.stage not in _SAID_ELSEWHERE else None
            self.stages.append({"stage": event.stage.value, "ms": round(event.elapsed_ms, 1), "value": value})

    def text(self, answer: Answer) -> str:
        blocks = []
        for stage in self.stages:
            if stage["stage"] == Stage.RECORD.value:
                continue
            lines = list(_lines(stage["value"]))
            cut = [*lines[:_LONG], f"  … {len(lines) - _LONG} more"] if len(lines) > _LONG else lines
            blocks.append("\n".join([f"== {stage['stage']} ({stage['ms']:.1f} ms)", *cut]))
        return "\n\n".join([*blocks, "== answer\n" + presenting.plain_text(answer)])


def described(value: Any) -> Any:
    """Frozen values as plain ones, without fields that are empty or as by default: what matters is seen."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = ((one, getattr(value, one.name)) for one in dataclasses.fields(value))
        told = {one.name: described(found) for one, found in fields if found != one.default}
        return {"": type(value).__name__} | {name: one for name, one in told.items() if one not in (None, "", [], {})}
    if isinstance(value, Enum):
        return value.name.lower() if isinstance(value.value, int) else value.value
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, tuple | list | frozenset | set):
        return [described(one) for one in value]
    if isinstance(value, dict):
        return {str(key): described(one) for key, one in value.items()}
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    return value


def _lines(value: Any, indent: int = 1) -> Any:
    pad = "  " * indent
    if isinstance(value, dict):
        name = value.get("")
        if name:
            yield f"{'  ' * (indent - 1)}  {name}" if indent == 1 else f"{pad}{name}"
        for key, one in value.items():
            if key == "":
                continue
            if isinstance(one, dict | list) and one:
                yield f"{pad}  {key}:"
                yield from _lines(one, indent + 2)
            else:
                yield f"{pad}  {key}: {one}"
    elif isinstance(value, list):
        for one in value:
            if isinstance(one, dict):
                inner = "  ".join(f"{key}={_short(item)}" for key, item in one.items() if key)
                yield f"{pad}- {inner}"
            elif isinstance(one, list):
                yield f"{pad}- {', '.join(_short(item) for item in one)}"
            else:
                yield f"{pad}- {one}"
    elif value is not None:
        yield f"{pad}{value}"


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return "(" + " ".join(f"{key}={_short(item)}" for key, item in value.items() if key) + ")"
    if isinstance(value, list):
        return "[" + ", ".join(_short(item) for item in value) + "]"
    text = str(value)
    return text if len(text) <= 80 else text[:77] + "…"
