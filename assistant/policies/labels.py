"""The classification of an answer: the highest label that flowed into it, explicitly or by choosing it.

Only two named rules lower it, to the level that the scheme states: an aggregate that passed disclosure control
(R-L-001) and direct identifiers that were masked where they are read (R-L-002). Important data is never lowered here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from assistant.catalog import Catalog
from assistant.domain import ColumnUse, Decision, Level, Mask, Outcome, QueryFacts, Text, UnitThreshold, Usage
from assistant.policies.policy_set import LevelScheme
from assistant.policies.protection import label_of

AGGREGATE_RULE = "R-L-001"
MASK_RULE = "R-L-002"
_EXPLICIT = (Usage.OUTPUT, Usage.DERIVED, Usage.WHOLE_ROW, Usage.COUNT, Usage.MAGNITUDE, Usage.EXTREME)
_UNKNOWN = Level.SS  # what has no label is treated as the highest: nothing may show it
_NATIONAL = LevelScheme(scheme="national", title=Text(zh="", en=""), standard="GB/T 43697-2024", levels={})


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerLabel:
    """The level of an answer and the rules that lowered it, if any did."""

    level: Level
    rules: tuple[str, ...] = ()


def label_outputs(facts: QueryFacts, catalog: Catalog) -> tuple[Level, ...]:
    """Per result column: its own sources, and everything that chose or ordered the rows. Nothing is lowered."""
    implicit = max((_level(use, catalog) for use in facts.uses if use.usage not in _EXPLICIT), default=Level.G1)
    ground = max((_table_level(table, catalog) for table in facts.tables), default=Level.G1)
    return tuple(
        max([ground, implicit, *(_element_level(source, catalog) for source in output.sources)])
        for output in facts.outputs
    )


def answer_level(facts: QueryFacts, catalog: Catalog, decision: Decision, scheme: LevelScheme | None = None) -> Level:
    """The level of the whole answer under its decision; a refusal carries no data and is G1."""
    return answer_label(facts, catalog, decision, scheme).level


def answer_label(
    facts: QueryFacts, catalog: Catalog, decision: Decision, scheme: LevelScheme | None = None
) -> AnswerLabel:
    """As answer_level, with the rules that lowered it. `scheme` defaults to the national one."""
    if decision.outcome > Outcome.SUPPRESS:
        return AnswerLabel(level=Level.G1)
    scheme = scheme or _NATIONAL
    found = list(_lowered(facts, catalog, decision, scheme))
    levels = [level for level, _ in found]
    levels += [min(_table_level(table, catalog), scheme.aggregate_level) for table in facts.tables]
    rules = tuple(sorted({rule for _, rule in found if rule}))
    return AnswerLabel(level=max(levels, default=Level.G1), rules=rules)


def _lowered(
    facts: QueryFacts, catalog: Catalog, decision: Decision, scheme: LevelScheme
) -> Iterator[tuple[Level, str]]:
    controlled = {o.table for o in decision.obligations if isinstance(o, UnitThreshold)}
    masked = {(o.table, o.column) for o in decision.obligations if isinstance(o, Mask)}
    for use in facts.uses:
        level = _level(use, catalog)
        if level > Level.G4:
            yield level, ""
        elif use.table in controlled and level > scheme.aggregate_level:
            yield scheme.aggregate_level, AGGREGATE_RULE
        elif (use.table, use.column) in masked and level > scheme.masked_level:
            yield scheme.masked_level, MASK_RULE
        else:
            yield level, ""


def _level(use: ColumnUse, catalog: Catalog) -> Level:
    resource = catalog.by_table.get(use.table)
    label = label_of(catalog, resource, use.column) if resource is not None else None
    return label.level if label is not None else _UNKNOWN


def _element_level(element_id: str, catalog: Catalog) -> Level:
    table, _, column = element_id.rpartition(".")
    resource = catalog.by_table.get(table)
    label = label_of(catalog, resource, column) if resource is not None else None
    return label.level if label is not None else _UNKNOWN


def _table_level(table: str, catalog: Catalog) -> Level:
    """Of the rows of a table as such: how many there are, whatever their columns say."""
    resource = catalog.by_table.get(table)
    label = label_of(catalog, resource, "*") if resource is not None else None
    return label.level if label is not None else _UNKNOWN
