"""The request form and the approval tab in a real headless browser: filed by one person, decided by another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from test_chat_in_browser import ANSWER_MS, browser, site  # noqa: F401  (fixtures of the same server and browser)

pytestmark = [pytest.mark.browser, pytest.mark.demo]


@contextmanager
def _logged_in(opened: Any, served: tuple[str, dict[str, str]], user: str) -> Iterator[Any]:
    address, passwords = served
    context = opened.new_context(locale="zh-CN", viewport={"width": 1280, "height": 1000})
    tab = context.new_page()
    tab.goto(address)
    tab.locator("input[type=text]").first.fill(user)
    tab.locator("input[type=password]").fill(passwords[user])
    tab.locator("button").first.click()
    tab.locator("#question textarea").wait_for(timeout=ANSWER_MS)
    yield tab
    context.close()


def _told(tab: Any, where: str, word: str) -> None:
    tab.wait_for_function(
        "([where, word]) => (document.querySelector(where)?.innerText ?? '').includes(word)",
        arg=[where, word],
        timeout=ANSWER_MS,
    )


def test_filed_by_one_and_approved_by_another(browser: Any, site: Any) -> None:  # noqa: F811
    with _logged_in(browser, site, "health") as tab:
        tab.locator("#question textarea").fill("列出居民的姓名和电话")
        tab.locator("#question textarea").press("Enter")
        _told(tab, "#chat", "需要审批")
        tab.locator("#request-reason textarea").wait_for(timeout=ANSWER_MS)
        _told(tab, "#request-offer", "市公安局")
        tab.locator("#request-reason textarea").fill("流行病学调查")
        tab.locator("#request-file").click()
        _told(tab, "#request-told", "等待批准")
        assert tab.get_by_role("tab", name="审批").count() == 0
    with _logged_in(browser, site, "police_lead") as tab:
        tab.get_by_role("tab", name="审批").click()
        _told(tab, "#approval-shown", "流行病学调查")
        tab.locator("#approval-approve").click()
        _told(tab, "#approval-told", "已批准")
    with _logged_in(browser, site, "health") as tab:
        tab.locator("#question textarea").fill("列出居民的姓名和电话")
        tab.locator("#question textarea").press("Enter")
        _told(tab, "#chat", "审计号")
        assert not tab.locator("#request-file").is_visible()
