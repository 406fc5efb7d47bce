"""Obligations -> the query that runs: row filters and masks at every scan, a probe for thresholds, validated again.

The only maker of AuthorizedQuery. `probe_sql` yields the same rows as `sql`, followed by one hidden column per
ProbeCell (described in probing.py); a warehouse runs it instead of `sql` wherever there is one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from sqlglot import exp

from assistant.domain import (
    AuthorizedQuery,
    Finding,
    Mask,
    Obligation,
    OutputKind,
    ProbeCell,
    Rounding,
    RowFilter,
    UnitThreshold,
    ValidatedQuery,
)
from assistant.nl2sql import enforcement, masks, normal_form, validation
from assistant.nl2sql import facts as fact_reading
from assistant.nl2sql.enforcement import Demands
from assistant.nl2sql.findings import finding
from assistant.nl2sql.multiplicity import Multiplicity, Unique
from assistant.nl2sql.probing import Prober
from assistant.nl2sql.remembered import recall
from assistant.nl2sql.result_order import Lifted, counts_groups, lift
from assistant.nl2sql.rounding import round_percentiles
from assistant.nl2sql.scanning import named_columns, wrap_scans

Schema = Mapping[str, Mapping[str, str]]
MAX_GROUPS = 20_000  # groups that are read for a release; of more than that nothing is shown


def apply(
    query: ValidatedQuery,
    obligations: tuple[Obligation, ...],
    *,
    schema: Schema,
    unique: Unique = lambda table, columns: False,
    row_limit: int = 1000,
    timeout_s: float = 20.0,
) -> AuthorizedQuery | tuple[Finding, ...]:
    """The query with its obligations in it, or findings: `unknown_obligation`, `unknown_mask`, `uncountable_shape`.

    `unique` knows the keys of the tables: what protected rows are joined to must be single by one (multiplicity.py).
    `row_limit`: rows returned at most; one more is fetched to know whether there were more. Under thresholds it is the
    number of rows shown at most, and all groups are read (MAX_GROUPS), because the release looks at the whole table.
    """
    tree = _tree(query, obligations, schema)
    if isinstance(tree, tuple):
        return tree
    named = named_columns(tree, schema)
    thresholds = tuple(item for item in obligations if isinstance(item, UnitThreshold))
    counted = _counted(tree, thresholds, obligations, schema, unique, query.dialect) if thresholds else None
    if isinstance(counted, Finding):
        return (counted,)
    sql = _text(_limited(_enforced(tree, obligations, schema), row_limit), query.dialect)
    cells = counted.cells if counted is not None else ()
    demands = Demands(query=query, obligations=obligations, schema=schema, named=named, hidden=len(cells))
    found = enforcement.objections(counted.sql if counted is not None else sql, demands)  # what will run, as text
    if found:
        return found
    plain = AuthorizedQuery(
        sql=sql,
        probe_sql=None,
        dialect=query.dialect,
        columns=query.facts.outputs,
        key_columns=tuple(i for i, out in enumerate(query.facts.outputs) if out.kind is OutputKind.KEY),
        thresholds=thresholds,
        row_limit=row_limit,
        timeout_s=timeout_s,
        rounded=any(isinstance(item, Rounding) for item in obligations),
    )
    return plain if counted is None else _with_probe(plain, counted)


@dataclass(frozen=True, slots=True)
class _Counted:
    """The probe as text, its hidden columns, and the order and cut that are applied after the release."""

    sql: str
    cells: tuple[ProbeCell, ...]
    tail: Lifted


def _counted(
    tree: exp.Expr,
    thresholds: tuple[UnitThreshold, ...],
    obligations: tuple[Obligation, ...],
    schema: Schema,
    unique: Unique,
    dialect: str,
) -> _Counted | Finding:
    try:
        probe, cells, tail = _probe(tree, thresholds, schema, unique)
    except normal_form.Uncountable:
        return finding("uncountable_shape")
    return _Counted(_text(_limited(_enforced(probe, obligations, schema), MAX_GROUPS), dialect), cells, tail)


def _with_probe(plain: AuthorizedQuery, counted: _Counted) -> AuthorizedQuery:
    return replace(
        plain,
        probe_sql=counted.sql,
        row_limit=MAX_GROUPS,
        probe_cells=counted.cells,
        order=counted.tail.order,
        ordered=counted.tail.ordered,
        limit=counted.tail.limit,
        offset=counted.tail.offset,
        shown_limit=plain.row_limit,
    )


def _text(tree: exp.Expr, dialect: str) -> str:
    return tree.sql(dialect=dialect, comments=False, copy=False)


def _tree(query: ValidatedQuery, obligations: tuple[Obligation, ...], schema: Schema) -> exp.Expr | tuple[Finding, ...]:
    """The query's tree, remembered or checked anew; findings for obligations that fit nothing."""
    unfit = tuple(_unfit(obligations, schema))
    if unfit:
        return unfit
    remembered = recall(query.sql, query.dialect, schema)
    if remembered is not None:
        return remembered
    candidate = validation.inspect(query.sql, schema=schema, dialect=query.dialect)
    return candidate if isinstance(candidate, tuple) else candidate.tree


def _enforced(tree: exp.Expr, obligations: tuple[Obligation, ...], schema: Schema) -> exp.Expr:
    """`tree` with percentiles rounded, and row filters and masks in every scan."""
    digits = [item.digits for item in obligations if isinstance(item, Rounding)]
    if digits:
        tree = round_percentiles(tree, min(digits))
    filters = [item for item in obligations if isinstance(item, RowFilter)]
    hidden = [item for item in obligations if isinstance(item, Mask) and item.kind not in masks.AT_RELEASE]
    return wrap_scans(tree, schema, filters=filters, masks=hidden)


def _unfit(obligations: tuple[Obligation, ...], schema: Schema) -> Iterator[Finding]:
    """An obligation that names what is not there must stop the query, not be skipped."""
    for item in obligations:
        names = [getattr(item, key) for key in ("column", "unit_column") if hasattr(item, key)]
        if item.table not in schema or any(name not in schema[item.table] for name in names):
            yield finding("unknown_obligation", ".".join([item.table, *names]))
        if isinstance(item, Mask) and item.kind not in masks.AT_RELEASE and not masks.is_mask(item.kind):
            yield finding("unknown_mask", item.kind)


def _probe(
    tree: exp.Expr, thresholds: tuple[UnitThreshold, ...], schema: Schema, unique: Unique
) -> tuple[exp.Expr, tuple[ProbeCell, ...], Lifted]:
    tables = {threshold.table: frozenset({threshold.unit_column}) for threshold in thresholds}
    tail = lift(normal_form.normalise(tree), tables.keys())
    normal = tail.tree
    if any(threshold.protected_keys for threshold in thresholds) and counts_groups(normal):
        raise normal_form.Uncountable
    if not Multiplicity(tables, unique).counts_once(normal):
        raise normal_form.Uncountable
    analysis = fact_reading.analyse(normal, schema)
    if isinstance(analysis, tuple) or not analysis.facts.countable:
        raise normal_form.Uncountable
    return *Prober(thresholds).probe(normal, analysis.relation), tail


def _limited(tree: exp.Expr, row_limit: int) -> exp.Expr:
    """LIMIT row_limit + 1, unless the query's own limit is lower."""
    limit = tree.args.get("limit")
    own = limit.args.get("expression") if limit is not None else None
    if isinstance(own, exp.Literal) and own.name.isdigit() and int(own.name) <= row_limit:
        return tree
    tree.set("limit", exp.Limit(expression=exp.Literal.number(row_limit + 1)))
    return tree
