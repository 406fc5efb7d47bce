"""audit verify | tail | replay."""

from __future__ import annotations

import argparse
import json
import sys

from assistant import audit as trail
from assistant.assembly import audit_paths
from assistant.audit_keys import public_path
from assistant.settings import load_settings


def audit(options: argparse.Namespace) -> int:
    settings = load_settings(workspace=options.workspace)
    path, keys = audit_paths(settings)
    if options.action == "verify":
        return _verify(options, path, public_path(keys))
    if options.action == "replay":
        from assistant.replaying import replay

        return _replay(options, replay(settings, count=options.count))
    rows = trail.tail(path, options.count) if path.is_file() else []
    _write(options, {"records": rows}, [_line(row) for row in rows])
    return 0


def _verify(options: argparse.Namespace, path, public) -> int:  # type: ignore[no-untyped-def]
    if not path.is_file():
        _write(options, {"ok": True, "records": 0}, ["审计日志为空 / the trail is empty"])
        return 0
    found = trail.verify(path, public_keys=public)
    document = {
        "ok": found.ok,
        "records": found.records,
        "first_bad_seq": found.first_bad_seq,
        "cause": found.cause.value if found.cause else None,
    }
    word = (
        "完整 / intact"
        if found.ok
        else f"第 {found.first_bad_seq} 条异常 / record {found.first_bad_seq}: {found.cause}"
    )
    _write(options, document, [f"{found.records} 条记录 / records: {word}"])
    return 0 if found.ok else 1


def _replay(options: argparse.Namespace, document: dict) -> int:  # type: ignore[type-arg]
    lines = [f"{document['replayed']} 条重新判定 / replayed, {len(document['different'])} 条不同 / different"]
    _write(options, document, [*lines, *(json.dumps(row, ensure_ascii=False) for row in document["different"])])
    return 0 if not document["different"] else 1


def _line(row: dict) -> str:  # type: ignore[type-arg]
    if row.get("kind") == "grant":
        return f"{row['seq']:>6} {row['ts']} {row['actor']:<10} {row['event']:<18}{row['request_id']}"
    rules = ",".join(one["rule"] for one in row.get("rules_fired", []))
    return (
        f"{row['seq']:>6} {row['ts']} {row.get('subject', {}).get('id', ''):<10} {row.get('status', ''):<18}"
        f"{row.get('verdict', ''):<15} {rules}  {row.get('question_redacted', '')}"
    )


def _write(options: argparse.Namespace, document: dict, lines: list[str]) -> None:  # type: ignore[type-arg]
    text = json.dumps(document, ensure_ascii=False, indent=1) if options.json else "\n".join(lines)
    sys.stdout.write(text + "\n")
