"""Reading benchmark files: JSON, JSON lines, tab separated; every error names file, line, key and what was expected."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

from assistant.domain import Text
from assistant.errors import ConfigurationError

Record: TypeAlias = dict[str, Any]


class EvaluationDataError(ConfigurationError):
    """A benchmark or a case file that cannot be used: found before anything is asked."""


def wrong(zh: str, en: str, file: Path, line: int | None = None, key: str = "") -> EvaluationDataError:
    return EvaluationDataError(Text(zh=zh, en=en), file=file, line=line, key=key)


def need_file(path: Path) -> Path:
    """The path itself. Raises EvaluationDataError where there is no such file."""
    if not path.is_file():
        raise wrong("没有这个文件。请核对路径。", "there is no such file. Check the path.", path)
    return path


def need_folder(path: Path, kind: str, inside: str) -> Path:
    """The folder itself. Raises EvaluationDataError that says what a folder of this kind holds."""
    if not path.is_dir():
        zh, en = f"应为 {kind} 目录，其中有：{inside}。", f"must be a folder of {kind}, with {inside} in it."
        raise wrong(zh, en, path)
    return path


def text_of(path: Path) -> str:
    """UTF-8 with or without a byte-order mark. Raises EvaluationDataError."""
    try:
        return need_file(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as problem:
        line = problem.object[: problem.start].count(b"\n") + 1
        raise wrong("应为 UTF-8 编码。", "must be UTF-8.", path, line) from None
    except OSError as problem:
        reason = problem.strerror or "error"
        raise wrong(f"无法读取：{reason}。", f"cannot be read: {reason}.", path) from None


def json_lines(path: Path) -> Iterator[tuple[int, Record]]:
    """(line, record) of every non-blank line. Raises EvaluationDataError naming the line."""
    for number, line in enumerate(text_of(path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError as problem:
            raise wrong(f"不是合法的 JSON：{problem}。", f"is not valid JSON: {problem}.", path, number) from None
        if not isinstance(record, dict):
            raise wrong("每行应为一个 JSON 对象。", "each line must be one JSON object.", path, number)
        yield number, record


def json_document(path: Path) -> Any:
    """The one JSON document of a file. Raises EvaluationDataError."""
    try:
        return json.loads(text_of(path))
    except ValueError as problem:
        raise wrong(f"不是合法的 JSON：{problem}。", f"is not valid JSON: {problem}.", path) from None


_KINDS: dict[type, tuple[str, str]] = {
    str: ("文本", "text"),
    int: ("整数", "a whole number"),
    bool: ("true 或 false", "true or false"),
    list: ("列表", "a list"),
    dict: ("对象", "an object"),
}


def field(
    record: Record,
    key: str,
    kind: type | tuple[type, ...],
    file: Path,
    line: int | None,
    default: Any = None,
    *,
    at: int | None = None,
) -> Any:
    """`record[key]` checked for its type; without a default it must be there. Raises EvaluationDataError.

    `at`: the place of the record in a list, for files that have no lines of their own.
    """
    value, where = record.get(key), key if at is None else f"[{at}].{key}"
    if value is None:
        if default is None:
            raise wrong(f"缺少 {key}。", f"{key} is missing.", file, line, where)
        return default
    if not isinstance(value, kind):
        kinds = kind if isinstance(kind, tuple) else (kind,)
        zh, en = (" / ".join(_KINDS[one][side] for one in kinds) for side in (0, 1))
        raise wrong(f"{key} 应为{zh}。", f"{key} must be {en}.", file, line, where)
    return value


def without_twins(names: Iterator[tuple[str, int | None]], file: Path) -> None:
    """Raises EvaluationDataError at the second case with the same id: a case must be told from every other."""
    seen: dict[str, int | None] = {}
    for name, line in names:
        if name in seen:
            first = seen[name]
            zh = f"编号 {name} 重复{f'（首次在第 {first} 行）' if first else ''}。"
            en = f"the id {name} occurs twice{f' (first in line {first})' if first else ''}."
            raise wrong(zh, en, file, line, "id")
        seen[name] = line


def tab_separated(path: Path, convert: Callable[[list[str]], Any]) -> Iterator[Any]:
    """Each row through `convert`; a first line that is no row is the header.

    Raises EvaluationDataError naming the line.
    """
    for number, line in enumerate(text_of(path).splitlines(), start=1):
        cells = line.split("\t")
        if not line.strip():
            continue
        try:
            yield convert(cells)
        except (ValueError, IndexError):
            if number == 1:
                continue
            zh, en = (
                "应为 query-id、corpus-id、score 三列，以制表符分隔。",
                "must be query-id, corpus-id, score, tab separated.",
            )
            raise wrong(zh, en, path, number) from None
