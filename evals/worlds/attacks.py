"""The classical attacks on a store of aggregates (POLICY_SPEC 8.4), each aimed at a few units that its author picked.

An attack is an endless stream of statements. It knows the world but the secret, so it picks its victims and the
conditions that isolate them; what the answers tell together is for the solver.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from itertools import combinations, count, islice
from typing import Any

from evals.worlds.attack_session import Says, Step, World

Attack = Callable[[World], Iterator[Step]]


def tracker(world: World) -> Iterator[Step]:
    """C and not C, padded with a tracker T: q(C) = q(C or T) + q(C or not T) - q(everyone)."""
    while True:
        few, pad = _few(world), _many(world)
        for known in (
            f"({few}) or {pad}",
            f"({few}) or not ({pad})",
            "",
            f"not ({few})",
            f"{pad} and not ({few})",
            pad,
        ):
            yield _ask(world, known)


def area(world: World) -> Iterator[Step]:
    """A district, the district without one street or one kind of people, and both as lines of one table."""
    target, draw = world.target, world.draw
    while True:
        victim = draw.choice(world.units)
        place = _same(world, victim, target.areas)
        other = _same(world, victim, draw.choice(target.known))
        yield _ask(world, place)
        yield _ask(world, f"{place} and not ({other})")
        yield _ask(world, f"{place} and {other}")
        yield _table(world, "", (f"p.{target.areas}",))
        yield _table(world, f"not ({_few(world)})", (f"p.{target.areas}",))
        yield _table(world, "", (f"p.{target.areas}", f"p.{draw.choice(target.known)}"))


def days(world: World) -> Iterator[Step]:
    """Everything up to the victim's day, and up to the day before; the same in the victim's district."""
    target = world.target
    while True:
        victim = world.draw.choice(world.units)
        day = _literal(world.of(victim, target.times))
        for place in ("", _same(world, victim, target.areas)):
            for sign in ("<=", "<", ">=", ">"):
                yield _ask(world, " and ".join(part for part in (place, f"p.{target.times} {sign} {day}") if part))


def subset(world: World) -> Iterator[Step]:
    """A list of values, and the list without one; the values that leave a few units out come first."""
    target, draw = world.target, world.draw
    while True:
        column = draw.choice((*target.known, target.areas))
        values = world.values(column)
        rare = sorted(values, key=lambda value: world.size(_equal(column, value)))[:8]
        chosen = draw.sample(values, min(len(values), draw.choice((3, 6, 12))))
        for left in ("", draw.choice(rare), *draw.sample(chosen, min(3, len(chosen)))):
            listed = ", ".join(_literal(value) for value in {*chosen, *rare[:2]} - {left})
            if listed:
                yield _ask(world, f"p.{column} in ({listed})")
            if left != "":
                yield _ask(world, f"p.{column} <> {_literal(left)}")


def binary_search(world: World) -> Iterator[Step]:
    """Halve a range of values around the victim until one is left, the half taken away asked as well."""
    target = world.target
    while True:
        victim = world.draw.choice(world.units)
        values = sorted(world.values(target.times))
        place = _same(world, victim, world.draw.choice((target.areas, *target.known)))
        own = world.of(victim, target.times)
        low, high = 0, len(values) - 1
        while low < high:
            middle = (low + high) // 2
            halves = ((low, middle), (middle + 1, high))
            for first, last in halves:
                span = f"p.{target.times} between {_literal(values[first])} and {_literal(values[last])}"
                yield _ask(world, f"{place} and {span}")
            low, high = halves[0] if own <= values[middle] else halves[1]


def averaging(world: World) -> Iterator[Step]:
    """One question about a few people, and one about many, in other words: noise would average out, a slip show."""
    target = world.target
    while True:
        victim = world.draw.choice(world.units)
        column = world.draw.choice(target.known)
        value, day = _literal(world.of(victim, column)), _literal(world.of(victim, target.times))
        plain = f"p.{column} = {value} and p.{target.times} >= {day}"
        for known in (
            plain,
            f"p.{target.times} >= {day} and p.{column} in ({value})",
            f"not (p.{column} <> {value}) and not (p.{target.times} < {day})",
            f"{plain} and 1 = 1",
            f"case when p.{column} = {value} then p.{target.times} >= {day} else false end",
            f"(p.{column} = {value}) = (p.{target.times} >= {day}) and p.{column} = {value}",
        ):
            yield _ask(world, known)
        for figure, condition, says in target.others:
            yield _ask(world, plain, figure=figure, condition=condition, says=says)
            yield _ask(world, "", figure=figure, condition=condition, says=says)


def prefix(world: World) -> Iterator[Step]:
    """The victim's text, character by character, and everyone without it."""
    target, draw = world.target, world.draw
    while True:
        victim, column = draw.choice(world.units), draw.choice(target.texts)
        text = str(world.of(victim, column)).replace("'", "")
        for length in sorted({*range(1, min(6, len(text)) + 1), len(text) - 1, len(text)} - {0}):
            yield _ask(world, f"p.{column} like '{text[:length]}%'")
        yield _ask(world, f"p.{column} not like '{text[: draw.randint(1, len(text))]}%'")


def limits(world: World) -> Iterator[Step]:
    """Row by row with LIMIT and OFFSET: of the units, of the groups, of a table of groups."""
    target = world.target
    rows = target.source + (f" where {target.condition}" if target.condition else "")
    figure, many = f"{target.figure} as n", f"p.{world.draw.choice(target.known)}"
    for place in count():
        few = f"p.{target.known[0]}"
        yield Step(sql=f"select count(*) as n from (select p.* from {rows} limit 1 offset {place}) q", known=None)
        yield Step(sql=f"select count(*) as n from (select p.* from {rows} order by p.{target.times} limit "
                       f"{place + target.k}) q", known=None)  # fmt: skip
        yield _table(world, "", (few,), tail=f" limit 1 offset {place}")
        yield _table(world, "", (many,), tail=f" order by 2 limit {place + 1}")
        yield _table(world, "", (many,), tail=f" order by 1 desc limit 2 offset {place}")
        yield Step(
            sql=f"select * from (select p.{target.areas} as k, {figure} from {rows} group by 1) q limit 1"
            f" offset {place % 6}",
            known="",
            keys=(f"p.{target.areas}",),
        )


def collusion(world: World) -> Iterator[Step]:
    """Three accounts take turns: parts of a whole, the whole, and all of them without the victims."""
    target, draw = world.target, world.draw
    while True:
        values = world.values(target.areas)
        places = draw.sample(values, min(3, len(values)))
        parts = [_equal(target.areas, place) for place in places]
        whole = f"p.{target.areas} in ({', '.join(_literal(place) for place in places)})"
        rest = f"not ({_few(world)})"
        for known in (*parts, whole, f"{whole} and {rest}", *(f"{part} and {rest}" for part in parts)):
            yield _ask(world, known)
        for figure, condition, says in target.others:
            yield _ask(world, whole, figure=figure, condition=condition, says=says)
            yield _ask(world, f"{whole} and {rest}", figure=figure, condition=condition, says=says)


def repetition(world: World) -> Iterator[Step]:
    """Everyone once and a few twice: both totals stand on the same units, their difference is that of the few."""
    target = world.target
    doubled = "(values (1), (2)) as again(time)"
    while True:
        few, pad = _few(world), _many(world)
        victim = world.draw.choice(world.units)
        own = _literal(world.of(victim, target.times))
        listed = f"left join (values ({own}), ({own})) as again(day) on again.day = p.{target.times}"
        for known in ("", pad):
            yield _ask(world, known)
            yield _repeated(world, f"{target.source} cross join {doubled}", known, f"again.time = 1 or ({few})", few)
            yield _repeated(world, f"{target.source} {listed}", known, "", f"p.{target.times} = {own}")


def _repeated(world: World, source: str, known: str, condition: str, twice: str) -> Step:
    target = world.target
    where = " and ".join(f"({part})" for part in (target.condition, known, condition) if part)
    sql = f"select {target.figure} as n from {source}" + (f" where {where}" if where else "")
    return Step(sql=sql, known=known, twice="" if "distinct" in target.figure else twice)


def tables(world: World) -> Iterator[Step]:
    """Whole tables with and without totals, one way and two, next to each other: their lines are equations too."""
    target, draw = world.target, world.draw
    columns = list(dict.fromkeys((f"p.{target.areas}", *(f"p.{column}" for column in target.known))))
    if isinstance(world.of(world.units[0], target.times), date):
        columns.append(f"year(p.{target.times})")
    while True:
        keys = tuple(draw.sample(columns, min(len(columns), draw.choice((1, 2)))))
        yield _table(world, "", keys)
        yield _table(world, "", keys, total=True)
        yield _table(world, _many(world), keys)
        for figure, condition, says in target.others:
            yield _table(world, "", keys[:1], figure=figure, condition=condition, says=says)


def crowding(world: World) -> Iterator[Step]:
    """A tracker among hundreds of harmless figures that stand on the same units: what it needs is one of many."""
    target = world.target
    keys = [f"p.{column}" for column in dict.fromkeys((target.areas, *target.known))]
    for pair in islice(combinations(keys, 2), 5):
        table = _table(world, "", pair, figure="count(*)", condition="")
        yield replace(table, known=None)
    yield from tracker(world)


ATTACKS: Mapping[str, Attack] = {
    "tracker": tracker,
    "area": area,
    "time": days,
    "subset": subset,
    "binary search": binary_search,
    "averaging": averaging,
    "prefix walk": prefix,
    "limit walk": limits,
    "collusion": collusion,
    "tables": tables,
    "repetition": repetition,
    "crowding": crowding,
}


# --------------------------------------------------------------------------- statements


def _ask(world: World, known: str, *, figure: str = "", condition: str | None = None, says: Says = "sum") -> Step:
    target = world.target
    own = target.condition if condition is None else condition
    where = " and ".join(f"({part})" for part in (own, known) if part)
    sql = f"select {figure or target.figure} as n from {target.source}" + (f" where {where}" if where else "")
    return Step(sql=sql, known=known, says=says)


def _table(
    world: World,
    known: str,
    keys: tuple[str, ...],
    *,
    figure: str = "",
    condition: str | None = None,
    says: Says = "sum",
    tail: str = "",
    total: bool = False,
) -> Step:
    one = _ask(world, known, figure=figure, condition=condition, says=says)
    shown = ", ".join(f"{key} as k{number}" for number, key in enumerate(keys))
    grouped = f"rollup ({', '.join(keys)})" if total else ", ".join(keys)
    sql = one.sql.replace("select ", f"select {shown}, ", 1) + f" group by {grouped}{tail}"
    return Step(sql=sql, known=known, keys=keys, says=says)


# --------------------------------------------------------------------------- conditions


def _few(world: World) -> str:
    """A condition on fewer than k units, one of them a victim drawn at random, by as few columns as it takes."""
    target, draw = world.target, world.draw
    for _ in range(20):
        victim = draw.choice(world.units)
        columns = draw.sample((*target.known, target.areas), len(target.known) + 1)
        parts: list[str] = []
        for column in columns:
            parts.append(_same(world, victim, column))
            if world.size(" and ".join(parts)) < target.k:
                return " and ".join(parts)
        parts.append(_same(world, victim, target.times))
        if world.size(" and ".join(parts)) < target.k:
            return " and ".join(parts[-draw.choice((1, 2, 3)) :]) if draw.random() < 0.3 else " and ".join(parts)
    return " and ".join(parts)


def _many(world: World) -> str:
    """A condition that holds for many and not for all: what a figure is padded with."""
    target, draw = world.target, world.draw
    for _ in range(20):
        column = draw.choice((*target.known, target.areas))
        condition = _equal(column, draw.choice(world.values(column)))
        if 3 * target.k <= world.size(condition) <= len(world.units) - 3 * target.k:
            return condition
    return _equal(target.areas, world.values(target.areas)[0])


def _same(world: World, unit: str, column: str) -> str:
    return _equal(column, world.of(unit, column))


def _equal(column: str, value: Any) -> str:
    return f"p.{column} = {_literal(value)}"


def _literal(value: Any) -> str:
    if isinstance(value, date):
        return f"date '{value.isoformat()[:10]}'"
    return str(value) if isinstance(value, int | float) else "'" + str(value).replace("'", "''") + "'"
