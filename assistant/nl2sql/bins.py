"""How coarse a grouping expression is: a raw column, a bin of known width, or something else."""

from __future__ import annotations

from itertools import pairwise

from sqlglot import exp

_UNIT_DAYS = {"YEAR": 365.0, "QUARTER": 90.0, "MONTH": 28.0, "WEEK": 7.0, "DAY": 1.0, "DECADE": 3650.0}
_PARTS: dict[type[exp.Expr], str] = {
    exp.Year: "YEAR", exp.Quarter: "QUARTER", exp.Month: "MONTH", exp.Week: "WEEK", exp.WeekOfYear: "WEEK",
    exp.Day: "DAY",
}  # fmt: skip


def bin_of(key: exp.Expr) -> tuple[str, float | None]:
    """(detail, width) of a GROUP BY key: "" for a column as it is, "bin", else "expression". Days for dates."""
    node = key.unnest()
    if isinstance(node, exp.Column):
        return "", None
    width = _date_width(node)
    if width is not None:
        return "bin", width
    if isinstance(node, exp.Floor | exp.Cast | exp.Mul | exp.IntDiv | exp.Round | exp.Div):
        return _number_bin(node)
    if isinstance(node, exp.Case):
        return _case_bin(node)
    return "expression", None


def _date_width(node: exp.Expr) -> float | None:
    if isinstance(node, exp.TimestampTrunc | exp.DateTrunc) and isinstance(node.this, exp.Column):
        return _UNIT_DAYS.get(node.text("unit").upper())
    if isinstance(node, exp.Extract):
        return _UNIT_DAYS.get(node.name.upper()) if isinstance(node.expression, exp.Column) else None
    if type(node) in _PARTS and isinstance(node.this, exp.Column | exp.Cast):
        return _UNIT_DAYS[_PARTS[type(node)]]
    if isinstance(node, exp.TimeToStr) and isinstance(node.this, exp.Column):
        pattern = node.text("format")
        return {"%Y": 365.0, "%Y-%m": 28.0, "%Y%m": 28.0, "%m": 28.0}.get(pattern, 1.0)
    return None


def _number_bin(node: exp.Expr) -> tuple[str, float | None]:
    """floor(x / n) * n, x // n, cast(x / n as int) ...: the divisor is the width."""
    divisions = list(node.find_all(exp.Div, exp.IntDiv))
    rounded = isinstance(node, exp.IntDiv) or node.find(exp.Floor, exp.IntDiv) is not None
    if isinstance(node, exp.Cast):
        rounded = rounded or node.to.this in exp.DataType.INTEGER_TYPES
    widths = [_number(division.expression) for division in divisions]
    if rounded and len(widths) == 1 and widths[0]:
        return "bin", widths[0]
    return "expression", None


def _case_bin(node: exp.Case) -> tuple[str, float | None]:
    """CASE with constant results: the gap between its closest thresholds."""
    results = [branch.args["true"] for branch in node.args.get("ifs", ())]
    if node.args.get("default") is not None:
        results.append(node.args["default"])
    if any(result.find(exp.Column) for result in results):
        return "expression", None
    numbers = {_number(literal) for branch in node.args.get("ifs", ()) for literal in branch.this.find_all(exp.Literal)}
    steps = sorted(number for number in numbers if number is not None)
    gaps = [after - before for before, after in pairwise(steps)]
    return "bin", min(gaps) if gaps else None


def _number(node: exp.Expr) -> float | None:
    inner = node.unnest()
    if isinstance(inner, exp.Literal) and not inner.is_string:
        return float(inner.name)
    return None
