"""SQL of "X and Y with Z" in its two readings: one select over values of a column, a union over two tables. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.nl2sql.drafts.key_graph import path
from assistant.nl2sql.drafts.offered_schema import ContextTable
from assistant.nl2sql.drafts.reading_sql import At, Condition, literal, select
from assistant.nl2sql.drafts.readings import Asked
from assistant.nl2sql.drafts.schema_words import Mention


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """`near` stands next to the condition; one condition for values of a column, two (far's, near's) for tables."""

    near: Mention
    far: Mention
    conditions: tuple[Condition, ...]


def pair_sql(asked: Asked, joined: Joined, *, both: bool) -> str:
    """`both`: the condition holds for both; else only for the one next to it. "" where the tables do not meet."""
    if joined.near.kind == "value":
        return _of_values(asked, joined, both=both)
    return _of_tables(asked, joined, both=both)


def _of_values(asked: Asked, joined: Joined, *, both: bool) -> str:
    near, far, condition = joined.near, joined.far, joined.conditions[0]
    entity = _entity(asked, joined)
    held = At(table=near.table, column=near.column).sql
    is_far, is_near = f"{held} = {literal(far.value)}", f"{held} = {literal(near.value)}"
    where = f"({is_far} or {is_near}) and {condition.sql}" if both else f"{is_far} or ({is_near} and {condition.sql})"
    outputs = _asked_columns(asked, joined, entity) or (
        At(table=entity.name, column=asked.schema.display(entity).name),
    )
    outer = not both and condition.at.table != near.table
    return select(
        outputs, asked.schema, where=where, through=(entity.name, near.table, condition.at.table), outer=outer
    )


def _entity(asked: Asked, joined: Joined) -> ContextTable:
    """What is listed: the thing named beside the values (field trip classes), else what the kinds are kinds of."""
    schema = asked.schema.schema
    kinds = schema.table(joined.near.table)
    assert kinds is not None
    beside = range(min(joined.far.first, joined.near.first), max(joined.far.last, joined.near.last) + 2)
    for mention in asked.mentions:
        table = schema.table(mention.table)
        if mention.kind == "table" and mention.first in beside and table is not None and mention.table != kinds.name:
            covered = any(mention.overlaps(value) for value in (joined.near, joined.far))
            if not covered and path([mention.table], kinds.name, schema.joins) is not None:
                return table
    steps = path([kinds.name], joined.conditions[0].at.table, schema.joins) or ()
    if asked.schema.display(kinds).name == joined.near.column and steps and steps[0].right_table == kinds.name:
        return schema.table(steps[0].left_table) or kinds
    return kinds


def _asked_columns(asked: Asked, joined: Joined, entity: ContextTable) -> tuple[At, ...]:
    """Columns of what is listed that are named before the two."""
    first = min(joined.near.first, joined.far.first)
    found = {
        m.column: m.first
        for m in asked.mentions
        if m.kind == "column" and m.table == entity.name and m.last <= first and m.column != joined.near.column
    }
    parts = {} if found else _part_named(asked, entity, first, joined.near.column)
    named = found or parts
    return tuple(At(table=entity.name, column=name) for name in sorted(named, key=lambda name: named[name]))


def _part_named(asked: Asked, entity: ContextTable, first: int, kind: str) -> dict[str, int]:
    """A column of which only the last word was said: the amount, of premium amount. Only where it is the only one."""
    found: dict[str, int] = {}
    for column in entity.columns:
        if column.name == kind:
            continue
        ends = {name[-1] for name in asked.schema.names(entity, column)}
        for at in range(first):
            if asked.words[at].stem in ends:
                found[column.name] = at
    return found if len(found) == 1 else {}


def _of_tables(asked: Asked, joined: Joined, *, both: bool) -> str:
    if len(joined.conditions) != 2:
        return ""
    by_table = {joined.near.table: joined.conditions[1], joined.far.table: joined.conditions[0]}
    for mention in (joined.near, joined.far):
        for condition in joined.conditions:
            if condition.at.table == mention.table:
                by_table[mention.table] = condition
    halves = []
    for mention in (joined.far, joined.near):
        table = asked.schema.schema.table(mention.table)
        assert table is not None
        output = At(table=table.name, column=asked.schema.display(table).name)
        condition = by_table[table.name]
        limited = both or mention is joined.near
        through = (table.name, condition.at.table) if limited else (table.name,)
        halves.append(select((output,), asked.schema, where=condition.sql if limited else "", through=through))
    return " union ".join(halves) if all(halves) else ""
