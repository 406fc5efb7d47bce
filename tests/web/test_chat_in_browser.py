"""The real page in a real headless browser: log in, ask, read the answer; nothing is requested from anywhere else."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.demo]

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ANSWER_MS = 60_000


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, demo_state: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """A server of its own on a free port, and the passwords that it printed."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path_factory.mktemp("serve") / "log"
    environment = os.environ | {"GOVDATA_LLM": "none", "GOVDATA_STATE": str(demo_state)}
    command = [sys.executable, "-m", "assistant", "serve", "--port", str(port), "--reset-passwords"]
    with log.open("w") as out, subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out) as process:
        try:
            _wait(f"http://127.0.0.1:{port}/health", process, log)
            words = [line.split() for line in log.read_text().splitlines() if line.startswith("  ")]
            yield f"http://127.0.0.1:{port}", {line[0]: line[1] for line in words if len(line) == 2}
        finally:
            process.terminate()
            process.wait(20)


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(240):
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.5)
    raise AssertionError("the server did not start: " + log.read_text())


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Any, site: tuple[str, dict[str, str]]) -> Iterator[Any]:
    """The chat, logged in as the analyst of the bureau, with every request noted."""
    address, passwords = site
    context = browser.new_context(locale="zh-CN", viewport={"width": 1280, "height": 900})
    tab = context.new_page()
    tab.hosts = set()
    tab.on("request", lambda request: tab.hosts.add(urlsplit(request.url).hostname))
    tab.goto(address)
    tab.get_by_label("username").or_(tab.locator("input[type=text]").first).first.fill("analyst")
    tab.locator("input[type=password]").fill(passwords["analyst"])
    tab.locator("button").first.click()
    tab.locator("#question textarea").wait_for(timeout=ANSWER_MS)
    yield tab
    context.close()


def ask(tab: Any, text: str) -> str:
    """Ask, wait until the audit number of a new answer stands on the page, and return the conversation."""
    before = tab.locator("#chat small").count()
    tab.locator("#question textarea").fill(text)
    tab.locator("#question textarea").press("Enter")
    tab.wait_for_function(
        f"document.querySelectorAll('#chat small').length > {before}"
        " || document.querySelector('#chat').innerText.includes('不能提供')",
        timeout=ANSWER_MS,
    )
    return str(tab.locator("#chat").inner_text())


def test_an_official_gets_a_number_with_its_reasons(page: Any) -> None:
    told = ask(page, "2025年各区新设企业数，和上年同期比")
    assert "临江区" in told
    assert "理解为" in told
    assert "审计号" in told
    page.get_by_role("tab", name="为什么").click()
    assert "R-" in page.locator("#why").inner_text()
    page.get_by_role("tab", name="依据").click()
    assert "第" in page.locator("#sources").inner_text()


def test_a_follow_up_keeps_the_question(page: Any) -> None:
    ask(page, "2025年各区新设企业数，和上年同期比")
    assert "临江区" in ask(page, "只看临江区")


def test_names_and_numbers_are_refused_with_a_clause(page: Any) -> None:
    told = ask(page, "列出临江区居民的姓名和身份证号")
    assert "不能提供" in told
    assert "第" in told
    assert "条" in told


def test_the_catalog_is_asked_in_a_sentence(page: Any) -> None:
    page.get_by_role("tab", name="目录 / Catalog").click()
    page.locator("#steward-question textarea").fill("更新周期超期的目录")
    page.locator("#steward-question textarea").press("Enter")
    page.locator("#steward-told strong").wait_for(timeout=ANSWER_MS)
    assert "更新超期" in page.locator("#steward-told").inner_text()
    assert "990100-" in page.locator("#steward-table").inner_text()


def test_nothing_is_requested_from_any_other_host(page: Any) -> None:
    ask(page, "2025年各区新设企业数")
    assert page.hosts <= {"127.0.0.1", None}
