"""The form of the self-assessment in a real headless browser: an answer is kept and the level follows."""

from __future__ import annotations

from typing import Any

import pytest
from test_approvals_in_browser import _logged_in, _told
from test_chat_in_browser import browser, site  # noqa: F401  (fixtures of the same server and browser)

pytestmark = [pytest.mark.browser, pytest.mark.demo]


def test_an_answer_is_kept_and_shown_with_its_basis(browser: Any, site: Any) -> None:  # noqa: F811
    with _logged_in(browser, site, "steward") as tab:
        tab.get_by_role("tab", name="目录").click()
        tab.get_by_text("回答成熟度自评问题").click()
        tab.locator("#steward-maturity-question input").click()
        tab.get_by_role("option", name="备份与一致性校验").click()
        tab.locator("#steward-maturity-level label").nth(3).click()
        tab.locator("#steward-maturity-keep").click()
        _told(tab, "#steward-told", "请写明依据")
        tab.locator("#steward-maturity-basis textarea, #steward-maturity-basis input").first.fill("第三季度演练记录")
        tab.locator("#steward-maturity-keep").click()
        _told(tab, "#steward-told", "已记录")
        _told(tab, "#steward-table", "第三季度演练记录")
