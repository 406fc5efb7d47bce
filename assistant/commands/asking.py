"""ask, explain, check-sql: one question or one statement through the pipeline."""

from __future__ import annotations

import argparse
import json
import sys

from assistant import asking
from assistant.answer_format import answer_json
from assistant.commands.explaining import Explainer
from assistant.domain import Answer
from assistant.parts import Parts
from assistant.settings import load_settings
from assistant.stages import Observer, ignore
from assistant.web import presenting


def _parts(options: argparse.Namespace) -> Parts:
    from assistant.assembly import build

    return build(load_settings(workspace=options.workspace))


def _ask(options: argparse.Namespace, observe: Observer = ignore) -> Answer:
    return asking.ask(
        options.question,
        user_id=options.user,
        purpose_code=options.purpose,
        conversation_id=options.conversation or "",
        lang=options.lang,
        parts=_parts(options),
        observe=observe,
    )


def ask(options: argparse.Namespace) -> int:
    answer = _ask(options)
    if options.json:
        text = json.dumps(answer_json(answer), ensure_ascii=False, indent=1)
    else:
        text = presenting.plain_text(answer)
    sys.stdout.write(text + "\n")
    return 1 if answer.status.value == "failed" else 0


def explain(options: argparse.Namespace) -> int:
    explainer = Explainer()
    answer = _ask(options, explainer)
    if options.json:
        document = {"stages": explainer.stages, "answer": answer_json(answer)}
        sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=1, default=str) + "\n")
    else:
        sys.stdout.write(explainer.text(answer) + "\n")
    return 0


def check_sql(options: argparse.Namespace) -> int:
    from assistant.checking import check_statement

    document = check_statement(
        options.sql,
        user_id=options.user,
        purpose_code=options.purpose,
        parts=_parts(options),
        execute=options.execute,
        lang=options.lang or "zh",
    )
    text = json.dumps(document, ensure_ascii=False, indent=1) if options.json else _verdict(document)
    sys.stdout.write(text + "\n")
    return 0


def _verdict(document: dict) -> str:  # type: ignore[type-arg]
    decision = document["decision"]
    lines = [f"{decision['outcome']}  ({decision['gate']})"]
    lines += [f"  {one['rule']}  {one['clause']}\n    {one['text']}" for one in decision["reasons"]]
    lines += [f"  + {one}" for one in decision["obligations"]]
    lines += [f"  ! {one['code']}: {one['message']} {one['hint']}" for one in document["findings"]]
    lines += [f"  {one['usage']:<16} {one['element_id']}" for one in document["columns_used"]]
    if decision["offer"]:
        lines.append(decision["offer"])
    if document["request"]:
        named = "、".join(f"{one['name']}（{one['provider']}）" for one in document["request"]["items"])
        lines.append(f"可以申请 / can be requested (govdata request file --sql): {named}")
    if document["sql"]:
        lines += ["", document["sql"]]
    for row in document.get("table", {}).get("rows", []):
        lines.append("\t".join("c" if value is None else str(value) for value in row))
    return "\n".join(lines)
