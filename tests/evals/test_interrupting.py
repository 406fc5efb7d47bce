"""A real Ctrl-C half-way through `govdata eval`, and --resume: nothing that was measured is measured again."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from evals.environment import ROOT

FIXTURE = ROOT / "tests" / "workspaces" / "policy_fixture"
CASES, DONE = 400, 6  # asked for; measured at least before the interruption


def write_cases(file: Path) -> None:
    """Many small statements, none like another."""
    rows = [
        {
            "id": f"c{number:03d}",
            "sql": "select district_code, count(*) as n from pop_resident "
            f"where birth_date > date '19{50 + number % 50}-01-01' group by district_code having count(*) > {number}",
            "expected": "allow",
            "role": "bd_analyst",
            "purpose": "宏观统计分析",
        }
        for number in range(CASES)
    ]
    file.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")


def measured(state: Path) -> dict[str, tuple[Any, ...]]:
    """{case: row} of the store, as it stands while another process writes it."""
    file = state / "evals" / "observations.sqlite"
    if not file.is_file():
        return {}
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=10)) as store:
        try:
            return {row[1]: row for row in store.execute("select key, case_id, at, seconds, observed from observation")}
        except sqlite3.OperationalError:  # the table is not there yet
            return {}


def start(state: Path, *words: str) -> subprocess.Popen[str]:
    environment = os.environ | {"GOVDATA_STATE": str(state), "GOVDATA_LLM": "none", "LANG": "en_US.UTF-8"}
    command = [
        sys.executable,
        "-m",
        "assistant",
        "eval",
        "policy",
        *words,
        "--workspace",
        str(FIXTURE),
        "--workers",
        "1",
    ]
    ignored = signal.signal(signal.SIGINT, signal.default_int_handler)  # a child inherits it where tests run unattended
    try:
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
    finally:
        signal.signal(signal.SIGINT, ignored)


def test_interrupted_and_resumed(tmp_path: Path) -> None:
    state, out, cases = tmp_path / "state", tmp_path / "out", tmp_path / "cases.jsonl"
    write_cases(cases)
    running = start(state, "--data", str(cases), "--out", str(out))
    end = time.monotonic() + 120
    while len(measured(state)) < DONE and running.poll() is None and time.monotonic() < end:
        time.sleep(0.02)
    running.send_signal(signal.SIGINT)
    said, told = running.communicate(timeout=60)
    kept = measured(state)
    assert running.returncode == 1, told
    assert DONE <= len(kept) < CASES
    assert "--resume" in told
    partial = json.loads((out / "policy.json").read_text(encoding="utf-8"))
    assert partial["environment"]["interrupted"] is True
    assert partial["n"] == len(partial["cases"]) < CASES
    assert any("partial" in note for note in partial["notes"])
    assert f"n = {partial['n']} of {CASES}" in said
    assert "interrupted" in (out / "policy.html").read_text(encoding="utf-8")

    again = start(state, "--resume", "--out", str(out))
    _, told = again.communicate(timeout=240)
    assert again.returncode == 0, told
    whole = json.loads((out / "policy.json").read_text(encoding="utf-8"))
    assert (whole["n"], whole["environment"]["interrupted"]) == (CASES, False)
    assert whole["environment"]["cached"] == len(kept)
    assert {case["id"] for case in whole["cases"] if case["cached"]} == set(kept)
    later = measured(state)
    assert len(later) == CASES
    assert {name: later[name] for name in kept} == kept  # not written again, whatever it said
