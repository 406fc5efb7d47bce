"""eval: run an evaluation suite, or compare two reports. Thin: evals/ does the work."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from assistant.commands.tending import ProgressLine
from assistant.domain import Text
from assistant.errors import UserError
from assistant.settings import load_settings

_MOST_UNSAID = 3  # cases that failed or could not be scored, with their reasons, in a terminal
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
    _need_sense(options)
    if options.inspect:
        from evals.inspect_log import need_inspect

        need_inspect()
    _need_places(options)
    try:
        return _run_all(options) if options.suite == "all" else _run_one(options)
    except OSError as error:
        raise _unwritable(error) from error


def _need_sense(options: argparse.Namespace) -> None:
    """Raises UserError for options that would measure nothing, or something else than was asked for."""
    if options.limit is not None and options.limit < 1:
        raise UserError(Text(zh="--limit 应为 1 以上的整数。", en="--limit must be 1 or more."))
    if options.workers is not None and options.workers < 1:
        raise UserError(Text(zh="--workers 应为 1 以上的整数。", en="--workers must be 1 or more."))
    if options.baseline and options.suite not in ("nl2sql", "all"):
        raise UserError(Text(zh="--baseline 只用于 nl2sql。", en="--baseline is for nl2sql only."))
    given = [f"--{name}" for name in ("data", "lang", "baseline", "limit", "seed", "gate") if getattr(options, name)]
    if options.resume and given:
        raise UserError(
            Text(
                zh=f"--resume 按上次的选项继续，请去掉 {'、'.join(given)}。",
                en=f"--resume goes on with the options of the last run. Leave out {', '.join(given)}.",
            )
        )


def _need_places(options: argparse.Namespace) -> None:
    """Raises UserError where a report could not be written: found before hours are spent, not after them."""
    folders = [Path(name) for name in (options.out, options.inspect) if name]
    folders += [Path(options.junit).parent] if options.junit else []
    for folder in folders:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            raise _unwritable(error, folder) from error


def _unwritable(error: OSError, folder: Path | None = None) -> UserError:
    place, reason = folder or error.filename or "", error.strerror or str(error)
    kept = ("做完的已保存，可加 --resume 继续。", " What was measured is kept; go on with --resume.")
    return UserError(
        Text(
            zh=f"无法写入 {place}：{reason}。{'' if folder else kept[0]}",
            en=f"{place} cannot be written: {reason}.{'' if folder else kept[1]}",
        )
    )


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
    for place, (suite, choice) in enumerate(choices.items(), start=1):
        sys.stderr.write(f"[{place}/{len(choices)}] {suite}\n")
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
        seed=7 if options.seed is None else options.seed,
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
    from evals.compare import outcome_words

    env, intervals = report["environment"], report["intervals"]
    states = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in report["states"].items() if count)
    unsaid = [case for case in report["cases"] if case["state"] in ("failed", "not_scored")]
    lines = [
        f"{report['suite']}: n = {report['n']} of {env['of']} (seed {env['seed']}; {states}; {env['cached']} stored)"
    ]
    for name, value in report["metrics"].items():
        shown = "-" if value is None else f"{value:.4g}"
        between = f"   95 % {intervals[name][0]:.3f} to {intervals[name][1]:.3f}" if name in intervals else ""
        lines.append(f"  {name:<28} {shown:>8}{between}")
    lines += [f"  {case['id']}: {outcome_words(case)}" for case in unsaid[:_MOST_UNSAID]]
    lines += [f"  … and {len(unsaid) - _MOST_UNSAID} more that say nothing"] if len(unsaid) > _MOST_UNSAID else []
    return [*lines, *(f"  {note}" for note in report["notes"])]
