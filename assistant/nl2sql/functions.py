"""The functions a query may call, as data: what each one does to the column it is given, and whether it can fail.

A name that is not here is refused (`unknown_function`). Two tables, because sqlglot gives well-known functions a node
class of their own (its lower-cased class name is the key) and leaves the rest anonymous (the written name is the key).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlglot import exp

from assistant.domain import Usage


class Kind(StrEnum):
    SCALAR = "scalar"  # value in, value out, row by row
    PATTERN = "pattern"  # a predicate that looks inside a text
    COUNT = "count"
    MAGNITUDE = "magnitude"
    MOMENT = "moment"  # a spread or a joint course: with sum and count, one equation more for the single values
    EXTREME = "extreme"  # returns one row's value
    COLLECT = "collect"  # returns many rows' values
    PERCENTILE = "percentile"
    RANK = "rank"  # window only: a position, not a value
    OFFSET = "offset"  # window only: another row's value
    MARGIN = "margin"  # GROUPING(): tells a margin from a key


class Raises(StrEnum):
    """When a call can fail at run time, or cost more for some values than for others."""

    NEVER = "never"
    ALWAYS = "always"
    PATTERN = "pattern"  # unless every argument after the first is a constant


@dataclass(frozen=True, slots=True)
class FunctionClass:
    kind: Kind
    raises: Raises = Raises.NEVER


AGGREGATE_USAGE = {
    Kind.COUNT: Usage.COUNT,
    Kind.MAGNITUDE: Usage.MAGNITUDE,
    Kind.MOMENT: Usage.MAGNITUDE,
    Kind.EXTREME: Usage.EXTREME,
    Kind.COLLECT: Usage.COLLECT,
    Kind.PERCENTILE: Usage.PERCENTILE,
}
WINDOW_ONLY = frozenset({Kind.RANK, Kind.OFFSET})

_TYPED = {
    (Kind.SCALAR, Raises.NEVER): """
        abs ceil floor round sign coalesce nullif greatest least if case upper lower trim substring left right length
        concat concatws replace translate reverse strposition ascii unicode md5 sha sha2 hex tobase64 encode initcap
        levenshtein year month day quarter week weekofyear dayofweek dayofweekiso dayofyear dayname monthname hour
        minute second extract timestamptrunc datetrunc datediff timetostr lastday currentdate timetounix cbrt pi isnan
        isinf typeof array arraysize arraydistinct arraysort arrayslice arrayconcat arraycontains arrayposition
        arraytostring flatten explode unnest struct structextract jsonobject jsonarray splitpart split
        trycast trunc exp tobinary bracket""",
    (Kind.SCALAR, Raises.ALWAYS): """
        sqrt ln log strtotime date timestamp datefromparts timestampfromparts unhex frombase64 decode factorial chr
        parsejson jsonextract jsonextractscalar unixtotime todays datebin format tochar repeat sin cos tan map tomap""",
    (Kind.SCALAR, Raises.PATTERN): "pow pad regexpreplace regexpextract regexpextractall dateadd datesub",
    (Kind.PATTERN, Raises.NEVER): "startswith endswith contains",
    (Kind.PATTERN, Raises.PATTERN): "regexplike regexpfullmatch",
    (Kind.COUNT, Raises.NEVER): "count countif approxdistinct",
    (Kind.MAGNITUDE, Raises.NEVER): "sum avg",
    (Kind.MOMENT, Raises.NEVER): """
        stddev stddevpop stddevsamp variance variancepop skewness kurtosis corr covarpop covarsamp regrslope""",
    (Kind.EXTREME, Raises.NEVER): """
        min max first last anyvalue argmax argmin mode logicaland logicalor bitwiseandagg bitwiseoragg
        bitwisexoragg""",
    (Kind.COLLECT, Raises.NEVER): "arrayagg groupconcat approxtopk",
    (Kind.PERCENTILE, Raises.NEVER): "median quantile percentilecont percentiledisc approxquantile",
    (Kind.RANK, Raises.NEVER): "rownumber rank denserank percentrank cumedist ntile",
    (Kind.OFFSET, Raises.NEVER): "lag lead firstvalue lastvalue nthvalue",
    (Kind.MARGIN, Raises.NEVER): "grouping groupingid",
}
_NAMED = {
    (Kind.SCALAR, Raises.NEVER): """
        add subtract multiply divide date_part datepart date_sub datesub age strlen bin hash strip_accents
        nfc_normalize isfinite to_json row_to_json row list_extract list_position list_slice map_extract element_at
        json_quote base64 try_strptime weekday yearweek era century decade julian ord even jaccard hamming bit_count
        json_valid json_type array_extract""",
    (Kind.SCALAR, Raises.ALWAYS): "gcd lcm greatest_common_divisor printf to_years to_months json_value",
    (Kind.PATTERN, Raises.NEVER): "prefix suffix",
    (Kind.PATTERN, Raises.PATTERN): "like_escape ilike_escape not_like_escape",
    (Kind.COUNT, Raises.NEVER): "count_star",
    (Kind.MAGNITUDE, Raises.NEVER): "mean fsum favg kahan_sum",
    (Kind.EXTREME, Raises.NEVER): "arbitrary",
    (Kind.COLLECT, Raises.NEVER): "histogram json_group_array json_group_object",
    (Kind.PERCENTILE, Raises.NEVER): "reservoir_quantile mad",
}


def _table(rows: dict[tuple[Kind, Raises], str]) -> dict[str, FunctionClass]:
    return {name: FunctionClass(kind, raises) for (kind, raises), names in rows.items() for name in names.split()}


_BY_CLASS = _table(_TYPED)
_BY_NAME = _table(_NAMED)

# Nodes that sqlglot models as functions but that are operators here; their flow is read by expressions.py.
_OPERATORS: tuple[type[exp.Expr], ...] = (
    exp.And, exp.Or, exp.Xor, exp.Cast, exp.Case, exp.If, exp.JSONExtract, exp.JSONExtractScalar, exp.Exists, exp.Any,
    exp.All,
)  # fmt: skip


def written_name(node: exp.Expr) -> str:
    """The function's name as an asker would recognise it, lower case."""
    if isinstance(node, exp.Anonymous | exp.AnonymousAggFunc):
        return node.name.lower()
    if isinstance(node, exp.Func):
        return node.sql_name().lower()
    return node.key


def classify(node: exp.Expr) -> FunctionClass | None:
    """The class of a call, or None for a function that nobody vouched for."""
    if isinstance(node, exp.Anonymous | exp.AnonymousAggFunc):
        return _BY_NAME.get(node.name.lower())
    return _BY_CLASS.get(node.key)


def is_call(node: exp.Expr) -> bool:
    """True for every node that names a function, operators that merely look like one excepted."""
    return isinstance(node, exp.Func | exp.Explode | exp.Unnest) and not isinstance(node, _OPERATORS)


def is_aggregate(node: exp.Expr) -> bool:
    """True for an aggregate call; RANK and OFFSET functions exist only inside a window."""
    found = classify(node) if isinstance(node, exp.Func) else None
    return found is not None and found.kind in AGGREGATE_USAGE
