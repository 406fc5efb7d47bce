"""Statements that nobody would think of: random aggregates over a schema, far wider than the templates of the corpus.

Most are refused, and rightly. What is left is asked in paired worlds (paired_run.py) and compared with what the plain
engine says (tests/properties/test_random_statements.py).
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Values = Mapping[tuple[str, str], Sequence[Any]]  # (table, column): values that occur
Joins = Mapping[tuple[str, str], tuple[str, str]]  # (table, table): the columns that are equal
Schema = Mapping[str, Mapping[str, str]]

JOINS: Joins = {
    ("pop_resident", "mca_lowincome"): ("person_id", "person_id"),
    ("pop_resident", "health_visit"): ("person_id", "person_id"),
    ("pop_resident", "estate_unit"): ("person_id", "owner_person_id"),
    ("pop_resident", "dim_district"): ("district_code", "district_code"),
    ("mca_lowincome", "health_visit"): ("person_id", "person_id"),
    ("mca_lowincome", "dim_district"): ("district_code", "district_code"),
    ("estate_unit", "dim_district"): ("district_code", "district_code"),
    ("tax_return", "sam_enterprise"): ("uscc", "uscc"),
    ("stat_survey", "sam_enterprise"): ("uscc", "uscc"),
    ("sam_enterprise", "dim_district"): ("district_code", "district_code"),
}
_NUMBERS = ("INTEGER", "DOUBLE")
_DATES = ("DATE", "TIMESTAMP")
_TOTALS = (
    *("sum",) * 6, *("avg",) * 4, "stddev", "stddev_pop", "var_samp", "skewness", "kurtosis", "median", "min", "max",
    "first", "any_value", "mode", "mad", "bit_or", "quantile_cont",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """A column under the alias of its table."""

    alias: str
    table: str
    name: str
    kind: str

    def __str__(self) -> str:
        return f"{self.alias}.{self.name}"


class Statements:
    """Draws statements. Literals are taken from `values`, so that conditions hit; columns without any are left out."""

    def __init__(self, schema: Schema, values: Values, joins: Joins, draw: random.Random) -> None:
        self._schema = {
            table: {c: k for c, k in own.items() if values.get((table, c))} for table, own in schema.items()
        }
        self._values = values
        self._joins = dict(joins)
        self._draw = draw
        self._scope: list[tuple[str, str]] = []  # (table, alias) of the SELECT at hand
        self._inner = 0

    def drawn(self, many: int) -> Iterator[str]:
        for _ in range(many):
            yield self.statement()

    def statement(self) -> str:
        """A SELECT, at times ordered and cut, nested, compared with another, in a window or in a set operation."""
        keys, query = self._select()
        shape = self._draw.random()
        if shape < 0.12 and keys:
            order = self._one_of("1", str(keys + 1), f"{keys + 1} desc")
            return f"{query} order by {order}" + (f" limit {self._one_of('1', '2', '5')}" if shape < 0.07 else "")
        if shape < 0.22:
            total = self._one_of("sum", "avg", "max", "min", "count", "median", "stddev")
            return f"select {total}(m0) as x, count(*) as y from ({query}) q"
        if shape < 0.27:
            return f"with q as ({query}) select * from q where m0 > {self._one_of('1', '10', '100')}"
        if shape < 0.31:
            return f"{query} {self._one_of('union all', 'union', 'intersect', 'except')} {self._select(keys)[1]}"
        if shape < 0.36:
            other = self._select(0)[1]
            return f"with q as ({query}), r as ({other}) select q.m0 {self._one_of('/', '-', '+')} r.m0 as x from q, r"
        if shape < 0.42 and keys:
            return f"select k0, m0, {self._window()} as w from ({query}) q"
        if shape < 0.5:
            return self._of_groups()
        return query

    # ----------------------------------------------------------------------- statements

    def _select(self, keys: int | None = None) -> tuple[int, str]:
        """(how many keys, the query with outputs k0.. and m0)."""
        source = self._source()
        wanted = [self._key() for _ in range(self._draw.choice((0, 0, 1, 1, 1, 2)) if keys is None else keys)]
        outputs = [f"{key} as k{i}" for i, key in enumerate(wanted)] + [f"{self._after(self._aggregate())} as m0"]
        where = f" where {self._condition(2)}" if self._chance(0.5) else ""
        query = f"select {', '.join(outputs)} from {source}{where}"
        if wanted:
            listed = ", ".join(wanted)
            margins = (f"rollup({listed})", f"cube({listed})", f"grouping sets (({listed}), ())")
            query += f" group by {self._one_of(*margins) if self._chance(0.15) else listed}"
            query += f" having {self._aggregate()} > {self._one_of('0', '10', '50')}" if self._chance(0.08) else ""
        return len(wanted), query

    def _of_groups(self) -> str:
        """Groups of groups: how many have so many, or the total over those that have many."""
        source = self._source()
        inner = f"select {self._column()} as u, {self._aggregate()} as n from {source} group by 1"
        if self._chance(0.5):
            return f"select n, count(*) as c from ({inner}) q group by 1"
        total = self._one_of("sum", "avg", "count", "median", "stddev")
        return f"select {total}(n) as c from ({inner}) q where n > {self._one_of('1', '2', '10', '100')}"

    def _window(self) -> str:
        return self._one_of(
            "sum(m0) over ()", "rank() over (order by m0 desc)", "lag(m0) over (order by k0)",
            "m0 * 1.0 / sum(m0) over ()", "sum(m0) over (order by k0)", "max(m0) over ()", "count(*) over ()",
        )  # fmt: skip

    def _source(self) -> str:
        if self._chance(0.55):
            table = self._draw.choice([name for name, columns in self._schema.items() if columns])
            self._scope = [(table, "a")]
            return f"{table} a"
        (left, right), (one, other) = self._draw.choice(list(self._joins.items()))
        if self._chance(0.5):
            left, right, one, other = right, left, other, one
        self._scope = [(right, "b")]
        more = f" and {self._condition(1)}" if self._chance(0.15) else ""
        self._scope = [(left, "a"), (right, "b")]
        kind = self._one_of("join", "join", "join", "join", "left join", "right join", "full join")
        return f"{left} a {kind} {right} b on a.{one} = b.{other}{more}"

    # ----------------------------------------------------------------------- values

    def _column(self, *kinds: str) -> Place:
        """Any column in scope; one of these types where there is one."""
        places = [
            Place(alias, table, name, kind)
            for table, alias in self._scope
            for name, kind in self._schema[table].items()
        ]
        return self._draw.choice([place for place in places if place.kind in kinds] or places)

    def _number(self, depth: int) -> str:
        column = self._column(*_NUMBERS)
        if depth <= 0 or column.kind not in _NUMBERS or self._chance(0.35):
            return str(column) if column.kind in _NUMBERS else self._one_of("1", "2", "100", "0.5")
        first, second = self._number(depth - 1), self._number(depth - 1)
        condition = self._condition(depth - 1)
        return self._one_of(
            f"({first} {self._one_of('+', '-', '*')} {second})",
            f"({first} {self._one_of('/', '%')} {self._one_of('2', '10', '7')})",
            f"case when {condition} then {first} else {second} end", f"case when {condition} then {first} end",
            f"coalesce({first}, 0)", f"{self._one_of('abs', 'round', 'floor', 'ceil', 'sign')}({first})",
            f"({condition})::int", f"{self._one_of('greatest', 'least', 'nullif')}({first}, {second})",
        )  # fmt: skip

    def _aggregate(self) -> str:
        chosen = f" filter (where {self._condition(1)})" if self._chance(0.15) else ""
        column, kind = self._column(), self._draw.random()
        if kind < 0.3:
            return f"count(*){chosen}"
        if kind < 0.42:
            return f"count({self._one_of('', 'distinct ')}{column}){chosen}"
        if kind < 0.8:
            name = self._draw.choice(_TOTALS)
            share = f", {self._one_of('0.1', '0.5', '0.9')}" if name == "quantile_cont" else ""
            distinct = "distinct " if self._chance(0.1) else ""
            return f"{name}({distinct}{self._number(self._draw.choice((0, 0, 1, 2)))}{share}){chosen}"
        if kind < 0.85:
            return f"{self._one_of('corr', 'covar_samp', 'regr_slope')}({self._number(1)}, {self._number(1)})"
        if kind < 0.9:
            return f"{self._one_of('min', 'max', 'any_value', 'mode', 'string_agg')}({column})"
        return f"({self._aggregate()} {self._one_of('/', '-', '+')} {self._one_of(self._aggregate(), '2', '100')})"

    def _after(self, figure: str) -> str:
        if self._chance(0.7):
            return figure
        return self._one_of(
            f"round({figure}, {self._one_of('0', '1', '-1')})", f"coalesce({figure}, 0)", f"{figure} > 10",
            f"case when {figure} > {self._one_of('1', '10', '100', '1000')} then 1 else 0 end",
        )  # fmt: skip

    def _key(self) -> str:
        column = self._column()
        if self._chance(0.6):
            return str(column)
        if column.kind in _DATES:
            return self._one_of(f"year({column})", f"month({column})", f"date_trunc('month', {column})")
        if column.kind in _NUMBERS:
            return self._one_of(f"floor({column} / 100)", f"round({column}, -2)", f"({column}::int % 2)")
        if column.kind == "VARCHAR":
            return self._one_of(
                f"left({column}, 2)", f"length({column})", f"({column} is null)", f"coalesce({column}, '-')"
            )
        return f"({self._condition(0)})"

    # ----------------------------------------------------------------------- conditions

    def _condition(self, depth: int) -> str:
        if depth > 0 and self._chance(0.25):
            first, second = self._condition(depth - 1), self._condition(depth - 1)
            return self._one_of(f"({first} and {second})", f"({first} or {second})", f"not ({first})")
        if depth > 0 and self._chance(0.1):
            return self._about_another_table()
        column = self._column()
        literal = self._literal(column)
        return self._one_of(
            f"{column} = {literal}", f"{column} = {literal}", f"{column} {self._one_of('<>', '<', '>=')} {literal}",
            f"{column} in ({literal}, {self._literal(column)})", f"{column} is {self._one_of('', 'not ')}null",
            f"{column} between {literal} and {self._literal(column)}",
        )  # fmt: skip

    def _about_another_table(self) -> str:
        """EXISTS and IN over a table that a table in scope is joined to; elsewhere a comparison with an average."""
        ways = [
            (alias, own, other, theirs)
            for (left, right), (one, two) in self._joins.items()
            for table, alias in self._scope
            for mine, own, other, theirs in ((left, one, right, two), (right, two, left, one))
            if mine == table
        ]
        if not ways:
            column = self._column(*_NUMBERS)
            return f"{column} > (select avg({column.name}) from {column.table})" if column.kind in _NUMBERS else "true"
        alias, own, other, theirs = self._draw.choice(ways)
        self._inner += 1
        outer, name = self._scope, f"s{self._inner}"
        self._scope = [(other, name)]
        condition = self._condition(0)
        self._scope = outer
        denied = self._one_of("", "not ")
        return self._one_of(
            f"{alias}.{own} {denied}in (select {name}.{theirs} from {other} {name} where {condition})",
            f"{denied}exists (select 1 from {other} {name} where {name}.{theirs} = {alias}.{own} and {condition})",
        )

    def _literal(self, column: Place) -> str:
        value = self._draw.choice(self._values[column.table, column.name])
        if value is None:
            return "null"
        if column.kind in _NUMBERS or column.kind == "BOOLEAN":
            return str(value).lower()
        text = str(value).replace("'", "''")
        return f"{column.kind.lower()} '{text}'" if column.kind in _DATES else f"'{text}'"

    def _one_of(self, *texts: str) -> str:
        return self._draw.choice(texts)

    def _chance(self, share: float) -> bool:
        return self._draw.random() < share


def values_in(file: Any, schema: Schema, *, most: int = 300) -> dict[tuple[str, str], list[Any]]:
    """Values that occur in a closed warehouse file, in order."""
    import duckdb

    with duckdb.connect(str(file), read_only=True) as database:
        return {
            (table, column): [
                value
                for (value,) in database.execute(
                    f"select distinct {column} from {table} order by 1 limit {most}"
                ).fetchall()
            ]
            for table, columns in schema.items()
            for column in columns
        }
