"""Which expressions can fail, or cost more, depending on the data: an error is an answer of one bit (POLICY_SPEC 2.5).

Facts of DuckDB (tried on 1.5.5): `x / 0` gives infinity or NULL and never fails; casts of text, logarithms, roots,
integer overflow, dates out of range and a scalar subquery with two rows do fail.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlglot import exp

from assistant.nl2sql.functions import Raises, classify
from assistant.nl2sql.straightness import is_guarded

_TEXT = {exp.DataType.Type.VARCHAR, exp.DataType.Type.TEXT, exp.DataType.Type.CHAR, exp.DataType.Type.NVARCHAR}
_INTEGER = set(exp.DataType.INTEGER_TYPES)
_NUMERIC = set(exp.DataType.NUMERIC_TYPES)
_DATES = set(exp.DataType.TEMPORAL_TYPES)
_UNTYPED = {exp.DataType.Type.UNKNOWN, exp.DataType.Type.NULL}
_WIDTH = {"TINYINT": 1, "SMALLINT": 2, "INT": 4, "BIGINT": 8, "INT128": 16}
_BIG_FACTOR = 100_000  # an integer column times more than this may leave 32 bits
_BIG_TERM = 2**31 - 1
_BIG_INTERVAL = 100_000  # days, or more of any unit
_CONDITIONS = (exp.Case, exp.If, exp.Predicate, exp.Connector)
_OF_FINITE = (exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Variance, exp.VariancePop, exp.Corr)  # fail on infinity
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ)


def can_raise(root: exp.Expr) -> bool:
    """True when evaluating `root` (types annotated) may fail for some rows and not for others."""
    return any(_raises(node) for node in _own_nodes(root))


def _own_nodes(root: exp.Expr) -> Iterator[exp.Expr]:
    yield from root.walk(prune=lambda node: isinstance(node, exp.Query) and node is not root)


def _raises(node: exp.Expr) -> bool:
    if isinstance(node, exp.TryCast):
        return False
    if isinstance(node, exp.Cast):
        return not _cast_is_safe(node)
    if isinstance(node, _OF_FINITE) or (isinstance(node, exp.Anonymous) and node.name.lower() == "skewness"):
        return any(not is_guarded(division.expression) for division in node.find_all(exp.Div) if _by_column(division))
    if isinstance(node, exp.Div | exp.IntDiv | exp.Mod):
        return _divisor_is_chosen(node.expression)
    if isinstance(node, exp.Mul | exp.Add | exp.Sub):
        return _may_overflow(node)
    if isinstance(node, _COMPARISONS):
        return _mixes_text([node.left, node.right])
    if isinstance(node, exp.In):
        return _mixes_text([node.this, *node.expressions])
    if isinstance(node, exp.Between):
        return _mixes_text([node.this, node.args["low"], node.args["high"]])
    if isinstance(node, exp.Case | exp.If | exp.Coalesce):
        return _mixes_text(list(_results(node)))
    if isinstance(node, exp.Like | exp.ILike | exp.SimilarTo | exp.Glob):
        return not isinstance(node.expression.unnest(), exp.Literal)
    if isinstance(node, exp.JSONExtract | exp.JSONExtractScalar):
        return _type(node.this) in _TEXT
    return _call_raises(node)


def _by_column(division: exp.Div) -> bool:
    return division.expression.find(exp.Column) is not None


def _call_raises(node: exp.Expr) -> bool:
    found = classify(node) if isinstance(node, exp.Func) else None
    if found is None or found.raises is Raises.NEVER:
        return False
    if found.raises is Raises.ALWAYS:
        return True
    arguments = [value for key, value in node.args.items() if key != "this" and isinstance(value, exp.Expr)]
    arguments += [item for item in node.expressions[1:] if isinstance(node, exp.Anonymous)]
    return any(argument.find(exp.Column) for argument in arguments)


def _type(node: exp.Expr) -> exp.DType | None:
    kind = node.type.this if node.type is not None else None
    return kind if isinstance(kind, exp.DType) and kind not in _UNTYPED else None


def _cast_is_safe(node: exp.Cast) -> bool:
    source, target = _type(node.this), node.to.this
    if isinstance(node.this, exp.Literal):
        return _literal_fits(node.this, target)
    if target in _TEXT or (source is not None and source == target and not node.to.expressions):
        return True
    if isinstance(node.this, exp.Null):
        return True
    if source in _DATES:
        return target in _DATES
    if source is exp.DataType.Type.BOOLEAN:
        return target in _NUMERIC
    if source in _NUMERIC:
        return _numeric_cast_is_safe(source, node.to)
    return False


def _numeric_cast_is_safe(source: exp.DType, to: exp.DataType) -> bool:
    target = to.this
    if target in (exp.DataType.Type.DOUBLE, exp.DataType.Type.FLOAT):
        return True
    if target in (exp.DataType.Type.DECIMAL, exp.DataType.Type.BIGDECIMAL):
        digits = [int(p.name) for p in to.expressions if p.name.isdigit()]
        return len(digits) == 0 or digits[0] - (digits[1] if len(digits) > 1 else 0) >= 12
    if source in _INTEGER and target in _INTEGER:
        return _WIDTH.get(target.value, 0) >= _WIDTH.get(source.value, 99)
    return target is exp.DataType.Type.BOOLEAN


def _literal_fits(literal: exp.Literal, target: object) -> bool:
    text = literal.name
    try:
        if target in _INTEGER:
            return abs(int(text)) < 2**31 or target is exp.DataType.Type.BIGINT
        if target in _NUMERIC:
            return float(text) == float(text)
        if target is exp.DataType.Type.DATE:
            return datetime.strptime(text, "%Y-%m-%d") is not None
        if target in _DATES:
            return datetime.fromisoformat(text) is not None
    except ValueError:
        return False
    return target in _TEXT or (target is exp.DataType.Type.BOOLEAN and text.lower() in ("true", "false", "0", "1"))


def _divisor_is_chosen(divisor: exp.Expr) -> bool:
    """A divisor that a condition chooses is an oracle; NULLIF(x, 0) is the usual way to be safe."""
    inner = divisor.unnest()
    if isinstance(inner, exp.Nullif) or any(isinstance(n, exp.AggFunc) for n in _own_nodes(inner)):
        return False
    return any(isinstance(node, _CONDITIONS) for node in _own_nodes(inner))


def _may_overflow(node: exp.Expr) -> bool:
    sides = [node.this.unnest(), node.expression.unnest()]
    if any(isinstance(side, exp.Interval) for side in sides):
        return any(_interval_is_large(side) for side in sides if isinstance(side, exp.Interval))
    kinds = [_type(side) for side in sides]
    if any(kind is not None and kind in _NUMERIC and kind not in _INTEGER for kind in kinds):
        return False
    if any(kind is not None and kind not in _INTEGER for kind in kinds):
        return False
    limit = _BIG_FACTOR if isinstance(node, exp.Mul) else _BIG_TERM
    if not node.find(exp.Column):
        return any(_magnitude(side) >= _BIG_TERM for side in sides)
    if any(_magnitude(side) >= limit for side in sides):
        return True
    return isinstance(node, exp.Mul) and len(list(node.find_all(exp.Column))) > 2


def _magnitude(node: exp.Expr) -> float:
    """The largest number written anywhere in a constant; 0 for what is not constant."""
    if node.find(exp.Column):
        return 0.0
    numbers = [float(n.name) for n in node.find_all(exp.Literal) if not n.is_string]
    product = 1.0
    for number in numbers:
        product *= max(abs(number), 1.0)
    return product if numbers else 0.0


def _interval_is_large(interval: exp.Interval) -> bool:
    amount = interval.this
    if not isinstance(amount, exp.Literal):
        return True
    words = amount.name.split()
    try:
        return abs(float(words[0])) > _BIG_INTERVAL
    except (ValueError, IndexError):
        return True


def _results(node: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(node, exp.Coalesce):
        yield node.this
        yield from node.expressions
    elif isinstance(node, exp.Case):
        yield from (branch.args["true"] for branch in node.args.get("ifs", ()))
        if node.args.get("default") is not None:
            yield node.args["default"]
    elif not isinstance(node.parent, exp.Case):
        yield from (value for value in (node.args.get("true"), node.args.get("false")) if value is not None)


def _mixes_text(values: list[exp.Expr]) -> bool:
    """Text beside another type is cast at run time, and the cast can fail."""
    other = [kind for kind in map(_type, values) if kind is not None and kind not in _TEXT]
    if not other:
        return False
    texts = [value.unnest() for value in values if _type(value) in _TEXT]
    return any(not (isinstance(text, exp.Literal) and _literal_fits(text, other[0])) for text in texts)
