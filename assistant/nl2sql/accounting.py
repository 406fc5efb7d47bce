"""What of a question a statement accounts for: where figures are declared, no draft is believed that leaves words out.

    unaccounted(read, sql, model=..., names=..., dialect="duckdb") -> ("艾滋病",)

A value must be compared with, a split or a field be read, a number stand as it was said, a time show its year and its
month, an operator have its clause; a word that the semantic model does not know must occur in the name of something
that the statement uses. Pure; coarse on purpose: it finds what was left out, not whether the rest is right.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import sqlglot
from sqlglot import exp

from assistant.domain import Period
from assistant.nl2sql.asked_terms import Tag
from assistant.nl2sql.leftover_words import occurs_in
from assistant.nl2sql.lexicon import Sense
from assistant.nl2sql.normalising import normalise
from assistant.nl2sql.offered_schema import SchemaContext
from assistant.nl2sql.question_reading import QuestionReading
from assistant.nl2sql.semantic_model import SemanticModel

# What a statement must have for an operator to be carried; operators that only say how to show it need nothing.
_CLAUSES: Mapping[str, tuple[type[exp.Expression], ...]] = {
    "each": (exp.Group, exp.Window),
    "split": (exp.Group, exp.Window),
    "share": (exp.Div,),
    "yoy": (exp.Sub, exp.Div, exp.Lag),
    "mom": (exp.Sub, exp.Div, exp.Lag),
    "growth": (exp.Sub, exp.Div, exp.Lag),
    "decline": (exp.Sub, exp.Div, exp.Lag),
    "cumulative": (exp.Window,),
    "rank": (exp.Order,),
    "top": (exp.Limit,),
    "bottom": (exp.Limit,),
    "most": (exp.Order, exp.Max),
    "least": (exp.Order, exp.Min),
    "absent": (exp.Not, exp.NEQ, exp.Except, exp.Is, exp.Anti) if hasattr(exp, "Anti") else (exp.Not, exp.NEQ, exp.Is),
    "except": (exp.Not, exp.NEQ, exp.Except),
    "except_after": (exp.Not, exp.NEQ, exp.Except),
    "gt": (exp.GT, exp.LT, exp.GTE, exp.LTE),
    "ge": (exp.GTE, exp.LTE, exp.GT, exp.LT),
    "lt": (exp.LT, exp.GT, exp.LTE, exp.GTE),
    "le": (exp.LTE, exp.GTE, exp.LT, exp.GT),
}
_NUMERAL = re.compile(r"\d+(?:\.\d+)?")
