"""FROM items -> Relations: tables, CTE references, derived tables, LATERAL, UNNEST, VALUES, and how joins link them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlglot import exp

from assistant.domain import OutputKind, Usage
from assistant.nl2sql import predicates
from assistant.nl2sql.expressions import decided_inside, read, unnested
from assistant.nl2sql.flows import Flow, Form, Origin, Relation, combine
from assistant.nl2sql.reading import MAX_SCANS, Environment, Reading


def read_from(select: exp.Select, env: Environment, notes: Reading) -> None:
    """Fill env.sources from FROM and the joins, and record the uses of the join conditions."""
    first = select.args.get("from_")
    if first is None:
        return
    _add(first.this, env, notes)
    for join in select.args.get("joins") or ():
        _join(join, env, notes)
    for lateral in select.args.get("laterals") or ():
        _add(lateral, env, notes)


def _join(join: exp.Join, env: Environment, notes: Reading) -> None:
    if join.args.get("method") or join.args.get("using") or join.args.get("match_condition"):
        notes.refuse("unsupported_syntax", f"{join.args.get('method') or 'USING'} JOIN")
        return
    before = set(env.sources)
    kind = (join.kind or "").upper()
    seen = set(notes.uses)
    _add(join.this, env, notes)
    joined = set(env.sources) - before
    condition = join.args.get("on")
    if condition is not None:
        restricted = {"LEFT": joined, "RIGHT": before, "FULL": set()}.get((join.side or "").upper())
        predicates.emit(condition, env, notes, conjunct=True, within=restricted)
    if kind in ("SEMI", "ANTI"):
        for name in joined:
            hidden = env.sources.pop(name)
            deciding = decided_inside(seen, hidden, Flow(), notes)
            notes.use_all(deciding, Usage.SUBQUERY, detail=kind.lower())
    elif kind not in ("", "INNER", "CROSS", "OUTER"):
        notes.refuse("unsupported_syntax", f"{kind} JOIN")
    if joined and (join.side or "").upper() == "FULL":
        for name, relation in env.sources.items():
            env.sources[name] = _unrestricted(relation)


def _unrestricted(relation: Relation) -> Relation:
    columns = {name: replace(flow, restricts=False) for name, flow in relation.columns.items()}
    return replace(relation, columns=columns)


def _add(item: exp.Expr, env: Environment, notes: Reading) -> None:
    alias = item.alias_or_name
    if alias in env.sources:
        notes.refuse("unsupported_syntax", f"alias {alias} twice")
        return
    relation = _item(item, alias, env, notes)
    if relation is not None:
        env.sources[alias] = relation


def _item(item: exp.Expr, alias: str, env: Environment, notes: Reading) -> Relation | None:
    notes.seen.add(id(item))
    if isinstance(item, exp.Table):
        return _table(item, alias, env, notes)
    if isinstance(item, exp.Lateral):
        return _lateral(item, alias, env, notes)
    if isinstance(item, exp.Unnest):
        return _unnest(item, env, notes)
    if isinstance(item, exp.Values):
        return _values(item)
    if isinstance(item, exp.Subquery) and isinstance(item.this, exp.Query):
        inner = Environment(parent=env, path=f"{env.path}{alias}/")
        return notes.read_query(item, replace(inner, parent=_outside(env)), notes)
    notes.refuse("unsupported_syntax", item.key)
    return None


def _outside(env: Environment) -> Environment:
    """A derived table sees the enclosing CTEs, not its neighbours in FROM (that would be LATERAL)."""
    return Environment(parent=env.parent, ctes=env.ctes, path=env.path)


def _table(item: exp.Table, alias: str, env: Environment, notes: Reading) -> Relation | None:
    found = env.cte(item.name)
    if found is not None:
        query, home = found
        scope = Environment(parent=Environment(parent=home.parent, ctes=home.ctes), path=f"{env.path}{alias}/")
        return notes.read_query(query, scope, notes)
    columns = notes.schema.get(item.name)
    if columns is None:
        notes.refuse("unknown_table", item.name)
        return None
    if len(notes.scans) >= MAX_SCANS:
        notes.refuse("too_deep", item.name)
        return None
    notes.tables.add(item.name)
    scan = notes.name_scan(f"{env.path}{alias}")
    notes.scans.append((item.name, scan))
    flows = {name: _base(item.name, name, scan) for name in columns}
    return Relation(columns=flows, scans=((item.name, scan),), row_scans=((item.name, scan),))


def _base(table: str, column: str, scan: str) -> Flow:
    origin = frozenset([Origin(table, column, scan)])
    return Flow(origins=origin, kind=OutputKind.RAW, raw=origin, restricts=True, form=Form.SCALED)


def _lateral(item: exp.Lateral, alias: str, env: Environment, notes: Reading) -> Relation | None:
    """A lateral derived table: correlated columns decide for every outer row."""
    if not isinstance(item.this, exp.Subquery):
        if isinstance(item.this, exp.Unnest | exp.Explode):
            return _unnest(item.this, env, notes, names=item.args.get("alias"))
        notes.refuse("table_function", item.this.key)
        return None
    inner = item.this.this
    if isinstance(inner, exp.Select) and {name for name, value in inner.args.items() if value} == {"expressions"}:
        notes.seen.add(id(inner))
        values = {value.alias_or_name: combine([read(value, env, notes)]) for value in inner.expressions}
        return Relation(columns=values)
    before = set(notes.uses)
    relation = notes.read_query(item.this, Environment(parent=env, path=f"{env.path}{alias}/"), notes)
    if not relation.correlated:
        return relation
    deciding = decided_inside(before, relation, combine(relation.columns.values()), notes)
    notes.use_all(deciding, Usage.SUBQUERY, detail="lateral")
    columns = {name: _decided(flow) for name, flow in relation.columns.items()}
    return replace(relation, columns=columns, correlated=False, countable=relation.countable)


def _decided(flow: Flow) -> Flow:
    return replace(flow.derived(), origins=frozenset(replace(o, usage=Usage.SUBQUERY) for o in flow.origins))


def _unnest(
    item: exp.Unnest | exp.Explode, env: Environment, notes: Reading, names: exp.TableAlias | None = None
) -> Relation:
    """UNNEST over columns of the tables before it: its values derive from them, its rows are theirs."""
    flow = unnested(item, env, notes)
    alias = names or item.args.get("alias")
    columns = [column.name for column in alias.columns] if alias is not None else []
    return Relation(columns=dict.fromkeys(columns or ["unnest"], flow))


def _values(item: exp.Values) -> Relation:
    alias = item.args.get("alias")
    names: Iterator[str] = (column.name for column in alias.columns) if alias is not None else iter(())
    return Relation(columns={name: Flow() for name in names})
