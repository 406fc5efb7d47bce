"""request list | file | approve | reject | revoke."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from assistant import requesting
from assistant.assembly import build
from assistant.domain import Lang, Text
from assistant.errors import UserError
from assistant.parts import Parts
from assistant.settings import load_settings

_HEADS = {
    "own": "我的申请 / own requests",
    "waiting": "等待我批准 / waiting for my decision",
    "in_force": "生效的授权 / grants in force",
}


def request(options: argparse.Namespace) -> int:
    parts = build(load_settings(workspace=options.workspace))
    lang: Lang = options.lang or "zh"
    document: dict[str, Any]
    if options.action == "list":
        document = requesting.book_json(requesting.book_of(options.user, parts), parts, lang)
    elif options.action == "file":
        document = {"filed": _file(options, parts, lang)}
    else:
        document = _decide(options, parts, lang)
    text = json.dumps(document, ensure_ascii=False, indent=1) if options.json else "\n".join(_lines(document))
    sys.stdout.write(text + "\n")
    return 0


def _file(options: argparse.Namespace, parts: Parts, lang: Lang) -> list[dict[str, Any]]:
    offer = requesting.offer_of(
        question=options.question,
        sql=options.sql,
        user_id=options.user,
        purpose_code=options.purpose,
        conversation_id=options.conversation or "",
        parts=parts,
    )
    particulars = requesting.Particulars(
        reason=options.reason, case_no=options.case, rows=options.rows, days=options.days
    )
    filed = requesting.file_offer(offer, particulars, user_id=options.user, parts=parts)
    return [requesting.filed_json(one, parts, lang) for one in filed]


def _decide(options: argparse.Namespace, parts: Parts, lang: Lang) -> dict[str, Any]:
    if not options.id:
        raise UserError(
            Text(
                zh="请给出申请编号，例如 RQ-…；用 govdata request list 查看。",
                en="Give the request's number (RQ-...); see `govdata request list`.",
            )
        )
    decided = requesting.decide(
        options.id,
        options.action,
        user_id=options.user,
        parts=parts,
        days=options.days,
        approval_doc=options.doc,
    )
    return requesting.filed_json(decided, parts, lang)


def _lines(document: dict[str, Any]) -> list[str]:
    if "request_id" in document:
        return [_line(document)]
    if "filed" in document:
        return [_line(one) for one in document["filed"]]
    lines = []
    for group, head in _HEADS.items():
        if document[group]:
            lines += [head, *("  " + _line(one) for one in document[group])]
    return lines or ["没有申请 / no requests"]


def _line(one: dict[str, Any]) -> str:
    term = f" → {one['grant']['valid_to']}" if one["grant"] else ""
    asked = f"{one['rows']} 行/rows, " if one["rows"] else ""
    return (
        f"{one['request_id']}  {one['state']}{term}  {one['user_id']}（{one['department']}） {one['purpose']}  "
        f"{one['name']}（{one['provider']}）: {'、'.join(one['column_names'])}  [{one['mode']}, {asked}"
        f"{one['days']} 天/days]  {one['case_no']} {one['reason']}"
    ).rstrip()
