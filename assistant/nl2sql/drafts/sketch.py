"""What a question asks of a schema, as a value: outputs, conditions, groups, order. SQL is compiled from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Function: TypeAlias = Literal["", "count", "avg", "sum", "max", "min"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ref:
    table: str
    column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """A column, a function of it, or count(*) where `ref` is None."""

    function: Function = ""
    ref: Ref | None = None
    distinct: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """`ref` `op` any of `values`; with `of` the other side is that function of `ref` over its whole table."""

    ref: Ref
    op: str  # = != > >= < <= like between
    values: tuple[str | float, ...] = ()
    of: Function = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """What the rows asked for must not have: related rows of `tables` with `conditions`."""

    tables: tuple[str, ...]
    conditions: tuple[Condition, ...] = ()
    of_value: bool = False  # of a value that rows share (type codes not used by any document): no row of it may be met


@dataclass(frozen=True, slots=True, kw_only=True)
class CountBound:
    """How many related rows there are: more than 2, between 1 and 2."""

    op: str  # = != > >= < <= between
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """One question over one schema; the names are the schema's own."""

    focus: str  # the table whose rows are asked for
    outputs: tuple[Output, ...]
    conditions: tuple[Condition, ...] = ()
    any_of: bool = False  # conditions are alternatives
    both: bool = False  # two values of one column must both be met, by different related rows
    groups: tuple[Ref, ...] = ()
    having: CountBound | None = None
    order: tuple[tuple[Output, bool], ...] = ()  # (what, descending)
    limit: int | None = None
    related: tuple[str, ...] = ()  # tables that must be joined though nothing of them is shown
    absent: Absent | None = None
    distinct: bool = False
    said: frozenset[str] = frozenset()  # stems of the question, to tell two ways of joining apart
    coverage: float = 0.0  # 0-1: share of the content words that the sketch carries
    strength: float = 0.0  # 0-1: the weakest link
    left: tuple[str, ...] = ()  # words that say what is asked for and that nothing explains
