"""Set single keys in a YAML file's text and leave every other character as it is: a diff shows the change only."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from assistant.domain import Text
from assistant.errors import CatalogError

_BREAKS = re.compile("[\x7f-\x9f\u2028\u2029\ufeff]")


@dataclass(frozen=True, slots=True)
class Setting:
    """`key: value` in the mapping at `path` (keys and list positions from the top)."""

    path: tuple[str | int, ...]
    key: str
    value: Any  # plain YAML value: text, number, list of texts


def patched(text: str, settings: Sequence[Setting]) -> str:
    """The text with the settings made, one after the other. Raises CatalogError where a path does not exist."""
    for one in settings:
        text = _patched(text, one)
    return text


def _patched(text: str, setting: Setting) -> str:
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    for step in setting.path:
        node = _child(node, step)
    if not isinstance(node, yaml.MappingNode):
        raise _absent(setting)
    written = flow_text(setting.value)
    for key, value in node.value:
        if key.value == setting.key:
            return _replaced(text, value, written)
    if node.flow_style:
        at = node.end_mark.index - 1
        return f"{text[:at].rstrip()}, {setting.key}: {written}{text[at:]}"
    return _inserted(text, node, f"{setting.key}: {written}")


def _child(node: Any, step: str | int) -> Any:
    if isinstance(step, int) and isinstance(node, yaml.SequenceNode) and step < len(node.value):
        return node.value[step]
    if isinstance(step, str) and isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == step:
                return value
    raise _absent(Setting((step,), "", None))


def _replaced(text: str, value: Any, written: str) -> str:
    start, end = value.start_mark.index, value.end_mark.index
    if start == end:  # `key:` with nothing behind it
        return f"{text[:start].rstrip(' ')} {written}{text[end:]}"
    return (
        text[:start] + written + text[end:].removeprefix("\n")
        if text[start:end].endswith("\n")
        else (text[:start] + written + text[end:])
    )


def _inserted(text: str, node: Any, line: str) -> str:
    """In a block mapping: before its first nested block, so that short keys stay together; else at its end."""
    for key, value in node.value:
        nested = isinstance(value, yaml.SequenceNode | yaml.MappingNode) and not value.flow_style
        if nested:
            at = key.start_mark.index
            return f"{text[:at]}{line}\n{' ' * key.start_mark.column}{text[at:]}"
    last = node.value[-1][1]
    at = last.end_mark.index
    return f"{text[:at]}\n{' ' * node.start_mark.column}{line}{text[at:]}"


def flow_text(value: Any) -> str:
    """A plain value on one line, quoted as inside a flow list, so that it fits there and at the top."""
    told = json.dumps(value, ensure_ascii=False, default=str)
    printed = not _BREAKS.search(told)  # a raw NEL or line separator would be read back as a line break
    flow = yaml.safe_dump([value], allow_unicode=printed, default_flow_style=True, width=10**6, sort_keys=False)
    return str(flow).strip()[1:-1]


def _absent(setting: Setting) -> CatalogError:
    return CatalogError(
        Text(
            zh=f"目录文件中没有 {setting.path}，无法生成修改建议。请核对文件。",
            en=f"The catalog file has no {setting.path}; no fix can be drafted. Check the file.",
        )
    )
