"""How long the ledger remembers, and how much.

Answers older than the window are forgotten, and the least recently given ones beyond a maximum per key; but none that
is younger than KEPT_DAYS, or whoever asks for much could make it forget what a later answer is to be compared with.
Where those fill it, nothing new is given.
"""

from __future__ import annotations

from dataclasses import dataclass

from assistant.domain import Text
from assistant.errors import StoreUnavailable
from assistant.policies import ledger_rows
from assistant.policies.ledger_database import LedgerDatabase
from assistant.policies.released_cells import LedgerKey

DAY_S = 86_400.0
WINDOW_DAYS = 180.0
KEPT_DAYS = 30.0
MAX_CELLS = 50_000  # per key; also totals
_SLACK = 0.01  # of the window: expired cells go together, because the index in memory is read anew after it
_FULL = Text(
    zh="近30日提供给贵部门的这类数据已达到披露台账能够核对的上限，暂不提供新的数据；问过的问题仍可再问。请联系管理员。",
    en="Your department got as many of these figures within 30 days as the disclosure ledger can compare, so no new one"
    " is given; what was asked before can be asked again. Please tell the administrator.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerBounds:
    """`window_days`: how long answers are compared, at least a data refresh cycle. `max_cells`: per key."""

    window_days: float = WINDOW_DAYS
    max_cells: int = MAX_CELLS

    def since(self, now: float) -> float:
        """What was last given before is not compared any more."""
        return now - self.window_days * DAY_S

    def overdue(self, now: float) -> float:
        """What was last given before is to go even if nobody asks."""
        return now - self.window_days * DAY_S * (1 + _SLACK)

    def demand_room(self, database: LedgerDatabase, key: LedgerKey, table: str, more: int, now: float) -> None:
        """Raises StoreUnavailable where `more` rows of `table` would crowd out young ones."""
        young = now - KEPT_DAYS * DAY_S
        if more and ledger_rows.given_since(database, table, key, young) + more > self.max_cells:
            raise StoreUnavailable(_FULL)

    def forget(self, database: LedgerDatabase, key: LedgerKey, now: float) -> bool:
        """Drop what is too old or too much, where it is worth it; True when something went."""
        cells, amounts = (
            ledger_rows.forget_old(
                database,
                table,
                key,
                self.since(now),
                slack=self.window_days * DAY_S * _SLACK,
                kept=now - KEPT_DAYS * DAY_S,
                most=self.max_cells,
            )
            for table in ("cells", "amounts")
        )
        if cells:
            ledger_rows.forget_figures(database, key)
        return cells or amounts


STANDARD = LedgerBounds()
