"""Queries and FROM items -> Relations: CTEs, derived tables, joins, set operations, grouping, order and limit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlglot import exp

from assistant.domain import OutputKind, Usage
from assistant.nl2sql import predicates
from assistant.nl2sql.expressions import aggregate as _aggregate_flow  # noqa: F401  (re-exported for readers)
from assistant.nl2sql.expressions import read
from assistant.nl2sql.flows import Flow, Origin, Relation, combine, merge_branches
from assistant.nl2sql.functions import is_aggregate
from assistant.nl2sql.raising import can_raise
from assistant.nl2sql.reading import MAX_SCANS, Environment, Reading
