"""`govdata`: a thin shell over the functions.

Exit 0 = done (a refusal is done), 2 = bad usage or configuration, 1 = the system failed. `--json` prints exactly one
JSON document on stdout; logs and progress go to stderr.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from assistant.domain import Text
from assistant.errors import AssistantError, ConfigurationError, UserError


def main(argv: Sequence[str] | None = None) -> int:
    """Parse, run one command, turn errors into one sentence and an exit code."""
    options = _parser().parse_args(argv)
    module, function = options.run.split(":")
    try:
        return int(getattr(importlib.import_module(f"assistant.commands.{module}"), function)(options))
    except (ConfigurationError, UserError) as error:
        return _say(error.text, options, 2)
    except AssistantError as error:
        return _say(error.text, options, 1)
    except KeyboardInterrupt:
        return _say(Text(zh="已中断。", en="Interrupted."), options, 1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _say(text: Text, options: argparse.Namespace, code: int) -> int:
    sys.stderr.write((text.en if _english(options) else text.zh) + "\n")
    return code


def _english(options: argparse.Namespace) -> bool:
    chosen = getattr(options, "lang", None)
    return chosen == "en" if chosen else os.environ.get("LANG", "").lower().startswith("en")


def _parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--workspace", metavar="DIR", help="the governed estate (default: the demo city)")
    shared.add_argument("--json", action="store_true", help="print exactly one JSON document")
    who = argparse.ArgumentParser(add_help=False)
    who.add_argument("--as", dest="user", metavar="USER", required=True, help="the user who asks, e.g. analyst")
    who.add_argument(
        "--purpose", metavar="P", help="a registered purpose of that user; may be left out if there is one"
    )
    who.add_argument("--lang", choices=("zh", "zh-Hant", "en"), help="language of the answer (default: the question's)")

    parser = argparse.ArgumentParser(
        prog="govdata",
        description="政务数据助手 · Ask a governed data estate in plain language; answers say why they were allowed.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, run: str, text: str, *parents: argparse.ArgumentParser) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text, parents=[shared, *parents])
        added.set_defaults(run=run)
        return added

    _asking(command, who)
    _tending(command)
    return parser


def _asking(command, who: argparse.ArgumentParser) -> None:  # type: ignore[no-untyped-def]
    serve = command("serve", "serving:serve", "open the web app")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=7860)
    serve.add_argument("--reset-passwords", action="store_true", help="make and print new passwords for all users")
    ask = command("ask", "asking:ask", "one question through the whole pipeline", who)
    ask.add_argument("question")
    ask.add_argument("--conversation", metavar="ID", help="go on with an earlier question")
    explain = command("explain", "asking:explain", "every intermediate value of the pipeline", who)
    explain.add_argument("question")
    explain.add_argument("--conversation", metavar="ID")
    check_sql = command("check-sql", "asking:check_sql", "what the policies say of a given SQL", who)
    check_sql.add_argument("sql")
    check_sql.add_argument("--run", dest="execute", action="store_true", help="also execute and release")
    search = command("search", "searching:search", "retrieval alone")
    search.add_argument("query")
    search.add_argument("--kind", choices=("catalog", "policy", "all"), default="all")
    search.add_argument("--as", dest="user", metavar="USER", default="public")
    search.add_argument("--purpose", metavar="P")
    search.add_argument("--top-k", type=int, default=10)
    search.add_argument("--lang", choices=("zh", "zh-Hant", "en"))
    search.add_argument("--lexical", action="store_true", help="without the embedding model")


def _tending(command) -> None:  # type: ignore[no-untyped-def]
    command("index", "tending:index", "build or refresh the warehouse and the indexes, incrementally")
    harvest = command(
        "harvest", "harvesting:harvest", "draft a workspace from an existing database, which is only read"
    )
    harvest.add_argument("url", metavar="URL", help="a DuckDB or SQLite file, or postgresql://user@host/database")
    harvest.add_argument("--out", metavar="DIR", required=True, help="folder for the draft")
    harvest.add_argument("--title", default="", help="name of the workspace (default: the folder's)")
    harvest.add_argument("--provider", default="", metavar="NAME", help="信息资源提供方 of every table")
    harvest.add_argument("--category", default="", metavar="NAME", help="信息资源分类 of every table")
    harvest.add_argument("--no-values", action="store_true", help="write no code list, however harmless it looks")
    harvest.add_argument(
        "--overwrite", action="store_true", help="replace files of an earlier draft, classified or not"
    )
    command(
        "check", "tending:check", "validate the workspace: files, columns, semantic model, policies and their tests"
    )
    command("doctor", "tending:doctor", "what is installed, indexed, writable; what is missing and how to get it")
    models = command("models", "tending:models", "open model weights for offline use")
    models.add_argument("action", choices=("pull", "list", "verify"))
    models.add_argument("--model", metavar="ID", help="which weights (default: the embedded model)")
    models.add_argument("--from", dest="source", metavar="PATH", help="a local file with the same hash")
    _deciding(command)
    _stewarding(command)
    _measuring(command)


def _deciding(command) -> None:  # type: ignore[no-untyped-def]
    audit = command("audit", "auditing:audit", "the audit trail")
    audit.add_argument("action", choices=("verify", "tail", "replay"))
    audit.add_argument("--count", type=int, default=20, help="records (tail, replay)")
    request = command("request", "requesting:request", "requests for approval: file, list, decide")
    request.add_argument("action", choices=("list", "file", "approve", "reject", "revoke"))
    request.add_argument("id", nargs="?", metavar="ID", help="approve, reject, revoke: the request's number")
    request.add_argument("--as", dest="user", metavar="USER", required=True, help="the applicant, or the approver")
    request.add_argument("--question", metavar="Q", help="file: the question that needs approval")
    request.add_argument("--sql", metavar="SQL", help="file: or the statement that needs it")
    request.add_argument("--purpose", metavar="P")
    request.add_argument("--conversation", metavar="ID", help="file: the conversation of a follow-up question")
    request.add_argument("--reason", default="", help="file: what the data are needed for")
    request.add_argument("--case", default="", metavar="NO", help="file: the case number")
    request.add_argument("--rows", type=int, metavar="N", help="file: rows of single persons or firms expected")
    request.add_argument("--days", type=int, metavar="N", help="file: the term wished for; approve: the term given")
    request.add_argument("--doc", default="", metavar="NO", help="approve: number of the approval document")
    request.add_argument("--lang", choices=("zh", "zh-Hant", "en"))


def _stewarding(command) -> None:  # type: ignore[no-untyped-def]
    steward = command(
        "steward", "stewarding:steward", "ask the catalog itself: gaps, overdue updates, definitions, use"
    )
    steward.add_argument("question", nargs="?", default="")
    steward.add_argument("--as", dest="user", metavar="USER", required=True)
    steward.add_argument("--purpose", metavar="P")
    steward.add_argument("--lang", choices=("zh", "zh-Hant", "en"))
    steward.add_argument("--conversation", metavar="ID", help="let a follow-up edit the last filter")
    steward.add_argument("--filter", metavar="JSON", help="an edited filter instead of a question")
    steward.add_argument("--view", choices=("ask", "quality", "maturity", "proposals", "incidents"), default="ask")
    steward.add_argument("--answer", metavar="ID=LEVEL:BASIS", help="answer a question of the maturity self-assessment")
    steward.add_argument("--close", type=int, metavar="ID", help="an identifier incident has been dealt with")
    steward.add_argument("--out", metavar="CSV", help="also write the table")
    catalog = command(
        "catalog", "stewarding:catalog", "the catalog as DCAT-AP 3 JSON-LD or core-metadata xlsx, both ways"
    )
    catalog.add_argument("action", choices=("export", "import"))
    catalog.add_argument("file", metavar="FILE")
    catalog.add_argument("--format", choices=("dcat", "xlsx"), default="dcat")
    catalog.add_argument("--as", dest="user", metavar="USER", help="export: only what this user may see")
    catalog.add_argument("--purpose", metavar="P")
    catalog.add_argument("--out", metavar="DIR", help="import: folder for the drafts")


def _measuring(command) -> None:  # type: ignore[no-untyped-def]
    evaluate = command("eval", "evaluating:evaluate", "run an evaluation suite, or compare two reports")
    suites = ("retrieval", "nl2sql", "policy", "steward", "answers", "safety", "triage", "readings", "all", "compare")
    evaluate.add_argument("suite", choices=suites)
    evaluate.add_argument("reports", nargs="*", metavar="REPORT", help="compare: two reports")
    evaluate.add_argument("--data", metavar="PATH", help="a benchmark folder or a file of cases")
    evaluate.add_argument("--lang", choices=("zh", "zh-Hant", "en"))
    evaluate.add_argument("--limit", type=int, metavar="N")
    evaluate.add_argument("--seed", type=int, metavar="S", help="which sample --limit draws (default: 7)")
    evaluate.add_argument("--workers", type=int, metavar="N", help="processes for cases that need no model")
    evaluate.add_argument("--out", metavar="DIR", help="write <suite>.json, .html and .junit.xml there")
    evaluate.add_argument("--junit", metavar="FILE", help="also write JUnit XML for a CI server")
    evaluate.add_argument("--inspect", metavar="DIR", help="also write <suite>.eval for inspect_ai's viewer")
    evaluate.add_argument("--baseline", choices=("zero-shot",), help="nl2sql: ask the bare model the same questions")
    evaluate.add_argument("--gate", action="store_true", help="the gate sample; exit 1 where a threshold does not hold")
    evaluate.add_argument("--fresh", action="store_true", help="measure again what is stored from earlier runs")
    evaluate.add_argument("--resume", action="store_true", help="go on with the last run of this suite")
