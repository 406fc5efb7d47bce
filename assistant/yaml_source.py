"""The one YAML reader: every value keeps its file, line and path of keys, so that a wrong key can be pointed at.

    node = read_yaml(path, CatalogError)                 # one file -> Node, or CatalogError with file and line
    resource = build(CatalogResource, node)              # Node -> our frozen dataclass, or CatalogError naming the key
    nodes, errors = read_folder(folder, CatalogError)    # one wrong file does not hide the others
    resource = try_build(CatalogResource, node, errors)  # collecting form: None and more `errors` when wrong

Keys and text fields are taken as written (`990101`, `no` as a key stays text); numbers, dates and booleans must be
written as such. Safe on hostile input: no tags, at most 4 MiB, 200,000 values and 50 levels, aliases counted as copies.
How values become dataclasses is in yaml_build.py.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from assistant.domain import Text
from assistant.errors import ConfigurationError
from assistant.yaml_build import build, joined, suggestion, try_build

__all__ = ["Node", "build", "joined", "read_folder", "read_text", "read_yaml", "try_build"]

MAX_BYTES = 4 * 1024 * 1024
MAX_VALUES = 200_000
MAX_DEPTH = 50
MAX_NUMBER = 100  # characters

Written: TypeAlias = str | int | float | bool | date | datetime | None
_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where the wheel has it: ten times faster


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One YAML value with its place. `line` counts from 1 and is the line of the key where there is one."""

    value: Written | tuple[Node, ...] | dict[str, Node]
    line: int
    key: str  # path of keys from the top, e.g. elements[2].level; "" at the top
    file: Path
    raw: str | None = None  # a scalar's text as written, before YAML read it as a number or a date
    error: type[ConfigurationError] = ConfigurationError

    def problem(self, zh: str, en: str) -> ConfigurationError:
        """The error to raise or collect about this value; says file, line and key by itself."""
        return self.error(Text(zh=zh, en=en), file=self.file, line=self.line, key=self.key)

    def mapping(self) -> dict[str, Node]:
        """The keys and their nodes; raises `error` where this is not a mapping."""
        if isinstance(self.value, dict):
            return self.value
        raise self.problem("应为键值对 (键: 值)。", "must be a mapping (key: value).")

    def sequence(self) -> tuple[Node, ...]:
        """The items; raises `error` where this is not a list."""
        if isinstance(self.value, tuple):
            return self.value
        raise self.problem("应为列表。", "must be a list.")

    def text(self) -> str:
        """The scalar as written; raises `error` for a list, a mapping or nothing."""
        if self.raw is None or self.value is None or isinstance(self.value, bool):
            raise self.problem(
                "应为文字（是/否一类的词请加引号）。", "must be text (put words like yes and no in quotes)."
            )
        return self.raw

    def get(self, key: str) -> Node | None:
        """The value under `key`, or None where it is absent."""
        return self.mapping().get(key)

    def child(self, key: str) -> Node:
        """The value under `key`; raises `error` where it is absent."""
        found = self.mapping().get(key)
        if found is None:
            raise self.problem(f"缺少必填项 {key}。", f"the key {key} is missing.")
        return found

    def unknown_keys(self, known: Collection[str]) -> list[ConfigurationError]:
        """One error for every key that is not in `known`, with the nearest known key."""
        found = []
        for key, node in self.mapping().items():
            if key not in known:
                zh, en = suggestion(key, known)
                found.append(node.problem(f"不认识的键 {key}。{zh}", f"unknown key {key}. {en}"))
        return found

    def plain(self) -> Any:
        """Plain dicts, lists and scalars, positions dropped."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, tuple):
            return [node.plain() for node in self.value]
        return self.value


def read_yaml(path: Path, error: type[ConfigurationError] = ConfigurationError) -> Node:
    """Read one file with one YAML document. Raises `error` naming file, line and what is wrong."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise error(Text(zh="文件超过 4 MiB。请拆分。", en="is larger than 4 MiB. Split it."), file=path)
        content = path.read_bytes().decode("utf-8-sig")
    except OSError as problem:
        reason = problem.strerror or type(problem).__name__
        raise error(Text(zh=f"无法读取文件：{reason}。", en=f"cannot be read: {reason}."), file=path) from None
    except UnicodeDecodeError as problem:
        line = problem.object[: problem.start].count(b"\n") + 1
        raise error(Text(zh="应为 UTF-8 编码。", en="must be UTF-8."), file=path, line=line) from None
    return read_text(content, path, error)


def read_text(content: str, file: Path, error: type[ConfigurationError] = ConfigurationError) -> Node:
    """As read_yaml, for text that is already in hand; `file` is only named in errors."""
    loader = None
    try:
        loader = _Loader(content)
        return _Reader(loader, file, error).document()
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        what = problem.problem or problem.context or "syntax"
        where = mark.line + 1 if mark else None
        raise error(
            Text(zh=f"YAML 写法有误：{what}。", en=f"is not valid YAML: {what}."), file=file, line=where
        ) from None
    except yaml.YAMLError as problem:
        raise error(Text(zh=f"YAML 写法有误：{problem}。", en=f"is not valid YAML: {problem}."), file=file) from None
    finally:
        if loader is not None:
            loader.dispose()


def read_folder(
    folder: Path, error: type[ConfigurationError] = ConfigurationError
) -> tuple[list[Node], list[ConfigurationError]]:
    """Every *.yaml below `folder`, by path; the wrong ones as errors. A missing folder is one error."""
    if not folder.is_dir():
        return [], [error(Text(zh="缺少这个目录。", en="this folder is missing."), file=folder)]
    nodes, errors = [], []
    for path in sorted(p for p in folder.rglob("*") if p.suffix in (".yaml", ".yml") and p.is_file()):
        try:
            nodes.append(read_yaml(path, error))
        except ConfigurationError as problem:
            errors.append(problem)
    return nodes, errors


class _Reader:
    """Builds our nodes from the parser's events, so that depth and size are checked before anything is nested.

    An alias costs as many values as what it repeats; an anchor is known only after its value is complete, so a value
    cannot contain itself.
    """

    def __init__(self, loader: Any, file: Path, error: type[ConfigurationError]) -> None:
        self._loader, self._file, self._error = loader, file, error
        self._count = 0
        self._anchors: dict[str, tuple[Node, int]] = {}

    def document(self) -> Node:
        self._loader.get_event()  # stream start
        if isinstance(self._loader.get_event(), yaml.StreamEndEvent):
            raise self._wrong("文件是空的。", "is empty.", 1)
        event = self._loader.get_event()
        node = self.read(event, "", event.start_mark.line + 1, 0)
        self._loader.get_event()  # document end
        after = self._loader.get_event()
        if not isinstance(after, yaml.StreamEndEvent):
            raise self._wrong(
                "一个文件只能有一份文档（---）。", "must hold one document (---).", after.start_mark.line + 1
            )
        return node

    def read(self, event: Any, key: str, line: int, depth: int) -> Node:
        before = self._count
        self._spend(1, depth, key, line)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, key, line, depth)
        if not isinstance(event, yaml.ScalarEvent) and event.tag not in (None, "!"):
            raise self._wrong(f"不接受标签 {event.tag}。", f"the tag {event.tag} is not accepted.", line, key)
        if isinstance(event, yaml.MappingStartEvent):
            node = self._node(self._mapping(key, depth), key, line)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self._node(tuple(self._items(key, depth)), key, line)
        else:
            node = self._scalar(event, key, line)
        anchor = getattr(event, "anchor", None)
        if anchor:
            self._anchors[anchor] = (node, self._count - before)
        return node

    def _spend(self, values: int, depth: int, key: str, line: int) -> None:
        self._count += values
        if self._count > MAX_VALUES or depth > MAX_DEPTH:
            raise self._wrong(
                "内容过大或嵌套过深（别名按展开计）。",
                "is too large or nested too deeply (aliases count as copies).",
                line,
                key,
            )

    def _alias(self, event: yaml.AliasEvent, key: str, line: int, depth: int) -> Node:
        if event.anchor not in self._anchors:
            raise self._wrong(
                f"没有名为 {event.anchor} 的锚点。", f"there is no anchor {event.anchor} above.", line, key
            )
        target, size = self._anchors[event.anchor]
        self._spend(size, depth, key, line)
        return self._node(target.value, key, line, target.raw)

    def _items(self, key: str, depth: int) -> Iterator[Node]:
        event = self._loader.get_event()
        position = 0
        while not isinstance(event, yaml.SequenceEndEvent):
            yield self.read(event, f"{key}[{position}]", event.start_mark.line + 1, depth + 1)
            event = self._loader.get_event()
            position += 1

    def _mapping(self, key: str, depth: int) -> dict[str, Node]:
        found: dict[str, Node] = {}
        event = self._loader.get_event()
        while not isinstance(event, yaml.MappingEndEvent):
            line = event.start_mark.line + 1
            if not isinstance(event, yaml.ScalarEvent):
                raise self._wrong("键应为文字。", "a key must be text.", line, key)
            name = event.value
            path = f"{key}.{name}" if key else name
            if name in found:
                first = found[name].line
                zh, en = (
                    f"键 {name} 重复，首次在第 {first} 行。",
                    f"the key {name} is there twice, first in line {first}.",
                )
                raise self._wrong(zh, en, line, path)
            found[name] = self.read(self._loader.get_event(), path, line, depth + 1)
            event = self._loader.get_event()
        return found

    def _scalar(self, event: Any, key: str, line: int) -> Node:
        tag = event.tag
        if len(event.value) > MAX_NUMBER:
            tag = "tag:yaml.org,2002:str"  # no number is that long; reading it as one takes quadratic time
        elif tag is None or tag == "!":
            tag = self._loader.resolve(yaml.ScalarNode, event.value, event.implicit)
        scalar = yaml.ScalarNode(tag, event.value, event.start_mark, event.end_mark)
        try:
            return self._node(self._loader.construct_object(scalar), key, line, event.value)
        except ValueError as problem:  # 2025-02-30 is written like a date and is none
            raise self._wrong(f"无效的值：{problem}。", f"invalid value: {problem}.", line, key) from None

    def _node(self, value: Any, key: str, line: int, raw: str | None = None) -> Node:
        return Node(value=value, line=line, key=key, file=self._file, raw=raw, error=self._error)

    def _wrong(self, zh: str, en: str, line: int, key: str = "") -> ConfigurationError:
        return self._error(Text(zh=zh, en=en), file=self._file, line=line, key=key)
