"""Joins that nobody declared: a column named like another table's key whose every value occurs there.

Both are needed. Names alone join what only sounds alike; containment alone joins any small numbers with any others.
Proposals for a steward: the draft marks them as inferred.
"""

from __future__ import annotations

from collections.abc import Iterator

from assistant.harvest.structure import Harvested, HarvestedColumn, HarvestedTable
from assistant.nl2sql.drafts.word_overlap import split_words, stem
from assistant.warehouse.sources import Source
from assistant.warehouse.sources import quoted_name as quoted

MIN_DISTINCT = 2  # values of the child: one value is contained by chance
MOST_DISTINCT = 20_000  # values of the child that are looked up
_GENERIC = frozenset({"id", "code", "no", "key", "number", "num", "编号", "代码", "编码", "序号", "name", "名称"})
_PREFIXES = frozenset({"t", "tb", "tbl", "dim", "fact", "dwd", "dws", "ods", "ads", "sys"})
_KEY_KINDS = ("string", "integer")

JoinEnds = tuple[str, str]  # ("child.column", "parent.column")


def inferred_joins(source: Source, harvested: Harvested) -> tuple[JoinEnds, ...]:
    """Joins beyond the declared ones, in the order of the tables. Raises WarehouseError."""
    declared = set(harvested.joins)
    joined = {left for left, _ in declared}
    unique: dict[str, bool] = {}
    found: list[JoinEnds] = []
    for child in harvested.tables:
        for column in child.columns:
            left = f"{child.name}.{column.name}"
            own_key = column.is_key and child.key_columns == 1
            if left in joined or own_key or column.kind not in _KEY_KINDS:
                continue
            right = _parent_of(source, child, column, harvested, unique)
            if right:
                found.append((left, right))
    return tuple(found)


def _parent_of(
    source: Source, child: HarvestedTable, column: HarvestedColumn, harvested: Harvested, unique: dict[str, bool]
) -> str:
    """The best named key that holds every value of the column; "" without one."""
    for parent, key in sorted(_candidates(child, column, harvested), key=lambda pair: not pair[1].is_key):
        right = f"{parent.name}.{key.name}"
        if right not in unique:
            unique[right] = _is_unique(source, parent.source, key.source)
        if unique[right] and _contains(source, (child.source, column.source), (parent.source, key.source)):
            return right
    return ""


def _candidates(
    child: HarvestedTable, column: HarvestedColumn, harvested: Harvested
) -> Iterator[tuple[HarvestedTable, HarvestedColumn]]:
    for parent in harvested.tables:
        for key in parent.columns if parent is not child else ():
            if key.kind == column.kind and _refers(column.source, parent.source, key.source):
                yield parent, key


def _refers(column: str, parent: str, key: str) -> bool:
    """Whether a column is called like the key of a table: district_code, birth_district_code, or district.id.

    >>> _refers("birth_district_code", "dim_district", "district_code"), _refers("dept_id", "departments", "id")
    (True, False)
    """
    said, own = _stems(column), _stems(key)
    table = tuple(word for word in _stems(parent) if word not in _PREFIXES)
    if set(own) <= _GENERIC:  # `id` says nothing by itself: the column must name the table
        return bool(table) and said[-len(own) :] == own and said[: -len(own)][-len(table) :] == table
    return said[-len(own) :] == own or (column.endswith(key) and not key.isascii())


def _stems(name: str) -> tuple[str, ...]:
    return tuple(stem(word) for word in split_words(name))


def _is_unique(source: Source, table: str, column: str) -> bool:
    name = quoted(column)
    ((rows, values, distinct),) = source.rows(
        f"select count(*), count({name}), count(distinct {name}) from {quoted(table)}"
    )
    return bool(rows) and rows == values == distinct


def _contains(source: Source, child: tuple[str, str], parent: tuple[str, str]) -> bool:
    left, right = quoted(child[1]), quoted(parent[1])
    inner = f"select distinct {left} as value from {quoted(child[0])} where {left} is not null limit {MOST_DISTINCT}"
    there = f"exists (select 1 from {quoted(parent[0])} p where p.{right} = c.value)"
    ((distinct, missing),) = source.rows(
        f"select count(*), coalesce(sum(case when {there} then 0 else 1 end), 0) from ({inner}) c"
    )
    return int(distinct) >= MIN_DISTINCT and not int(missing)
