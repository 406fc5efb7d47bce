"""Whether conditions only choose what a total adds up, or weigh it.

SUM(x) less SUM(CASE WHEN c THEN 2 * x ELSE x END) is the x of those whom c describes, however few they are: both totals
stand on the same units, and no rule for small cells sees it. A condition inside a total may take a value or leave it.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from assistant.nl2sql.flows import Flow, Weight
from assistant.nl2sql.literals import literal_of
from assistant.nl2sql.straightness import CONDITIONS

_KEEPS_ZERO = (
    exp.Mul, exp.Neg, exp.Cast, exp.Nullif, exp.Abs, exp.Round, exp.Floor, exp.Ceil, exp.Ordered, exp.Tuple,
)  # fmt: skip


def weight_of(node: exp.Expr, parts: Sequence[tuple[exp.Expr, Flow]]) -> Weight:
    """Of `node` over its `parts` (its operands with their flows). What may make something of nothing weighs."""
    if isinstance(node, CONDITIONS):
        return Weight.CHOSEN
    most = max((flow.weight for _, flow in parts), default=Weight.PLAIN)
    if most is Weight.PLAIN or isinstance(node, _KEEPS_ZERO):
        return most
    if isinstance(node, exp.Div) and parts[1][1].weight is Weight.PLAIN:
        return most
    if isinstance(node, exp.Coalesce) and all(literal_of(part) in (0, None) for part, _ in parts[1:]):
        return most
    return Weight.WEIGHED


def weight_of_case(results: Sequence[tuple[exp.Expr, Flow]], conditional: bool) -> Weight:
    """Of CASE and IF: one value or nothing is chosen; `conditional`: columns decide which."""
    most = max((flow.weight for _, flow in results), default=Weight.PLAIN)
    values = {result.sql() for result, _ in results if literal_of(result) not in (0, None)}
    if most is Weight.WEIGHED or (conditional and len(values) > 1):
        return Weight.WEIGHED
    return Weight.CHOSEN if conditional else most
