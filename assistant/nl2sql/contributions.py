"""What each privacy unit adds to an aggregate, and how the probe packs it: small builders of syntax trees."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from assistant.domain import AMOUNT_PLACES_BITS
from assistant.nl2sql.clauses import unwrap_aggregate
from assistant.nl2sql.expressions import PREDICATES
from assistant.nl2sql.functions import Kind, classify

_WHOSE = (2**AMOUNT_PLACES_BITS - 1) << (64 - AMOUNT_PLACES_BITS)
_TWO_VALUED = (exp.Corr, exp.CovarPop, exp.CovarSamp, exp.RegrSlope)


def quoted(name: str) -> exp.Identifier:
    return exp.to_identifier(name, quoted=True)


def column(table: str, name: str) -> exp.Column:
    return exp.Column(this=quoted(name), table=quoted(table))


def named(value: exp.Expr, name: str) -> exp.Alias:
    return exp.Alias(this=value, alias=quoted(name))


def call(name: str, *arguments: exp.Expr) -> exp.Anonymous:
    return exp.Anonymous(this=name, expressions=list(arguments))


def pack(**fields: exp.Expr) -> exp.Struct:
    """{'name': value, ...}"""
    return exp.Struct(expressions=[exp.PropertyEQ(this=quoted(k), expression=v) for k, v in fields.items()])


def fetch(value: exp.Expr, *path: str | int) -> exp.Expr:
    """value.name[1]...: fields by name, list items from 1."""
    for step in path:
        if isinstance(step, int):
            value = call("list_extract", value, exp.Literal.number(step))
        else:
            value = call("struct_extract", value, exp.Literal.string(step))
    return value


def contribution(aggregate: exp.Expr) -> exp.Expr | None:
    """The aggregate's share of one unit as DOUBLE: its sum, else how many of its rows counted. None for COUNT(*)."""
    inner, conditions, _ = unwrap_aggregate(aggregate)
    found = classify(inner)
    argument = _argument(inner)
    if found is None or (argument is None and not conditions):
        return None
    if argument is None:
        own: exp.Expr = exp.Count(this=exp.Star())
    elif isinstance(inner, exp.CountIf):
        own = exp.CountIf(this=argument.copy())
    elif found.kind in (Kind.MAGNITUDE, Kind.MOMENT) and not isinstance(inner, _TWO_VALUED):
        own = exp.Sum(this=argument.copy())
    else:
        own = exp.Count(this=argument.copy())
    for condition in conditions:
        own = exp.Filter(this=own, expression=exp.Where(this=condition.copy()))
    return call("coalesce", exp.cast(own, "DOUBLE"), exp.cast(exp.Literal.number(0), "DOUBLE"))


def _argument(inner: exp.Expr) -> exp.Expr | None:
    first = inner.this if not isinstance(inner, exp.Anonymous) else next(iter(inner.expressions), None)
    if isinstance(first, exp.Distinct):
        items = first.expressions
        first = items[0] if len(items) == 1 else exp.Tuple(expressions=[item.copy() for item in items])
    if isinstance(first, exp.Order):
        first = first.this if isinstance(first.this, exp.Expr) else first.expressions[0].this
    if not isinstance(first, exp.Expr) or isinstance(first, exp.Star) or first.find(exp.Column) is None:
        return None
    return first


def counts_units(aggregate: exp.Expr, unit: exp.Expr) -> bool:
    """True for COUNT(DISTINCT unit): every unit of the group adds one."""
    distinct = aggregate.this if isinstance(aggregate, exp.Count) else None
    return isinstance(distinct, exp.Distinct) and distinct.expressions == [unit]


def is_conditional(aggregate: exp.Expr) -> bool:
    """True when a condition inside the aggregate chooses among its units."""
    return isinstance(aggregate, exp.Filter) or any(
        isinstance(node, (exp.Case, exp.If, exp.Nullif, *PREDICATES)) for node in aggregate.walk()
    )


def unit_hash(unit: exp.Expr) -> exp.Expr:
    """The number that stands for a unit: the engine's 64-bit hash.

    Among a billion units less than one pair is expected to share a number. The ledger scrambles it under its own key.
    """
    return call("hash", unit)


def unit_amount(unit: exp.Expr, amount: exp.Expr) -> exp.Expr:
    """A number for a unit with what it adds: its first bits are those of the unit, the rest tell of unit and amount.

    The amount counts to 24 bits, so that the order in which an engine adds up does not show.
    """
    given = call("hash", unit.copy(), exp.cast(amount.copy(), "FLOAT"))
    whose = exp.BitwiseAnd(this=unit_hash(unit.copy()), expression=_as(exp.Literal.number(_WHOSE), "UBIGINT"))
    rest = exp.BitwiseRightShift(this=given, expression=exp.Literal.number(AMOUNT_PLACES_BITS))
    return exp.BitwiseOr(this=exp.Paren(this=whose), expression=exp.Paren(this=rest))


def rows_packed(unit: exp.Expr, magnitudes: int) -> list[exp.Expr]:
    """Columns u, s and m of a group of base rows whose aggregates need no share of each unit.

    s repeats, so u is left NULL (the length of s without repeats); a magnitude of NULLs means: every unit, one each.
    """
    kinds = {"n": "BIGINT", "t": "DOUBLE", "x": "DOUBLE[]", "s": "UBIGINT[]", "a": "UBIGINT[]"}
    nothing = pack(**{name: _null(kind) for name, kind in kinds.items()})
    parts: list[exp.Expr] = [nothing.copy() for _ in range(magnitudes)]
    return [
        named(_null("BIGINT"), "u"),
        named(call("list", unit_hash(unit)), "s"),
        named(exp.Array(expressions=parts) if parts else exp.Null(), "m"),
    ]


def _null(kind: str) -> exp.Expr:
    return _as(exp.Null(), kind)


def _as(value: exp.Expr, kind: str) -> exp.Expr:
    return exp.cast(value, kind, dialect="duckdb")


def units_packed(unit: exp.Expr, contributions: Sequence[tuple[exp.Expr, bool]]) -> list[exp.Expr]:
    """Columns u (units), s (their hashes) and m (one struct per contribution) over rows of one unit each."""
    hashed = unit_hash(unit)
    parts = [_magnitude(value, unit, chosen) for value, chosen in contributions]
    return [
        named(exp.Count(this=exp.Star()), "u"),
        named(call("list", hashed.copy()), "s"),
        named(exp.Array(expressions=parts) if parts else exp.Null(), "m"),
    ]


def _magnitude(value: exp.Expr, unit: exp.Expr, chosen: bool) -> exp.Struct:
    """n: units with a non-zero share, t: their total, x: the two largest shares, s: their hashes if chosen, a: who
    adds how much (unit_amount)."""
    nonzero = exp.NEQ(this=value.copy(), expression=exp.Literal.number(0))
    given = exp.Where(this=nonzero.copy())
    members: exp.Expr = _null("UBIGINT[]")
    if chosen:
        members = exp.Filter(this=call("list", unit_hash(unit.copy())), expression=given.copy())
    return pack(
        n=exp.CountIf(this=nonzero),
        t=exp.Sum(this=value.copy()),
        x=call("max", exp.Abs(this=value.copy()), exp.Literal.number(2)),
        s=members,
        a=exp.Filter(this=call("list", unit_amount(unit, value)), expression=given),
    )


def cells_merged(cell: exp.Expr, magnitudes: int, *, additive: bool) -> exp.Expr:
    """One cell for a group of cells. Additive figures stand on all their units; of anything else (an average of
    averages, a maximum) the weakest part decides. Upper bounds are kept for the largest shares."""
    members = _united(fetch(cell, "s"))
    own = _units(cell)
    least = exp.Min(this=own)
    units: exp.Expr = call("len", members.copy()) if additive else least
    spare = exp.Min(this=exp.Sub(this=fetch(cell.copy(), "b"), expression=own.copy()))
    parts = [_merged(cell, position, additive=additive) for position in range(1, magnitudes + 1)]
    merged = pack(
        u=units,
        s=members,
        m=exp.Array(expressions=parts) if parts else exp.Null(),
        b=exp.Add(this=exp.Paren(this=units.copy()), expression=spare),
    )
    speaks = exp.GT(this=exp.Count(this=cell.copy()), expression=exp.Literal.number(0))
    return exp.Case(ifs=[exp.If(this=speaks, true=merged)])


def _merged(cell: exp.Expr, position: int, *, additive: bool) -> exp.Struct:
    part = fetch(cell, "m", position)
    count = call("coalesce", fetch(part, "n"), _units(cell))
    shares = [exp.Sum(this=_or_one(fetch(part.copy(), "x", rank))) for rank in (1, 2)]
    return pack(
        n=exp.Max(this=count) if additive else exp.Min(this=count),
        t=exp.Sum(this=call("coalesce", fetch(part.copy(), "t"), _units(cell))),
        x=exp.Array(expressions=shares),
        s=_united(fetch(part.copy(), "s")),
        a=_united(fetch(part.copy(), "a")),
    )


def _units(cell: exp.Expr) -> exp.Expr:
    return call("coalesce", fetch(cell.copy(), "u"), call("len", call("list_distinct", fetch(cell.copy(), "s"))))


def _or_one(share: exp.Expr) -> exp.Expr:
    """The share of a unit that is merely counted."""
    return call("coalesce", share, exp.Literal.number(1))


def _united(lists: exp.Expr) -> exp.Expr:
    return call("list_distinct", call("flatten", call("list", lists.copy())))
