"""Answers as they were given: the identical question gets the identical answer (POLICY_SPEC 2.4, 2.5).

Two answers to one question that hide different cells would together show both. Asked anew, the ledger would see to it;
here the second answer simply is the first one, without the engine. In memory, of one process, for a day at most: what
was forgotten is asked anew.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import date

from assistant.domain import AuthorizedQuery, Release

MAX_ANSWERS = 256
MAX_ROWS = 1_000  # larger tables are asked anew


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedQuery:
    """What makes two questions identical: who asks, for what, under which rules, of which data, on which day."""

    subject: str
    purpose: str
    group: str  # whose answers are compared (released_cells.collusion_group)
    policy_version: str
    data_version: str
    day: date  # statements may name the current one
    query: AuthorizedQuery
    redact: tuple[int, ...] = ()


class GivenAnswers:
    """The answers that were given last. Threads may share it."""

    def __init__(self, most: int = MAX_ANSWERS) -> None:
        self._most = most
        self._answers: OrderedDict[AskedQuery, Release] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, asked: AskedQuery) -> Release | None:
        """The answer that was given to exactly this, if it is still known."""
        with self._lock:
            found = self._answers.get(asked)
            if found is not None:
                self._answers.move_to_end(asked)
            return found

    def keep(self, asked: AskedQuery, given: Release) -> None:
        """Remember an answer; one that a state of the data cannot be told for, or that is large, is not kept."""
        if not asked.data_version or len(given.table.rows) > MAX_ROWS:
            return
        with self._lock:
            self._answers[asked] = given
            while len(self._answers) > self._most:
                self._answers.popitem(last=False)
