"""One steward at the desk: a question in, an answer with its filter, table, fixes and the words it did not use."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.domain import Lang, Text
from assistant.errors import UserError
from assistant.language import detect, render
from assistant.steward.estate import Estate
from assistant.steward.filtering import apply_filter
from assistant.steward.filters import CatalogFilter
from assistant.steward.fixes import Fixes, propose_fixes
from assistant.steward.not_understood import not_understood
from assistant.steward.questions import Compiled, compile_question
from assistant.steward.sentences import describe
from assistant.steward.tables import StewardTable

MAX_QUESTION = 1000  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class StewardAnswer:
    """`filter` is what was compiled, for showing and editing; `unread` the words that had no part in it.

    Where such words say something, `asks_back` is what is said instead of a table, which then is empty.
    """

    question: str
    lang: Lang
    filter: CatalogFilter
    interpretation: str  # the filter in words
    table: StewardTable
    fixes: Fixes
    unread: tuple[str, ...] = ()
    follow_up: bool = False
    asks_back: str = ""

    def as_json(self) -> dict[str, Any]:
        """One JSON document; the diff as text."""
        return {
            "question": self.question,
            "interpretation": self.interpretation,
            "filter": self.filter.as_json(),
            "follow_up": self.follow_up,
            "unread": list(self.unread),
            "asks_back": self.asks_back,
            "table": self.table.as_json(self.lang),
            "fixes": {"diff": self.fixes.diff, "open": [render(one, self.lang) for one in self.fixes.open]},
        }


def ask_steward(
    question: str,
    estate: Estate,
    workspace: Path,
    *,
    after: CatalogFilter | None = None,
    lang: Lang | None = None,
) -> StewardAnswer:
    """Compile, filter, draft fixes. `after` is the filter a follow-up edits. Raises UserError for an empty question."""
    words = question.strip()
    if not words or len(words) > MAX_QUESTION:
        raise UserError(
            Text(
                zh=f"请用一句话（不超过 {MAX_QUESTION} 字）提问，例如：更新周期超期的目录。",
                en=f"Ask in one sentence (up to {MAX_QUESTION} characters), for example: which resources are overdue.",
            )
        )
    compiled = compile_question(words, estate.words(), estate.as_of, after=after)
    if compiled.open:
        return _asking_back(words, compiled, lang or detect(words))
    return answer_filter(
        compiled.filter,
        estate,
        workspace,
        question=words,
        lang=lang or detect(words),
        unread=compiled.unread,
        follow_up=compiled.follow_up,
    )


def _asking_back(question: str, compiled: Compiled, lang: Lang) -> StewardAnswer:
    return StewardAnswer(
        question=question,
        lang=lang,
        filter=compiled.filter,
        interpretation=describe(compiled.filter, lang),
        table=StewardTable(columns=(), labels=(), rows=(), ids=()),
        fixes=Fixes(),
        unread=compiled.unread,
        follow_up=compiled.follow_up,
        asks_back=render(not_understood(compiled.open), lang),
    )


def answer_filter(
    asked: CatalogFilter,
    estate: Estate,
    workspace: Path,
    *,
    question: str = "",
    lang: Lang = "zh",
    unread: tuple[str, ...] = (),
    follow_up: bool = False,
) -> StewardAnswer:
    """The answer to a filter, compiled or edited by hand."""
    table = apply_filter(asked, estate)
    return StewardAnswer(
        question=question,
        lang=lang,
        filter=asked,
        interpretation=describe(asked, lang),
        table=table,
        fixes=propose_fixes(asked, table, estate, workspace),
        unread=unread,
        follow_up=follow_up,
    )
