"""Positioned YAML nodes into frozen dataclasses, by their type hints. See yaml_source.py for the reader.

A field takes what its type says: text as written, numbers, dates, booleans, enums by name or value, nested dataclasses
from mappings, `tuple[X, ...]` from a list, `tuple[tuple[str, X], ...]` from a mapping (order kept) or a list of pairs.
Unknown, missing and ill-typed keys are all found in one pass.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
import types
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from assistant.domain import Text
from assistant.errors import ConfigurationError

if TYPE_CHECKING:
    from assistant.yaml_source import Node

T = TypeVar("T")
_WRONG: Any = object()
_NAMES = {
    str: ("文字", "text"),
    int: ("整数", "a whole number"),
    float: ("数字", "a number"),
    bool: ("true 或 false", "true or false"),
    date: ("日期，如 2025-10-31", "a date such as 2025-10-31"),
    datetime: ("时间，如 2025-10-31 08:00:00", "a time such as 2025-10-31 08:00:00"),
}


def build(cls: type[T], node: Node, error: type[ConfigurationError] | None = None) -> T:
    """Build `cls` (a dataclass) from a mapping node.

    Raises the node's error class (or `error`): about the one wrong key, or one error that lists all of them.
    """
    errors: list[ConfigurationError] = []
    built = try_build(cls, node, errors, error)
    if built is None:
        raise joined(errors)
    return built


def try_build(
    cls: type[T], node: Node, errors: list[ConfigurationError], error: type[ConfigurationError] | None = None
) -> T | None:
    """As `build`, but appends what is wrong to `errors` and returns None then."""
    value = _Builder(errors, error).dataclass(cls, node)
    return None if value is _WRONG else value


def joined(errors: Sequence[ConfigurationError]) -> ConfigurationError:
    """One error to raise for several: class, file, line and key of the first, a line of text for each."""
    if len(errors) == 1:
        return errors[0]
    first = errors[0]
    whole = type(first)(
        Text(zh="\n".join(e.text.zh for e in errors), en="\n".join(e.text.en for e in errors)),
    )
    whole.file, whole.line, whole.key = first.file, first.line, first.key
    return whole


def suggestion(wrong: str, known: Collection[str]) -> tuple[str, str]:
    """(zh, en) sentence with the nearest known words, or with all of them where there are few."""
    near = difflib.get_close_matches(wrong, list(known), n=2, cutoff=0.6)
    if near:
        return f"是否为 {' 或 '.join(near)}？", f"Did you mean {' or '.join(near)}?"
    some = list(known)[:30]
    return f"可用：{'、'.join(some)}。", f"Expected one of: {', '.join(some)}."


@cache
def _fields(cls: Any) -> Mapping[str, tuple[Any, bool]]:
    """{field: (type, required)}."""
    hints = get_type_hints(cls)
    none = dataclasses.MISSING
    return {
        f.name: (hints[f.name], f.default is none and f.default_factory is none)
        for f in dataclasses.fields(cls)
        if f.init
    }


class _Builder:
    def __init__(self, errors: list[ConfigurationError], error: type[ConfigurationError] | None) -> None:
        self._errors, self._error = errors, error

    def dataclass(self, cls: type[Any], node: Node) -> Any:
        if not isinstance(node.value, dict):
            return self._wrong(node, f"应为键值对（{cls.__name__}）。", f"must be a mapping ({cls.__name__}).")
        fields: Mapping[str, tuple[Any, bool]] = _fields(cls)  # type: ignore[arg-type]  # a class hashes
        before = len(self._errors)
        for key, child in node.value.items():
            if key not in fields:
                zh, en = suggestion(key, fields)
                self._wrong(child, f"不认识的键 {key}。{zh}", f"unknown key {key}. {en}")
        values = {}
        for name, (kind, required) in fields.items():
            if name in node.value:
                values[name] = self.convert(kind, node.value[name])
            elif required:
                self._wrong(
                    node, f"缺少必填项 {name}（{cls.__name__}）。", f"the key {name} is missing ({cls.__name__})."
                )
        if len(self._errors) > before:
            return _WRONG
        try:
            return cls(**values)
        except ValueError as problem:  # __post_init__ may have a rule of its own
            return self._wrong(node, f"{problem}", f"{problem}")

    def convert(self, kind: Any, node: Node) -> Any:
        origin = get_origin(kind)
        if kind is Any:
            return node.plain()
        if origin is Literal:
            return self._literal(get_args(kind), node)
        if origin in (Union, types.UnionType):
            return self._union(get_args(kind), node)
        if origin is tuple:
            return self._tuple(get_args(kind), node)
        if origin is not None and issubclass(origin, Mapping):
            return self._dict(get_args(kind), node)
        if isinstance(kind, type) and issubclass(kind, Enum):
            return self._enum(kind, node)
        if dataclasses.is_dataclass(kind) and isinstance(kind, type):
            return self.dataclass(kind, node)
        return self._scalar(kind, node)

    def _union(self, kinds: tuple[Any, ...], node: Node) -> Any:
        if node.value is None and type(None) in kinds:
            return None
        options = [k for k in kinds if k is not type(None)]
        if len(options) == 1:
            return self.convert(options[0], node)
        if type(node.value) in options:  # Scalar: as YAML read it
            return node.value
        for option in options:
            attempt = _Builder([], self._error)
            value = attempt.convert(option, node)
            if not attempt._errors:
                return value
        names = " | ".join(getattr(k, "__name__", str(k)) for k in options)
        return self._wrong(node, f"应为 {names} 之一。", f"must be one of {names}.")

    def _tuple(self, kinds: tuple[Any, ...], node: Node) -> Any:
        if len(kinds) == 2 and kinds[1] is Ellipsis:
            return self._tuple_of(kinds[0], node)
        if not isinstance(node.value, tuple) or len(node.value) != len(kinds):
            return self._wrong(node, f"应为 {len(kinds)} 项的列表。", f"must be a list of {len(kinds)} items.")
        return tuple(self.convert(k, item) for k, item in zip(kinds, node.value, strict=True))

    def _tuple_of(self, kind: Any, node: Node) -> Any:
        pair = get_args(kind) if get_origin(kind) is tuple else ()
        if isinstance(node.value, dict) and len(pair) == 2 and pair[0] is str and pair[1] is not Ellipsis:
            return tuple((key, self.convert(pair[1], child)) for key, child in node.value.items())
        if not isinstance(node.value, tuple):
            return self._wrong(node, "应为列表，如 [甲, 乙]。", "must be a list, such as [a, b].")
        return tuple(self.convert(kind, item) for item in node.value)

    def _dict(self, kinds: tuple[Any, ...], node: Node) -> Any:
        if not isinstance(node.value, dict):
            return self._wrong(node, "应为键值对。", "must be a mapping.")
        kind = kinds[1] if len(kinds) == 2 else Any
        return {key: self.convert(kind, child) for key, child in node.value.items()}

    def _enum(self, kind: type[Enum], node: Node) -> Any:
        for member in kind:
            if node.raw is not None and node.raw in (member.name, str(member.value)):
                return member
        known = [m.value if isinstance(m.value, str) else m.name for m in kind]
        zh, en = suggestion(str(node.raw), known)
        return self._wrong(node, f"{node.raw} 不是可用的值。{zh}", f"{node.raw} is not a known value. {en}")

    def _literal(self, allowed: tuple[Any, ...], node: Node) -> Any:
        for value in allowed:
            if node.value == value or (isinstance(value, str) and node.raw == value):
                return value
        zh, en = suggestion(str(node.raw), [str(v) for v in allowed])
        return self._wrong(node, f"{node.raw} 不是可用的值。{zh}", f"{node.raw} is not a known value. {en}")

    def _scalar(self, kind: Any, node: Node) -> Any:
        value = node.value
        if kind is str and node.raw is not None and value is not None and not isinstance(value, bool):
            return node.raw  # as written: 012 and 2025-10 stay what the author typed
        if kind is float and isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            return float(value)
        if type(value) is kind and kind is not float:
            return value
        if kind in (date, datetime) and isinstance(value, str):
            try:
                return kind.fromisoformat(value)
            except ValueError:
                pass  # falls to the message below, which shows how a date is written
        if kind is Path and isinstance(value, str):
            return Path(value)
        return self._expected(kind, node)

    def _expected(self, kind: Any, node: Node) -> Any:
        zh, en = _NAMES.get(kind, (str(kind), str(kind)))
        shown = node.raw
        if shown is None:
            shown = "mapping" if isinstance(node.value, dict) else "list"
        if kind is str:
            zh, en = f"{zh}（yes、no 等词请加引号）", f"{en} (quote words like yes and no)"
        return self._wrong(node, f"应为{zh}，现为 {shown}。", f"must be {en}, not {shown}.")

    def _wrong(self, node: Node, zh: str, en: str) -> Any:
        problem = node.problem(zh, en)
        if self._error is not None:
            problem = self._error(Text(zh=zh, en=en), file=node.file, line=node.line, key=node.key)
        self._errors.append(problem)
        return _WRONG
