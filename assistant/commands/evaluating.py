"""eval: run an evaluation suite, or compare two reports. Thin: evals/ does the work."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from assistant.commands.tending import ProgressLine
from assistant.domain import Text
from assistant.errors import UserError
from assistant.settings import load_settings

_INTERRUPTED = "已中断，做完的已保存，加 --resume 继续 / interrupted: what is done is kept, go on with --resume"


def evaluate(options: argparse.Namespace) -> int:
    """Exit 0 = measured; 1 = a gate does not hold (with --gate) or the run was broken off; 2 = bad usage or data."""
    if options.suite == "compare":
        return _compare(options)
    if options.reports:
        raise UserError(
            Text(
                zh="只有 compare 需要给出报告文件；数据目录请用 --data。",
                en="Only compare takes report files; name a data folder with --data.",
            )
        )
    if options.inspect:
        from evals.inspect_log import need_inspect

        need_inspect()
    return _run_all(options) if options.suite == "all" else _run_one(options)


def _run_one(options: argparse.Namespace) -> int:
    from evals.evaluating import evaluate_suite

    done = evaluate_suite(_choice(options, options.suite), _out(options), fresh=options.fresh)
    _say(options, done.report, _lines(done.report))
    return _finish(options, {options.suite: done})


def _run_all(options: argparse.Namespace) -> int:
    """Every suite; one whose data are absent is said to be skipped, and is none of the others' business."""
    from evals.evaluating import evaluate_suite, remember_choice
    from evals.reporting_all import combined, skipped
    from evals.suites.choosing import SUITES

    if options.data:
        raise UserError(
            Text(zh="all 不接受 --data。请逐个套件运行。", en="all takes no --data. Run the suites one by one.")
        )
    choices = {suite: _choice(options, suite) for suite in SUITES}
    for choice in choices.values():  # all of them now: --resume also goes on with those that were not begun
        remember_choice(choice)
    done, absent = {}, {}
    for suite, choice in choices.items():
        try:
            done[suite] = evaluate_suite(choice, _out(options), fresh=options.fresh)
        except UserError as error:
            absent[suite] = error.text
            sys.stderr.write(skipped(suite, error.text) + "\n")
        if suite in done and done[suite].interrupted:
            break
    document = combined({suite: one.report for suite, one in done.items()}, absent)
    _say(options, document, [line for one in done.values() for line in _lines(one.report)])
    return _finish(options, done)


def _choice(options: argparse.Namespace, suite: str) -> Any:
    from evals.evaluating import resumed
    from evals.suites.choosing import Choice

    choice = Choice(
        suite=suite,
        settings=load_settings(workspace=options.workspace),
        notice=ProgressLine(),
        data=Path(options.data).expanduser().resolve() if options.data else None,
        lang=options.lang,
        baseline=options.baseline,
        workspace_given=bool(options.workspace),
        limit=options.limit,
        seed=options.seed,
        gated=options.gate,
        workers=options.workers,
    )
    return resumed(choice) if options.resume else choice


def _out(options: argparse.Namespace) -> Path | None:
    return Path(options.out) if options.out else None


def _finish(options: argparse.Namespace, done: dict[str, Any]) -> int:
    if options.junit:
        from evals.junit import junit

        Path(options.junit).write_text(junit([(one.report, one.breaches) for one in done.values()]), encoding="utf-8")
    if options.inspect:
        from evals.inspect_log import write_inspect_log

        for one in done.values():
            write_inspect_log(one.report, Path(options.inspect))
    for suite, one in done.items():
        for text in one.breaches:
            sys.stderr.write(f"gate {suite}: {text}\n")
        if one.interrupted:
            sys.stderr.write(f"{suite}: {_INTERRUPTED}\n")
    return 1 if any(one.breaches or one.interrupted for one in done.values()) else 0


def _compare(options: argparse.Namespace) -> int:
    from evals.compare import compare, comparison_json, comparison_text
    from evals.html_page import html_page
    from evals.report import read_report

    if len(options.reports) != 2:
        raise UserError(
            Text(
                zh="用法：govdata eval compare 旧报告.json 新报告.json",
                en="Usage: govdata eval compare OLD.json NEW.json",
            )
        )
    before, after = (read_report(Path(path)) for path in options.reports)
    if before["suite"] != after["suite"]:
        raise UserError(
            Text(
                zh="两份报告不是同一个套件，无法比较。",
                en="The two reports are of different suites and cannot be compared.",
            )
        )
    comparison = compare(before, after)
    if options.out:
        folder = Path(options.out)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"compare-{after['suite']}.html").write_text(html_page(after, comparison, []), encoding="utf-8")
    _say(options, comparison_json(comparison), comparison_text(comparison).split("\n"))
    return 0


def _say(options: argparse.Namespace, document: dict[str, Any], lines: list[str]) -> None:
    text = json.dumps(document, ensure_ascii=False, indent=1) if options.json else "\n".join(lines)
    sys.stdout.write(text + "\n")


def _lines(report: dict[str, Any]) -> list[str]:
    """The metrics for a terminal, with their intervals and what they rest on."""
    env, intervals = report["environment"], report["intervals"]
    states = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in report["states"].items() if count)
    lines = [
        f"{report['suite']}: n = {report['n']} of {env['of']} (seed {env['seed']}; {states}; {env['cached']} stored)"
    ]
    for name, value in report["metrics"].items():
        shown = "-" if value is None else f"{value:.4g}"
        between = f"   95 % {intervals[name][0]:.3f} to {intervals[name][1]:.3f}" if name in intervals else ""
        lines.append(f"  {name:<28} {shown:>8}{between}")
    return [*lines, *(f"  {note}" for note in report["notes"])]
