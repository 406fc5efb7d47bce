"""The syntax trees of the last validated statements, so that rewriting need not parse them again.

A memory, not a permit: a tree is found only under the exact SQL text rendered from it and the same schema object, and
whoever misses it parses and checks the text anew.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping

from sqlglot import exp

_LIMIT = 128  # statements

_trees: OrderedDict[tuple[str, str], tuple[Mapping[str, Mapping[str, str]], exp.Expr]] = OrderedDict()
_guard = threading.Lock()


def remember(sql: str, dialect: str, schema: Mapping[str, Mapping[str, str]], tree: exp.Expr) -> None:
    with _guard:
        _trees[(sql, dialect)] = (schema, tree)
        _trees.move_to_end((sql, dialect))
        while len(_trees) > _LIMIT:
            _trees.popitem(last=False)


def recall(sql: str, dialect: str, schema: Mapping[str, Mapping[str, str]]) -> exp.Expr | None:
    """A copy of the tree that `sql` was rendered from, or None."""
    with _guard:
        known = _trees.get((sql, dialect))
    return known[1].copy() if known is not None and known[0] is schema else None
