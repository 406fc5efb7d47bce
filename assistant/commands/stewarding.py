"""steward, catalog export | import: the steward's desk on the command line."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from assistant.domain import Text
from assistant.errors import UserError
from assistant.settings import load_settings
from assistant.steward.desk import StewardAnswer
from assistant.steward.filters import CatalogFilter, filter_from_json
from assistant.steward.tables import cell


def steward(options: argparse.Namespace) -> int:
    """One question about the catalog, or a view of it (--view quality, maturity, proposals, incidents)."""
    from assistant.assembly import build
    from assistant.web.steward_desk import StewardDesk

    settings = load_settings(workspace=options.workspace)
    desk = StewardDesk(build(settings))
    if options.close is not None:
        desk.close_incident(options.close, user_id=options.user)
        return 0
    if options.answer:
        question, level, basis = _answered(options.answer)
        desk.answer_maturity(question, level, basis, user_id=options.user)
        options.view = "maturity"
    if options.view != "ask":
        return _view(options, desk)
    memory = _memory(settings.state, options)
    if options.filter:
        answer = desk.apply(
            _edited(options.filter), user_id=options.user, purpose_code=options.purpose, lang=options.lang
        )
    else:
        answer = desk.ask(
            options.question,
            user_id=options.user,
            purpose_code=options.purpose,
            lang=options.lang,
            after=_remembered(memory),
        )
    if memory is not None:
        memory.parent.mkdir(parents=True, exist_ok=True)
        memory.write_text(json.dumps(answer.filter.as_json(), ensure_ascii=False), encoding="utf-8")
    if options.out:
        _write(Path(options.out), answer.table.as_csv(answer.lang))
    _print(answer, options)
    return 0


def _answered(text: str) -> tuple[str, int, str]:
    """`backup=4:演练记录` -> question, level, what it rests on. Raises UserError."""
    question, equals, rest = text.partition("=")
    level, colon, basis = rest.partition(":")
    if not (equals and colon and level.strip().isdigit()):
        raise UserError(
            Text(
                zh="--answer 应为 问题=等级:依据，例如 backup=4:演练记录。",
                en="--answer is QUESTION=LEVEL:BASIS, for example backup=4:records of the drills.",
            )
        )
    return question.strip(), int(level), basis


def _view(options: argparse.Namespace, desk: Any) -> int:
    lang = options.lang or "zh"
    table = desk.view(options.view, user_id=options.user, purpose_code=options.purpose)
    if options.out:
        _write(Path(options.out), table.as_csv(lang))
    if options.json:
        sys.stdout.write(json.dumps(table.as_json(lang), ensure_ascii=False, indent=1) + "\n")
    else:
        sys.stdout.write("\n".join(_lines(table, lang)) + "\n")
    return 0


def catalog(options: argparse.Namespace) -> int:
    """Export what a user may see, or turn a file into draft catalog files."""
    if options.action == "export":
        return _export(options)
    return _import(options)


def _export(options: argparse.Namespace) -> int:
    from assistant.assembly import build
    from assistant.web.steward_desk import StewardDesk

    if not options.user:
        raise UserError(
            Text(
                zh="请用 --as 指定用户，只导出该用户可见的目录。",
                en="Name the user with --as: only what they may see is exported.",
            )
        )
    desk = StewardDesk(build(load_settings(workspace=options.workspace)))
    content = desk.export(options.format, user_id=options.user, purpose_code=options.purpose)
    path = Path(options.file)
    _write(path, content)
    _say(options, {"path": str(path), "bytes": len(content)}, str(path))
    return 0


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as problem:
        zh, en = (
            f"无法写入 {path}：{problem.strerror}。请换一个位置。",
            f"{path} cannot be written: {problem.strerror}.",
        )
        raise UserError(Text(zh=zh, en=f"{en} Name another place.")) from None


def _import(options: argparse.Namespace) -> int:
    from assistant.steward.core_table import from_xlsx
    from assistant.steward.dcat import from_dcat
    from assistant.steward.resource_yaml import write_drafts

    if not options.out:
        raise UserError(Text(zh="请用 --out 指定存放草稿的目录。", en="Name a folder for the drafts with --out."))
    path = Path(options.file)
    try:
        content = path.read_bytes()
        resources = from_xlsx(content) if options.format == "xlsx" else from_dcat(json.loads(content.decode("utf-8")))
    except (OSError, ValueError) as problem:
        zh, en = f"无法读取 {path}：{problem}。请检查文件。", f"{path} cannot be read: {problem}. Check the file."
        raise UserError(Text(zh=zh, en=en)) from None
    written = write_drafts(resources, Path(options.out))
    _say(options, {"written": [str(one) for one in written]}, f"{len(written)} 份目录草稿 / drafts: {options.out}")
    return 0


def _say(options: argparse.Namespace, document: dict[str, Any], line: str) -> None:
    sys.stdout.write((json.dumps(document, ensure_ascii=False, indent=1) if options.json else line) + "\n")


# --------------------------------------------------------------------------- follow-ups and edited filters


def _memory(state: Path, options: argparse.Namespace) -> Path | None:
    """Where the last filter of this conversation is kept; one user's is not another's."""
    if not options.conversation:
        return None
    name = hashlib.sha256(f"{options.user}\0{options.conversation}".encode()).hexdigest()[:24]
    return state / "steward" / "conversations" / f"{name}.json"


def _remembered(memory: Path | None) -> CatalogFilter | None:
    if memory is None or not memory.is_file():
        return None
    try:
        return filter_from_json(json.loads(memory.read_text(encoding="utf-8")))
    except ValueError:
        return None  # a torn file: the question then stands for itself


def _edited(text: str) -> CatalogFilter:
    try:
        document = json.loads(text)
    except ValueError:
        raise UserError(Text(zh="--filter 应为 JSON。", en="--filter must be JSON.")) from None
    if not isinstance(document, dict):
        raise UserError(Text(zh="--filter 应为 JSON 对象。", en="--filter must be a JSON object."))
    return filter_from_json(document)


# --------------------------------------------------------------------------- printing


def _print(answer: StewardAnswer, options: argparse.Namespace) -> None:
    if options.json:
        sys.stdout.write(json.dumps(answer.as_json(), ensure_ascii=False, indent=1) + "\n")
        return
    shown = [answer.asks_back] if answer.asks_back else _lines(answer.table, answer.lang)
    lines = [answer.interpretation, "", *shown]
    if answer.unread and not answer.asks_back:
        lines += ["", ("not used: " if answer.lang == "en" else "未用到的词：") + "、".join(answer.unread)]
    document = answer.as_json()
    lines += [f"- {one}" for one in document["fixes"]["open"]]
    if answer.fixes.diff:
        lines += ["", answer.fixes.diff.rstrip("\n")]
    sys.stdout.write("\n".join(lines) + "\n")


def _lines(table: Any, lang: Any) -> list[str]:
    from assistant.language import render

    lines = [" | ".join(render(one, lang) for one in table.labels)]
    lines += [" | ".join(cell(value, lang) for value in row) for row in table.rows]
    return lines
