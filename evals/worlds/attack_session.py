"""Three accounts of one department against one ledger, and a referee with the clear data.

The attacker is given more than any real one has: every value of every unit but the secret (so the exact set of units
behind each condition), and all released figures of the session in one linear system (POLICY_SPEC 8.4).
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from assistant.domain import Outcome, ReleasedTable, Scalar, SqlDraft, User
from assistant.governing import govern, run_and_release
from assistant.parts import Parts
from assistant.stages import Stopwatch, ignore
from evals.worlds.attack_targets import Target
from evals.worlds.governed_fixture import who
from evals.worlds.unit_solver import solved

ACCOUNTS = 3
ATTACKER = "bd_analyst"
Says = Literal["sum", "share", "rest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One statement. `known`: a condition over what the attacker knows of the units that the figure is about.

    `keys`: expressions over `p` that the statement groups by, its first output columns; each row is a figure then.
    A `known` of None: the figure is no sum over units that the attacker can name. `twice`: a condition on those of the
    units that the statement counts a second time.
    """

    sql: str
    known: str | None
    keys: tuple[str, ...] = ()
    says: Says = "sum"
    twice: str = ""


@dataclass(slots=True)
class Score:
    """What an attack session came to."""

    target: str = ""
    asked: int = 0
    released: int = 0  # statements with a figure
    withheld: int = 0
    refused: int = 0
    equations: int = 0
    unit_rows: int = 0  # rows of units shown although the accounts may only see aggregates
    disagreements: int = 0  # the same question in other words gave another figure
    singled_out: set[str] = field(default_factory=set)  # units of which a few's summed secret is fixed, not zero
    known_absent: set[str] = field(default_factory=set)  # a few units of whom none has it: told apart from the others
    by_attack: Counter[str] = field(default_factory=Counter)


class World:
    """What the attacker knows: every unit with all its values but the secret. Conditions name columns as p.<column>."""

    def __init__(self, file: Path, target: Target, draw: random.Random) -> None:
        import duckdb

        self.target, self.draw = target, draw
        self._database = duckdb.connect(str(file), read_only=True)
        self.units: list[str] = [str(row[0]) for row in self._rows("select p.unit from {} p order by 1")]
        self._place = {unit: place for place, unit in enumerate(self.units)}
        self._sizes: dict[str, int] = {}

    def positions(self, known: str) -> list[int]:
        return [self._place[str(row[0])] for row in self._rows(f"select p.unit from {{}} p where {known or 'true'}")]

    def size(self, known: str) -> int:
        if known not in self._sizes:
            self._sizes[known] = len(self.positions(known))
        return self._sizes[known]

    def values(self, column: str) -> list[Any]:
        """All values of a column, ordered."""
        listed = f"select distinct p.{column} from {{}} p where p.{column} is not null order by 1"
        return [row[0] for row in self._rows(listed)]

    def of(self, unit: str, column: str) -> Any:
        (row,) = self._rows(f"select p.{column} from {{}} p where p.unit = '{unit}'")
        return row[0]

    def secrets(self) -> Any:
        """(units,) the truth, for the referee only."""
        rows = self._rows(f"select p.unit, {self.target.secret} from {{}} p")
        truth = np.zeros(len(self.units))
        for unit, value in rows:
            truth[self._place[str(unit)]] = float(value or 0)
        return truth

    def close(self) -> None:
        self._database.close()

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self._database.execute(sql.format(f"({self.target.world})")).fetchall()
        return found


class Session:
    """Statements by the accounts in turn; what comes back becomes equations over the units."""

    def __init__(self, parts: Parts, world: World) -> None:
        self.world = world
        self.score = Score(target=world.target.name)
        self._parts = parts
        user, self._purpose = who(parts, ATTACKER)
        self._accounts: tuple[User, ...] = tuple(
            replace(user, user_id=f"{user.user_id}{number}") for number in range(ACCOUNTS)
        )
        self._equations: dict[bytes, tuple[Any, float]] = {}

    def ask(self, attack: str, step: Step) -> ReleasedTable | None:
        """One statement by the next account; None where it is refused."""
        user = self._accounts[self.score.asked % ACCOUNTS]
        self.score.asked += 1
        self.score.by_attack[attack] += 1
        watch = Stopwatch(ignore)
        governed = govern(SqlDraft(text=step.sql, drafter="given"), user, self._purpose, self._parts, watch)
        if governed.authorized is None or governed.decision.outcome >= Outcome.AGGREGATE_ONLY:
            self.score.refused += 1
            return None
        table = run_and_release(governed, user, self._purpose, self._parts, watch).table
        if not governed.authorized.thresholds:
            self.score.unit_rows += len(table.rows)
        shown = [row for row in table.rows if isinstance(row[-1], int | float)]
        self.score.released += bool(shown)
        self.score.withheld += not shown
        if step.known is not None:
            for row in shown:
                self._learn(step, row)
        return table

    def _learn(self, step: Step, row: Sequence[Scalar]) -> None:
        chosen = _both(step.known or "", *(_is(key, value) for key, value in zip(step.keys, row, strict=False)))
        places = self.world.positions(chosen)
        figure = float(row[-1])  # type: ignore[arg-type]
        if step.says == "rest":
            figure = len(places) - figure
        elif step.says == "share":
            figure *= len(places)
        units = np.zeros(len(self.world.units), dtype=np.int8)
        units[places] = 1
        if step.twice:
            units[self.world.positions(_both(chosen, step.twice))] = 2
        _, before = self._equations.setdefault(units.tobytes(), (units, figure))
        if abs(before - figure) > 1e-6 * max(1.0, abs(before)):
            self.score.disagreements += 1

    def solve(self) -> Score:
        """Which units the released figures tell about."""
        self.score.equations = len(self._equations)
        if self._equations:
            target, truth = self.world.target, self.world.secrets()
            rows = self.known_sums()
            for told in solved(rows, rows @ truth, k=target.k, binary=target.binary):
                names = {self.world.units[place] for place in told.units}
                has_it = truth[list(told.units)].sum() > 0
                (self.score.singled_out if has_it else self.score.known_absent).update(names)
        return self.score

    def known_sums(self) -> Any:
        """(figures, units): how often each released figure counts each unit."""
        return np.stack(
            [one[0] for one in self._equations.values()] or [np.zeros(len(self.world.units), dtype=np.int8)]
        )

    def false_figures(self) -> int:
        """Equations that the clear data contradict: the harness misunderstood a statement. 0, or the score is void."""
        truth = self.world.secrets()
        wrong = (
            abs(float(units @ truth) - figure) > 1e-6 * max(1.0, abs(figure))
            for units, figure in self._equations.values()
        )
        return sum(wrong)


def _both(*conditions: str) -> str:
    return " and ".join(f"({one})" for one in conditions if one)


def _is(key: str, value: Scalar) -> str:
    """A key of NULL is the line of a total: the fixture's known columns have no NULL of their own."""
    return "" if value is None else f"{key} = '{value}'"
