"""search: retrieval alone, over what the user may see."""

from __future__ import annotations

import argparse
import json
import sys

from assistant import asking
from assistant.answer_format import evidence_json
from assistant.settings import load_settings


def search(options: argparse.Namespace) -> int:
    from assistant.assembly import build

    found = asking.search(
        options.query,
        user_id=options.user,
        purpose_code=options.purpose,
        kind=options.kind,
        top_k=options.top_k,
        parts=build(load_settings(workspace=options.workspace)),
        dense=not options.lexical,
    )
    if options.json:
        rows = [evidence_json(item) | {"text": item.quote, "score": round(item.score, 4)} for item in found]
        sys.stdout.write(json.dumps({"results": rows}, ensure_ascii=False, indent=1) + "\n")
        return 0
    for number, item in enumerate(found, 1):
        force = "" if item.in_force else "（已失效）"
        sys.stdout.write(f"{number}. {item.title} {item.section}{force}  [{item.kind} {item.score:.3f}]\n")
        sys.stdout.write(f"   {item.quote[:120].replace(chr(10), ' ')}\n")
    return 0
