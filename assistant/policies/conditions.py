"""The closed vocabulary of the decision table's cells: one small function a word; never eval.

Each function looks at one use of one column and says what happens. The words are explained for their readers at the
top of default/decision_table.yaml and in docs/policies.md (a test keeps the three lists equal).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from assistant.domain import (
    CatalogResource,
    Classification,
    ColumnRole,
    ColumnUse,
    Grant,
    GrantMode,
    Outcome,
    QueryFacts,
    Shape,
    Usage,
)
from assistant.policies.policy_set import PolicySet
from assistant.policies.protection import is_unit_table

MOMENT = "moment"  # detail of a magnitude that is no plain total
CONDITION = "condition"  # detail of a column that chose an aggregate's rows
_USUAL_SHARES = 0.05  # quartiles, deciles, P5 and P95 are multiples of it
_IDENTIFYING = (ColumnRole.DIRECT_ID, ColumnRole.SURROGATE_KEY)


@dataclass(frozen=True, slots=True, kw_only=True)
class UseContext:
    """What a condition may look at."""

    use: ColumnUse
    label: Classification
    resource: CatalogResource
    facts: QueryFacts
    grant: Grant
    policies: PolicySet
    hidden_choice: bool = False  # a protected item of any table chooses, groups or links the rows


@dataclass(frozen=True, slots=True, kw_only=True)
class CellVerdict:
    """What one cell of the table says of one use."""

    outcome: Outcome
    protect: bool = False  # the result's cells need the unit threshold
    zero: bool = False  # and a zero counts as a small cell
    factor: int = 1  # times the threshold
    least: int = 0  # units at least, whatever the threshold
    rounded: bool = False  # percentiles are given in round numbers only


Condition = Callable[[UseContext], CellVerdict]

_ALLOW = CellVerdict(outcome=Outcome.ALLOW)
_SMALL = CellVerdict(outcome=Outcome.ALLOW, protect=True)
_SMALL_ZERO = CellVerdict(outcome=Outcome.ALLOW, protect=True, zero=True)
_MASK = CellVerdict(outcome=Outcome.MASK)
_SUPPRESS = CellVerdict(outcome=Outcome.SUPPRESS, protect=True, zero=True)
_AGGREGATE = CellVerdict(outcome=Outcome.AGGREGATE_ONLY)
_APPROVAL = CellVerdict(outcome=Outcome.NEEDS_APPROVAL)
_REFUSE = CellVerdict(outcome=Outcome.REFUSE)


def _suppress_moments(context: UseContext) -> CellVerdict:
    """Total, spread and skewness of a few are equations for their values; so are totals of products and roundings."""
    numbers = context.policies.thresholds
    small = _SMALL_ZERO if context.label.role in numbers.zero_is_disclosive else _SMALL
    return replace(small, least=numbers.moment_min_units) if context.use.detail == MOMENT else small


def _suppress_2k(context: UseContext) -> CellVerdict:
    """Among values that the asker put in, a percentile can be any value of a part of the rows: their extreme, too."""
    shares, marks = _percentile(context.use)
    if "made" in marks:
        return _AGGREGATE
    factor = math.ceil(context.policies.thresholds.percentile_factor * 0.5 / min(shares))
    zero = context.label.role in context.policies.thresholds.zero_is_disclosive
    return CellVerdict(outcome=Outcome.ALLOW, protect=True, zero=zero, factor=factor)


def _rounded_2k(context: UseContext) -> CellVerdict:
    """A sum inside would shift the digits that rounding takes away, and a row of close percentiles lists the values."""
    shares, marks = _percentile(context.use)
    if marks or not all(map(_is_usual, shares)) or not _is_number(context):
        return _REFUSE
    return replace(_suppress_2k(context), rounded=True)


def _is_usual(share: float) -> bool:
    steps = share / _USUAL_SHARES
    return abs(steps - round(steps)) < 1e-9


def _percentile(use: ColumnUse) -> tuple[tuple[float, ...], frozenset[str]]:
    """(shares of the rows on the emptier side, marks) of a percentile as the facts have it: "0.25,0.5 made"."""
    words = [] if use.detail == CONDITION else use.detail.removesuffix("whole table").split()
    try:
        shares = tuple(float(share) for share in words[0].split(",")) if words else (0.5,)
    except ValueError:
        return (0.5,), frozenset(words)
    return shares, frozenset(words[1:])


def _is_number(context: UseContext) -> bool:
    """A condition in a percentile's FILTER is not rounded, whatever it is."""
    if context.use.detail == CONDITION:
        return True
    element = next((e for e in context.resource.elements if e.column == context.use.column), None)
    return element is not None and element.type in ("integer", "number")


def _listed_pair(context: UseContext) -> CellVerdict:
    use = context.use
    return _SMALL if use.detail and context.policies.pair_is_listed(use.element_id, use.detail) else _REFUSE


def _distinct_only(context: UseContext) -> CellVerdict:
    use = context.use
    return _SMALL if "distinct" in f"{use.detail} {use.aggregate or ''}".lower() else _REFUSE


def _is_narrow(context: UseContext, *, unbinned: bool) -> bool:
    """Narrower than the owner's bin; `unbinned` is the answer where the owner declared none."""
    width, span = context.label.bin_width, context.use.span
    if width is None:
        return unbinned
    return span is not None and span < width


def _bins_or_refuse(context: UseContext) -> CellVerdict:
    return _REFUSE if _is_narrow(context, unbinned=True) else _SMALL_ZERO


def _bins_or_suppress(context: UseContext) -> CellVerdict:
    """A zero looks like a small number: else a search for where the zeros begin ends at the largest value."""
    return _SUPPRESS if _is_narrow(context, unbinned=context.use.span is not None) else _SMALL_ZERO


def _bins_only(context: UseContext) -> CellVerdict:
    if context.use.detail != "bin" or _is_narrow(context, unbinned=False):
        return _AGGREGATE
    return _SMALL


def _counted(facts: QueryFacts) -> bool:
    return facts.shape is Shape.AGGREGATE and facts.countable


def _counted_only(context: UseContext) -> CellVerdict:
    return _SMALL if _counted(context.facts) else _REFUSE


def _pair_counted_only(context: UseContext) -> CellVerdict:
    return _listed_pair(context) if _counted(context.facts) else _REFUSE


def _free_tables_only(context: UseContext) -> CellVerdict:
    """A list of values is a list of units, whatever the values are."""
    return _AGGREGATE if is_unit_table(context.resource) else _ALLOW


def _no_hidden_choice(context: UseContext) -> CellVerdict:
    """An extreme, or how many values there are, tells of single units once a protected item chose the rows."""
    use = context.use
    plain_count = use.usage is Usage.COUNT and "distinct" not in use.detail
    whole = use.output is None and use.detail.endswith("whole table")  # compared with, and nothing chose its rows
    bent = use.usage is Usage.EXTREME and use.detail == "bent"  # a total of a neutral item, however it is computed
    if plain_count or whole or bent or not is_unit_table(context.resource) or not context.hidden_choice:
        return _ALLOW
    return _AGGREGATE


def _listed_only(context: UseContext) -> CellVerdict:
    return _ALLOW if context.use.column in context.grant.columns else _REFUSE


def _one_case(context: UseContext) -> CellVerdict:
    """An approved case, or a query pinned to one unit of this scan by a top-level equality."""
    if context.grant.mode is GrantMode.CASE and context.grant.approval_doc:
        return _ALLOW
    return _ALLOW if is_pinned(context.facts, context.resource, context.use.scan) else _APPROVAL


def is_pinned(facts: QueryFacts, resource: CatalogResource, scan: str) -> bool:
    """True when a conjunct fixes an identifying column of this scan to one value, here or where it is joined to."""
    identifying = {e.column for e in resource.elements if e.label is not None and e.label.role in _IDENTIFYING}
    identifying.add(resource.unit_column)
    own = [use for use in facts.uses if (use.table, use.scan) == (resource.table, scan) and use.column in identifying]
    return any(
        _is_fixed(use.element_id, scan, facts)
        or (use.usage is Usage.JOIN and use.conjunct and _is_fixed_everywhere(use.detail, facts))
        for use in own
    )


def _is_fixed(element_id: str, scan: str, facts: QueryFacts) -> bool:
    return any(
        use.usage is Usage.FILTER_EQUAL
        and use.conjunct
        and (use.element_id, use.scan) == (element_id, scan)
        and _fixes_one_value(use, facts)
        for use in facts.uses
    )


def _is_fixed_everywhere(element_id: str, facts: QueryFacts) -> bool:
    """In every scan of its table: facts do not say which scan a join leads to."""
    scans = {use.scan for use in facts.uses if use.table == element_id.rpartition(".")[0]}
    return bool(scans) and all(_is_fixed(element_id, scan, facts) for scan in scans)


def _fixes_one_value(use: ColumnUse, facts: QueryFacts) -> bool:
    operator = use.detail.strip().lower()
    if operator in ("=", "==", "in") and len(set(use.values)) == 1:
        return use.values[0] is not None
    # a correlated subquery may give another value for every row
    correlated = any(other.usage is Usage.SUBQUERY and other.detail == "correlated" for other in facts.uses)
    return operator == "= subquery" and not correlated


CONDITIONS: Mapping[str, Condition] = {
    "allow": lambda _: _ALLOW,
    "suppress_small": lambda _: _SMALL,
    "suppress_small_zero": lambda _: _SMALL_ZERO,
    "suppress_moments": _suppress_moments,
    "suppress_2k": _suppress_2k,
    "rounded_2k": _rounded_2k,
    "mask": lambda _: _MASK,
    "aggregate_only": lambda _: _AGGREGATE,
    "needs_approval": lambda _: _APPROVAL,
    "refuse": lambda _: _REFUSE,
    "listed_pair": _listed_pair,
    "distinct_only": _distinct_only,
    "bins_or_refuse": _bins_or_refuse,
    "bins_or_suppress": _bins_or_suppress,
    "bins_only": _bins_only,
    "counted_only": _counted_only,
    "pair_counted_only": _pair_counted_only,
    "free_tables_only": _free_tables_only,
    "no_hidden_choice": _no_hidden_choice,
    "listed_only": _listed_only,
    "one_case": _one_case,
}

# A workspace may replace a word only by one that is stricter in every situation.
STRICTER: Mapping[str, frozenset[str]] = {
    "allow": frozenset(CONDITIONS) - {"allow"},
    "suppress_small": frozenset(CONDITIONS) - {"allow", "suppress_small", "mask", "listed_only", "one_case"},
    "suppress_moments": frozenset({"aggregate_only", "needs_approval", "refuse"}),
    "suppress_small_zero": frozenset({"aggregate_only", "needs_approval", "refuse", "bins_or_refuse"}),
    "suppress_2k": frozenset({"rounded_2k", "aggregate_only", "needs_approval", "refuse"}),
    "rounded_2k": frozenset({"aggregate_only", "needs_approval", "refuse"}),
    "mask": frozenset({"aggregate_only", "needs_approval", "refuse"}),
    "aggregate_only": frozenset({"needs_approval", "refuse"}),
    "needs_approval": frozenset({"refuse"}),
    "refuse": frozenset(),
    **{
        word: frozenset({"refuse"})
        for word in (
            "listed_pair", "distinct_only", "bins_or_refuse", "bins_or_suppress", "bins_only", "counted_only",
            "pair_counted_only", "free_tables_only", "no_hidden_choice", "listed_only", "one_case",
        )
    },
}  # fmt: skip
