"""index, check, doctor, models: keeping a workspace in order."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from assistant.domain import Text
from assistant.errors import AssistantError, UserError
from assistant.settings import load_settings


def out(options: argparse.Namespace, document: dict[str, Any], lines: list[str]) -> None:
    """The JSON document, or the lines for a person."""
    text = json.dumps(document, ensure_ascii=False, indent=1) if options.json else "\n".join(lines)
    sys.stdout.write(text + "\n")


class ProgressLine:
    """One line on stderr that tells what is being done and how long it will still take."""

    def __init__(self) -> None:
        self._label, self._start, self._shown = "", 0.0, 0.0

    def __call__(self, label: str, done: int, total: int) -> None:
        now = time.monotonic()
        if label.split(":")[0] != self._label:
            self._label, self._start = label.split(":")[0], now
        if now - self._shown < 0.5 and done < total:
            return
        self._shown = now
        left = (now - self._start) / done * (total - done) if done else 0.0
        sys.stderr.write(f"\r\033[K{label}  {done:,}/{total:,}  {f'~{left:.0f} s left' if left >= 1 else ''}")
        if done >= total:
            sys.stderr.write("\n")
        sys.stderr.flush()


def index(options: argparse.Namespace) -> int:
    from assistant.indexing import build_index

    settings, start = load_settings(workspace=options.workspace), time.perf_counter()
    done = build_index(settings, ProgressLine())
    document = {
        "tables": done.tables,
        "rows": done.rows,
        "warehouse_built": done.warehouse_built,
        "passages": {
            "added": done.passages_added,
            "removed": done.passages_removed,
            "unchanged": done.passages_unchanged,
        },
        "problems": [problem.zh for problem in done.problems],
        "elapsed_s": round(time.perf_counter() - start, 1),
    }
    lines = [
        f"仓库 warehouse: {done.tables} tables, {done.rows:,} rows ({'new' if done.warehouse_built else 'unchanged'})",
        f"索引 passages: +{done.passages_added} -{done.passages_removed} ={done.passages_unchanged}",
        *(f"! {problem.zh}" for problem in done.problems),
        f"{document['elapsed_s']} s",
    ]
    out(options, document, lines)
    return 0


def check(options: argparse.Namespace) -> int:
    from assistant.workspace_checks import check_workspace

    problems = check_workspace(load_settings(workspace=options.workspace), ProgressLine())
    lines = [problem.zh for problem in problems] or ["工作区检查通过 / the workspace is in order"]
    out(options, {"ok": not problems, "problems": [{"zh": one.zh, "en": one.en} for one in problems]}, lines)
    return 2 if problems else 0


def doctor(options: argparse.Namespace) -> int:
    from assistant.health import examine

    findings = examine(load_settings(workspace=options.workspace))
    document = {"ok": all(one.ok for one in findings), "checks": [one.as_json() for one in findings]}
    lines = [f"{'ok ' if one.ok else '!! '} {one.name}: {one.text.zh} / {one.text.en}" for one in findings]
    out(options, document, lines)
    return 0 if document["ok"] else 2


def models(options: argparse.Namespace) -> int:
    from assistant import models as weights

    folder = load_settings(workspace=options.workspace).models
    if options.action == "pull":
        return _pull(options, folder)
    states = weights.verify(folder) if options.action == "verify" else weights.installed(folder)
    rows = [{"id": one.weights.model_id, "state": one.state, "bytes": one.weights.bytes} for one in states]
    out(options, {"folder": str(folder), "models": rows}, [f"{row['id']}: {row['state']}" for row in rows])
    if options.action == "verify" and any(row["state"] == "corrupt" for row in rows):
        raise UserError(
            Text(
                zh="模型文件已损坏。请运行 govdata models pull 重新获取。",
                en="A model file is corrupted. Run `govdata models pull` to fetch it again.",
            )
        )
    return 0


def _pull(options: argparse.Namespace, folder: Path) -> int:
    from assistant import models as weights

    line = ProgressLine()
    try:
        path = weights.pull(
            folder,
            options.model or weights.DEFAULT,
            progress=lambda done, total: line("model: MB", done // 2**20, total // 2**20),
            source=options.source or "",
        )
    except AssistantError:
        sys.stderr.write("\n")
        raise
    out(options, {"path": str(path)}, [str(path)])
    return 0
