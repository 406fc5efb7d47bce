"""The policy fixture with its warehouse: from SQL to what is released, under a fresh ledger."""

from __future__ import annotations

import shutil
import tempfile
from copy import copy
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from policy_worlds import World

from assistant.domain import AuthorizedQuery, Mask, Outcome, ReleasedTable, SqlDraft, ValidatedQuery
from assistant.nl2sql import rewriting
from assistant.nl2sql.validation import validate
from assistant.policies.access import authorize
from assistant.policies.ledger import Ledger, SqliteLedger, collusion_group
from assistant.policies.publication import publish
from assistant.warehouse.building import build_warehouse
from assistant.warehouse.duckdb import DuckDbWarehouse

TODAY = date(2025, 12, 31)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """How a statement ended, and what was shown."""

    outcome: Outcome
    table: ReleasedTable | None = None
    rules: tuple[str, ...] = ()


class ReleaseWorld:
    """Runs statements as the pipeline does: validate, authorize, rewrite, run, publish."""

    def __init__(self, world: World, state: Path) -> None:
        self.world = world
        self._state = state
        self._file = state / "warehouse.duckdb"
        build_warehouse(world.workspace, "csv", self._file)
        self.warehouse = DuckDbWarehouse(self._file, threads=1)

    def refreshed(self, statement: str) -> ReleaseWorld:
        """The same world after its data were changed; this one stays as it is."""
        import duckdb

        later = copy(self)
        folder = Path(tempfile.mkdtemp(dir=self._state))
        later._file = Path(shutil.copy(self._file, folder))
        with duckdb.connect(str(later._file)) as connection:
            connection.execute(statement)
        later.warehouse = DuckDbWarehouse(later._file, threads=1)
        return later

    def with_purposes(self, user_id: str, purposes: tuple[str, ...]) -> ReleaseWorld:
        """The same world in which somebody may ask for several purposes, with every grant for each."""
        user = self.world.policies.user(user_id)
        assert user is not None
        grants = tuple(replace(grant, purposes=purposes) for grant in user.grants)
        users = {**self.world.policies.users, user_id: replace(user, purposes=purposes, grants=grants)}
        later = copy(self)
        later.world = replace(self.world, policies=replace(self.world.policies, users=users))
        return later

    def sorted_values(self, table: str, column: str) -> list[tuple[Any, ...]]:
        """What stands in a column, as the engine itself has it, smallest first."""
        import duckdb

        aside = shutil.copy(self._file, tempfile.mkdtemp(dir=self._state))
        with duckdb.connect(str(aside), read_only=True) as connection:
            return connection.execute(f"select {column} from {table} order by 1").fetchall()

    def fresh_ledger(self, name: str) -> Ledger:
        folder = self._state / name
        shutil.rmtree(folder, ignore_errors=True)
        return SqliteLedger(folder / "ledger.sqlite")

    def ask(self, user_id: str, sql: str, ledger: Ledger, *, purpose: str | None = None) -> Outcomes:
        user = self.world.policies.user(user_id)
        assert user is not None
        chosen = self.world.policies.purpose(user, purpose)
        assert chosen is not None
        query = validate(SqlDraft(text=sql, drafter="given"), schema=self.world.schema)
        if not isinstance(query, ValidatedQuery):
            return Outcomes(outcome=Outcome.REFUSE, rules=tuple(finding.code for finding in query))
        decision = authorize(user, chosen, query.facts, self.world.policies, self.world.catalog, today=TODAY)
        rules = tuple(reason.rule for reason in decision.reasons)
        if decision.outcome >= Outcome.AGGREGATE_ONLY:
            return Outcomes(outcome=decision.outcome, rules=rules)
        ready = rewriting.apply(query, decision.obligations, schema=self.world.schema, unique=self.warehouse.unique)
        if not isinstance(ready, AuthorizedQuery):
            return Outcomes(outcome=Outcome.REFUSE, rules=tuple(finding.code for finding in ready))
        result = self.warehouse.run(ready)
        texts = {f"{m.table}.{m.column}" for m in decision.obligations if isinstance(m, Mask) and m.kind == "free_text"}
        redact = tuple(i for i, fact in enumerate(ready.columns) if texts & set(fact.sources))
        made = publish(result, ready, ledger, group=collusion_group(user), redact=redact)
        return Outcomes(outcome=max(decision.outcome, made.decision.outcome), table=made.table, rules=rules)
