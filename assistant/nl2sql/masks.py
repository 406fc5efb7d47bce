"""Mask expressions: constants of the right type, so that nothing of the value is kept and predicates see the mask.

A mask that keeps part of a value needs the owner's consent (POLICY_SPEC 1.2, keep [0, 0] by default); none is granted
here. Free text is redacted at release, where the recognisers are.
"""

from __future__ import annotations

from sqlglot import exp

_TEXT_MASKS = {
    "full": "***",
    "name": "**",
    "id18": "*" * 18,
    "phone": "*" * 11,
    "address": "***",
    "email": "***@***",
    "plate": "*" * 7,
}
AT_RELEASE = frozenset({"free_text"})


def is_mask(kind: str) -> bool:
    """True for a mask this module can apply at the scan."""
    return kind in _TEXT_MASKS


def mask_expression(kind: str, engine_type: str) -> exp.Expr:
    """The constant that stands for every value of a masked column of `engine_type`; NULLs are masked alike."""
    target = exp.DataType.build(engine_type, dialect="duckdb")
    if target.this in exp.DataType.TEXT_TYPES:
        return exp.Literal.string(_TEXT_MASKS[kind])
    return exp.cast(exp.Null(), target)
