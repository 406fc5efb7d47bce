"""What the desk says when words of a question that say something have no part in its filter."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.domain import Text

_SHOWN = 6  # words


def not_understood(words: Sequence[str]) -> Text:
    """Which words, that no result is listed without them, what to do, and what can be asked."""
    zh, en = "、".join(words[:_SHOWN]), ", ".join(words[:_SHOWN])
    return Text(
        zh=f"这些词没有听懂，或目录里没有可以据此筛选的内容：{zh}。少了它们就是另一个问题，所以没有列出结果。"
        "可以换一种说法；确实不必考虑这些词的，直接应用所示筛选条件。"
        "可以问：提供部门、分类与基础库、共享与开放、更新周期与超期、挂接、责任处室、数据项及其标识和级别、指标口径、重复采集、"
        "请求次数；可以按它们筛选、计数、分组和排序。这里只查目录，不改目录。",
        en=f"These words were not understood, or nothing in the catalog can be filtered by them: {en}. Without them it "
        "would be another question, so no result is listed. Put it in other words, or apply the filter as shown if "
        "they do not matter. You can ask about departments, categories and base databases, sharing and openness, "
        "update cycles and what is overdue, mounting, responsible offices, data items with their identifiers and "
        "levels, definitions of metrics, duplicate collection and counts of requests, filtered, counted, grouped or "
        "ordered by them. The catalog is only read here, never changed.",
    )
