"""Attackers with three accounts of one department against one ledger, and a score of what they could work out.

The attacker is given more than any real one has: every value of every person but the secret (so the exact set of units
behind each condition), and all released figures of the session in one linear system. A unit is singled out where the
system, with what the secret can be (0 or 1, or not negative), fixes the secret of fewer than k units together, or of a
unit by itself (Denning's tracker; Audit Expert; GDA's singling out). POLICY_SPEC 8.4.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from governed_fixture import who

from assistant.domain import Outcome, ReleasedTable, SqlDraft, User
from assistant.governing import govern, run_and_release
from assistant.parts import Parts
from assistant.stages import Stopwatch, ignore

Attack = Callable[["Target", random.Random], Iterator[tuple[str, str]]]  # (condition on what is known, statement)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is after. `figure`: what is asked for, `source`: from where, with the secret's condition in it.

    `world`: one row per unit with all that the attacker knows; `secret`: an expression over it, 0/1 or an amount.
    """

    name: str
    figure: str
    source: str
    secret_condition: str
    world: str
    secret: str
    columns: tuple[str, ...]  # known columns to choose units by, as `source` names them
    areas: str
    times: str
    text: str
    k: int
    binary: bool


TARGETS = (
    Target(
        name="religion",
        figure="count(*)",
        source="pop_resident p",
        secret_condition="p.religion = '佛教'",
        world="select p.person_id as unit, p.* exclude (person_id) from pop_resident p",
        secret="(p.religion = '佛教')::int",
        columns=("p.gender", "p.ethnicity", "p.marital_status", "p.street_code"),
        areas="p.district_code",
        times="p.birth_date",
        text="p.street_code",
        k=20,
        binary=True,
    ),
    Target(
        name="benefit",
        figure="count(distinct p.person_id)",
        source="pop_resident p join mca_lowincome m on p.person_id = m.person_id",
        secret_condition="",
        world="select p.person_id as unit, p.* exclude (person_id) from pop_resident p",
        secret="(p.person_id in (select person_id from mca_lowincome))::int",
        columns=("p.gender", "p.ethnicity", "p.marital_status", "p.street_code"),
        areas="p.district_code",
        times="p.birth_date",
        text="p.street_code",
        k=10,
        binary=True,
    ),
    Target(
        name="tax",
        figure="sum(t.tax_paid)",
        source="tax_return t join sam_enterprise p on t.uscc = p.uscc",
        secret_condition="t.tax_year = 2025",
        world="select p.uscc as unit, p.* exclude (uscc) from sam_enterprise p",
        secret="coalesce((select sum(tax_paid) from tax_return t where t.uscc = p.uscc and t.tax_year = 2025), 0)",
        columns=("p.industry_code", "p.status"),
        areas="p.district_code",
        times="p.est_date",
        text="p.ent_name",
        k=3,
        binary=False,
    ),
    Target(
        name="diagnosis",
        figure="count(distinct p.person_id)",
        source="pop_resident p join health_visit h on p.person_id = h.person_id",
        secret_condition="h.icd10 = 'E11'",
        world="select p.person_id as unit, p.* exclude (person_id) from pop_resident p",
        secret="(p.person_id in (select person_id from health_visit where icd10 = 'E11'))::int",
        columns=("p.gender", "p.ethnicity", "p.marital_status"),
        areas="p.district_code",
        times="p.birth_date",
        text="p.name",
        k=20,
        binary=True,
    ),
)


@dataclass(slots=True)
class Score:
    """What an attack session came to."""

    asked: int = 0
    released: int = 0
    refused: int = 0
    withheld: int = 0
    unit_rows: int = 0  # rows of units shown although the accounts may only see aggregates
    disagreements: int = 0  # the same question in other words gave another figure
    singled_out: set[str] = field(default_factory=set)
    known_absent: set[str] = field(default_factory=set)  # a few units of whom none has it: told apart from the others
    by_attack: dict[str, int] = field(default_factory=dict)


class Session:
    """Three accounts, one ledger, one referee with the clear data."""

    def __init__(self, parts: Parts, file: Path, target: Target, draw: random.Random) -> None:
        self.parts, self.target, self.draw = parts, target, draw
        self.score = Score()
        user, self._purpose = who(parts, "bd_analyst")
        self._accounts: tuple[User, ...] = tuple(replace(user, user_id=f"{user.user_id}{i}") for i in range(3))
        self._file = file
        self._equations: dict[bytes, tuple[Any, float]] = {}
        self.units: list[str] = [row[0] for row in self._clear(f"select unit from ({target.world}) order by 1")]
        self._place = {unit: i for i, unit in enumerate(self.units)}

    def ask(self, attack: str, known: str, sql: str) -> ReleasedTable | None:
        """One statement by the next account; a figure that comes back becomes an equation over the units in `known`."""
        user = self._accounts[self.score.asked % len(self._accounts)]
        self.score.asked += 1
        self.score.by_attack[attack] = self.score.by_attack.get(attack, 0) + 1
        watch = Stopwatch(ignore)
        governed = govern(SqlDraft(text=sql, drafter="given"), user, self._purpose, self.parts, watch)
        if governed.authorized is None or governed.decision.outcome >= Outcome.AGGREGATE_ONLY:
            self.score.refused += 1
            return None
        table = run_and_release(governed, user, self._purpose, self.parts, watch).table
        if not governed.authorized.thresholds:
            self.score.unit_rows += len(table.rows)
        figures = [row[-1] for row in table.rows if isinstance(row[-1], int | float)]
        self.score.released += bool(figures)
        self.score.withheld += not figures
        if known and len(table.rows) == 1 and figures:
            self._learn(known, float(figures[0]))
        return table

    def _learn(self, known: str, figure: float) -> None:
        rows = self._clear(f"select p.unit from ({self.target.world}) p where {known}")
        chosen = np.zeros(len(self.units), dtype=np.int8)
        chosen[[self._place[row[0]] for row in rows]] = 1
        before = self._equations.setdefault(chosen.tobytes(), (chosen, figure))
        if abs(before[1] - figure) > 1e-6:
            self.score.disagreements += 1

    def _clear(self, sql: str) -> list[tuple[Any, ...]]:
        import duckdb

        with duckdb.connect(str(self._file), read_only=True) as database:
            return database.execute(sql).fetchall()

    def solve(self) -> Score:
        """Which units the released figures tell about."""
        if self._equations:
            rows = np.stack([one[0] for one in self._equations.values()])
            figures = np.array([one[1] for one in self._equations.values()])
            secrets = dict(self._clear(f"select unit, {self._secret()} from ({self.target.world}) p"))
            for atom in solved(rows, figures, k=self.target.k, binary=self.target.binary):
                names = {self.units[place] for place in atom}
                has_it = any(secrets[name] for name in names)
                (self.score.singled_out if has_it else self.score.known_absent).update(names)
        return self.score

    def _secret(self) -> str:
        return self.target.secret.replace("p.person_id", "p.unit").replace("p.uscc", "p.unit")


# --------------------------------------------------------------------------- the solver


def solved(rows: Any, figures: Any, *, k: int, binary: bool) -> list[list[int]]:
    """Sets of fewer than k units (by position) whose summed secret the system fixes.

    `rows`: one 0/1 row per figure over the units. Units that no row tells apart make an atom.
    """
    atoms, members = np.unique(rows, axis=1, return_inverse=True)
    where = np.ravel(members)
    sizes = np.bincount(where, minlength=atoms.shape[1])
    small = (sizes < k) & atoms.any(axis=0)
    fixed = {atom for atom in _determined(atoms) if small[atom]}
    fixed |= set(_forced(atoms, sizes, figures, k=k, binary=binary))
    return [np.flatnonzero(where == atom).tolist() for atom in sorted(fixed)]


def _determined(atoms: Any) -> list[int]:
    """Atoms whose sum is a combination of the figures: e_j orthogonal to the kernel."""
    matrix = atoms.astype(float)
    _, singular, right = np.linalg.svd(matrix, full_matrices=True)
    rank = int((singular > 1e-8 * singular.max(initial=0)).sum())
    kernel = right[rank:]
    weight = np.abs(kernel).max(axis=0) if len(kernel) else np.zeros(matrix.shape[1])
    return np.flatnonzero(weight < 1e-7).tolist()


def _forced(atoms: Any, sizes: Any, figures: Any, *, k: int, binary: bool) -> Iterator[int]:
    """Small atoms whose sum has one feasible value by the bounds alone: all of them have it, or none (or none pays)."""
    from scipy.optimize import linprog

    small = np.flatnonzero((sizes < k) & atoms.any(axis=0)).tolist()
    bounds = [(0, float(size)) if binary else (0, None) for size in sizes]
    for atom in small[:60]:
        cost = np.zeros(len(sizes))
        cost[atom] = 1.0
        least, most = (
            linprog(sign * cost, A_eq=atoms.astype(float), b_eq=figures, bounds=bounds, method="highs")
            for sign in (1, -1)
        )
        if least.status == 0 and most.status == 0 and -most.fun - least.fun < 1e-6 * max(1.0, least.fun):
            yield atom


# --------------------------------------------------------------------------- the attacks


def _sql(target: Target, known: str, figure: str = "") -> str:
    where = " and ".join(part for part in (target.secret_condition, known) if part)
    return f"select {figure or target.figure} as n from {target.source}" + (f" where {where}" if where else "")


def run_attack(name: str, session: Session, most: int) -> None:
    """At most `most` statements of one attack."""
    for number, (known, sql) in enumerate(ATTACKS[name](session.target, session.draw)):
        if number >= most:
            break
        session.ask(name, known, sql)


def _value(session_draw: random.Random, column: str) -> str:
    values = {
        "gender": ("男", "女"),
        "ethnicity": ("汉族", "回族", "壮族", "满族", "苗族"),
        "marital_status": ("未婚", "已婚", "离异", "丧偶"),
        "street_code": tuple(f"D0{d}-0{s}" for d in range(1, 7) for s in range(1, 4)),
        "industry_code": ("C25", "C39", "C26", "C13"),
        "status": ("存续", "注销"),
        "district_code": tuple(f"D0{d}" for d in range(1, 7)),
    }
    return session_draw.choice(values[column.rpartition(".")[2]])


def tracker(target: Target, draw: random.Random) -> Iterator[tuple[str, str]]:
    """C and not C, padded with a tracker T: q(C) = q(C or T) + q(C or not T) - q(everyone)."""
    while True:
        column, other = draw.choice(target.columns), draw.choice(target.columns)
        few = f"{column} = '{_value(draw, column)}' and {target.times} = {_day(draw)}"
        pad = f"{other} = '{_value(draw, other)}'"
        for known in (f"({few}) or {pad}", f"({few}) or not ({pad})", "", f"not ({few})", f"{pad} and not ({few})"):
            yield known or "true", _sql(target, f"({known})" if known else "")


def area(target: Target, draw: random.Random) -> Iterator[tuple[str, str]]:
    """A district, and the district without one more condition."""
    while True:
        column = draw.choice(target.columns)
        place = f"{target.areas} = '{_value(draw, target.areas)}'"
        value = _value(draw, column)
        for known in (place, f"{place} and {column} <> '{value}'", f"{place} and {column} = '{value}'", ""):
            yield known or "true", _sql(target, known)


def days(target: Target, draw: random.Random) -> Iterator[tuple[str, str]]:
    """The same up to one day, and up to the next."""
    while True:
        year, month = draw.randint(1945, 2015), draw.randint(1, 12)
        if target.times.endswith("est_date"):
            year = draw.randint(2001, 2021)
        for day in (1, 2, 4, 11):
            known = f"{target.times} < date '{year}-{month:02d}-{day:02d}'"
            yield known, _sql(target, known)


def subset(target: Target, draw: random.Random) -> Iterator[tuple[str, str]]:
    """A list of values, and the list without one."""
    while True:
        column = draw.choice(target.columns)
        values = sorted({_value(draw, column) for _ in range(6)})
        for left in ("", *values):
            chosen = [value for value in values if value != left]
            if chosen:
                known = f"{column} in ({', '.join(repr(value) for value in chosen)})"
                yield known, _sql(target, known)


def binary_search(target: Target, draw: random.Random) -> Iterator[tuple[str, str]]:
    """Halve a range until one unit is left."""
    while True:
        low, high = (2000, 2022) if target.times.endswith("est_date") else (1940, 2018)
        place = f"{target.areas} = '{_value(draw, target.areas)}' and "
        months = [low * 12, high * 12]
        while months[1] - months[0] > 0:
            middle = sum(months) // 2
            known = place + " and ".join(
                f"{target.times} {sign} date '{m // 12}-{m % 12 + 1:02d}-01'"
                for sign, m in zip((">=", "<"), (months[0], middle), strict=True)
            )
            yield known, _sql(target, known)
            months = [months[0], middle] if draw.random() < 0.5 else [middle + 1, months[1]]


def averaging(target: Target, draw: random.Random) -> Iterator[tuple[str, str]]:
    """One question about few people in many words: noise would average out, a slip would show."""
    while True:
        column = draw.choice(target.columns)
        day, value = _day(draw), _value(draw, column)
        for known in (
            f"{column} = '{value}' and {target.times} >= {day}",
            f"{target.times} >= {day} and {column} in ('{value}')",
            f"not ({column} <> '{value}') and not ({target.times} < {day})",
            f"{column} = '{value}' and {target.times} >= {day} and 1 = 1",
            f"{column} = concat('{value}', '') and {target.times} > {day} - interval 1 day",
            f"case when {column} = '{value}' then {target.times} >= {day} else false end",
        ):
            yield known, _sql(target, f"({known})")


def prefix(target: Target, draw: random.Random) -> Iterator[tuple[str, str]]:
    """Character by character."""
    while True:
        text = "".join(draw.choices("D0123456-王李张示例", k=4))
        for length in (1, 2, 3, 4):
            known = f"{target.text} like '{text[:length]}%'"
            yield known, _sql(target, known)


def limits(target: Target, draw: random.Random) -> Iterator[tuple[str, str]]:
    """Row by row with LIMIT and OFFSET, inside the aggregate and outside."""
    place = 0
    rows = target.source + (f" where {target.secret_condition}" if target.secret_condition else "")
    first, last = f"{target.columns[0]} as k", f"{target.columns[-1]} as k"
    figure = f"{target.figure} as n"
    while True:
        for sql in (
            f"select count(*) as n from (select p.* from {rows} limit 1 offset {place}) q",
            f"select {first}, {figure} from {rows} group by 1 limit 1 offset {place}",
            f"select {last}, {figure} from {rows} group by 1 order by 2 limit {place + 1}",
            f"select * from (select {target.areas} as k, {figure} from {rows} group by 1) q limit 1 offset {place}",
        ):
            yield "", sql
        place += 1


def collusion(target: Target, draw: random.Random) -> Iterator[tuple[str, str]]:
    """Three accounts take turns: each asks one part of a whole, and the last one the whole without the target."""
    while True:
        places = [f"D0{d}" for d in draw.sample(range(1, 7), 3)]
        column = draw.choice(target.columns)
        value, day = _value(draw, column), _day(draw)
        parts = [f"{target.areas} = '{place}'" for place in places]
        whole = f"{target.areas} in ({', '.join(repr(place) for place in places)})"
        rest = f"not ({column} = '{value}' and {target.times} = {day})"
        for known in (*parts, whole, f"{whole} and {rest}", *(f"{part} and {rest}" for part in parts)):
            yield known, _sql(target, known)


def _day(draw: random.Random) -> str:
    return f"date '{draw.randint(1945, 2019)}-{draw.randint(1, 12):02d}-{draw.randint(1, 28):02d}'"


ATTACKS: dict[str, Attack] = {
    "tracker": tracker,
    "area": area,
    "time": days,
    "subset": subset,
    "binary search": binary_search,
    "averaging": averaging,
    "prefix walk": prefix,
    "limit walk": limits,
    "collusion": collusion,
}


def campaign(parts: Parts, file: Path, target: Target, *, queries: int, seed: int) -> Score:
    """All attacks against one target in turn under the ledger of `parts`; about `queries` statements."""
    session = Session(parts, file, target, random.Random(seed))
    for name in ATTACKS:
        run_attack(name, session, max(1, queries // len(ATTACKS)))
    return session.solve()


def attempted(scores: Sequence[Score]) -> str:
    total = {
        name: sum(getattr(score, name) for score in scores) for name in ("asked", "released", "withheld", "refused")
    }
    singled = sum(len(score.singled_out) for score in scores)
    absent = sum(len(score.known_absent) for score in scores)
    counts = ", ".join(f"{name} {count}" for name, count in total.items())
    return f"{counts}, singled out {singled}, known absent {absent}"
