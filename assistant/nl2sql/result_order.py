"""ORDER BY, LIMIT and OFFSET around a table of groups are taken out of the query: they are applied to what is released.

Inside the engine they would arrange and cut what nobody may see: the place of a withheld figure would tell its size,
and a cut would pass the rules that look at whole tables. What cannot be taken out (a cut or a choice of groups inside
the query) makes it uncountable. Works on the normal form (normal_form.py), which is made for the probe only.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import dropwhile, takewhile

from sqlglot import exp

from assistant.domain import ResultOrder
from assistant.nl2sql.clauses import group_expressions
from assistant.nl2sql.normal_form import Uncountable
from assistant.nl2sql.probe_sites import distinct_calls, is_additive, sources

_TAIL = ("order", "limit", "offset")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifted:
    """The query without its tail, and the tail. `limit` of None: all rows.

    `ordered`: the tree keeps an order by group keys that the result does not show, such as the code of a district.
    """

    tree: exp.Expr
    order: tuple[ResultOrder, ...] = ()
    ordered: bool = False
    limit: int | None = None
    offset: int = 0


def lift(normal: exp.Expr, protected: Collection[str]) -> Lifted:
    """Take the tail off a query in normal form. Raises Uncountable where groups are cut or chosen further inside.

    `protected`: tables whose units are counted; what is cut of others alone is no matter.
    """
    holder, places = _holder(normal)
    limit, offset = _number(holder.args.get("limit")), _number(holder.args.get("offset"))
    order = _order(holder, places, cut=limit is not None or bool(offset))
    unseen = _unseen_keys(holder, places) if holder is normal else []
    for part in _TAIL:
        holder.set(part, None)
    if unseen:
        holder.set("order", exp.Order(expressions=unseen))
    for query in normal.find_all(exp.Query):
        cut = any(query.args.get(part) is not None for part in ("limit", "offset"))
        chosen = isinstance(query, exp.Select) and _chooses_groups(query)
        if (cut or chosen) and any(table.name in protected for table in query.find_all(exp.Table)):
            raise Uncountable
    return Lifted(tree=normal, order=order, ordered=bool(unseen), limit=limit, offset=offset or 0)


def counts_groups(normal: exp.Expr) -> bool:
    """True where groups themselves are aggregated: how many there are, the largest, their mean; sums of sums aside.

    One group on too few units would withhold such a figure as a whole, and so tell that there is one.
    """
    for select in normal.find_all(exp.Select):
        aggregates = distinct_calls(select)
        if not aggregates or is_additive(aggregates):
            continue
        inner = [source.this for source in sources(select) if isinstance(source, exp.Subquery)]
        if any(one.args.get("group") is not None for query in inner for one in query.find_all(exp.Select)):
            return True
    return False


def _holder(node: exp.Expr) -> tuple[exp.Expr, dict[str, int]]:
    """The query whose tail orders the result, through SELECTs that only hand columns on; {its column: position}."""
    places = {name: place for place, name in enumerate(_names(node))}
    while isinstance(node, exp.Select) and not any(node.args.get(part) is not None for part in _TAIL):
        inner = _handed_on(node)
        if inner is None:
            break
        handed = {
            projection.unalias().name: places[projection.alias_or_name]
            for projection in node.expressions
            if projection.alias_or_name in places
        }
        node, places = inner, handed
    return node, places


def _handed_on(select: exp.Select) -> exp.Expr | None:
    """The query below a SELECT of plain columns from one subquery, with nothing else to it."""
    extra = ("where", "group", "having", "qualify", "distinct", "joins", "windows", "laterals", "with_", "sample")
    source = select.args.get("from_")
    if source is None or any(select.args.get(part) for part in extra):
        return None
    if not all(isinstance(projection.unalias(), exp.Column) for projection in select.expressions):
        return None
    inner = source.this
    return inner.this if isinstance(inner, exp.Subquery) and isinstance(inner.this, exp.Query) else None


def _names(node: exp.Expr) -> Sequence[str]:
    return [projection.alias_or_name for projection in node.selects] if isinstance(node, exp.Query) else []


def _order(holder: exp.Expr, places: dict[str, int], *, cut: bool) -> tuple[ResultOrder, ...]:
    """ORDER BY as positions of result columns, as far as they go. Rows cut by anything else: Uncountable."""
    clause = holder.args.get("order")
    found = []
    for ordered in clause.expressions if clause is not None else ():
        place = _place(ordered.this, holder, places)
        if place is None:
            if cut:
                raise Uncountable
            break
        found.append(
            ResultOrder(
                column=place,
                descending=bool(ordered.args.get("desc")),
                nulls_first=bool(ordered.args.get("nulls_first")),
            )
        )
    return tuple(found)


def _unseen_keys(holder: exp.Expr, places: dict[str, int]) -> list[exp.Expr]:
    """ORDER BY from the first term on that is no result column, while it is by group keys; equals by the other keys.

    A key is the same for every row that a group holds, so its place tells nothing of a figure.
    """
    clause = holder.args.get("order")
    if clause is None or not isinstance(holder, exp.Select):
        return []
    keys = group_expressions(holder)
    rest = dropwhile(lambda ordered: _place(ordered.this, holder, places) is not None, clause.expressions)
    unseen = [ordered.copy() for ordered in takewhile(lambda ordered: ordered.this in keys, rest)]
    others = [key for key in keys if all(key != ordered.this for ordered in unseen)]
    return [*unseen, *(exp.Ordered(this=key.copy()) for key in others)] if unseen else []


def _place(key: exp.Expr, holder: exp.Expr, places: dict[str, int]) -> int | None:
    if isinstance(key, exp.Column) and not key.table and key.name in places:
        return places[key.name]
    if isinstance(key, exp.Literal) and not key.is_string and key.name.isdigit():
        names = _names(holder)
        number = int(key.name) - 1
        return places.get(names[number]) if 0 <= number < len(names) else None
    selects = holder.selects if isinstance(holder, exp.Query) else []
    same = (projection.alias_or_name for projection in selects if projection.unalias() == key)
    return next((places[name] for name in same if name in places), None)


def _number(clause: exp.Expr | None) -> int | None:
    if clause is None:
        return None
    value = clause.args.get("expression")
    if isinstance(value, exp.Literal) and value.name.isdigit():
        return int(value.name)
    raise Uncountable


def _chooses_groups(select: exp.Select) -> bool:
    """A condition on a window's value: the place of a group among all of them, shown or not."""
    if select.args.get("qualify") is not None:
        return True
    joins = [join.args.get("on") for join in select.args.get("joins") or ()]
    clauses = [select.args.get("where"), select.args.get("having"), *joins]
    return any(
        _is_windowed(column, select)
        for clause in clauses
        if clause is not None
        for column in clause.find_all(exp.Column)
        if column.parent_select is select
    )


def _is_windowed(column: exp.Column, select: exp.Select) -> bool:
    """True when a column of a subquery is, however deep, computed with OVER (...)."""
    source = select.args.get("from_")
    items = [source.this] if source is not None else []
    items += [join.this for join in select.args.get("joins") or ()]
    for item in items:
        if not isinstance(item, exp.Subquery) or (column.table and item.alias_or_name != column.table):
            continue
        for inner in item.this.find_all(exp.Select):
            for projection in inner.selects:
                if projection.alias_or_name == column.name and _has_window(projection, inner):
                    return True
    return False


def _has_window(projection: exp.Expr, select: exp.Select) -> bool:
    if projection.find(exp.Window) is not None:
        return True
    return any(_is_windowed(one, select) for one in projection.find_all(exp.Column) if one.parent_select is select)
