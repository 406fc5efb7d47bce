"""The READMEs print what the program prints. `UPDATE_README=1 pytest tests/test_readme.py` writes them anew."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.demo

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"<!-- (explain|ask): (.+?) -->\n```text\n(.*?)```\n<!-- end -->", re.DOTALL)
VARIES = ((re.compile(r" \(\d+\.\d ms\)"), ""), (re.compile(r"审计号 \d+"), "审计号 N"))


def _printed(command: str, question: str, state: Path) -> str:
    environment = os.environ | {"GOVDATA_LLM": "none", "GOVDATA_STATE": str(state), "LANG": "zh_CN.UTF-8"}
    run = subprocess.run(
        [sys.executable, "-m", "assistant", command, question, "--as", "analyst"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env=environment,
    )
    text = run.stdout
    for pattern, constant in VARIES:
        text = pattern.sub(constant, text)
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_worked_question_is_what_the_program_prints(name: str, demo_state: Path) -> None:
    path = ROOT / name
    text = path.read_text(encoding="utf-8")
    blocks = BLOCK.findall(text)
    assert [command for command, _, _ in blocks] == ["explain", "ask"]
    for command, question, shown in blocks:
        printed = _printed(command, question, demo_state)
        if os.environ.get("UPDATE_README"):
            text = text.replace(f"{question} -->\n```text\n{shown}```", f"{question} -->\n```text\n{printed}```")
            path.write_text(text, encoding="utf-8")
        else:
            assert shown == printed


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md", "CONTRIBUTING.md", "SECURITY.md"])
def test_every_link_leads_to_a_file(name: str) -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", (ROOT / name).read_text(encoding="utf-8")):
        assert (ROOT / target).is_file(), target
